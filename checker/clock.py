"""Clocks that are off: by how much the times of a source may be wrong, and which verdicts do not survive that.

A rule is judged on the times as written, and once more on times known only within the error of the clock that wrote
them. A verdict that both give stands, with what was measured on the times as written; any other is inconclusive. Of a
clock that was further off than is looked at, no time is known at all: no verdict rests on one.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import field, replace
from decimal import Decimal
from typing import Any, NamedTuple

from checker.bounds import INFINITY, Bounds, Number, minus, plus
from checker.event import UNKNOWN, Event, Gap, Unknown
from checker.limits import limit
from checker.measure import DURATION, Clashes, Holds, Level, OnEvents, Rule, Spacing, Standing, Total, Value
from checker.obligation import Obligation, Verdict, Witness, decide
from checker.quick import dataclass
from checker.timeline import DAY, MAX_INSTANT, MIN_INSTANT
from checker.trace import Trace

UNCERTAIN = "uncertain clock"
MAX_ERROR = limit("clock_error_days") * DAY
"""Of a clock that is found off by more than that (µs), nothing is taken to be known but that it was."""

_ANY = 1 << 62  # no two times are further apart

_SECOND = 1_000_000
_NUMBERS = {"seq", "missing_before"}
_KEPT = Verdict.SATISFIED


class Clock(NamedTuple):
    """Which events show that a clock was set, and the fields that say by how much it was off, in seconds.

    Within the `tolerance` (seconds) a clock counts as right.
    """

    event: str
    offset: str
    uncertainty: str | None = None
    tolerance: Number = 0


def errors(events: Sequence[Event], clock: Clock, later: Sequence[Event] = ()) -> dict[Event, int]:
    """By how much the time of each event may be wrong (µs); only events of which it may be wrong at all.

    Between two synchronisations of its source a clock is off by no more than it was found off at the later one, and
    that could be told; before the first, by no more than then. A synchronisation sets it right, as well as it can
    tell. A source that records none is taken to be right. One that is not authentic, or does not say, is none.
    """
    found: dict[str | None, list[Event]] = {}
    for event in (*events, *later):
        if event.type == clock.event and event.authentic and _tells(event, clock):
            found.setdefault(event.record.source, []).append(event)
    sources = {source: _Source(syncs, clock) for source, syncs in found.items()}
    made: dict[Event, int] = {}
    tolerance = _seconds(clock.tolerance) or 0
    for event in events if sources else ():
        source = sources.get(event.record.source)
        if source is not None and (error := source.error(event)) > tolerance:
            made[event] = error
    return made


def _tells(event: Event, clock: Clock) -> bool:
    unread = clock.uncertainty is not None and isinstance(event.get(clock.uncertainty), Unknown)
    return _seconds(event.get(clock.offset)) is not None and not unread


class _Source:
    """The synchronisations of one source, by time and by number."""

    def __init__(self, syncs: list[Event], clock: Clock) -> None:
        self._times, self._by_time = _stretches(syncs, lambda sync: sync.latest, clock)
        numbered = [sync for sync in syncs if sync.record.seq is not None]
        self._numbers, self._by_number = _stretches(numbered, lambda sync: sync.record.seq or 0, clock)

    def error(self, event: Event) -> int:
        """The greater of what its time and its number say: a clock that was set back tells some times twice."""
        error = self._by_time[bisect_left(self._times, event.earliest)]
        if event.record.seq is not None and self._numbers:
            error = max(error, self._by_number[bisect_left(self._numbers, event.record.seq)])
        return error


def _stretches(syncs: list[Event], place: Callable[[Event], int], clock: Clock) -> tuple[list[int], list[int]]:
    """Where synchronisations stand, and the error before each and after the last."""
    ordered = sorted(syncs, key=place)
    found, left = [], 0
    for sync in ordered:
        told = _seconds(sync.get(clock.uncertainty)) if clock.uncertainty is not None else None
        uncertainty = abs(told or 0)
        off = abs(_seconds(sync.get(clock.offset)) or 0)
        found.append(max(left, off + uncertainty))
        left = uncertainty
    return [place(sync) for sync in ordered], [*found, left]


def _seconds(value: Any) -> int | None:
    """A number of seconds in whole microseconds, rounded away from zero; None for what is no number."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        return None
    exact = abs(Decimal(value)) * _SECOND
    return _ANY if exact > _ANY else int(exact) + (exact != int(exact))


@dataclass
class Blurred:
    """A trace whose times are known only within the errors of their clocks."""

    trace: Trace
    greatest: int
    _written: Mapping[Event, Event] = field(default_factory=dict)
    _lost: Sequence[Event] = ()
    """Events of which no time is known."""
    _hides: Gap | None = None
    """One of the gaps that may lie anywhere, as those around them do."""
    _edge: bool = False
    """Nor is it known from when until when anything was observed."""

    def of(self, events: frozenset[Event]) -> frozenset[Event]:
        """The events of this trace that were made of others."""
        return frozenset(other for other, event in self._written.items() if event in events) if events else events

    def settled(
        self, rule: Rule, nominal: list[Obligation], asked: Callable[[Rule], list[Obligation]]
    ) -> list[Obligation]:
        """What was found on the times as written, and inconclusive where it does not survive their errors.

        `asked` judges a rule on the blurred trace. What could be an occasion only if a clock was wrong is added.
        """
        if self._rests_on_lost(rule):
            return self._unknown(rule, nominal)
        grouped = of_many(rule)
        wide = rule
        if not grouped:  # whether a rule was in force is asked of the time as written
            wide = rule._replace(start=minus(rule.start, self.greatest), end=plus(rule.end, self.greatest))
        blurred: dict[Any, list[Obligation]] = {}
        for other in asked(wide):
            blurred.setdefault(self._cause(rule, other), []).append(other)
        written: dict[Any, list[Obligation]] = {}
        for one in nominal:
            written.setdefault(self._cause(rule, one), []).append(one)
        told: dict[Obligation, Obligation] = {}
        more: list[Obligation] = []
        number = max((one.occasion for one in nominal), default=-1) + 1
        for cause, others in blurred.items():
            own = written.get(cause, [])
            doubted = [other for other in others if other.verdict is Verdict.INCONCLUSIVE]
            for one in own:
                told[one], used = self._survivor(rule, one, others)
                doubted = [o for o in doubted if o is not used and (one.verdict is _KEPT or not self._near(o, one))]
            if own or (self._asked(rule, others[0]) and not (grouped and rule.limit.at_least is not None)):
                occasion = own[0].occasion if own else number
                more += [self._told(replace(other, occasion=occasion), other) for other in doubted]
                number += bool(doubted) and not own
        return [told[one] if one in told else self._widened(rule, one) for one in nominal] + more

    def _rests_on_lost(self, rule: Rule) -> bool:
        """Whether a rule looks for what has lost its time, and does not ask for what records say alone."""
        if not self._lost:
            return False
        bare = isinstance(rule.on, OnEvents) and rule.on.during is rule.on.outside is None
        if bare and isinstance(rule.measure, (Holds, Value)) and not self.trace.registers:
            return False
        if self._edge:
            return True
        patterns = _patterns(rule)
        if self._hides is not None and any(p.types is None or p.types - self._hides.never for p in patterns):
            return True
        return any(p.types is None or event.type in p.types for p in patterns for event in self._lost)

    def _unknown(self, rule: Rule, nominal: list[Obligation]) -> list[Obligation]:
        """What was found, with nothing known of it; if nothing was, that there may be something."""
        measured = Bounds(-INFINITY, INFINITY)
        decision, told = decide(measured, rule.limit, certain=False), []
        for one in nominal:
            settled = one.verdict in (Verdict.INCONCLUSIVE, Verdict.PENDING)
            told.append(one if settled else replace(one, measured=measured, decision=decision, reason=UNCERTAIN))
        first, last = max(rule.start, self.trace.observed_from), min(rule.end, self.trace.observed_until + 1)
        if told or first >= last:
            return told
        lost = self._lost[0]
        at, subject, by = lost.earliest, lost.subject, (Witness("trigger", lost),)
        return [Obligation(0, at, subject, (), measured, rule.unit, decision, at, at, by, reason=UNCERTAIN)]

    def _cause(self, rule: Rule, one: Obligation) -> Any:
        """What makes two obligations speak of the same: the record that raised it, else the group and its window."""
        if _beats(rule):
            return (one.subject, repr(one.key), *(id(w.event.record) for w in one.witnesses if w.role in _BEATS))
        if isinstance(rule.measure, (Total, Level, Standing)):
            named = one.subject if ("subject" in rule.measure.per) else None
            window = one.due if isinstance(rule.measure, Total) and rule.measure.window.unit is not None else None
            return (named, repr(one.key), window)
        roles = "previous" if isinstance(rule.measure, Spacing) and rule.measure.along is not None else ""
        records = tuple(id(w.event.record) for w in one.witnesses if w.role in ("trigger", "opening", roles)) or tuple(
            id(w.event.record) for w in one.witnesses if w.role == "closing"
        )
        return (records, dict(one.fact).get("roles"))

    def _asked(self, rule: Rule, one: Obligation) -> bool:
        """Whether the record that raises it is, by its time as written, one of the time in which the rule holds."""
        raised = next((w.event for w in one.witnesses if w.role in ("trigger", "opening")), None)
        written = one.at if raised is None else self._written.get(raised, raised).earliest
        return rule.start <= written < rule.end

    def _survivor(self, rule: Rule, one: Obligation, others: list[Obligation]) -> tuple[Obligation, Obligation | None]:
        """The obligation as it is to be told, and the blurred one that puts it in doubt, if one does."""
        if one.verdict is Verdict.INCONCLUSIVE:
            return one, None
        asked = others if one.verdict is _KEPT else [other for other in others if self._near(other, one)]
        agree = [other.verdict is one.verdict for other in asked]
        if any(agree) if one.verdict is not _KEPT else all(agree):
            return one, None
        doubted = next((other for other in asked if other.verdict is Verdict.INCONCLUSIVE), None)
        if doubted is None:
            return self._widened(rule, one), None
        return self._told(one, doubted), doubted

    def _near(self, other: Obligation, one: Obligation) -> bool:
        """Whether two stretches can be the same one."""
        reach = 2 * self.greatest
        return other.start - reach <= one.end and one.start - reach <= other.end

    def _told(self, one: Obligation, other: Obligation) -> Obligation:
        """The obligation with the bounds that the errors of the clocks allow."""
        return replace(
            one, measured=other.measured, decision=other.decision, start=other.start, end=other.end,
            reason=UNCERTAIN, witnesses=tuple(self._as_written(other)), fact=other.fact,
        )  # fmt: skip

    def _as_written(self, one: Obligation) -> Iterable[Any]:
        for witness in one.witnesses:
            yield replace(witness, event=self._written.get(witness.event, witness.event))

    def _widened(self, rule: Rule, one: Obligation) -> Obligation:
        """Where the blurred times show nothing that compares: it may not have taken place, or both ends may be off."""
        if one.verdict in (Verdict.INCONCLUSIVE, Verdict.PENDING) or isinstance(rule.measure, Clashes):
            return one  # which parts one plays does not depend on the time
        spread = 2 * self.greatest if one.unit == DURATION else 1
        low = minus(one.measured.low, spread)
        measured = Bounds(max(0, low) if one.measured.low >= 0 else low, plus(one.measured.high, spread))
        decision = decide(measured, rule.limit, certain=False)
        if decision.verdict is one.verdict:
            return one
        return replace(one, measured=measured, decision=decision, reason=UNCERTAIN)


def _patterns(thing: Any) -> list[Any]:
    """Every pattern in a rule or a part of it."""
    if hasattr(thing, "test") and hasattr(thing, "types"):
        return [thing]
    return [pattern for part in thing for pattern in _patterns(part)] if isinstance(thing, tuple) else []


_BEATS = ("previous", "next")


def _beats(rule: Rule) -> bool:
    return isinstance(rule.measure, Spacing) and rule.measure.edges


def of_many(rule: Rule) -> bool:
    """Whether a rule asks what many occasions come to together, within the observation."""
    return isinstance(rule.measure, (Total, Level, Standing)) or _beats(rule)


def blurred(
    trace: Trace,
    wrong: Mapping[Event, int],
    inside: bool,
    never: frozenset[str] = frozenset(),
    narrow: Callable[[Trace], Trace] = lambda trace: trace,
) -> Blurred:
    """The trace with each time widened by its error.

    Observation then begins with the first time that a record may have, unless records before it are known. With
    `inside`, what is written before its end stays before its end. Of its gaps no more is known at first than the types
    (`never`) that none hides; `narrow` then says what else they cannot hide, by these times.
    """
    lost = [event for event in trace.events if wrong.get(event, 0) > MAX_ERROR]
    hides = next((gap for gap in trace.gaps if {gap.before, gap.after} & set(lost)), None) if lost else None
    edge = any(e.earliest == trace.observed_from or e.latest == trace.observed_until for e in lost)
    wrong = {event: min(error, MAX_ERROR) for event, error in wrong.items()}
    begins = trace.observed_from
    if all(event.earliest >= begins for event in trace.events[:1]):
        begins = max(MIN_INSTANT, min([begins, *(event.earliest - error for event, error in wrong.items())]))
    made: list[Event] = []
    written: dict[Event, Event] = {}
    for event in trace.events:
        error = wrong.get(event, 0)
        other = event
        if error:
            low, high = max(MIN_INSTANT, event.earliest - error), min(MAX_INSTANT, event.latest + error)
            if event.earliest >= trace.observed_from:
                low = max(low, begins)
            else:
                high = max(event.latest, min(high, trace.observed_from - 1))
            if inside:
                high = max(event.latest, min(high, trace.observed_until))
            values = {**event.values, "time": UNKNOWN}
            if (cited := event.get("reference")) is not None:
                values["reference"] = cited  # others cite the time as written
            other = replace(event, earliest=low, latest=high, values=values)
        made.append(other)
        written[other] = event
    made.sort(key=lambda event: (event.earliest, event.latest))
    now = {event: other for other, event in written.items()}
    gaps = {gap: replace(_widened(gap, wrong, now), never=never) for gap in trace.gaps}
    hidden = [_hidden(event, gaps) for event in trace.hidden]
    wide = replace(trace, events=made, gaps=tuple(gaps.values()), hidden=hidden, observed_from=begins, inside=True)
    return Blurred(narrow(wide), max(wrong.values()), written, lost, hides, edge)


def _widened(gap: Gap, wrong: Mapping[Event, int], now: Mapping[Event, Event]) -> Gap:
    """The gap with its ends as far off as the clocks of the records around it."""
    early, late = (wrong.get(event, 0) if event is not None else 0 for event in (gap.before, gap.after))
    before, after = (now.get(e, e) if e is not None else None for e in (gap.before, gap.after))
    start, end = max(MIN_INSTANT, gap.start - early), min(MAX_INSTANT, gap.end + late)
    return replace(gap, start=start, end=end, before=before, after=after)


def _hidden(event: Event, gaps: Mapping[Gap, Gap]) -> Event:
    gap = gaps[event.hidden] if event.hidden is not None else None
    if gap is None:
        return event
    return replace(event, hidden=gap, earliest=gap.start, latest=gap.end)


def of_the_log(rule: Rule, clock: Clock) -> bool:
    """Whether a rule is about the log itself: how clocks are set and records numbered is judged as written."""
    if not isinstance(rule.on, OnEvents):
        return False
    pattern = rule.on.pattern
    return pattern.types == frozenset((clock.event,)) or bool(_NUMBERS & set(pattern.fields))
