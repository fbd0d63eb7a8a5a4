"""What is kept of one block of a log."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from checker.columns import Code, Mask, Whole
from checker.event import Rejected
from checker.scan.remarks import Remarks

Hashes = NDArray[np.uint64]


@dataclass
class Rows:
    """Records of a block, as arrays of one length; `chosen` are the places of those that become rows of the columns.

    `keys` are equal for records of one id and source; without an id, for those of equal time, source, number and type.
    """

    lines: Whole
    earliest: Whole
    latest: Whole
    types: Code
    sources: Code
    seqs: Whole
    keys: Hashes
    chosen: Whole
    authentic: Mask
    """Of those chosen, as are the fields."""
    fields: dict[str, Code] = field(default_factory=dict)


@dataclass
class Part:
    """What is kept of a block: its records in the order of their lines, and what is to be told of them."""

    number: int
    offset: int
    size: int
    rows: Rows
    rejected: list[Rejected] = field(default_factory=list)
    remarks: Remarks = field(default_factory=Remarks)
    late: int = 0
    """How many records begin before the end of observation and became known after it, and when the last one did."""
    late_at: int | None = None
    pairs: set[tuple[int, str]] = field(default_factory=set)
    """Which source (its code) has a record about which asset."""
    news: Any = None
    """Whether codes of fields began anew, and values met for the first time, if another process read the block."""


def joined(parts: list[Rows], names: tuple[str, ...]) -> Rows:
    """Rows of one block in the order of their lines."""
    if len(parts) == 1 and bool((np.diff(parts[0].lines) > 0).all()):
        return parts[0]
    base = np.cumsum([0, *(len(part.lines) for part in parts)])
    lines = np.concatenate([part.lines for part in parts])
    order = np.argsort(lines, kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    chosen = np.concatenate([place[part.chosen + start] for part, start in zip(parts, base, strict=False)])
    rank = np.argsort(chosen)

    def all_of(name: str) -> Any:
        return np.concatenate([getattr(part, name) for part in parts])[order]

    return Rows(
        lines[order],
        all_of("earliest"),
        all_of("latest"),
        all_of("types"),
        all_of("sources"),
        all_of("seqs"),
        all_of("keys"),
        chosen[rank],
        np.concatenate([part.authentic for part in parts])[rank],
        {name: np.concatenate([part.fields[name] for part in parts])[rank] for name in names},
    )
