"""Fills, rejections and cancels, as FIX tells them."""

from tests.lifecycle.fix_case import read_cases

FILLS = read_cases("""
D1 an order that fills in parts
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10      | PARTIALLY_FILLED  2  8 10
fill 3 @9       | PARTIALLY_FILLED  5  5 9.4
fill 5 @10      | FILLED           10  0 9.7

D1 an order that the venue rejects
new 10 @10      | PENDING_NEW       0 10 -    | submit
reject          | REJECTED          0  0 -

D1 an order that is acknowledged and rejected afterwards
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
reject          | REJECTED          0  0 -

D1 a fill that is told twice is one fill
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 4 @10 #x   | PARTIALLY_FILLED  4  6 10
fill 4 @10 #x   | PARTIALLY_FILLED  4  6 10
fill 6 @10 #y   | FILLED           10  0 10
fill 6 @10 #y   | FILLED           10  0 10

D2 a part-filled day order, done for day
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10      | PARTIALLY_FILLED  2  8 10
fill 1 @10      | PARTIALLY_FILLED  3  7 10
expired =3      | EXPIRED           3  0 10

D2 a day order without a fill, done for day
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
expired         | EXPIRED           0  0 -

D22 an order that is rejected because its id is known: what has that id is looked at
new 10 @10      | PENDING_NEW       0 10 -    | submit
silent          | IN_DOUBT          0 10 -    | query
FIX: Rejected. A known id may mean that the venue has this very order, by a request of which the answer was
     lost; that is found out
showed ACCEPTED | ACCEPTED          0 10 -

D23 an order that is rejected because it was given by word of mouth
new 10 @10      | PENDING_NEW       0 10 -    | submit
reject          | REJECTED          0  0 -

D31 an order without an answer is not sent again, but asked about
new 10 @10      | PENDING_NEW       0 10 -    | submit
wait 11         | IN_DOUBT          0 10 -    | query query
FIX: Pending New, and the order may be sent again as a possible resend. Nothing is sent twice here, and doubt
     is a state of its own: only evidence ends it
showed ACCEPTED | ACCEPTED          0 10 -
fill 10 @10     | FILLED           10  0 10

D31 an order that the venue never had is closed once that is proven
new 10 @10      | PENDING_NEW       0 10 -    | submit
silent          | IN_DOUBT          0 10 -    | query
FIX: Pending New, as above
wait 6          | IN_DOUBT          0 10 -    | query query
missing         | IN_DOUBT          0 10 -
FIX: the status request is rejected, and that is the end. One such answer proves nothing while the order may
     still be on its way
wait 1          | IN_DOUBT          0 10 -    | query
missing         | REJECTED          0  0 -

D32 a fill-or-kill order that cannot be filled
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
cancelled =0    | CANCELLED         0  0 -

D32 a fill-or-kill order that is killed without an acknowledgement
new 10 @10      | PENDING_NEW       0 10 -    | submit
cancelled =0    | CANCELLED         0  0 -

D33 an immediate-or-cancel order that fills in part
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 1 @10      | PARTIALLY_FILLED  1  9 10
cancelled =1    | CANCELLED         1  0 10

D33 an immediate-or-cancel order that cannot be hit
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
cancelled =0    | CANCELLED         0  0 -

race a fill that is told before the acknowledgement
new 10 @10      | PENDING_NEW       0 10 -    | submit
fill 4 @10      | PARTIALLY_FILLED  4  6 10
ack             | PARTIALLY_FILLED  4  6 10
fill 6 @10      | FILLED           10  0 10

race an order that is filled before it is acknowledged
new 10          | PENDING_NEW       0 10 -    | submit
fill 10 @10     | FILLED           10  0 10
ack             | FILLED           10  0 10

race a fill in doubt ends the doubt
new 10 @10      | PENDING_NEW       0 10 -    | submit
silent          | IN_DOUBT          0 10 -    | query
FIX: Pending New: there is no doubt in FIX
fill 4 @10      | PARTIALLY_FILLED  4  6 10
missing         | PARTIALLY_FILLED  4  6 10

race a rejection of what has filled in part
new 10 @10      | PENDING_NEW       0 10 -    | submit
fill 4 @10      | PARTIALLY_FILLED  4  6 10
reject          | CANCELLED         4  0 10   | CONTRADICTION
FIX: no such report. What has traded was not rejected: the rest is dead, and a person is told

race more fills than was asked for
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 8 @10      | PARTIALLY_FILLED  8  2 10
fill 4 @10      | FILLED           12  0 10   | OVERFILL
fill 1 @10      | FILLED           13  0 10   | UNEXPECTED_FILL OVERFILL
FIX: no such report. The venue did trade, so it counts, and a person is told
""")

CANCELS = read_cases("""
D3 a cancel of an order without a fill
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
cancel          | PENDING_CANCEL    0 10 -    | cancel
cancelled =0    | CANCELLED         0  0 -

D3 a cancel that is rejected, of an order without a fill
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
cancel          | PENDING_CANCEL    0 10 -    | cancel
cancel_rejected | ACCEPTED          0 10 -    | query later
FIX: New, and that is all. "Too late" may be the first that is heard of a fill, so the order is looked at
showed ACCEPTED | ACCEPTED          0 10 -

D4 a cancel of a part-filled order, which goes on filling
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10      | PARTIALLY_FILLED  2  8 10
cancel          | PENDING_CANCEL    2  8 10   | cancel
fill 3 @10      | PENDING_CANCEL    5  5 10
fill 1 @10      | PENDING_CANCEL    6  4 10
cancelled =6    | CANCELLED         6  0 10

D4 a cancel that is rejected, of a part-filled order
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10      | PARTIALLY_FILLED  2  8 10
cancel          | PENDING_CANCEL    2  8 10   | cancel
cancel_rejected | PARTIALLY_FILLED  2  8 10   | query later
showed PARTIALLY_FILLED | PARTIALLY_FILLED 2 8 10
cancel          | PENDING_CANCEL    2  8 10   | cancel
cancelled =2    | CANCELLED         2  0 10

D4 a cancel is confirmed with more filled than was told
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10      | PARTIALLY_FILLED  2  8 10
cancel          | PENDING_CANCEL    2  8 10   | cancel
cancelled =5    | PENDING_CANCEL    2  8 10   | query
FIX: Canceled, with the cumulative quantity of the report. A fill counts by its own id and price, so the end
     waits until it was told
fill 3 @10      | PENDING_CANCEL    5  5 10
showed CANCELLED | CANCELLED        5  0 10

D5 an order that fills before the cancel comes, and the cancel is rejected
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10      | PARTIALLY_FILLED  2  8 10
cancel          | PENDING_CANCEL    2  8 10   | cancel
fill 8 @10      | FILLED           10  0 10
cancel_rejected | FILLED           10  0 10

D5 the rejection of the cancel overtakes the fill that it is for
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
cancel          | PENDING_CANCEL    0 10 -    | cancel
cancel_rejected | ACCEPTED          0 10 -    | query later
FIX: Filled, by the status in the rejection. A fill counts by its own report, so the order is looked at
showed FILLED +x:10@10 | FILLED    10  0 10

D5 a cancel that nobody answers is asked about and sent again
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
cancel          | PENDING_CANCEL    0 10 -    | cancel
silent          | PENDING_CANCEL    0 10 -    | query
showed ACCEPTED | PENDING_CANCEL    0 10 -    | cancel
cancelled =0    | CANCELLED         0  0 -

B.1.d a cancel of an order that is not acknowledged yet
new 10 @10      | PENDING_NEW       0 10 -    | submit
cancel          | PENDING_NEW       0 10 -    | later
FIX: Pending Cancel at once. A venue may refuse to cancel what it does not know yet, and the order would live:
     it leaves with the first answer
ack             | PENDING_CANCEL    0 10 -    | cancel
cancelled =0    | CANCELLED         0  0 -

B.1.d a cancel of an order that is not acknowledged yet, and is rejected
new 10 @10      | PENDING_NEW       0 10 -    | submit
cancel          | PENDING_NEW       0 10 -    | later
FIX: Pending Cancel at once, as above
reject          | REJECTED          0  0 -

B.1.e the acknowledgement and the cancel cross: the first word of the order is a fill
new 10 @10      | PENDING_NEW       0 10 -    | submit
cancel          | PENDING_NEW       0 10 -    | later
FIX: Pending Cancel at once, as above
fill 4 @10      | PENDING_CANCEL    4  6 10   | cancel
ack             | PENDING_CANCEL    4  6 10
cancelled =4    | CANCELLED         4  0 10

B.1.e a cancel of an order in doubt leaves when the doubt ends
new 10 @10      | PENDING_NEW       0 10 -    | submit
silent          | IN_DOUBT          0 10 -    | query
FIX: Pending New: there is no doubt in FIX
cancel          | IN_DOUBT          0 10 -    | later
showed ACCEPTED | PENDING_CANCEL    0 10 -    | cancel
cancelled =0    | CANCELLED         0  0 -

race a cancel of what is over is turned down
new 10          | PENDING_NEW       0 10 -    | submit
fill 10 @10     | FILLED           10  0 10
cancel          | FILLED           10  0 10   | refuses
FIX: the venue rejects it. What is known to be over needs no question

race a cancel under way is not sent a second time but by a person
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
cancel          | PENDING_CANCEL    0 10 -    | cancel
cancel          | PENDING_CANCEL    0 10 -    | cancel
cancelled =0    | CANCELLED         0  0 -
cancelled =0    | CANCELLED         0  0 -
cancel_rejected | CANCELLED         0  0 -

race a fill that is told after the cancel was confirmed
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
cancel          | PENDING_CANCEL    0 10 -    | cancel
cancelled       | CANCELLED         0  0 -
fill 4 @10      | CANCELLED         4  0 10   | UNEXPECTED_FILL
FIX: no such report. The venue did trade, so it counts in any state, and a person is told
fill 6 @10      | FILLED           10  0 10   | UNEXPECTED_FILL

race an order expires while a cancel is under way
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
cancel          | PENDING_CANCEL    0 10 -    | cancel
expired         | EXPIRED           0  0 -
cancel_rejected | EXPIRED           0  0 -

race a rejected cancel leaves the order the time that it has to fill
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
cancel          | PENDING_CANCEL    0 10 -    | cancel
cancel_rejected | ACCEPTED          0 10 -    | query later
showed ACCEPTED | ACCEPTED          0 10 -
wait 60         | PENDING_CANCEL    0 10 -    | cancel
""")
