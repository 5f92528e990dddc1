"""Busts and corrections of fills (D34 to D36), with what FIX leaves out."""

from tests.lifecycle.fix_case import read_cases

AMENDMENTS = read_cases("""
D34 a fill of a part-filled order is annulled
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10 #x   | PARTIALLY_FILLED  2  8 10
fill 3 @11 #y   | PARTIALLY_FILLED  5  5 10.6
bust #y         | PARTIALLY_FILLED  2  8 10
fill 8 @11 #z   | FILLED           10  0 10.8

D34 all that has filled is annulled
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10 #x   | PARTIALLY_FILLED  2  8 10
bust #x         | ACCEPTED          0 10 -
FIX: New

D34 a fill of a filled order is annulled
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 2 @10 #x   | PARTIALLY_FILLED  2  8 10
fill 8 @11 #y   | FILLED           10  0 10.8
bust #y         | FILLED            2  0 10
FIX: Partially Filled where the order works again; that is told by a question, and till then it is over

D35 the price of a fill is corrected
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 10 @10 #x  | FILLED           10  0 10
correct #x 10 @11 | FILLED         10  0 11

D36 the quantity of a fill is corrected, and again
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 4 @10 #x   | PARTIALLY_FILLED  4  6 10
correct #x 3 @10 | PARTIALLY_FILLED 3  7 10
correct #x 5 @10 | PARTIALLY_FILLED 5  5 10

race a fill is annulled before it is heard of
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
bust #x         | ACCEPTED          0 10 -
fill 4 @10 #x   | ACCEPTED          0 10 -
FIX: nothing; here an annulled fill is annulled for good, in whatever order it is told

race a fill is annulled twice
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 4 @10 #x   | PARTIALLY_FILLED  4  6 10
fill 4 @10 #y   | PARTIALLY_FILLED  8  2 10
bust #x         | PARTIALLY_FILLED  4  6 10
bust #x         | PARTIALLY_FILLED  4  6 10

race a fill of an order that is over is annulled
new 10 @10      | PENDING_NEW       0 10 -    | submit
ack             | ACCEPTED          0 10 -
fill 4 @10 #x   | PARTIALLY_FILLED  4  6 10
cancelled =4    | CANCELLED         4  0 10
bust #x         | CANCELLED         0  0 -
""")
