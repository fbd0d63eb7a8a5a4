"""Lists of spans: joined, cut, left out, widened and looked up."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from operator import itemgetter

Spans = list[tuple[int, int]]
"""Half-open spans, sorted, without empty ones; neither overlapping nor touching each other."""


def merge(spans: Iterable[tuple[int, int]]) -> Spans:
    """Spans from half-open pairs in any order: overlapping and touching ones joined, empty ones dropped."""
    merged: Spans = []
    for start, end in sorted(spans):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return merged


def union(a: Spans, b: Spans) -> Spans:
    """Instants in either."""
    return merge([*a, *b])


def intersect(a: Spans, b: Spans) -> Spans:
    """Instants in both."""
    common: Spans = []
    if not a or not b:
        return common
    i, j = (
        max(bisect_left(one, other[0]) - 1, 0) for one, other in ((a, b), (b, a))
    )  # what ends earlier meets nothing
    while i < len(a) and j < len(b):
        start = max(a[i][0], b[j][0])
        end = min(a[i][1], b[j][1])
        if start < end:
            common.append((start, end))
        if a[i][1] < b[j][1]:
            i += 1
        else:
            j += 1
    return common


def lying_within(spans: Spans, first: int, last: int) -> Spans:
    """Of spans in order, those that lie wholly within [first, last)."""
    found = []
    for at in range(bisect_left(spans, (first, first)), len(spans)):
        if spans[at][1] > last:
            break
        found.append(spans[at])
    return found


def complement(spans: Spans, start: int, end: int) -> Spans:
    """Instants of [start, end) that are in none of the spans."""
    rest: Spans = []
    for low, high in spans:
        if low >= end:
            break
        if start < low:
            rest.append((start, low))
        start = max(start, high)
    if start < end:
        rest.append((start, end))
    return rest


def widen(spans: Spans, before: int, after: int) -> Spans:
    """Spans that begin `before` microseconds earlier and end `after` later; ValueError if either is negative."""
    if before < 0 or after < 0:
        raise ValueError(f"spans are widened by nothing or more, not by {min(before, after)} us")
    return merge((start - before, end + after) for start, end in spans)


def total(spans: Spans) -> int:
    """Length of all spans together, in microseconds."""
    return sum(end - start for start, end in spans)


def encloses(spans: Spans, first: int, last: int) -> bool:
    """Whether one of spans in order reaches from `first`, or before it, to `last`."""
    begun = bisect_right(spans, first, key=itemgetter(0))
    return begun > 0 and last <= spans[begun - 1][1]


def contains(spans: Spans, instant: int) -> bool:
    """Whether an instant lies in one of the spans."""
    after = bisect_right(spans, instant, key=itemgetter(0))
    return after > 0 and instant < spans[after - 1][1]
