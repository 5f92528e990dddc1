"""What strategies say of accounts, of instruments and of each other: checked on the tree, see `cross`."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from pathlib import Path

from kedge.domain.instants import MINUTE, Span
from kedge.domain.instruments import AssetClass
from kedge.domain.limits import SizeMethod
from kedge.domain.numbers import plain
from kedge.market.length import parse_length, show_length
from kedge.settings.entries import entries, fault_at, meant
from kedge.settings.errors import Fault, shown
from kedge.settings.form import (
    CALENDAR_OF,
    CALENDARS,
    LENGTHS_MAX,
    AccountForm,
    BarsForm,
    InstrumentForm,
    ProtectionForm,
)
from kedge.settings.limits_form import RiskForm
from kedge.settings.spots import Spot, Spots
from kedge.settings.strategy_hours import bar_problem, hours_problem, zone_of
from kedge.settings.strategy_rules import bar_of, check_rule
from kedge.settings.tree import Route, Section, Step
from kedge.strategies.strategy import Strategy


def strategy_checks(spots: Spots, folder: Path) -> Iterator[Fault]:
    """Everything that is wrong with strategies beyond the form of their own keys."""
    accounts, instruments = _by(spots, "accounts", "id"), _by(spots, "instruments", "symbol")
    fed = {
        spots.at(each).text
        for feed in entries(spots, "feeds")
        for each in entries(spots, "instruments", feed)
    }
    traders: dict[tuple[str, str], Route] = {}
    for route in entries(spots, "strategies"):
        checked = check_rule(spots, route, folder)
        yield from checked.faults
        one = _One(spots, route, checked.strategy)
        yield from one.wrong_account(accounts)
        yield from one.wrong_instrument(instruments, fed)
        yield from one.wrong_exits()
        yield from one.rivals(traders)
    yield from _too_many_lengths(spots)


def _by(spots: Spots, table: str, id_key: str) -> Mapping[str, Route]:
    named = ((spots.at((*route, id_key)).text, route) for route in entries(spots, table))
    return {text: route for text, route in named if text is not None}


class _One:
    """One strategy in the tree, and the object that it becomes, if it does."""

    def __init__(self, spots: Spots, route: Route, strategy: Strategy | None) -> None:
        self._spots = spots
        self._route = route
        self._strategy = strategy
        self._account: Route | None = None
        self._bar = bar_of(spots, route)

    def wrong_account(self, accounts: Mapping[str, Route]) -> Iterator[Fault]:
        spot, instrument = self._at("account"), self._at("instrument")
        self._account = accounts.get(spot.text or "")
        if spot.text is None or not accounts:
            return
        if self._account is None:
            yield fault_at(
                spot, f"{shown(spot.text)} is not among the accounts", meant(spot.text, list(accounts))
            )
            return
        name, id_ = shown(spot.text), self._at("id").text
        admitted = self._listed("strategies")
        if admitted and id_ is not None and id_ not in admitted:
            allowed = f"it takes those of {', '.join(admitted)} (accounts.*.strategies)"
            yield fault_at(spot, f"{name} does not take the signals of {shown(id_)}", allowed)
        if instrument.text is not None:
            for place in (("risk",), *self._trials(id_)):
                yield from self._kept_out(instrument, instrument.text, name, place)
        yield from self._wrong_size(name, id_)

    def wrong_instrument(self, instruments: Mapping[str, Route], fed: set[str | None]) -> Iterator[Fault]:
        spot = self._at("instrument")
        if spot.text is None or not instruments:
            return
        route = instruments.get(spot.text)
        if route is None:
            problem = f"{shown(spot.text)} is not among the instruments"
            yield fault_at(spot, problem, meant(spot.text, list(instruments)))
            return
        if spot.text not in fed:
            problem = f"no feed brings prices of {shown(spot.text)}, so that it would never see a bar"
            yield fault_at(spot, problem, "feeds.*.instruments says which they bring")
        if self._account is not None:
            quoted, kept = self._currency(route, InstrumentForm), self._currency(self._account, AccountForm)
            if quoted != kept:
                problem = f"{shown(spot.text)} is quoted in {quoted}, and its account keeps {kept}"
                yield fault_at(spot, problem, "an instrument in the currency of the account is needed")
        with suppress(ValueError):  # of what is wrong by itself
            yield from self._wrong_times(_market_of(self._spots, route))

    def _wrong_times(self, market: str) -> Iterator[Fault]:
        if self._bar is not None and (found := bar_problem(market, self._bar)) is not None:
            yield fault_at(self._at("bar"), *found)
            return
        between = self._at("between")
        if between.text is not None and self._bar is not None:
            zone = self._at("timezone").text or zone_of(market)
            found = hours_problem(market, between.text, zone, self._bar, self._opening or Span(0))
            if found is not None:
                yield fault_at(between, *found)

    def wrong_exits(self) -> Iterator[Fault]:
        """What goes by the opening range needs one, made of whole bars."""
        if self._strategy is None or self._opening is not None:
            return
        for section, word in (("stop", "opposite_range"), ("target", "range")):
            spot = self._at(section, "method")
            if spot.text == word:
                lost = (
                    "its entries would have no stop"
                    if section == "stop"
                    else "its entries would have no target"
                )
                name = (self._at("rule").text or self._at("python").text or "").rpartition(":")[2]
                problem = f"{word} needs an opening range, and {name} has none: {lost}"
                yield fault_at(spot, problem, f"another method is needed ({section})")
            elif self._at(section).node is None and self._of_account("protection", section, "method") == word:
                yield from self._out_of_step(section)

    def _out_of_step(self, section: str) -> Iterator[Fault]:
        """The account's opening range counts then, in bars of the strategy."""
        default = str(ProtectionForm.model_fields["range_minutes"].default)
        minutes = _number(self._of_account("protection", "range_minutes") or default)
        if minutes is not None and self._bar is not None and minutes * MINUTE % self._bar:
            problem = (
                f"the {section} of its account goes by an opening range of {plain(minutes)} minutes, which is not made "
                f"of whole bars of {show_length(self._bar)}"
            )
            yield fault_at(self._at("bar"), problem, f"shorter bars are needed, or a {section} of its own")

    def rivals(self, traders: dict[tuple[str, str], Route]) -> Iterator[Fault]:
        account, instrument = self._at("account"), self._at("instrument")
        if account.text is None or instrument.text is None:
            return
        first = traders.setdefault((account.text, instrument.text), self._route)
        if first != self._route:
            other = self._spots.at((*first, "id"))
            yield fault_at(
                account,
                f"{shown(other.text or '')} at {other.place} trades {shown(instrument.text)} in "
                f"{shown(account.text)} already, and each would add to and close what the other one has opened",
                "an account of its own is needed; accounts may share a venue_account",
            )

    def _kept_out(self, spot: Spot, symbol: str, account: str, place: Route) -> Iterator[Fault]:
        denied, allowed = self._listed(*place, "deny"), self._listed(*place, "allow")
        if symbol in denied:
            yield fault_at(
                spot, f"{account} may not trade {shown(symbol)} (risk.deny)", "take it from that list"
            )
        elif allowed and not any(name.startswith(symbol) for name in allowed):  # or one of its contracts
            where = "risk.allow" if len(place) == 1 else "risk.by_strategy.*.allow"
            yield fault_at(
                spot,
                f"{account} may not trade {shown(symbol)} ({where})",
                f"one of {', '.join(allowed)} is needed",
            )

    def _trials(self, id_: str | None) -> Iterator[Route]:
        """What the account says of this one strategy."""
        assert self._account is not None
        for each in entries(self._spots, "by_strategy", (*self._account, "risk")):
            if id_ is not None and self._spots.at((*each, "strategy")).text == id_:
                yield each[len(self._account) :]

    def _wrong_size(self, account: str, id_: str | None) -> Iterator[Fault]:
        spot = self._size()
        if spot is None:
            return
        quantity = _number(spot.text or "")
        if spot.text is None:
            problem = f"nothing says how large its entries are, neither here nor in {account}"
            yield fault_at(self._at("quantity"), problem, "quantity or sizing is needed")
        default = RiskForm.model_fields["max_position_size"].default
        limits = [(self._of_account("risk", "max_position_size") or str(default), "risk.max_position_size")]
        limits += [
            (self._of_account(*place, "max_position_size") or "", "risk.by_strategy.*.max_position_size")
            for place in self._trials(id_)
        ]
        for text, key in limits:
            most = _number(text)
            if quantity is not None and most is not None and quantity > most:
                problem = (
                    f"{plain(quantity)} is more than {key} of {account}, so that every entry would be refused"
                )
                yield fault_at(spot, problem, f"a number up to {plain(most)} is needed")
                return

    def _size(self) -> Spot | None:
        """Where its fixed quantity stands, or would have to; none: its size is worked out."""
        if self._at("quantity").node is not None:
            return self._at("quantity")
        own = self._at("sizing").node
        if own is not None:
            is_said = self._at("sizing", "quantity").text is not None
            is_empty = own == Section(own.place)
            return (
                self._at("sizing", "quantity") if is_said or is_empty else None
            )  # the form asks for its figure
        assert self._account is not None
        if self._of_account("sizing", "method") not in (None, SizeMethod.FIXED):
            return None
        return self._spots.at((*self._account, "sizing", "quantity"))

    @property
    def _opening(self) -> Span | None:
        """Its own opening range."""
        minutes = None if self._strategy is None else getattr(self._strategy.terms, "range_minutes", None)
        return None if minutes is None else Span(int(minutes * MINUTE))

    def _currency(self, route: Route, form: type[AccountForm | InstrumentForm]) -> str:
        return self._spots.at((*route, "currency")).text or str(form.model_fields["currency"].default)

    def _listed(self, *steps: Step) -> list[str]:
        assert self._account is not None
        *above, table = (*self._account, *steps)
        found = (self._spots.at(each).text for each in entries(self._spots, str(table), tuple(above)))
        return [text for text in found if text is not None]

    def _of_account(self, *steps: Step) -> str | None:
        return None if self._account is None else self._spots.at((*self._account, *steps)).text

    def _at(self, *steps: Step) -> Spot:
        return self._spots.at((*self._route, *steps))


def _market_of(spots: Spots, instrument: Route) -> str:
    """The calendar by which it trades; raises `ValueError` for one that there is not."""
    default = str(InstrumentForm.model_fields["asset"].default)
    asset = AssetClass(spots.at((*instrument, "asset")).text or default)
    market = spots.at((*instrument, "calendar")).text or CALENDAR_OF[asset]
    if market not in CALENDARS:
        raise ValueError(market)
    return market


def _too_many_lengths(spots: Spots) -> Iterator[Fault]:
    """Every length is made of every instrument."""
    given = [spots.at(each).text for each in entries(spots, "lengths", ("bars",))]
    lengths: dict[Span, None] = {}
    for text in given or BarsForm.model_fields["lengths"].default:
        with suppress(ValueError):
            lengths[parse_length(text or "")] = None
    if len(lengths) > LENGTHS_MAX:
        return  # which is told of where they stand
    for route in entries(spots, "strategies"):
        bar = bar_of(spots, route)
        if bar is None or bar in lengths:
            continue
        lengths[bar] = None
        if len(lengths) > LENGTHS_MAX:
            made = ", ".join(show_length(length) for length in lengths)
            problem = f"with {show_length(bar)} there would be bars of {len(lengths)} lengths ({made})"
            yield fault_at(
                spots.at((*route, "bar")), problem, f"up to {LENGTHS_MAX} are allowed, bars.lengths counted"
            )
            return


def _number(text: str) -> Decimal | None:
    """What is no number is told of elsewhere."""
    try:
        number = Decimal(text)
    except ArithmeticError:
        return None
    return number if number.is_finite() else None
