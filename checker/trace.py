"""A trace: the events that are judged together, in their order, and how far they were observed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from itertools import groupby

from checker.bounds import INFINITY
from checker.event import Event, Gap, Record, content_key, hidden_in
from checker.pattern import Pattern
from checker.quick import dataclass
from checker.register import Register

_LONG_BEFORE = 100 * 365 * 86_400_000_000
"""For how long before a log something unseen may have gone on (µs)."""


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
    inside: bool = False
    """Every event but history is observed, although the time known of it may reach beyond the end."""
    began: tuple[int, int] | None = None
    """The least `earliest` and the least `latest` of all events (µs), where not all of them are here."""
    assets: Sequence[str] | None = None
    """Every asset that the log is about, where not all of its events are here."""
    surely: tuple[int, int] | None = None
    """What is observed in every case, where the log begins or ends with a time that is not exact; else None."""
    foreign: bool = False
    """All events there are are of types that the rulebook does not know: nothing is shown by them."""

    def as_received(self) -> "Trace":
        """The same, taken as if nothing were missing but what is not there."""
        if not self.hidden:
            return self
        registers = {name: register.as_received() for name, register in self.registers.items()}
        return replace(self, hidden=(), registers=registers)

    def after_a_gap(self) -> "Trace":
        """The same, as if nothing were known of what lies before it."""
        last = self.beginning - 1
        gap = Gap(None, last - _LONG_BEFORE, last, INFINITY)
        return replace(
            self, gaps=(gap, *self.gaps), hidden=(*hidden_in(gap), *self.hidden), began=(last, last),
        )  # fmt: skip

    def at_its_shortest(self) -> "Trace | None":
        """The same, observed only as long as it surely was, if the log leaves open how long that is."""
        if self.surely is None:
            return None
        first, last = self.surely
        began = (first, first) if self.beginning == self.observed_from else self.began  # else history comes before it
        return replace(self, observed_from=first, observed_until=last, began=began, inside=True, surely=None)

    @property
    def empty(self) -> bool:
        """Whether the log holds no event at all."""
        return not self.events and self.began is None

    @property
    def beginning(self) -> int:
        """The first instant of which something is known: of the observation or, if that is earlier, of the log."""
        firsts = [e.earliest for e in self.events[:1]] if self.began is None else [self.began[0]]
        return min([self.observed_from, *firsts])

    @property
    def subjects(self) -> list[str]:
        """Every asset that some event is about, in alphabetical order."""
        if self.assets is not None:
            return list(self.assets)
        return sorted({event.subject for event in self.events if event.subject is not None})

    def subjects_of(self, pattern: Pattern) -> list[str]:
        """Those assets of which an event that fits can be: of no other can it be due."""
        if "subject" not in pattern.fields:
            return self.subjects
        anything = Gap(None, self.beginning, max(self.beginning, self.observed_until), 1)
        return [
            subject for subject in self.subjects
            if pattern.test(hidden_in(anything, subject)[0], self.registers) is not False
        ]  # fmt: skip


def in_order(records: Iterable[Record]) -> tuple[list[Record], int]:
    """Records sorted by time, source, sequence number and content, exact duplicates once; how many were dropped."""
    kept: list[Record] = []
    dropped = 0
    for _, alike in groupby(sorted(records, key=order_of), key=order_of):
        first, *others = alike
        if not others:  # content decides among equals only: to spell out that of every record would take long
            kept.append(first)
            continue
        by_content = {content_key(record): record for record in (*reversed(others), first)}
        kept += [by_content[content] for content in sorted(by_content)]
        dropped += 1 + len(others) - len(by_content)
    return kept, dropped


def identity(record: Record) -> str:
    """A text that is equal exactly for those of which one is dropped."""
    return repr((order_of(record), content_key(record)))


def order_of(record: Record) -> tuple[int, int, str, int, str]:
    """What puts a record in order; of those that are equal in it content decides."""
    seq = -1 if record.seq is None else record.seq
    return (record.earliest, record.latest, record.source or "", seq, record.type)
