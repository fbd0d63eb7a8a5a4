"""Measures of one event or one interval: whether, where, how much, how long, how far, how much of it."""

from collections.abc import Iterator
from dataclasses import replace

from checker.backends.reference.base import COUNT, Base, Occasion, as_bounds, as_count, context_of, finite_or, lacks_of
from checker.bounds import INFINITY, Bounds, is_finite, plus
from checker.event import GAP, REDUCED, WITHHELD, Event, Unknown
from checker.geodesy import distance_to, is_readable
from checker.interval import Interval, Spell
from checker.measure import DURATION, Before, Distance, Holds, Length, Match, Portion, Rule, Value, Within
from checker.obligation import Obligation
from checker.timeline import complement, intersect, merge, total


class Single(Base):
    """Holds, Within, Value, Distance, Before, Length and Portion."""

    def _holds(self, rule: Rule, measure: Holds) -> Iterator[Obligation]:
        for number, occasion in enumerate(self._occasions(rule)):
            assert isinstance(occasion.item, Event)  # noqa: S101 - rules of events only
            measured = as_count(measure.pattern.test(occasion.item, self._trace.registers))
            withheld = any(isinstance(occasion.get(n), Unknown) for n in measure.pattern.fields if n != "time")
            reason = WITHHELD if withheld else occasion.reason or WITHHELD
            yield self._make(rule, occasion, number, measured, COUNT, reason=reason)

    def _within(self, rule: Rule, measure: Within) -> Iterator[Obligation]:
        for number, occasion in enumerate(self._occasions(rule)):
            assert isinstance(occasion.item, Event)  # noqa: S101 - rules of events only
            yield self._moment(rule, occasion, number, occasion.item, measure.spell, measure.inside, measure.match)

    def _moment(
        self, rule: Rule, occasion: Occasion, number: int, event: Event, spell: Spell, inside: bool, match: Match | None
    ) -> Obligation:
        """An event (or something that lasted no time) inside or outside intervals: it counts 1 or 0."""
        truth = self._inside(spell, occasion.get, event, match)
        measured = as_count(truth if inside or truth is None else not truth)
        near = self._near(spell, occasion, event.earliest, event.latest, match, settled=truth is not None)
        reason = self._why(event, spell, occasion.get, match) if truth is None else ""
        return self._make(
            rule, occasion, number, measured, COUNT, witnesses=context_of(near), reason=reason, lacks=lacks_of(near)
        )

    def _near(
        self, spell: Spell, occasion: Occasion, low: int, high: int, match: Match | None, *, settled: bool = False
    ) -> list[Interval]:
        """What surrounds a finding; where no record shows of what it is that would be everything.

        What may be of another matters only where something is not `settled`.
        """
        if occasion.hidden:
            return []
        return self._around.supporting(spell, occasion.get, low, high, match, sure=settled)

    def _value(self, rule: Rule, measure: Value) -> Iterator[Obligation]:
        for number, occasion in enumerate(self._occasions(rule)):
            value = occasion.get(measure.field)
            if isinstance(value, list):
                value = len(value)
            if value is None:
                continue
            measured = as_bounds(value)
            reason = "" if measured.known else WITHHELD
            yield self._make(
                rule, occasion, number, measured, measure.unit, reason=reason, fact=(("field", measure.field),)
            )

    def _distance(self, rule: Rule, measure: Distance) -> Iterator[Obligation]:
        register = self._trace.registers[measure.register]
        for number, occasion in enumerate(self._occasions(rule)):
            value = occasion.get(measure.field)
            if value is None:
                continue
            accuracy = occasion.get(measure.accuracy) if measure.accuracy else None
            listings = register.listings(int(occasion.start.low), int(occasion.start.high))
            found = [distance_to(value, places, accuracy) for places in listings]
            measured, name = min(found, key=lambda one: one[0].low)
            for other, _ in found:
                measured = measured.or_(other)
            if register.is_open(int(occasion.start.low), int(occasion.start.high)):
                measured = Bounds(measured.low, INFINITY)
            reason = WITHHELD if not is_readable(value, accuracy) else "" if measured.known else REDUCED
            yield self._make(
                rule, occasion, number, measured, "m", reason=reason, fact=(("place", name),) if name else ()
            )

    def _before(self, rule: Rule, measure: Before) -> Iterator[Obligation]:
        """Of what lies before the log nothing is known, unless nothing does."""
        for number, occasion in enumerate(self._occasions(rule)):
            first, last = finite_or(occasion.start.low, self._from), finite_or(occasion.start.high, self._until)
            wide = self._around.cover(measure.spell, occasion.get, first - measure.back, last)
            spans = wide.possibly
            if not rule.history_complete and first - measure.back < self._began:
                spans = merge([*spans, (first - measure.back, min(self._began, last))])
            sure = self._around.cover(measure.spell, occasion.get, last - measure.back, first).surely
            if not rule.history_complete:
                sure = intersect(sure, [(self._began, first)] if self._began < first else [])
            amounts = [
                max((end - start for start, end in one), default=0) if measure.unbroken else total(one)
                for one in (sure, spans)
            ]
            measured = Bounds(amounts[0], min(measure.back, max(amounts)))
            near = self._near(measure.spell, occasion, first - measure.back, last, None)
            unseen = spans is not wide.possibly
            yield self._make(
                rule, occasion, number, measured, DURATION, witnesses=context_of(near), lacks=lacks_of(near),
                reason=occasion.reason or (
                    GAP if unseen else
                    self._around.doubt(measure.spell, occasion.get, first - measure.back, last, None)
                ),
            )  # fmt: skip

    def _length(self, rule: Rule, measure: Length) -> Iterator[Obligation]:
        for number, occasion in enumerate(self._occasions(rule)):
            interval = occasion.item
            assert isinstance(interval, Interval)  # noqa: S101 - rules of intervals only
            unseen = not rule.history_complete and self._went_on_before(interval)
            if unseen:
                interval = replace(interval, start=Bounds(-INFINITY, interval.start.high), lack=None)
                occasion = replace(occasion, item=interval)
            end = finite_or(interval.end.high, self._until)
            limit = rule.limit.at_most
            due = None
            start = finite_or(interval.start.low, self._from)
            if limit is None:
                start = end
            elif is_finite(interval.start.low):
                due = int(plus(interval.start.low, limit))
                start = min(due, end) if limit else start
            in_time = limit is None or (due is not None and due >= self._until + rule.limit.exclusive)
            least = rule.limit.at_least
            if limit is None and least is not None and interval.going_on and is_finite(interval.start.low):
                enough = int(plus(interval.start.low, least))  # by then it has lasted long enough, or has not
                due = enough if enough > self._until else None
            long_enough = rule.limit.at_least is None or interval.end.low >= self._until
            early = 0 if least is None else max(0, start - finite_or(interval.end.low, self._from))  # too short by then
            yield self._make(
                rule, occasion, number, interval.length, DURATION,
                start=start, end=end, due=due, open_until=interval.going_on and in_time and long_enough,
                reason=occasion.reason or (GAP if unseen else ""), early=early,
            )  # fmt: skip

    def _went_on_before(self, interval: Interval) -> bool:
        """Whether it may have begun before the log did: no record shows that it began with it."""
        opening = interval.opening
        return interval.start.low <= self._began and (opening is None or opening.earliest > interval.start.low)

    def _portion(self, rule: Rule, measure: Portion) -> Iterator[Obligation]:
        """One finding for each stretch that lies where it must not; nothing after observation is asked about."""
        for number, occasion in enumerate(self._occasions(rule)):
            interval = occasion.item
            assert isinstance(interval, Interval)  # noqa: S101 - rules of intervals only
            low, high = interval.possibly
            low, high = max(low, self._from), min(high, self._until)
            if low >= high:
                event = interval.opening or interval.closing
                if event is not None:
                    spell = measure.brief or measure.spell
                    yield self._moment(rule, occasion, number, event, spell, measure.inside, measure.match)
                continue
            cover = self._around.cover(measure.spell, occasion.get, low, high, measure.match)
            if measure.inside:
                bad_surely, bad_possibly = cover.surely, cover.possibly
            else:
                bad_surely = complement(cover.possibly, low, high)
                bad_possibly = complement(cover.surely, low, high)
            bad_surely = intersect(bad_surely, interval.alike(ours for _, ours in measure.match or ()).surely)
            near = self._near(measure.spell, occasion, low, high, measure.match, settled=not bad_possibly)
            witnesses = context_of(near)
            for stretch in bad_possibly:
                sure = intersect(bad_surely, [stretch])
                doubt = self._around.doubt(measure.spell, occasion.get, *stretch, measure.match)
                for start, end in sure or [stretch]:
                    measured = Bounds(end - start if sure else 0, stretch[1] - stretch[0])
                    yield self._make(
                        rule, occasion, number, measured, DURATION,
                        start=start, end=end, witnesses=witnesses, reason=occasion.reason or doubt,
                        lacks=lacks_of(near), early=start - stretch[0], late=stretch[1] - end,
                    )  # fmt: skip
            if not bad_possibly:
                yield self._make(rule, occasion, number, Bounds.exactly(0), DURATION, witnesses=witnesses)
