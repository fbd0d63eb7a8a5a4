"""Both backends as one: columns tell what was surely kept, and the reference backend judges what they leave."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from checker.backends.columnar import Closest, Columnar, Screened, Table, fields_of, from_trace
from checker.backends.reference import Reference
from checker.backends.reference.base import Focus
from checker.columns import Whole
from checker.event import Event
from checker.measure import Occasions, Rule
from checker.obligation import Obligation, Passed
from checker.trace import Trace

Events = frozenset[Event]


class Pool:
    """The events of rows, each made once: so many records of a log are never all held as events."""

    def __init__(self, make: Callable[[Whole], Sequence[Event]]) -> None:
        """`make` gives the events of rows, in their order."""
        self._make = make
        self._events: dict[int, Event] = {}

    def load(self, rows: Whole) -> None:
        """Make those of these rows that are not there yet, all at once."""
        missing = np.array([row for row in np.unique(rows).tolist() if row not in self._events], np.int64)
        if len(missing):
            self._events.update(zip(missing.tolist(), self._make(missing), strict=True))

    def events(self, rows: Whole) -> list[Event]:
        """The events of rows."""
        self.load(rows)
        return [self._events[row] for row in rows.tolist()]


class Screening:
    """Evaluates rules on one trace: most occasions in columns, the others one by one."""

    def __init__(self, trace: Trace, table: Table, pool: Pool) -> None:
        """`trace` without its events, which `pool` makes from the rows of `table` where they are needed."""
        self._trace, self._table, self._pool = trace, table, pool
        self._columnar = Columnar(table)
        self._screened: dict[int, tuple[Rule, Screened]] = {}

    def load(self) -> None:
        """Read at once all records that are left of the rules screened so far."""
        rows = [screened.rows for _, screened in self._screened.values()]
        self._pool.load(np.unique(np.concatenate(rows)) if rows else np.empty(0, np.int64))

    def passing(self, rule: Rule) -> tuple[list[Obligation], Passed | None]:
        """What the rule demanded where it is not sure that it was kept; and what is known of where it is."""
        screened = self.screen(rule)
        causes = None if screened.causes is None else frozenset(self._pool.events(screened.causes))
        found = self._reference(screened.rows).evaluate(rule, focus=Focus(causes, screened.groups))
        return found, _passed(screened.passed, screened.nearest)

    def evaluate(self, rule: Rule, without: Events = frozenset(), doubtful: Events = frozenset()) -> list[Obligation]:
        """What the rule demanded on each occasion, and what came of it: as `Reference`, which does it."""
        return self._reference(self._columnar.relevant(rule)).evaluate(rule, without, doubtful)

    def occasions(self, on: Occasions) -> list[Any]:
        """The events or intervals that are meant, within the observation."""
        return self._reference(self._columnar.relevant_to(on)).occasions(on)

    def screen(self, rule: Rule) -> Screened:
        """What columns tell of a rule, and what they leave."""
        if id(rule) not in self._screened:
            self._screened[id(rule)] = (rule, self._columnar.screen(rule))
        return self._screened[id(rule)][1]

    def _reference(self, rows: Whole) -> Reference:
        return Reference(replace(self._trace, events=self._pool.events(np.unique(rows))))


def _passed(count: int, nearest: Closest | None) -> Passed | None:
    if nearest is None:
        return None
    return Passed(count, nearest.margin, nearest.at, nearest.subject, nearest.unit)


def of_trace(rules: Iterable[Rule]) -> Callable[[Trace], Screening]:
    """Makes the backend of a trace whose events are all held, for these rules."""
    names = {"subject"}
    for rule in rules:
        names |= fields_of(rule)

    def made(trace: Trace) -> Screening:
        columns = from_trace(trace, sorted(names))
        began = None
        if trace.events:
            began = (trace.events[0].earliest, min(event.latest for event in trace.events))
        table = Table(columns, trace, trace.beginning)
        pool = Pool(lambda rows: [trace.events[row] for row in rows.tolist()])
        return Screening(replace(trace, events=(), began=began, assets=trace.subjects), table, pool)

    return made
