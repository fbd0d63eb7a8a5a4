"""A record as it was received, and the event it becomes once it is trusted."""

from dataclasses import field
from decimal import Decimal
from typing import Any, NamedTuple

from checker.bounds import Number
from checker.location import Location
from checker.quick import dataclass
from checker.timeline import format_instant

Scalar = str | int | Decimal | bool | None
"""A value that patterns compare: texts, whole and decimal numbers, flags. Instants are whole microseconds."""


class Unknown:
    """The type of `UNKNOWN`: a field that the record ought to carry and does not, or not readably."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = Unknown()


@dataclass(slots=True, eq=False)  # not frozen: that would make each of millions a third slower to build
class Record:
    """One raw entry of a log that could be read: its envelope, parsed, and everything else as received.

    `earliest` and `latest` are whole microseconds UTC, equal unless the time was written with reduced
    precision. `extra` holds top-level members that are no envelope field.
    """

    location: Location
    earliest: int
    latest: int
    type: str
    id: str | None = None
    source: str | None = None
    seq: int | None = None
    subject: str | None = None
    recorded_at: int | None = None
    received_at: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A record that could not be read, and why; the check goes on without it, and says so.

    `earliest` and `latest` are its time (µs) where that could be read, else None. `many`: how many records it stands
    for at most; of a file that broke off nobody knows how many were to follow.
    """

    location: Location
    reason: str
    earliest: int | None = None
    latest: int | None = None
    many: Number = 1


class Amended(NamedTuple):
    """A record as it reads after its corrections, and the events that corrected it."""

    record: Record
    by: tuple["Event", ...]


@dataclass(slots=True, eq=False)  # not frozen, as `Record`
class Event:
    """A trusted record: instant, type, subject and fields typed as the event catalogue declares.

    `values` holds every field that was given, by name; a required field that is missing is `UNKNOWN`.
    `authentic` is False for a record whose signature does not verify: it cannot discharge a duty.
    `record` is as received; `amended` tells how it was corrected, if it was.
    """

    record: Record
    earliest: int
    latest: int
    type: str
    subject: str | None
    values: dict[str, Any]
    authentic: bool = True
    amended: Amended | None = None
    hidden: "Gap | None" = None
    """The gap that hides it, for what may have been recorded and is missing: it may be of any type."""
    many: Number = 1
    """How many records at most it stands for; 1 for one that is there."""

    def is_of(self, types: frozenset[str]) -> bool | None:
        """Whether it is of one of these types; None for what a gap may hide."""
        if self.hidden is None:
            return self.type in types
        return None if types - self.hidden.never else False

    def get(self, name: str) -> Any:
        """The field of that name, following dots into mappings; None where absent, `UNKNOWN` where withheld."""
        value: Any = self.values.get(name)
        if self.hidden is not None:
            return UNKNOWN if value is None else value
        if value is not None:
            return value
        if name == "reference" and self.earliest == self.latest:
            return f"{self.type}@{format_instant(self.earliest)}"
        if "." in name:
            value = self.values
            for part in name.split("."):
                if not isinstance(value, dict):
                    return None
                value = value.get(part)
            return value
        return None


GAP = "gap"
UNREADABLE = "unreadable record"
WITHHELD = "withheld field"
REDUCED = "reduced precision"
ENDED = "end of observation"
"""Why something is not known, as findings tell it."""


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """Where records are missing: from when to when each can lie (µs, both included), and how many there are at most.

    `source` is whose they are, None if that is not known; `before` and `after` are the records around them. `never`
    names event types that none of them is. `reason` says how it is known that something is missing. `places`: of how
    many gaps it was made.
    """

    source: str | None
    start: int
    end: int
    missing: Number
    before: Event | None = None
    after: Event | None = None
    never: frozenset[str] = frozenset()
    reason: str = GAP
    places: int = 1

    def comes_after(self, event: Event | None) -> bool:
        """Whether all that is missing was written after the event, as its source numbered them."""
        return self.before is not None and _number(event, self.before) >= 0

    def comes_before(self, event: Event | None) -> bool:
        """Whether all that is missing was written before the event, as its source numbered them."""
        return self.after is not None and _number(self.after, event) >= 0


def _number(event: Event | None, other: Event | None) -> int:
    """By how much the second of two records of one source was numbered higher; less than zero if that is not known."""
    if event is None or other is None or event.record.source != other.record.source:
        return -1
    seq, later = event.record.seq, other.record.seq
    return -1 if seq is None or later is None else later - seq


def hidden_in(gap: Gap, subject: str | None = None) -> list[Event]:
    """What a gap may hide, as events of which nothing else is known: one, and one that stands for all the others."""
    values = {name: given for name, given in (("source", gap.source), ("subject", subject)) if given is not None}
    record = Record(Location(""), gap.start, gap.end, "", source=gap.source, subject=subject)
    parts = [1] if gap.missing == 1 else [1, gap.missing - 1]
    return [Event(record, gap.start, gap.end, "", subject, values, hidden=gap, many=many) for many in parts]


def content_key(record: Record) -> str:
    """A text that is equal exactly for records of equal content; the last resort of ordering."""
    return repr(
        (record.id, record.subject, record.recorded_at, record.received_at, _sorted(record.data), _sorted(record.extra))
    )


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        return [(key, _sorted(value[key])) for key in sorted(value)]
    if isinstance(value, list):
        return [_sorted(item) for item in value]
    return value
