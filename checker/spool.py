"""Texts in order that need not be held: written to a temporary file in sorted runs, and read back as one sequence."""

import heapq
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import Any, NamedTuple
from weakref import finalize

Key = tuple[Any, ...]
"""What texts of one section are ordered by: whole numbers and texts."""

Label = tuple[Any, ...]
"""What texts are chosen and counted by without reading them."""

_BUFFER = 1 << 16


class Streamed(Sequence[Any]):
    """Things that are come by one after the other; there may be more of them than can be held."""

    def __getitem__(self, at: Any) -> Any:
        count = len(self)
        if isinstance(at, slice):
            first, last, step = at.indices(count)
            if step < 0:
                return list(self)[at]
            return list(islice(self._since(first), 0, max(last - first, 0), step))
        if not -count <= at < count:
            raise IndexError(at)
        return next(self._since(at % count))

    def _since(self, first: int) -> Iterator[Any]:
        return islice(self, first, None)


class _Run(NamedTuple):
    """Where sorted texts of one label lie in the file."""

    label: Label
    offset: int
    size: int


class Spool(Streamed):
    """Things that were written down as texts, section after section, each section in the order of its keys."""

    def __init__(self, made: Callable[[str], Any]) -> None:
        """`made` gives the thing that a text stands for."""
        import tempfile

        self._made = made
        self._sections: list[list[_Run]] = []
        self.counts: Counter[Label] = Counter()
        """How many texts there are of each label."""
        self._file = file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this
        finalize(self, file.close)

    def begin(self) -> None:
        """Begin a section."""
        self._sections.append([])

    def add(self, texts: Iterable[tuple[Key, str]], label: Label = ()) -> None:
        """Take more texts of the section, in the order of their keys, which are given with them."""
        import msgspec

        encode = msgspec.msgpack.encode
        offset = end = self._file.seek(0, 2)
        for entry in map(encode, texts):
            end += self._file.write(len(entry).to_bytes(4, "little") + entry)
            self.counts[label] += 1
        if end > offset:
            self._sections[-1].append(_Run(label, offset, end - offset))

    def texts(self, chosen: Callable[[Label], bool] = lambda label: True) -> Iterator[str]:
        """The texts in order, of all labels that are chosen."""
        for runs in self._sections:
            for _, text in heapq.merge(*(self._entries(run) for run in runs if chosen(run.label)), key=itemgetter(0)):
                yield text

    def some(self, chosen: Callable[[Label], bool]) -> Iterator[Any]:
        """What the texts of the labels that are chosen stand for."""
        return map(self._made, self.texts(chosen))

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
        return self.counts.total()

    def __iter__(self) -> Iterator[Any]:
        return map(self._made, self.texts())

    def _since(self, first: int) -> Iterator[Any]:
        return map(self._made, islice(self.texts(), first, None))
