"""The second look: single records of a log that was scanned, read again as the slow reader makes them."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from checker.errors import LogError, Problem
from checker.event import Record, Rejected
from checker.location import Location
from checker.logs import delimited, jsonl, parquet
from checker.logs.opening import opened
from checker.mapping import Mapping
from checker.scan.reader import Given

Place = tuple[int, int]
"""Log by place, line from 1."""

_STEP = 1 << 20


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


def records_at(sources: list[Source], mapping: Mapping, places: Iterable[Place]) -> dict[Place, Record]:
    """The records at these places. Raises LogError where there is none any more."""
    return dict(each_at(sources, mapping, places))


def each_at(sources: list[Source], mapping: Mapping, places: Iterable[Place]) -> Iterator[tuple[Place, Record]]:
    """The same one after the other, in the order of reading: each log is passed once, however many they are."""
    by_log: dict[int, set[int]] = {}
    for log, line in places:
        by_log.setdefault(log, set()).add(line)
    for log, wanted in sorted(by_log.items()):
        source = sources[log]
        numbers = sorted(wanted)
        left = iter(numbers)
        for entry in _entries(source, mapping, numbers):
            number = next(left)
            if not isinstance(entry, Record) or entry.location.line != number:
                raise changed(source.name, number)
            yield (log, number), entry
        for number in left:
            raise changed(source.name, number)


def _entries(source: Source, mapping: Mapping, numbers: list[int]) -> Iterator[Record | Rejected]:
    """What stands in these lines, in their order; less where there are fewer."""
    if source.known in (jsonl, delimited):
        lines = Given(source.name, _sought(source, numbers) if source.starts else _passed(source, numbers))
        if source.known is jsonl:
            yield from jsonl.read(lines, mapping)  # type: ignore[arg-type]
            return
        with opened(source.path, source.name, source.ending) as file:
            columns = delimited.header(file, mapping)
        if columns is not None:
            yield from delimited.records(lines, columns, mapping)
        return
    with opened(source.path, source.name, source.ending) as file:
        if source.known is parquet:
            with parquet.begun(file, mapping, again=True) as table:
                if table is not None:
                    yield from table.some(file, numbers)
            return
        wanted = iter(numbers)
        number = next(wanted, None)
        for entry in source.known.read(file, mapping):
            if number is None:
                return
            if entry.location.line == number:
                yield entry
                number = next(wanted, None)


def changed(name: str, line: int) -> LogError:
    """What to raise for a line that is not what it was."""
    problem = Problem(Location(name, line), "the log changed while it was read", "check it when nobody writes to it")
    return LogError([problem])


def _sought(source: Source, numbers: list[int]) -> Iterator[tuple[int, bytes | None]]:
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


def _passed(source: Source, numbers: list[int]) -> Iterator[tuple[int, bytes | None]]:
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
