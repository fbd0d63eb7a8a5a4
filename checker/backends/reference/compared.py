"""Fields compared with those of another record, and what the last record shows as of a date."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from checker.backends.reference.base import Occasion, as_bounds, as_count, gap_among, lacks_of
from checker.backends.reference.candidates import Candidates, Pair
from checker.backends.reference.partners import Partners
from checker.bounds import INFINITY, Bounds, Number, is_finite, minus, plus
from checker.event import GAP, REDUCED, WITHHELD, Event, Unknown
from checker.interval import MANY_LACKS, Interval, Key, gathered, is_known, key_of, may_be
from checker.measure import DURATION, Deviation, Rule, Standing
from checker.obligation import Obligation, Verdict, Witness, decide
from checker.pattern import equal

_MANY = 2 * MANY_LACKS
"""Of each gap there may be one record or several."""


class Compared(Partners):
    """Deviation and Standing."""

    def _deviation(self, rule: Rule, measure: Deviation) -> Iterator[Obligation]:
        """Compared with the last matching event up to the occasion, else the first after it; without one, nothing.

        Where it is open which event that is, with each that it may be.
        """
        for number, occasion in enumerate(self._occasions(rule)):
            ours = _own_side(occasion, measure.field)
            if ours is None:
                continue
            partners = self._partners(measure.pattern, measure.match, occasion.get, said=measure.other)
            chosen, sure, span = self._compared(
                occasion, partners, unread=isinstance(ours, Unknown), dated=measure.other == "time"
            )
            if not chosen:
                continue
            others = [other for other, _ in chosen]
            found = [difference(ours, _event_side(other, measure.other), measure) for other in others]
            measured = found[0]
            for one in found[1:]:
                measured = measured.or_(one)
            if not sure:
                measured = measured.or_(Bounds.exactly(0))
            told = not isinstance(ours, Unknown) and all(t and not _unread(other, measure.other) for other, t in chosen)
            reason = gap_among(others) or (WITHHELD if not told else "" if occasion.reason else REDUCED)
            open_until = _ends_later(occasion, measure)
            open_until = open_until and occasion.end.low >= self._until and sure and len(chosen) == 1
            yield self._make(
                rule, occasion, number, measured, measure.unit, reason=reason,
                witnesses=[Witness("compared", other) for other in others],
                lacks=partners.lacks(*span, self._trace.beginning, measure.pattern.types),
                open_until=open_until, due=_due(rule, measure, occasion, others) if open_until else None,
                fact=(("field", measure.field), ("other", measure.other)),
            )  # fmt: skip

    def _compared(
        self, occasion: Occasion, partners: Candidates, *, unread: bool, dated: bool
    ) -> tuple[list[Pair], bool, tuple[Number, Number]]:
        """Those events that may be the one to compare with, whether one surely is, and the span that they touch.

        Where what is compared of the occasion is `unread` all say the same, and of what gaps hide all do, unless their
        times are compared: then a few are enough.
        """
        start, item = occasion.start, occasion.item
        few = (_MANY if unread else None, None if dated and not unread else _MANY)
        final = partners.last_sure(start.high, start.low, item)
        if final is not None:
            span: tuple[Number, Number] = final.earliest, start.high
            found = partners.telling(*span, item, *few)
            return [pair for pair in found if not self._supersedes(final, pair[0])], True, span
        first = partners.first_sure_after(start.low, item)
        span = -INFINITY, INFINITY if first is None else max(start.high, first.latest)
        found = partners.telling(*span, item, *few)
        early = [pair for pair in found if pair[0].earliest <= start.high]
        late = [pair for pair in found if pair[0].earliest > start.high]
        return (
            [*early, *(p for p in late if first is None or not self._supersedes(p[0], first))],
            first is not None,
            span,
        )

    def _standing(self, rule: Rule, measure: Standing) -> Iterator[Obligation]:
        """The last record as of the instant; where it is open which one that is, each that it may be."""
        on = self._until if measure.on is None else measure.on
        groups: dict[Key, list[tuple[Event, str]]] = {} if measure.per else {(): []}
        for event, truth in self._matching(measure.pattern):
            if event.earliest <= on and event.get(measure.field) is not None:
                doubt = WITHHELD if truth is None else REDUCED if event.latest > on else ""
                doubt = gap_among([event]) or doubt
                groups.setdefault(key_of(event.get, measure.per), []).append((event, doubt))
        keyless = [key for key in groups if not is_known(key)]
        for number, (key, shown) in enumerate(groups.items()):
            if not (self._focus.of_group(key) and self._focus.of_span(key, on, on)):
                continue
            others = [other for other in keyless if other != key and is_known(key) and may_be(other, key)]
            shown = shown + [(event, gap_among([event]) or WITHHELD) for other in others for event, _ in groups[other]]
            yield self._standing_of(rule, measure, number, key, shown, on)

    def _standing_of(
        self, rule: Rule, measure: Standing, number: int, key: Key, shown: list[tuple[Event, str]], on: int
    ) -> Obligation:
        """A record that is not authentic counts only against; nothing that is open is known of a day to come."""
        nothing = Bounds(-INFINITY, INFINITY) if measure.accept is None else Bounds(0, 1)
        shown = sorted(shown, key=lambda pair: self._intervals.rank(pair[0]))
        final = next((event for event, doubt in reversed(shown) if not doubt and event.authentic), None)
        measured = None if final is not None or not is_known(key) else nothing
        reasons, witnesses = [], []
        for event, doubt in shown:
            if final is not None and self._supersedes(final, event):
                continue
            value = self._shown(measure, event)
            if not event.authentic and decide(value, rule.limit).verdict is Verdict.SATISFIED:
                continue
            measured = value if measured is None else measured.or_(value)
            unread = WITHHELD if not value.known and event.hidden is None else ""
            reasons.append(unread or doubt or ("" if event.authentic else GAP))
            witnesses.append(Witness("last", event))
        ahead = on > self._until
        decision = decide(nothing if ahead or measured is None else measured, rule.limit, ahead, ahead or is_known(key))
        open_ = REDUCED if len(witnesses) > 1 else GAP if is_known(key) else WITHHELD
        named = dict(key).get("subject")
        subject = named if isinstance(named, str) else None
        return Obligation(
            occasion=number,
            at=on,
            subject=subject if subject is not None else witnesses[-1].event.subject if witnesses else None,
            key=tuple((n, v) for n, v in key if n != "subject"),
            measured=nothing if ahead or measured is None else measured,
            unit=measure.unit,
            decision=decision,
            start=on,
            end=on,
            witnesses=tuple(witnesses),
            due=on if ahead else None,
            reason=next(filter(None, reasons), open_) if decision.verdict is Verdict.INCONCLUSIVE else "",
            fact=(("field", measure.field),),
            lacks=gathered(lacks_of([w.event for w in witnesses], measure.pattern.types)),
            hidden=bool(witnesses) and all(w.event.hidden is not None for w in witnesses) and measure.accept is None,
        )

    def _shown(self, measure: Standing, event: Event) -> Bounds:
        if measure.accept is not None:
            return Bounds.exactly(1) - as_count(measure.accept.test(event, self._trace.registers))
        value = event.get(measure.field)
        return as_bounds(len(value) if isinstance(value, list) else value)

    def _supersedes(self, later: Event, event: Event) -> bool:
        if event.hidden is not None or later.hidden is not None:  # of two at once, either may have been the later
            return event.latest < later.earliest
        return event.latest <= later.earliest and self._intervals.rank(event) < self._intervals.rank(later)


def _absolute(value: Bounds) -> Bounds:
    if value.low >= 0:
        return value
    if value.high <= 0:
        return -value
    return Bounds(0, max(minus(0, value.low), value.high))


def _own_side(occasion: Occasion, field: str) -> Any:
    item = occasion.item
    if isinstance(item, Event):
        return _event_side(item, field)
    if field in ("start", "end", "length"):
        return item.start if field == "start" else item.end if field == "end" else item.length
    return measurable(item.get(field))


def _ends_later(occasion: Occasion, measure: Deviation) -> bool:
    """Whether what is compared of the occasion is still to come."""
    return isinstance(occasion.item, Interval) and occasion.item.going_on and measure.field in ("end", "length")


def _due(rule: Rule, measure: Deviation, occasion: Occasion, others: list[Event]) -> int | None:
    """Until when something that goes on may end; None where nothing says so."""
    theirs = [side for other in others if isinstance(side := _event_side(other, measure.other), Bounds)]
    if not theirs or rule.limit.at_most is None:
        return None
    due = plus(min(side.low for side in theirs) * measure.scale, rule.limit.at_most)
    if measure.field == "length":
        due = plus(due, occasion.start.low) if measure.unit == DURATION else INFINITY
    return int(due) if is_finite(due) else None


def _event_side(event: Event, field: str) -> Any:
    """What a comparison looks at: bounds of a number or an instant, else the value itself."""
    return Bounds(event.earliest, event.latest) if field == "time" else measurable(event.get(field))


def _unread(event: Event, field: str) -> bool:
    return isinstance(_event_side(event, field), Unknown)


def difference(ours: Any, theirs: Any, measure: Deviation) -> Bounds:
    """By how much the one is more than the other, or how far they are apart; texts differ by 0 or 1."""
    if isinstance(ours, Bounds) and isinstance(theirs, Bounds):
        scaled = Bounds(theirs.low * measure.scale, theirs.high * measure.scale)
        return ours - scaled if measure.signed else _absolute(ours - scaled)
    if not isinstance(ours, Unknown) and not isinstance(theirs, Unknown):
        return Bounds.exactly(0 if equal(ours, theirs) else 1)
    if all(isinstance(one, (Unknown, Bounds)) for one in (ours, theirs)):
        return Bounds(-INFINITY if measure.signed else 0, INFINITY)
    return Bounds(0, 1)


def measurable(value: Any) -> Any:
    """What a comparison looks at of a value: bounds of a number, how many members a list has, else the value itself."""
    if isinstance(value, list):
        return Bounds.exactly(len(value))
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Bounds.exactly(value)
    return value
