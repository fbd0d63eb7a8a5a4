"""What is to be told of records whose fields do not fit: the first remarks, and how many there are of all."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, NamedTuple

from checker.alike import MOST
from checker.catalogue import Remark
from checker.event import Record, content_key
from checker.trace import order_of


class Remarked(NamedTuple):
    """A record, and what is to be told of it."""

    record: Record
    texts: list[str]


class Remarks:
    """Takes remarks in any order; of records that come first in a trace as many are held as are told.

    `count` is of all, also of records that are there more than once: whoever drops one takes its remarks off.
    """

    def __init__(self, count: int = 0, first: Sequence[Remarked] = ()) -> None:
        self.count = 0
        self.first: list[Remarked] = []
        self._keys: list[tuple[Any, ...]] = []
        self._held = 0
        self.add(count, first)

    def take(self, remarks: Sequence[Remark]) -> None:
        """Take what is told of one record."""
        if remarks:
            self.add(len(remarks), [Remarked(remarks[0].record, [remark.text for remark in remarks])])

    def add(self, count: int, first: Sequence[Remarked]) -> None:
        """Take so many more, of which these come first."""
        self.count += count
        for one in first:
            self._put(one)

    def _put(self, one: Remarked) -> None:
        order = order_of(one.record)
        if self._held >= MOST and order > self._keys[-1][: len(order)]:
            return
        key = (*order, content_key(one.record))
        at = bisect_left(self._keys, key)
        if self._keys[at : at + 1] == [key]:
            return  # the same record again: the one that stands first is told
        self._keys.insert(at, key)
        self.first.insert(at, one)
        self._held += len(one.texts)
        while self._held - len(self.first[-1].texts) >= MOST:
            self._held -= len(self.first.pop().texts)
            self._keys.pop()

    def told(self) -> list[str]:
        """The first remarks, each with the place of its record."""
        return [f"{one.record.location}: {text}" for one in self.first for text in one.texts][:MOST]
