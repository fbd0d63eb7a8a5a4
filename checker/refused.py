"""Records of a log that could not be read: few are held, more lie in a file, all of them in order."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from checker.bounds import INFINITY
from checker.event import Rejected
from checker.limits import limit
from checker.location import Location
from checker.spool import Streamed

MOST = limit("unreadable_held")
"""So many are held at most."""

_PIECE = 2_000
"""So many are written and read at once: there may be millions, of some twenty bytes each."""


class Refused(Streamed):
    """Takes what could not be read, in the order of the log."""

    def __init__(self) -> None:
        self._held: list[Rejected] = []
        self._names: dict[str, int] = {}
        self._pieces: list[tuple[int, int]] = []  # how many come before each, and where it begins in the file
        self._filed = 0
        self._file: Any = None

    def extend(self, more: Iterable[Rejected]) -> None:
        """Take what comes next."""
        self._held += more
        if len(self._held) <= MOST:
            return
        import tempfile
        from weakref import finalize

        if self._file is None:
            self._file = file = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as this
            finalize(self, file.close)
        end = self._file.seek(0, 2)
        for at in range(0, len(self._held), _PIECE):
            some = self._held[at : at + _PIECE]
            self._pieces.append((self._filed, end))
            end += self._file.write(written(some, self._names))
            self._filed += len(some)
        self._held = []

    def __len__(self) -> int:
        return self._filed + len(self._held)

    def __iter__(self) -> Iterator[Rejected]:
        return self._since(0)

    def _since(self, first: int) -> Iterator[Rejected]:
        names = list(self._names)
        begun = bisect_right(self._pieces, (first, INFINITY)) - 1 if first < self._filed else len(self._pieces)
        ends = [*(offset for _, offset in self._pieces[begun + 1 :]), None]
        for (before, offset), end in zip(self._pieces[begun:], ends, strict=False):
            self._file.seek(offset)
            piece = self._file.read(-1 if end is None else end - offset)
            yield from islice(read(piece, names), max(first - before, 0), None)
        yield from islice(self._held, max(first - self._filed, 0), None)


def written(some: Iterable[Rejected], names: dict[str, int]) -> bytes:
    """Some of them as bytes, with the logs by number; new ones are added."""
    import msgspec

    number = names.setdefault
    told = [
        (number(name, len(names)), line, column, one.reason, one.earliest, one.latest, one.many)
        for one in some
        for name, line, column in (one.location,)
    ]
    return msgspec.msgpack.encode(told)


def read(piece: bytes, names: list[str]) -> Iterator[Rejected]:
    """What `written` wrote."""
    import msgspec

    for name, line, column, *rest in msgspec.msgpack.decode(piece):
        yield Rejected(Location(names[name], line, column), *rest)
