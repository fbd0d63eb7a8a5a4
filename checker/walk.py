"""Through the events of one key, from interval to interval: which opening belongs to which closing.

Written to be read; it is part of the meaning. At one instant, what ends is applied before what begins. A closing
that finds nothing open, at the very instant of an opening, closes that one: something that lasted no time.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from checker.bounds import INFINITY, Bounds, Number, plus
from checker.event import GAP, REDUCED, WITHHELD, Event, Gap
from checker.interval import FAR, NONE, Between, Interval, Key, Lack
from checker.nearby import Nearby
from checker.trace import Trace

Mark = tuple[int, int, int, str, Event, bool]
"""An event in its role: when, what comes first at one instant, its place, the role, and whether it surely plays it."""


class Hole(NamedTuple):
    """A gap as the intervals of one expression see it: of which key, and whether it may hide openings, closings."""

    gap: Gap
    key: Key
    opens: bool
    closes: bool


def of_unknown(hole: Hole, spell: Between, began: int) -> Iterator[Interval]:
    """What a gap may hide of something that no record shows: when it ends is not known."""
    gap = hole.gap
    start, end, going_on = Bounds(gap.start, gap.end), Bounds(gap.start, INFINITY), True
    if not hole.opens:
        start, end, going_on = Bounds(min(began, gap.start), gap.end), start, False
    yield from _many(replace(_hidden(hole, spell, start, end, going_on), elsewhere=True), gap.missing)


def _hidden(hole: Hole, spell: Between, start: Bounds, end: Bounds, going_on: bool) -> Interval:
    gap = hole.gap
    lack = Lack(_either(spell.opens.types, spell.closes.types), gap.start, gap.end, gap.source)
    return Interval(start, end, None, None, hole.key, False, going_on, gap.reason, lack, unopened=True, hidden=True)


def _many(interval: Interval, count: Number) -> Iterator[Interval]:
    """So many of the same: one, and one that stands for all others."""
    if count >= 1:
        yield interval
    if count >= 2:
        yield replace(interval, many=count - 1)


def _either(one: frozenset[str] | None, other: frozenset[str] | None) -> frozenset[str] | None:
    return None if one is None or other is None else one | other


class Walk:
    """Through the events of one key, from interval to interval.

    In a complete log openings and closings take turns. Between two records a gap may hide others of the same key:
    as many as it has room for, and in no other order.
    """

    def __init__(self, key: Key, spell: Between, holes: Nearby[Hole], trace: Trace) -> None:
        self._key, self._spell, self._holes, self._trace = key, spell, holes, trace
        began = trace.beginning
        self._began = began
        # what ended before any record of the key may have begun in a gap that reaches back before the log
        self._boundary: Bounds = Bounds.exactly(min([began, *(hole.gap.start for hole in holes.items[:1])]))
        self._opening: Event | None = None
        self._start: Bounds | None = None
        self._certain = True
        self._unopened = False
        self._elsewhere_opened = False
        """What it truly began with may be hidden, and carry something else."""
        self._maybe_ended: Number | None = None
        self._doubt = ""
        self._lack: Lack | None = None
        self._resumed: list[tuple[Bounds, Event | None]] = []
        """When another may have begun after the one that is open may have ended."""
        self._again: Number | None = None
        """Since when it surely goes on again, after it may have ended."""
        self._also: list[tuple[int, int]] = []
        self._steady = not spell.continues
        """Only gaps raise doubts about the one that is open: what its closing record ends, surely went on before it."""
        self._orphan: Event | None = None
        self._hiding: tuple[Bounds, Hole] | None = None
        """Where the record before the next one may be hidden."""
        self._before_orphan: tuple[Bounds, Hole] | None = None
        self._orphan_sure = True
        self._opens_hidden = False
        """Just before the last record another opening may be hidden."""
        self._orphan_alone = True
        """Nothing hidden can be what the closing ended."""
        self._tied = False
        """An opening follows the closing at the same instant: together they may be something that lasted no time."""
        self._brief = ""
        """Why what begins next may be closed at that very instant."""

    def _place(self, marks: Sequence[Mark]) -> None:
        """When those were written that do not say so exactly: after what stands before them, before what follows."""
        self._moments: dict[Event, Bounds] = {}
        if all(mark[4].earliest == mark[4].latest for mark in marks):
            return
        since = marks[0][4].earliest
        floors = [since := max(since, mark[4].earliest) for mark in marks]
        until = marks[-1][4].latest
        ceilings = [until := min(until, mark[4].latest) for mark in reversed(marks)][::-1]
        for mark, floor, ceiling in zip(marks, floors, ceilings, strict=True):
            if floor <= ceiling:
                self._moments[mark[4]] = Bounds(floor, ceiling)

    def through(self, marks: Sequence[Mark]) -> Iterator[Interval]:
        """The intervals, in no order."""
        self._place(marks)
        begun = shown = False  # `shown`: by a record that surely is of the key
        since = min([self._began, *(mark[0] for mark in marks[:1])])
        last: Event | None = None
        for place, mark in enumerate(marks):
            at, _, _, role, event, sure = mark
            self._tied = role == "close" and _opens_at(at, marks, place + 1)
            if self._orphan is not None and self._orphan.earliest != at:
                yield self._without_opening()
            if not (sure and event.authentic):
                self._steady = False
            holes = self._holes_between(since, last, at, event)
            yield from self._between(holes, since, at, role if sure and event.authentic else "unsure", not begun)
            since, last = max(since, at), event
            self._opens_hidden = any(hole.opens for hole in holes)
            yield from self._mark(role, event, sure, None if begun and not shown else not begun)
            begun, shown = True, shown or sure
        if self._orphan is not None:
            yield self._without_opening()
        yield from self._between(self._holes_between(since, last, FAR, None), since, FAR, "", not begun)
        if self._start is not None:
            low = max(self._trace.observed_until, self._start.high) if self._maybe_ended is None else self._maybe_ended
            if self._maybe_ended is not None and self._start.low >= self._trace.observed_until:
                self._certain = False  # it began as observation ends, and may have lasted no time
            end = Bounds(max(low, self._start.low), INFINITY)
            why = self._doubt or _imprecise(self._start)
            self._went_on(self._trace.observed_until)
            yield self._interval(end, None, True, why)
            yield from self._successors(end, None, True)

    def _mark(self, role: str, event: Event, sure: bool, first: bool | None) -> Iterator[Interval]:
        """Take the next record; whether it is the `first` of its key, None if that is not known."""
        spell, start = self._spell, self._start
        moment = self._moments.get(event) or Bounds(event.earliest, event.latest)
        trusted = sure and event.authentic
        hiding, self._hiding = self._hiding, None
        if role == "close":
            if start is None:
                # a gap may hide what it ended
                asked = first is not False or not spell.continues or hiding is not None
                if not sure and self._tied:
                    self._brief = WITHHELD
                if sure and asked and not (spell.switches and not self._holes.items):
                    if self._orphan is not None:
                        yield self._without_opening()
                    self._orphan, self._before_orphan = event, hiding
                    self._orphan_alone = not self._opens_hidden
                    # a switch ends whatever went on, and what begins at its instant goes on
                    self._orphan_sure = not spell.switches and not (
                        spell.continues
                        and (first is None or any(h.gap.start <= event.latest for h in self._holes.items))
                    )
            elif trusted:
                yield from self._ended(moment.greatest(start), event, "")
                if self._tied:  # where nothing was open any more, or at all, it closes what follows
                    authentic = self._opening is None or self._opening.authentic
                    doubtful = self._maybe_ended is not None or (self._certain and not authentic)
                    self._brief = GAP if doubtful else "" if self._certain else WITHHELD
                self._start, self._boundary = None, moment
            else:
                if self._tied and (self._maybe_ended is not None or not self._certain):
                    self._brief = GAP if sure else WITHHELD
                self._doubted(event.earliest, GAP if sure else WITHHELD)
        elif role == "latest":
            if start is not None and trusted:
                earliest = start.low if start.low <= event.latest else event.earliest
                yield from self._ended(*self._closing_hidden(hiding, Bounds(earliest, event.latest)))
                self._start, self._boundary = None, moment
            elif start is not None:
                self._doubted(start.low, GAP if sure else WITHHELD)
        elif start is not None and (spell.continues or role == "already"):
            if role == "open" and self._maybe_ended is not None and self._again is None:
                self._resumed.append((moment, None))  # if it had ended, another begins here
                if trusted and self._certain:
                    self._again = moment.high
            return
        elif start is not None and not trusted:
            self._resumed.append((moment, event))  # where it counts, another begins here
            self._doubted(start.low, GAP if sure else WITHHELD)
        else:
            orphan = self._orphan
            if start is not None:
                before = Bounds(min(start.low, event.earliest), event.latest)
                yield from self._ended(*self._closing_hidden(hiding, before))
            if orphan is event:  # where each record ends the last and begins the next, it does not end itself
                if not self._orphan_alone:  # but what is hidden
                    yield replace(self._without_opening(), certain=False)
                orphan = self._orphan = None
            if orphan is not None and role == "open" and orphan.authentic and self._orphan_sure and self._orphan_alone:
                reason = "" if sure else WITHHELD
                yield Interval(moment, moment, event, orphan, self._key, sure, False, reason)
                self._orphan, self._start, self._boundary, self._brief = None, None, moment, ""
                return
            if orphan is not None and role == "open" and not self._orphan_alone:  # it ended this, or what is hidden
                yield replace(self._without_opening(), certain=False)
            since = moment if role == "open" else Bounds(-INFINITY, event.latest)
            if role == "already" and hiding is not None:
                since = hiding[0]
            if role == "open" and spell.continues and hiding is not None:
                since = Bounds(min(hiding[0].low, moment.low), moment.high)
            self._begin(event, since, sure, role == "already")
            self._elsewhere_opened = hiding is not None and (role == "already" or spell.continues)
            if orphan is not None and role == "open":
                self._doubted(orphan.earliest, GAP)
                self._orphan = None
            if self._brief and role == "open":
                self._doubted(moment.low, self._brief)
            self._brief = ""

    def _begin(self, event: Event, since: Bounds, sure: bool, unopened: bool) -> None:
        self._opening, self._start, self._certain, self._unopened = event, since, sure, unopened
        self._maybe_ended, self._doubt, self._lack = None, "" if sure else WITHHELD, None
        self._resumed, self._steady = [], sure and not self._spell.continues
        self._again, self._also = None, []

    def _doubted(self, since: Number, why: str) -> None:
        """A record may have ended it, at some time since then, or is worth nothing."""
        self._went_on(since)
        self._again = None
        known = self._trace.observed_until - 1 if self._maybe_ended is None else self._maybe_ended
        self._maybe_ended = min(since, known)
        self._doubt = self._doubt or why

    def _went_on(self, until: Number) -> None:
        """It went on again until then."""
        if self._again is not None and self._again < until < INFINITY:
            self._also.append((int(self._again), int(until)))

    def _closing_hidden(self, hiding: tuple[Bounds, Hole] | None, within: Bounds) -> tuple[Bounds, Event | None, str]:
        """It ended, and no record says when; if a gap hides it, in the gap."""
        assert self._start is not None  # noqa: S101 - asked only while something is open
        if hiding is not None:
            within = Bounds(max(hiding[0].low, within.low), max(within.low, min(hiding[0].high, within.high)))
        source = hiding[1].gap.source if hiding is not None else None
        low = max(within.low, self._start.low)
        self._lack = Lack(self._spell.closes.types, int(max(low, -FAR)), int(within.high), source)
        return within, None, GAP

    def _ended(self, end: Bounds, closing: Event | None, reason: str) -> Iterator[Interval]:
        start = self._start
        assert start is not None  # noqa: S101 - only called while something is open
        low = end.low if self._maybe_ended is None else min(end.low, self._maybe_ended)
        why = reason or self._doubt or _imprecise(start) or _imprecise(end)
        if self._resumed and closing is not None and self._steady and end.known:
            self._again = min(self._resumed[-1][0].high, end.low)
        self._went_on(end.low)
        yield self._interval(Bounds(low, end.high), closing, False, why)
        yield from self._successors(end, closing, False)

    def _interval(self, end: Bounds, closing: Event | None, going_on: bool, why: str) -> Interval:
        """The one that is open; what may have ended it before may be hidden, and carry something else."""
        assert self._start is not None  # noqa: S101 - only called while something is open
        ended = self._maybe_ended is not None or (closing is None and not going_on)
        return Interval(
            self._start, end, self._opening, closing, self._key, self._certain, going_on, why, self._lack,
            tuple(self._also), self._unopened, not_opening=self._spell.opens_with if self._elsewhere_opened else NONE,
            not_closing=self._spell.closes_with if ended else NONE,
        )  # fmt: skip

    def _successors(self, end: Bounds, closing: Event | None, going_on: bool) -> Iterator[Interval]:
        """What may have begun after the one that is open may have ended, and ends as that one does."""
        for since, opening in self._resumed:
            yield Interval(
                since, end.greatest(Bounds.exactly(since.low)), opening, closing, self._key, False, going_on, GAP,
                self._lack, unopened=opening is None, hidden=opening is None,
            )  # fmt: skip

    def _without_opening(self) -> Interval:
        closing, hiding = self._orphan, self._before_orphan
        assert closing is not None  # noqa: S101 - only called where a closing waits
        moment = Bounds(closing.earliest, closing.latest)
        since = Bounds(min(self._boundary.low, closing.earliest), closing.latest)
        if hiding is not None:
            since = Bounds(hiding[0].low, max(hiding[0].low, min(hiding[0].high, closing.latest)))
        self._boundary, self._orphan = moment, None
        source = hiding[1].gap.source if hiding is not None else None
        lack = Lack(self._spell.opens.types, int(max(since.low, -FAR)), int(since.high), source)
        return Interval(
            since, moment, None, closing, self._key, self._orphan_sure, False, GAP, lack, unopened=True,
            not_opening=self._spell.opens_with,
        )  # fmt: skip

    def _holes_between(self, since: int, before: Event | None, until: int, after: Event | None) -> list[Hole]:
        """Those that may hide records between two others."""
        return [
            hole for hole in self._holes.touching(since, until)
            if not hole.gap.comes_before(before) and not hole.gap.comes_after(after)
        ]  # fmt: skip

    def _between(self, holes: list[Hole], since: int, until: int, role: str, first: bool) -> Iterator[Interval]:
        """What gaps may hide between two records of the key; the second has this role, "" if there is none."""
        self._hiding = None
        if not holes:
            return
        span = Bounds(max(since, min(h.gap.start for h in holes)), min(until, max(h.gap.end for h in holes)))
        room: Number = 0
        for hole in {id(hole.gap): hole for hole in holes}.values():
            room = plus(room, hole.gap.missing)
        opens, closes = any(hole.opens for hole in holes), any(hole.closes for hole in holes)
        hole = holes[0]
        reason = hole.gap.reason
        loose = role == "unsure" or self._spell.continues
        pairs: Number = 0
        if self._start is not None:
            loose = loose or self._maybe_ended is not None or not self._certain
            shut = role in ("open", "latest") and not (loose and role == "open")
            if shut:
                if closes:
                    self._hiding = span, hole
                    pairs = (room - 1) // 2
            else:
                ends = closes and ((room >= 2 and opens) or loose or role == "" or self._tied)
                if ends:
                    self._doubted(span.low, reason)
                    self._lack = self._lack or Lack(
                        self._spell.closes.types, int(span.low), int(span.high), hole.gap.source
                    )
                if opens and (ends or loose) and room >= (1 if loose else 2):
                    self._resumed.append((span, None))
                    self._doubt = self._doubt or reason
                pairs = (room - (1 if loose else 2)) // 2 if room >= 1 else 0
                if role == "":
                    pairs = room // 2
            if loose:
                pairs = room
        elif role in ("close", "already"):
            if opens:
                self._hiding = None if first and role == "close" else (span, hole)
            ended = (
                opens and not first and role == "close" and not self._spell.continues
            )  # the last of them is ended by it
            pairs = (room - 1) // 2 if ended else room // 2
        else:
            if role == "open" and self._spell.continues and opens:
                self._hiding = span, hole
            if opens and role in ("", "unsure"):
                going_on = Bounds(span.low, INFINITY)
                yield from _many(_hidden(hole._replace(key=self._key), self._spell, span, going_on, True), 1)
            pairs = room // 2 if role != "" else (room - 1) // 2
            if loose:
                pairs = room
        if first and closes and self._start is None:
            before = Bounds(min(self._began, span.low), span.high)
            yield _hidden(hole._replace(key=self._key), self._spell, before, span, False)
        if opens and closes:
            yield from _many(_hidden(hole._replace(key=self._key), self._spell, span, span, False), pairs)


def _opens_at(instant: int, marks: Sequence[Mark], since: int) -> bool:
    """Whether one of the next marks is an opening at the instant."""
    for mark in (marks[n] for n in range(since, len(marks))):
        if mark[0] != instant:
            return False
        if mark[3] == "open":
            return True
    return False


def _imprecise(bound: Bounds) -> str:
    return "" if bound.known else GAP if bound.low == -INFINITY else REDUCED
