"""Texts of a log as spans of its bytes: looked at by eight bytes at once, made only of those that are distinct."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from checker.columns import Mask, Whole
from checker.scan.codes import ODD
from checker.scan.instants import LENGTHS, of_bytes

PAD = bytes(32)  # around a block, so that words that begin in it can be read
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


class Spans(Protocol):
    """Where the texts of columns are in the bytes of a block."""

    data: bytes
    words: Any
    """Of each place of the bytes, with `PAD` before and behind them, the eight that begin there."""

    def cells(self, column: int, /) -> tuple[Whole, Whole]:
        """Where the texts of a column begin and end in what is padded."""


def words_of(buffer: Any) -> Any:
    """The eight bytes that begin at each place of the bytes, as whole numbers."""
    return np.ndarray((len(buffer) - 7,), np.uint64, buffer, strides=(1,))


class Cell:
    """The cells of one column of a block."""

    def __init__(self, spans: Spans, column: int, known: "Distinct") -> None:
        self._spans, self._column, self._known = spans, column, known
        self._found: tuple[Whole, Whole] | None = None
        self._encoded: tuple[Any, Sequence[Any]] | None = None
        self._instants: tuple[Whole, Mask] | None = None

    def find(self) -> tuple[Whole, Whole]:
        """Where the cells begin in the buffer, and how long they are."""
        if self._found is None:
            starts, ends = self._spans.cells(self._column)
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
        """What the text of one stands for."""
        starts, lengths = self.find()
        start = int(starts[at]) - len(PAD)
        return self._known.value(self._spans.data[start : start + int(lengths[at])].decode())

    def _words(self, starts: Whole, lengths: Whole, more: int = 0) -> list[Any] | None:
        """Cells as so many words as the longest one needs, filled up with zeros; None if that is too much."""
        count = (int(lengths.max()) + more + 7) // 8
        if count > _WORDS:
            return None
        words, end = self._spans.words, len(self._spans.words) - 1
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
            spots = zip((starts - len(PAD)).tolist(), lengths.tolist(), strict=True)
            return [self._spans.data[start : start + length].decode() for start, length in spots]
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
                value = self._known.value
                codes = [places.setdefault(value(text), len(places)) for text in self.texts()]
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
                    words = [self._spans.words[starts[at] + 8 * n] for n in range((length + 7) // 8)]
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
        word = (self._spans.words[ends - 8] & ~kept) | (kept & np.uint64(0x3030303030303030))
        word ^= np.uint64(0x3030303030303030)
        beyond = (word + np.uint64(0x7676767676767676)) | word
        fits = (beyond & np.uint64(0x8080808080808080)) == 0
        word = word * np.uint64(10) + (word >> np.uint64(8))
        few = np.uint64(0x000000FF000000FF)
        pairs = (word & few) * np.uint64(0x000F424000000064)
        word = (pairs + ((word >> np.uint64(16)) & few) * np.uint64(0x0000271000000001)) >> np.uint64(32)
        return word.astype(np.int64), fits


class Distinct:
    """Texts of a column, so that those that come again are known by their bytes (one may be there twice)."""

    def __init__(self, value: Callable[[str], Any]) -> None:
        """`value` is what a text stands for."""
        self.value = value
        self._clear()

    def _clear(self) -> None:
        self.values: list[Any] = [self.value("")]
        self._slots = np.full(1 << _BITS, -1, np.int32)
        self._words = np.zeros((_WORDS, _MANY), np.uint64)
        self._most = 0  # words of the longest one

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
        for at in range(max(len(words), self._most)):
            known &= self._words[at][codes] == (words[at] if at < len(words) else 0)
        new = np.flatnonzero(~known)
        if len(new):
            _, first, inverse = np.unique(mixed[new], return_index=True, return_inverse=True)
            first = new[first]
            if len(self.values) + len(first) > _MANY or any((w[new] != w[first[inverse]]).any() for w in words):
                return None
            found = np.arange(len(self.values), len(self.values) + len(first), dtype=np.int32)
            self.values += map(self.value, texts(first))
            self._most = max(self._most, len(words))
            for at, word in enumerate(words):
                self._words[at][found] = word[first]
            self._slots[slots[first]] = found
            codes[new] = found[inverse]
        return codes
