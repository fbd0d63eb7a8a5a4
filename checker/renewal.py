"""When totals start anew: after what went on last, or after several things that had to follow one another."""

from bisect import bisect_left
from collections.abc import Sequence

from checker.interval import Cover
from checker.timeline import Spans, lying_within, merge


def renewals(alternatives: Sequence[Sequence[Cover]]) -> Cover:
    """Where something went on after which totals start anew: surely, and possibly.

    Each alternative is one sort of thing, or several that have to come one after the other since the last renewal; then
    the last of them renews. One that may have been a renewal leaves open which of the later ones are.
    """
    surely: list[tuple[int, int]] = []
    possibly: list[tuple[int, int]] = []
    starts = sorted({(start, end) for parts in alternatives for part in parts for start, end in part.possibly})
    sure_steps, steps = [0] * len(alternatives), [0] * len(alternatives)
    for start, end in starts:
        together = [(a, p) for a, parts in enumerate(alternatives) for p, part in enumerate(parts)
                    if _has(part.possibly, start, end)]  # fmt: skip
        sure = {(a, p): lying_within(alternatives[a][p].surely, start, end) for a, p in together}
        # where it may be several, one after the other, they may be any steps that are there
        several = any(spans != [(start, end)] for spans in sure.values())
        reached = [_onward(a, steps[a], together, alternatives) if several else steps[a] for a in range(len(steps))]
        renews = [(a, p) for a, p in together if p == len(alternatives[a]) - 1 and reached[a] >= p]
        surely_renews = [(a, p) for a, p in renews if sure_steps[a] >= p and sure[a, p]]
        if renews:
            possibly.append((start, end))
            sure_steps = [0] * len(alternatives)
        if surely_renews:
            surely += [span for one in surely_renews for span in sure[one]]
            steps = [0] * len(alternatives)
        if several:
            steps = [_onward(a, step, together, alternatives) for a, step in enumerate(steps)]
        moved, sure_moved = set[int](), set[int]()
        for a, p in together if not surely_renews else ():
            if not several and steps[a] == p and p < len(alternatives[a]) - 1 and a not in moved:
                steps[a] += 1
                moved.add(a)
            if (
                not renews
                and sure_steps[a] == p
                and p < len(alternatives[a]) - 1
                and a not in sure_moved
                and sure[a, p]
            ):
                sure_steps[a] += 1
                sure_moved.add(a)
    return Cover(merge(surely), merge(possibly))


def _onward(a: int, step: int, together: Sequence[tuple[int, int]], alternatives: Sequence[Sequence[Cover]]) -> int:
    """How far an alternative may have come if all that may be of one stretch came in its order."""
    while (a, step) in together and step < len(alternatives[a]) - 1:
        step += 1
    return step


def _has(spans: Spans, start: int, end: int) -> bool:
    at = bisect_left(spans, (start, end))
    return at < len(spans) and spans[at] == (start, end)
