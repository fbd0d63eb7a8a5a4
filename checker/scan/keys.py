"""The keys of all records, by which those are found that share an id or may be the same."""

from collections.abc import Iterator
from typing import IO, NamedTuple

import numpy as np

from checker.columns import Code, Whole
from checker.scan.part import Hashes


class _Piece(NamedTuple):
    """Some records: where the first one stands, how many there are, and after which ones places are left out."""

    first: int
    many: int
    at: Code
    left_out: Code

    def places(self) -> Whole:
        """The place of each."""
        steps = np.ones(self.many, np.int64)
        steps[0] = self.first
        steps[self.at] += self.left_out
        found: Whole = np.cumsum(steps)
        return found


_RANGES = np.arange(1, 256, dtype=np.uint64) << np.uint64(56)
"""Where keys are parted, beside both ends."""


class Keys:
    """The keys of all records, and where each stands.

    If they are many, a temporary file keeps them, so many at a time: first as they came, then by size.
    """

    def __init__(self, at_once: int = 1_000_000) -> None:
        """`at_once` is how many keys are held in memory."""
        self._at_once = at_once
        self._held: list[Hashes] = []
        self._size = 0
        self._pieces: list[_Piece] = []
        self._file: IO[bytes] | None = None
        self._edges: list[Whole] = []
        """Of each time where in the file those of each range begin, and where the last ones end."""

    def add(self, keys: Hashes, places: Whole) -> None:
        """Take note of records in the order in which they were read."""
        if not len(keys):
            return
        steps = np.diff(places)
        at = np.flatnonzero(steps != 1)
        piece = _Piece(int(places[0]), len(places), (at + 1).astype(np.int32), (steps[at] - 1).astype(np.int32))
        self._pieces.append(piece)
        self._held.append(keys)
        self._size += len(keys)
        if self._size > self._at_once:
            self._store()

    def _store(self) -> None:
        if self._file is None:
            import tempfile

            self._file = tempfile.TemporaryFile()  # noqa: SIM115 - closed once nobody asks any more
        keys = np.concatenate(self._held)
        self._held, self._size = [], 0
        self._file.write(keys.tobytes())
        keys.sort()
        begin = self._file.tell() // keys.itemsize
        self._edges.append(begin + np.concatenate(([0], np.searchsorted(keys, _RANGES), [len(keys)])))
        self._file.write(keys.tobytes())

    def _stored(self, start: int, end: int) -> Hashes:
        if self._file is None:
            return np.zeros(0, np.uint64)
        self._file.seek(8 * start)
        return np.frombuffer(self._file.read(8 * (end - start)), np.uint64)

    def _each(self) -> Iterator[tuple[_Piece, Hashes]]:
        """All, as they came."""
        if self._file is None:
            yield from zip(self._pieces, self._held, strict=True)
        pieces = iter(self._pieces)
        for edges in self._edges:
            first, last = int(edges[0]), int(edges[-1])
            start = first - (last - first)
            while start < first:
                piece = next(pieces)
                yield piece, self._stored(start, start + piece.many)
                start += piece.many

    def _together(self) -> Iterator[Hashes]:
        """All, those that are equal together."""
        if self._file is None:
            yield np.concatenate(self._held) if self._held else np.zeros(0, np.uint64)
            return
        sizes = np.sum([np.diff(edges) for edges in self._edges], axis=0).tolist()
        first = 0
        while first < len(sizes):
            last, size = first + 1, sizes[first]
            while last < len(sizes) and size + sizes[last] <= self._at_once:
                size += sizes[last]
                last += 1
            yield np.concatenate([self._stored(int(edges[first]), int(edges[last])) for edges in self._edges])
            first = last

    def shared(self) -> tuple[Whole, Hashes]:
        """Places and keys of every record whose key is not its own, in the order of reading."""
        if self._file is not None and self._held:
            self._store()
        repeated = [np.zeros(0, np.uint64)]
        for keys in self._together():
            keys.sort()
            repeated.append(np.unique(keys[1:][keys[1:] == keys[:-1]]))
        every = np.concatenate(repeated)
        found: list[tuple[Whole, Hashes]] = [(np.zeros(0, np.int64), every[:0])]
        for piece, keys in self._each() if len(every) else ():
            at = np.searchsorted(every, keys)
            at[at == len(every)] = 0
            rows = np.flatnonzero(every[at] == keys)
            if len(rows):
                found.append((piece.places()[rows], keys[rows]))
        if self._file is not None:
            self._file.close()
        return np.concatenate([places for places, _ in found]), np.concatenate([keys for _, keys in found])
