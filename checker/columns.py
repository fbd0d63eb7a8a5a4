"""Records as columns of whole numbers: what fast readers give, and what the columnar backend works on.

A value that many records share is kept once; the column says by its place which one a record has.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Code = NDArray[np.int32]
Mask = NDArray[np.bool_]

ABSENT, WITHHELD = -1, -2
"""Codes for a field that is not there, and for one that ought to be and is not (or not readably)."""


class Wanted(NamedTuple):
    """What the rules need: records of these types (all if None), and of them these fields, by name."""

    types: frozenset[str] | None
    fields: tuple[str, ...]


class Column(NamedTuple):
    """A field of many records: of each the place of its value in `values`, or `ABSENT` or `WITHHELD`.

    Values are distinct, as `Event.get` gives them; flags and numbers are different values.
    """

    codes: Code
    values: list[Any]


BUCKETS = 256
"""Assets are kept apart in so many buckets; records of which it is withheld whom they are about are in one more."""

WITHHELD_BUCKET = BUCKETS


def bucket_of(asset: str | None) -> int:
    """The bucket of an asset."""
    return crc32(asset.encode("utf-8", "surrogatepass")) % BUCKETS if asset else 0


class Selection(NamedTuple):
    """Some of the records: those about the assets of these buckets, and of these types (all if None)."""

    buckets: tuple[int, ...] | None = None
    types: frozenset[str] | None = None


@dataclass
class Columns:
    """Records, in the order in which they were read; all arrays have one length.

    `earliest` and `latest` are whole microseconds (the same array if every time is exact), `types` and `sources` codes,
    `seqs` -1 where there is none, `places` where each record stands (see `place_of`), `authentic` whether its signature
    does not speak against it.
    """

    earliest: Whole
    latest: Whole
    types: Column
    sources: Column
    seqs: Whole
    places: Whole
    authentic: Mask
    fields: dict[str, Column] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.earliest)

    def take(self, rows: Whole) -> "Columns":
        """Some of them, in another order."""
        earliest = self.earliest[rows]
        return Columns(
            earliest,
            earliest if self.latest is self.earliest else self.latest[rows],
            Column(self.types.codes[rows], self.types.values),
            Column(self.sources.codes[rows], self.sources.values),
            self.seqs[rows],
            self.places[rows],
            self.authentic[rows],
            {name: Column(column.codes[rows], column.values) for name, column in self.fields.items()},
        )

    def arrange(self, order: Whole) -> None:
        """Put all of them in another order, one array after the other: two wholes at once would be the most there is.

        The arrays must be nobody else's.
        """
        arrays: list[Any] = [
            *([] if self.latest is self.earliest else [self.latest]), self.earliest, self.types.codes,
            self.sources.codes, self.seqs, self.places, self.authentic, *(one.codes for one in self.fields.values()),
        ]  # fmt: skip
        for array in arrays:
            array[:] = array[order]


class Side(NamedTuple):
    """A record next to a leap: its place, its times (µs), and its sequence number."""

    place: int
    earliest: int
    latest: int
    seq: int


class Leap(NamedTuple):
    """Sequence numbers of a source that are missing between two records."""

    source: str
    before: Side
    after: Side

    @property
    def missing(self) -> int:
        """How many."""
        return self.after.seq - self.before.seq - 1


class Head(NamedTuple):
    """What a report says of a log: its name, the digest of its bytes, and how many records it holds."""

    name: str
    digest: str
    records: int


_LINES = 40
"""Bits of a place that hold the line."""


def place_of(log: int, lines: Any) -> Any:
    """Where records of a log (by place) stand, as whole numbers in the order of reading; lines count from 1."""
    return (log << _LINES) + lines


def log_and_line(place: int) -> tuple[int, int]:
    """The log, and the line in it, that a place stands for."""
    return place >> _LINES, place & ((1 << _LINES) - 1)


__all__ = [
    "ABSENT", "BUCKETS", "WITHHELD", "WITHHELD_BUCKET", "Code", "Column", "Columns", "Head", "Leap", "Mask",
    "Selection", "Sequence", "Side", "Wanted", "Whole", "bucket_of", "log_and_line", "place_of",
]  # fmt: skip
