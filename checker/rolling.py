"""Exact totals over a rolling window `(t - W, t]`, as functions of every instant t."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checker.bounds import INFINITY, Number, is_finite, minus, plus
from checker.quick import dataclass
from checker.timeline import Spans, complement, merge


@dataclass(frozen=True, slots=True)
class Piece:
    """From `start` until the next piece the value is `value + slope * (t - start)`."""

    start: int
    value: Number
    slope: int = 0


Span = tuple[int, int, Number]
"""From when until when something went on, and how often that counts."""


class Made(NamedTuple):
    """What a total or a level is made of at least, and at most; whether it is asked about, and shown by some record."""

    lower: list[Span]
    upper: list[Span]
    asked: bool
    shown: bool


def durations(spans: Iterable[Span], window: int, low: int, high: int) -> list[Piece]:
    """How much of the spans lies in `(t - window, t]` for t in [low, high]: it rises and falls by whole steps.

    Spans may overlap; where one counts without bound, there is no bound as long as some of it lies in the window.
    Pieces are in order, the first at `low`.
    """
    turns: dict[int, int] = {}
    endless: dict[int, int] = {}
    for start, end, weight in spans:
        if is_finite(weight):
            for at, change in ((start, 1), (end, -1), (start + window, -1), (end + window, 1)):
                turns[at] = turns.get(at, 0) + change * int(weight)
        elif start < end:
            for at, change in ((start, 1), (end + window, -1)):
                endless[at] = endless.get(at, 0) + change
    value = slope = since = unbounded = 0
    pieces: list[Piece] = []
    for at in sorted({low, *turns, *endless}):
        if at > high:
            break
        value += slope * (at - since)
        slope += turns.get(at, 0)
        unbounded += endless.get(at, 0)
        since = at
        if at >= low:
            pieces.append(Piece(at, INFINITY) if unbounded else Piece(at, value, slope))
    return pieces


def edges(spans: Iterable[Span]) -> Iterator[tuple[int, Number]]:
    """How what goes on changes as spans begin and end."""
    for start, end, amount in spans:
        yield start, amount
        yield end, minus(0, amount)


def steps(changes: Iterable[tuple[int, Number]], low: int, high: int) -> list[Piece]:
    """The running sum of changes at instants, for t in [low, high]; without bound as long as a change without bound."""
    jumps: dict[int, Number] = {}
    endless: dict[int, int] = {}
    for at, change in changes:
        if is_finite(change):
            jumps[at] = plus(jumps.get(at, 0), change)
        else:
            endless[at] = endless.get(at, 0) + (1 if change > 0 else -1)
    value: Number = 0
    unbounded = 0
    pieces: list[Piece] = []
    for at in sorted({low, *jumps, *endless}):
        if at > high:
            break
        value = plus(value, jumps.get(at, 0))
        unbounded += endless.get(at, 0)
        if at >= low:
            pieces.append(Piece(at, INFINITY.copy_sign(unbounded) if unbounded else value))
    return pieces


def durations_since(spans: Iterable[Span], anew: Spans, window: int | None, low: int, high: int) -> list[Piece]:
    """The same as `durations`, but of what lies after the last instant of `anew` alone; with no window, of all that."""
    spans = list(spans)
    pieces: list[Piece] = []
    since = min([low, *(start for start, _, _ in spans)])
    for start, end in [*anew, (high + 1, high + 1)]:
        if start > max(low, since):
            inside = [(max(s, since), min(e, start), n) for s, e, n in spans if s < start and e > since]
            whole = start - since + 1 if window is None else window
            pieces += durations(inside, whole, max(low, since), min(high, start - 1))
        if end > low and start < end and start <= high:
            pieces.append(Piece(max(low, start), 0))
        since = end
    return pieces


def counted_since(early: int, late: int, window: int | None, anew: Spans, wide: bool) -> Spans:
    """When something that happened once, from early to late, counts: possibly (`wide`), or in every case."""
    far = late + (1 << 62) if window is None else (late if wide else early) + window
    first = late if wide else early
    stop = min([far, *(start for start, end in anew if start > first or start <= first < end)])
    found = [(late, max(late, stop))]
    if wide:
        found += complement([span for span in anew if span[1] > early and span[0] <= late], early, late)
    return [span for span in merge(found) if span[0] < span[1]]


def beyond(pieces: list[Piece], limit: Number, exclusive: bool, high: int) -> list[tuple[int, int]]:
    """The stretches of [low, high] in which the value is above the limit (or at it, if exclusive).

    Where the value crosses the limit in passing, a stretch begins at the last instant at which the limit still held,
    and ends at the first at which it holds again; where it jumps, at the jump.
    """
    found: list[tuple[int, int]] = []
    for at, piece in enumerate(pieces):
        end = pieces[at + 1].start if at + 1 < len(pieces) else high
        excess = minus(piece.value, limit)
        above = excess >= 0 if exclusive else excess > 0
        start, stop = piece.start, end
        if piece.slope > 0 and not above:
            start += int(-(excess // piece.slope)) if exclusive else int(-excess // piece.slope)
            if start > end or (start == end and not (exclusive and end == high)):
                continue
        elif not above:
            continue
        elif piece.slope < 0:
            stop = min(end, piece.start + int(excess // -piece.slope if exclusive else -(-excess // -piece.slope)))
        if above and found and found[-1][1] >= piece.start:
            found[-1] = (found[-1][0], stop)
        else:
            found.append((start, stop))
    return found


def greatest(pieces: list[Piece], start: int, end: int, *, half_open: bool = False) -> Number:
    """The greatest value taken for t in [start, end], or approached in [start, end) if `half_open`."""
    return max(value for _, value in _points(pieces, start, end, half_open))


def peak(pieces: list[Piece], start: int, end: int) -> int:
    """The first instant of [start, end] at which the greatest value there is taken, or up to which it is approached."""
    _, since = max((value, -instant) for instant, value in _points(pieces, start, end, False))
    return -since


def least(pieces: list[Piece], start: int, end: int, *, half_open: bool = False) -> Number:
    """The least value taken for t in [start, end], or approached in [start, end) if `half_open`."""
    return min(value for _, value in _points(pieces, start, end, half_open))


def _points(pieces: list[Piece], start: int, end: int, half_open: bool) -> Iterable[tuple[int, Number]]:
    """Where each piece begins and ends, with the values there: none between them is greater or less."""
    for at in range(max(0, bisect_right(pieces, start, key=_start) - 1), len(pieces)):
        piece = pieces[at]
        stop = pieces[at + 1].start if at + 1 < len(pieces) else end
        if piece.start > end or (half_open and piece.start == end > start):
            break
        for instant in (max(piece.start, start), min(stop, end)):
            if piece.start <= instant and (instant < stop or piece.slope or at + 1 == len(pieces)):
                yield instant, plus(piece.value, piece.slope * (instant - piece.start))


def _start(piece: Piece) -> int:
    return piece.start


def negated(pieces: list[Piece]) -> list[Piece]:
    """The same function with its sign turned: what is too little of one is too much of the other."""
    return [Piece(piece.start, minus(0, piece.value), -piece.slope) for piece in pieces]
