"""What goes on while others do, or do not: the intervals that an expression makes of its parts, for one key.

Written to be read; it is part of the meaning. Where and how surely such an interval goes on is known as a cover; here
it becomes intervals, each with the records that it begins and ends with, where these are sure.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from checker.bounds import INFINITY, Bounds
from checker.event import ENDED, GAP, Event
from checker.interval import (
    NONE,
    Between,
    Carried,
    Cover,
    During,
    Either,
    Interval,
    Key,
    Outside,
    Recurring,
    Spell,
    Widened,
    is_known,
    primitives,
)
from checker.nearby import Nearby
from checker.timeline import Spans, complement, lying_within

Part = list[tuple[Interval, bool]]
"""The intervals of one part that may be of a key, each with whether it surely is."""


class Edge(NamedTuple):
    """The record that an interval begins or ends with, and which fields another in its place may carry."""

    event: Event | None
    not_it: Carried = NONE


class Composition:
    """One key of an expression: what its parts are made of, and how surely it goes on when."""

    def __init__(
        self, spell: Spell, key: Key, cover: Cover, of: Callable[[Spell], Part], began: int, until: int,
        doubt: Callable[[int], str],
    ) -> None:  # fmt: skip
        self._spell, self._key, self._cover = spell, key, cover
        self._began, self._until, self._doubt = began, until, doubt
        parts = [(part, of(part)) for part in primitives(spell)]
        own = [pair for part, pairs in parts if set(part.per) == set(spell.per) for pair in pairs]
        self._made_of = [interval for _, pairs in parts for interval, _ in pairs]
        self._sure = {i: i.certain and fits for _, pairs in parts for i, fits in pairs}
        self._turns_taken = {
            i: taken for part, pairs in parts if isinstance(part, Between)
            for taken in [nearby(i for i, _ in pairs if self._sure[i])] for i, _ in pairs
        }  # fmt: skip
        self._near, self._own = nearby(self._made_of), nearby(interval for interval, _ in own)
        self._turning, self._signs = self._turns(of)
        # else a gap may hide all there is of it, or what may be another's is all there is
        self._shown = not spell.per or (is_known(key) and any(i.certain and fits for i, fits in own))

    def _turns(self, of: Callable[[Spell], Part]) -> tuple[Nearby[Interval], dict[Interval, int]]:
        """What is open of the parts and may split it, with whether it goes on with that or without."""
        signs: dict[Interval, int] = {}
        for part, sign in turning(self._spell):
            for interval, _ in of(part):
                if not (interval.certain and interval.start.known and interval.end.known):
                    signs[interval] = sign if signs.get(interval, sign) == sign else 0
        return nearby(signs), signs

    def intervals(self) -> Iterator[Interval]:
        """Those of the key, in order; ends are uncertain where surely and possibly differ."""
        for first, last in self._cover.possibly:
            inner = lying_within(self._cover.surely, first, last)
            whole = self._whole(first, last, inner)
            yield whole
            yield from self._pieces(whole, first, inner[1:])
            yield from self._between(whole, first, last, inner)

    def _whole(self, first: int, last: int, inner: Spans) -> Interval:
        """What goes on from first to last at most, as one; `inner` is when it surely does."""
        start = Bounds(first, inner[0][0] if inner else last)
        end = Bounds(inner[0][1] if inner else first, last)
        going_on = last > self._until and not (inner and inner[0][1] == self._until)  # that one had ended by then
        if last > self._until:
            end = Bounds(min(end.low, self._until) if end.low > self._until else end.low, INFINITY)
        reason = "" if inner == [(first, last)] else GAP
        if last > self._until and reason and self._doubt(max(first, self._began)) == ENDED:
            reason = ENDED
        lack = next((i.lack for i in self._made_of if i.lack is not None and first <= i.lack.end), None)
        around = list(self._near.touching(first, last))
        hidden = not inner and bool(self._made_of) and all(i.hidden for i in around)
        opening = self._opening(start, bool(inner))
        closing = self._closing(last, inner[-1:] if len(inner) == 1 else [])
        return Interval(
            start, end, None if hidden else opening.event, None if hidden else closing.event, self._key,
            bool(inner) and self._shown, going_on, reason or ("" if self._shown else GAP), lack if reason else None,
            tuple(inner[1:]), hidden=hidden, elsewhere=hidden and all(i.elsewhere for i in around),
            not_opening=opening.not_it, not_closing=closing.not_it,
        )  # fmt: skip

    def _opening(self, start: Bounds, sure: bool) -> Edge:
        """The record of a part that begins as it does, else of the one that began last of those that go on, else of
        the one that it is without and that ended then.
        """
        first, at = int(start.low), int(start.high)
        beginning = [i for i in self._near.touching(first, at) if i.start.overlaps(start) and self._may_turn(i, start)]
        going = [i for i in self._own.touching(first, first) if first < i.possibly[1] and self._may_turn(i, start)]
        begun = [i for i in beginning if sure and i.start.low == at and i.opening is not None]
        begun = begun or [i for i in beginning if i.start.low == first and i.opening is not None]
        chosen = begun[-1] if begun else max(going, key=lambda i: i.start.low, default=None)
        if not beginning:
            known = start.known and self._surely_last(chosen, going, at)
        else:
            known = (start.known and bool(begun) and all(self._sure[i] and i.start.known for i in beginning)) or (
                self._alone(beginning, start)
            )
        known = known and sure and (chosen is None or chosen.opened)
        if chosen is not None:
            return Edge(chosen.opening, NONE if known else None)
        ended = [i for i in self._near.touching(first, at) if i.end.overlaps(start) and self._may_turn(i, start)]
        known = known and all(self._sure[i] and i.end.known and i.not_closing == NONE for i in ended)
        closed = [i.closing or i.opening for i in ended if i.end.high in (first, at)]
        return Edge(closed[-1] if closed else None, NONE if known else None)

    def _may_turn(self, interval: Interval, at: Bounds) -> bool:
        """Whether it may begin or end at an instant: not if another of its part, with which it takes turns, goes on."""
        others = () if self._sure[interval] or not at.known else self._turns_taken.get(interval)
        if not others:
            return True
        return not any(i.start.high < at.low < i.end.low for i in others.touching(at.low, at.low))

    def _alone(self, beginning: Sequence[Interval], start: Bounds) -> bool:
        """Whether nothing else turns while it may begin: it is the very interval that begins then."""
        (one, *others) = beginning
        if others or not self._sure[one] or one.start != start:
            return False
        around = self._near.touching(start.low, start.high)
        return not has_calendar(self._spell) and all(i is one or not i.end.overlaps(start) for i in around)

    def _surely_last(self, chosen: Interval | None, going: Sequence[Interval], at: int) -> bool:
        """Whether the one that began last of those that go on at an instant surely is that."""
        if chosen is None:
            return not going
        if not (self._sure[chosen] and chosen.start.known and chosen.end.low > at):
            return False
        return all(i is chosen or (self._sure[i] and i.start.known) or i.start.high < chosen.start.low for i in going)

    def _closing(self, last: int, inner: Spans) -> Edge:
        """The record of a part that ends, or begins, as it ends."""
        at = Bounds.exactly(last)
        around = [
            i for i in self._near.touching(last, last)
            if (i.end.overlaps(at) or i.start.overlaps(at)) and self._may_turn(i, at)
        ]  # fmt: skip
        ended = [i for i in around if i.end.high == last]
        begun = [i for i in around if i.start.low == last and i.opening is not None]
        known = bool(inner) and inner[0][1] == last
        event = (ended[-1].closing or ended[-1].opening) if ended else None
        if event is not None and ended[-1].closing is not None:
            known = known and ended[-1].not_closing == NONE
        elif event is None and begun:
            event, known = begun[-1].opening, known and begun[-1].opened
        if last <= self._until:
            edges = [edge for i in around for edge in (i.start, i.end) if edge.overlaps(at)]
            known = known and all(map(self._sure.__getitem__, around)) and all(edge.known for edge in edges)
        return Edge(event, NONE if known else None)

    def _pieces(self, whole: Interval, first: int, others: Spans) -> Iterator[Interval]:
        """When it surely goes on too: of one piece with the first, or not."""
        for since, until in others:
            yield Interval(
                Bounds(first, since), Bounds(until, whole.end.high), None, whole.closing, self._key, False,
                whole.going_on, GAP, whole.lack, hidden=True,
            )  # fmt: skip

    def _between(self, whole: Interval, first: int, last: int, inner: Spans) -> Iterator[Interval]:
        """What may go on by itself where it does not surely go on: as often as something open may part it."""
        starts, ends = {start for start, _ in inner}, {end for _, end in inner}
        for since, until in complement(inner, first, last):
            beside = since in ends, until in starts
            parts_of = [
                i for i in self._turning.touching(since, until)
                if not i.certain or _parts(i, self._signs[i], since, until, *beside)
            ]  # fmt: skip
            many = sum((i.many for i in parts_of), start=0)
            cuts = sum((i.many for i in parts_of if self._signs[i] < 0), start=0)
            if not inner and cuts < many:
                many -= 1  # which is the one told of above
            if many > 0:
                span = Bounds(since, until)
                open_ = Bounds(since, INFINITY) if until > self._until else span
                one = Interval(
                    span, open_, None, None, self._key, False, until > self._until, GAP, whole.lack, hidden=True
                )
                yield one
                if many > 1:  # and one that stands for all others
                    yield replace(one, many=many - 1, apart=cuts if cuts < many else 0)


def turning(spell: Spell, sign: int = 1) -> Iterator[tuple[Spell, int]]:
    """The parts that name single intervals, each with whether the expression goes on with it (1) or without it (-1).

    Where it goes on at other times, in what is widened, that is more than 1 or less than -1.
    """
    if isinstance(spell, (During, Either)):
        for part in spell.parts:
            yield from turning(part, sign)
    elif isinstance(spell, Outside):
        yield from turning(spell.part, -sign)
    elif isinstance(spell, Widened):
        for part, one in turning(spell.part, sign):
            yield part, 2 * one
    elif not isinstance(spell, Recurring):
        yield spell, sign


def nearby(intervals: Iterable[Interval]) -> Nearby[Interval]:
    """Intervals by when they may go on."""
    return Nearby(list(intervals), lambda interval: interval.possibly)


def has_calendar(spell: Spell) -> bool:
    """Whether an expression asks for hours of a calendar."""
    if isinstance(spell, (During, Either)):
        return any(has_calendar(part) for part in spell.parts)
    return isinstance(spell, Recurring) or (isinstance(spell, (Outside, Widened)) and has_calendar(spell.part))


def _parts(interval: Interval, sign: int, since: int, until: int, left: bool, right: bool) -> bool:
    """Whether an interval of which an end is open may make something of its own within [since, until).

    It does not where that end only moves the end of what surely goes on next to it, on the left or on the right.
    """
    start, end = interval.start, interval.end
    if not end.known and end.low < until and end.high > since:
        adjoins = (left and start.high <= since) if sign > 0 else (right and end.high <= until)
        if not (abs(sign) == 1 and adjoins):
            return True
    if not start.known and start.low < until and start.high > since:
        adjoins = (right and end.low >= until) if sign > 0 else (left and start.low >= since)
        return not (abs(sign) == 1 and adjoins)
    return False
