"""A record as it was received, and the event it becomes once it is trusted."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from checker.location import Location
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
    """A record that could not be read, and why; the check goes on without it, and says so."""

    location: Location
    reason: str


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

    def get(self, name: str) -> Any:
        """The field of that name, following dots into mappings; None where absent, `UNKNOWN` where withheld."""
        value: Any = self.values.get(name)
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
