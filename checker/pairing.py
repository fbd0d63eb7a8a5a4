"""From events to intervals: which opening belongs to which closing, and what is known where one is missing.

Written to be read; it is part of the meaning. Each expression is evaluated once; `walk` pairs openings and closings.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Any

from checker.bounds import INFINITY, Bounds
from checker.calendaring import TOO_MANY, too_long
from checker.composing import Composition, has_calendar, nearby
from checker.event import ENDED, GAP, REDUCED, UNKNOWN, WITHHELD, Event, Gap, Unknown
from checker.interval import (
    FAR,
    Anchored,
    Begun,
    Between,
    Cover,
    During,
    Either,
    Interval,
    Key,
    Lack,
    Lasting,
    Lookup,
    Outside,
    Recurring,
    Spell,
    Stated,
    Where,
    Widened,
    is_known,
    key_of,
    may_be,
    primitives,
)
from checker.measure import Match
from checker.nearby import Nearby
from checker.pattern import IsType
from checker.timeline import Spans, complement, intersect, merge, total, union, widen
from checker.trace import Trace
from checker.turns import in_turn
from checker.walk import Hole, Mark, Walk, of_unknown


class Intervals:
    """The intervals of one trace: each expression is evaluated once and kept."""

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._by_spell: dict[int, tuple[Spell, list[Interval]]] = {}
        self._by_fields: dict[tuple[int, tuple[str, ...]], tuple[dict[Any, Nearby[Interval]], _Withheld]] = {}
        self._guests: dict[tuple[int, Key], _Guests] = {}
        self._none = _Guests(())
        self._by_type: dict[str, list[Event]] = {}
        self._ranks: dict[Event, int] = {}
        for event in trace.events:
            self._by_type.setdefault(event.type, []).append(event)

    def events(self, types: frozenset[str] | None) -> Sequence[Event]:
        """The events of these types, in order, and those that gaps may hide; all if None."""
        hidden = [event for event in self._trace.hidden if types is None or event.is_of(types) is None]
        known = self._known(types)
        return sorted([*known, *hidden], key=self.rank) if hidden else known

    def _known(self, types: frozenset[str] | None) -> Sequence[Event]:
        if types is None:
            return self._trace.events
        if len(types) == 1:
            return self._by_type.get(next(iter(types)), [])
        wanted = [event for name in sorted(types) for event in self._by_type.get(name, [])]
        return sorted(wanted, key=self.rank)

    def rank(self, event: Event) -> int:
        """The place of an event in the order of all; what a gap may hide stands where the gap begins."""
        if not self._ranks:
            ordered = sorted([*self._trace.events, *self._trace.hidden], key=lambda event: event.earliest)
            self._ranks = {event: at for at, event in enumerate(ordered)}
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
        if isinstance(spell, Lasting):
            return self._lasting(spell)
        if isinstance(spell, Begun):
            return self._begun(spell)
        if isinstance(spell, Anchored):
            return self._anchored(spell)
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
            for place, event in enumerate(self._known(pattern.types)):
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
        holes = self._holes(spell)
        every, hidden_keys = _by_gap(holes), {hole.key for hole in holes}  # mostly one, of which nothing is known
        for hole in holes:
            if is_known(hole.key):
                marks.setdefault(hole.key, [])
            else:
                yield from of_unknown(hole, spell, self._began)
        for key, group in marks.items():
            others = {other for other in hidden_keys if not may_be(other, key)}
            theirs = [hole for hole in holes if hole.key not in others] if others else holes
            ordered, unplaced = in_turn(group, key, spell, bool(theirs))
            nearby = every if len(theirs) == len(holes) and not unplaced else _by_gap(theirs + unplaced)
            yield from Walk(key, spell, nearby, self._trace).through(ordered)

    def _holes(self, spell: Between) -> list[Hole]:
        """Where openings and closings may be hidden, and how many records of both together."""
        found: dict[tuple[Gap, Key], Hole] = {}
        for event in self._trace.hidden:
            opens, closes = (
                pattern.test(event, self._trace.registers) is not False for pattern in (spell.opens, spell.closes)
            )
            if event.hidden is not None and (opens or closes):
                key = key_of(event.get, spell.per)
                found.setdefault((event.hidden, key), Hole(event.hidden, key, opens, closes))
        return list(found.values())

    @property
    def _began(self) -> int:
        return self._trace.beginning

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
            key = key_of(event.get, spell.per)
            if event.hidden is not None:
                lack = Lack(spell.event.types, event.earliest, event.latest, event.hidden.source)
                yield Interval(
                    start, end, None, None, key, False, going_on, event.hidden.reason, lack,
                    unopened=True, hidden=True, many=event.many,
                )  # fmt: skip
            else:
                yield Interval(start, end, event, None, key, truth is True, going_on, reason)

    # ---- built from others ----

    def _where(self, spell: Where) -> Iterator[Interval]:
        for interval in self.of(spell.part):
            if interval.opening is None or not interval.opened:
                yield replace(interval, certain=False, reason=interval.reason or GAP, also=())
                continue
            truth = spell.pattern.test(interval.opening, self._trace.registers)
            if truth:
                yield replace(interval, also=()) if interval.also else interval  # that may be of another
            elif truth is None:
                yield replace(interval, certain=False, reason=WITHHELD, also=())

    def _lasting(self, spell: Lasting) -> Iterator[Interval]:
        """What still goes on may turn out to last any longer."""
        for interval in self.of(spell.part):
            length = interval.length if spell.of is None else self._amount(spell.of, interval)
            fits = spell.fits(length)
            also = [
                span for span in interval.also
                if spell.of is None and spell.fits(Bounds(span[1] - span[0], interval.length.high))
            ]  # fmt: skip
            if fits:
                yield replace(interval, also=tuple(also))
            elif fits is None:
                for since, until in also:  # whatever it is a piece of lasts so long
                    yield replace(
                        interval, start=Bounds(interval.start.low, since), end=Bounds(until, interval.end.high),
                        opening=None, also=(), unopened=True,
                    )  # fmt: skip
                reason = interval.reason or (ENDED if interval.going_on else GAP)
                yield replace(interval, certain=False, reason=reason, also=())

    def _begun(self, spell: Begun) -> Iterator[Interval]:
        for interval in self.of(spell.part):
            first, last = (int(min(max(bound, -FAR), FAR)) for bound in (interval.start.low, interval.start.high))
            cover = self.cover(spell.inside, interval.get, first, last + 1)
            if total(cover.surely) == last + 1 - first:
                yield interval
            elif cover.possibly:
                reason = interval.reason or self.doubt(spell.inside, interval.get, first, last, None)
                yield replace(interval, certain=False, reason=reason, also=())

    def _amount(self, spell: Spell, interval: Interval) -> Bounds:
        """For how long such intervals of its own key go on within an interval, in all."""
        low, high = self._began, self._trace.observed_until + 1
        first, last = interval.possibly
        cover = self.cover(spell, interval.get, max(low, first), min(high, last))
        least = total(intersect(cover.surely, replace(interval, also=()).surely))
        most = INFINITY if interval.end.high == INFINITY else total(cover.possibly)
        return Bounds(least, max(least, most))

    def _anchored(self, spell: Anchored) -> Iterator[Interval]:
        """What has not ended while it was observed is followed by nothing that was."""
        for interval in self.of(spell.part):
            start = interval.end if spell.at_end else interval.start
            if spell.at_end and interval.going_on and start.low >= self._trace.observed_until:
                continue
            end = start + Bounds.exactly(spell.lasts)
            certain = interval.certain and not (spell.at_end and interval.going_on)
            yield replace(
                interval, start=start, end=end, also=(), going_on=end.low > self._trace.observed_until, certain=certain,
                reason=interval.reason if interval.certain and start.known else interval.reason or GAP,
            )  # fmt: skip

    def _composed(self, spell: Spell) -> Iterator[Interval]:
        """One list of spans for each key that occurs."""
        low, high = self._began, self._trace.observed_until
        for key in self._keys(spell):
            get = dict(key).get
            made = Composition(
                spell, key, self.cover(spell, get, low, high + 1), partial(self._matching, get=get, match=None),
                low, high, partial(self.doubt, spell, get, high=high, match=None),
            )  # fmt: skip
            yield from made.intervals()

    def _keys(self, spell: Spell) -> dict[Key, None]:
        """The keys of an expression that its parts show, in order; a part may know of some of its fields only."""
        if not spell.per:
            return {(): None}
        keys: dict[Key, None] = {}
        for part in primitives(spell):
            for interval in self.of(part):
                key = key_of(interval.get, spell.per)
                if set(part.per) == set(spell.per) or all(value is not None for _, value in key):
                    keys.setdefault(key)
        return keys

    # ---- where something was going on ----

    def cover(self, spell: Spell, get: Lookup, low: int, high: int, match: Match | None = None) -> Cover:
        """Within [low, high), where intervals of the asker's own key surely and possibly were going on."""
        if low >= high:
            return Cover([], [])
        if isinstance(spell, Recurring):
            if too_long(low, high):
                return Cover([], [(low, high)])
            spans = spell.calendar.spans(low, high)
            return Cover(spans, spans)
        if isinstance(spell, Outside):
            inner = self.cover(spell.part, get, low, high, match)
            return Cover(complement(inner.possibly, low, high), complement(inner.surely, low, high))
        if isinstance(spell, Widened):
            if isinstance(spell.part, (Anchored, Begun, Between, Lasting, Stated, Where)):
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
        own, guests = self._asked(spell, get, match)
        for interval in own.touching(low - after - 1, high + before + 1):
            first, last = interval.possibly
            possibly.append((first - before, last + after))
            if _discharges(interval):
                surely += [(start - before, end + after) for start, end in self.core(interval)]
        clip = [(low, high)]
        possibly += intersect(guests.spans(before, after), clip)
        return Cover(intersect(merge(surely), clip), intersect(merge(possibly), clip))

    def core(self, interval: Interval) -> Spans:
        """When it surely went on; what goes on when observation ends does so at its last instant."""
        if not interval.certain:
            return []
        start, end = (int(min(max(bound, -FAR), FAR)) for bound in (interval.start.high, interval.end.low))
        if interval.going_on and end == self._trace.observed_until:
            return [(start, end + 1)]
        return interval.surely or [(start, end)]

    def _matching(self, spell: Spell, get: Lookup, match: Match | None) -> list[tuple[Interval, bool]]:
        """The intervals of the asker's key, each with whether it surely is one: a withheld field may be anything."""
        own, guests = self._asked(spell, get, match)
        return [(interval, fits) for some, fits in ((own, True), (guests, False)) for interval in some.items]

    def _asked(self, spell: Spell, get: Lookup, match: Match | None) -> tuple[Nearby[Interval], "_Guests"]:
        """The intervals that surely are of the asker's key, and those that may be."""
        pairs = _pairs(spell, match)
        names = tuple(name for name, _ in pairs)
        wanted = tuple(get(ours) for _, ours in pairs)
        if (id(spell), names) not in self._by_fields:
            known: dict[Any, list[Interval]] = {}
            withheld = []
            for interval in (one.alike(names) for one in self.of(spell)):
                values = tuple(interval.get(name) for name in names)
                if any(isinstance(value, Unknown) for value in values):
                    withheld.append(interval)
                else:
                    known.setdefault(values, []).append(interval)
            by_key = {key: nearby(intervals) for key, intervals in known.items()}
            self._by_fields[id(spell), names] = by_key, _Withheld(withheld, names)
        theirs, others = self._by_fields[id(spell), names]
        ours = tuple(zip(names, wanted, strict=True))
        own = None
        if is_known(ours):
            own = theirs.get(wanted)
            if not others.intervals:
                return own or self._none, self._none
        if (id(spell), ours) not in self._guests:
            if not is_known(ours):  # of whom it is withheld who it is, any may be
                others = _Withheld(self.of(spell), names)
            shown = own is not None and set(names) >= set(spell.per)
            self._guests[id(spell), ours] = others.guests(ours, shown)
        return own or self._none, self._guests[id(spell), ours]

    def supporting(
        self, spell: Spell, get: Lookup, low: int, high: int, match: Match | None, *, sure: bool = False
    ) -> list[Interval]:
        """The event-made intervals that touch [low, high] and may be of the asker's key, or (`sure`) surely are.

        They are the evidence of a cover.
        """
        found: list[Interval] = []
        for part in primitives(spell):
            own, guests = self._asked(part, get, match)
            found += own.touching(low, high)
            found += () if sure else guests.touching(low, high)
        return found

    def doubt(self, spell: Spell, get: Lookup, low: int, high: int, match: Match | None) -> str:
        """Why it is not known whether such intervals cover [low, high]."""
        if too_long(low, high) and has_calendar(spell):
            return TOO_MANY
        for part in _single(spell):
            own, guests = self._asked(part, get, match)
            reason = next((interval.reason for interval in own.touching(low, high) if interval.reason), "")
            guest = None if reason else guests.first_touching(low, high)
            if guest is not None:
                reason = guest.reason if guest.hidden else WITHHELD
            if reason or guest is not None:
                return reason
        return GAP


class _Guests(Nearby[Interval]):
    """Intervals that may be of the asker's key, of which there may be as many as gaps: all are looked at once."""

    def __init__(self, intervals: Iterable[Interval]) -> None:
        super().__init__(list(intervals), lambda interval: interval.possibly)
        self._spans: dict[tuple[int, int], Spans] = {}

    def spans(self, before: int, after: int) -> Spans:
        """Where one of them may have gone on, each begun earlier by `before` and ended later by `after`."""
        if (before, after) not in self._spans:
            spans = (interval.possibly for interval in self.items)
            self._spans[before, after] = merge((first - before, last + after) for first, last in spans)
        return self._spans[before, after]


class _Withheld:
    """Intervals of which it is withheld of which key they are: mostly every asker's alike, so that these are shared."""

    def __init__(self, intervals: Sequence[Interval], names: Sequence[str]) -> None:
        self.intervals = intervals
        self._keys = [key_of(interval.get, names) for interval in intervals]
        self._guests: dict[tuple[frozenset[Key], bool], _Guests] = {}

    @cached_property
    def _kinds(self) -> dict[Key, None]:
        return dict.fromkeys(self._keys)

    def guests(self, ours: Key, shown: bool) -> _Guests:
        """Those that may be of the asker's key, if that is `shown` without those that are of none that is."""
        fitting = frozenset(key for key in self._kinds if may_be(key, ours))
        if (fitting, shown) not in self._guests:
            self._guests[fitting, shown] = _Guests(
                interval for interval, key in zip(self.intervals, self._keys, strict=True)
                if key in fitting and not (shown and interval.elsewhere)
            )  # fmt: skip
        return self._guests[fitting, shown]


def _single(spell: Spell) -> Iterator[Spell]:
    """The parts of an expression that name single intervals."""
    if isinstance(spell, (During, Either)):
        for part in spell.parts:
            yield from _single(part)
    elif isinstance(spell, (Outside, Widened)):
        yield from _single(spell.part)
    elif not isinstance(spell, Recurring):
        yield spell


def _by_gap(holes: Sequence[Hole]) -> Nearby[Hole]:
    return Nearby(holes, lambda hole: (hole.gap.start, hole.gap.end))


def _pairs(spell: Spell, match: Match | None) -> Match:
    if match is None:
        return tuple((name, name) for name in spell.per)
    return match


def _discharges(interval: Interval) -> bool:
    """A record that is not authentic cannot show that something required was there."""
    return interval.opening is None or interval.opening.authentic


def _bound(event: Event, field: str | None) -> tuple[Bounds | None, str]:
    """The instant in a field (or of the event itself): None where it is absent, everything where it is withheld."""
    if field is None or field == "time":
        reason = "" if event.earliest == event.latest else REDUCED if event.hidden is None else event.hidden.reason
        return Bounds(event.earliest, event.latest), reason
    value = event.get(field)
    if value is UNKNOWN:
        return Bounds(-INFINITY, INFINITY), WITHHELD
    return (Bounds.exactly(value), "") if isinstance(value, int) and not isinstance(value, bool) else (None, "")


def types_in_turn(spell: Spell) -> frozenset[str]:
    """The types of what opens the intervals of an expression, if openings and closings take turns; else none."""
    if not isinstance(spell, Between) or not isinstance(spell.opens, IsType) or spell.continues:
        return frozenset()
    return spell.opens.names


def may_narrow(spell: Spell, gaps: Iterable[Gap]) -> bool:
    """Whether how the intervals of an expression take turns may tell that a gap hides no opening of them."""
    names = types_in_turn(spell)
    return any(not names <= gap.never for gap in gaps)


def narrowed(trace: Trace, spells: Iterable[Spell], shown: Callable[[Spell], Sequence[Event]] | None = None) -> Trace:
    """The trace whose gaps no longer hide what they cannot: openings and closings of intervals take turns.

    Where no opening of such an interval fits into a gap, none of the records missing there is of its types. `shown`
    tells the records of an expression that stand beside gaps, where the trace has no events.
    """
    never: dict[Gap, frozenset[str]] = {gap: gap.never for gap in trace.gaps}
    every = Intervals(trace)
    for spell in spells if trace.hidden else ():
        if may_narrow(spell, trace.gaps):
            intervals = every if shown is None else Intervals(replace(trace, events=shown(spell)))
            unopened = [interval.start for interval in intervals.of(spell) if interval.unopened or interval.hidden]
            near = Nearby(sorted(unopened, key=lambda start: start.low), lambda start: (start.low, start.high))
            for gap in trace.gaps:
                if near.first_touching(gap.start, gap.end) is None:
                    never[gap] |= types_in_turn(spell)
    gaps = {gap: replace(gap, never=names) if names != gap.never else gap for gap, names in never.items()}
    hidden = [replace(e, hidden=gaps[e.hidden]) if e.hidden is not None else e for e in trace.hidden]
    return replace(trace, gaps=tuple(gaps.values()), hidden=tuple(hidden))
