"""The line for logs that are too large to hold: read into columns, judged in columns, and only what is left read again.

The report is that of `pipeline.run`, byte for byte. What that does with whole logs only (corrections, clocks that were
off, another party's observations, what was known as of an instant) is left to it: `run` then raises NotScannable.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from checker import gaps as missing_records
from checker.arrival import told_of_late
from checker.backends.columnar import Columnar, Table, fields_of, patterns_of
from checker.backends.screening import Pool, Screening
from checker.bounds import INFINITY
from checker.columns import Column, Columns, Mask, Wanted, Whole
from checker.event import Event, Gap, Record, content_key, hidden_in
from checker.interval import Between, Spell
from checker.judge import Judge, Known
from checker.logs import files_of
from checker.mapping import Mapping
from checker.measure import Rule
from checker.pairing import may_narrow, narrowed
from checker.pattern import Pattern
from checker.pipeline import Check, Read, ends_before_it_begins, judged, noticed, rules_of
from checker.profile import NO_PROFILE, NoProfile
from checker.rulebook import Rulebook
from checker.scan import NotScannable, Scan, scan
from checker.trace import Trace, in_order


def run(
    paths: Sequence[str],
    mapping: Mapping | None,
    rulebook: Rulebook,
    *,
    observed_from: int | None = None,
    observed_until: int | None = None,
    workers: int | None = None,
    profile: NoProfile = NO_PROFILE,
) -> Check:
    """Judge the logs at these paths, as `pipeline.run` does. Raises NotScannable where that takes the whole logs."""
    wanted = _wanted(rulebook)
    with profile.stage("reading"):
        read = scan(
            paths, mapping, rulebook.catalogue, rulebook.registers, wanted, until=observed_until, shown=True,
            workers=workers if workers is not None else _processes(paths),
        )  # fmt: skip
    with profile.stage("events and gaps"):
        log = _Log(read, rulebook, observed_from, observed_until)
    backend = log.screening()
    for constraint in rulebook.constraints:
        with profile.stage("evaluation"), profile.constraint(constraint.id):
            for clause in constraint.clauses:
                for rule in clause.rules:
                    backend.screen(rule)
    with profile.stage("reading what is left"):
        backend.load()
    known = Known(log.trace, never=rulebook.definitions.missing.never, spells=_spells(rulebook))
    judge = Judge(lambda trace: backend if trace is log.trace else log.screening(trace), known, profile)
    heads = [
        Read(head.name, head.digest, head.records, refused)
        for head, refused in zip(read.heads, read.rejected, strict=True)
    ]
    return judged(Check(rulebook, heads, log.trace, [], log.notices), judge, every=False, profile=profile)


PARTED = 256 * 1024 * 1024
"""Bytes of logs as they are stored from which on several processes read them."""


def _processes(paths: Sequence[str]) -> int:
    """How many processes read: the fewer the better where starting them takes longer than they save."""
    size = sum(os.path.getsize(path) for path in files_of(paths))
    return min(os.cpu_count() or 1, 4) if size >= PARTED else 1


def _spells(rulebook: Rulebook) -> tuple[Spell, ...]:
    return tuple(rulebook.definitions.intervals.values())


def _rules(rulebook: Rulebook) -> list[Rule]:
    """Those of the constraints, and those of the conditions that waivers are under."""
    conditions = [c for waiver in rulebook.waivers for c in (*waiver.precedent, *waiver.subsequent)]
    return rules_of(rulebook) + [rule for c in conditions for clause in c.clauses for rule in clause.rules]


def _whole_only(rulebook: Rulebook) -> list[Pattern]:
    """What must not occur in a log that is not held as a whole."""
    seen = [spell.observed_by for spell in _spells(rulebook) if isinstance(spell, Between) and spell.observed_by]
    found = [stated.event for stated in seen]
    declared = rulebook.definitions.missing.declared
    return found if declared is None else [*found, declared]


def _wanted(rulebook: Rulebook) -> Wanted:
    """The records and fields that something in the rulebook may look at."""
    missing = rulebook.definitions.missing
    others = _whole_only(rulebook) + ([missing.heartbeat] if missing.heartbeat is not None else [])
    rules = _rules(rulebook)
    patterns = [pattern for rule in rules for pattern in patterns_of(rule)] + others
    patterns += [pattern for waiver in rulebook.waivers for pattern in patterns_of(waiver.on)]
    fields = {"subject"}
    for rule in rules:
        fields |= fields_of(rule)
    for pattern in others:
        fields |= set(pattern.fields) - {"time", "type", "source"}
    types = {register.amended_by for register in rulebook.registers.values() if register.amended_by is not None}
    types |= {given.event for given in (rulebook.corrections, rulebook.clock) if given is not None}
    named = [pattern.types for pattern in patterns]
    every = None if None in named else frozenset(types).union(*(names for names in named if names is not None))
    return Wanted(every, tuple(sorted(fields)))


class _Log:
    """What was scanned, in the order of the trace, with what is known to be missing."""

    def __init__(self, read: Scan, rulebook: Rulebook, observed_from: int | None, observed_until: int | None) -> None:
        self._read, self._rulebook = read, rulebook
        start = observed_from if observed_from is not None else read.first
        start = start if start is not None else observed_until or 0
        end = observed_until if observed_until is not None else read.last
        end = end if end is not None else start
        if start > end:
            raise ends_before_it_begins()
        self._row = self._ordered(read.columns)
        self._columns = _taken(read.columns, self._row)
        self._pool = Pool(self._events)
        began = None
        if read.first is not None:
            if read.first < start and not bool((self._columns.earliest == self._columns.latest).all()):
                raise NotScannable("some times before observation are not exact")
            began = (read.first, read.first)
        assets = sorted(read.shown.get(None, ()))
        bare = Trace((), start, end, rulebook.registers, began=began, assets=assets)
        table = Table(self._columns, bare, bare.beginning)
        self._refuse_what_takes_the_whole(table)
        may_hide = _may_hide(table, rulebook)
        gaps = self._gaps(table, (start, end), may_hide)
        registers = {
            name: register.amended(self._of_type(table, register.amended_by)).opened(gaps)
            for name, register in rulebook.registers.items()
        }
        hidden = missing_records.hidden_events(gaps if may_hide else [], read.shown, rulebook.definitions.missing)
        trace = replace(bare, registers=registers, gaps=gaps, hidden=hidden)
        spells = [spell for spell in _spells(rulebook) if hidden and may_narrow(spell, gaps)]
        if spells:
            kept = table.of_types(_types_of(spells))
            trace = replace(narrowed(replace(trace, events=self._pool.events(kept)), spells), events=())
        self.trace = trace
        notices = [f"{remark.record.location}: {remark.text}" for remark in _in_order(read)]
        late = told_of_late(read.late, read.late_at) if read.late_at is not None else []
        self.notices = notices + noticed(rulebook, late, read.duplicates, read.after, read.unknown, gaps, read.same_ids)

    def screening(self, trace: Trace | None = None) -> Screening:
        """The backend of the log, or of the same observed otherwise."""
        trace = self.trace if trace is None else trace
        return Screening(trace, Table(self._columns, trace, trace.beginning), self._pool)

    def _ordered(self, columns: Columns) -> Whole:
        """The place in the order of reading of each row in the order of the trace."""
        times = columns.earliest
        order: Whole = np.arange(len(times))
        same = times[1:] == times[:-1]
        if bool((times[1:] >= times[:-1]).all()):  # only what was written at one instant is not in order yet
            some = np.flatnonzero(np.append(same, False) | np.append(False, same))
        else:
            some = np.arange(len(times))
        sorted_, tied = self._sorted(columns, some)
        order[some] = some[sorted_]
        members = some[np.append(tied, False) | np.append(False, tied)] if len(some) else some
        if len(members):  # content decides among those that are alike in all else
            group = np.cumsum(np.append(True, ~tied))[np.append(tied, False) | np.append(False, tied)]
            contents = map(content_key, self._records(order[members]))
            placed = sorted(zip(group.tolist(), contents, order[members].tolist(), strict=True))
            order[members] = [row for _, _, row in placed]
        return order

    def _sorted(self, columns: Columns, rows: Whole) -> tuple[Whole, Mask]:
        """The order of some rows, by all but their content; and which of them are like the next in all of that."""
        keys = [
            _ranked(columns.types, rows),
            columns.seqs[rows],
            _ranked(columns.sources, rows),
            columns.latest[rows],
            columns.earliest[rows],
        ]
        order: Whole = np.lexsort(keys)
        tied = np.ones(max(len(order) - 1, 0), np.bool_)
        for key in keys:
            tied &= key[order[1:]] == key[order[:-1]]
        return order, tied

    def _records(self, rows: Whole) -> list[Record]:
        columns = self._read.columns
        return self._read.records(zip(columns.logs[rows].tolist(), columns.lines[rows].tolist(), strict=True))

    def _events(self, rows: Whole) -> list[Event]:
        records = self._records(self._row[rows])
        events = self._rulebook.catalogue.events(records, self._rulebook.registers)[0]
        leaps = dict(self._leaps())
        for event, row in zip(events, rows.tolist(), strict=True):
            if row in leaps:
                event.values["missing_before"] = leaps[row]
        return events

    def _leaps(self) -> Iterable[tuple[int, int]]:
        """Of each row before which numbers are missing, how many."""
        seqs = self._read.columns.seqs
        places = np.empty(len(self._row), np.int64)
        places[self._row] = np.arange(len(self._row))
        return [(int(places[leap.after]), int(seqs[leap.after] - seqs[leap.before] - 1)) for leap in self._read.leaps]

    def _of_type(self, table: Table, name: str | None) -> list[Event]:
        return [] if name is None else self._pool.events(table.of_types(frozenset((name,))))

    def _refuse_what_takes_the_whole(self, table: Table) -> None:
        rulebook = self._rulebook
        for given in (rulebook.corrections, rulebook.clock):
            if given is not None and (self._read.after or len(table.of_types(frozenset((given.event,))))):
                raise NotScannable(f"{given.event} records concern others of the log")
        for pattern in _whole_only(rulebook):
            if len(table.matching(pattern).rows):
                raise NotScannable("some records say what others do not")

    def _gaps(self, table: Table, span: tuple[int, int], may_hide: bool) -> list[Gap]:
        """As `gaps_in` finds them; without the records around each if nothing that a rule asks for can be in one."""
        read, missing = self._read, self._rulebook.definitions.missing
        places = np.empty(len(self._row), np.int64)
        places[self._row] = np.arange(len(self._row))
        sides = places[np.array([place for leap in read.leaps for place in leap], np.int64)]
        events = self._pool.events(sides) if may_hide else []
        found = [
            missing_records.between(str(a.record.source), a, b) for a, b in zip(events[::2], events[1::2], strict=True)
        ]
        gaps = [gap for gap in found if gap is not None]
        if not may_hide:
            gaps = self._bare_gaps()
        gaps += [Gap(source, *span, INFINITY) for source in missing.sources if source not in read.source_names]
        if missing.heartbeat is not None and missing.every is not None:
            self._refuse_silence(table, missing.heartbeat, missing.every, span)
        gaps += missing_records.unreadable_gaps([reject for refused in read.rejected for reject in refused], span)
        return missing_records.in_order(gaps, missing)

    def _bare_gaps(self) -> list[Gap]:
        columns = self._read.columns
        names = columns.sources.values
        gaps = []
        for before, after in self._read.leaps:
            start = min(int(columns.earliest[before]), int(columns.earliest[after]))
            end = max(int(columns.latest[before]), int(columns.latest[after]))
            count = int(columns.seqs[after] - columns.seqs[before] - 1)
            gaps.append(Gap(names[columns.sources.codes[before]], start, end, count))
        return gaps

    def _refuse_silence(self, table: Table, heartbeat: Pattern, every: int, span: tuple[int, int]) -> None:
        """Where a source was silent for too long, what is missing takes all of its records to tell."""
        rows, sure = table.matching(heartbeat)
        if not bool(sure.all()) or not bool(table.exact[rows].all()):
            raise NotScannable("some heartbeats are not plain")
        rows = rows[table.authentic[rows]]
        sources, times = table.columns.sources.codes[rows], table.time[rows]
        due = {
            code
            for code, name in enumerate(table.columns.sources.values)
            if name in self._rulebook.definitions.missing.sources
        }
        for code in {*np.unique(sources[sources >= 0]).tolist(), *due}:
            marks = np.concatenate([[span[0]], times[sources == code], [span[1]]])
            if int(np.diff(marks).max()) > every:
                raise NotScannable("a source was silent")


def _may_hide(table: Table, rulebook: Rulebook) -> bool:
    """Whether a gap may hide something that some rule, or a waiver, asks for."""
    never = rulebook.definitions.missing.never
    anything = Gap(None, table.first, table.until, INFINITY, never=never)
    seen = replace(table.trace, hidden=hidden_in(anything)[:1])
    columnar = Columnar(Table(table.columns, seen, table.began))
    waivers = [pattern for waiver in rulebook.waivers for pattern in patterns_of(waiver.on)]
    return any(columnar.may_hide(rule) for rule in _rules(rulebook)) or any(
        pattern.test(event, table.trace.registers) is not False for pattern in waivers for event in seen.hidden
    )


def _ranked(column: Column, rows: Whole) -> Whole:
    """Of some records the rank of their text among all; of what is not there the least."""
    order = sorted(range(len(column.values)), key=lambda at: str(column.values[at]))
    ranks = np.empty(len(order) + 1, np.int64)
    ranks[order] = np.arange(1, len(order) + 1)
    ranks[-1] = 0
    return ranks[column.codes[rows]]


def _taken(columns: Columns, rows: Whole) -> Columns:
    """What rules look at, in another order; fields are taken out of the columns, and moved in place: they are large."""
    moved = np.flatnonzero(rows != np.arange(len(rows)))
    source = rows[moved]

    def some(array: Any) -> Any:
        found = array.copy()
        found[moved] = array[source]
        return found

    fields = {}
    for name in list(columns.fields):
        column = columns.fields.pop(name)
        column.codes[moved] = column.codes[source]
        fields[name] = column
    earliest = some(columns.earliest)
    none = np.empty(0, np.int64)
    return Columns(
        earliest=earliest,
        latest=earliest if columns.latest is columns.earliest else some(columns.latest),
        types=Column(some(columns.types.codes), columns.types.values),
        sources=Column(some(columns.sources.codes), columns.sources.values),
        seqs=none,
        logs=none.astype(np.int32),
        lines=none,
        authentic=some(columns.authentic),
        fields=fields,
    )


def _types_of(spells: Iterable[Spell]) -> frozenset[str] | None:
    found: set[str] = set()
    for pattern in patterns_of(tuple(spells)):
        if pattern.types is None:
            return None
        found |= pattern.types
    return frozenset(found)


def _in_order(read: Scan) -> list[Any]:
    """The remarks in the order of the trace."""
    by_record: dict[int, list[Any]] = {}
    for remark in read.remarks:
        by_record.setdefault(id(remark.record), []).append(remark)
    records = {id(remark.record): remark.record for remark in read.remarks}
    return [remark for record in in_order(records.values())[0] for remark in by_record[id(record)]]


__all__ = ["NotScannable", "run"]
