"""The events of a log as columns, in the order of the trace: who matches what, and which belong together."""

import math
from collections.abc import Callable, Hashable, Iterable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from checker.backends.columnar.holes import Holes
from checker.backends.columnar.kept import Kept
from checker.columns import ABSENT, WITHHELD, Code, Column, Columns, Mask, Whole
from checker.event import UNKNOWN, Event, Record
from checker.location import Location
from checker.parts import parts_of
from checker.pattern import ANYTHING, Listed, Pattern
from checker.trace import Trace

Truths = NDArray[np.int8]
"""1 where something holds, 0 where it does not, -1 where it is open."""

_FEW = 1 << 20
"""Up to so many combinations of values are looked up in a table; more are sorted."""


_SPARE, _EACH = 4 << 20, 160
"""So many bytes, and so many for each row, may be taken by what one rule has found and others may ask for again."""


class NotScreened(Exception):
    """Columns alone do not tell enough of this rule: all its records are to be judged one by one."""


class Matching(NamedTuple):
    """The rows that match a pattern, in order, and whether each surely does."""

    rows: Whole
    sure: Mask


class Table:
    """Rows of a trace in its order; a row is the place of an event."""

    def __init__(self, columns: Columns, trace: Trace, began: int) -> None:
        """`columns` are in the order of the trace; `trace` says what was observed, its events are not looked at."""
        self.columns, self.trace, self.began = columns, trace, began
        self.time = columns.earliest
        self.exact: Mask = columns.earliest == columns.latest
        self.all_exact = bool(self.exact.all())
        self.authentic: Mask = columns.authentic
        self.first, self.until = trace.observed_from, trace.observed_until
        self._by_type: dict[int, Whole] = {}
        self._matching: dict[str, Matching] = {}
        self._names: dict[int, tuple[Any, str]] = {}
        self._numbers: dict[str, tuple[Whole, Truths]] = {}
        self._decimals: dict[str, tuple[Whole, Truths, int]] = {}
        self._alike: dict[str, bool] = {}
        self._as_theirs: dict[tuple[str, str], Code] = {}
        self._holes: dict[str, Holes] = {}
        self.kept = Kept(_SPARE + _EACH * len(columns.earliest))

    def __len__(self) -> int:
        return len(self.time)

    # ---- who matches ----

    def of_types(self, types: frozenset[str] | None) -> Whole:
        """The rows of these types, in order; all if None."""
        if types is None:
            return np.arange(len(self))
        found = [self._of_type(code) for code, name in enumerate(self.columns.types.values) if name in types]
        if len(found) == 1:
            return found[0]
        merged = np.concatenate(found) if found else np.empty(0, np.int64)
        merged.sort()
        return merged

    def _of_type(self, code: int) -> Whole:
        if not self._by_type:
            codes = self.columns.types.codes
            order = np.argsort(codes, kind="stable")
            edges = np.searchsorted(codes[order], np.arange(len(self.columns.types.values) + 1))
            self._by_type = {at: order[edges[at] : edges[at + 1]] for at in range(len(edges) - 1)}
        return self._by_type[code]

    def matching(self, pattern: Pattern) -> Matching:
        """The rows that match a pattern or may; each combination of values is put to the pattern itself, once."""
        name = self.name_of(pattern)
        known = self._matching.get(name)
        if known is None:
            rows = self.of_types(pattern.types)
            truths = self.truths(pattern, rows, pattern.types)
            keep = truths != 0
            known = self._matching[name] = Matching(rows[keep], truths[keep] == 1)
        return known

    def holes(self, *patterns: Pattern) -> Holes:
        """The gaps that may hide what matches one of the patterns."""
        name = self.name_of(patterns)
        if name not in self._holes:
            tests = [pattern.test for pattern in patterns]
            hidden = (e for e in self.trace.hidden if any(t(e, self.trace.registers) is not False for t in tests))
            self._holes[name] = Holes.of(hidden)
        return self._holes[name]

    def name_of(self, part: Any) -> str:
        """A text that is the same for parts of rules that mean the same: what one has found serves all of them."""
        known = self._names.get(id(part))
        if known is None:
            known = self._names[id(part)] = (part, repr(part))
        return known[1]

    def truths(self, pattern: Pattern, rows: Whole, name: Hashable = "") -> Truths:
        """Whether each of the rows matches. Rows that always go by one name share which values occur together."""
        fields = sorted(pattern.fields - {"time"})
        parts: list[tuple[Code | Whole, int]] = [(self.columns.types.codes[rows], len(self.columns.types.values))]
        parts += [(self.codes(name)[rows], len(self.column(name).values)) for name in fields]
        moments = "time" in pattern.fields
        edges = self._edges(pattern)
        if edges is not None and not moments:
            if self.all_exact or bool(self.exact[rows].all()):
                parts.append((np.searchsorted(edges, self.time[rows], side="right"), len(edges) + 1))
            else:
                moments = True
        if moments:
            parts.append((np.arange(len(rows)), len(rows)))
        if edges is not None or moments or name == "":
            place, example = distinct(parts)
        else:
            place, example = self.kept.of(("distinct", name, *fields), lambda: distinct(parts))
        answers = np.fromiter(
            (_TRUTH[pattern.test(self._example(int(row), fields), self.trace.registers)] for row in rows[example]),
            np.int8, len(example),
        )  # fmt: skip
        found: Truths = answers[place]
        return found

    def _edges(self, pattern: Pattern) -> Whole | None:
        """The instants at which what a pattern asks of registers changes; None where it asks nothing of them."""
        names = {part.register for part in parts_of(pattern) if isinstance(part, Listed)}
        if not names:
            return None
        edges = {edge for name in names for edge in self.trace.registers[name].changes()}
        return np.array(sorted(edges), np.int64)

    def _example(self, row: int, fields: Sequence[str]) -> Event:
        columns = self.columns
        name = columns.types.values[columns.types.codes[row]]
        values: dict[str, Any] = {"type": name}
        for field in fields:
            value = self.value(field, row)
            if value is not None:
                values[field] = value
        earliest, latest = int(columns.earliest[row]), int(columns.latest[row])
        values["time"] = earliest if earliest == latest else UNKNOWN
        record = Record(Location(""), earliest, latest, name)
        return Event(record, earliest, latest, name, self.subject(row), values, bool(self.authentic[row]))

    # ---- values ----

    def column(self, name: str) -> Column:
        """The column of a field."""
        if name == "type":
            return self.columns.types
        if name == "source":
            return self.columns.sources
        return self.columns.fields[name]

    def codes(self, name: str) -> Code:
        """The codes of a field."""
        return self.column(name).codes

    def value(self, name: str, row: int) -> Any:
        """The value of a field, as `Event.get` gives it."""
        if name == "time":
            return int(self.time[row]) if self.exact[row] else UNKNOWN
        column = self.column(name)
        code = int(column.codes[row])
        return None if code == ABSENT else UNKNOWN if code == WITHHELD else column.values[code]

    def subject(self, row: int) -> str | None:
        """The asset that an event is about."""
        value = self.value("subject", row)
        return value if isinstance(value, str) else None

    def numbers(self, name: str, rows: Whole) -> tuple[Whole, Truths]:
        """The whole numbers in a field (of a list, how many members), and 1; 0 where none is, -1 where it is open."""
        values, kinds = self.numbers_of(name)
        codes = self.codes(name)[rows]
        found = np.where(codes >= 0, kinds[np.maximum(codes, -1)], np.where(codes == ABSENT, 0, -1)).astype(np.int8)
        return values[np.maximum(codes, -1)], found

    def numbers_of(self, name: str) -> tuple[Whole, Truths]:
        """The same of the values of a field, by their place, with one more that is none."""
        if name not in self._numbers:
            self._numbers[name] = _numbers_of(self.column(name))
        return self._numbers[name]

    def decimals(self, name: str, rows: Whole) -> tuple[Whole, Truths, int]:
        """The same, of numbers with so many digits behind the point as whole numbers of the last one."""
        if name not in self._decimals:
            column = self.column(name)
            shown = (column.values[at] for at in _places_used(column))
            told = [digits_of(v) for v in shown if isinstance(v, Decimal) and v != v.to_integral_value()]
            digits = max((many for many in told if many <= DIGITS), default=0)
            self._decimals[name] = (*_numbers_of(column, digits), digits)
        values, kinds, digits = self._decimals[name]
        codes = np.maximum(self.codes(name)[rows], -1)
        return values[codes], np.where(self.codes(name)[rows] == WITHHELD, -1, kinds[codes]).astype(np.int8), digits

    def instants(self, name: str | None, rows: Whole) -> tuple[Whole, Truths]:
        """The same of an instant; of "time" (or None) the event's own."""
        if name is None or name == "time":
            return self.time[rows], np.where(self.exact[rows], 1, -1).astype(np.int8)
        values, found = self.numbers(name, rows)
        return values, found

    # ---- what belongs together ----

    def keys(self, names: Sequence[str], rows: Whole) -> Whole:
        """For each of the rows a number that is equal where all these fields are; -1 where one is withheld."""
        parts = [(self._groupable(name).codes[rows], len(self.column(name).values)) for name in names]
        if not parts:
            return np.zeros(len(rows), np.int64)
        key = combined(parts)
        for codes, _ in parts:
            key[codes == WITHHELD] = -1
        return key

    def translated(self, ours: str, theirs: str, rows: Whole) -> Code:
        """The values of one field as codes of another; `NOWHERE` for a value that the other never has."""
        codes = self.codes(ours)[rows]
        if ours == theirs:
            return codes
        if (ours, theirs) not in self._as_theirs:
            mine, other = self._groupable(ours), self._groupable(theirs)
            places = {_identity(other.values[at]): at for at in _places_used(other)}
            table = np.full(len(mine.values) + 2, NOWHERE, np.int32)
            table[-2:] = WITHHELD, ABSENT
            for at in _places_used(mine):
                table[at] = places.get(_identity(mine.values[at]), NOWHERE)
            self._as_theirs[ours, theirs] = table
        return self._as_theirs[ours, theirs][codes]

    def _groupable(self, name: str) -> Column:
        """The column of a field by which events can be told apart."""
        column = self.column(name)
        if name not in self._alike:
            kinds = {type(column.values[at]) for at in _places_used(column)}
            self._alike[name] = not (kinds & {list, dict} or (bool in kinds and kinds & {int, Decimal}))
        if not self._alike[name]:
            raise NotScreened
        return column

    def key_of(self, names: Sequence[str], row: int) -> tuple[tuple[str, Any], ...]:
        """The fields by which events are told apart, with their values."""
        return tuple((name, self.value(name, row)) for name in names)

    def named(self, names: Sequence[str], codes: Sequence[Code], count: int) -> list[tuple[tuple[str, Any], ...]]:
        """So many keys, made of the values that these codes of fields stand for."""
        if not names:
            return [()] * count
        columns = [self.column(name).values for name in names]
        sides = [
            [(name, values[code] if code >= 0 else None) for code in own.tolist()]
            for name, values, own in zip(names, columns, codes, strict=True)
        ]
        return list(zip(*sides, strict=True))


NOWHERE = -3
"""A code that no record has."""

_TRUTH = {True: 1, False: 0, None: -1}
LARGEST = 1 << 61
"""Beyond this, whole numbers in columns do not go."""

DIGITS = 9
"""Decimals of so many digits at most are taken as whole numbers of the last one."""


def _identity(value: Any) -> tuple[bool, Any]:
    return isinstance(value, bool), value


def digits_of(value: Decimal) -> int:
    """How many digits of a decimal stand behind the point."""
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else DIGITS + 1


def _places_used(column: Column) -> Sequence[int]:
    """Of which values of a column something may be asked: of many, those that occur."""
    if len(column.values) <= len(column.codes):
        return range(len(column.values))
    used: list[int] = np.unique(column.codes[column.codes >= 0]).tolist()
    return used


def _numbers_of(column: Column, digits: int = 0) -> tuple[Whole, Truths]:
    values = column.values
    numbers = np.zeros(len(values) + 1, np.int64)
    kinds = np.zeros(len(values) + 1, np.int8)
    scale = 10**digits
    used = _places_used(column)
    shown = [values[at] for at in used]
    if set(map(type, shown)) == {int} and max(map(abs, shown)) < LARGEST // scale:
        places = np.asarray(used)
        numbers[places] = np.array(shown, np.int64) * scale
        kinds[places] = 1
        return numbers, kinds
    for at, value in zip(used, shown, strict=True):
        if isinstance(value, list):
            value = len(value)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if not whole and isinstance(value, Decimal) and abs(value) < LARGEST:
            whole = value == int(value) or digits_of(value) <= digits
        if whole and abs(value) < LARGEST // scale:
            numbers[at], kinds[at] = int(value * scale), 1
        else:
            kinds[at] = -1
    return numbers, kinds


def distinct(parts: Sequence[tuple[NDArray[Any], int]]) -> tuple[Whole, Whole]:
    """Which combination of codes each place has, and for each combination one place that has it."""
    key = combined(parts)
    if not len(key):
        return key, key
    many = int(key.max()) + 1
    if many <= _FEW:
        first = np.full(many, -1, np.int64)
        first[key[::-1]] = np.arange(len(key) - 1, -1, -1)
        there = np.flatnonzero(first >= 0)
        place = np.zeros(many, np.int64)
        place[there] = np.arange(len(there))
        return place[key], first[there]
    _, example, place = np.unique(key, return_index=True, return_inverse=True)
    return place.astype(np.int64), example.astype(np.int64)


def combined(parts: Sequence[tuple[NDArray[Any], int]]) -> Whole:
    """One number for each combination of codes (each from -3, and less than how many there are)."""
    key: Whole = parts[0][0].astype(np.int64) + 3
    size = parts[0][1] + 3
    for codes, many in parts[1:]:
        if size * (many + 3) >= LARGEST:
            _, key = np.unique(key, return_inverse=True)
            size = int(key.max()) + 1 if len(key) else 1
        key = key * (many + 3) + (codes + 3)
        size *= many + 3
    return key


def is_plain(sizes: Sequence[int]) -> bool:
    """Whether `combined` gives one combination of codes of so many values each the same number wherever it occurs."""
    return math.prod(many + 3 for many in sizes) < LARGEST


def from_trace(trace: Trace, names: Iterable[str]) -> Columns:
    """The events of a trace as columns, with these fields."""
    events = trace.events
    return Columns(
        earliest=np.array([event.earliest for event in events], np.int64),
        latest=np.array([event.latest for event in events], np.int64),
        types=_coded([event.type for event in events]),
        sources=_coded([event.record.source for event in events]),
        seqs=np.full(len(events), -1),
        places=np.arange(len(events)),
        authentic=np.array([event.authentic for event in events], np.bool_),
        fields={name: _coded([event.get(name) for event in events]) for name in names},
    )


def _coded(values: Sequence[Any]) -> Column:
    codes = np.empty(len(values), np.int32)
    places: dict[Any, int] = {}
    kept: list[Any] = []
    for at, value in enumerate(values):
        if value is None or value is UNKNOWN:
            codes[at] = ABSENT if value is None else WITHHELD
            continue
        key: Any = repr(value) if isinstance(value, (list, dict)) else (isinstance(value, bool), value)
        if key not in places:
            places[key] = len(kept)
            kept.append(value)
        codes[at] = places[key]
    return Column(codes, kept)


__all__ = ["ANYTHING", "Callable", "Matching", "NotScreened", "Table", "from_trace"]
