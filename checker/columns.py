"""Records as columns of whole numbers: what fast readers give, and what the columnar backend works on.

A value that many records share is kept once; the column says by its place which one a record has.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

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


@dataclass
class Columns:
    """Records, in the order in which they were read; all arrays have one length.

    `earliest` and `latest` are whole microseconds (the same array if every time is exact), `types` and `sources` codes,
    `seqs` -1 where there is none, `logs` and `lines` where each record stands (log by place, line from 1),
    `authentic` whether its signature does not speak against it.
    """

    earliest: Whole
    latest: Whole
    types: Column
    sources: Column
    seqs: Whole
    logs: Code
    lines: Whole
    authentic: Mask
    fields: dict[str, Column] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.earliest)


class Leap(NamedTuple):
    """Sequence numbers of a source that are missing between two records, by their places in the columns."""

    before: int
    after: int


class Head(NamedTuple):
    """What a report says of a log: its name, the digest of its bytes, and how many records it holds."""

    name: str
    digest: str
    records: int


__all__ = ["ABSENT", "WITHHELD", "Code", "Column", "Columns", "Head", "Leap", "Mask", "Sequence", "Wanted", "Whole"]
