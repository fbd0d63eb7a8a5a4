"""The second look: single records of a log that was scanned, read again as the slow reader makes them."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple
from weakref import finalize

import numpy as np

from checker.columns import Whole, log_and_line, place_of
from checker.errors import LogError, Problem
from checker.event import Record, Rejected
from checker.location import Location
from checker.logs import delimited, jsonl, parquet
from checker.logs.opening import opened
from checker.mapping import Mapping
from checker.scan.reader import Given

_STEP = 1 << 20
_MANY = 1 << 14


class Source(NamedTuple):
    """A log that was scanned; `starts`, `offsets` and `sizes` say where its blocks lie if it is not compressed."""

    path: str
    name: str
    ending: str | None
    known: Any
    """The format, a module of `checker.logs`."""
    starts: list[int]
    offsets: list[int]
    sizes: list[int]


class Noted:
    """Lines that are kept at hand, in a temporary file."""

    def __init__(self, sources: list[Source], places: Whole) -> None:
        """`places` are sorted; only what has lines is kept."""
        import tempfile

        self._file = file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this
        finalize(self, file.close)
        self._places = places
        self._ends = np.zeros(len(places) + 1, np.int64)
        at = end = 0
        for log, source in enumerate(sources):
            until = int(np.searchsorted(places, place_of(log + 1, 0)))
            if source.known in (jsonl, delimited):
                for _, line in _lines(source, _Numbers(places[at:until])):
                    end += file.write(line or b"")
                    at += 1
                    self._ends[at] = end
            self._ends[at + 1 : until + 1] = end
            at = until

    def lines(self, places: Sequence[int]) -> Iterator[tuple[int, bytes | None]] | None:
        """Of each place its line, with its number; None if not all of them are at hand."""
        at = np.searchsorted(self._places, places)
        if len(places) and (np.append(self._places, -1)[at] != places).any():
            return None
        return self._kept(places, self._ends[at].tolist(), self._ends[at + 1].tolist())

    def _kept(self, places: Sequence[int], starts: list[int], ends: list[int]) -> Iterator[tuple[int, bytes | None]]:
        for place, start, end in zip(places, starts, ends, strict=True):
            self._file.seek(start)
            yield log_and_line(place)[1], self._file.read(end - start)


class _Numbers:
    """The lines of places, of which there may be many, as often as they are asked for."""

    def __init__(self, places: Whole) -> None:
        self._places = places

    def __iter__(self) -> Iterator[int]:
        for start in range(0, len(self._places), _MANY):
            yield from (log_and_line(place)[1] for place in self._places[start : start + _MANY].tolist())


def records_at(
    sources: list[Source], mapping: Mapping, places: Iterable[int], noted: Noted | None = None
) -> dict[int, Record]:
    """The records at these places (see `place_of`). Raises LogError where there is none any more.

    Each log is passed once, however many they are, unless they are `noted`.
    """
    by_log: dict[int, set[int]] = {}
    for place in places:
        log, line = log_and_line(place)
        by_log.setdefault(log, set()).add(line)
    found = {}
    for log, wanted in sorted(by_log.items()):
        numbers = sorted(wanted)
        lines = None if noted is None else noted.lines([place_of(log, number) for number in numbers])
        for record in _of_log(sources[log], mapping, numbers, lines):
            found[place_of(log, record.location.line)] = record
    return found


def each_at(sources: list[Source], mapping: Mapping, places: Whole) -> Iterator[tuple[int, Record]]:
    """The records at these places, which are sorted, one after the other: none is held."""
    for log, source in enumerate(sources):
        these = places[slice(*np.searchsorted(places, (place_of(log, 0), place_of(log + 1, 0))))]
        for record in _of_log(source, mapping, _Numbers(these), None) if len(these) else ():
            yield place_of(log, record.location.line), record


def _of_log(
    source: Source, mapping: Mapping, numbers: Iterable[int], lines: Iterator[tuple[int, bytes | None]] | None
) -> Iterator[Record]:
    left = iter(numbers)
    for entry in _entries(source, mapping, numbers, lines):
        number = next(left)
        if not isinstance(entry, Record) or entry.location.line != number:
            raise changed_at(source.name, number)
        yield entry
    for number in left:
        raise changed_at(source.name, number)


def _entries(
    source: Source, mapping: Mapping, numbers: Iterable[int], lines: Iterator[tuple[int, bytes | None]] | None
) -> Iterator[Record | Rejected]:
    """What stands in these lines, in their order; less where there are fewer."""
    if source.known in (jsonl, delimited):
        given = Given(source.name, _lines(source, numbers) if lines is None else lines)
        if source.known is jsonl:
            yield from jsonl.read(given, mapping)  # type: ignore[arg-type]
            return
        with opened(source.path, source.name, source.ending) as file:
            columns = delimited.header(file, mapping)
        if columns is not None:
            yield from delimited.records(given, columns, mapping)
        return
    with opened(source.path, source.name, source.ending) as file:
        if source.known is parquet:
            with parquet.begun(file, mapping, again=True) as table:
                if table is not None:
                    yield from table.some(file, list(numbers))
            return
        wanted = iter(numbers)
        number = next(wanted, None)
        for entry in source.known.read(file, mapping):
            if number is None:
                return
            if entry.location.line == number:
                yield entry
                number = next(wanted, None)


def changed(sources: list[Source], place: int) -> LogError:
    """What to raise for a record that is not what it was."""
    log, line = log_and_line(place)
    return changed_at(sources[log].name, line)


def changed_at(name: str, line: int) -> LogError:
    """The same for a line of a log."""
    problem = Problem(Location(name, line), "the log changed while it was read", "check it when nobody writes to it")
    return LogError([problem])


def _lines(source: Source, numbers: Iterable[int]) -> Iterator[tuple[int, bytes | None]]:
    return _sought(source, numbers) if source.starts else _passed(source, numbers)


def _sought(source: Source, numbers: Iterable[int]) -> Iterator[tuple[int, bytes | None]]:
    try:
        with open(source.path, "rb") as file:
            at, lines = -1, [b""]
            for number in numbers:
                block = bisect_right(source.starts, number) - 1
                if block != at:
                    at = block
                    file.seek(source.offsets[block])
                    lines = file.read(source.sizes[block]).split(b"\n")
                place = number - source.starts[block]
                yield number, lines[place] if place < len(lines) else b""
    except OSError as error:
        problem = Problem(Location(source.name), f"the file cannot be read again ({error.strerror or error})")
        raise LogError([problem]) from None


def _passed(source: Source, numbers: Iterable[int]) -> Iterator[tuple[int, bytes | None]]:
    ahead = iter(numbers)
    number = next(ahead, None)
    with opened(source.path, source.name, source.ending) as read:
        for block in read.blocks(_STEP):
            if number is None:
                return
            if block.data is None or number > read.count:
                continue  # `count` is the number of the last line that was given
            lines = block.data.split(b"\n")
            while number is not None and number <= read.count:
                yield number, lines[number - block.number] if number >= block.number else b""
                number = next(ahead, None)
