"""Registers: lists of members that count from one date to another, with what else is written beside each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from decimal import Decimal

from checker.bounds import INFINITY, Number
from checker.event import UNKNOWN, Event, Gap, Scalar, Unknown
from checker.quick import dataclass

END_OF_TIME = 1 << 62
"""Beyond every instant that a record can name."""


@dataclass(frozen=True, slots=True)
class Place:
    """A shape on the ground: a point or polygons of rings, WGS 84 degrees as (longitude, latitude)."""

    point: tuple[Decimal, Decimal] | None = None
    polygons: tuple[tuple[tuple[tuple[Decimal, Decimal], ...], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a register: a member, counted in [start, end) whole microseconds UTC, and its attributes."""

    member: str
    start: Number = -INFINITY
    end: Number = INFINITY
    attributes: Mapping[str, Scalar] = field(default_factory=dict)
    place: Place | None = None

    def in_force(self, instant: int) -> bool:
        """Whether the entry counts at the instant: from its start on, no longer at its end."""
        return self.start <= instant < self.end


class Register:
    """Members by name; membership is always asked as of an instant."""

    def __init__(
        self,
        name: str,
        entries: Iterable[Entry],
        amended_by: str | None = None,
        open_from: int | None = None,
        unsettled: Sequence[tuple[int, int]] = (),
    ) -> None:
        self.name = name
        self.amended_by = amended_by
        self._open_from = open_from
        """From this instant on an amendment may be missing: who is listed is open."""
        self._unsettled = tuple(unsettled)
        """Between these instants an amendment came into force, and its record does not say when."""
        self._entries: dict[str, list[Entry]] = {}
        for entry in entries:
            self._entries.setdefault(entry.member, []).append(entry)

    @property
    def entries(self) -> list[Entry]:
        """Every entry, in the order given."""
        return [entry for entries in self._entries.values() for entry in entries]

    def changes(self) -> set[int]:
        """The instants at which who is listed, or what is known of it, may change."""
        edges: list[Number] = [e for entry in self.entries for e in (entry.start, entry.end)]
        edges += [] if self._open_from is None else [self._open_from]
        for since, until in self._unsettled:
            edges += [since, until]
        return {int(edge) for edge in edges if -END_OF_TIME < edge < END_OF_TIME}

    def has(self, member: object, earliest: int, latest: int) -> bool | None:
        """Whether the member is listed as of an instant in [earliest, latest]; None if that depends on which."""
        if isinstance(member, Unknown) or self.is_open(earliest, latest):
            return None
        entries = self._entries.get(member, ()) if isinstance(member, str) else ()
        first = any(entry.in_force(earliest) for entry in entries)
        if earliest == latest:
            return first
        edges = {e for entry in entries for e in (entry.start, entry.end) if earliest < e <= latest}
        if all(any(entry.in_force(int(edge)) for entry in entries) == first for edge in edges):
            return first
        return None

    def is_open(self, earliest: int, latest: int) -> bool:
        """Whether an amendment before an instant in [earliest, latest] may be missing, or may not be in force yet."""
        if self._open_from is not None and latest >= self._open_from:
            return True
        return any(since <= latest and earliest < until for since, until in self._unsettled)

    def attribute(self, member: object, name: str, instant: int) -> Scalar | Unknown:
        """What is written beside the member as of the instant; None where nothing is."""
        if isinstance(member, Unknown):
            return UNKNOWN
        if isinstance(member, str):
            for entry in self._entries.get(member, ()):
                if entry.in_force(instant) and name in entry.attributes:
                    return entry.attributes[name]
        return None

    def listed(self, instant: int) -> list[Entry]:
        """The entries in force at the instant, in the order given."""
        return [entry for entry in self.entries if entry.in_force(instant)]

    def listings(self, earliest: int, latest: int) -> list[list[Entry]]:
        """The entries in force at the instants of [earliest, latest]: one list, and one more for each change."""
        edges = {e for entry in self.entries for e in (entry.start, entry.end) if earliest < e <= latest}
        return [self.listed(int(at)) for at in (earliest, *sorted(edges))]

    def amended(self, events: Iterable[Event]) -> "Register":
        """The register after the amendments that the log itself records (events of type `amended_by`).

        An amendment names `register`, `entry`, `action` (add or remove) and optionally `valid_from`
        (else it counts from its own time).
        """
        if self.amended_by is None:
            return self
        entries = self.entries
        unsettled = list(self._unsettled)
        for event in events:
            named = event.get("register")
            ours = named == self.name or isinstance(named, Unknown)
            if event.type != self.amended_by or not ours or not event.authentic:
                continue
            member, action, given = (event.get(name) for name in ("entry", "action", "valid_from"))
            if any(isinstance(told, Unknown) for told in (named, member, action, given)):
                unsettled.append((event.earliest, END_OF_TIME))  # whom it lists, and whom no longer, is not known
                continue
            since = given if isinstance(given, int) else event.latest
            if not isinstance(given, int) and event.earliest < event.latest:
                unsettled.append((event.earliest, event.latest))
            if action == "add" and isinstance(member, str):
                entries.append(Entry(member, since))
            elif action == "remove":
                entries = [
                    replace(e, end=min(e.end, max(e.start, since))) if e.member == member else e for e in entries
                ]
        return Register(self.name, entries, self.amended_by, unsettled=unsettled)

    def opened(self, gaps: Iterable[Gap]) -> "Register":
        """The register as far as it is known where gaps may hide amendments of it."""
        starts = [gap.start for gap in gaps if self.amended_by is not None and self.amended_by not in gap.never]
        if not starts:
            return self
        return Register(self.name, self.entries, self.amended_by, min(starts), self._unsettled)

    def as_received(self) -> "Register":
        """The register as it is if no amendment is missing."""
        if self._open_from is None:
            return self
        return Register(self.name, self.entries, self.amended_by, unsettled=self._unsettled)
