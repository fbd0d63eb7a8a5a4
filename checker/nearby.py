"""Which of many things touch a span of time, or come first of those small enough, without looking at all of them."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate
from typing import Generic, TypeVar

from checker.bounds import INFINITY, Number, minus

T = TypeVar("T")
MANY = 64
"""So many are simply looked at."""


class Nearby(Generic[T]):
    """Things in their own order, each with the first and the last instant of its span."""

    def __init__(self, items: Sequence[T], span: Callable[[T], tuple[Number, Number]]) -> None:
        self.items = items
        spans = [(*span(item), place) for place, item in enumerate(items)]
        spans.sort(key=lambda one: one[0])
        self._starts = [start for start, _, _ in spans]
        self._ends = [end for _, end, _ in spans]
        self._places = [place for _, _, place in spans]
        # what ends late may have begun long ago: up to here none has, so all before can be passed over
        self._reach = list(accumulate(self._ends, max))

    @cached_property
    def _late(self) -> "Lowest":
        return Lowest([minus(0, end) for end in self._ends])

    def first_touching(self, first: Number, last: Number) -> T | None:
        """The first of them, in the order given."""
        if not self._in_order:
            return next(self.touching(first, last), None)
        at = self._late.first(bisect_left(self._reach, first), bisect_right(self._starts, last), minus(0, first))
        return self.items[at] if at >= 0 else None

    @cached_property
    def _in_order(self) -> bool:
        return all(at == place for at, place in enumerate(self._places))

    def touching(self, first: Number, last: Number) -> Iterator[T]:
        """Those whose span has an instant of [first, last] in it, in the order given."""
        since, until = bisect_left(self._reach, first), bisect_right(self._starts, last)
        if until - since > MANY:  # of which few may end late
            found = list(self._late.all(since, until, minus(0, first)))
        else:
            found = [at for at in range(since, until) if self._ends[at] >= first]
        places = sorted(self._places[at] for at in found)
        return (self.items[place] for place in places)


class Lowest:
    """Numbers in a row; where in a part of it the first or the last is that is no greater than some number."""

    def __init__(self, values: Sequence[Number], out: Sequence[int] = ()) -> None:
        """Those at the places `out` are taken out."""
        self._size = size = 1 << max(0, len(values) - 1).bit_length()
        # a tree: the children of each place are at twice that and one more, what is least of both stands above them
        self._least: list[Number] = [INFINITY] * size + list(values) + [INFINITY] * (size - len(values))
        self._greatest: Number = max(values) if out else INFINITY
        """No number that is left is greater."""
        for at in out:
            self._least[size + at] = INFINITY
        for at in range(size - 1, 0, -1):
            self._least[at] = min(self._least[2 * at], self._least[2 * at + 1])

    def take(self, at: int) -> None:
        """Take a number out: from then on it is none of those in the row."""
        if self._greatest == INFINITY:
            self._greatest = max((one for one in self._least[self._size :] if one != INFINITY), default=0)
        self.put(at, INFINITY)

    def put(self, at: int, value: Number) -> None:
        """Put it back."""
        least, node = self._least, self._size + at
        least[node] = value
        while node > 1:
            node >>= 1
            now = min(least[2 * node], least[2 * node + 1])
            if least[node] == now:
                return
            least[node] = now

    def least(self, since: int, until: int) -> Number:
        """The least of those in [since, until); infinity where there are none."""
        return min((self._least[node] for node in self._nodes(since, until)), default=INFINITY)

    def first(self, since: int, until: int, most: Number) -> int:
        """The first place in [since, until) of a number no greater than `most`, or -1."""
        return self._find(self._nodes(since, until), most, 0)

    def all(self, since: int, until: int, most: Number) -> Iterator[int]:
        """Every such place, in order."""
        least, size, most = self._least, self._size, min(most, self._greatest)
        nodes = self._nodes(since, until)[::-1]
        while nodes:
            node = nodes.pop()
            if least[node] <= most:
                if node >= size:
                    yield node - size
                else:
                    nodes += (2 * node + 1, 2 * node)

    def last(self, since: int, until: int, most: Number) -> int:
        """The last one, or -1."""
        return self._find(reversed(self._nodes(since, until)), most, 1)

    def _nodes(self, since: int, until: int) -> list[int]:
        """The fewest nodes of the tree that together are a part of the row, in order."""
        left: list[int] = []
        right: list[int] = []
        low, high = since + self._size, until + self._size
        while low < high:
            if low & 1:
                left.append(low)
                low += 1
            if high & 1:
                high -= 1
                right.append(high)
            low, high = low >> 1, high >> 1
        return left + right[::-1]

    def _find(self, nodes: Iterable[int], most: Number, side: int) -> int:
        least, most = self._least, min(most, self._greatest)
        for node in nodes:
            if least[node] <= most:
                while node < self._size:  # the child on the side asked for, if there is one there
                    node = 2 * node + side if least[2 * node + side] <= most else 2 * node + 1 - side
                return node - self._size
        return -1
