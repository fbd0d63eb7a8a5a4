"""A trace: the events that are judged together, in their order, and how far they were observed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace

from checker.event import Event, Gap, Record, content_key
from checker.quick import dataclass
from checker.register import Register


@dataclass(frozen=True)
class Trace:
    """Events by time, source, sequence number and content, and the span of observation in whole microseconds.

    Events before `observed_from` are history: they open intervals and give notice, but are not judged. Events
    after `observed_until` are not part of the trace. `hidden` is what its `gaps` may hide.
    """

    events: Sequence[Event]
    observed_from: int
    observed_until: int
    registers: Mapping[str, Register] = field(default_factory=dict)
    gaps: Sequence[Gap] = ()
    hidden: Sequence[Event] = ()

    def as_received(self) -> "Trace":
        """The same, taken as if nothing were missing but what is not there."""
        if not self.hidden:
            return self
        registers = {name: register.as_received() for name, register in self.registers.items()}
        return replace(self, hidden=(), registers=registers)

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
