"""What every measure of the reference backend builds on: occasions, events that match, groups, obligations."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from itertools import pairwise
from typing import Any, NamedTuple

from checker.bounds import INFINITY, Bounds, Number, is_finite, minus
from checker.event import ENDED, GAP, REDUCED, UNKNOWN, WITHHELD, Event, Unknown
from checker.interval import Interval, Key, Lack, Lookup, Spell, gathered, is_known, key_of, may_be
from checker.measure import Match, OnEvents, Rule
from checker.obligation import WAIVER, Obligation, Verdict, Witness, decide_any
from checker.pairing import Intervals
from checker.pattern import ANYTHING, Pattern
from checker.quick import dataclass
from checker.timeline import Spans, intersect, total
from checker.trace import Trace

COUNT = "count"


@dataclass(frozen=True, slots=True, eq=False)
class Occasion:
    """An event or interval on which a rule applies, and whether it surely took place."""

    item: Event | Interval
    start: Bounds
    end: Bounds
    certain: bool
    reason: str = ""

    @property
    def hidden(self) -> bool:
        """Whether no record shows it: a gap may hide it."""
        return self.item.hidden if isinstance(self.item, Interval) else self.item.hidden is not None

    @property
    def many(self) -> Number:
        """How many such there are at most."""
        return self.item.many

    def is_elsewhere(self, per: Sequence[str]) -> bool:
        """Whether it is of none of the keys, made of these fields, of which a record shows something."""
        return isinstance(self.item, Interval) and self.item.elsewhere and {n for n, _ in self.item.key} <= set(per)

    @property
    def get(self) -> Lookup:
        """Asks the event or interval for a field."""
        return self.item.get

    @property
    def subject(self) -> str | None:
        """The asset it is about."""
        return self.item.subject

    @property
    def cause(self) -> Event | None:
        """The record that made it arise; of an interval whose opening is missing, the one that closed it."""
        return self.item if isinstance(self.item, Event) else self.item.opening or self.item.closing

    @property
    def witnesses(self) -> tuple[Witness, ...]:
        """The records that show it."""
        if isinstance(self.item, Event):
            return (Witness("trigger", self.item),)
        return _interval_witnesses(self.item)


class Focus(NamedTuple):
    """Which occasions are asked about, of those that a trace shows of which only a part is there.

    Those that the events of `causes` made arise, and those of the keys of `groups` (of a key only these spans, if there
    are any); all of them where that is None. What no record shows is always asked about; a span that is `told` is not,
    nor a silence that begins with one of the events that are `settled`.
    """

    causes: frozenset[Event] | None = None
    groups: Mapping[Key, frozenset[tuple[int, int]] | None] | None = None
    told: Mapping[Key, frozenset[tuple[int, int]]] | None = None
    settled: frozenset[Event] = frozenset()

    def of(self, occasion: Occasion) -> bool:
        """Whether an occasion is asked about."""
        return self.causes is None or self.of_cause(occasion.cause) or occasion.hidden

    def of_cause(self, event: Event | None) -> bool:
        """Whether what an event made arise is asked about."""
        return self.causes is None or event is None or event.hidden is not None or event in self.causes

    def of_group(self, key: Key) -> bool:
        """Whether a group is asked about."""
        return self.groups is None or key in self.groups

    def of_span(self, key: Key, first: int, last: int) -> bool:
        """Whether a span of a group is asked about."""
        if self.told is not None and (first, last) in self.told.get(key, ()):
            return False
        spans = None if self.groups is None else self.groups.get(key)
        return spans is None or (first, last) in spans


EVERYTHING = Focus()


def lacks_of(items: Iterable[Event | Interval], types: frozenset[str] | None = None) -> Iterator[Lack]:
    """Which missing records would tell more of events (of these types) and intervals."""
    for item in items:
        if isinstance(item, Interval):
            if item.lack is not None:
                yield item.lack
        elif item.hidden is not None:
            yield Lack(types, item.earliest, item.latest, item.hidden.source)


def _interval_witnesses(interval: Interval, prefix: str = "") -> tuple[Witness, ...]:
    found = []
    if interval.opening is not None:
        possible = "possible " if interval.also and not prefix else ""  # another may have begun after it, unseen
        found.append(Witness(prefix + possible + "opening", interval.opening))
    if interval.closing is not None:
        found.append(Witness(prefix + "closing", interval.closing))
    return tuple(found)


class Base:
    """Occasions and what is shared; evaluated on one trace."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._from, self._until = trace.observed_from, trace.observed_until
        self._began = self._from
        if trace.beginning < self._from:
            ends = (event.latest for event in trace.events) if trace.began is None else [trace.began[1]]
            self._began = min(self._from, *ends)
        self._intervals = self._around = Intervals(trace)
        """All there is to see; and what may go on around an occasion, which may have begun unseen before the log."""
        self._unseen: Intervals | None = None
        self._without: frozenset[Event] = frozenset()
        self._doubtful: frozenset[Event] = frozenset()
        self._focus = EVERYTHING

    def _look_around(self, rule: Rule) -> None:
        """Where history is unknown, what goes on around an occasion is as if a gap lay before the log."""
        self._around = self._intervals
        if not rule.history_complete:
            if self._unseen is None:
                self._unseen = Intervals(self._trace.after_a_gap())
            self._around = self._unseen

    def _in_force(self, rule: Rule) -> tuple[int, int]:
        """The part of the observation in which the rule applies, as an inclusive range of instants."""
        return (
            int(rule.start) if rule.start > self._from else self._from,
            int(rule.end) - 1 if rule.end <= self._until else self._until,
        )

    def _occasions(self, rule: Rule) -> list[Occasion]:
        """Those within the observation; an interval counts from its start, or if it was already going on."""
        asked = [o for o in self._all_occasions(rule) if self._focus.of(o)]
        if isinstance(rule.on, OnEvents):
            return [o for o in asked if o.start.low <= self._until and self._from <= o.start.high]
        return [
            o for o in asked if o.start.low <= self._until and (o.end.high > self._from or o.start.low >= self._from)
        ]

    def _all_occasions(self, rule: Rule) -> list[Occasion]:
        """Those of the whole log, history included: what windows that reach back have to see."""
        if isinstance(rule.on, OnEvents):
            found = list(self._events_on(rule.on))
        else:
            found = [Occasion(i, i.start, i.end, i.certain, i.reason) for i in self._intervals.of(rule.on.spell)]
        return self._counted(found) if self._without or self._doubtful else found

    def _counted(self, occasions: Iterable[Occasion]) -> list[Occasion]:
        """Without those that a waiver leaves out; uncertain where it is open whether it does."""
        return [
            replace(o, certain=False, reason=WAIVER) if o.cause in self._doubtful else o
            for o in occasions
            if o.cause not in self._without
        ]

    def _events_on(self, on: OnEvents) -> Iterator[Occasion]:
        for event, truth in self._matching(on.pattern):
            certain, reason = truth is True, "" if truth else why_open(event, on.pattern)
            for spell, wanted in ((on.during, True), (on.outside, False)):
                if spell is not None:
                    inside = self._inside(spell, event.get, event, None)
                    if inside is not None and inside is not wanted:
                        break
                    if inside is None:
                        certain, reason = False, reason or self._why(event, spell, event.get, None)
            else:
                moment = Bounds(event.earliest, event.latest)
                if event.hidden is not None:
                    reason = event.hidden.reason
                yield Occasion(event, moment, moment, certain, reason or ("" if moment.known else REDUCED))

    def _why(self, event: Event, spell: Spell, get: Lookup, match: Match | None) -> str:
        """Why it is open whether the event lies inside such an interval."""
        if event.earliest != event.latest:
            return REDUCED
        return self._around.doubt(spell, get, event.earliest, event.latest, match)

    def _matching(self, pattern: Pattern) -> Iterator[tuple[Event, bool | None]]:
        for event in self._intervals.events(pattern.types):
            truth = pattern.test(event, self._trace.registers)
            if truth is not False:
                yield event, truth

    def _inside(self, spell: Spell, get: Lookup, event: Event, match: Match | None) -> bool | None:
        """Whether the event lies inside such an interval; None if the records leave it open."""
        cover = self._around.cover(spell, get, event.earliest, event.latest + 1, match)
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
        lacks: Iterable[Lack] = (),
        others: Sequence[Bounds] = (),
        early: int = 0,
        late: Number | None = None,
    ) -> Obligation:
        """`others`: what `measured` is known as is one of these, and nothing between them.

        `early`, `late`: as of the obligation; it may have begun as late after `start` as the occasion may, if not told.
        """
        asked = self._surely_asked(rule, occasion)
        certain = certain and occasion.certain and asked
        decision = decide_any(others or [measured], rule.limit, open_until, certain)
        at = finite_or(occasion.start.low, self._from)
        if not asked:
            at = max(at, int(rule.start)) if rule.start > occasion.start.low else at
            at = max(at, self._from) if isinstance(occasion.item, Event) else at
            reason = reason or REDUCED
        if occasion.hidden:  # it may have been at any time of which there is a question
            first, last = self._in_force(rule)
            at = max(at, min(first, finite_or(occasion.start.high, last)))
            if open_until:  # nothing can be said of it yet in any case
                decision = decision._replace(verdict=Verdict.PENDING)
        begin = at if start is None else start
        if decision.verdict is Verdict.INCONCLUSIVE and self._ended([occasion.reason, reason]):
            decision = decision._replace(verdict=Verdict.PENDING)
        why = (occasion.reason or reason) if occasion.hidden else (reason or occasion.reason)
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
            lacks=self._would_tell(rule, occasion, lacks),
            hidden=occasion.hidden,
            early=early,
            late=finite_or(width(occasion.start) if late is None else late, max(0, self._until - begin)),
        )

    def _ended(self, reasons: Iterable[str]) -> bool:
        """Whether what is uncertain is so only as observation ends, and the time to come will tell."""
        return not self._trace.hidden and {reason for reason in reasons if reason} == {ENDED}

    def _surely_asked(self, rule: Rule, occasion: Occasion) -> bool:
        """Whether it surely came about while the rule was in force and, of an event, while it was observed."""
        start = occasion.start
        if start.known:
            return True
        edges = [rule.start, rule.end]
        if isinstance(occasion.item, Event) and not occasion.hidden and not self._trace.inside:
            edges += [self._from, self._until + 1]
        return not any(start.low < edge <= start.high for edge in edges)

    def _would_tell(self, rule: Rule, occasion: Occasion, lacks: Iterable[Lack]) -> tuple[Lack, ...]:
        """Of what no record shows those that would show it, not what would then have to be there too."""
        more, beginning = () if occasion.hidden else lacks, self._trace.beginning
        told = (lack for lack in more if lack.end >= beginning)
        return gathered((*self._lacks(rule, occasion), *told))

    def _lacks(self, rule: Rule, occasion: Occasion) -> Iterator[Lack]:
        types = rule.on.pattern.types if isinstance(rule.on, OnEvents) else None
        return lacks_of([occasion.item], types)

    def _groups(self, occasions: Iterable[Occasion], per: Sequence[str]) -> dict[Key, list[Occasion]]:
        """The occasions of each key; one that does not say of which it is may be of any, and is uncertain in all."""
        placed: dict[Key, list[tuple[int, Occasion]]] = {}
        keyless: list[tuple[Key, int, Occasion]] = []
        for at, occasion in enumerate(occasions):
            key = key_of(occasion.get, per)
            if isinstance(occasion.item, Interval) and occasion.item.also:
                occasion = replace(occasion, item=occasion.item.alike(per))
            if is_known(key):
                placed.setdefault(key, []).append((at, occasion))
            else:
                reason = occasion.reason if occasion.hidden else WITHHELD
                keyless.append((key, at, replace(occasion, certain=False, reason=reason)))
        for key, at, occasion in keyless:
            for other, group in placed.items():
                if is_known(other) and may_be(key, other) and not occasion.is_elsewhere(per):
                    group.append((at, occasion))
        for key, at, occasion in keyless:
            placed.setdefault(key, []).append((at, occasion))
        return {key: [o for _, o in sorted(group, key=lambda pair: pair[0])] for key, group in placed.items()}

    def _everyone(self, rule: Rule, groups: dict[Key, list[Occasion]], per: Sequence[str]) -> dict[Key, list[Occasion]]:
        """Also those of whom the log shows no occasion: silence is what a heartbeat is about."""
        if not per:
            return groups or {(): []}
        if tuple(per) == ("subject",):
            guests = [o for key, group in groups.items() if not is_known(key) for o in group]
            pattern = rule.on.pattern if isinstance(rule.on, OnEvents) else ANYTHING
            for subject in self._trace.subjects_of(pattern):
                groups.setdefault((("subject", subject),), guests)
            if any(event.subject is None for event in self._trace.hidden):
                groups.setdefault((("subject", UNKNOWN),), [])
        return dict(sorted(groups.items(), key=lambda group: repr(group[0])))


def gap_among(events: Iterable[Event]) -> str:
    """Why one of the events may be there and may not, if a gap may hide one; empty if none does."""
    return next((event.hidden.reason for event in events if event.hidden is not None), "")


def why_open(event: Event, pattern: Pattern) -> str:
    """Why it is open whether an event fits: a field is withheld, or how a member is listed changes on its day."""
    withheld = any(isinstance(event.get(name), Unknown) for name in pattern.fields if name != "time")
    return WITHHELD if withheld or event.earliest == event.latest else REDUCED


def as_count(truth: bool | None) -> Bounds:
    """1 for true, 0 for false, both bounds for what is open."""
    return Bounds(0, 1) if truth is None else Bounds.exactly(int(truth))


def as_bounds(value: Any) -> Bounds:
    """What is known of a value: itself if it is a number, nothing otherwise."""
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return Bounds.exactly(value)
    return Bounds(-INFINITY, INFINITY)


def finite_or(bound: Number, otherwise: int) -> int:
    """The bound as an instant; the other one where there is none."""
    return int(bound) if is_finite(bound) else otherwise


def width(bounds: Bounds) -> Number:
    """By how much more the one than the other may be."""
    return minus(bounds.high, bounds.low) if is_finite(bounds.low) and is_finite(bounds.high) else INFINITY


def context_of(intervals: Iterable[Interval]) -> list[Witness]:
    """The records that opened and closed intervals, as what surrounds a finding."""
    return [w for interval in intervals for w in _interval_witnesses(interval, "context ")]


def _silence(moments: list[Bounds], asked: Spans) -> Bounds:
    """From the first moment to the last at most; at least the longest part between two that surely is asked about."""
    spans = [(int(a.high), int(b.low)) for a, b in pairwise(moments) if a.high < b.low]
    longest = max((end - start for span in spans for start, end in intersect(asked, [span])), default=0)
    return Bounds(longest, max(0, minus(moments[-1].high, moments[0].low)))
