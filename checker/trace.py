"""A trace: the events that are judged together, in their order, and how far they were observed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from checker.event import Event, Record, content_key
from checker.register import Register


class Gap(NamedTuple):
    """Sequence numbers of a source that are missing between two of its records."""

    source: str
    before: Event
    after: Event
    missing: int


@dataclass(frozen=True)
class Trace:
    """Events by time, source, sequence number and content, and the span of observation in whole microseconds.

    Events before `observed_from` are history: they open intervals and give notice, but are not judged. Events
    after `observed_until` are not part of the trace.
    """

    events: Sequence[Event]
    observed_from: int
    observed_until: int
    registers: Mapping[str, Register] = field(default_factory=dict)
    gaps: Sequence[Gap] = ()

    @property
    def subjects(self) -> list[str]:
        """Every asset that some event is about, in alphabetical order."""
        return sorted({event.subject for event in self.events if event.subject is not None})


def in_order(records: Iterable[Record]) -> tuple[list[Record], int]:
    """Records sorted by time, source, sequence number and content, exact duplicates once; how many were dropped."""
    keyed = sorted(((_order(record), record) for record in records), key=lambda pair: pair[0])
    kept = [record for at, (key, record) in enumerate(keyed) if at == 0 or keyed[at - 1][0] != key]
    return kept, len(keyed) - len(kept)


def _order(record: Record) -> tuple[int, int, str, int, str, str]:
    seq = -1 if record.seq is None else record.seq
    return (record.earliest, record.latest, record.source or "", seq, record.type, content_key(record))


def mark_gaps(events: Sequence[Event]) -> list[Gap]:
    """Find the sequence numbers that are missing between the first and last record of each source.

    The record after a gap gets the field `missing_before`: how many are missing.
    """
    by_source: dict[str, list[Event]] = {}
    for event in events:
        if event.record.seq is not None and event.record.source is not None:
            by_source.setdefault(event.record.source, []).append(event)
    gaps: list[Gap] = []
    for source in sorted(by_source):
        ordered = sorted(by_source[source], key=lambda event: event.record.seq or 0)
        for before, after in pairwise(ordered):
            missing = (after.record.seq or 0) - (before.record.seq or 0) - 1
            if missing > 0:
                after.values["missing_before"] = missing
                gaps.append(Gap(source, before, after, missing))
    return gaps
