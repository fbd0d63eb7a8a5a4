"""Records of a log that could not be read: few are held, more lie in a file, all of them in order."""

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from checker.bounds import INFINITY
from checker.event import Rejected
from checker.limits import limit
from checker.location import Location
from checker.spool import Spool

MOST = limit("unreadable_held")
"""So many are held at most."""


class Refused(Sequence[Rejected]):
    """Takes what could not be read, in the order of the log."""

    def __init__(self) -> None:
        self._held: list[Rejected] = []
        self._spool: Spool | None = None

    def extend(self, more: Iterable[Rejected]) -> None:
        """Take what comes next."""
        self._held += more
        if len(self._held) <= MOST:
            return
        if self._spool is None:
            self._spool = Spool(_read)
        self._spool.begin()
        self._spool.add(((at,), _text(one)) for at, one in enumerate(self._held))
        self._held = []

    def __iter__(self) -> Iterator[Rejected]:
        return chain(self._spool or (), self._held)

    def __len__(self) -> int:
        return len(self._spool or ()) + len(self._held)

    def __getitem__(self, at: Any) -> Any:
        return list(self)[at]


def _text(one: Rejected) -> str:
    many = None if one.many == INFINITY else one.many
    return json.dumps((*one.location, one.reason, one.earliest, one.latest, many))


def _read(text: str) -> Rejected:
    *place, reason, earliest, latest, many = json.loads(text)
    return Rejected(Location(*place), reason, earliest, latest, INFINITY if many is None else many)
