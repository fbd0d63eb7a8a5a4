"""What the blocks of all logs come to together."""

from collections.abc import Iterable, Iterator
from typing import IO, Any, NamedTuple

import numpy as np

from checker.columns import Code, Column, Columns, Leap, Whole
from checker.event import Record, Unknown
from checker.scan.codes import Codes, Question
from checker.scan.numbers import Runs
from checker.scan.part import Hashes, Part
from checker.scan.reader import key_of
from checker.scan.second import Place, Source, changed, each_at, records_at
from checker.trace import in_order

_LINES = 40
"""Bits of a place that hold the line."""


def place_of(log: Any, line: Any) -> Any:
    """One whole number for a log and a line, in the order of reading; of single ones or of arrays."""
    if isinstance(log, np.ndarray):
        return (log.astype(np.int64) << _LINES) + line
    return (log << _LINES) + line


def _apart(place: int) -> Place:
    return place >> _LINES, place & ((1 << _LINES) - 1)


class _Piece(NamedTuple):
    """Some records: where the first one stands, how many there are, and after which ones places are left out."""

    first: int
    many: int
    at: Code
    left_out: Code

    def places(self) -> Whole:
        """The place of each."""
        steps = np.ones(self.many, np.int64)
        steps[0] = self.first
        steps[self.at] += self.left_out
        found: Whole = np.cumsum(steps)
        return found


class Keys:
    """The keys of all records, and where each stands; many keys are kept in a temporary file."""

    def __init__(self, at_once: int = 4_000_000) -> None:
        """`at_once` is how many keys are held in memory."""
        self._at_once = at_once
        self._held: list[Hashes] = []
        self._size = self._total = 0
        self._pieces: list[_Piece] = []
        self._file: IO[bytes] | None = None

    def add(self, keys: Hashes, places: Whole) -> None:
        """Take note of records in the order in which they were read."""
        if not len(keys):
            return
        steps = np.diff(places)
        at = np.flatnonzero(steps != 1)
        piece = _Piece(int(places[0]), len(places), (at + 1).astype(np.int32), (steps[at] - 1).astype(np.int32))
        self._pieces.append(piece)
        self._held.append(keys)
        self._size += len(keys)
        self._total += len(keys)
        if self._size > self._at_once:
            if self._file is None:
                import tempfile

                self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed once nobody asks any more
            for one in self._held:
                self._file.write(one.tobytes())
            self._held, self._size = [], 0

    def _each(self) -> Iterator[tuple[_Piece, Hashes]]:
        left = iter(self._held)
        stored = self._total - self._size
        if self._file is not None:
            self._file.seek(0)
        for piece in self._pieces:
            if stored and self._file is not None:
                stored -= piece.many
                yield piece, np.frombuffer(self._file.read(8 * piece.many), np.uint64)
            else:
                yield piece, next(left)

    def shared(self) -> list[tuple[int, int]]:
        """Place and key of every record whose key is not its own, in the order of reading."""
        turns = 1 + self._total // (2 * self._at_once)
        width = (1 << 64) // turns + 1
        repeated = []
        for turn in range(turns):
            low, high = np.uint64(turn * width), np.uint64(min((turn + 1) * width, 1 << 64) - 1)
            mine = [keys if turns == 1 else keys[(keys >= low) & (keys <= high)] for _, keys in self._each()]
            if mine:
                every = np.concatenate(mine)
                mine.clear()
                every.sort()
                repeated.append(np.unique(every[1:][every[1:] == every[:-1]]))
        every = np.concatenate(repeated) if repeated else np.zeros(0, np.uint64)
        found: list[tuple[int, int]] = []
        for piece, keys in self._each() if len(every) else ():
            at = np.searchsorted(every, keys)
            at[at == len(every)] = 0
            rows = np.flatnonzero(every[at] == keys)
            if len(rows):
                found += zip(piece.places()[rows].tolist(), keys[rows].tolist(), strict=True)
        if self._file is not None:
            self._file.close()
        return found


class Merging:
    """Takes the parts of the logs in their order, and says in the end what they come to."""

    def __init__(self, question: Question, codes: Codes, *, hashing: bool = True) -> None:
        """`hashing` tells that this process made the keys, and would make the same ones again."""
        self._question, self._codes, self._hashing = question, codes, hashing
        self._keys, self._runs = Keys(), Runs()
        self._chosen: list[dict[str, Any]] = []
        self._remarks: list[Any] = []
        self._first: int | None = None
        self._last: int | None = None
        self._counts = np.zeros(0, np.int64)
        self._after = self._late = 0
        self._late_at: int | None = None
        self._pairs: set[tuple[int, str]] = set()
        self._sourced: set[int] = set()

    def add(self, log: int, part: Part) -> None:
        """Take the next part of a log."""
        rows, until = part.rows, self._question.until
        if not len(rows.lines):
            return
        first, last = int(rows.earliest.min()), int(rows.latest.max())
        self._first = first if self._first is None else min(self._first, first)
        self._last = last if self._last is None else max(self._last, last)
        places = rows.lines + (log << _LINES)
        self._keys.add(rows.keys, places)
        types, sources, seqs = rows.types, rows.sources, rows.seqs
        if until is not None and int(rows.earliest.max()) > until:
            inside = rows.earliest <= until
            self._after += len(inside) - int(np.count_nonzero(inside))
            types, sources, seqs, places = types[inside], sources[inside], seqs[inside], places[inside]
        counts = np.bincount(types, minlength=len(self._codes.types.values))
        counts[: len(self._counts)] += self._counts
        self._counts = counts
        if len(sources) and int(sources.min()) < 0:
            told = sources >= 0
            sources, seqs, places = sources[told], seqs[told], places[told]
        self._sourced.update(np.flatnonzero(np.bincount(sources)).tolist() if len(sources) else ())
        self._runs.add(sources, seqs, places)
        self._remarks += [(place_of(log, remark.record.location.line), remark) for remark in part.remarks]
        self._late += part.late
        if part.late_at is not None:
            self._late_at = part.late_at if self._late_at is None else max(self._late_at, part.late_at)
        self._pairs |= part.pairs
        if len(at := rows.chosen):
            chosen = {name: _small(getattr(rows, name)[at]) for name in ("lines", "types", "sources", "seqs")}
            chosen["earliest"] = rows.earliest[at]
            chosen["latest"] = None if np.array_equal(rows.latest[at], chosen["earliest"]) else rows.latest[at]
            fields = {name: _small(column) for name, column in rows.fields.items()}
            chosen |= {"log": log, "authentic": rows.authentic, "fields": fields}
            self._chosen.append(chosen)

    def finished(self, sources: list[Source]) -> dict[str, Any]:
        """What all parts come to; looks again at what shares an id or may be the same record."""
        question, codes = self._question, self._codes
        shared = self._keys.shared()
        alike = records_at(sources, question.mapping, [_apart(place) for place, _ in shared])
        dropped, duplicates, same_ids = self._judged(sources, shared, alike)
        unknown = {
            name: int(count)
            for name, count in zip(codes.types.values, self._counts.tolist(), strict=False)
            if count and name not in question.catalogue.types
        }
        after = self._after
        for place in dropped:
            record = alike[_apart(place)]
            if question.until is not None and record.earliest > question.until:
                after -= 1
            elif record.type in unknown:
                unknown[record.type] -= 1
        leaps = self._leaps(sources, dropped)
        if not leaps:
            for interned in codes.fields.values():
                interned.forget()  # no value is to come
        columns = self._columns()
        if dropped:
            columns = _taken(columns, ~np.isin(place_of(columns.logs, columns.lines), list(dropped)))
        rows: list[list[int]] = []
        if leaps:
            columns = self._forced(columns, sources, {place for leap in leaps for place in leap})
            spots = place_of(columns.logs, columns.lines)
            rows = np.searchsorted(spots, np.array(leaps, np.int64).reshape(-1, 2)).tolist()
            self._number(columns, rows)
        names = codes.sources.values
        shown: dict[str | None, set[str]] = {}
        for source, subject in self._pairs:
            for name in (names[source] if source >= 0 else None, None):
                shown.setdefault(name, set()).add(subject)
        return {
            "columns": columns,
            "first": self._first,
            "last": self._last,
            "after": after,
            "late": self._late,
            "late_at": self._late_at,
            "remarks": [remark for place, remark in self._remarks if place not in dropped],
            "unknown": {name: count for name, count in unknown.items() if count},
            "duplicates": duplicates,
            "same_ids": same_ids,
            "leaps": [Leap(*pair) for pair in rows],
            "unnumbered": {names[source] for source in self._runs.unnumbered},
            "source_names": {names[source] for source in self._sourced},
            "shown": shown,
        }

    def _judged(
        self, sources: list[Source], shared: list[tuple[int, int]], alike: dict[Place, Record]
    ) -> tuple[set[int], int, list[tuple[Record, Record]]]:
        """Which places hold an exact duplicate, how many there are, and different records of one id."""
        for place, key in shared:
            log, line = _apart(place)
            if self._hashing and key_of(alike[log, line]) != key:
                raise changed(sources[log].name, line)
        kept, duplicates = in_order([alike[_apart(place)] for place, _ in shared])
        still = {id(record) for record in kept}
        dropped = {place for place, _ in shared if id(alike[_apart(place)]) not in still}
        until = self._question.until
        seen: dict[tuple[str, str], Record] = {}
        pairs = []
        for record in kept:
            if record.id is None or (until is not None and record.earliest > until):
                continue
            identity = (record.source or "", record.id)
            if identity in seen:
                pairs.append((seen[identity], record))
            seen[identity] = record
        return dropped, duplicates, pairs

    def _leaps(self, sources: list[Source], dropped: set[int]) -> list[tuple[int, int]]:
        """The places before and after each leap, by source and number; of equal numbers the nearest in the trace."""
        names = self._codes.sources.values
        found = []
        for _, before, after in sorted(self._runs.leaps(), key=lambda leap: names[leap[0]]):
            sides = []
            for places, which in ((before, -1), (after, 0)):
                left = [place for place in places if place not in dropped]
                if len(left) > 1:
                    records = records_at(sources, self._question.mapping, map(_apart, left))
                    nearest = in_order(records.values())[0][which]
                    left = [place for place in left if records[_apart(place)] is nearest]
                sides.append(left[0])
            found.append((sides[0], sides[1]))
        return found

    def _number(self, columns: Columns, leaps: list[list[int]]) -> None:
        """Fill in the field that says how many numbers are missing just before a record, where it is wanted."""
        column = columns.fields.get("missing_before")
        if column is not None:
            interned = self._codes.fields["missing_before"]
            for before, after in leaps:
                column.codes[after] = interned.code(int(columns.seqs[after] - columns.seqs[before] - 1))

    def _columns(self) -> Columns:
        chosen, codes = self._chosen, self._codes

        def whole(arrays: Iterable[Any], kind: Any) -> Any:
            listed = list(arrays)
            return np.concatenate(listed, dtype=kind) if listed else np.zeros(0, kind)

        # each array is let go as soon as the whole column is made: both together would be the most there ever is
        inexact = any(one["latest"] is not None for one in chosen)
        lates = [one["earliest"] if one["latest"] is None else one["latest"] for one in chosen] if inexact else []
        earliest = whole((one.pop("earliest") for one in chosen), np.int64)
        latest = whole(lates, np.int64) if inexact else earliest
        fields = {
            name: Column(whole((one["fields"].pop(name) for one in chosen), np.int32), interned.values)
            for name, interned in codes.fields.items()
        }
        return Columns(
            earliest,
            latest,
            Column(whole((one.pop("types") for one in chosen), np.int32), codes.types.values),
            Column(whole((one.pop("sources") for one in chosen), np.int32), codes.sources.values),
            whole((one.pop("seqs") for one in chosen), np.int64),
            whole((np.full(len(one["lines"]), one["log"], np.int32) for one in chosen), np.int32),
            whole((one.pop("lines") for one in chosen), np.int64),
            whole((one.pop("authentic") for one in chosen), np.bool_),
            fields,
        )

    def _forced(self, columns: Columns, sources: list[Source], places: set[int]) -> Columns:
        """The columns with rows for these places too, whatever their types are."""
        if not places:
            return columns
        have = place_of(columns.logs, columns.lines)
        lacking = np.setdiff1d(np.fromiter(places, np.int64, len(places)), have)
        if not len(lacking):
            return columns
        codes = self._codes
        told: list[tuple[int, ...]] = []
        wanted = [_apart(place) for place in lacking.tolist()]
        told.extend(self._looked_at(sources, wanted))
        more_of = np.array(told, np.int64).reshape(len(told), 6 + len(codes.fields)).T
        order = np.argsort(np.concatenate((have, lacking)), kind="stable")

        def more(column: Any, row: int) -> Any:
            return np.concatenate((column, more_of[row].astype(column.dtype)))[order]

        def coded(column: Column, row: int) -> Column:
            return Column(more(column.codes, row), column.values)

        earliest = more(columns.earliest, 0)
        exact = columns.latest is columns.earliest and np.array_equal(more_of[0], more_of[1])
        logs, lines = lacking >> _LINES, lacking & ((1 << _LINES) - 1)
        return Columns(
            earliest,
            earliest if exact else more(columns.latest, 1),
            coded(columns.types, 2),
            coded(columns.sources, 3),
            more(columns.seqs, 4),
            np.concatenate((columns.logs, logs.astype(np.int32)))[order],
            np.concatenate((columns.lines, lines))[order],
            more(columns.authentic, 5),
            {name: coded(columns.fields[name], row) for row, name in enumerate(codes.fields, 6)},
        )

    def _looked_at(self, sources: list[Source], places: list[Place]) -> Iterator[tuple[int, ...]]:
        """What the columns hold of the records at these places: whole numbers, and codes of the fields."""
        question, codes = self._question, self._codes
        for _, record in each_at(sources, question.mapping, places):
            event = question.catalogue.events([record], question.registers)[0][0]
            yield (
                event.earliest, event.latest, codes.types.code(event.type), codes.sources.code(record.source),
                -1 if record.seq is None else record.seq, int(event.authentic),
                *(interned.code(event.get(name)) for name, interned in codes.fields.items()),
            )  # fmt: skip


def _small(numbers: Any) -> Any:
    """The same whole numbers in as few bytes as hold them all."""
    if not len(numbers):
        return numbers
    low, high = int(numbers.min()), int(numbers.max())
    kind = next(
        kind
        for kind in (np.int8, np.int16, np.int32, np.int64)
        if np.iinfo(kind).min <= low <= high <= np.iinfo(kind).max
    )
    return numbers.astype(kind)


def _taken(columns: Columns, rows: Any) -> Columns:
    """Some rows of columns."""

    def some(column: Column) -> Column:
        return Column(column.codes[rows], column.values)

    earliest = columns.earliest[rows]
    return Columns(
        earliest,
        earliest if columns.latest is columns.earliest else columns.latest[rows],
        some(columns.types),
        some(columns.sources),
        columns.seqs[rows],
        columns.logs[rows],
        columns.lines[rows],
        columns.authentic[rows],
        {name: some(column) for name, column in columns.fields.items()},
    )


__all__ = ["Code", "Keys", "Merging", "Unknown", "place_of"]
