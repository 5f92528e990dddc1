"""Which files can be read one after the other. A recording is made of many parts, and each that is open costs memory
and a place in the operating system's table, so a part is opened only when the one before it has ended.
"""

from collections.abc import Sequence

from kedge.feeds.files.recorded_file import RecordedFile


def lanes_of(files: Sequence[RecordedFile]) -> list[list[RecordedFile]]:
    """The files in lanes: of one lane none begins before the one before it has ended, by their numbers of arrival."""
    lanes: list[list[RecordedFile]] = []
    ends: list[int] = []
    unknown = [file for file in files if file.arrivals is None]
    known = [(file.arrivals, file) for file in files if file.arrivals is not None]
    for (first, last), file in sorted(known, key=lambda pair: pair[0]):
        for number, end in enumerate(ends):
            if end < first:
                lanes[number].append(file)
                ends[number] = last
                break
        else:
            lanes.append([file])
            ends.append(last)
    return lanes + [[file] for file in unknown]
