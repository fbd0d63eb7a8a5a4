"""CSV: a header that names the members, then one record on each line, cells separated by commas."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol

from checker.errors import LogError, Problem, nearest
from checker.event import Record, Rejected
from checker.legible import shown
from checker.limits import limit
from checker.location import Location
from checker.logs.envelope import acceptance
from checker.logs.opening import Lines

if TYPE_CHECKING:  # pydantic is slow to import and not needed to read a log
    from checker.mapping import Mapping

ENDINGS: tuple[str, ...] = (".csv",)
"""How the names of such files end, compression aside."""

MAGIC = b""
"""No bytes tell."""

# possessive: a cell of any length is read in one pass
_CELL = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"|([^",]*+)')


def begins(line: bytes) -> bool:
    """Whether a log whose first line is this one may be CSV: anything may, so this format is asked last."""
    return True


def read(lines: Lines, mapping: "Mapping") -> Iterator[Record | Rejected]:
    """Every record of the log and every line that is none, in the order of the lines.

    A quoted cell ends on its line: one bad quote costs one record, not the rest of the log.
    Raises LogError where the header cannot be used.
    """
    columns = header(lines, mapping)
    if columns is not None:
        yield from records(lines, columns, mapping)


def header(lines: Lines, mapping: "Mapping") -> list[tuple[bool, str]] | None:
    """The columns of a log, None where it is empty. Raises LogError where the header cannot be used."""
    lines.look()  # passes over blank lines
    first = next(iter(lines), None)
    return None if first is None else columns_of(Location(lines.name, first[0]), first[1], mapping)


class Numbered(Protocol):
    """Numbered lines of a log, as `Lines` gives them."""

    @property
    def name(self) -> str:
        """What messages call the log."""

    @property
    def unterminated(self) -> bool:
        """Whether no line feed ends the line that was given last."""

    def __iter__(self) -> Iterator[tuple[int, bytes | None]]:
        """Numbers and lines."""


def records(lines: Numbered, columns: list[tuple[bool, str]], mapping: "Mapping") -> Iterator[Record | Rejected]:
    """The same of lines that follow a header with these columns."""
    name = lines.name
    take = acceptance(mapping, texts=True)
    width = len(columns)

    for number, line in lines:
        if not line:
            if line is None:
                yield Rejected(Location(name, number), f"longer than {limit('line_bytes')} bytes")
            continue
        try:
            cells = cells_of(line, width)
        except BadLine as bad:
            yield Rejected(Location(name, number, bad.column), str(bad))
            continue
        if not cells:
            continue
        if len(cells) != width:
            yield Rejected(Location(name, number), _ragged(len(cells), width, lines.unterminated))
            continue
        members: dict[str, Any] = {}
        data: dict[str, Any] = {}
        for (inner, column), cell in zip(columns, cells, strict=True):
            if cell:
                (data if inner else members)[column] = cell
        if data:
            members[mapping.data] = data
        yield take(Location(name, number), members)


class BadLine(Exception):
    """A line that is no row of cells: the reason, and the column in characters."""

    def __init__(self, reason: str, column: int) -> None:
        super().__init__(reason)
        self.column = column


def cells_of(line: bytes, width: int) -> list[str]:
    """The cells of a line, not many more than `width`; none of a blank line. Raises BadLine."""
    if not line.strip():
        return []
    try:
        text = line.decode()
    except UnicodeDecodeError as error:
        column = len(line[: error.start].decode()) + 1
        raise BadLine(f"byte {error.start + 1} of the line is not UTF-8", column) from None
    if "\0" in text:
        raise BadLine("a NUL byte inside the line", text.index("\0") + 1)
    text = text.removesuffix("\r")
    if '"' not in text:
        return text.split(",", width)
    cells = []
    at = 0
    while True:
        cell = _CELL.match(text, at)
        end = cell.end() if cell else at
        if end < len(text) and text[end] != ",":
            raise BadLine(*_bad_quote(text, at, end))
        quoted, plain = cell.groups() if cell else (None, "")
        cells.append(plain if quoted is None else quoted.replace('""', '"'))
        if end == len(text) or len(cells) > width:
            return cells
        at = end + 1


def _bad_quote(text: str, at: int, end: int) -> tuple[str, int]:
    if text[at] != '"':
        return "a quote inside a cell that does not begin with one", end + 1
    if end == at:
        return "a quoted cell that does not end on its line", at + 1
    return "something follows the closing quote of a cell", end + 1


def _ragged(found: int, width: int, last: bool) -> str:
    if found > width:
        return f"more cells than the {width} of the header"
    where = "the file ends inside the record: " if last else ""
    return f"{where}{found} of the {width} cells of the header"


def refuse_other_separators(at: Location, header: list[str]) -> None:
    """Raise LogError where a header of one cell looks like several that something else separates."""
    mark = next((mark for mark in ";\t|" if mark in header[0]), "") if len(header) == 1 else ""
    if mark:
        told = "a tab" if mark == "\t" else f"'{mark}'"
        text = f"fields are separated by commas here; this header looks separated by {told}"
        raise LogError([Problem(at, text, "export it with commas; docs/mappings.md shows how to rewrite it with them")])


def columns_of(at: Location, line: bytes | None, mapping: "Mapping") -> list[tuple[bool, str]]:
    """What the cells of a row are: whether a member of the data object, and the name. Raises LogError."""
    if line is None:
        raise LogError([Problem(at, f"the CSV header is longer than {limit('line_bytes')} bytes")])
    most = limit("csv_columns")
    try:
        header = [cell.strip() for cell in cells_of(line, most)]
    except BadLine as bad:
        raise LogError([Problem(at._replace(column=bad.column), f"the CSV header cannot be read: {bad}")]) from None
    if len(header) > most:
        raise LogError([Problem(at, f"the CSV header has more than {most} cells")])
    paths = mapping.paths()
    if header[0] not in (paths["time"], paths["type"]):
        refuse_other_separators(at, header)
    problems = [
        Problem(at, f"cell {index} of the CSV header is empty", "name every column")
        for index, name in enumerate(header, 1)
        if not name
    ]
    problems += [
        Problem(at, f"the CSV header names {shown(name)} {times} times", "name every column once")
        for name, times in Counter(header).items()
        if name and times > 1
    ]
    for new, part in ((new, part) for new, parts in mapping.join.items() for part in parts if part not in header):
        hint = nearest(part, filter(None, header))
        problems.append(Problem(at, f"the CSV header has no column {shown(part)} to make {shown(new)} of", hint))
    for role in ("time", "type") if mapping.type_of_all is None else ("time",):
        if paths[role] not in header and paths[role] not in mapping.join:
            hint = nearest(paths[role], filter(None, header))
            problems.append(
                Problem(at, f"the CSV header has no column {shown(paths[role])} for the {role} of the events", hint)
            )
    holder = paths["data"]
    if holder and holder in header:
        hint = f"give each field a column of its own: {holder}.<name>"
        problems.append(Problem(at, f"the cells of column {shown(holder)} cannot hold an object", hint))
    if problems:
        raise LogError(problems)
    prefix = f"{holder}."
    envelopes = frozenset(paths.values())
    return [
        (True, name.removeprefix(prefix))
        if len(name) > len(prefix) > 1 and name.startswith(prefix) and name not in envelopes
        else (False, name)
        for name in header
    ]
