"""Parquet, batch by batch: pyarrow gives columns with each distinct value once, and that is how they are looked at.

All columns are read, also those that no rule needs: what is bad in one costs its record. Rows with something that
columns do not show (lists and objects within the data, bad values) are left to the slow reader, and so is what
follows a place that cannot be read.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from checker.columns import Mask, Whole
from checker.logs import parquet
from checker.logs.envelope import out_of_bounds
from checker.logs.opening import Lines
from checker.logs.parquet import Bad, Values, values_of
from checker.scan.part import Part
from checker.scan.plan import UNSET
from checker.scan.reader import Reader
from checker.scan.table import Shape, Table
from checker.timeline import MAX_INSTANT, MIN_INSTANT

_BATCH = 65_536  # a multiple of what the slow reader takes at a time
_US = {"s": 1_000_000, "ms": 1_000, "us": 1}
_MAX_COUNT = 1 << 62


def parts(reader: Reader, lines: Lines) -> Iterator[Part]:
    """What is kept of each batch. Raises LogError as the slow reader does."""
    with parquet.begun(lines, reader.question.mapping) as table:
        if table is None:
            return
        rows = _Rows(reader, table)
        for group in range(table.groups):
            yield from rows.parts(lines, group) if rows.fits else reader.parts_of(table.entries(lines, group))
            if lines.trouble:
                break
        table.finish(lines)


class _Rows:
    """Reads groups of rows of one file."""

    def __init__(self, reader: Reader, table: parquet.Table) -> None:
        self._reader, self._table = reader, table
        mapping = reader.question.mapping
        holder = mapping.data
        schema = table.table.schema_arrow
        self._leaves: list[tuple[int, int | None, str, Any]] = []
        columns: list[tuple[bool, str, str]] = []
        paths = []
        for at, (inner, name, _) in enumerate(table.columns):
            kind = schema.field(at).type
            if holder and name == holder and not inner and _kind(kind) == "" and str(kind).startswith("struct"):
                for child in range(kind.num_fields):
                    field = kind.field(child)
                    self._leaves.append((at, child, _kind(field.type), field.type))
                    columns.append((True, field.name, _kind(field.type)))
                    paths.append(f"{name}.{field.name}")
            else:
                self._leaves.append((at, None, _kind(kind), kind))
                paths.append(schema.names[at])
                # what stands for the data and is no object has something to be said about it
                columns.append((inner, name, "" if name == holder and not inner else _kind(kind)))
        shape = Shape(columns, mapping.paths())
        self._rows = Table(reader.question, reader.codes, shape, texts=False)
        self.fits = self._rows.fits
        # each text once, but for ids, of which each is another
        own = shape.roles["id"].attribute if "id" in shape.roles else ""
        texts = [path for at, path in enumerate(paths) if str(at) != own and _is_text(self._leaves[at][3])]
        self._quick = _quick(table, texts) if self.fits else None

    def parts(self, lines: Lines, group: int) -> Iterator[Part]:
        """What is kept of a group of rows."""
        begun = lines.count
        batches = self._table.batches(group, _BATCH, self._quick)
        while True:
            first = lines.count + 1
            part = None
            try:
                batch = next(batches, None)
                if batch is None:
                    self._table.end(lines, group, lines.count - begun)
                    return
                if (columns := self._columns(batch)) is not None:
                    part = self._part(lines.name, first, batch, columns)
            except self._table.wrong:
                part = None
            if part is None:
                yield from self._reader.parts_of(self._table.entries(lines, group, lines.count - begun))
                return
            lines.count += len(part.rows.lines) + len(part.rejected)
            yield part

    def _part(self, name: str, first: int, batch: Any, columns: "dict[str, Leaf]") -> Part:
        count = batch.num_rows
        part = Part(first, 0, 0, None)  # type: ignore[arg-type]
        good = np.ones(count, np.bool_)
        for column in columns.values():
            column.exclude(good)
        rows = self._rows.rows(np.arange(first, first + count), columns, good, part)
        if len(rows.lines) == count:
            return self._reader.put(part, [rows], ())
        odd = np.ones(count, np.bool_)
        odd[rows.lines - first] = False
        return self._reader.put(part, [rows], self._table.entries_of(name, batch, first, np.flatnonzero(odd).tolist()))

    def _columns(self, batch: Any) -> "dict[str, Leaf] | None":
        """The columns of a batch; None where codes say no value."""
        found: dict[str, Leaf] = {}
        structs: dict[int, Any] = {}
        for number, (at, child, kind, declared) in enumerate(self._leaves):
            array = batch.column(at)
            if child is not None:
                if at not in structs:
                    structs[at] = array.flatten()
                array = structs[at][child]
            if hasattr(array, "indices") and len(array):
                codes = array.indices
                low, high = _bounds(codes)
                if low < 0 or high >= len(array.dictionary):
                    return None
            found[str(number)] = Leaf(array, kind, declared)
        return found


def _quick(table: parquet.Table, texts: list[str]) -> Any:
    """The same file, these texts as codes."""
    from pyarrow.parquet import ParquetFile

    return ParquetFile(
        table.file, metadata=table.table.metadata, read_dictionary=texts, pre_buffer=False,
        page_checksum_verification=True,
    )  # fmt: skip


def _bounds(codes: Any) -> tuple[int, int]:
    """The least and the greatest code that is not null."""
    found = _compute().min_max(codes).as_py()
    return (0, -1) if found["min"] is None else (found["min"], found["max"])


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind))


def _kind(kind: Any) -> str:
    """The kind of a column's values, as layouts have it; empty where it is for the slow reader."""
    from pyarrow import types

    if types.is_dictionary(kind):
        kind = kind.value_type
        return "s" if types.is_string(kind) or types.is_large_string(kind) else ""
    if types.is_string(kind) or types.is_large_string(kind) or types.is_timestamp(kind) or types.is_date(kind):
        return "s"
    if types.is_integer(kind):
        return "i"
    if types.is_boolean(kind):
        return "b"
    if types.is_float32(kind) or types.is_float64(kind) or types.is_decimal128(kind):
        return "q"
    return "n" if types.is_null(kind) else ""


class Leaf:
    """The values of one column of a batch."""

    def __init__(self, array: Any, kind: str, declared: Any) -> None:
        self._array, self._kind, self._type = array, kind, declared
        self._valid: Mask | None = None
        self._clean: bool | None = None
        self._listed: list[str] | None = None
        self._encoded: tuple[Any, Sequence[Any]] | None = None
        self._instants: tuple[Whole, Mask] | None = None

    def _is_valid(self) -> Mask:
        if self._valid is None:
            if self._array.null_count:
                self._valid = self._array.is_valid().to_numpy(zero_copy_only=False)
            else:
                self._valid = np.ones(len(self._array), np.bool_)
        return self._valid

    @property
    def given(self) -> Mask:
        """Which rows have a value, be it an empty text."""
        return self._is_valid()

    @property
    def there(self) -> Mask:
        """Which rows have a value that is no empty text."""
        if self._kind != "s" or self._is_timestamp():
            return self._is_valid()
        if self._is_plain():
            lengths = _compute().binary_length(self._array)
            long: Mask = (lengths.fill_null(0) if lengths.null_count else lengths).to_numpy() > 0
            return long
        codes, values = self.encoded()
        some: Mask = np.array([value is not UNSET and value != "" for value in values], np.bool_)[codes]
        return some

    def _is_plain(self) -> bool:
        """Whether these are texts that are no codes."""
        return not hasattr(self._array, "dictionary") and self._is_clean()

    def exclude(self, good: Mask) -> None:
        """Strike out rows whose value is none of a log."""
        if self._kind in ("", "i", "b", "n"):
            return
        if self._is_timestamp():
            good &= self._in_time() | ~self._is_valid()
        elif self._kind == "s" and self._is_clean():
            return
        elif self._floating():
            good &= np.isfinite(self._numbers(0.0))
        else:
            codes, values = self._distinct()
            bad = np.array([type(v) is Bad or bool(out_of_bounds({"": v}, 3)) for v in values], np.bool_)
            if bad.any():
                good &= ~bad[codes]

    def _is_clean(self) -> bool:
        """Whether all values are texts of ASCII without NUL, looked at all at once."""
        if self._clean is None:
            array = self._array.dictionary if hasattr(self._array, "dictionary") else self._array
            self._clean = _is_text(array.type)
            if self._clean and (buffer := array.buffers()[2]) is not None:
                data = buffer.to_pybytes()
                self._clean = data.isascii() and b"\0" not in data
        return self._clean

    def _floating(self) -> bool:
        from pyarrow import types

        return bool(types.is_floating(self._type))

    def _is_timestamp(self) -> bool:
        from pyarrow import types

        return bool(types.is_timestamp(self._type))

    def _numbers(self, null: Any) -> Any:
        array = self._array.fill_null(null) if self._array.null_count else self._array
        return array.to_numpy(zero_copy_only=False)

    def _units(self) -> Whole:
        import pyarrow as pa

        array = self._array.cast(pa.int64())
        found: Whole = (array.fill_null(0) if array.null_count else array).to_numpy()
        return found

    def _in_time(self) -> Mask:
        count, unit = self._units(), self._type.unit
        if unit == "ns":
            return np.ones(len(count), np.bool_)  # 64 bits of them lie within the years 1 to 9999
        low, high = -(-MIN_INSTANT // _US[unit]), MAX_INSTANT // _US[unit]
        found: Mask = (count >= low) & (count <= high)
        return found

    def _distinct(self) -> tuple[Any, Sequence[Any]]:
        """Codes and values as they come out, `UNSET` first."""
        array = self._array
        if self._kind in ("", "n"):
            return self._is_valid().astype(np.int32), [UNSET, Bad("")]
        if not hasattr(array, "dictionary"):
            array = array.dictionary_encode()
        codes = array.indices
        held = array.dictionary
        taken: Values = values_of(held.type, _types(), 2)
        values = held.to_pylist() if self._is_clean() else taken(held)
        if held.null_count:
            values = [UNSET if value is None else value for value in values]
        if codes.null_count:
            codes = codes.fill_null(-1)
        return codes.to_numpy().astype(np.int64) + 1, [UNSET, *values]

    def encoded(self) -> tuple[Any, Sequence[Any]]:
        """Each row's value by its place among distinct ones."""
        if self._encoded is None:
            codes, values = self._distinct()
            if not self._is_clean():
                values = [UNSET if type(value) is Bad else value for value in values]
            self._encoded = codes, values
        return self._encoded

    def texts(self) -> list[str]:
        """The text of each, empty where there is none."""
        if self._is_plain():
            if self._listed is None:
                self._listed = (self._array.fill_null("") if self._array.null_count else self._array).to_pylist()
            return self._listed
        codes, values = self.encoded()
        texts = ["" if value is UNSET else value for value in values]
        return list(map(texts.__getitem__, codes.tolist()))

    def one(self, at: int) -> Any:
        """The value of one row."""
        value = values_of(self._array.type, _types(), 2)(self._array.slice(at, 1))[0]
        return UNSET if value is None or type(value) is Bad else value

    def instants(self) -> tuple[Whole, Mask]:
        """Whole microseconds; those that are texts, or open by a time zone, are not plain."""
        if self._instants is None:
            self._instants = self._read()
        return self._instants

    def _read(self) -> tuple[Whole, Mask]:
        count = len(self._array)
        if self._is_timestamp():
            if self._type.tz is None:
                return np.zeros(count, np.int64), np.zeros(count, np.bool_)
            units, unit, fits = self._units(), self._type.unit, self._is_valid() & self._in_time()
            if unit != "ns":
                return np.where(fits, units, 0) * _US[unit], fits
            us = units // 1_000
            return us, fits & (us * 1_000 == units)
        from checker.scan.instants import instants

        codes, values = self.encoded()
        if 2 * len(values) < len(codes):
            us, plain = instants(["" if value is UNSET else value for value in values])
            return us[codes], plain[codes]
        return instants(self.texts())

    def counts(self) -> tuple[Whole, Mask]:
        """Whole numbers."""
        numbers = self._numbers(0)
        fits = (numbers >= 0) & (numbers < _MAX_COUNT)
        return np.where(fits, numbers, 0).astype(np.int64), fits


def _types() -> Any:
    from pyarrow import types

    return types


def _compute() -> Any:
    from pyarrow import compute

    return compute
