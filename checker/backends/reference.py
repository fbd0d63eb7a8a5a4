"""The reference backend: what every measure means, written to be read.

For each occasion it finds out the least and the greatest value that the records allow, and leaves the verdict to
`decide`. Nothing here is clever; the columnar backend is, and is tested against this one.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import accumulate, pairwise
from typing import Any, NamedTuple

from checker import rolling
from checker.bounds import INFINITY, Bounds, Number, is_finite, minus, plus
from checker.event import UNKNOWN, Event, Unknown
from checker.geodesy import distance_to, is_readable
from checker.interval import FAR, Interval, Lookup, Spell, Stated, Where
from checker.measure import (
    DURATION,
    Clashes,
    Deviation,
    Distance,
    Holds,
    Lag,
    Lead,
    Length,
    Level,
    Limit,
    Match,
    OnEvents,
    OnIntervals,
    Portion,
    Rule,
    Spacing,
    Standing,
    Step,
    Total,
    Value,
    Within,
)
from checker.obligation import Decision, Obligation, Verdict, Witness, decide
from checker.pairing import GAP, REDUCED, WITHHELD, Intervals, Key, is_known, key_of, may_be
from checker.pattern import Pattern, equal
from checker.timeline import Spans, calendar_windows, complement, intersect, merge, total
from checker.trace import Trace

COUNT = "count"
NOTHING = Bounds.exactly(-INFINITY)


@dataclass(frozen=True, slots=True, eq=False)
class Occasion:
    """An event or interval on which a rule applies, and whether it surely took place."""

    item: Event | Interval
    start: Bounds
    end: Bounds
    certain: bool
    reason: str = ""

    @property
    def get(self) -> Lookup:
        """Asks the event or interval for a field."""
        return self.item.get

    @property
    def subject(self) -> str | None:
        """The asset it is about."""
        return self.item.subject

    @property
    def witnesses(self) -> tuple[Witness, ...]:
        """The records that show it."""
        if isinstance(self.item, Event):
            return (Witness("trigger", self.item),)
        return _interval_witnesses(self.item)


def _interval_witnesses(interval: Interval, prefix: str = "") -> tuple[Witness, ...]:
    found = []
    if interval.opening is not None:
        found.append(Witness(prefix + "opening", interval.opening))
    if interval.closing is not None:
        found.append(Witness(prefix + "closing", interval.closing))
    return tuple(found)


class Turn(NamedTuple):
    """An event that changes a state: to which, from which it claims; whether it surely does, in this very group."""

    occasion: Occasion
    declares: bool
    to: Any
    claimed: Any
    sure: bool
    own: bool = True

    @property
    def event(self) -> Event:
        """The event."""
        assert isinstance(self.occasion.item, Event)  # noqa: S101 - rules of events only
        return self.occasion.item


class Part(NamedTuple):
    """An event in a role, with the value that must be another's; whether it surely plays it, in this very group."""

    event: Event
    role: str
    value: Any
    sure: bool
    own: bool = True


class Reference:
    """Evaluates rules on one trace, one after the other; intervals are found once and shared."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._from, self._until = trace.observed_from, trace.observed_until
        self._began = min([self._from, *(event.earliest for event in trace.events[:1])])
        self._intervals = Intervals(trace)
        self._indexes: dict[tuple[int, tuple[str, ...]], tuple[Any, Any, Pattern]] = {}
        self._measures: dict[type, Callable[..., Iterator[Obligation]]] = {
            Holds: self._holds,
            Within: self._within,
            Value: self._value,
            Length: self._length,
            Portion: self._portion,
            Lead: self._lead,
            Lag: self._lag,
            Spacing: self._spacing,
            Total: self._total,
            Level: self._level,
            Step: self._step,
            Clashes: self._clashes,
            Deviation: self._deviation,
            Standing: self._standing,
            Distance: self._distance,
        }

    def evaluate(self, rule: Rule) -> list[Obligation]:
        """What the rule demanded on each occasion within the observation, and what came of it."""
        found = self._measures[type(rule.measure)](rule, rule.measure)
        if isinstance(rule.measure, (Total, Level)) or (isinstance(rule.measure, Spacing) and rule.measure.edges):
            return list(found)  # these look only at the time in which the rule is in force
        return [obligation for obligation in found if rule.start <= obligation.at < rule.end]

    def _in_force(self, rule: Rule) -> tuple[int, int]:
        """The part of the observation in which the rule applies, as an inclusive range of instants."""
        return (
            int(rule.start) if rule.start > self._from else self._from,
            int(rule.end) - 1 if rule.end <= self._until else self._until,
        )

    # ---- occasions ----

    def _occasions(self, rule: Rule) -> list[Occasion]:
        """Those within the observation; an interval counts from its start, or if it was already going on."""
        if isinstance(rule.on, OnEvents):
            return [o for o in self._events_on(rule.on) if self._from <= o.start.low <= self._until]
        return [
            Occasion(i, i.start, i.end, i.certain, i.reason)
            for i in self._intervals.of(rule.on.spell)
            if i.start.low <= self._until and (i.end.high > self._from or i.start.low >= self._from)
        ]

    def _all_occasions(self, rule: Rule) -> list[Occasion]:
        """Those of the whole log, history included: what windows that reach back have to see."""
        if isinstance(rule.on, OnEvents):
            return list(self._events_on(rule.on))
        return [Occasion(i, i.start, i.end, i.certain, i.reason) for i in self._intervals.of(rule.on.spell)]

    def _events_on(self, on: OnEvents) -> Iterator[Occasion]:
        for event, truth in self._matching(on.pattern):
            certain, reason = truth is True, "" if truth else WITHHELD
            for spell, wanted in ((on.during, True), (on.outside, False)):
                if spell is not None:
                    inside = self._inside(spell, event.get, event, None)
                    if inside is not None and inside is not wanted:
                        break
                    if inside is None:
                        certain, reason = False, reason or self._why(event, spell, event.get, None)
            else:
                moment = Bounds(event.earliest, event.latest)
                yield Occasion(event, moment, moment, certain, reason or ("" if moment.known else REDUCED))

    def _why(self, event: Event, spell: Spell, get: Lookup, match: Match | None) -> str:
        """Why it is open whether the event lies inside such an interval."""
        if event.earliest != event.latest:
            return REDUCED
        return self._intervals.doubt(spell, get, event.earliest, event.latest, match)

    def _matching(self, pattern: Pattern) -> Iterator[tuple[Event, bool | None]]:
        for event in self._intervals.events(pattern.types):
            truth = pattern.test(event, self._trace.registers)
            if truth is not False:
                yield event, truth

    def _inside(self, spell: Spell, get: Lookup, event: Event, match: Match | None) -> bool | None:
        """Whether the event lies inside such an interval; None if the records leave it open."""
        cover = self._intervals.cover(spell, get, event.earliest, event.latest + 1, match)
        span = event.latest + 1 - event.earliest
        if total(cover.surely) == span:
            return True
        return None if cover.possibly else False

    def _make(
        self,
        rule: Rule,
        occasion: Occasion,
        number: int,
        measured: Bounds,
        unit: str,
        *,
        start: int | None = None,
        end: int | None = None,
        witnesses: Sequence[Witness] = (),
        due: int | None = None,
        open_until: bool = False,
        reason: str = "",
        fact: tuple[tuple[str, Any], ...] = (),
        certain: bool = True,
    ) -> Obligation:
        decision = decide(measured, rule.limit, open_until, certain and occasion.certain)
        at = _whole(occasion.start.low, self._from)
        begin = at if start is None else start
        why = reason or occasion.reason
        if decision.verdict is not Verdict.INCONCLUSIVE:
            why = ""
        return Obligation(
            occasion=number,
            at=at,
            subject=occasion.subject,
            key=(),
            measured=measured,
            unit=unit,
            decision=decision,
            start=begin,
            end=begin if end is None else end,
            witnesses=(*occasion.witnesses, *witnesses),
            due=due,
            reason=why or (GAP if decision.verdict is Verdict.INCONCLUSIVE else ""),
            fact=fact,
        )

    # ---- measures of one event ----

    def _holds(self, rule: Rule, measure: Holds) -> Iterator[Obligation]:
        for number, occasion in enumerate(self._occasions(rule)):
            assert isinstance(occasion.item, Event)  # noqa: S101 - rules of events only
            measured = _truth(measure.pattern.test(occasion.item, self._trace.registers))
            withheld = any(isinstance(occasion.get(name), Unknown) for name in measure.pattern.fields)
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
        measured = _truth(truth if inside or truth is None else not truth)
        near = self._intervals.supporting(spell, occasion.get, event.earliest, event.latest, match)
        reason = self._why(event, spell, occasion.get, match) if truth is None else ""
        return self._make(rule, occasion, number, measured, COUNT, witnesses=_context(near), reason=reason)

    def _value(self, rule: Rule, measure: Value) -> Iterator[Obligation]:
        for number, occasion in enumerate(self._occasions(rule)):
            value = occasion.get(measure.field)
            if isinstance(value, list):
                value = len(value)
            if value is None:
                continue
            measured = _number(value)
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
            reason = WITHHELD if not is_readable(value, accuracy) else "" if measured.known else REDUCED
            yield self._make(
                rule, occasion, number, measured, "m", reason=reason, fact=(("place", name),) if name else ()
            )

    # ---- measures of one interval ----

    def _length(self, rule: Rule, measure: Length) -> Iterator[Obligation]:
        for number, occasion in enumerate(self._occasions(rule)):
            interval = occasion.item
            assert isinstance(interval, Interval)  # noqa: S101 - rules of intervals only
            end = _whole(interval.end.high, self._until)
            limit = rule.limit.at_most
            due = None
            start = _whole(interval.start.low, self._from)
            if limit is None:
                start = end
            elif is_finite(interval.start.low):
                due = int(plus(interval.start.low, limit))
                start = min(due, end) if limit else start
            in_time = limit is None or (due is not None and due >= self._until)
            long_enough = rule.limit.at_least is None or interval.end.low >= self._until
            yield self._make(
                rule, occasion, number, interval.length, DURATION,
                start=start, end=end, due=due, open_until=interval.going_on and in_time and long_enough,
            )  # fmt: skip

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
                    yield self._moment(rule, occasion, number, event, measure.spell, measure.inside, measure.match)
                continue
            cover = self._intervals.cover(measure.spell, occasion.get, low, high, measure.match)
            if measure.inside:
                bad_surely, bad_possibly = cover.surely, cover.possibly
            else:
                bad_surely = complement(cover.possibly, low, high)
                bad_possibly = complement(cover.surely, low, high)
            core = interval.surely
            bad_surely = intersect(bad_surely, [core] if core else [])
            near = self._intervals.supporting(measure.spell, occasion.get, low, high, measure.match)
            witnesses = _context(near)
            for stretch in bad_possibly:
                sure = intersect(bad_surely, [stretch])
                doubt = self._intervals.doubt(measure.spell, occasion.get, *stretch, measure.match)
                for start, end in sure or [stretch]:
                    measured = Bounds(end - start if sure else 0, stretch[1] - stretch[0])
                    yield self._make(
                        rule, occasion, number, measured, DURATION,
                        start=start, end=end, witnesses=witnesses, reason=occasion.reason or doubt,
                    )  # fmt: skip
            if not bad_possibly:
                yield self._make(rule, occasion, number, Bounds.exactly(0), DURATION, witnesses=witnesses)

    # ---- what came before, what came after ----

    def _lead(self, rule: Rule, measure: Lead) -> Iterator[Obligation]:
        occasions = self._occasions(rule)
        found = [
            [
                (event, truth)
                for event, truth in self._partners(measure.pattern, measure.match, o.get)
                if event.earliest <= o.start.high and event is not o.item
            ]
            for o in occasions
        ]
        if measure.once:
            found = _one_to_one(occasions, found, rule.limit, before=True)
        for number, (occasion, candidates) in enumerate(zip(occasions, found, strict=True)):
            leads = [(occasion.start - Bounds(e.earliest, e.latest), e) for e, _ in candidates]
            best = _serving(leads, rule.limit)
            sure = _serving([lead for lead, (_, truth) in zip(leads, candidates, strict=True) if truth], rule.limit)
            measured = self._nothing_before(rule, occasion) if sure is None else sure[0]
            if best is not None:
                measured = measured.or_(best[0])
            unseen = self._unseen_before(rule, occasion)
            if unseen is not None and decide(measured, rule.limit).verdict is not Verdict.SATISFIED:
                measured = measured.or_(unseen)
            yield self._make(
                rule, occasion, number, measured, DURATION,
                witnesses=(Witness("earlier", best[1]),) if best is not None else (),
                reason=occasion.reason or _doubt_about(candidates),
            )  # fmt: skip

    def _nothing_before(self, rule: Rule, occasion: Occasion) -> Bounds:
        """Nothing found: there was nothing, unless it may lie before the log and still be in time."""
        return NOTHING if self._unseen_before(rule, occasion) is None else Bounds(-INFINITY, INFINITY)

    def _unseen_before(self, rule: Rule, occasion: Occasion) -> Bounds | None:
        """How long before it something may have come that lies before the log; None if that would be too long."""
        reach = minus(occasion.start.low, self._began)
        late = rule.limit.at_most is not None and rule.limit.at_most <= reach
        return None if rule.history_complete or late else Bounds(reach, INFINITY)

    def _partners(self, pattern: Pattern, match: Match, get: Lookup) -> list[tuple[Event, bool]]:
        """Authentic events that fit the occasion, in order, each with whether it surely does."""
        wanted = [get(ours) for _, ours in match]
        if any(value is None and theirs != "subject" for (theirs, _), value in zip(match, wanted, strict=True)):
            return []
        by_key, withheld = self._index(pattern, tuple(theirs for theirs, _ in match))
        if not withheld and not any(isinstance(value, Unknown) for value in wanted):
            return by_key.get(_comparable(wanted), [])
        found = []
        for event, truth in (pair for pairs in (*by_key.values(), withheld) for pair in pairs):
            fits: bool | None = truth
            for (name, _), value in zip(match, wanted, strict=True):
                theirs = event.get(name)
                if isinstance(theirs, Unknown) or isinstance(value, Unknown):
                    fits = None
                elif _comparable([theirs]) != _comparable([value]):
                    fits = False
                    break
            if fits is not False:
                found.append((event, fits is True))
        return sorted(found, key=lambda pair: self._intervals.rank(pair[0]))

    def _index(
        self, pattern: Pattern, fields: tuple[str, ...]
    ) -> tuple[dict[tuple[Any, ...], list[tuple[Event, bool]]], list[tuple[Event, bool]]]:
        """The authentic events of a pattern by the values of fields; apart, those with a field withheld."""
        known = self._indexes.get((id(pattern), fields))
        if known is None:
            by_key: dict[tuple[Any, ...], list[tuple[Event, bool]]] = {}
            withheld: list[tuple[Event, bool]] = []
            for event, truth in self._matching(pattern):
                if event.authentic:
                    values = [event.get(name) for name in fields]
                    unread = any(isinstance(value, Unknown) for value in values)
                    (withheld if unread else by_key.setdefault(_comparable(values), [])).append((event, truth is True))
            known = self._indexes[id(pattern), fields] = (by_key, withheld, pattern)
        return known[0], known[1]

    def _lag(self, rule: Rule, measure: Lag) -> Iterator[Obligation]:
        if rule.limit.at_most is None:  # that there is an answer at all is asked in any case
            rule = rule._replace(limit=rule.limit._replace(at_most=INFINITY))
        occasions = self._occasions(rule)
        if measure.once:
            occasions.sort(key=lambda o: (o.end.low, o.end.high))
        found: list[list[tuple[Event, bool]]] = []
        stops: list[Event | None] = []
        for occasion in occasions:
            begun, item = occasion.end, occasion.item
            partners = [
                (e, t and e.earliest >= begun.high)
                for e, t in self._partners(measure.pattern, measure.match, occasion.get)
                if e.latest >= begun.low and e is not item
            ]
            stop = None
            if measure.next_among is not None:
                for e, t in self._partners(measure.next_among, measure.match, occasion.get):
                    if stop is None and e.latest >= begun.low and e is not item:
                        stop = e if t and e.earliest >= begun.high else None
                        partners = [
                            (p, s and (p.latest <= e.earliest)) for p, s in partners
                            if stop is None or p.earliest <= e.latest
                        ]  # fmt: skip
            found.append(partners)
            stops.append(stop)
        if measure.once:
            found = _one_to_one(occasions, found, rule.limit, before=False)
        for number, (occasion, candidates, stop) in enumerate(zip(occasions, found, stops, strict=True)):
            if isinstance(occasion.item, Interval) and occasion.item.going_on:
                continue
            obligation = self._answer(rule, measure, occasion, number, candidates, stop)
            if obligation is not None:
                yield obligation

    def _answer(
        self,
        rule: Rule,
        measure: Lag,
        occasion: Occasion,
        number: int,
        candidates: list[tuple[Event, bool]],
        stop: Event | None,
    ) -> Obligation | None:
        """What came first and fits; while it may still come, nothing but silence. After `stop`, no answer counts."""
        begun, limit = occasion.end, rule.limit
        due = None
        if limit.at_most is not None and is_finite(limit.at_most) and is_finite(begun.low):
            due = int(plus(begun.low, limit.at_most))
        silence = Bounds(max(0, minus(self._until, begun.high)), INFINITY)
        in_time = decide(silence, limit).verdict is not Verdict.VIOLATED and (due is None or due >= self._until)
        if stop is not None:
            silence, in_time = Bounds.exactly(INFINITY), False
        lags = [(_not_negative(Bounds(e.earliest, e.latest) - begun), e) for e, _ in candidates]
        best = _serving(lags, limit, first=True)
        sure = _serving([lag for lag, (_, t) in zip(lags, candidates, strict=True) if t], limit, first=True)
        settled = sure is not None and decide(sure[0], limit).verdict is Verdict.SATISFIED
        open_until = in_time and not settled
        measured = silence if sure is None else sure[0]
        if best is not None:
            measured = measured.or_(best[0])
        if open_until:
            measured = measured.or_(silence)
        done = self._until if stop is None else stop.latest
        if sure is not None and not open_until:
            done = sure[1].latest
        lifted: bool | None = False
        if measure.released_by is not None:
            over = done if settled else self._until if stop is None else stop.latest
            lifted = self._lifted(measure, occasion, due, over, best)
            if lifted:
                return None
        start = _whole(occasion.start.low, self._from) if due is None else min(due, done)
        return self._make(
            rule, occasion, number, measured, DURATION,
            start=start, end=max(start, done), due=due,
            witnesses=(Witness("response", best[1]),) if best is not None else (),
            open_until=open_until, certain=lifted is False,
            reason=occasion.reason or (WITHHELD if lifted is None else _doubt_about(candidates)),
        )  # fmt: skip

    def _lifted(
        self, measure: Lag, occasion: Occasion, due: int | None, done: int, best: tuple[Bounds, Event] | None
    ) -> bool | None:
        """Whether something lifts the duty before it is due and before the answer; None if that is open."""
        assert measure.released_by is not None  # noqa: S101 - asked only then
        until = done if due is None else min(done, due)
        lifted: bool | None = False
        for event, truth in self._partners(measure.released_by, measure.release_match, occasion.get):
            if event is occasion.item or (best is not None and event is best[1]):
                continue
            if truth and occasion.end.high <= event.earliest and event.latest <= until:
                return True
            if occasion.end.low <= event.latest and event.earliest <= until:
                lifted = None
        return lifted

    # ---- one after the other ----

    def _groups(self, occasions: Iterable[Occasion], per: Sequence[str]) -> dict[Key, list[Occasion]]:
        """The occasions of each key; one that does not say of which it is may be of any, and is uncertain in all."""
        placed: dict[Key, list[tuple[int, Occasion]]] = {}
        keyless: list[tuple[Key, int, Occasion]] = []
        for at, occasion in enumerate(occasions):
            key = key_of(occasion.get, per)
            if is_known(key):
                placed.setdefault(key, []).append((at, occasion))
            else:
                keyless.append((key, at, replace(occasion, certain=False, reason=WITHHELD)))
        for key, at, occasion in keyless:
            for other, group in placed.items():
                if is_known(other) and may_be(key, other):
                    group.append((at, occasion))
        for key, at, occasion in keyless:
            placed.setdefault(key, []).append((at, occasion))
        return {key: [o for _, o in sorted(group, key=lambda pair: pair[0])] for key, group in placed.items()}

    def _everyone(self, groups: dict[Key, list[Occasion]], per: Sequence[str]) -> dict[Key, list[Occasion]]:
        """Also those of whom the log shows no occasion: silence is what a heartbeat is about."""
        if not per:
            return groups or {(): []}
        if tuple(per) == ("subject",):
            for subject in self._trace.subjects:
                groups.setdefault((("subject", subject),), [])
        return dict(sorted(groups.items(), key=lambda group: repr(group[0])))

    def _spacing(self, rule: Rule, measure: Spacing) -> Iterator[Obligation]:
        if measure.along is not None:
            yield from self._along(rule, measure, measure.along)
        elif measure.edges:
            yield from self._beats(rule, measure)
        else:
            yield from self._pauses(rule, measure)

    def _along(self, rule: Rule, measure: Spacing, field: str) -> Iterator[Obligation]:
        """From one number to the next; a record that does not say its number may lie between any two."""
        number = 0
        for group in self._groups(self._all_occasions(rule), measure.per).values():
            numbered = [(value, o) for o in group if isinstance(value := o.get(field), (int, Decimal)) and o.certain]
            numbered.sort(key=lambda pair: pair[0])
            unread = any(isinstance(o.get(field), Unknown) or not o.certain for o in group)
            for (before, earlier), (after, later) in pairwise(numbered):
                if not self._from <= later.start.low <= self._until:
                    continue
                step = minus(after, before)
                assert isinstance(earlier.item, Event)  # noqa: S101 - events carry sequence numbers
                start, end = sorted((int(earlier.start.low), int(later.start.low)))
                yield self._make(
                    rule, later, number, Bounds(0, step) if unread else Bounds.exactly(step), COUNT,
                    start=start, end=end, witnesses=(Witness("previous", earlier.item),), reason=WITHHELD,
                    fact=(("field", field),),
                )  # fmt: skip
                number += 1

    def _pauses(self, rule: Rule, measure: Spacing) -> Iterator[Obligation]:
        """From the end of one to the start of the next: what lies between two that both took place."""
        number = 0
        groups = self._groups(self._all_occasions(rule), measure.per)
        for group in groups.values():
            for at in range(1, len(group)):
                earlier, later = group[at - 1], group[at]
                if not self._from <= later.start.low <= self._until:
                    continue
                pause = later.start - earlier.end
                if not earlier.certain:
                    sure = [o for o in group[: at - 1] if o.certain]
                    pause = Bounds(pause.low, (later.start - sure[-1].end).high if sure else INFINITY)
                end = int(later.start.low)
                start = end
                if rule.limit.at_most is not None and is_finite(earlier.end.low):
                    start = min(int(plus(earlier.end.low, rule.limit.at_most)), end)
                last = earlier.witnesses[-1:]
                yield self._make(
                    rule, later, number, pause, DURATION, start=start, end=end, due=start if start != end else None,
                    witnesses=[Witness("previous", w.event) for w in last], reason=earlier.reason or later.reason,
                )  # fmt: skip
                number += 1

    def _beats(self, rule: Rule, measure: Spacing) -> Iterator[Obligation]:
        """Inside each stretch in which it is due: from its beginning to the first, between any two, to its end.

        A beat that may be none cuts a silence in two, or does not.
        """
        number = 0
        limit = rule.limit.at_most if rule.limit.at_most is not None else 0
        groups = self._everyone(self._groups(self._all_occasions(rule), measure.per), measure.per)
        first_instant, last_instant = self._in_force(rule)
        for key, group in groups.items():
            get: Lookup = dict(key).get
            surely = possibly = [(first_instant, last_instant)] if first_instant < last_instant else []
            if measure.scope is not None:
                cover = self._intervals.cover(measure.scope, get, first_instant, last_instant)
                surely, possibly = cover.surely, cover.possibly
            beats = [o for o in group if isinstance(o.item, Event) and o.item.authentic]
            for first, last in possibly:
                inner = [o for o in beats if first <= o.start.low <= last]
                points: list[tuple[Bounds, Event | None]] = [(Bounds.exactly(first), None)]
                points += [(o.start, o.item) for o in inner if o.certain and isinstance(o.item, Event)]
                points.append((Bounds.exactly(last), None))
                for at, ((since, before), (until, after)) in enumerate(pairwise(points)):
                    if not measure.which(at == 0):
                        continue
                    between = [o.start for o in inner if not o.certain and since.low <= o.start.low <= until.high]
                    quiet = [(int(one.high), int(two.low)) for one, two in pairwise([since, *between, until])]
                    silent = [span for one in quiet for span in intersect([one], surely)]
                    longest = max(0, int(minus(until.high, since.low)))
                    silence = Bounds(max((end - start for start, end in silent), default=0), longest)
                    due = int(plus(since.low, limit))
                    anchor = after or before
                    subject = get("subject") if measure.per else None
                    witnesses = [Witness("previous", before)] if before else []
                    witnesses += [Witness("next", after)] if after else []
                    if measure.scope is not None and (before is None or after is None):
                        witnesses += _context(self._intervals.supporting(measure.scope, get, first, last, None))
                    decision = decide(silence, rule.limit, certain=is_known(key))
                    reason = "" if since.known and until.known else REDUCED
                    if between or not is_known(key):
                        reason = WITHHELD
                    if not reason and measure.scope is not None:
                        reason = self._intervals.doubt(measure.scope, get, first, last, None)
                    yield Obligation(
                        occasion=number,
                        at=int(since.low),
                        subject=subject or (anchor.subject if anchor and not measure.per else None),
                        key=tuple((n, v) for n, v in key if n != "subject"),
                        measured=silence,
                        unit=DURATION,
                        decision=decision,
                        start=min(due, int(until.high)),
                        end=int(until.high),
                        witnesses=tuple(witnesses),
                        due=due,
                        reason=(reason or GAP) if decision.verdict is Verdict.INCONCLUSIVE else "",
                    )
                    number += 1

    # ---- totals and levels over time ----

    def _total(self, rule: Rule, measure: Total) -> Iterator[Obligation]:
        groups = self._groups(self._all_occasions(rule), measure.per)
        if rule.limit.at_least is not None:
            groups = self._everyone(groups, measure.per)
        number = 0
        for key, group in groups.items():
            rolling_window = measure.window.rolling
            if rolling_window is not None:
                lower, upper = self._functions(rule, measure, group, rolling_window)
                first, last = self._in_force(rule)
                if not any(self._concerns(o, rolling_window) for o in group) and rule.limit.at_least is None:
                    continue
                if first <= last:
                    yield from self._stretches(rule, key, number, group, lower, upper, (first, last), measure.unit)
                number += 1
            else:
                for obligation in self._calendar(rule, measure, key, number, group):
                    yield obligation
                    number = obligation.occasion + 1

    def _concerns(self, occasion: Occasion, window: int) -> bool:
        return bool(occasion.start.low <= self._until and plus(occasion.end.high, window) > self._from)

    def _functions(
        self, rule: Rule, measure: Total, group: list[Occasion], window: int
    ) -> tuple[list[rolling.Piece], list[rolling.Piece]]:
        """The least and the greatest total over the window, as functions of its end."""
        low, high = self._from, self._until
        unseen = None if rule.history_complete else self._began
        if measure.of == "duration":
            lower, upper = self._spans(rule, group, low - window, high)
            if unseen is not None and _once_at_a_time(rule):
                upper, unseen = merge([*upper, (low - window, max(unseen, low - window))]), None
            most = rolling.durations(upper, window, low, high)
            return rolling.durations(lower, window, low, high), _unbounded_until(most, unseen, window)
        changes: tuple[list[tuple[int, Number]], list[tuple[int, Number]]] = ([], [])
        for occasion in group:
            amount = self._amount(rule, measure, occasion)
            early, late = _whole(occasion.start.low, -FAR), _whole(occasion.start.high, FAR)
            for side, value, wide in zip(
                changes, (amount.low, amount.high), (amount.low < 0, amount.high > 0), strict=True
            ):
                enters, leaves = (early, late + window) if wide else (late, early + window)
                if enters < leaves:
                    side += [(enters, value), (leaves, minus(0, value))]
        most = rolling.steps(changes[1], low, high)
        return rolling.steps(changes[0], low, high), _unbounded_until(most, unseen, window)

    def _spans(
        self, rule: Rule, group: Iterable[Occasion], first: int, last: int
    ) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
        """Where each surely and where each possibly went on, within [first, last)."""
        due = rule.limit.at_least is not None
        intervals = [(o, o.item) for o in group if isinstance(o.item, Interval)]
        surely = [s for o, i in intervals if o.certain and not (due and _unshown(i)) and (s := i.surely)]
        possibly = [i.possibly for _, i in intervals]
        if _once_at_a_time(rule):
            possibly = _merged_by_key(i for _, i in intervals)
        clip = [(first, last)]
        lower, upper = ([s for span in spans for s in intersect([span], clip)] for spans in (surely, possibly))
        return lower, upper

    def _amount(self, rule: Rule, measure: Total, occasion: Occasion) -> Bounds:
        """What one occasion adds; of events that are due, one that is not authentic adds nothing."""
        amount = Bounds.exactly(1)
        if measure.of != "count":
            amount = _carried(occasion, measure.of)
        item, certain = occasion.item, occasion.certain
        if rule.limit.at_least is not None:
            if isinstance(item, Interval):
                certain = certain and not _unshown(item)
            elif not item.authentic:
                if rule.limit.at_most is None:
                    return Bounds.exactly(0)
                certain = False
        return amount if certain else amount.or_(Bounds.exactly(0))

    def _stretches(
        self,
        rule: Rule,
        key: Key,
        number: int,
        group: list[Occasion],
        lower: list[rolling.Piece],
        upper: list[rolling.Piece],
        judged: tuple[int, int],
        unit: str,
    ) -> Iterator[Obligation]:
        """One obligation for each stretch beyond the limit, surely or possibly; one for all if there is none.

        A least total over a rolling window is asked for once the whole window lies within the observation.
        """
        first, last = judged
        unit = DURATION if isinstance(rule.measure, Total) and rule.measure.of == "duration" else unit
        limit = rule.limit
        back = rule.measure.window.rolling if isinstance(rule.measure, Total) and rule.measure.window.rolling else 0
        sides: list[tuple[Limit, int, list[rolling.Piece], list[rolling.Piece], Number]] = []
        if limit.at_most is not None:
            sides.append((limit._replace(at_least=None), first, lower, upper, limit.at_most))
        if limit.at_least is not None and max(first, self._from + back) <= last:
            negated = rolling.negated(upper), rolling.negated(lower)
            due = max(first, self._from + back)
            sides.append((limit._replace(at_most=None), due, *negated, minus(0, limit.at_least)))
        stretches: list[tuple[int, int, Bounds, Decision]] = []
        for side, since, sure_pieces, maybe_pieces, bound in sides:
            told: list[tuple[int, int]] = []
            for pieces, verdicts in (
                (sure_pieces, {Verdict.VIOLATED}), (maybe_pieces, {Verdict.VIOLATED, Verdict.INCONCLUSIVE})
            ):  # fmt: skip
                spans = _clip(rolling.beyond(pieces, bound, limit.exclusive, last), since, last)
                for start, end in [span for span in spans if not _holds_one(span, told)]:
                    half_open = start < end < last
                    measured, decision = _extreme(lower, upper, start, end, side, is_known(key), half_open=half_open)
                    if decision.verdict in verdicts:  # where a stretch is cut, the limit may be met exactly
                        stretches.append((start, end, measured, decision))
                        told.append((start, end))
        if not stretches and sides:
            kept = [_extreme(lower, upper, since, last, side, True) for side, since, *_ in sides]
            measured, decision = min(kept, key=lambda one: one[1].margin.low)
            start = min(since for _, since, *_ in sides)
            active = _active(group, start, last, back, True)
            yield self._of_group(rule, key, number, active, measured, unit, start, last, False, decision=decision)
        for start, end, measured, decision in sorted(stretches, key=lambda one: one[:2]):
            active = _active(group, start, end, back, not start < end < last)
            yield self._of_group(rule, key, number, active, measured, unit, start, end, True, decision=decision)

    def _of_group(
        self, rule: Rule, key: Key, number: int, active: list[Occasion], measured: Bounds, unit: str,
        start: int, end: int, breach: bool, open_until: bool = False, due: int | None = None,
        decision: Decision | None = None,
    ) -> Obligation:  # fmt: skip
        decision = decision or decide(measured, rule.limit, open_until)
        subjects = sorted({o.subject for o in active if o.subject is not None})
        named = dict(key).get("subject")
        shown = active if breach else active[:1]
        field = rule.measure.weight if isinstance(rule.measure, Level) else ""
        if isinstance(rule.measure, Total) and rule.measure.of not in ("duration", "count"):
            field = rule.measure.of
        unread = field and any(not is_finite(_number(o.get(field)).low) for o in active if o.get(field) is not None)
        reason = WITHHELD if unread else next((o.reason for o in active if o.reason), GAP)
        return Obligation(
            occasion=number,
            at=start,
            subject=named if named is not None else "+".join(subjects) if breach and subjects else None,
            key=tuple((name, value) for name, value in key if name != "subject"),
            measured=measured,
            unit=unit,
            decision=decision,
            start=start,
            end=end,
            witnesses=tuple(w for o in shown for w in o.witnesses),
            due=due,
            reason=reason if decision.verdict is Verdict.INCONCLUSIVE else "",
        )

    def _calendar(
        self, rule: Rule, measure: Total, key: Key, number: int, group: list[Occasion]
    ) -> Iterator[Obligation]:
        """One obligation for each calendar window that the observation touches and that something falls into.

        Judged when it ends, or when the rule does; what is due by the end of a window is asked only then.
        """
        first, last = self._in_force(rule)
        for start, end in self._windows(measure):
            ends = int(min(end, rule.end))
            final = min(ends, self._until)
            over = measure.window.unit is None or end <= self._until
            limit = rule.limit
            if ends < end and measure.window.unit is not None:
                limit = limit._replace(at_least=None)
            inside = [o for o in group if o.start.low < ends and (o.end.high > start or o.start.low >= start)]
            if start > last or end <= first or (not inside and limit.at_least is None) or limit == Limit():
                continue
            if measure.of == "duration":
                lower, upper = self._spans(rule, inside, start, final)
                pieces = [rolling.durations(spans, end - start + 1, start, final) for spans in (lower, upper)]
            else:
                changes: tuple[list[tuple[int, Number]], list[tuple[int, Number]]] = ([], [])
                for o in inside:
                    if o.start.high < start:
                        continue
                    amount = self._amount(rule, measure, o)
                    if not (start <= o.start.low and o.start.high < ends):
                        amount = amount.or_(Bounds.exactly(0))
                    early, late = max(start, _whole(o.start.low, start)), _whole(o.start.high, end)
                    changes[0].append((late if amount.low > 0 else early, amount.low))
                    changes[1].append((early if amount.high > 0 else late, amount.high))
                pieces = [rolling.steps(side, start, final) for side in changes]
            measured = Bounds(*(rolling.greatest(side, final, final) for side in pieces))
            if not over and limit.at_least is not None:
                measured = Bounds(measured.low, INFINITY)
            if not rule.history_complete and start < self._began and measure.window.unit is not None:
                unseen = self._began - start if measure.of == "duration" and _once_at_a_time(rule) else INFINITY
                measured = Bounds(measured.low, plus(measured.high, unseen))
            begin = final
            for side in pieces:
                beyond = limit.at_most is not None and rolling.beyond(side, limit.at_most, limit.exclusive, final)
                if beyond and beyond[-1][1] == final:
                    begin = beyond[-1][0]
                    break
            unit = DURATION if measure.of == "duration" else measure.unit
            yield self._of_group(
                rule, key, number, inside, measured, unit, begin, final, breach=True,
                due=None if measure.window.unit is None else end,
                decision=decide(measured, limit, not over and limit.at_least is not None, is_known(key)),
            )  # fmt: skip
            number += 1

    def _windows(self, measure: Total) -> list[tuple[int, int]]:
        window = measure.window
        if window.unit is None:
            return [(self._from, self._until + 1)]
        assert window.zone is not None  # noqa: S101 - the loader gives every calendar window its zone
        return calendar_windows(window.unit, window.zone, self._from, self._until + 1, anchor=window.anchor)

    def _level(self, rule: Rule, measure: Level) -> Iterator[Obligation]:
        """A record that is not authentic counts where at most so many may go on, and not where so many are due."""
        judged = self._in_force(rule)
        groups = self._groups(self._all_occasions(rule), measure.per) if judged[0] <= judged[1] else {}
        due = rule.limit.at_least is not None
        if due and judged[0] <= judged[1]:
            groups = self._everyone(groups, measure.per)
        touched = [pair for pair in groups.items() if due or any(_touches(o, judged) for o in pair[1])]
        for number, (key, group) in enumerate(touched):
            changes: tuple[list[tuple[int, Number]], list[tuple[int, Number]]] = ([], [])
            for occasion in group:
                interval = occasion.item
                assert isinstance(interval, Interval)  # noqa: S101 - rules of intervals only
                weight = Bounds.exactly(1)
                if measure.weight is not None:
                    weight = _carried(occasion, measure.weight)
                counts = occasion.certain and interval.certain and not (due and _unshown(interval))
                core = self._intervals.core(interval) if counts else (0, 0)
                for side, amount, wide in zip(
                    changes, (weight.low, weight.high), (weight.low < 0, weight.high > 0), strict=True
                ):
                    start, end = interval.possibly if wide else core
                    if start < end:
                        side += [(max(start, self._from), amount), (max(end, self._from), minus(0, amount))]
            pieces = [rolling.steps(side, self._from, self._until) for side in changes]
            yield from self._stretches(rule, key, number, group, pieces[0], pieces[1], judged, measure.unit)

    # ---- states, roles, comparisons ----

    def _step(self, rule: Rule, measure: Step) -> Iterator[Obligation]:
        """Each group of events of one key; what does not say to which group it belongs may belong to any."""
        groups: dict[Key, list[Turn]] = {}
        for occasion in self._all_occasions(rule):
            event = occasion.item
            assert isinstance(event, Event)  # noqa: S101 - rules of events only
            tests = [(move, move.pattern.test(event, self._trace.registers)) for move in measure.moves]
            move = next((m for m, t in tests if t), None) or next(m for m, t in tests if t is None)
            to = move.to_state if move.to_field is None else _name(event.get(move.to_field))
            claimed = move.from_state if move.from_field is None else _name(event.get(move.from_field))
            if to is not None:
                key = key_of(occasion.get, measure.per)
                turn = Turn(occasion, move.declares, to, claimed, occasion.certain and is_known(key))
                groups.setdefault(key, []).append(turn)
        keyless = [key for key in groups if not is_known(key)]
        number = 0
        for key, turns in groups.items():
            others = [other for other in keyless if is_known(key) and may_be(other, key)]
            guests = [turn._replace(own=False) for other in others for turn in groups[other]]
            for obligation in self._walk(rule, measure, number, _in_order(turns + guests, self._intervals.rank)):
                yield obligation
                number += 1

    def _walk(self, rule: Rule, measure: Step, number: int, turns: list[Turn]) -> Iterator[Obligation]:
        """From state to state, with every state that it may be: None where there is none yet, `UNKNOWN` for any."""
        state: set[Any] = {measure.initial}
        doubt = ""
        floating: list[tuple[int, Any]] = []
        last: Event | None = None
        for at, turn in enumerate(turns):
            event, to = turn.event, turn.to
            later = set() if event.earliest == event.latest else _until(turns[at + 1 :], event.latest)
            before = state | later | {other for _, other in floating}
            elsewhere = isinstance(turn.claimed, str) and turn.claimed not in before and not before & {None, UNKNOWN}
            if elsewhere and not turn.own:
                continue
            origins = before if turn.claimed is None else {turn.claimed}
            if (
                not turn.declares and self._from <= event.earliest <= self._until
                and origins != {None} and (turn.own or turn.claimed is None)
            ):  # fmt: skip
                wrongs = {wrong for origin in origins for wrong in _wrong(measure.allowed, origin, to)}
                wrong = next(iter(wrongs)) if len(wrongs) == 1 else None
                reason = WITHHELD if UNKNOWN in (to, turn.claimed) or not turn.sure else doubt or REDUCED
                if wrong is False and elsewhere:
                    wrong, reason = None, "contradiction"
                told = all(isinstance(one, str) for one in (*origins, to))
                yield self._make(
                    rule, turn.occasion, number, _truth(wrong), COUNT, reason=reason, certain=turn.sure,
                    witnesses=[Witness("previous", last)] if last is not None else [],
                    fact=(("from", " or ".join(sorted(origins))), ("to", to)) if told else (),
                )  # fmt: skip
                number += 1
            if turn.own and turn.sure and event.authentic and not later:
                state, doubt = {to}, WITHHELD if isinstance(to, Unknown) else ""
            else:
                state = before | {to}
                doubt = WITHHELD if not turn.sure else GAP if not event.authentic else REDUCED
            floating = [(until, other) for until, other in floating if until >= event.earliest]
            if event.earliest < event.latest:
                floating.append((event.latest, to))
            last = event

    def _clashes(self, rule: Rule, measure: Clashes) -> Iterator[Obligation]:
        """Each group of events of one key: one obligation for each clash, one for all if there is none.

        An event that does not say to which group it belongs may belong to any.
        """
        groups: dict[Key, list[Part]] = {}
        for role in measure.roles:
            for event, truth in self._matching(role.pattern):
                value = event.get(role.field)
                key = key_of(event.get, measure.per)
                if value is not None and all(part is not None or name == "subject" for name, part in key):
                    groups.setdefault(key, []).append(Part(event, role.name, value, truth is True and is_known(key)))
        keyless = [key for key in groups if not is_known(key)]
        ordered = sorted(groups.items(), key=lambda group: min(part.event.earliest for part in group[1]))
        for number, (key, parts) in enumerate(ordered):
            others = [other for other in keyless if is_known(key) and may_be(other, key)]
            guests = [part._replace(own=False) for other in others for part in groups[other]]
            yield from self._clashes_among(rule, number, sorted(parts + guests, key=lambda part: part.event.earliest))

    def _clashes_among(self, rule: Rule, number: int, parts: list[Part]) -> Iterator[Obligation]:
        clean: Obligation | None = None
        clashes = 0
        for at, later in enumerate(parts):
            event = later.event
            if not (self._from <= event.earliest <= self._until and rule.start <= event.earliest < rule.end):
                continue
            for earlier in parts[:at]:
                if later.role == earlier.role or not (later.own or earlier.own):
                    continue
                truth = _shared(later.value, earlier.value)
                if truth and not (later.sure and earlier.sure):
                    truth = None
                moment = Bounds(event.earliest, event.latest)
                made = self._make(
                    rule, Occasion(event, moment, moment, True), number, _truth(truth), COUNT, reason=WITHHELD,
                    witnesses=(Witness(earlier.role, earlier.event),),
                    fact=(("roles", (earlier.role, later.role)), ("value", later.value if truth else None)),
                )  # fmt: skip
                if made.verdict is Verdict.SATISFIED:
                    clean = made
                else:
                    clashes += 1
                    yield made
        if not clashes and clean is not None:
            yield clean

    def _deviation(self, rule: Rule, measure: Deviation) -> Iterator[Obligation]:
        """Compared with the last matching event up to the occasion, else the first after it; without one, nothing.

        Where it is open which event that is, with each that it may be.
        """
        for number, occasion in enumerate(self._occasions(rule)):
            ours = _own_side(occasion, measure.field)
            partners = [
                (e, t) for e, t in self._partners(measure.pattern, measure.match, occasion.get)
                if e is not occasion.item and _event_side(e, measure.other) is not None
            ]  # fmt: skip
            if ours is None or not partners:
                continue
            chosen, sure = self._compared(occasion, partners)
            others = [other for other, _ in chosen]
            found = [_difference(ours, _event_side(other, measure.other), measure) for other in others]
            measured = found[0]
            for one in found[1:]:
                measured = measured.or_(one)
            if not sure:
                measured = measured.or_(Bounds.exactly(0))
            told = not isinstance(ours, Unknown) and all(t and not _unread(other, measure.other) for other, t in chosen)
            reason = WITHHELD if not told else "" if occasion.reason else REDUCED
            going_on = isinstance(occasion.item, Interval) and occasion.item.going_on
            yield self._make(
                rule, occasion, number, measured, measure.unit, reason=reason,
                witnesses=[Witness("compared", other) for other in others],
                open_until=going_on and measure.field in ("end", "length"),
                fact=(("field", measure.field), ("other", measure.other)),
            )  # fmt: skip

    def _compared(
        self, occasion: Occasion, partners: list[tuple[Event, bool]]
    ) -> tuple[list[tuple[Event, bool]], bool]:
        """Those events that may be the one to compare with; and whether one surely is."""
        early = [(e, t) for e, t in partners if e.earliest <= occasion.start.high]
        final = next((e for e, t in reversed(early) if t and e.latest <= occasion.start.low), None)
        found = [pair for pair in early if final is None or not self._supersedes(final, pair[0])]
        if final is not None:
            return found, True
        late = [(e, t) for e, t in partners if e.latest > occasion.start.low]
        first = next((e for e, t in late if t), None)
        found += [p for p in late if p not in found and (first is None or not self._supersedes(p[0], first))]
        return found, first is not None

    def _standing(self, rule: Rule, measure: Standing) -> Iterator[Obligation]:
        """The last record as of the instant; where it is open which one that is, each that it may be."""
        on = self._until if measure.on is None else measure.on
        groups: dict[Key, list[tuple[Event, str]]] = {} if measure.per else {(): []}
        for event, truth in self._matching(measure.pattern):
            if event.earliest <= on and event.get(measure.field) is not None:
                doubt = WITHHELD if truth is None else REDUCED if event.latest > on else ""
                groups.setdefault(key_of(event.get, measure.per), []).append((event, doubt))
        keyless = [key for key in groups if not is_known(key)]
        for number, (key, shown) in enumerate(groups.items()):
            others = [other for other in keyless if other != key and is_known(key) and may_be(other, key)]
            shown = shown + [(event, WITHHELD) for other in others for event, _ in groups[other]]
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
            reasons.append(WITHHELD if not value.known else doubt or ("" if event.authentic else GAP))
            witnesses.append(Witness("last", event))
        ahead = on > self._until
        decision = decide(nothing if ahead or measured is None else measured, rule.limit, ahead, ahead or is_known(key))
        open_ = REDUCED if len(witnesses) > 1 else GAP if is_known(key) else WITHHELD
        subject = dict(key).get("subject")
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
        )

    def _shown(self, measure: Standing, event: Event) -> Bounds:
        if measure.accept is not None:
            return Bounds.exactly(1) - _truth(measure.accept.test(event, self._trace.registers))
        value = event.get(measure.field)
        return _number(len(value) if isinstance(value, list) else value)

    def _supersedes(self, later: Event, event: Event) -> bool:
        return event.latest <= later.earliest and self._intervals.rank(event) < self._intervals.rank(later)


# ---- small helpers, all of them about bounds --------------------------------------------------------------


def _truth(truth: bool | None) -> Bounds:
    return Bounds(0, 1) if truth is None else Bounds.exactly(int(truth))


def _name(value: Any) -> Any:
    return value if value is None or isinstance(value, str) else UNKNOWN


def _until(turns: list[Turn], instant: int) -> set[Any]:
    return {turn.to for turn in turns if turn.event.earliest <= instant}


def _in_order(turns: list[Turn], rank: Callable[[Event], int]) -> list[Turn]:
    return sorted(turns, key=lambda turn: rank(turn.event))


def _wrong(allowed: Iterable[tuple[str, str]], origin: Any, to: Any) -> set[bool]:
    """Whether a step is wrong: both, where a state that may be any decides; there is no wrong first state."""
    if origin is None:
        return {False}
    fits = any(origin in (UNKNOWN, one) and to in (UNKNOWN, other) for one, other in allowed)
    return {True} if not fits else {True, False} if UNKNOWN in (origin, to) else {False}


def _shared(value: Any, other: Any) -> bool | None:
    """Whether two values are equal, or two lists have a member in common."""
    if isinstance(value, Unknown) or isinstance(other, Unknown):
        return None
    mine, theirs = (one if isinstance(one, list) else [one] for one in (value, other))
    return any(equal(one, two) for one in mine for two in theirs)


def _comparable(values: Iterable[Any]) -> tuple[Any, ...]:
    """Values that are equal exactly when `equal` says so of each: flags are no numbers, lists compare as texts."""
    return tuple(
        (type(v).__name__ if isinstance(v, (bool, list, dict)) else "", v if _hashable(v) else repr(v)) for v in values
    )


def _hashable(value: Any) -> bool:
    return not isinstance(value, (list, dict))


def _number(value: Any) -> Bounds:
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Bounds.exactly(value)
    return Bounds(-INFINITY, INFINITY)


def _carried(occasion: Occasion, field: str) -> Bounds:
    """The number in a field: 0 if it is not there, any if the record that may carry it is missing."""
    value = occasion.get(field)
    if value is None and isinstance(occasion.item, Interval) and occasion.item.opening is None:
        return Bounds(-INFINITY, INFINITY)
    return Bounds.exactly(0) if value is None else _number(value)


def _whole(bound: Number, otherwise: int) -> int:
    return int(bound) if is_finite(bound) else otherwise


def _serving(
    found: list[tuple[Bounds, Event]], limit: Limit, *, first: bool = False
) -> tuple[Bounds, Event] | None:
    """What an occasion can rest on: the one that serves it best (or the `first` that does); None if there is none.

    Where it is open which one that is, the bounds are those of whichever it is.
    """
    if not found:
        return None
    decisions = [decide(measured, limit) for measured, _ in found]
    worth = [(_RANKS[d.verdict], d.margin.low, d.margin.high) for d in decisions]
    at = worth.index(max(worth))
    if first and worth[at][0] == _RANKS[Verdict.SATISFIED]:
        at = next(n for n, d in enumerate(decisions) if d.verdict is Verdict.SATISFIED)
    measured, event = found[at]
    if limit.at_most is None:
        measured = Bounds(max(m.low for m, _ in found), max(m.high for m, _ in found))
    elif limit.at_least is None:
        measured = Bounds(min(m.low for m, _ in found), min(m.high for m, _ in found))
    return measured, event


_RANKS = {Verdict.SATISFIED: 2, Verdict.INCONCLUSIVE: 1, Verdict.VIOLATED: 0}


def _doubt_about(candidates: Sequence[tuple[Event, bool]]) -> str:
    """Why it is open which of the events count."""
    open_ = [event for event, sure in candidates if not sure or event.earliest != event.latest]
    return "" if not open_ else REDUCED if any(e.earliest != e.latest for e in open_) else WITHHELD


def _not_negative(value: Bounds) -> Bounds:
    return Bounds(max(0, value.low), max(0, value.high))


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
    return _measurable(item.get(field))


def _event_side(event: Event, field: str) -> Any:
    """What a comparison looks at: bounds of a number or an instant, else the value itself."""
    return Bounds(event.earliest, event.latest) if field == "time" else _measurable(event.get(field))


def _unread(event: Event, field: str) -> bool:
    return isinstance(_event_side(event, field), Unknown)


def _difference(ours: Any, theirs: Any, measure: Deviation) -> Bounds:
    """By how much the one is more than the other, or how far they are apart; texts differ by 0 or 1."""
    if isinstance(ours, Bounds) and isinstance(theirs, Bounds):
        scaled = Bounds(theirs.low * measure.scale, theirs.high * measure.scale)
        return ours - scaled if measure.signed else _absolute(ours - scaled)
    if not isinstance(ours, Unknown) and not isinstance(theirs, Unknown):
        return Bounds.exactly(0 if equal(ours, theirs) else 1)
    if all(isinstance(one, (Unknown, Bounds)) for one in (ours, theirs)):
        return Bounds(-INFINITY if measure.signed else 0, INFINITY)
    return Bounds(0, 1)


def _measurable(value: Any) -> Any:
    if isinstance(value, list):
        return Bounds.exactly(len(value))
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Bounds.exactly(value)
    return value


def _context(intervals: Iterable[Interval]) -> list[Witness]:
    return [w for interval in intervals for w in _interval_witnesses(interval, "context ")]


def _extreme(
    lower: list[rolling.Piece],
    upper: list[rolling.Piece],
    start: int,
    end: int,
    limit: Limit,
    certain: bool,
    *,
    half_open: bool = False,
) -> tuple[Bounds, Decision]:
    """The greatest value in the stretch against a greatest allowed, the least against a least."""
    extreme = rolling.greatest if limit.at_most is not None else rolling.least
    measured = Bounds(*(extreme(one, start, end, half_open=half_open) for one in (lower, upper)))
    return measured, decide(measured, limit, certain=certain)


def _active(group: list[Occasion], start: int, end: int, back: int, closed: bool) -> list[Occasion]:
    """Those of a group, in order, that may have been going on in the stretch, or up to `back` before it."""
    starts = [o.start.low for o in group]
    over: list[Number] = list(accumulate((plus(o.end.high, back) for o in group), max))
    near = group[bisect_right(over, start) : (bisect_right if closed else bisect_left)(starts, end)]
    return [o for o in near if plus(o.end.high, back) > start]


def _silence(moments: list[Bounds], asked: Spans) -> Bounds:
    """From the first moment to the last at most; at least the longest part between two that surely is asked about."""
    spans = [(int(a.high), int(b.low)) for a, b in pairwise(moments) if a.high < b.low]
    longest = max((end - start for span in spans for start, end in intersect(asked, [span])), default=0)
    return Bounds(longest, max(0, minus(moments[-1].high, moments[0].low)))


def _unshown(interval: Interval) -> bool:
    return interval.opening is not None and not interval.opening.authentic


def _touches(occasion: Occasion, span: tuple[int, int]) -> bool:
    first, last = span
    return bool(occasion.start.low <= last and (occasion.end.high > first or occasion.start.low >= first))


def _merged_by_key(intervals: Iterable[Interval]) -> Spans:
    """Where each may have gone on; what cannot go on twice at once is not counted twice."""
    by_key: dict[Key, Spans] = {}
    for interval in intervals:
        span = interval.possibly
        if span[0] < span[1]:
            by_key.setdefault(interval.key, []).append(span)
    return [span for spans in by_key.values() for span in merge(spans)]


def _may_overlap(spell: Spell) -> bool:
    """Whether intervals of one key can go on at once: those that records state can."""
    return isinstance(spell, Stated) or (isinstance(spell, Where) and _may_overlap(spell.part))


def _once_at_a_time(rule: Rule) -> bool:
    """Whether for one key at most one can go on at any instant."""
    return isinstance(rule.on, OnIntervals) and not _may_overlap(rule.on.spell)


def _unbounded_until(pieces: list[rolling.Piece], began: int | None, window: int) -> list[rolling.Piece]:
    """The same function, but unbounded while the window reaches back before the beginning of the log."""
    first = pieces[0].start
    if began is None or began + window <= first:
        return pieces
    known = began + window
    at = max(i for i, piece in enumerate(pieces) if piece.start <= known)
    held = pieces[at]
    resumed = rolling.Piece(known, plus(held.value, held.slope * (known - held.start)), held.slope)
    return [rolling.Piece(first, INFINITY), resumed, *pieces[at + 1 :]]


def _holds_one(stretch: tuple[int, int], inner: list[tuple[int, int]]) -> bool:
    """Whether one of the inner stretches, in order, lies wholly within the stretch."""
    at = bisect_left(inner, (stretch[0], stretch[0]))
    return at < len(inner) and inner[at][1] <= stretch[1]


def _clip(stretches: list[tuple[int, int]], first: int, last: int) -> list[tuple[int, int]]:
    return [(max(s, first), min(e, last)) for s, e in stretches if e >= first and s <= last]


def _one_to_one(
    occasions: Sequence[Occasion], found: list[list[tuple[Event, bool]]], limit: Limit, *, before: bool
) -> list[list[tuple[Event, bool]]]:
    """Let each event serve one occasion only: in order of time, each occasion takes the oldest that keeps its limit.

    With one window for all occasions this serves as many of them as can be served.
    """
    used: set[int] = set()
    chosen: list[list[tuple[Event, bool]]] = []
    for occasion, candidates in zip(occasions, found, strict=True):
        free = [pair for pair in candidates if id(pair[0]) not in used]
        fit = None
        for event, sure in free:
            moment = Bounds(event.earliest, event.latest)
            measured = occasion.start - moment if before else moment - occasion.end
            if sure and decide(measured, limit).verdict is Verdict.SATISFIED:
                fit = (event, sure)
                break
        if fit is not None:
            used.add(id(fit[0]))
            chosen.append([fit])
        else:
            chosen.append(free)
    return chosen
