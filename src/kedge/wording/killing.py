"""What the kill switch does, in plain words."""

from kedge.domain import kill as k

_MODES = {
    k.KillMode.BLOCK: "no new risk",
    k.KillMode.CANCEL: "entries are withdrawn",
    k.KillMode.FLATTEN: "entries are withdrawn and positions closed",
}


def tell_killing(event: k.Killing) -> str:
    """One event in a clause."""
    match event:
        case k.KillOrdered():
            what = [counted(len(event.orders), "entry", "entries")]
            if event.mode.closes:
                what.append(counted(len(event.positions), "position", "positions"))
            there = " and ".join(what)
            return f"kill switch{_whose(event)}: {_MODES[event.mode]}, {there} ({event.who}: {event.why})"
        case k.KillExtended():
            return f"kill switch{_whose(event)}: {', '.join([*event.orders, *event.positions])} as well"
        case k.KillChecked():
            left = [f"{id_} ({why})" for id_, why in (event.left | event.open).items()]
            left += [f"{id_} (not of this book's making)" for id_ in event.foreign]
            said = f"still open are {', '.join(left)}" if left else "nothing is left"
            return f"kill switch{_whose(event)}: {event.venue} says of account {event.held_at}: {said}"
        case k.KillConfirmed():
            closed = (
                f", {counted(event.positions, 'position', 'positions')} closed" if event.positions else ""
            )
            filled = f" ({event.filled} had filled)" if event.filled else ""
            gone = counted(event.orders, "entry", "entries")
            return f"kill switch{_whose(event)}: confirmed by all venues, {gone} gone{filled}{closed}"


def counted(count: int, one: str, many: str) -> str:
    """So many of them."""
    return f"{count} {one if count == 1 else many}"


def _whose(event: k.Killing) -> str:
    return "" if event.account is None else f" of account {event.account}"
