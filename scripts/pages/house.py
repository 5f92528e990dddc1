"""The picture of the whole: inputs → kernel → journal → venues, and back."""

from scripts.pages.svg import Box, Drawing


def house_svg() -> str:
    """The picture in the README."""
    drawing = Drawing(
        860, 300, "Inputs are decided by the kernel, written to the journal, and only then acted on"
    )
    drawing.box(Box(14, 90, 160, 74), "inputs", "signals, reports,", "time, wishes of a person")
    drawing.box(Box(250, 90, 150, 74), "kernel", "pure: decides,", "input + state → events", strong=True)
    drawing.box(Box(480, 90, 150, 74), "journal", "events made durable,", "readable tables", strong=True)
    drawing.box(Box(690, 90, 150, 74), "venues", "one request", "for each command")
    drawing.arrow(((174, 127), (250, 127)))
    drawing.label((212, 117), "decide", "middle")
    drawing.arrow(((400, 127), (480, 127)))
    drawing.label((440, 117), "write", "middle")
    drawing.arrow(((630, 127), (690, 127)))
    drawing.label((660, 117), "act", "middle")
    drawing.arrow(((765, 164), (765, 240), (95, 240), (95, 164)))
    drawing.label((430, 232), "reports come back as inputs", "middle")
    drawing.arrow(((555, 90), (555, 40), (325, 40), (325, 90)))
    drawing.label((440, 32), "after a restart: fold the events, then ask about what is open", "middle")
    drawing.label((430, 280), "Decide, write, act: always in this order.", "middle")
    return drawing.text()
