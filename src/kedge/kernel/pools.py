"""What the accounts of one owner have at stake together, kept up to date and not looked for.

Only owners with limits are counted. Like the sums that feed it, this is a cache over the state.
"""

from decimal import Decimal

from kedge.domain.codes import Code
from kedge.domain.ids import AccountId, Symbol
from kedge.domain.numbers import ZERO
from kedge.domain.owners import OwnerTerms
from kedge.domain.stakes import NO_STAKE, Stake
from kedge.kernel.bounds import Bound, reference_of
from kedge.kernel.state import BookState


class Pool:
    """One owner's accounts."""

    __slots__ = ("_money", "cash", "initial", "members", "reference", "stakes", "terms", "total")

    def __init__(self, terms: OwnerTerms) -> None:
        """Nothing is counted yet."""
        self.terms = terms
        self.members: dict[AccountId, None] = {}
        self.cash = self.initial = self.reference = ZERO
        self.total = NO_STAKE
        self.stakes: dict[Symbol, Stake] = {}
        self._money: dict[AccountId, tuple[Decimal, Decimal]] = {}

    @property
    def equity(self) -> Decimal:
        """Of all of them."""
        return self.cash + self.total.worth

    @property
    def floor(self) -> Bound | None:
        """What that may not fall to today."""
        loss = self.terms.daily_loss
        if loss is None:
            return None
        level = loss.floor(self.initial, self.reference)
        return Bound(Code.OWNER_DAILY_LOSS, level, loss.ends, loss.flatten)

    def move(self, instrument: Symbol, before: Stake, now: Stake) -> None:
        """One account's stake in an instrument has changed."""
        self.total = self.total.changed(before, now)
        self.stakes[instrument] = self.stakes.get(instrument, NO_STAKE).changed(before, now)

    def count_money(self, state: BookState, id_: AccountId) -> None:
        """One account's cash, or what its day is measured from, may have changed."""
        account, loss = state.accounts[id_], self.terms.daily_loss
        cash = account.cash
        reference = ZERO if loss is None else reference_of(account, loss.basis)
        before = self._money.get(id_, (ZERO, ZERO))
        self._money[id_] = (cash, reference)
        self.cash += cash - before[0]
        self.reference += reference - before[1]


class Pools:
    """Those of all owners that have limits."""

    def __init__(self, state: BookState) -> None:
        """Each is counted when it is first looked at."""
        self._state = state
        self._pools: dict[str, Pool] = {}

    def forget(self) -> None:
        """Who owns what, or a limit, has changed."""
        self._pools.clear()

    def known(self, account: AccountId) -> Pool | None:
        """The pool that an account belongs to, if it is counted already."""
        return self._pools.get(self._state.accounts[account].terms.owner) if self._pools else None

    def owner_of(self, account: AccountId) -> str:
        """Whose limits it is under; empty: nobody's."""
        owners = self._state.owners
        if not owners:
            return ""
        owner = self._state.accounts[account].terms.owner
        return owner if owner in owners else ""

    def get(self, owner: str) -> Pool | None:
        """The pool of an owner, if it is counted already."""
        return self._pools.get(owner)

    def begin(self, owner: str) -> Pool:
        """A new one, with its accounts; their stakes are moved in by whoever has them."""
        pool = self._pools[owner] = Pool(self._state.owners[owner])
        for id_, account in self._state.accounts.items():
            if account.terms.owner == owner:
                pool.members[id_] = None
                pool.initial += account.governed.initial
                pool.count_money(self._state, id_)
        return pool
