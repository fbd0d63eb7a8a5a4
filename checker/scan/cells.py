"""CSV, block by block: where cells begin and end is found for all lines at once, texts are made of few of them.

Lines with as many cells as the header has become columns; a cell in quotes is one if it holds no quote itself. All
other lines, and those with bytes that are no UTF-8 or NUL, are left to the slow reader.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from checker.columns import Mask, Whole
from checker.location import Location
from checker.logs import delimited
from checker.logs.opening import Block, Lines
from checker.scan.codes import ODD
from checker.scan.instants import LENGTHS, of_bytes
from checker.scan.part import Part
from checker.scan.plan import UNSET
from checker.scan.reader import Given, Reader
from checker.scan.table import Shape, Table

_PAD = bytes(32)  # around a block, so that words that begin in it can be read
_WORDS = 8  # of eight bytes: cells that are longer are taken one by one
_MANY = 8192  # distinct values of a column that are known at a time
_BITS = 14

_FIRST = np.array([(1 << 8 * n) - 1 for n in range(9)], np.uint64)
"""The first so many bytes of a word."""

_LENGTHS = np.arange(8 * _WORDS + 1)
_KEPT = [_FIRST[np.clip(_LENGTHS - 8 * at, 0, 8)] for at in range(_WORDS)]
"""Of each word of a cell, by the length of that: the bytes that belong to it."""
_FEEDS = [
    np.array([10 << 8 * (n - 8 * at) if n // 8 == at else 0 for n in _LENGTHS], np.uint64) for at in range(_WORDS)
]
"""The same: a line feed behind the cell."""

Columns = list[tuple[bool, str]]


def parts(reader: Reader, lines: Lines, size: int) -> Iterator[Part]:
    """What is kept of each block. Raises LogError where the header cannot be used."""
    table: _Cells | None = None
    for block in lines.blocks(size):
        if table is None:
            begun = _header(lines.name, block, reader)
            if begun is None:
                continue
            columns, block = begun
            table = _Cells(reader, lines.name, columns)
        if block.data != b"":
            yield table.part(block, lines.unterminated)


def _header(name: str, block: Block, reader: Reader) -> tuple[Columns, Block] | None:
    """The columns that the first line that is not blank names, and what follows it in its block."""
    at, begin, data = block.number, 0, block.data
    while data is not None:
        end = data.find(b"\n", begin)
        end = len(data) if end < 0 else end
        if begin == len(data):
            return None
        if data[begin:end].strip():
            columns = delimited.columns_of(Location(name, at), data[begin:end], reader.question.mapping)
            return columns, Block(at + 1, block.offset + end + 1, data[end + 1 :])
        at, begin = at + 1, min(end + 1, len(data))
    delimited.columns_of(Location(name, at), None, reader.question.mapping)
    return None


class _Cells:
    """Reads blocks of a log whose header is known."""

    def __init__(self, reader: Reader, name: str, columns: Columns) -> None:
        self._reader, self._name, self._columns = reader, name, columns
        shape = Shape([(*column, "s") for column in columns], reader.question.mapping.paths())
        self._table = Table(reader.question, reader.codes, shape, texts=True)
        self._known = [_Distinct() for _ in columns]

    def part(self, block: Block, last: bool) -> Part:
        """What is kept of a block; `last` if the file ends with it and without a line feed."""
        part = Part(block.number, block.offset, 0, None)  # type: ignore[arg-type]
        if block.data is None:
            given: Any = [(block.number, None)]
            return self._reader.put(part, [], self._slowly(given, 0))
        part.size = len(block.data)
        cut = _Cut(block.data, len(self._columns))
        made = []
        left = np.arange(len(cut.ends))
        if self._table.fits and len(cut.which):
            columns = {str(at): Cell(cut, at, known) for at, known in enumerate(self._known)}
            if cut.quoted:
                for column in columns.values():
                    column.find()  # what is wrong with quotes has to be known first
            lines = block.number + cut.which
            rows = self._table.rows(lines, columns, cut.good, part)
            made.append(rows)
            odd = np.ones(len(left), np.bool_)
            odd[rows.lines - block.number] = False
            left = np.flatnonzero(odd)
            for known in self._known:
                known.forget()
        entries = [(block.number + at, cut.line(at)) for at in left.tolist()]
        end = block.number + len(cut.ends) - 1
        return self._reader.put(part, made, self._slowly(entries, end if last else 0))

    def _slowly(self, entries: Sequence[tuple[int, bytes | None]], last: int) -> Any:
        return delimited.records(Given(self._name, entries, last), self._columns, self._reader.question.mapping)


class _Cut:
    """The lines of a block, and the cells of those that are regular."""

    def __init__(self, data: bytes, width: int) -> None:
        self.data = data
        self.buffer = np.frombuffer(b"".join((_PAD, data, _PAD)), np.uint8)
        self.words: Any = np.ndarray((len(self.buffer) - 7,), np.uint64, self.buffer, strides=(1,))
        inner = self.buffer[len(_PAD) : -len(_PAD)]
        feeds = inner == 10
        self.ends = np.flatnonzero(feeds)
        if not data.endswith(b"\n"):
            self.ends = np.append(self.ends, len(data))
        self._starts = np.concatenate(([0], self.ends[:-1] + 1))
        odd = np.zeros(len(self.ends), np.bool_)
        quotes = np.flatnonzero(inner == 34) if b'"' in data else None
        commas = np.flatnonzero(inner == 44)
        if quotes is not None:
            before = np.searchsorted(quotes, self._starts)
            odd |= (np.searchsorted(quotes, self.ends) - before) % 2 != 0
            line = np.searchsorted(self.ends, commas)
            commas = commas[(np.searchsorted(quotes, commas) - before[line]) % 2 == 0]
        if b"\0" in data:
            odd[np.searchsorted(self.ends, np.flatnonzero(inner == 0))] = True
        if not data.isascii():
            self._foreign(odd)
        if not odd.any() and len(commas) == (width - 1) * len(self.ends) > 0:
            square = commas.reshape(len(self.ends), width - 1)
            regular = (square[:, 0] >= self._starts) & (square[:, -1] < self.ends)
        else:
            regular = np.zeros(1, np.bool_)
        if not regular.all():
            first = np.searchsorted(commas, self._starts)
            counts = np.searchsorted(commas, self.ends) - first
            regular = ~odd & (counts == width - 1)
            regular &= width > 1
            square = commas[first[regular][:, None] + np.arange(width - 1)]
        self.which = np.flatnonzero(regular)
        """Which lines are regular, and which of these are good."""
        self.good = np.ones(len(self.which), np.bool_)
        self.quoted = quotes is not None
        self._commas, self._quotes = square, quotes

    def _foreign(self, odd: Mask) -> None:
        try:
            self.data.decode()
        except UnicodeDecodeError:
            for at in range(len(self.ends)):
                try:
                    self.line(at).decode()
                except UnicodeDecodeError:
                    odd[at] = True

    def line(self, at: int) -> bytes:
        """The bytes of a line."""
        return self.data[self._starts[at] : self.ends[at]]

    def cells(self, column: int) -> tuple[Whole, Whole]:
        """Where the cells of a column begin and end, in the buffer; what quotes forbid is no longer good."""
        commas, pad = self._commas, len(_PAD)
        starts = commas[:, column - 1] + (pad + 1) if column else self._starts[self.which] + pad
        if column < commas.shape[1]:
            ends = commas[:, column] + pad
        else:
            ends = self.ends[self.which] + pad
            ends -= (self.buffer[ends - 1] == 13) & (ends > starts)
        if self._quotes is not None:
            held = np.searchsorted(self._quotes, ends - pad) - np.searchsorted(self._quotes, starts - pad)
            quoted = held == 2
            quoted &= (self.buffer[starts] == 34) & (self.buffer[ends - 1] == 34)
            self.good &= quoted | (held == 0)
            starts, ends = starts + quoted, ends - quoted
        return starts, ends


class Cell:
    """The cells of one column of a block."""

    def __init__(self, cut: _Cut, column: int, known: "_Distinct") -> None:
        self._cut, self._column, self._known = cut, column, known
        self._found: tuple[Whole, Whole] | None = None
        self._encoded: tuple[Any, Sequence[Any]] | None = None
        self._instants: tuple[Whole, Mask] | None = None

    def find(self) -> tuple[Whole, Whole]:
        """Where the cells begin in the buffer, and how long they are."""
        if self._found is None:
            starts, ends = self._cut.cells(self._column)
            self._found = starts, ends - starts
        return self._found

    @property
    def there(self) -> Mask:
        """Which cells are not empty."""
        found: Mask = self.find()[1] > 0
        return found

    @property
    def given(self) -> Mask:
        """The same: an empty cell holds nothing."""
        return self.there

    def one(self, at: int) -> Any:
        """The text of one."""
        starts, lengths = self.find()
        start = int(starts[at]) - len(_PAD)
        return self._cut.data[start : start + int(lengths[at])].decode() or UNSET

    def _words(self, starts: Whole, lengths: Whole, more: int = 0) -> list[Any] | None:
        """Cells as so many words as the longest one needs, filled up with zeros; None if that is too much."""
        count = (int(lengths.max()) + more + 7) // 8
        if count > _WORDS:
            return None
        words, end = self._cut.words, len(self._cut.words) - 1
        found = []
        for at in range(count):
            spots = starts if not at else np.minimum(starts + 8 * at, end)
            found.append(words[spots] & _KEPT[at][lengths])
        return found

    def texts(self, at: Any = slice(None)) -> list[str]:
        """The text of each, or of some."""
        starts, lengths = (found[at] for found in self.find())
        words = self._words(starts, lengths, 1)
        if words is None:
            spots = zip((starts - len(_PAD)).tolist(), lengths.tolist(), strict=True)
            return [self._cut.data[start : start + length].decode() for start, length in spots]
        for place, word in enumerate(words):
            word |= _FEEDS[place][lengths]
        found = np.stack(words, axis=1).tobytes().replace(b"\0", b"").decode().split("\n")
        found.pop()
        return found

    def encoded(self) -> tuple[Any, Sequence[Any]]:
        """Each text's place among distinct ones."""
        if self._encoded is None:
            words = self._words(*self.find())
            found = None if words is None else self._known.codes(words, len(self.find()[0]), self.texts)
            if found is None:
                places: dict[Any, int] = {}
                codes = [places.setdefault(text or UNSET, len(places)) for text in self.texts()]
                self._encoded = np.array(codes, np.int64), list(places)
            else:
                self._encoded = found, self._known.values
        return self._encoded

    def instants(self) -> tuple[Whole, Mask]:
        """Instants of the plain form."""
        if self._instants is None:
            starts, lengths = self.find()
            us, plain = np.zeros(len(starts), np.int64), np.zeros(len(starts), np.bool_)
            longest = max(LENGTHS)
            counts = np.bincount(np.minimum(lengths, longest + 1), minlength=longest + 2)
            for length in LENGTHS:
                if counts[length]:
                    every = counts[length] == len(us)
                    at: Any = slice(None) if every else np.flatnonzero(lengths == length)
                    words = [self._cut.words[starts[at] + 8 * n] for n in range((length + 7) // 8)]
                    square = np.stack(words, axis=1).view(np.uint8)
                    us[at], plain[at] = of_bytes(square[:, :length], length)
            self._instants = us, plain
        return self._instants

    def counts(self) -> tuple[Whole, Mask]:
        """Whole numbers of up to 16 digits."""
        starts, lengths = self.find()
        low, fits = self._eight(starts + lengths, lengths)
        if lengths.max() > 8:
            high, also = self._eight(starts + lengths - 8, lengths - 8)
            low, fits = low + high * 100_000_000, fits & also
        return low, fits & (lengths > 0) & (lengths <= 16)

    def _eight(self, ends: Whole, lengths: Whole) -> tuple[Whole, Mask]:
        """The number that up to eight digits before a place are, all at once: neighbours, pairs, fours."""
        kept = _FIRST[8 - np.clip(lengths, 0, 8)]
        word = (self._cut.words[ends - 8] & ~kept) | (kept & np.uint64(0x3030303030303030))
        word ^= np.uint64(0x3030303030303030)
        beyond = (word + np.uint64(0x7676767676767676)) | word
        fits = (beyond & np.uint64(0x8080808080808080)) == 0
        word = word * np.uint64(10) + (word >> np.uint64(8))
        few = np.uint64(0x000000FF000000FF)
        pairs = (word & few) * np.uint64(0x000F424000000064)
        word = (pairs + ((word >> np.uint64(16)) & few) * np.uint64(0x0000271000000001)) >> np.uint64(32)
        return word.astype(np.int64), fits


class _Distinct:
    """Texts of a column, so that those that come again are known by their bytes (one may be there twice)."""

    def __init__(self) -> None:
        self._clear()

    def _clear(self) -> None:
        self.values: list[Any] = [UNSET]
        self._slots = np.full(1 << _BITS, -1, np.int32)
        self._words = np.zeros((_WORDS, _MANY), np.uint64)

    def forget(self) -> None:
        """Begin anew once there are too many."""
        if len(self.values) > _MANY // 2:
            self._clear()

    def codes(self, words: list[Any], count: int, texts: Callable[[Any], list[str]]) -> Any:
        """The place of each text among `values`; None where too many of them are new."""
        if not words:
            return np.zeros(count, np.int32)
        mixed = words[0]
        for word in words[1:]:
            mixed = (mixed ^ mixed >> np.uint64(29)) * np.uint64(ODD[1]) + word
        slots = ((mixed ^ mixed >> np.uint64(32)) * np.uint64(ODD[0])) >> np.uint64(64 - _BITS)
        codes = self._slots[slots]
        known = codes >= 0
        for at in range(_WORDS):
            if at < len(words) or self._words[at].any():
                known &= self._words[at][codes] == (words[at] if at < len(words) else 0)
        new = np.flatnonzero(~known)
        if len(new):
            _, first, inverse = np.unique(mixed[new], return_index=True, return_inverse=True)
            first = new[first]
            if len(self.values) + len(first) > _MANY or any((w[new] != w[first[inverse]]).any() for w in words):
                return None
            found = np.arange(len(self.values), len(self.values) + len(first), dtype=np.int32)
            self.values += [text or UNSET for text in texts(first)]
            for at, word in enumerate(words):
                self._words[at][found] = word[first]
            self._slots[slots[first]] = found
            codes[new] = found[inverse]
        return codes
