"""Parquet: one record in each row, typed columns; read with pyarrow, which is installed as an extra and imported late.

Columns have types, so a log is refused where they do not fit; a null is a member that is not there. Instants come as
the texts that other formats have, to the nanosecond, and are read by the same rules.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from checker.errors import LogError, Problem, nearest
from checker.event import Record, Rejected
from checker.legible import legible, shown
from checker.limits import limit
from checker.location import Location
from checker.logs.envelope import MAX_NESTING, acceptance
from checker.logs.opening import Lines
from checker.timeline import MAX_INSTANT, MIN_INSTANT, format_instant

if TYPE_CHECKING:  # pydantic is slow to import and not needed to read a log
    from checker.mapping import Mapping

ENDINGS: tuple[str, ...] = (".parquet", ".pq")
"""How the names of such files end."""

MAGIC = b"PAR1"
"""The first bytes of such files."""

BATCH = limit("parquet_batch")
"""Rows that are held as columns at a time."""

_UNITS = {"s": 1_000_000_000, "ms": 1_000_000, "us": 1_000, "ns": 1}


class Bad:
    """A value that has no place in a log, and why: it costs its record, not the log."""

    __slots__ = ("reason",)

    def __init__(self, reason: str) -> None:
        self.reason = reason


Values = Callable[[Any], list[Any]]
"""Makes an array of a type a list of values: texts, int, Decimal, bool, None, dict, list, or `Bad`."""

Column = tuple[bool, str, Values]
"""Whether a column is a member of the data object, its name, and how values come out."""


def begins(line: bytes) -> bool:
    """Whether a log whose first line is this one is Parquet: its first bytes tell that, no line does."""
    return False


def read(lines: Lines, mapping: "Mapping") -> Iterator[Record | Rejected]:
    """Every record of the log and every row that is none, in the order of the rows; the row is the line.

    Raises LogError where pyarrow is missing, the file is no Parquet, or a column has a type that does not fit.
    """
    with begun(lines, mapping) as table:
        if table is None:
            return
        for group in range(table.groups):
            yield from table.entries(lines, group)
            if lines.trouble:
                break
        table.finish(lines)


@contextmanager
def begun(lines: Lines, mapping: "Mapping", *, again: bool = False) -> Iterator["Table | None"]:
    """What a log holds, None where it is empty. `again`: it was read before, so that its digest is not needed.

    Raises LogError as `read`.
    """
    with _opened(lines, again) as found:
        if found is None:
            yield None
            return
        file, table, outdated, wrong = found
        columns = _columns(Location(lines.name), table.schema_arrow, outdated, mapping)
        yield Table(file, table, columns, mapping, wrong)


def members(lines: Lines) -> Iterator[dict[str, Any] | None]:
    """The rows as members, before any mapping says what these are; None for one that holds what no log can.

    Raises LogError as `read`.
    """
    from pyarrow import types

    with _opened(lines, False) as found:
        if found is None:
            return
        _, table, _, wrong = found
        try:
            columns = [(False, field.name, values_of(field.type, types, 2)) for field in table.schema_arrow]
            for batch in table.iter_batches(BATCH, use_threads=False):
                for row in _rows(batch, columns, ""):
                    yield None if isinstance(row, Bad) else row
        except TypeError as error:
            raise LogError([Problem(Location(lines.name), f"a column that no log can hold: {error}")]) from None
        except wrong as error:
            raise LogError([Problem(Location(lines.name), f"the Parquet data is damaged ({_said(error)})")]) from None


@contextmanager
def _opened(lines: Lines, again: bool) -> Iterator[tuple[Any, Any, list[str], tuple[type[Exception], ...]] | None]:
    """The file, as pyarrow has it, its columns of an outdated type, what reading may raise; None where it is empty."""
    at = Location(lines.name)
    try:
        import pyarrow as pa
        from pyarrow.parquet import ParquetFile
    except ImportError:
        hint = "pip install 'limited-use-checker[parquet]'"
        raise LogError([Problem(at, "reading Parquet needs pyarrow, which is not installed", hint)]) from None
    wrong = (pa.ArrowException, OSError, ValueError, OverflowError, MemoryError)
    with lines.whole(hashed=not again) as file:
        if not lines.size and not again:
            yield None
            return
        try:
            # nothing ahead and no threads: the file is a Python object; checksums are verified where pages have some
            table = ParquetFile(file, pre_buffer=False, page_checksum_verification=True)
            rows, _ = table.metadata.num_rows, table.schema_arrow
            leaves = [table.schema.column(number) for number in range(len(table.schema))]
        except wrong as error:
            raise LogError([Problem(at, f"not a readable Parquet file: {_said(error)}", lines.trouble)]) from None
        if rows > max(limit("parquet_rows"), lines.size) and not again:
            raise LogError([Problem(at, f"{rows} rows in {lines.size} bytes: no log is that regular")])
        yield file, table, [leaf.path for leaf in leaves if leaf.physical_type == "INT96"], wrong


class Table:
    """The groups of rows of a file."""

    def __init__(
        self, file: Any, table: Any, columns: list["Column"], mapping: "Mapping", wrong: tuple[type[Exception], ...]
    ) -> None:
        self.file, self.table, self.columns, self.wrong = file, table, columns, wrong
        """The file as it was opened, as pyarrow has it, what its columns are, and what reading it may raise."""
        self.rows: int = table.metadata.num_rows
        self.groups: int = table.metadata.num_row_groups
        self._holder = mapping.data
        self._take = acceptance(mapping)

    def entries(self, lines: Lines, group: int, skip: int = 0) -> Iterator[Record | Rejected]:
        """What the rows of a group are, but for the first ones; what is damaged costs what follows it."""
        batches = self.batches(group)
        begin = lines.count - skip
        while True:
            try:
                batch = next(batches, None)
                if batch is not None and skip:
                    ahead = min(skip, batch.num_rows)
                    skip, batch = skip - ahead, batch.slice(ahead)
                members = [] if batch is None else _rows(batch, self.columns, self._holder)
            except self.wrong as error:
                lines.trouble = f"the Parquet data is damaged ({_said(error)})"
                return
            if batch is None:
                self.end(lines, group, lines.count - begin)
                return
            for row in members:
                lines.count += 1
                yield self._entry(Location(lines.name, lines.count), row)

    def entries_of(self, name: str, batch: Any, first: int, at: Sequence[int]) -> list[Record | Rejected]:
        """What some rows of a batch are, whose first one is a line; raises what is `wrong`."""
        members = _rows(batch.take(list(at)), self.columns, self._holder)
        return [self._entry(Location(name, first + one), row) for one, row in zip(at, members, strict=True)]

    def some(self, lines: Lines, numbers: Sequence[int]) -> Iterator[Record | Rejected]:
        """What these rows are, by their numbers from 1; other groups are not read. Less where there are fewer."""
        end, at = 0, 0
        for group in range(self.groups):
            begin, end = end, end + self.size(group)
            if at == len(numbers) or numbers[at] > end:
                continue
            first = begin + 1
            try:
                for batch in self.batches(group):
                    mine = []
                    while at < len(numbers) and numbers[at] < first + batch.num_rows:
                        mine.append(numbers[at] - first)
                        at += 1
                    if mine:
                        yield from self.entries_of(lines.name, batch, first, mine)
                    first += batch.num_rows
            except self.wrong:
                return

    def _entry(self, place: Location, row: "dict[str, Any] | Bad") -> Record | Rejected:
        return Rejected(place, row.reason) if isinstance(row, Bad) else self._take(place, row)

    def batches(self, group: int, size: int = BATCH, table: Any = None) -> Iterator[Any]:
        """The rows of a group, so many at a time."""
        for batch in (table or self.table).iter_batches(size, row_groups=[group], use_threads=False):
            batch.validate()
            yield batch

    def size(self, group: int) -> int:
        """How many rows a group has by the file's own account."""
        found: int = self.table.metadata.row_group(group).num_rows
        return found

    def end(self, lines: Lines, group: int, found: int) -> None:
        """Tell where a group was not as long as it should: nobody knows which rows the following groups would hold."""
        if found != self.size(group):
            lines.trouble = self._amiss(lines)

    def _amiss(self, lines: Lines) -> str:
        return f"the Parquet file has {self.rows} rows by its own account, {lines.count} were found"

    def finish(self, lines: Lines) -> None:
        """Tell what is missing once all was read."""
        if lines.count != self.rows and not lines.trouble:
            lines.trouble = self._amiss(lines)
        lines.left = max(self.rows - lines.count, 1)


def _said(error: BaseException) -> str:
    return legible(" ".join(str(error).split()))[:200] or type(error).__name__


def _rows(batch: Any, columns: list["Column"], holder: str) -> list[dict[str, Any] | Bad]:
    """The rows of a batch as members; what is null is not there."""
    found: list[dict[str, Any] | Bad] = []
    taken = [(inner, name, values(batch.column(at))) for at, (inner, name, values) in enumerate(columns)]
    for at in range(batch.num_rows):
        members: dict[str, Any] = {}
        data: dict[str, Any] = {}
        bad = None
        for inner, name, values in taken:
            value = values[at]
            if value is None:
                continue
            if type(value) is Bad:
                bad = bad or Bad(f"{shown(name)}: {value.reason}")
            (data if inner else members)[name] = value
        if data:
            members[holder] = data
        found.append(bad or members)
    return found


# ---- columns ----


def _columns(at: Location, schema: Any, outdated: list[str], mapping: "Mapping") -> list["Column"]:
    """What the columns are: whether a member of the data object, the name, and how values come out. Raises LogError."""
    from pyarrow import types

    names = list(schema.names)
    problems = [
        Problem(at, f"a column has the name {shown(column)}", "give it one that can be written")
        for column in names
        if not column or "\0" in column
    ]
    problems += [
        Problem(at, f"{times} columns have the name {shown(column)}", "name every column once")
        for column, times in Counter(names).items()
        if column and times > 1
    ]
    problems += [
        Problem(at, f"no column {shown(part)} to make {shown(new)} of", nearest(part, filter(None, names)))
        for new, parts in mapping.join.items()
        for part in parts
        if _at(schema, part) is None
    ]
    paths = mapping.paths()
    for role in ("time", "type") if mapping.type_of_all is None else ("time",):
        if _at(schema, paths[role]) is None and paths[role] not in mapping.join:
            hint = nearest(paths[role], filter(None, names))
            problems.append(Problem(at, f"no column {shown(paths[role])} for the {role} of the events", hint))
    for role in ("time", "recorded_at", "received_at"):
        found = _at(schema, paths[role]) if paths[role] else None
        if found is None or not types.is_timestamp(found):
            continue
        if mapping.time_format is not None:
            message = f"column {shown(paths[role])} holds instants, the mapping says they are written as"
            problems.append(Problem(at, f"{message} {mapping.time_format!r}", "leave time_format out of the mapping"))
        elif found.tz is None and mapping.zone is None:
            hint = "say in the mapping which zone they are in, or write them in UTC"
            problems.append(Problem(at, f"column {shown(paths[role])} holds times without a zone", hint))
    problems += [
        Problem(at, f"column {shown(path)} is of the type INT96, whose times can mean several things", "use TIMESTAMP")
        for path in outdated
    ]
    prefix = f"{paths['data']}."
    envelopes = frozenset(paths.values())
    columns = []
    for field in schema:
        column = field.name
        inner = len(column) > len(prefix) > 1 and column.startswith(prefix) and column not in envelopes
        if inner and paths["data"] in names:
            hint = "give its fields in that column or in columns of their own"
            problems.append(Problem(at, f"column {shown(column)} stands beside column {shown(paths['data'])}", hint))
        try:
            columns.append((inner, column.removeprefix(prefix) if inner else column, values_of(field.type, types, 2)))
        except TypeError as error:
            hint = "make it a type that a log can hold, or leave the column out"
            problems.append(Problem(at, f"column {shown(column)}: {error}", hint))
    if problems:
        raise LogError(problems)
    return columns


def _at(schema: Any, path: str) -> Any:
    """The type of the member at a path; a name with dots in it comes first, as in records. None if there is none."""
    if path in schema.names:
        return next(field.type for field in schema if field.name == path)
    fields: Iterable[Any] = schema
    found = None
    for part in path.split("."):
        found = next((field.type for field in fields if field.name == part), None)
        if found is None:
            return None
        fields = [found.field(at) for at in range(found.num_fields)] if str(found).startswith("struct") else ()
    return found


# ---- values ----


def values_of(kind: Any, types: Any, depth: int) -> Values:
    """How values of a type come out. Raises TypeError for a type that no log can hold."""
    import pyarrow as pa

    if isinstance(kind, pa.BaseExtensionType):
        stored = values_of(kind.storage_type, types, depth)
        return lambda array: stored(array.storage)
    if types.is_dictionary(kind):
        plain = values_of(kind.value_type, types, depth)
        return lambda array: plain(array.dictionary_decode())
    if types.is_null(kind) or types.is_boolean(kind) or types.is_integer(kind) or types.is_decimal(kind):
        return _plain
    if types.is_string(kind) or types.is_large_string(kind) or types.is_string_view(kind):
        return _texts
    if types.is_floating(kind):
        return lambda array: [_number(text) for text in _floats(array, pa).cast(pa.string()).to_pylist()]
    if types.is_timestamp(kind):
        scale, ending = _UNITS[kind.unit], "" if kind.tz is None else "Z"
        return lambda array: [_instant(count, scale, ending) for count in array.cast(pa.int64()).to_pylist()]
    if types.is_date(kind):
        return lambda array: [_day(days) for days in array.cast(pa.date32()).cast(pa.int32()).to_pylist()]
    if types.is_nested(kind) and depth > MAX_NESTING:
        raise TypeError(f"nested deeper than {MAX_NESTING} levels")
    if types.is_struct(kind):
        return _structs(kind, types, depth)
    if types.is_map(kind):
        return _maps(kind, types, depth)
    if types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind):
        return _lists(values_of(kind.value_type, types, depth + 1))
    raise TypeError(f"a value of type {kind} has no place in a log")


def _plain(array: Any) -> list[Any]:
    found: list[Any] = array.to_pylist()
    return found


def _texts(array: Any) -> list[Any]:
    try:
        texts = array.to_pylist()
    except UnicodeDecodeError:
        texts = [_text(one) for one in array]
    return [Bad("a NUL character inside a text") if type(t) is str and "\0" in t else t for t in texts]


def _text(scalar: Any) -> Any:
    try:
        return scalar.as_py()
    except UnicodeDecodeError as error:
        return Bad(f"byte {error.start + 1} of the text is not UTF-8")


def _floats(array: Any, pa: Any) -> Any:
    # the shortest text that names a number is known for 32 and 64 bits only
    return array.cast(pa.float32()) if pa.types.is_float16(array.type) else array


def _number(text: str | None) -> Any:
    """The shortest decimal that names a floating number, as JSON would have it."""
    if text is None:
        return None
    number = Decimal(text)
    return number if number.is_finite() else Bad("NaN and Infinity are not numbers of a log")


def _instant(count: int | None, scale: int, ending: str) -> Any:
    """An instant as RFC 3339 text with all its digits."""
    if count is None:
        return None
    us, rest = divmod(count * scale, 1_000)
    if not MIN_INSTANT <= us <= MAX_INSTANT:
        return Bad("an instant outside the years 1 to 9999")
    text = format_instant(us).removesuffix("Z")
    if rest:
        whole, _, fraction = text.partition(".")
        text = f"{whole}.{fraction.ljust(6, '0')}{rest:03}"
    return text + ending


def _day(days: int | None) -> Any:
    from datetime import date

    if days is None:
        return None
    try:
        return date.fromordinal(days + 719_163).isoformat()
    except (ValueError, OverflowError):
        return Bad("a date outside the years 1 to 9999")


def _structs(kind: Any, types: Any, depth: int) -> Values:
    fields = [(kind.field(at).name, values_of(kind.field(at).type, types, depth + 1)) for at in range(kind.num_fields)]
    names = Counter(name for name, _ in fields)
    if any(times > 1 or not name or "\0" in name for name, times in names.items()):
        raise TypeError("members need names of their own")

    def values(array: Any) -> list[Any]:
        there = array.is_valid().to_pylist()
        columns = [(name, of(array.field(at))) for at, (name, of) in enumerate(fields)]
        return [
            _checked({n: v for n, column in columns if (v := column[row]) is not None}) if there[row] else None
            for row in range(len(array))
        ]

    return values


def _maps(kind: Any, types: Any, depth: int) -> Values:
    if not (types.is_string(kind.key_type) or types.is_large_string(kind.key_type)):
        raise TypeError(f"the names of members are texts, found {kind.key_type}")
    keys_of, items_of = _lists(_texts), _lists(values_of(kind.item_type, types, depth + 1))

    def values(array: Any) -> list[Any]:
        import pyarrow as pa

        valid = array.is_valid()
        offsets = array.offsets
        keys = keys_of(pa.ListArray.from_arrays(offsets, array.keys))
        items = items_of(pa.ListArray.from_arrays(offsets, array.items))
        return [_mapped(k, i) if there else None for there, k, i in zip(valid.to_pylist(), keys, items, strict=True)]

    return values


def _mapped(keys: Any, items: Any) -> Any:
    for one in (keys, items):
        if isinstance(one, Bad):
            return one
    if len(set(keys)) < len(keys):
        twice = next(key for key, times in Counter(keys).items() if times > 1)
        return Bad(f"the member {shown(twice)} is given twice")
    return {key: item for key, item in zip(keys, items, strict=True) if item is not None}


def _lists(of: Values) -> Values:
    def values(array: Any) -> list[Any]:
        inner = of(array.flatten())
        found: list[Any] = []
        at = 0
        for length in _lengths(array):
            if length is None:
                found.append(None)
                continue
            found.append(_checked(inner[at : at + length]))
            at += length
        return found

    return values


def _lengths(array: Any) -> list[Any]:
    import pyarrow as pa

    if pa.types.is_fixed_size_list(array.type):
        return [array.type.list_size if there else None for there in array.is_valid().to_pylist()]
    return _plain(array.value_lengths())


def _checked(value: Any) -> Any:
    """The list or object, or what is bad in it."""
    inner = value.values() if isinstance(value, dict) else value
    return next((one for one in inner if type(one) is Bad), value)
