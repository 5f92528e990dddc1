"""Replaces, as FIX tells them: more, less, one after the other, and crossing with fills and cancels."""

from tests.lifecycle.fix_case import read_cases

REPLACES = read_cases("""
D6 more is asked for, of an order without a fill
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 11      | PENDING_REPLACE   0 10 -    | replace
replaced        | ACCEPTED          0 11 -
fill 1 @10      | PARTIALLY_FILLED  1 10 10
fill 2 @10      | PARTIALLY_FILLED  3  8 10
fill 8 @10      | FILLED           11  0 10

D6 more is asked for, of an order without a fill, and rejected
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 11      | PENDING_REPLACE   0 10 -    | replace
replace_rejected | ACCEPTED         0 10 -    | query
FIX: New, and that is all. "Too late" may be the first that is heard of a fill, so the order is looked at
showed ACCEPTED 10 @10 | ACCEPTED   0 10 -

D7 more is asked for, of a part-filled order, which fills meanwhile
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 1 @10      | PARTIALLY_FILLED  1  9 10
replace 12      | PENDING_REPLACE   1  9 10   | replace
fill 2 @10      | PENDING_REPLACE   3  7 10
replaced        | PARTIALLY_FILLED  3  9 10
fill 9 @10      | FILLED           12  0 10

D7 more is asked for, of a part-filled order, which fills meanwhile, and rejected
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 1 @10      | PARTIALLY_FILLED  1  9 10
replace 12      | PENDING_REPLACE   1  9 10   | replace
fill 2 @10      | PENDING_REPLACE   3  7 10
replace_rejected | PARTIALLY_FILLED 3  7 10   | query
fill 7 @10      | FILLED           10  0 10

D8 more is asked for, of a filled order
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 10 @10     | FILLED           10  0 10
replace 12      | FILLED           10  0 10   | refuses
FIX: Pending Replace, and Partially Filled when it is accepted. What is filled is over here; more of it is a
     new signal, which passes the gates

D8 more is asked for, and the old quantity fills meanwhile
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 4 @10      | PARTIALLY_FILLED  4  6 10
replace 12      | PENDING_REPLACE   4  6 10   | replace
fill 6 @10      | PENDING_REPLACE  10  0 10
replaced        | PARTIALLY_FILLED 10  2 10
fill 2 @10      | FILLED           12  0 10

D8 more is asked for, nobody answers, the old quantity fills meanwhile, and the order is shown live
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 12      | PENDING_REPLACE   0 10 -    | replace
silent          | PENDING_REPLACE   0 10 -    | query
fill 10 @10     | PENDING_REPLACE  10  0 10
showed PARTIALLY_FILLED 12 @10 | PARTIALLY_FILLED 10 2 10

D9 another price is asked for, and rejected because the order has filled
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace @11     | PENDING_REPLACE   0 10 -    | replace
fill 10 @10     | FILLED           10  0 10
replace_rejected | FILLED          10  0 10

D9 the rejection of the replace overtakes the fill that it is for
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace @11     | PENDING_REPLACE   0 10 -    | replace
replace_rejected | ACCEPTED         0 10 -    | query
FIX: Filled, by the status in the rejection. A fill counts by its own report, so the order is looked at
showed FILLED +x:10@10 | FILLED    10  0 10

D10 less is asked for, a fill crosses, and there is a rest
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 8       | PENDING_REPLACE   0 10 -    | replace
fill 5 @10      | PENDING_REPLACE   5  5 10
replaced 8      | PARTIALLY_FILLED  5  3 10
fill 3 @10      | FILLED            8  0 10

D11 less is asked for, and a fill of just so much crosses
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 7       | PENDING_REPLACE   0 10 -    | replace
fill 7 @10      | PENDING_REPLACE   7  3 10
replaced 7      | PARTIALLY_FILLED  7  0 10   | query
FIX: Filled. New terms are no word that the order is over; nothing is left to fill, and the venue is asked how
     it ended
showed FILLED 7 @10 | FILLED        7  0 10

D11 less is asked for, a fill of just so much crosses, and the confirmation is lost
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 7       | PENDING_REPLACE   0 10 -    | replace
fill 7 @10 #x   | PENDING_REPLACE   7  3 10
silent          | PENDING_REPLACE   7  3 10   | query
showed FILLED 7 @10 +x:7@10 | FILLED 7 0 10

D12 less is asked for than has filled: the venue makes it what has filled
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 6       | PENDING_REPLACE   0 10 -    | replace
fill 7 @10      | PENDING_REPLACE   7  3 10
replaced 7      | PARTIALLY_FILLED  7  0 10   | query
FIX: Filled, as above
showed FILLED 7 @10 | FILLED        7  0 10

D12 less is asked for than has filled, and that is known
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 7 @10      | PARTIALLY_FILLED  7  3 10
replace 7       | PARTIALLY_FILLED  7  3 10   | refuses
FIX: Pending Replace, and Filled when it is accepted. What is meant is a cancel of the rest, and that is what
     has to be asked for
replace 6       | PARTIALLY_FILLED  7  3 10   | refuses

D13 two replaces, one after the other, both accepted
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 1 @10      | PARTIALLY_FILLED  1  9 10
replace 15      | PENDING_REPLACE   1  9 10   | replace
replaced        | PARTIALLY_FILLED  1 14 10
fill 3 @10      | PARTIALLY_FILLED  4 11 10
replace 20      | PENDING_REPLACE   4 11 10   | replace
replaced        | PARTIALLY_FILLED  4 16 10
fill 16 @10     | FILLED           20  0 10

D14 a replace that is rejected at once, then one that is accepted
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 1 @10      | PARTIALLY_FILLED  1  9 10
replace 15      | PENDING_REPLACE   1  9 10   | replace
FIX: Partially Filled until the venue says that it is pending. A request that has left may be done already
replace_rejected | PARTIALLY_FILLED 1  9 10   | query
showed PARTIALLY_FILLED 10 @10 | PARTIALLY_FILLED 1 9 10
replace 12      | PENDING_REPLACE   1  9 10   | replace
replaced        | PARTIALLY_FILLED  1 11 10
fill 11 @10     | FILLED           12  0 10

D15 a replace that is rejected after a fill came, then one that is accepted
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 15      | PENDING_REPLACE   0 10 -    | replace
fill 1 @10      | PENDING_REPLACE   1  9 10
replace_rejected | PARTIALLY_FILLED 1  9 10   | query
replace 12      | PENDING_REPLACE   1  9 10   | replace
fill 2 @10      | PENDING_REPLACE   3  7 10
replaced        | PARTIALLY_FILLED  3  9 10
fill 9 @10      | FILLED           12  0 10

D16 a replace while another one is under way, where the venue would take both in turn
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 11      | PENDING_REPLACE   0 10 -    | replace
replace 12      | PENDING_REPLACE   0 10 -    | refuses
FIX: both are under way and are answered in turn. One at a time here: with two it would depend on the venue's
     order of work which terms hold
replaced        | ACCEPTED          0 11 -
replace 12      | PENDING_REPLACE   0 11 -    | replace
replaced        | ACCEPTED          0 12 -

D17 a replace while another one is under way, where the venue would reject it
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 1 @10      | PARTIALLY_FILLED  1  9 10
replace 11      | PENDING_REPLACE   1  9 10   | replace
replace 12      | PENDING_REPLACE   1  9 10   | refuses
FIX: the venue rejects the second. It never leaves here
replaced        | PARTIALLY_FILLED  1 10 10

D.2.b more replaces while one is under way, where the venue would say of each that it is pending
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 11      | PENDING_REPLACE   0 10 -    | replace
replace 12      | PENDING_REPLACE   0 10 -    | refuses
FIX: pending, as the first is. One at a time here
replace @11     | PENDING_REPLACE   0 10 -    | refuses
fill 4 @10      | PENDING_REPLACE   4  6 10
replaced        | PARTIALLY_FILLED  4  7 10

D.2.c a replace while another one is under way, where the venue would reject both
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 11      | PENDING_REPLACE   0 10 -    | replace
replace 12      | PENDING_REPLACE   0 10 -    | refuses
FIX: the venue rejects both. The second never leaves here
replace_rejected | ACCEPTED         0 10 -    | query

race a replace of an order that is not acknowledged yet
new 10 @10      | PENDING_NEW       0 10 -    | submit
replace 12      | PENDING_NEW       0 10 -    | refuses
FIX: Pending Replace. It may not be there yet, and whether it is there is to be known first
ack             | ACCEPTED          0 10 -
replace 12      | PENDING_REPLACE   0 10 -    | replace
replaced        | ACCEPTED          0 12 -

race a replace of an order in doubt
new 10 @10      | PENDING_NEW       0 10 -    | submit
silent          | IN_DOUBT          0 10 -    | query
FIX: Pending New: there is no doubt in FIX
replace 12      | IN_DOUBT          0 10 -    | refuses

race a replace that nobody answers was done
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 12      | PENDING_REPLACE   0 10 -    | replace
silent          | PENDING_REPLACE   0 10 -    | query
showed ACCEPTED 12 @10 | ACCEPTED   0 12 -

race a replace that nobody answers was not done
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 12      | PENDING_REPLACE   0 10 -    | replace
silent          | PENDING_REPLACE   0 10 -    | query
showed ACCEPTED 10 @10 | PENDING_REPLACE 0 10 -
wait 6          | PENDING_REPLACE   0 10 -    | query query
showed ACCEPTED 10 @10 | ACCEPTED   0 10 -

race a cancel overtakes a replace, and both are done
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 12      | PENDING_REPLACE   0 10 -    | replace
cancel          | PENDING_CANCEL    0 10 -    | cancel
replaced        | PENDING_CANCEL    0 12 -
cancelled =0    | CANCELLED         0  0 -

race a cancel overtakes a replace, which is rejected
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 12      | PENDING_REPLACE   0 10 -    | replace
cancel          | PENDING_CANCEL    0 10 -    | cancel
replace_rejected | PENDING_CANCEL   0 10 -    | query
cancelled =0    | CANCELLED         0  0 -

race a cancel overtakes a replace, and is rejected because that is pending
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 12      | PENDING_REPLACE   0 10 -    | replace
cancel          | PENDING_CANCEL    0 10 -    | cancel
cancel_rejected | PENDING_REPLACE   0 10 -    | query later
replaced        | ACCEPTED          0 12 -

race a cancel overtakes a replace, is rejected, and is asked for again
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 12      | PENDING_REPLACE   0 10 -    | replace
cancel          | PENDING_CANCEL    0 10 -    | cancel
replaced        | PENDING_CANCEL    0 12 -
cancel_rejected | ACCEPTED          0 12 -    | query later
cancel          | PENDING_CANCEL    0 12 -    | cancel
cancelled =0    | CANCELLED         0  0 -

race a confirmation that is told twice is one
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 12      | PENDING_REPLACE   0 10 -    | replace
replaced 12     | ACCEPTED          0 12 -
replaced 12     | ACCEPTED          0 12 -

race a replace is confirmed after the order has ended
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace @11     | PENDING_REPLACE   0 10 -    | replace
fill 10 @10     | FILLED           10  0 10
replaced        | FILLED           10  0 10   | query UNASKED_REPLACE
FIX: no such report. Of an order that has ended nothing is under way any more: it is looked at, and a person is told

race a replace, and the venue cancels by itself
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10      | PARTIALLY_FILLED  2  8 10
replace 12      | PENDING_REPLACE   2  8 10   | replace
cancelled =2    | CANCELLED         2  0 10
replace_rejected | CANCELLED        2  0 10
""")
