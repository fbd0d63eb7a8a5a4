"""The first records of logs as their members, before any mapping says what these are."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from jiter import from_json

from checker.errors import UsageError
from checker.limits import limit
from checker.location import Location
from checker.logs import delimited, files_of, format_of, jsonl, named, parquet, xes
from checker.logs.opening import Lines, opened

NAMES = {jsonl.ENDINGS: "JSON Lines", delimited.ENDINGS: "CSV", parquet.ENDINGS: "Parquet", xes.ENDINGS: "XES"}


class Sample(NamedTuple):
    """Records as members in the order of their lines; `columns` are those of a table, in their order."""

    names: tuple[str, ...]
    format: str
    members: list[dict[str, Any]]
    unreadable: int
    columns: tuple[str, ...]
    whole: bool
    """Whether the logs hold no more."""

    @property
    def texts(self) -> bool:
        """Whether the format has no type but text."""
        return self.format == "CSV"


def sample(paths: Sequence[str], most: int) -> Sample:
    """At most so many records of the logs at these paths, from the beginning of each.

    Raises UsageError where that cannot be, LogError where a log cannot be read at all.
    """
    files = files_of(paths)
    if "-" in files:
        raise UsageError("standard input cannot be sampled", "name a file")
    found: list[dict[str, Any]] = []
    formats: list[str] = []
    columns: dict[str, None] = {}
    unreadable, whole, names = 0, True, []
    for place, path in enumerate(files):
        share = (most - len(found)) // (len(files) - place)
        known, ending = format_of(path)
        name = named(path)
        names.append(name)
        formats.append(NAMES[known.ENDINGS])
        with opened(path, name, ending) as lines:
            entries = _entries(lines, formats[-1], columns)
            taken = list(islice(entries, share))
            whole = whole and next(entries, None) is None
        found += [one for one in taken if one is not None]
        unreadable += taken.count(None)
    if len(set(formats)) > 1:
        raise UsageError(f"the logs are of several formats: {', '.join(sorted(set(formats)))}", "map one at a time")
    return Sample(tuple(names), formats[0], found, unreadable, tuple(columns), whole)


def _entries(lines: Lines, format: str, columns: dict[str, None]) -> Iterator[dict[str, Any] | None]:
    if format == "JSON Lines":
        return _objects(lines)
    if format == "CSV":
        return _rows(lines, columns)
    if format == "XES":
        return (members if isinstance(members, dict) else None for _, members in xes.events(lines))
    return _parquet(lines, columns)


def _objects(lines: Lines) -> Iterator[dict[str, Any] | None]:
    for _, line in lines:
        if line is None:
            yield None
        elif line.strip():
            try:
                members = from_json(line, catch_duplicate_keys=True, allow_inf_nan=False, float_mode="decimal")
            except ValueError:
                members = None
            yield members if isinstance(members, dict) else None


def _rows(lines: Lines, columns: dict[str, None]) -> Iterator[dict[str, Any] | None]:
    header: list[str] | None = None
    for number, line in lines:
        if line is not None and not line.strip():
            continue
        try:
            cells = [] if line is None else delimited.cells_of(line, limit("csv_columns"))
        except delimited.BadLine:
            cells = []
        if header is None:
            header = [cell.strip() for cell in cells]
            delimited.refuse_other_separators(Location(lines.name, number), header)
            columns.update(dict.fromkeys(header))
        elif len(cells) == len(header):
            yield {name: cell for name, cell in zip(header, cells, strict=True) if cell}
        else:
            yield None


def _parquet(lines: Lines, columns: dict[str, None]) -> Iterator[dict[str, Any] | None]:
    for row in parquet.members(lines):
        columns.update(dict.fromkeys(row or {}))
        yield row
