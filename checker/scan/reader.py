"""From a block of JSON Lines to what is kept of it: in one step where a layout fits, else by the slow reader."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np

from checker.arrival import known_at
from checker.event import Event, Record, Rejected
from checker.logs import jsonl
from checker.logs.opening import Block
from checker.scan.codes import ODD, Codes, Question, Unscannable
from checker.scan.fast import Fast
from checker.scan.forms import Forms
from checker.scan.part import Part, Rows, joined

_SOME = 5_000
_BITS = (1 << 64) - 1


class Reader:
    """Reads blocks one after the other; what it learns of one serves the next."""

    def __init__(self, question: Question, codes: Codes | None = None) -> None:
        self.question = question
        self.codes = Codes(question.wanted.fields) if codes is None else codes
        self._forms = Forms(question, self.codes)
        self._fast = Fast(question, self.codes)

    def renew(self) -> None:
        """Begin anew with the codes of values."""
        self.codes.renew()
        self._fast.renew()

    def part(self, name: str, block: Block, last: bool) -> Part:
        """What is kept of a block of the log of this name; `last` if the file ends with it and without a line feed."""
        number, data = block.number, block.data
        part = Part(number, block.offset, 0 if data is None else len(data), None)  # type: ignore[arg-type]
        end = 0 if not last else number + (0 if data is None else data.count(b"\n"))
        rows: list[Rows] = []
        left: list[tuple[int, bytes | None]] = [(number, None)]
        if data is not None:
            rows, places, lines = self._forms.rows(number, data, part)
            if lines:
                data = b"\n".join([*lines, b""]) if rows else data
                decoded, slow = self._fast.rows(0, data, lines, part)
                if decoded is not None:
                    decoded.lines = number + np.array(places, np.int64)[decoded.lines]
                    rows.append(decoded)
                left = [(number + places[at], lines[at]) for at in slow]
            else:
                left = []
        if left or not rows:
            rows.append(self._slowly(name, left, end, part))
        part.rows = joined(rows, self.question.wanted.fields)
        return part

    # ---- the slow way ----

    def _slowly(self, name: str, lines: list[tuple[int, bytes | None]], last: int, part: Part) -> Rows:
        """Lines by their numbers; `last` is that of one that no line feed ends."""
        return self._rows(jsonl.read(Given(name, lines, last), self.question.mapping), part)  # type: ignore[arg-type]

    def parts_of(self, entries: Iterable[Record | Rejected]) -> Iterator[Part]:
        """What is kept of a log that another reader reads, so many records at a time.

        Raises Unscannable where two begin on one line: single records are read again by their line.
        """
        left, before = iter(entries), 0
        while some := list(islice(left, _SOME)):
            for entry in some:
                if entry.location.line <= before:
                    raise Unscannable("two records that begin on one line")
                before = entry.location.line
            part = Part(some[0].location.line or 1, 0, 0, None)  # type: ignore[arg-type]
            part.rows = self._rows(some, part)
            yield part

    def put(self, part: Part, made: list[Rows], entries: Iterable[Record | Rejected]) -> Part:
        """The part, with rows that were made and those of other entries."""
        rows = self._rows(entries, part)
        if len(rows.lines) or not made:
            made = [*made, rows]
        part.rows = joined(made, self.question.wanted.fields)
        return part

    def _rows(self, entries: Iterable[Record | Rejected], part: Part) -> Rows:
        table = _Table(self.question, self.codes, part)
        for entry in entries:
            if isinstance(entry, Rejected):
                part.rejected.append(entry)
            else:
                table.add(entry)
        return table.rows()


class Given:
    """Lines that are at hand, as `jsonl.read` takes them; `last` is the number of one that no line feed ends."""

    def __init__(self, name: str, entries: Iterable[tuple[int, bytes | None]], last: int = 0) -> None:
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
            part.remarks.take(remarks)
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
        return (hash(record.id) * ODD[0] ^ hash(record.source or "") * ODD[1]) & _BITS
    seq = -1 if record.seq is None else record.seq
    mixed = record.earliest * ODD[2] ^ (record.latest - record.earliest) * ODD[3] ^ seq * ODD[4]
    return (mixed ^ hash(record.type) * ODD[0] ^ hash(record.source or "") * ODD[1]) & _BITS


__all__ = ["Codes", "Question", "Reader", "key_of"]
