"""The line for logs that are too large to hold: read into columns, judged in columns, and only what is left read again.

The report is that of `pipeline.run`, byte for byte. What that does with whole logs only (corrections, clocks that were
off, another party's observations, what was known as of an instant) is left to it: `run` then raises NotScannable.
"""

import os
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from typing import NamedTuple

import numpy as np

from checker import gaps as missing_records
from checker.arrival import told_of_late
from checker.backends.batches import ROWS, union
from checker.backends.columnar import Table, fields_of, may_hide
from checker.backends.columnar.runs import EMPTY
from checker.backends.columnar.table import Matching
from checker.backends.pieces import PIECE, cut
from checker.backends.screening import HELD, Pool, Screening, Times
from checker.bounds import INFINITY
from checker.columns import Column, Columns, Leap, Selection, Wanted, Whole
from checker.event import Event, Gap, content_key, hidden_in
from checker.interval import Spell
from checker.judge import Judge, Known
from checker.limits import limit
from checker.logs import files_of
from checker.mapping import Mapping
from checker.needed import all_rules, rules_of, seen_by_others, to_be_named, types_needed, waived
from checker.pairing import may_narrow, narrowed, types_in_turn
from checker.parts import types_of
from checker.pattern import Pattern
from checker.pipeline import (
    Check,
    Read,
    all_of,
    ends_before_it_begins,
    judged,
    noticed,
    surely_observed,
    told_of_fields,
)
from checker.profile import NO_PROFILE, NoProfile
from checker.rulebook import Rulebook
from checker.scan import STRETCH, NotScannable, Scan, scan
from checker.trace import Trace
from checker.unnamed import told_of_one


def run(
    paths: Sequence[str],
    mapping: Mapping | None,
    rulebook: Rulebook,
    *,
    observed_from: int | None = None,
    observed_until: int | None = None,
    workers: int | None = None,
    most: int = ROWS,
    stretch: int = STRETCH,
    held: int = HELD,
    piece: int = PIECE,
    profile: NoProfile = NO_PROFILE,
) -> Check:
    """Judge the logs at these paths, as `pipeline.run` does. Raises NotScannable where that takes the whole logs.

    `most` rows are judged and a `stretch` of them read at once, if that can be, and so many records `held` as events;
    of more, so many as a `piece` has are judged one by one at once.
    """
    wanted = _wanted(rulebook)
    size = _size(paths)
    with profile.stage("reading"):
        read = scan(
            paths, mapping, rulebook.catalogue, rulebook.registers, wanted, until=observed_until, shown=True,
            workers=_processes(size) if workers is None else workers, stretch=stretch,
            reached=lambda done: profile.reached(done // MB, size // MB, "MB"),
        )  # fmt: skip
    with profile.stage("events and gaps"):
        log = _Log(read, rulebook, (observed_from, observed_until), most, piece)
    backend = log.screening()
    named = {id(rule): one.id for one in rulebook.constraints for clause in one.clauses for rule in clause.rules}
    with profile.stage("evaluation"):
        backend.screen(rules_of(rulebook), lambda rule: profile.constraint(named[id(rule)]), profile.reached)
    with profile.stage("reading what is left"):
        all_held = backend.load(held)
    known = Known(log.trace, never=rulebook.definitions.missing.never, spells=_spells(rulebook))
    judge = Judge(lambda trace: backend if trace is log.trace else log.screening(trace), known, profile)
    heads = [
        Read(head.name, head.digest, head.records, refused)
        for head, refused in zip(read.heads, read.rejected, strict=True)
    ]
    check = Check(rulebook, heads, log.trace, [], log.notices)
    return judged(check, judge, every=False, stream=not all_held, profile=profile)


PARTED = 256 * 1024 * 1024
"""Bytes of logs as they are stored from which on several processes read them."""


MB = 1_000_000


def _size(paths: Sequence[str]) -> int:
    """How many bytes the logs are, as they are stored."""
    size = 0
    for path in files_of(paths):
        with suppress(OSError, ValueError):  # whoever reads it says why
            size += os.path.getsize(path)
    return size


def _processes(size: int) -> int:
    """How many processes read: the fewer the better where starting them takes longer than they save."""
    return min(_cores(), 4) if size >= PARTED else 1


def _cores() -> int:
    """Those that this process may use, which in a container are often fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _spells(rulebook: Rulebook) -> tuple[Spell, ...]:
    return tuple(rulebook.definitions.intervals.values())


def _wanted(rulebook: Rulebook) -> Wanted:
    """The records and fields that something in the rulebook may look at; and what tells that a gap hides none."""
    types, fields = _asked(rulebook)
    turning = _turning(rulebook, types)
    if types is not None and turning:
        types = union([types, *map(types_of, turning)])
    return Wanted(types, tuple(sorted(set(fields).union(*map(fields_of, turning)))))


def _turning(rulebook: Rulebook, types: frozenset[str] | None) -> list[Spell]:
    """The intervals that may tell that a gap hides no records of these types."""
    return [one for one in _spells(rulebook) if (names := types_in_turn(one)) and (types is None or names & types)]


def _asked(rulebook: Rulebook) -> Wanted:
    """The records and fields that something in the rulebook may look at."""
    heartbeat = rulebook.definitions.missing.heartbeat
    fields = {"subject"}.union(*map(fields_of, all_rules(rulebook)))
    for pattern in seen_by_others(rulebook) + ([heartbeat] if heartbeat is not None else []):
        fields |= set(pattern.fields) - {"time", "type", "source"}
    return Wanted(types_needed(rulebook), tuple(sorted(fields)))


class _Records:
    """What was scanned, in the order of the trace."""

    def __init__(self, read: Scan, rulebook: Rulebook) -> None:
        self._read, self._rulebook = read, rulebook
        self._missing = {leap.after.place: leap.missing for leap in read.leaps}
        self._ranks: dict[Selection, tuple[Whole, Whole]] = {}

    def count(self, selection: Selection) -> int:
        return self._read.store.count(selection)

    def prepare(self, selections: Sequence[Selection]) -> None:
        """Where to look at a record again takes passing the log: look at what only content tells apart, all at once."""
        if self._read.seekable or len(selections) < 2:
            return
        ahead: list[tuple[Selection, _Tied]] = []
        for selection in selections:
            tied = _tied(self._read.store.columns(selection, ("subject",)), selection)[1]
            if len(tied.places):
                ahead.append((selection, tied))
            if sum(len(tied.places) for _, tied in ahead) > _AT_ONCE:
                self._look(ahead)
                ahead.clear()
        self._look(ahead)

    def columns(self, selection: Selection, fields: Iterable[str], among: Whole | None = None) -> Columns:
        columns = self._read.store.columns(selection, sorted({*fields, "subject"}), among)
        order, tied = _tied(columns, selection)
        if len(tied.places):
            known = self._ranks.pop(selection, None)
            places, ranks = self._ranked(tied) if among is not None or known is None else known
            rank = ranks[np.searchsorted(places, tied.places)]
            order[tied.at] = order[tied.at][np.lexsort((rank, tied.groups))]
        columns.arrange(order)
        return columns

    def note(self, places: Whole) -> None:
        self._read.note(places)

    def events(self, places: Whole, times: Times) -> list[Event]:
        records = self._read.records(places.tolist(), times)
        events = self._rulebook.catalogue.events(records, self._rulebook.registers)[0]
        for event, place in zip(events, places.tolist(), strict=True):
            if place in self._missing:
                event.values["missing_before"] = self._missing[place]
        return events

    def _look(self, ahead: Sequence[tuple[Selection, "_Tied"]]) -> None:
        """Find out the order by content of what is alike in all else."""
        places = np.unique(np.concatenate([tied.places for _, tied in ahead])) if ahead else EMPTY
        contents = self._contents(places)
        self._ranks.update((selection, _by_content(tied, contents)) for selection, tied in ahead)

    def _ranked(self, tied: "_Tied") -> tuple[Whole, Whole]:
        """The same of some records alone: a few at a time, where it does not take passing the log for each few."""
        edges = np.flatnonzero(np.diff(tied.groups)) + 1 if self._read.seekable else EMPTY
        found = []
        for at in cut(np.arange(len(tied.places)), edges, _AT_ONCE):
            some = _Tied(tied.at[at], tied.groups[at], tied.places[at])
            found.append(_by_content(some, self._contents(np.sort(some.places))))
        places, ranks = (np.concatenate(side) for side in zip(*found, strict=True))
        order = np.argsort(places)
        return places[order], ranks[order]

    def _contents(self, places: Whole) -> dict[int, str]:
        return dict(zip(places.tolist(), map(content_key, self._read.records(places.tolist())), strict=True))


def _by_content(tied: "_Tied", contents: dict[int, str]) -> tuple[Whole, Whole]:
    """The places of what is alike in all else, in order, and of each the rank of its content among its group."""
    listed = [(group, contents[place], place) for group, place in zip(*tied[1:], strict=True)]
    ranked = np.array([place for _, _, place in sorted(listed)], np.int64)
    order = np.argsort(ranked)
    return ranked[order], order


_AT_ONCE = limit("contents_at_once")
"""Of so many records the contents are held at once."""


class _Tied(NamedTuple):
    """Records that only their content tells apart: where they are in order, their groups, and their places."""

    at: Whole
    groups: Whole
    places: Whole


def _tied(columns: Columns, selection: Selection) -> tuple[Whole, _Tied]:
    """The rows in the order of the trace, but for what their content decides; and of which it does.

    Who asks for the assets of some buckets asks for each by itself: in which order others come is of no matter then.
    """
    times = columns.earliest
    order = np.argsort(times, kind="stable")
    same = times[order[1:]] == times[order[:-1]]
    some = np.flatnonzero(np.append(same, False) | np.append(False, same))
    rows = order[some]
    sources, types = (_ranked(column, rows) for column in (columns.sources, columns.types))
    keys = [types, columns.seqs[rows], sources, columns.latest[rows], times[rows]]
    if selection.buckets is not None:
        keys.insert(0, _ranked(columns.fields["subject"], rows))
    sorted_ = np.lexsort(keys)
    order[some] = rows[sorted_]
    alike = np.ones(max(len(some) - 1, 0), np.bool_)
    for key in keys:
        alike &= key[sorted_[1:]] == key[sorted_[:-1]]
    tied = np.append(alike, False) | np.append(False, alike) if len(some) else np.zeros(0, np.bool_)
    groups = np.cumsum(np.append(True, ~alike))[tied] if len(some) else some
    return order, _Tied(some[tied], groups, columns.places[order[some[tied]]])


class _Log:
    """The trace of what was scanned, with what is known to be missing, and what judges it."""

    def __init__(
        self, read: Scan, rulebook: Rulebook, observed: tuple[int | None, int | None], most: int, piece: int
    ) -> None:
        self._read, self._rulebook, self._most, self._piece = read, rulebook, most, piece
        observed_from, observed_until = observed
        start = observed_from if observed_from is not None else read.first
        start = start if start is not None else observed_until or 0
        end = observed_until if observed_until is not None else read.last
        end = end if end is not None else start
        if start > end:
            raise ends_before_it_begins()
        self._rows = _Records(read, rulebook)
        self._pool = Pool(self._rows)
        began = None
        if read.first is not None and read.first <= end:  # else nothing at all was observed
            if read.first < start and not read.exact:
                raise NotScannable("some times before observation are not exact")
            began = (read.first, read.sooner if read.sooner is not None else read.first)
        assets = sorted(read.shown.get(None, ()))
        self._bare = bare = Trace((), start, end, rulebook.registers, began=began, assets=assets)
        self._refuse_what_takes_the_whole()
        hiding = _may_hide(bare, rulebook)
        gaps = self._gaps((start, end), hiding)
        registers = {
            name: register.amended(self._of_type(register.amended_by)).opened(gaps)
            for name, register in rulebook.registers.items()
        }
        hidden = missing_records.hidden_events(gaps if hiding else [], read.shown, rulebook.definitions.missing)
        trace = replace(bare, registers=registers, gaps=gaps, hidden=hidden)
        if hidden and (spells := [one for one in _turning(rulebook, _asked(rulebook).types) if may_narrow(one, gaps)]):
            trace = narrowed(trace, spells, self.screening(trace).beside_gaps)
        seen = sum(head.records for head in read.heads) - read.duplicates - read.after
        edges = (read.sooner, read.later)
        surely = surely_observed((start, end), observed, edges)
        self.trace = replace(trace, foreign=all_of(seen, read.unknown), surely=surely)
        notices = told_of_fields(read.remarks.told(), read.remarks.count)
        unnamed = read.unnamed & to_be_named(rulebook)
        if unnamed & read.named:
            raise NotScannable("records do not name their asset though others of their type do")
        notices += told_of_one(unnamed)
        late = told_of_late(read.late, read.late_at) if read.late_at is not None else []
        self.notices = notices + noticed(
            rulebook, late, read.duplicates, read.after, read.unknown, gaps, read.same_ids, self.trace.foreign
        )
        self.notices += missing_records.told_together(gaps, read.shown, rulebook.definitions.missing)

    def screening(self, trace: Trace | None = None) -> Screening:
        """The backend of the log, or of the same observed otherwise."""
        return Screening(self.trace if trace is None else trace, self._rows, self._pool, self._most, self._piece)

    def _events(self, types: frozenset[str] | None) -> list[Event]:
        columns = self._rows.columns(Selection(types=types), ())
        return self._pool.events(columns.places, (columns.earliest, columns.latest))

    def _of_type(self, name: str | None) -> list[Event]:
        return [] if name is None else self._events(frozenset((name,)))

    def _matching(self, pattern: Pattern) -> tuple[Table, Matching]:
        fields = {"subject", *pattern.fields} - {"time", "type", "source"}
        table = Table(self._rows.columns(Selection(types=pattern.types), fields), self._bare, self._bare.beginning)
        return table, table.matching(pattern)

    def _refuse_what_takes_the_whole(self) -> None:
        rulebook = self._rulebook
        for given in (rulebook.corrections, rulebook.clock):
            if given is not None and (self._read.after or self._rows.count(Selection(None, frozenset((given.event,))))):
                raise NotScannable(f"{given.event} records concern others of the log")
        for pattern in seen_by_others(rulebook):
            if len(self._matching(pattern)[1].rows):
                raise NotScannable("some records say what others do not")

    def _gaps(self, span: tuple[int, int], hiding: bool) -> list[Gap]:
        """As `gaps_in` finds them; without the records around each if nothing that a rule asks for can be in one."""
        read, missing = self._read, self._rulebook.definitions.missing
        if hiding:
            sides = np.array([side[:3] for leap in read.leaps for side in leap[1:]], np.int64).reshape(-1, 3)
            events = self._pool.events(sides[:, 0], (sides[:, 1], sides[:, 2]))
            pairs = zip(events[::2], events[1::2], strict=True)
            told = [missing_records.between(str(a.record.source), a, b) for a, b in pairs]
            gaps = [gap for gap in told if gap is not None]
        else:
            gaps = [Gap(leap.source, *_span_of(leap), leap.missing) for leap in read.leaps]
        gaps += [Gap(source, *span, INFINITY) for source in missing.sources if source not in read.source_names]
        if missing.heartbeat is not None and missing.every is not None:
            self._refuse_silence(missing.heartbeat, missing.every, span)
        gaps += missing_records.unreadable_gaps(chain.from_iterable(read.rejected), span)
        return missing_records.in_order(gaps, missing)

    def _refuse_silence(self, heartbeat: Pattern, every: int, span: tuple[int, int]) -> None:
        """Where a source was silent for too long, what is missing takes all of its records to tell."""
        table, (rows, sure) = self._matching(heartbeat)
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


def _span_of(leap: Leap) -> tuple[int, int]:
    sides = leap.before, leap.after
    return min(side.earliest for side in sides), max(side.latest for side in sides)


def _may_hide(trace: Trace, rulebook: Rulebook) -> bool:
    """Whether a gap may hide something that some rule, or a waiver, asks for."""
    never = rulebook.definitions.missing.never
    anything = Gap(None, trace.observed_from, trace.observed_until, INFINITY, never=never)
    seen = replace(trace, hidden=hidden_in(anything)[:1])
    return any(may_hide(rule, seen) for rule in all_rules(rulebook)) or any(
        pattern.test(event, trace.registers) is not False for pattern in waived(rulebook) for event in seen.hidden
    )


def _ranked(column: Column, rows: Whole) -> Whole:
    """Of some records the rank of their text among all; of what is not there the least."""
    order = sorted(range(len(column.values)), key=lambda at: str(column.values[at]))
    ranks = np.empty(len(order) + 1, np.int64)
    ranks[order] = np.arange(1, len(order) + 1)
    ranks[-1] = 0
    return ranks[column.codes[rows]]


__all__ = ["NotScannable", "run"]
