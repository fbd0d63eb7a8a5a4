"""Different records of one id: the first of them are told, all others counted."""

from bisect import insort
from collections.abc import Iterable
from typing import NamedTuple

from checker.event import Record, content_key
from checker.limits import limit
from checker.location import Location

MOST = limit("notices_alike")


class Pair(NamedTuple):
    """Two different records of one id and source, the one that comes first in a trace, and the next."""

    id: str
    first: Location
    other: Location


class SharedIds(NamedTuple):
    """The first pairs of which records share an id, by the order of the trace of the second one, and how many more."""

    pairs: list[Pair]
    more: int = 0


_Place = tuple[int, int, str, int, str, str, Location]
"""What puts a record in order (as traces are), and where it stands."""


def sharing(records: Iterable[Record]) -> SharedIds:
    """Of records in any order, of which none is the same as another. What is not told of them is not held."""
    first: dict[tuple[str, str], _Place] = {}
    others: list[tuple[_Place, str]] = []  # as many as are told, in order: all before them of their ids are among them
    count = 0
    for record in records:
        if record.id is None:
            continue
        source = record.source or ""
        seq = -1 if record.seq is None else record.seq
        place = (record.earliest, record.latest, source, seq, record.type, content_key(record), record.location)
        known = first.setdefault((source, record.id), place)
        if known is place:
            continue
        if place < known:
            first[source, record.id], place = place, known
        count += 1
        insort(others, (place, record.id))
        del others[MOST:]
    pairs = []
    for place, name in others:
        pairs.append(Pair(name, first[place[2], name][-1], place[-1]))
        first[place[2], name] = place
    return SharedIds(pairs, count - len(pairs))
