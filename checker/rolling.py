"""Exact totals over a rolling window `(t - W, t]`, as functions of every instant t."""

from collections.abc import Iterable
from dataclasses import dataclass

from checker.bounds import Number, minus, plus


@dataclass(frozen=True, slots=True)
class Piece:
    """From `start` until the next piece the value is `value + slope * (t - start)`."""

    start: int
    value: Number
    slope: int = 0


def durations(spans: Iterable[tuple[int, int]], window: int, low: int, high: int) -> list[Piece]:
    """How much of the spans lies in `(t - window, t]` for t in [low, high]: it rises and falls by whole steps.

    Spans may overlap; each counts. Pieces are in order, the first at `low`.
    """
    turns: dict[int, int] = {}
    for start, end in spans:
        for at, change in ((start, 1), (end, -1), (start + window, -1), (end + window, 1)):
            turns[at] = turns.get(at, 0) + change
    return _pieces(turns, {}, low, high)


def steps(changes: Iterable[tuple[int, Number]], low: int, high: int) -> list[Piece]:
    """The running sum of changes at instants, for t in [low, high]."""
    jumps: dict[int, Number] = {}
    for at, change in changes:
        jumps[at] = plus(jumps.get(at, 0), change)
    return _pieces({}, jumps, low, high)


def _pieces(turns: dict[int, int], jumps: dict[int, Number], low: int, high: int) -> list[Piece]:
    value: Number = 0
    slope, since = 0, None
    pieces: list[Piece] = []
    for at in sorted({*turns, *jumps}):
        if at > high:
            break
        if since is not None:
            value = plus(value, slope * (at - since))
        if at > low and not pieces:
            pieces.append(Piece(low, minus(value, slope * (at - low)), slope))
        value = plus(value, jumps.get(at, 0))
        slope += turns.get(at, 0)
        since = at
        if at >= low:
            pieces.append(Piece(at, value, slope))
    if not pieces:
        pieces.append(Piece(low, value if since is None else plus(value, slope * (low - since)), slope))
    return pieces


def beyond(pieces: list[Piece], limit: Number, exclusive: bool, high: int) -> list[tuple[int, int]]:
    """The stretches of [low, high] in which the value is above the limit (or at it, if exclusive).

    A stretch begins at the last instant at which the limit still held when the value crosses it in passing, at the
    jump when it jumps; it ends likewise.
    """
    found: list[tuple[int, int]] = []
    for at, piece in enumerate(pieces):
        end = pieces[at + 1].start if at + 1 < len(pieces) else high
        excess = minus(piece.value, limit)
        above = excess >= 0 if exclusive else excess > 0
        start, stop = piece.start, end
        if piece.slope == 0:
            if not above:
                continue
        elif piece.slope > 0:
            if not above:
                start = piece.start + int(-excess // piece.slope)
                if start > end or (start == end and not exclusive):
                    continue
        else:
            if excess <= 0 and not (exclusive and excess == 0):
                continue
            stop = min(end, piece.start + int(-(-excess // -piece.slope)))
        if found and found[-1][1] >= start:
            found[-1] = (found[-1][0], max(found[-1][1], stop))
        else:
            found.append((start, stop))
    return found


def greatest(pieces: list[Piece], start: int, end: int) -> Number:
    """The greatest value taken for t in [start, end]."""
    return max(_ends(pieces, start, end))


def least(pieces: list[Piece], start: int, end: int) -> Number:
    """The least value taken for t in [start, end]."""
    return min(_ends(pieces, start, end))


def _ends(pieces: list[Piece], start: int, end: int) -> Iterable[Number]:
    for at, piece in enumerate(pieces):
        stop = pieces[at + 1].start if at + 1 < len(pieces) else end
        if piece.start > end or (stop < start or (stop == start and at + 1 < len(pieces) and stop <= start)):
            continue
        for instant in (max(piece.start, start), min(stop, end)):
            if piece.start <= instant and (instant < stop or piece.slope or at + 1 == len(pieces)):
                yield plus(piece.value, piece.slope * (instant - piece.start))


def negated(pieces: list[Piece]) -> list[Piece]:
    """The same function with its sign turned: what is too little of one is too much of the other."""
    return [Piece(piece.start, minus(0, piece.value), -piece.slope) for piece in pieces]
