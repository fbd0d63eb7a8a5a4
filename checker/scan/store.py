"""The records of wanted types as columns, stretch by stretch: all but the last one in a temporary file, by asset.

So it takes little memory to have them all, and what rules ask for of some assets, or of some types, is read again
alone. Codes of fields mean something within a stretch only: values are met anew in each.
"""

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import IO, Any, NamedTuple
from weakref import finalize

import msgspec
import numpy as np
from numpy.typing import NDArray

from checker.columns import (
    ABSENT,
    BUCKETS,
    WITHHELD,
    WITHHELD_BUCKET,
    Column,
    Columns,
    Mask,
    Selection,
    Whole,
    bucket_of,
)
from checker.scan.interning import Interned

_FEW = 256
"""Of so many values a field may have in a stretch before those of each bucket are kept apart."""

_PLAIN = ("places", "earliest", "latest", "types", "sources", "seqs", "authentic")


@dataclass(frozen=True)
class Chosen:
    """Records in the order of reading, with whole arrays of one length; `values` are those of each field's codes."""

    plain: Mapping[str, NDArray[Any]]
    fields: Mapping[str, NDArray[Any]]
    values: Mapping[str, Sequence[Any]]

    def __len__(self) -> int:
        return len(self.plain["places"])


class _Kept(NamedTuple):
    """An array in the file."""

    offset: int
    kind: Any


class _Values(NamedTuple):
    """Where in the file the values of each bucket begin, and where the last ones end."""

    edges: "array[int]"


class _Stretch(NamedTuple):
    """Rows in the file, by bucket: those of a bucket lie between two of the `edges`."""

    edges: "array[int]"
    plain: Mapping[str, _Kept]
    fields: Mapping[str, _Kept]
    values: Mapping[str, "Sequence[Any] | _Values"]


class _Found(NamedTuple):
    """Some rows of a stretch, with codes of fields that mean the same in all stretches."""

    plain: dict[str, NDArray[Any]]
    fields: dict[str, NDArray[Any]]


class Store:
    """Takes rows in the order of reading; gives them as columns."""

    def __init__(self, names: Sequence[str], types: Interned, sources: Interned) -> None:
        """`names` of the fields; `types` and `sources` hold what their codes mean."""
        self.names, self._types, self._sources = names, types, sources
        self._counts: dict[int, Whole] = {}  # of each type (its code) and bucket
        self._stretches: list[_Stretch] = []
        self._last: Chosen | None = None
        self._file: IO[bytes] | None = None
        self._dropped: Whole = np.zeros(0, np.int64)
        self._missing: tuple[Whole, Whole] | None = None
        self._odd: list[Any] = []

    def count(self, selection: Selection) -> int:
        """How many rows are selected; duplicates count."""
        buckets, types = selection
        some: Any = slice(None) if buckets is None else list(buckets)
        names = self._types.values
        return sum(int(c[some].sum()) for code, c in self._counts.items() if types is None or names[code] in types)

    # ---- what goes in ----

    def add(self, rows: Chosen) -> None:
        """Take the rows of the next stretch."""
        if self._last is not None:
            self._write(self._last)
        self._last = rows
        bucket = self._buckets(rows)
        types = rows.plain["types"]
        for code in np.unique(types).tolist():
            counts = np.bincount(bucket[types == code], minlength=BUCKETS + 1)
            self._counts[code] = self._counts.get(code, 0) + counts

    def drop(self, places: Whole) -> None:
        """Leave out the rows at these places, which are sorted."""
        self._dropped = places

    def number(self, places: Sequence[int], missing: Sequence[int]) -> None:
        """The rows at these places are those before which so many numbers are missing."""
        order = np.argsort(np.array(places, np.int64))
        self._missing = np.array(places, np.int64)[order], np.array(missing, np.int64)[order]

    def _buckets(self, rows: Chosen) -> NDArray[np.int16]:
        if "subject" not in rows.fields:
            return np.zeros(len(rows), np.int16)
        values = rows.values["subject"]
        of_value = [bucket_of(value if isinstance(value, str) else None) for value in values]
        table = np.array([*of_value, WITHHELD_BUCKET, 0], np.int16)  # codes from the end: WITHHELD, ABSENT
        found: NDArray[np.int16] = table[rows.fields["subject"]]
        return found

    def _write(self, rows: Chosen) -> None:
        bucket = self._buckets(rows)
        order = np.argsort(bucket, kind="stable")
        edges = array("q", np.searchsorted(bucket[order], np.arange(BUCKETS + 2)).tolist())
        plain = {name: self._put(array[order]) for name, array in rows.plain.items()}
        fields: dict[str, _Kept] = {}
        values: dict[str, Sequence[Any] | _Values] = {}
        for name, codes in rows.fields.items():
            codes, met = codes[order], rows.values[name]
            if len(met) <= _FEW:
                values[name] = met
            else:
                codes, values[name] = self._apart(codes, met, edges)
            fields[name] = self._put(codes)
        self._stretches.append(_Stretch(edges, plain, fields, values))

    def _apart(self, codes: NDArray[Any], met: Sequence[Any], edges: "array[int]") -> tuple[NDArray[Any], _Values]:
        """The codes by bucket, and the values of each bucket in the file."""
        found = codes.astype(np.int32)
        packed = [b""]
        place = np.full(len(met) + 2, 0, np.int32)
        place[-1], place[-2] = ABSENT, WITHHELD
        for low, high in pairwise(edges):
            mine = found[low:high]
            used = np.unique(mine[mine >= 0])
            place[used] = np.arange(len(used), dtype=np.int32)
            found[low:high] = place[mine]
            packed.append(self._packed([met[at] for at in used.tolist()]))
        offset = self._at_end(b"".join(packed))
        return found, _Values(array("q", accumulate(map(len, packed), initial=offset))[1:])

    def _put(self, array: NDArray[Any]) -> _Kept:
        array = _small(array)
        return _Kept(self._at_end(array.tobytes()), array.dtype)

    def _at_end(self, data: bytes) -> int:
        if self._file is None:
            import tempfile

            self._file = file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this
            finalize(self, file.close)
        offset = self._file.seek(0, 2)
        self._file.write(data)
        return offset

    def _packed(self, values: list[Any]) -> bytes:
        """Values as bytes: texts and whole numbers as they are, others as places among those that stay in memory."""
        kinds = set(map(type, values))
        if kinds <= {str}:
            try:
                return b"t" + msgspec.msgpack.encode(values)
            except UnicodeEncodeError:
                pass
        elif kinds <= {int} and all(-(1 << 62) < value < 1 << 62 for value in values):
            return b"n" + np.array(values, np.int64).tobytes()
        start = len(self._odd)
        self._odd += values
        return b"o" + msgspec.msgpack.encode((start, len(self._odd)))

    def _unpacked(self, data: bytes) -> list[Any]:
        kind, rest = data[:1], memoryview(data)[1:]
        if kind == b"n":
            found: list[Any] = np.frombuffer(rest, np.int64).tolist()
            return found
        listed = msgspec.msgpack.decode(rest)
        return listed if kind == b"t" else self._odd[slice(*listed)]

    # ---- what comes out ----

    def columns(self, selection: Selection, fields: Iterable[str] | None = None, among: Whole | None = None) -> Columns:
        """The selected rows, by stretch and bucket, with these fields (all if None).

        `among` these places only, which are sorted, if they are given.
        """
        buckets, types = selection
        names = list(dict.fromkeys(self.names if fields is None else fields))
        told = {name: Interned() for name in names}
        chosen = None
        if types is not None:
            chosen = np.array([name in types for name in self._types.values], np.bool_)
        found = [
            self._some(part, chosen, among)
            for part in self._parts(buckets, names, told) if len(part.plain["places"])
        ]  # fmt: skip

        def whole(name: str, kind: Any) -> Any:
            arrays = [part.plain.pop(name) for part in found]
            return np.concatenate(arrays, dtype=kind) if arrays else np.zeros(0, kind)

        inexact = any("latest" in part.plain for part in found)
        for part in found if inexact else ():
            part.plain.setdefault("latest", part.plain["earliest"])
        earliest = whole("earliest", np.int64)
        latest = whole("latest", np.int64) if inexact else earliest
        columns = Columns(
            earliest=earliest,
            latest=latest,
            types=Column(whole("types", np.int32), self._types.values),
            sources=Column(whole("sources", np.int32), self._sources.values),
            seqs=whole("seqs", np.int64),
            places=whole("places", np.int64),
            authentic=whole("authentic", np.bool_),
        )
        for name in names:
            arrays = [part.fields.pop(name) for part in found]
            codes = np.concatenate(arrays, dtype=np.int32) if arrays else np.zeros(0, np.int32)
            columns.fields[name] = Column(codes, told[name].values)
        self._numbered(columns, told)
        return columns

    def _parts(
        self, buckets: Sequence[int] | None, names: Sequence[str], told: Mapping[str, Interned]
    ) -> Iterator[_Found]:
        for stretch in self._stretches:
            yield from self._read(stretch, range(BUCKETS + 1) if buckets is None else buckets, names, told)
        last = self._last
        if last is not None:
            at: Mask | slice = slice(None)
            if buckets is not None:
                at = np.isin(self._buckets(last), np.array(buckets, np.int16))
            fields = {}
            for name in names:
                fields[name] = self._again(last.fields[name][at], last.values[name], told[name])
            yield _Found({name: array[at] for name, array in last.plain.items()}, fields)

    def _read(
        self, stretch: _Stretch, buckets: Sequence[int], names: Sequence[str], told: Mapping[str, Interned]
    ) -> Iterator[_Found]:
        for first, last in _runs(buckets):
            low, high = stretch.edges[first], stretch.edges[last + 1]
            if low == high:
                continue
            plain = {name: self._get(kept, low, high) for name, kept in stretch.plain.items()}
            fields = {}
            for name in names:
                codes, values = self._get(stretch.fields[name], low, high), stretch.values[name]
                if isinstance(values, _Values):
                    pieces = []
                    for bucket in range(first, last + 1):
                        mine = codes[stretch.edges[bucket] - low : stretch.edges[bucket + 1] - low]
                        if len(mine):
                            start, end = values.edges[bucket : bucket + 2]
                            met = self._unpacked(self._bytes(start, end - start))
                            pieces.append(self._again(mine, met, told[name]))
                    fields[name] = np.concatenate(pieces)
                else:
                    fields[name] = self._again(codes, values, told[name])
            yield _Found(plain, fields)

    def _again(self, codes: NDArray[Any], met: Sequence[Any], told: Interned) -> NDArray[np.int32]:
        """Codes of a stretch as those of all."""
        table = np.empty(len(met) + 2, np.int32)
        table[:-2] = np.fromiter(map(told.code, met), np.int32, len(met))
        table[-1], table[-2] = ABSENT, WITHHELD
        found: NDArray[np.int32] = table[codes]
        return found

    def _get(self, kept: _Kept, low: int, high: int) -> NDArray[Any]:
        size = np.dtype(kept.kind).itemsize
        return np.frombuffer(self._bytes(kept.offset + low * size, (high - low) * size), kept.kind)

    def _bytes(self, offset: int, size: int) -> bytes:
        if self._file is None:
            return b""
        self._file.seek(offset)
        return self._file.read(size)

    def _some(self, part: _Found, chosen: Mask | None, among: Whole | None) -> _Found:
        """Without the rows of other types or at other places, and those that were dropped."""
        keep = None if chosen is None else chosen[part.plain["types"]]
        if among is not None:
            there = np.append(among, -1)[np.searchsorted(among, part.plain["places"])] == part.plain["places"]
            keep = there if keep is None else keep & there
        if len(self._dropped):
            at = np.searchsorted(self._dropped, part.plain["places"])
            there = np.append(self._dropped, -1)[at] != part.plain["places"]
            keep = there if keep is None else keep & there
        if keep is None or keep.all():
            return part
        return _Found(
            {name: array[keep] for name, array in part.plain.items()},
            {name: array[keep] for name, array in part.fields.items()},
        )

    def _numbered(self, columns: Columns, told: Mapping[str, Interned]) -> None:
        """Fill in the field that says how many numbers are missing just before a record, where it is asked for."""
        column = columns.fields.get("missing_before")
        if column is None or self._missing is None:
            return
        places, missing = self._missing
        at = np.searchsorted(places, columns.places)
        rows = np.flatnonzero(np.append(places, -1)[at] == columns.places)
        counts = missing[at[rows]].tolist()
        column.codes[rows] = np.fromiter(map(told["missing_before"].code, counts), np.int32, len(rows))


def _runs(buckets: Sequence[int]) -> Iterator[tuple[int, int]]:
    """The first and the last of buckets that follow one another."""
    start = end = -2
    for bucket in sorted(buckets):
        if bucket != end + 1:
            if start >= 0:
                yield start, end
            start = bucket
        end = bucket
    if start >= 0:
        yield start, end


def _small(numbers: NDArray[Any]) -> NDArray[Any]:
    """The same whole numbers in as few bytes as hold them all."""
    if not len(numbers) or numbers.dtype == np.bool_:
        return numbers
    low, high = int(numbers.min()), int(numbers.max())
    kind = next(
        kind
        for kind in (np.int8, np.int16, np.int32, np.int64)
        if np.iinfo(kind).min <= low <= high <= np.iinfo(kind).max
    )
    return numbers.astype(kind)
