"""When records arrived: what was known at an instant, and what came late."""

from collections.abc import Iterable
from dataclasses import field

from checker.errors import UsageError
from checker.event import Record
from checker.quick import dataclass
from checker.timeline import format_instant


@dataclass
class Arrivals:
    """The records that were known, until when they are observed, and what is to be told of those that came late."""

    records: list[Record]
    until: int | None
    notices: list[str] = field(default_factory=list)


def known_at(record: Record) -> int:
    """When a record became known: when it was received, else recorded, else at its own time."""
    if record.received_at is not None:
        return record.received_at
    return record.recorded_at if record.recorded_at is not None else record.earliest


def arrived(records: Iterable[Record], until: int | None = None, as_of: int | None = None) -> Arrivals:
    """The records known at `as_of` (all of them if None); observation ends there unless `until` is earlier (µs).

    Raises UsageError for an `until` after it: what was to come was not observed yet.
    """
    if as_of is None:
        made = Arrivals(list(records), until)
    elif until is not None and until > as_of:
        raise UsageError(
            f"observation until {format_instant(until)} as of {format_instant(as_of)}: its end was still to come",
            "--until comes no later than --as-of",
        )
    else:
        made = Arrivals([], as_of if until is None else until)
        unknown = 0
        for record in records:
            if known_at(record) <= as_of:
                made.records.append(record)
            else:
                unknown += 1
        if unknown:
            text = f"{_many(unknown, 'record')} not known as of {format_instant(as_of)} took no part"
            made.notices.append(text)
    if until is not None:
        late = [r for r in made.records if r.earliest <= until < known_at(r)]
        if late:
            made.notices += told_of_late(len(late), max(map(known_at, late)))
    return made


def told_of_late(count: int, last: int) -> list[str]:
    """What is told of records that became known after the end of observation, the last one at an instant (µs)."""
    told = f"{_many(count, 'record')} arrived after the end of observation, at {format_instant(last)} at the latest"
    return [f"{told}; --as-of leaves out what was not known yet"]


def _many(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
