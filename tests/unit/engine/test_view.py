"""The picture of a book: what stands in it, account by account."""

from decimal import Decimal

from tests.builders import ALPHA, NOON, Desk, account

from kedge.domain.accounts import AccountTerms
from kedge.domain.ids import AccountId, VenueName
from kedge.domain.inputs import AccountDeclared
from kedge.domain.instants import MINUTE, SECOND, Span
from kedge.engine.view import view_of

BETA = AccountId("beta")


def two_accounts() -> Desk:
    desk = Desk(account(order_timeout=Span(10 * SECOND), max_position_size=Decimal(500)))
    desk.give(
        AccountDeclared(
            AccountTerms(BETA, VenueName("paper"), Decimal(5000), quantity=Decimal(1)), at=desk.now
        )
    )
    return desk


def test_each_account_counts_its_own_positions_and_no_others() -> None:
    desk = two_accounts()
    desk.quote("100.00", "100.01")
    desk.enter(filled=10)
    desk.enter("s-2", account=BETA, filled=1)
    desk.quote("101.00", "101.01")
    alpha, beta = view_of(desk.book, NOON).accounts
    assert (alpha.id, alpha.unrealised, alpha.equity) == (ALPHA, Decimal(10), Decimal(100_010))
    assert (beta.id, beta.unrealised, beta.equity) == (BETA, Decimal(1), Decimal(5001))


def test_the_limits_of_an_account_are_those_of_its_terms() -> None:
    alpha, beta = view_of(two_accounts().book, NOON).accounts
    assert (alpha.order_timeout, alpha.max_position_size) == (Span(10 * SECOND), Decimal(500))
    assert (beta.order_timeout, beta.max_position_size, beta.signal_ttl) == (MINUTE, Decimal(1000), MINUTE)


def test_an_account_with_a_position_that_has_no_price_has_no_equity_and_the_others_have() -> None:
    desk = two_accounts()
    desk.enter(filled=10)
    alpha, beta = view_of(desk.book, NOON).accounts
    assert (alpha.equity, alpha.unrealised) == (None, None)
    assert beta.equity == 5000


def test_positions_and_orders_are_all_there() -> None:
    desk = two_accounts()
    desk.enter(filled=10)
    desk.enter("s-2", account=BETA)
    view = view_of(desk.book, NOON)
    assert [position.account for position in view.positions] == [ALPHA]
    assert [(order.account, order.role) for order in view.orders] == [
        (ALPHA, "stop"),
        (ALPHA, "target"),
        (BETA, "entry"),
        (BETA, "stop"),
        (BETA, "target"),
    ]
