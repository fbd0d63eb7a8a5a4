"""From events to intervals: which opening belongs to which closing, and what is known where one is missing.

Written to be read; it is part of the meaning. At one instant, what ends is applied before what begins. A closing
that finds nothing open, at the very instant of an opening, closes that one: something that lasted no time.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from checker.bounds import INFINITY, Bounds, Number
from checker.event import UNKNOWN, Event, Unknown
from checker.interval import (
    FAR,
    Between,
    Cover,
    During,
    Either,
    Interval,
    Lookup,
    Outside,
    Recurring,
    Spell,
    Stated,
    Where,
    Widened,
    primitives,
)
from checker.measure import Match
from checker.timeline import Spans, complement, intersect, merge, union, widen
from checker.trace import Trace

Key = tuple[tuple[str, Any], ...]
Mark = tuple[int, int, int, str, Event, bool]
"""An event in its role: when, what comes first at one instant, its place, the role, and whether it surely plays it."""

GAP = "gap"
WITHHELD = "withheld field"
REDUCED = "reduced precision"


def key_of(get: Lookup, per: Sequence[str]) -> Key:
    """The fields that keep groups apart, with their values."""
    return tuple((name, get(name)) for name in per)


class Intervals:
    """The intervals of one trace: each expression is evaluated once and kept."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._by_spell: dict[int, tuple[Spell, list[Interval]]] = {}
        self._by_fields: dict[tuple[int, tuple[str, ...]], tuple[dict[Any, list[Interval]], list[Interval]]] = {}
        self._by_type: dict[str, list[Event]] = {}
        self._ranks: dict[Event, int] = {}
        for event in trace.events:
            self._by_type.setdefault(event.type, []).append(event)

    def events(self, types: frozenset[str] | None) -> Sequence[Event]:
        """The events of these types, in order; all if None."""
        if types is None:
            return self._trace.events
        if len(types) == 1:
            return self._by_type.get(next(iter(types)), [])
        wanted = [event for name in sorted(types) for event in self._by_type.get(name, [])]
        return sorted(wanted, key=self.rank)

    def rank(self, event: Event) -> int:
        """The place of an event in the order of all."""
        if not self._ranks:
            self._ranks = {event: at for at, event in enumerate(self._trace.events)}
        return self._ranks[event]

    def of(self, spell: Spell) -> list[Interval]:
        """The intervals an expression names, by start."""
        known = self._by_spell.get(id(spell))
        if known is None:
            found = sorted(self._find(spell), key=lambda i: (i.start.low, i.end.low, i.end.high, repr(i.key)))
            known = self._by_spell[id(spell)] = (spell, found)
        return known[1]

    def _find(self, spell: Spell) -> Iterator[Interval]:
        if isinstance(spell, Between):
            return self._paired(spell)
        if isinstance(spell, Stated):
            return self._stated(spell)
        if isinstance(spell, Where):
            return self._where(spell)
        return self._composed(spell)

    # ---- from one event to another ----

    def _paired(self, spell: Between) -> Iterator[Interval]:
        """Group the events by key and walk through each group; the roles at one instant go in this order."""
        roles = (
            (spell.closes, "close"),
            (spell.at_latest, "latest"),
            (spell.opens, "open"),
            (spell.already, "already"),
        )
        marks: dict[Key, list[Mark]] = {}
        keyless: list[tuple[Key, Mark]] = []
        for rank, (pattern, role) in enumerate(roles):
            if pattern is None:
                continue
            for place, event in enumerate(self.events(pattern.types)):
                truth = pattern.test(event, self._trace.registers)
                if truth is False:
                    continue
                mark = (event.earliest, rank, place, role, event, truth is True)
                key = key_of(event.get, spell.per)
                if not is_known(key):
                    keyless.append((key, mark))
                else:
                    marks.setdefault(key, []).append(mark)
        for key, mark in keyless:
            yield from self._keyless(key, mark)
            for other, group in marks.items():
                if may_be(key, other):
                    group.append((*mark[:-1], False))
        for key, group in marks.items():
            ordered = _in_any_order(sorted(group, key=lambda mark: mark[:3]))
            yield from _walk(key, ordered, spell, self._trace)

    def _keyless(self, key: Key, mark: Mark) -> Iterator[Interval]:
        """What a record begins that does not say of what: when it ends is not known."""
        _, _, _, role, event, sure = mark
        if role in ("open", "already"):
            start = Bounds(event.earliest if role == "open" else -INFINITY, event.latest)
            yield Interval(start, Bounds(event.earliest, INFINITY), event, None, key, sure, False, WITHHELD)

    def _stated(self, spell: Stated) -> Iterator[Interval]:
        for event in self.events(spell.event.types):
            truth = spell.event.test(event, self._trace.registers)
            if truth is False:
                continue
            reason = "" if truth else WITHHELD
            start, why = _bound(event, spell.start)
            reason = reason or why
            if start is None:
                continue
            if spell.lasts is not None:
                end = start + Bounds.exactly(spell.lasts)
            elif spell.end is not None:
                given, why = _bound(event, spell.end)
                reason = reason or why
                end = given if given is not None else Bounds.exactly(INFINITY)
            else:
                end = Bounds.exactly(INFINITY)
            end = end.greatest(start)
            going_on = end.low > self._trace.observed_until
            yield Interval(start, end, event, None, key_of(event.get, spell.per), truth is True, going_on, reason)

    # ---- built from others ----

    def _where(self, spell: Where) -> Iterator[Interval]:
        for interval in self.of(spell.part):
            if interval.opening is None:
                yield Interval(
                    interval.start, interval.end, None, interval.closing, interval.key, False, interval.going_on, GAP
                )
                continue
            truth = spell.pattern.test(interval.opening, self._trace.registers)
            if truth:
                yield interval
            elif truth is None:
                yield Interval(
                    interval.start, interval.end, interval.opening, interval.closing, interval.key,
                    False, interval.going_on, WITHHELD,
                )  # fmt: skip

    def _composed(self, spell: Spell) -> Iterator[Interval]:
        """One list of spans for each key that occurs; ends are uncertain where surely and possibly differ."""
        parts = primitives(spell)
        per = spell.per
        keys: dict[Key, None] = {}
        for part in parts:
            for interval in self.of(part):
                key = key_of(interval.get, per)
                if set(part.per) == set(per) or all(value is not None for _, value in key):
                    keys.setdefault(key)
        if not per:
            keys = {(): None}
        low, high = self._trace.observed_from, self._trace.observed_until
        low = min([low, *(event.earliest for event in self._trace.events[:1])])
        for key in keys:
            get = dict(key).get
            cover = self.cover(spell, get, low, high + 1)
            made_of = [i for part in parts for i, _ in self._matching(part, get, None)]
            opened = {i.start.low: i.opening for i in made_of}
            closed = {i.end.high: i.closing or i.opening for i in made_of}
            kept_apart = [i for part in parts if set(part.per) == set(per) for i, _ in self._matching(part, get, None)]
            for first, last in cover.possibly:
                going = [i for i in kept_apart if i.possibly[0] <= first < i.possibly[1]]
                opening = opened.get(first) or max(going, key=lambda i: i.start.low, default=_NONE).opening
                inner = [span for span in cover.surely if first <= span[0] and span[1] <= last]
                start = Bounds(first, inner[0][0] if inner else last)
                end = Bounds(inner[-1][1] if inner else first, last)
                going_on = last > high
                if going_on:
                    end = Bounds(min(end.low, high) if end.low > high else end.low, INFINITY)
                reason = "" if inner == [(first, last)] else GAP
                closing = closed.get(last) or opened.get(last)
                yield Interval(start, end, opening, closing, key, bool(inner), going_on, reason)

    # ---- where something was going on ----

    def cover(self, spell: Spell, get: Lookup, low: int, high: int, match: Match | None = None) -> Cover:
        """Within [low, high), where intervals of the asker's own key surely and possibly were going on."""
        if low >= high:
            return Cover([], [])
        if isinstance(spell, Recurring):
            spans = spell.calendar.spans(low, high)
            return Cover(spans, spans)
        if isinstance(spell, Outside):
            inner = self.cover(spell.part, get, low, high, match)
            return Cover(complement(inner.possibly, low, high), complement(inner.surely, low, high))
        if isinstance(spell, Widened):
            if isinstance(spell.part, (Between, Stated, Where)):
                return self._cover(spell.part, get, low, high, match, spell.before, spell.after)
            inner = self.cover(spell.part, get, low - spell.after, high + spell.before, match)
            clip = [(low, high)]
            return Cover(
                intersect(widen(inner.surely, spell.before, spell.after), clip),
                intersect(widen(inner.possibly, spell.before, spell.after), clip),
            )
        if isinstance(spell, (During, Either)):
            covers = [self.cover(part, get, low, high, match) for part in spell.parts]
            combine: Callable[[Spans, Spans], Spans] = intersect if isinstance(spell, During) else union
            surely, possibly = covers[0].surely, covers[0].possibly
            for cover in covers[1:]:
                surely, possibly = combine(surely, cover.surely), combine(possibly, cover.possibly)
            return Cover(surely, possibly)
        return self._cover(spell, get, low, high, match)

    def _cover(
        self, spell: Spell, get: Lookup, low: int, high: int, match: Match | None, before: int = 0, after: int = 0
    ) -> Cover:
        """Of single intervals, each begun earlier by `before` and ended later by `after`."""
        surely: list[tuple[int, int]] = []
        possibly: list[tuple[int, int]] = []
        for interval, fits in self._matching(spell, get, match):
            first, last = interval.possibly
            possibly.append((first - before, last + after))
            if fits and interval.certain and _discharges(interval):
                core = self.core(interval)
                surely.append((core[0] - before, core[1] + after))
        clip = [(low, high)]
        return Cover(intersect(merge(surely), clip), intersect(merge(possibly), clip))

    def core(self, interval: Interval) -> tuple[int, int]:
        """From its latest start to its earliest end; what goes on when observation ends does so at its last instant."""
        start, end = (int(min(max(bound, -FAR), FAR)) for bound in (interval.start.high, interval.end.low))
        return start, end + 1 if interval.going_on and end == self._trace.observed_until else end

    def _matching(self, spell: Spell, get: Lookup, match: Match | None) -> list[tuple[Interval, bool]]:
        """The intervals of the asker's key, each with whether it surely is one: a withheld field may be anything."""
        pairs = _pairs(spell, match)
        names = tuple(theirs for theirs, _ in pairs)
        wanted = tuple(get(ours) for _, ours in pairs)
        if (id(spell), names) not in self._by_fields:
            known: dict[Any, list[Interval]] = {}
            withheld = []
            for interval in self.of(spell):
                values = tuple(interval.get(name) for name in names)
                if any(isinstance(value, Unknown) for value in values):
                    withheld.append(interval)
                else:
                    known.setdefault(values, []).append(interval)
            self._by_fields[id(spell), names] = known, withheld
        known, withheld = self._by_fields[id(spell), names]
        found = []
        if any(isinstance(value, Unknown) for value in wanted):
            withheld = self.of(spell)
        else:
            found = [(interval, True) for interval in known.get(wanted, ())]
        ours = tuple(zip(names, wanted, strict=True))
        return found + [(i, False) for i in withheld if may_be(key_of(i.get, names), ours)]

    def supporting(self, spell: Spell, get: Lookup, low: int, high: int, match: Match | None) -> list[Interval]:
        """The event-made intervals of the asker's key that touch [low, high]: the evidence of a cover."""
        found = []
        for part in primitives(spell):
            for interval, _ in self._matching(part, get, match):
                first, last = interval.possibly
                if first <= high and low <= last:
                    found.append(interval)
        return found

    def doubt(self, spell: Spell, get: Lookup, low: int, high: int, match: Match | None) -> str:
        """Why it is not known whether such intervals cover [low, high]."""
        for part in _asked(spell):
            for interval, fits in self._matching(part, get, match):
                first, last = interval.possibly
                if first <= high and low <= last and (interval.reason or not fits):
                    return interval.reason if fits else WITHHELD
        return GAP


def _asked(spell: Spell) -> Iterator[Spell]:
    """The parts of an expression that name single intervals."""
    if isinstance(spell, (During, Either)):
        for part in spell.parts:
            yield from _asked(part)
    elif isinstance(spell, (Outside, Widened)):
        yield from _asked(spell.part)
    elif not isinstance(spell, Recurring):
        yield spell


def is_known(key: Key) -> bool:
    """Whether no field of a key is withheld."""
    return not any(isinstance(value, Unknown) for _, value in key)


def may_be(key: Key, other: Key) -> bool:
    """Whether two keys can be the same: a withheld field can have any value."""
    return all(
        isinstance(one, Unknown) or isinstance(two, Unknown) or one == two
        for (_, one), (_, two) in zip(key, other, strict=True)
    )


_NONE = Interval(Bounds.exactly(-INFINITY), Bounds.exactly(INFINITY), None, None)


def _pairs(spell: Spell, match: Match | None) -> Match:
    if match is None:
        return tuple((name, name) for name in spell.per)
    return match


def _in_any_order(marks: list[Mark]) -> list[Mark]:
    """What ends something, where it is open whether it comes before or after what begins: in each place, perhaps.

    `marks` come in order of their earliest instants, so that what may come before another stands before it.
    """
    widest = max(mark[4].latest - mark[4].earliest for mark in marks)
    if not widest:
        return marks
    made: list[Mark] = []
    for at, mark in enumerate(marks):
        role, event = mark[3], mark[4]
        places: list[Mark] = []
        if role in _ENDS:
            for other in _overlapping(marks, at, widest):
                if other[3] not in _ENDS and other[4] is not event and not _known_order(event, other[4]):
                    places.append(other)
        if not places:
            made.append(mark)
            continue
        made.append((*mark[:-1], False))
        for other in places:  # right behind the other one
            made.append((max(event.earliest, other[4].earliest), len(_ENDS) + 2, other[2], role, event, False))
    return sorted(made, key=lambda mark: mark[:3])


_ENDS = ("close", "latest")


def _overlapping(marks: list[Mark], at: int, widest: int) -> Iterator[Mark]:
    """The marks whose instants may be on either side of that one; none is open by more than `widest`."""
    event = marks[at][4]
    for place in range(at + 1, len(marks)):
        if marks[place][4].earliest > event.latest:
            break
        yield marks[place]
    for place in range(at - 1, -1, -1):
        if marks[place][4].earliest < event.earliest - widest:
            break
        if marks[place][4].latest >= event.earliest:
            yield marks[place]


def _known_order(one: Event, two: Event) -> bool:
    """Whether two records of one clock, which its error moves together, say in which order they were made."""
    written = [event.record if event.amended is None else event.amended.record for event in (one, two)]
    first, second = written
    if first.source != second.source or any(record.earliest != record.latest for record in written):
        return False
    if first.seq is None or second.seq is None or first.seq == second.seq:
        return True
    return (first.seq < second.seq) == (first.earliest <= second.earliest)


def _discharges(interval: Interval) -> bool:
    """A record that is not authentic cannot show that something required was there."""
    return interval.opening is None or interval.opening.authentic


def _bound(event: Event, field: str | None) -> tuple[Bounds | None, str]:
    """The instant in a field (or of the event itself): None where it is absent, everything where it is withheld."""
    if field is None or field == "time":
        reason = "" if event.earliest == event.latest else REDUCED
        return Bounds(event.earliest, event.latest), reason
    value = event.get(field)
    if value is UNKNOWN:
        return Bounds(-INFINITY, INFINITY), WITHHELD
    return (Bounds.exactly(value), "") if isinstance(value, int) and not isinstance(value, bool) else (None, "")


def _walk(key: Key, marks: list[Mark], spell: Between, trace: Trace) -> Iterator[Interval]:
    opening: Event | None = None
    start: Bounds | None = None
    certain = True
    maybe_ended: Number | None = None
    doubt = ""
    began = min([trace.observed_from, *(event.earliest for event in trace.events[:1])])
    boundary: Bounds = Bounds.exactly(began)
    orphan: Event | None = None
    begun = False

    def begin(event: Event, since: Bounds, sure: bool) -> None:
        nonlocal opening, start, certain, maybe_ended, doubt
        opening, start, certain, maybe_ended, doubt = event, since, sure, None, "" if sure else WITHHELD

    def doubted(event: Event, sure: bool, since: Number) -> None:
        """A record that may have ended it, at some time since then, or is worth nothing."""
        nonlocal maybe_ended, doubt
        maybe_ended = min(since, trace.observed_until - 1 if maybe_ended is None else maybe_ended)
        doubt = doubt or (GAP if sure else WITHHELD)

    def ended(end: Bounds, closing: Event | None, reason: str) -> Interval:
        assert start is not None  # noqa: S101 - only called while something is open
        low = end.low if maybe_ended is None else min(end.low, maybe_ended)
        why = reason or doubt or _imprecise(start) or _imprecise(end)
        return Interval(start, Bounds(low, end.high), opening, closing, key, certain, False, why)

    def unopened(closing: Event) -> Interval:
        since = Bounds(min(boundary.low, closing.earliest), closing.latest)
        return Interval(since, Bounds(closing.earliest, closing.latest), None, closing, key, True, False, GAP)

    for at, _, _, role, event, sure in marks:
        moment = Bounds(event.earliest, event.latest)
        trusted = sure and event.authentic
        if orphan is not None and orphan.earliest != at:
            yield unopened(orphan)
            boundary, orphan = Bounds(orphan.earliest, orphan.latest), None
        first, begun = not begun, True
        if role == "close":
            if start is None:
                if sure and (first or not spell.continues):
                    if orphan is not None:
                        yield unopened(orphan)
                    orphan = event
            elif trusted:
                yield ended(moment.greatest(start), event, "")
                start, boundary = None, moment
            else:
                doubted(event, sure, event.earliest)
        elif role == "latest":
            if start is not None and trusted:
                earliest = start.low if start.low <= event.latest else event.earliest
                yield ended(Bounds(earliest, event.latest), None, GAP)
                start, boundary = None, moment
            elif start is not None:
                doubted(event, sure, start.low)
        elif start is not None and (spell.continues or role == "already"):
            continue
        elif start is not None and not trusted:
            doubted(event, sure, start.low)
        else:
            if start is not None:
                yield ended(Bounds(min(start.low, event.earliest), event.latest), None, GAP)
            if orphan is event:  # where each record ends the last and begins the next, it does not end itself
                orphan = None
            if orphan is not None and role == "open" and orphan.authentic:
                yield Interval(moment, moment, event, orphan, key, sure, False, "" if sure else WITHHELD)
                orphan, start, boundary = None, None, moment
                continue
            begin(event, moment if role == "open" else Bounds(-INFINITY, event.latest), sure)
            if orphan is not None and role == "open":
                doubted(orphan, True, orphan.earliest)
                orphan = None
    if orphan is not None:
        yield unopened(orphan)
    if start is not None:
        low = max(trace.observed_until, start.high) if maybe_ended is None else maybe_ended
        why = doubt or _imprecise(start)
        yield Interval(start, Bounds(max(low, start.low), INFINITY), opening, None, key, certain, True, why)


def _imprecise(bound: Bounds) -> str:
    return "" if bound.known else GAP if bound.low == -INFINITY else REDUCED


__all__ = ["FAR", "GAP", "REDUCED", "WITHHELD", "Intervals", "Key", "is_known", "key_of", "may_be"]
