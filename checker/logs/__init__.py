"""Logs: from files of any known format, or from Python, to records and to reasons for what is none."""

import gc
import os
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Members
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol

from checker.errors import UsageError
from checker.event import Record, Rejected
from checker.legible import shown
from checker.location import Location
from checker.logs import delimited, jsonl, parquet, xes
from checker.logs.envelope import acceptance, plain
from checker.logs.naming import fitting, is_pattern
from checker.logs.opening import COMPRESSIONS, Lines, Readable, opened, standard_input
from checker.quick import dataclass
from checker.refused import MOST, Refused

if TYPE_CHECKING:  # pydantic is slow to import: only a caller that maps a log needs it here
    from checker.mapping import Mapping

__all__ = ["FORMATS", "Format", "Log", "files_of", "format_of", "from_dicts", "named", "read_log", "read_logs"]


class Format(Protocol):
    """A format of logs: a module that reads records from the lines of a file, or from the whole of it."""

    ENDINGS: tuple[str, ...]
    MAGIC: bytes
    """The first bytes of such a file; empty where no bytes tell."""

    def begins(self, line: bytes, /) -> bool:
        """Whether a log of this format may begin with this line (not blank; empty where the log is)."""

    def read(self, lines: Lines, mapping: "Mapping", /) -> Iterator[Record | Rejected]:
        """Every record and every line that is none, in their order. Raises LogError."""


FORMATS: tuple[Format, ...] = (jsonl, parquet, xes, delimited)
"""Every known format; the first that may begin so is taken for a log whose name does not tell."""


@dataclass(slots=True)
class Log:
    """What a log holds, in the order of its lines.

    `name` is its path as given, `digest` 'sha256:…' of its bytes as received (empty where there are none).
    """

    name: str
    digest: str = ""
    records: list[Record] = field(default_factory=list)
    rejected: list[Rejected] | Refused = field(default_factory=list)

    def _add(self, entries: Iterable[Record | Rejected]) -> None:
        record = self.records.append
        refused: list[Rejected] = []
        # records are no cycles, and to look for some among them, over and over, takes a third of the time
        collecting = gc.isenabled()
        gc.disable()
        try:
            for entry in entries:
                if isinstance(entry, Record):
                    record(entry)
                    continue
                refused.append(entry)
                if len(refused) > MOST:
                    self._refuse(refused)
                    refused = []
        finally:
            if collecting:
                gc.enable()
        self._refuse(refused)

    def _refuse(self, more: list[Rejected]) -> None:
        """Take what could not be read; much of it lies in a file."""
        if isinstance(self.rejected, list) and len(self.rejected) + len(more) > MOST:
            held, self.rejected = self.rejected, Refused()
            self.rejected.extend(held)
        self.rejected.extend(more)


def read_log(
    source: str | os.PathLike[str] | Readable, mapping: "Mapping | None" = None, *, name: str | None = None
) -> Log:
    """Read a file, '-' for standard input, or a binary stream; gzip and zstd are expanded.

    Names' endings tell format and compression, else the first bytes do. `name` is what messages call the log.
    Raises LogError where it cannot be read at all.
    """
    if mapping is None:
        mapping = _standard()
    if not isinstance(source, str | os.PathLike):
        given = getattr(source, "name", None)
        name = name or (given if isinstance(given, str) else "stream")
        known, ending = _named(name)
        return _read(Lines(name, source, ending), known, mapping)
    path = os.fspath(source)
    if path == "-":
        return _read(Lines(name or path, standard_input()), None, mapping)
    known, ending = _named(path)
    with opened(path, name or named(path), ending) as lines:
        return _read(lines, known, mapping)


def named(path: str) -> str:
    """What messages call the log at a path."""
    # a name of no readable characters must not stop a report from being written
    return path.replace(os.sep, "/").encode(errors="surrogateescape").decode(errors="replace")


def files_of(sources: Sequence[str | os.PathLike[str]]) -> list[str]:
    """The files that paths and patterns stand for, in their order. Raises UsageError for a pattern that fits none.

    Raises LogError for a folder that a pattern leads through and that cannot be listed.
    """
    return [path for source in sources for path in _files(os.fspath(source))]


def format_of(path: str) -> tuple[Format, str | None]:
    """The format of the regular file at a path, and its compression if the name tells. Raises LogError."""
    known, ending = _named(path)
    if known is None:
        with opened(path, named(path), ending) as lines:
            known = _begun(lines)
    return known, ending


def read_logs(sources: Sequence[str | os.PathLike[str]], mapping: "Mapping | None" = None) -> list[Log]:
    """Read several logs, in their order; a pattern as `logs/*.jsonl` or `logs/**/*.gz` stands for the files it fits.

    Raises UsageError where '-' is given twice or a pattern fits nothing, LogError as `read_log`.
    """
    if [os.fspath(source) for source in sources].count("-") > 1:
        raise UsageError("standard input is given twice", "'-' can be read once only")
    return [read_log(path, mapping) for path in files_of(sources)]


def _files(path: str) -> list[str]:
    """The files that a pattern fits, by name; the path itself where it is no pattern, or the name of a file."""
    if not is_pattern(path):
        return [path]
    found = fitting(path)
    if not found:
        raise UsageError(
            f"no file fits the pattern {shown(path)}", "* and ? stand for anything within a name, ** for folders"
        )
    return found


def from_dicts(records: Iterable[Members[str, Any]], name: str = "events", mapping: "Mapping | None" = None) -> Log:
    """A log of entries that Python holds; line numbers are places in the iterable, from 1. The entries are copied.

    Floats are taken as the shortest decimal that names them, dates and datetimes as their ISO texts.
    """
    take = acceptance(_standard() if mapping is None else mapping)

    def entries() -> Iterator[Record | Rejected]:
        for number, members in enumerate(records, 1):
            at = Location(name, number)
            try:
                copied = plain(members)
            except ValueError as error:
                yield Rejected(at, str(error))
                continue
            yield take(at, copied) if isinstance(copied, dict) else Rejected(at, "a mapping is expected")

    log = Log(name)
    log._add(entries())
    return log


def _standard() -> "Mapping":
    from checker.mapping import Mapping

    return Mapping.model_construct()  # its defaults fit: there is nothing to validate


def _named(path: str) -> tuple[Format | None, str | None]:
    """The format and the compression that a name tells; None for what the content has to tell."""
    path = path.lower()
    compression = next((ending for ending in COMPRESSIONS if path.endswith(ending)), "")
    known = next((known for known in FORMATS if path.removesuffix(compression).endswith(known.ENDINGS)), None)
    return known, compression if compression or known else None


def _begun(lines: Lines) -> Format:
    """The format that the first bytes tell."""
    known = next((known for known in FORMATS if known.MAGIC and lines.begin(known.MAGIC)), None)
    if known is None:
        first = lines.look()
        known = next(known for known in FORMATS if known.begins(first))
    return known


def _read(lines: Lines, known: Format | None, mapping: "Mapping") -> Log:
    if known is None:
        known = _begun(lines)
    log = Log(lines.name)
    log._add(known.read(lines, mapping))
    if lines.trouble:
        reason = f"{lines.trouble}; nothing is known of what follows"
        log._refuse([Rejected(Location(lines.name, lines.count + 1), reason, many=lines.left)])
    log.digest = lines.digest
    return log
