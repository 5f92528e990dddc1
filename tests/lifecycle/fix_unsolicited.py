"""What a venue does by itself, what it answers to questions, and orders of several days, as FIX tells them."""

from tests.lifecycle.fix_case import read_cases

UNSOLICITED = read_cases("""
D19 a part-filled order is cancelled unasked
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10      | PARTIALLY_FILLED  2  8 10
cancelled =2    | CANCELLED         2  0 10

D20 a part-filled order is replaced unasked
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10      | PARTIALLY_FILLED  2  8 10
replaced 12     | PARTIALLY_FILLED  2 10 10   | UNASKED_REPLACE
FIX: Replaced, as if it had been asked for. The terms are followed, and a person is told: the engine did not
     want them
fill 10 @10     | FILLED           12  0 10

D21 the venue reduces the quantity by itself
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10      | PARTIALLY_FILLED  2  8 10
replaced 9      | PARTIALLY_FILLED  2  7 10   | UNASKED_REPLACE
FIX: restated, and that is all. The terms are followed, and a person is told
fill 7 @10      | FILLED            9  0 10

D21 the venue reduces the quantity to what has filled
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10      | PARTIALLY_FILLED  2  8 10
replaced 2      | PARTIALLY_FILLED  2  0 10   | query UNASKED_REPLACE
FIX: Filled. New terms are no word that the order is over: the venue is asked how it ended
showed FILLED 2 | FILLED            2  0 10

D21 the venue reprices the order
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replaced @9     | ACCEPTED          0 10 -    | UNASKED_REPLACE
FIX: restated, as above
""")

QUESTIONS = read_cases("""
D24 a question about an order that the venue does not know
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
missing         | ACCEPTED          0 10 -
cancel          | PENDING_CANCEL    0 10 -    | cancel
silent          | PENDING_CANCEL    0 10 -    | query
missing         | PENDING_CANCEL    0 10 -    | ORDER_VANISHED
FIX: the question is rejected. What was there once is not gone because it is not found: a person is told, and
     it is asked again
wait 1          | PENDING_CANCEL    0 10 -    | query
cancelled =0    | CANCELLED         0  0 -

D25 a question, and nothing is done yet
new 10 @10      | PENDING_NEW       0 10 -    | submit
silent          | IN_DOUBT          0 10 -    | query
FIX: Pending New: there is no doubt in FIX
showed ACCEPTED | ACCEPTED          0 10 -

D26 questions all along the life of an order
new 10 @10      | PENDING_NEW       0 10 -    | submit
showed ACCEPTED | ACCEPTED          0 10 -
ack             | ACCEPTED          0 10 -
fill 2 @10 #x   | PARTIALLY_FILLED  2  8 10
showed PARTIALLY_FILLED +x:2@10 | PARTIALLY_FILLED 2 8 10
replace 12      | PENDING_REPLACE   2  8 10   | replace
showed PARTIALLY_FILLED 10 @10 +x:2@10 | PENDING_REPLACE 2 8 10
replaced        | PARTIALLY_FILLED  2 10 10
cancel          | PENDING_CANCEL    2 10 10   | cancel
showed PARTIALLY_FILLED 12 @10 +x:2@10 | PENDING_CANCEL 2 10 10 | cancel
FIX: Pending Cancel, and nothing is sent. Shown live it may be that the cancel was lost, and a second one does
     no harm
fill 10 @10 #y  | FILLED           12  0 10
showed FILLED 12 @10 +x:2@10 +y:10@10 | FILLED 12 0 10

D26 a question tells of fills that were never reported
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10 #x   | PARTIALLY_FILLED  2  8 10
showed FILLED +x:2@10 +y:8@10 | FILLED 10 0 10
fill 8 @10 #y   | FILLED           10  0 10

D26 the venue shows an order filled, but not the fills
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
showed FILLED   | ACCEPTED          0 10 -    | query FILLS_MISSING
FIX: Filled, by the status. What has traded is known by its fills only: it is asked again, and a person is
     told
showed FILLED +x:10@10 | FILLED    10  0 10
""")

SEVERAL_DAYS = read_cases("""
D27 a part-filled order is restated, and fills on the next day
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10      | PARTIALLY_FILLED  2  8 10
replaced 10 @10 | PARTIALLY_FILLED  2  8 10
fill 8 @9       | FILLED           10  0 9.2

D29 a part-filled order is restated, and cancelled on the next day
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10      | PARTIALLY_FILLED  2  8 10
replaced 10 @10 | PARTIALLY_FILLED  2  8 10
cancel          | PENDING_CANCEL    2  8 10   | cancel
cancelled =2    | CANCELLED         2  0 10

D30 a part-filled order is restated, and more is asked for on the next day
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 3 @10      | PARTIALLY_FILLED  3  7 10
replaced 10 @10 | PARTIALLY_FILLED  3  7 10
replace 15      | PENDING_REPLACE   3  7 10   | replace
replaced        | PARTIALLY_FILLED  3 12 10
fill 12 @10     | FILLED           15  0 10
""")

REINSTATED = read_cases("""
race an order that the venue has cancelled is acknowledged again
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
cancelled       | CANCELLED         0  0 -
ack             | CANCELLED         0  0 -
FIX: New, by a report that restates it. Reports come late: an acknowledgement after the end is taken for the
     first one
fill 4 @10      | CANCELLED         4  0 10   | UNEXPECTED_FILL
FIX: Partially Filled. An end is left by no report but all of the fills; what trades counts, and a person is
     told
fill 6 @10      | FILLED           10  0 10   | UNEXPECTED_FILL

race an order that was done for day is acknowledged again, and fills
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10      | PARTIALLY_FILLED  2  8 10
expired =2      | EXPIRED           2  0 10
ack             | EXPIRED           2  0 10
FIX: Partially Filled, by a report that restates it. As above: an adapter must not tell Done for Day of an
     order that lives on
fill 8 @10      | FILLED           10  0 10   | UNEXPECTED_FILL

race an order that the venue has rejected is acknowledged after all
new 10 @10      | PENDING_NEW       0 10 -    | submit
reject          | REJECTED          0  0 -
ack             | ACCEPTED          0 10 -    | query ORDER_REVIVED
FIX: no such report. It may live: it is watched again, looked at, and a person is told
showed ACCEPTED | ACCEPTED          0 10 -
fill 10 @10     | FILLED           10  0 10

race an order that the venue has rejected fills
new 10 @10      | PENDING_NEW       0 10 -    | submit
reject          | REJECTED          0  0 -
fill 4 @10      | IN_DOUBT          4  6 10   | query UNEXPECTED_FILL
FIX: no such report. What trades counts; nothing is known of the rest
showed PARTIALLY_FILLED | PARTIALLY_FILLED 4 6 10

race an order that the venue has rejected fills, and is not found afterwards
new 10 @10      | PENDING_NEW       0 10 -    | submit
reject          | REJECTED          0  0 -
fill 4 @10      | IN_DOUBT          4  6 10   | query UNEXPECTED_FILL
wait 6          | IN_DOUBT          4  6 10   | query query
missing         | IN_DOUBT          4  6 10
wait 1          | IN_DOUBT          4  6 10   | query
missing         | CANCELLED         4  0 10

race an order that the venue has cancelled is restated, and shown live when it is asked about
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
cancelled       | CANCELLED         0  0 -
replaced 8      | CANCELLED         0  0 -    | query UNASKED_REPLACE
showed ACCEPTED 8 @10 | ACCEPTED    0  8 -    | query ORDER_REVIVED

race what has ended is told again, in other words
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
cancelled       | CANCELLED         0  0 -
expired         | CANCELLED         0  0 -
reject          | CANCELLED         0  0 -
showed EXPIRED  | CANCELLED         0  0 -

race a filled order is told to be over in other words
new 10          | PENDING_NEW       0 10 -    | submit
fill 10 @10     | FILLED           10  0 10
cancelled       | FILLED           10  0 10   | CONTRADICTION
FIX: no such report. What has filled stays so, and a person is told
expired         | FILLED           10  0 10   | CONTRADICTION
""")

STRAY = read_cases("""
race an order in doubt turns out to be rejected
new 10 @10      | PENDING_NEW       0 10 -    | submit
silent          | IN_DOUBT          0 10 -    | query
FIX: Pending New: there is no doubt in FIX, here and below
cancel_rejected | IN_DOUBT          0 10 -
replace_rejected | IN_DOUBT         0 10 -
reject          | REJECTED          0  0 -

race an order in doubt turns out to be cancelled
new 10 @10      | PENDING_NEW       0 10 -    | submit
silent          | IN_DOUBT          0 10 -    | query
silent          | IN_DOUBT          0 10 -    | query
cancelled =0    | CANCELLED         0  0 -

race an order in doubt turns out to be expired
new 10 @10      | PENDING_NEW       0 10 -    | submit
silent          | IN_DOUBT          0 10 -    | query
expired =0      | EXPIRED           0  0 -

race an order in doubt turns out to be filled
new 10 @10      | PENDING_NEW       0 10 -    | submit
silent          | IN_DOUBT          0 10 -    | query
fill 10 @10     | FILLED           10  0 10

race an order in doubt turns out to have other terms
new 10 @10      | PENDING_NEW       0 10 -    | submit
silent          | IN_DOUBT          0 10 -    | query
replaced 12     | ACCEPTED          0 12 -    | UNASKED_REPLACE

race an order without an answer has other terms
new 10 @10      | PENDING_NEW       0 10 -    | submit
replaced 12     | ACCEPTED          0 12 -    | UNASKED_REPLACE

race an order without an answer has expired
new 10 @10      | PENDING_NEW       0 10 -    | submit
expired         | EXPIRED           0  0 -

race answers to requests that were never made, before there is any answer
new 10 @10      | PENDING_NEW       0 10 -    | submit
cancel_rejected | PENDING_NEW       0 10 -    | CONTRADICTION
replace_rejected | PENDING_NEW      0 10 -    | CONTRADICTION
ack             | ACCEPTED          0 10 -

race answers to requests that were answered already
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
ack             | ACCEPTED          0 10 -
cancel_rejected | ACCEPTED          0 10 -
replace_rejected | ACCEPTED         0 10 -
silent          | ACCEPTED          0 10 -
fill 4 @10      | PARTIALLY_FILLED  4  6 10
cancel_rejected | PARTIALLY_FILLED  4  6 10
replace_rejected | PARTIALLY_FILLED 4  6 10
silent          | PARTIALLY_FILLED  4  6 10
replace 12      | PENDING_REPLACE   4  6 10   | replace
ack             | PENDING_REPLACE   4  6 10
cancel_rejected | PENDING_REPLACE   4  6 10

race an order is rejected while a cancel is under way
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
cancel          | PENDING_CANCEL    0 10 -    | cancel
reject          | REJECTED          0  0 -

race an order is rejected while a replace is under way
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 12      | PENDING_REPLACE   0 10 -    | replace
reject          | REJECTED          0  0 -

race a part-filled order is rejected while a replace is under way
new 10 @10      | PENDING_NEW       0 10 -    | submit
fill 4 @10      | PARTIALLY_FILLED  4  6 10
replace 12      | PENDING_REPLACE   4  6 10   | replace
reject          | CANCELLED         4  0 10
FIX: no such report. What has traded was not rejected: the rest is dead

race an order expires while a replace is under way
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
replace 12      | PENDING_REPLACE   0 10 -    | replace
expired         | EXPIRED           0  0 -
replace_rejected | EXPIRED          0  0 -

race what comes after a rejection
new 10 @10      | PENDING_NEW       0 10 -    | submit
reject          | REJECTED          0  0 -
reject          | REJECTED          0  0 -
cancelled       | REJECTED          0  0 -
expired         | REJECTED          0  0 -
cancel_rejected | REJECTED          0  0 -
replace_rejected | REJECTED         0  0 -
silent          | REJECTED          0  0 -
missing         | REJECTED          0  0 -
replaced 8      | REJECTED          0  0 -    | query UNASKED_REPLACE
fill 10 @10     | FILLED           10  0 10   | UNEXPECTED_FILL

race what comes after an expiry
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
expired         | EXPIRED           0  0 -
expired         | EXPIRED           0  0 -
cancelled       | EXPIRED           0  0 -
reject          | EXPIRED           0  0 -
cancel_rejected | EXPIRED           0  0 -
replace_rejected | EXPIRED          0  0 -
silent          | EXPIRED           0  0 -
missing         | EXPIRED           0  0 -
replaced 8      | EXPIRED           0  0 -    | query UNASKED_REPLACE
fill 4 @10      | EXPIRED           4  0 10   | UNEXPECTED_FILL

race what comes after a cancel
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
cancelled       | CANCELLED         0  0 -
replace_rejected | CANCELLED        0  0 -
silent          | CANCELLED         0  0 -
missing         | CANCELLED         0  0 -
replaced 8      | CANCELLED         0  0 -    | query UNASKED_REPLACE

race what comes after the last fill
new 10          | PENDING_NEW       0 10 -    | submit
fill 10 @10     | FILLED           10  0 10
silent          | FILLED           10  0 10
missing         | FILLED           10  0 10
reject          | FILLED           10  0 10   | CONTRADICTION
cancel_rejected | FILLED           10  0 10
replace_rejected | FILLED          10  0 10
""")
