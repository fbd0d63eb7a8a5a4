"""Texts in order that need not be held: written to a temporary file in sorted runs, and read back as one sequence."""

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple
from weakref import finalize

Key = tuple[Any, ...]
"""What texts of one section are ordered by: whole numbers and texts."""

_BUFFER = 1 << 16


class _Run(NamedTuple):
    """Where sorted texts lie in the file."""

    offset: int
    size: int


class Spool(Sequence[Any]):
    """Things that were written down as texts, section after section, each section in the order of its keys."""

    def __init__(self, made: Callable[[str], Any]) -> None:
        """`made` gives the thing that a text stands for."""
        import tempfile

        self._made = made
        self._sections: list[list[_Run]] = []
        self._count = 0
        self._file = file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this
        finalize(self, file.close)

    def begin(self) -> None:
        """Begin a section."""
        self._sections.append([])

    def add(self, texts: Iterable[tuple[Key, str]]) -> None:
        """Take more texts of the section, with their keys."""
        import msgspec

        encode = msgspec.msgpack.encode
        offset = end = self._file.seek(0, 2)
        for key, text in sorted(texts, key=itemgetter(0)):
            entry = encode((key, text))
            end += self._file.write(len(entry).to_bytes(4, "little")) + self._file.write(entry)
            self._count += 1
        if end > offset:
            self._sections[-1].append(_Run(offset, end - offset))

    def texts(self) -> Iterator[str]:
        """The texts in order."""
        for runs in self._sections:
            for _, text in heapq.merge(*map(self._entries, runs), key=itemgetter(0)):
                yield text

    def _entries(self, run: _Run) -> Iterator[tuple[Key, str]]:
        import msgspec

        decode = msgspec.msgpack.Decoder(tuple[tuple[Any, ...], str]).decode
        held, offset, end = b"", run.offset, run.offset + run.size
        at = 0
        while True:
            size = int.from_bytes(held[at : at + 4], "little")
            if len(held) < at + 4 or len(held) < at + 4 + size:
                if offset >= end:
                    return
                self._file.seek(offset)
                more = self._file.read(min(max(_BUFFER, size), end - offset))
                offset += len(more)
                held, at = held[at:] + more, 0
                continue
            yield decode(memoryview(held)[at + 4 : at + 4 + size])
            at += 4 + size

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Any]:
        return map(self._made, self.texts())

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return list(self)[at]
        if not -self._count <= at < self._count:
            raise IndexError(at)
        return self._made(next(islice(self.texts(), at % self._count, None)))
