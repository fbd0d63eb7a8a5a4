"""What follows from interval expressions by themselves: which lie within which, and what times calendars permit."""

from bisect import bisect_left
from itertools import pairwise

from checker.definitions import Definitions
from checker.interval import Between, During, Either, Outside, Recurring, Spell, Stated, Where, Widened
from checker.limits import limit
from checker.lint.patterns import implies
from checker.pattern import AnyOf, Pattern
from checker.strictness import same
from checker.timeline import DAY, Spans, complement, intersect, parse_instant, union

CYCLE = (parse_instant("2024-01-01T00:00:00Z")[0], parse_instant("2052-01-01T00:00:00Z")[0])
"""Twenty-eight years: after that weekdays and dates come together as before."""


def bare(spell: Spell) -> Spell:
    """The same without the names of it and its parts: what it is called says nothing of what it is."""
    if isinstance(spell, (During, Either)):
        return spell._replace(parts=tuple(bare(part) for part in spell.parts), name="")
    if isinstance(spell, (Outside, Widened, Where)):
        return spell._replace(part=bare(spell.part), name="")
    return spell._replace(name="")


def within(one: Spell, other: Spell, definitions: Definitions) -> bool:
    """Whether every interval of the one surely is an interval of the other (or is part of one, of the same key)."""
    one, other = bare(one), bare(other)
    if same(one, other):
        return True
    if isinstance(one, Where):
        if isinstance(other, Where) and within(one.part, other.part, definitions):
            return implies(one.pattern, other.pattern, definitions)
        return within(one.part, other, definitions)
    return False


def base(spell: Spell) -> Spell:
    """What `where` chooses from."""
    return base(spell.part) if isinstance(spell, Where) else spell


def opening(spell: Spell) -> Pattern | None:
    """The events that begin such intervals; None where that is not a matter of one event."""
    if isinstance(spell, Between):
        return spell.opens
    if isinstance(spell, Stated):
        return spell.event
    if isinstance(spell, Where):
        opens = opening(spell.part)
        from checker.pattern import AllOf

        return None if opens is None else AllOf((opens, spell.pattern))
    if isinstance(spell, Either):
        found = [opening(part) for part in spell.parts]
        return AnyOf(tuple(f for f in found if f is not None)) if found and None not in found else None
    return None


def is_times(spell: Spell) -> bool:
    """Whether it is made of calendars alone."""
    if isinstance(spell, Recurring):
        return True
    if isinstance(spell, (During, Either)):
        return bool(spell.parts) and all(is_times(part) for part in spell.parts)
    return isinstance(spell, Outside) and is_times(spell.part)


class Times:
    """The times of an expression made of calendars alone, over a whole cycle of years."""

    def __init__(self, spans: Spans) -> None:
        self.spans = spans
        self._sums = [0]
        for start, end in spans:
            self._sums.append(self._sums[-1] + end - start)

    @property
    def longest(self) -> int:
        """The longest time without a break."""
        return max((end - start for start, end in self.spans), default=0)

    @property
    def shortest_break(self) -> int:
        """The shortest time between two of them."""
        return min((start - end for (_, end), (start, _) in pairwise(self.spans)), default=0)

    @property
    def longest_break(self) -> int:
        """The longest time between two of them."""
        return max((start - end for (_, end), (start, _) in pairwise(self.spans)), default=0)

    @property
    def unbroken(self) -> bool:
        """Whether they leave nothing out."""
        return self.spans == [CYCLE]

    def most_in(self, window: int) -> int:
        """The most of any window of that length that they take up."""
        best = 0
        for at, (start, _) in enumerate(self.spans):
            best = max(best, self._until(start + window) - self._sums[at])
        for at, (_, end) in enumerate(self.spans):
            best = max(best, self._sums[at + 1] - self._until(end - window))
        return best

    def most_spans(self, window: int) -> int:
        """The most of them in which something can begin within a window of that length."""
        starts = [start for start, _ in self.spans]
        return max((bisect_left(starts, end - 1 + window) - at for at, (_, end) in enumerate(self.spans)), default=0)

    def _until(self, instant: int) -> int:
        """How much of them lies before an instant."""
        at = bisect_left(self.spans, (instant, instant))
        total = self._sums[at]
        if at and self.spans[at - 1][1] > instant:
            total -= self.spans[at - 1][1] - instant
        return total


def times(spell: Spell) -> Times:
    """The times of an expression made of calendars alone."""
    name = repr(bare(spell))  # not the tuple: that is equal to any of the same parts
    if name not in _KNOWN:
        if len(_KNOWN) > MOST_KNOWN:
            _KNOWN.clear()
        _KNOWN[name] = Times(_spans(spell, *CYCLE))
    return _KNOWN[name]


_KNOWN: dict[str, Times] = {}
MOST_KNOWN = limit("expressions_known")
"""How many expressions are kept worked out."""


def _spans(spell: Spell, start: int, end: int) -> Spans:
    if isinstance(spell, Recurring):
        return spell.calendar.spans(start, end)
    if isinstance(spell, During):
        found = [(start, end)]
        for part in spell.parts:
            found = intersect(found, _spans(part, start, end))
        return found
    if isinstance(spell, Either):
        found = []
        for part in spell.parts:
            found = union(found, _spans(part, start, end))
        return found
    if isinstance(spell, Outside):
        return complement(_spans(spell.part, start, end), start, end)
    raise TypeError("not made of calendars alone")


__all__ = ["CYCLE", "DAY", "Times", "bare", "base", "is_times", "opening", "times", "within"]
