"""What the keys do, on one page."""

TITLE = "Keys"
TEXT = """\
k  the kill switch: on, or off again
p  pause or resume the selected account
c  cancel the selected order
C  cancel every entry that waits
x  close the selected position
f  flatten: close every position
i  chart the next instrument
1 2 3  orders, events, price (in a low window)
tab, arrows  move the selection
q  quit

Each key that acts says first what exactly will happen, and takes a reason. Your name and the reason go into the \
record. No key takes a stop or a target away.

Drawdown (DD) counts from the most equity that this dashboard has seen. Prices moved when they last changed, as far \
as was seen. Positions are valued at the price at which they could be closed now."""
