"""What of the records that columns left of a rule can be judged apart from the others, so that few are held at once."""

from collections.abc import Callable

import numpy as np

from checker.backends.batches import is_by_asset
from checker.backends.columnar import Screened, Table
from checker.columns import WITHHELD, Whole
from checker.limits import limit
from checker.measure import Distance, Holds, OnEvents, Rule, Value

PIECE = limit("records_at_once")
"""So many records at most are judged one by one at once, where that can be."""


def pieces(
    rule: Rule, screened: Screened, rows: Whole, table: Table, may_hide: Callable[[Rule], bool], most: int = PIECE
) -> list[Whole]:
    """The rows, which are in the order of the trace, piece by piece; together, where one may matter to another.

    `may_hide` tells whether a gap may hide something that the rule asks for.
    """
    if len(rows) <= most or screened.groups is not None or screened.told is not None or screened.hidden:
        return [rows]
    if _alone(rule):
        earliest, latest = table.columns.earliest[rows], table.columns.latest[rows]
        if np.array_equal(earliest, latest):
            return cut(rows, np.flatnonzero(np.diff(earliest)) + 1, most)  # what is alike in all begins at once
    if screened.causes is None or not is_by_asset(rule) or may_hide(rule) or (table.codes("subject") == WITHHELD).any():
        return [rows]
    assets = table.codes("subject")[rows]
    order = np.argsort(assets, kind="stable")
    return [np.sort(some) for some in cut(rows[order], np.flatnonzero(np.diff(assets[order])) + 1, most)]


def _alone(rule: Rule) -> bool:
    """Whether what it says of a record is told by that record alone."""
    on = rule.on
    plain = isinstance(on, OnEvents) and on.during is None and on.outside is None
    return plain and isinstance(rule.measure, (Holds, Value, Distance))


def cut(rows: Whole, places: Whole, most: int) -> list[Whole]:
    """Rows cut at some of these places only, so that no piece has more than so many if that can be."""
    found = []
    start = 0
    ends = [*places.tolist(), len(rows)]
    for end, after in zip(ends, [*ends[1:], None], strict=True):
        if after is None or after - start > most:
            found.append(rows[start:end])
            start = end
    return found
