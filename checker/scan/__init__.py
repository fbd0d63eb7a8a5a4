"""Logs too large to hold: one pass that keeps of each record what rules need, as columns, and a second look at some."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as Members
from dataclasses import dataclass, field
from typing import Any

from checker.alike import SharedIds
from checker.catalogue import Catalogue
from checker.columns import Head, Leap, Wanted, Whole
from checker.event import Record, Rejected
from checker.location import Location
from checker.logs import delimited, files_of, format_of, jsonl, named, parquet
from checker.logs.opening import Lines, opened
from checker.mapping import Mapping
from checker.refused import Refused
from checker.register import Register
from checker.scan import arrow, cells
from checker.scan.codes import Codes, Question, Unscannable
from checker.scan.merging import STRETCH, Merging
from checker.scan.part import Part
from checker.scan.reader import Reader
from checker.scan.remarks import Remarks
from checker.scan.second import Noted, Source, changed, records_at
from checker.scan.store import Store

__all__ = ["STRETCH", "NotScannable", "Scan", "scan"]

BLOCK = 1 << 22
"""Bytes of a log that are worked on at a time."""


class NotScannable(Exception):
    """A log that only the slow reader reads: no regular file, or with numbers beyond 62 bits."""


@dataclass
class Scan:
    """What one pass over the logs keeps.

    `store` holds the records of the wanted types that begin until the end of observation, each once. `first` and `last`
    bound all records (`sooner` is the latest that the first one may be, `later` the earliest that the last one may be),
    `exact` tells whether the times of all in the store are, `after` counts those that begin later, `late` those that
    became known later (`late_at` is when the last one did), `unknown` those of types that the catalogue does not know.
    `same_ids` are different records of one id and source, in the order of the trace, `leaps` by source and
    number. `named` are the types of which the store has records that name their asset, `unnamed` those of which it has
    others, if `subject` is wanted. `unnumbered` names sources with a record without a number; `shown` says of each
    source (None: of all) which assets its records are about, if that was asked.
    """

    heads: list[Head]
    rejected: list[Refused]
    store: Store
    first: int | None = None
    last: int | None = None
    sooner: int | None = None
    later: int | None = None
    exact: bool = True
    after: int = 0
    late: int = 0
    late_at: int | None = None
    remarks: Remarks = field(default_factory=Remarks)
    unknown: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    same_ids: SharedIds = field(default_factory=lambda: SharedIds([]))
    leaps: list[Leap] = field(default_factory=list)
    named: set[str] = field(default_factory=set)
    unnamed: set[str] = field(default_factory=set)
    unnumbered: set[str] = field(default_factory=set)
    source_names: set[str] = field(default_factory=set)
    shown: dict[str | None, set[str]] = field(default_factory=dict)
    _sources: list[Source] = field(default_factory=list)
    _mapping: Any = None
    _noted: Noted | None = None

    @property
    def seekable(self) -> bool:
        """Whether single records are read again without passing all that comes before them."""
        return all(source.starts for source in self._sources)

    def note(self, places: Whole) -> None:
        """Keep the lines at these places (sorted) at hand: they will be asked for again and again, some at a time."""
        self._noted = Noted(self._sources, places)

    def records(self, places: Iterable[int], times: tuple[Whole, Whole] | None = None) -> list[Record]:
        """The records at these places (see `place_of`), as the slow reader makes them.

        Raises LogError where one is not what it was, as far as `times`, the earliest and latest of each, tell.
        """
        wanted = list(places)
        found = records_at(self._sources, self._mapping, wanted, self._noted)
        records = [found[place] for place in wanted]
        if times is not None:
            for record, place, *told in zip(records, wanted, *(one.tolist() for one in times), strict=True):
                if told != [record.earliest, record.latest]:
                    raise changed(self._sources, place)
        return records


def scan(
    paths: Sequence[str],
    mapping: Mapping | None,
    catalogue: Catalogue,
    registers: Members[str, Register],
    wanted: Wanted,
    *,
    until: int | None = None,
    shown: bool = False,
    workers: int = 1,
    block: int = BLOCK,
    stretch: int = STRETCH,
    reached: Callable[[int], None] | None = None,
) -> Scan:
    """Read logs once; `until` is where observation ends, `shown` asks which assets are shown by whom.
    From two `workers` on, other processes read the blocks; so many rows as a `stretch` has are held in memory.
    `reached` is told now and then how many bytes were read.

    Raises NotScannable for what only the slow reader reads, and LogError and UsageError as that does.
    """
    if mapping is None:
        mapping = Mapping.model_construct()
    sources = []
    for path in files_of(paths):
        if path == "-":
            raise NotScannable("standard input is read once only")
        known, ending = format_of(path)
        sources.append(Source(path, named(path), ending, known, [], [], []))
    question = Question(mapping, catalogue, registers, wanted, until, shown)
    try:
        return _scanned(sources, question, workers, block, stretch, reached)
    except Unscannable as error:
        raise NotScannable(str(error)) from None


def _scanned(
    sources: list[Source],
    question: Question,
    workers: int,
    size: int,
    stretch: int,
    reached: Callable[[int], None] | None,
) -> Scan:
    codes = Codes(question.wanted.fields)
    # keys of records are hashes, which differ from process to process: either others make all of them, or none
    helpers = _helpers(question, codes, workers, stretch) if all(s.known is jsonl for s in sources) else None
    try:
        merging = Merging(question, codes, hashing=helpers is None, stretch=stretch)
        reader = Reader(question, codes)

        def renew() -> None:
            merging.put_aside()
            reader.renew()
            if helpers is not None:
                helpers.renew()

        heads: list[Head] = []
        rejected: list[Refused] = []
        before = 0

        def next_part(lines: Lines) -> None:
            if merging.full:
                renew()
            if reached is not None:
                reached(before + lines.size)

        for log, source in enumerate(sources):
            with opened(source.path, source.name, source.ending) as lines:
                parts: Iterable[Part]
                if source.known is delimited:
                    parts = cells.parts(reader, lines, size)
                elif source.known is parquet:
                    parts = arrow.parts(reader, lines)
                elif source.known is not jsonl:
                    parts = reader.parts_of(source.known.read(lines, question.mapping))
                else:
                    tasks = ((source.name, block, lines.unterminated) for block in lines.blocks(size))
                    parts = (reader.part(*task) for task in tasks) if helpers is None else helpers.parts(tasks)
                heads.append(_taken(log, source, lines, parts, merging, rejected, next_part))
                before += lines.size
    finally:
        if helpers is not None:
            helpers.close()
    return Scan(heads, rejected, **merging.finished(sources), _sources=sources, _mapping=question.mapping)


def _taken(
    log: int,
    source: Source,
    lines: Lines,
    parts: Iterable[Part],
    merging: Merging,
    rejected: list[Refused],
    next_part: Callable[[Lines], None],
) -> Head:
    """Add all parts of a log to what they come to; `next_part` is called after each."""
    refused = Refused()
    records = 0
    for part in parts:
        merging.add(log, part)
        refused.extend(part.rejected)
        records += len(part.rows.lines)
        source.starts.append(part.number)
        source.offsets.append(part.offset)
        source.sizes.append(part.size)
        next_part(lines)
    if lines.trouble:
        reason = f"{lines.trouble}; nothing is known of what follows"
        refused.extend([Rejected(Location(source.name, lines.count + 1), reason, many=lines.left)])
    if lines.compressed or source.known not in (jsonl, delimited):
        source.starts.clear()
    rejected.append(refused)
    return Head(source.name, lines.digest, records)


def _helpers(question: Question, codes: Codes, workers: int, stretch: int) -> Any:
    """Other processes to read blocks; None where there are none, or the question cannot be passed on to them."""
    if workers < 2:
        return None
    from checker.scan.passing import Unpassable
    from checker.scan.workers import Workers

    try:
        return Workers(question, codes, workers, stretch)
    except (Unpassable, OSError):
        return None
