"""From a block of JSON Lines to what is kept of it: in one step where a layout fits, else by the slow reader."""

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as Members
from typing import Any

import numpy as np

from checker.arrival import known_at
from checker.catalogue import Catalogue, Remark
from checker.columns import Wanted
from checker.event import Event, Record, Rejected
from checker.logs import jsonl
from checker.logs.opening import Block
from checker.mapping import Mapping
from checker.register import Register
from checker.scan.interning import Interned
from checker.scan.part import Part, Rows, joined

_BITS = (1 << 64) - 1
_ODD = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0xD6E8FEB86659FD93, 0xFF51AFD7ED558CCD)


class Unscannable(ValueError):
    """A record that columns cannot hold."""


class Question:
    """What is to be kept: of records of the wanted types the wanted fields, up to the end of observation."""

    def __init__(
        self,
        mapping: Mapping,
        catalogue: Catalogue,
        registers: Members[str, Register],
        wanted: Wanted,
        until: int | None,
        shown: bool,
    ) -> None:
        self.mapping, self.catalogue, self.registers = mapping, catalogue, registers
        self.wanted, self.until, self.shown = wanted, until, shown

    def wants(self, name: str) -> bool:
        """Whether records of this type become rows."""
        return self.wanted.types is None or name in self.wanted.types


class Codes:
    """The values met so far, by which records are told in codes."""

    def __init__(self, names: Sequence[str]) -> None:
        self.types, self.sources = Interned(), Interned()
        self.fields = {name: Interned() for name in names}


class Reader:
    """Reads blocks one after the other; what it learns of one serves the next."""

    def __init__(self, question: Question) -> None:
        self.question = question
        self.codes = Codes(question.wanted.fields)

    def part(self, name: str, block: Block, last: bool) -> Part:
        """What is kept of a block of the log of this name; `last` if the file ends with it and without a line feed."""
        lines: list[bytes | None]
        if block.data is None:
            lines, size = [None], 0
        else:
            lines, size = [*block.data.split(b"\n")], len(block.data)
            if block.data.endswith(b"\n"):
                lines.pop()
        part = Part(block.number, block.offset, size, None)  # type: ignore[arg-type]
        rows: list[Rows] = []
        slow: Sequence[int] = range(len(lines))
        rows.append(self._slowly(name, block.number, lines, slow, last, part))
        part.rows = joined(rows, self.question.wanted.fields)
        return part

    # ---- the slow way ----

    def _slowly(
        self, name: str, number: int, lines: Sequence[bytes | None], at: Sequence[int], last: bool, part: Part
    ) -> Rows:
        """The lines at these places, read as they are without columns."""
        entries = [(number + place, lines[place]) for place in at]
        table = _Table(self.question, self.codes, part)
        given = Given(name, entries, number + len(lines) - 1 if last else 0)
        for entry in jsonl.read(given, self.question.mapping):  # type: ignore[arg-type]
            if isinstance(entry, Rejected):
                part.rejected.append(entry)
            else:
                table.add(entry)
        return table.rows()


class Given:
    """Lines that are at hand, as `jsonl.read` takes them; `last` is the number of one that no line feed ends."""

    def __init__(self, name: str, entries: Sequence[tuple[int, bytes | None]], last: int = 0) -> None:
        self.name, self._entries, self._last = name, entries, last
        self.unterminated = False

    def __iter__(self) -> Iterator[tuple[int, bytes | None]]:
        for number, line in self._entries:
            self.unterminated = number == self._last
            yield number, line


class _Table:
    """Rows made of records one by one."""

    def __init__(self, question: Question, codes: Codes, part: Part) -> None:
        self._question, self._codes, self._part = question, codes, part
        self._plain: list[tuple[int, ...]] = []
        self._keys: list[int] = []
        self._chosen: list[int] = []
        self._authentic: list[bool] = []
        self._fields: list[tuple[Any, list[int]]] = [(code.code, []) for code in codes.fields.values()]

    def add(self, record: Record) -> None:
        question, codes, part = self._question, self._codes, self._part
        seq = -1 if record.seq is None else record.seq
        if seq >= 1 << 62:
            raise Unscannable("a sequence number of more than 62 bits")
        until = question.until
        if until is None or record.earliest <= until:
            events, remarks = question.catalogue.events([record], question.registers)
            part.remarks += remarks
            if question.wants(record.type):
                self.choose(events[0])
            if until is not None and (known := known_at(record)) > until:
                part.late += 1
                part.late_at = known if part.late_at is None else max(part.late_at, known)
            if question.shown and record.subject is not None:
                part.pairs.add((codes.sources.code(record.source), record.subject))
        self._plain.append(
            (record.location.line, record.earliest, record.latest, codes.types.code(record.type),
             codes.sources.code(record.source), seq)
        )  # fmt: skip
        self._keys.append(key_of(record))

    def choose(self, event: Event) -> None:
        self._chosen.append(len(self._plain))
        self._authentic.append(event.authentic)
        for name, (code, into) in zip(self._codes.fields, self._fields, strict=True):
            into.append(code(event.get(name)))

    def rows(self) -> Rows:
        plain = np.array(self._plain, np.int64).reshape(len(self._plain), 6).T
        names = self._codes.fields
        return Rows(
            plain[0], plain[1], plain[2], plain[3].astype(np.int32), plain[4].astype(np.int32), plain[5],
            np.array(self._keys, np.uint64), np.array(self._chosen, np.int64), np.array(self._authentic, np.bool_),
            {name: np.array(codes, np.int32) for name, (_, codes) in zip(names, self._fields, strict=True)},
        )  # fmt: skip


def key_of(record: Record) -> int:
    """The key of one record, as `keys_of` makes those of many."""
    if record.id is not None:
        return (hash(record.id) * _ODD[0] ^ hash(record.source or "") * _ODD[1]) & _BITS
    seq = -1 if record.seq is None else record.seq
    mixed = record.earliest * _ODD[2] ^ (record.latest - record.earliest) * _ODD[3] ^ seq * _ODD[4]
    return (mixed ^ hash(record.type) * _ODD[0] ^ hash(record.source or "") * _ODD[1]) & _BITS


def row_of(event: Event, codes: Codes) -> dict[str, int]:
    """The codes of the fields of an event."""
    return {name: interned.code(event.get(name)) for name, interned in codes.fields.items()}


__all__ = ["Codes", "Question", "Reader", "Remark", "Unscannable", "key_of", "row_of"]
