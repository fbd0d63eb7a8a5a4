"""Both backends as one: columns tell what was surely kept, and the reference backend judges what they leave."""

import gc
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np

from checker.backends.batches import ROWS, batches, bins, is_sum_of_assets, keeps_apart, union
from checker.backends.columnar import (
    Closest,
    Columnar,
    NotScreened,
    Screened,
    Table,
    Together,
    fields_of,
    from_trace,
    may_hide,
)
from checker.backends.pieces import PIECE, pieces
from checker.backends.reference import Reference
from checker.backends.reference.base import Focus
from checker.columns import WITHHELD_BUCKET, Columns, Selection, Whole, bucket_of
from checker.event import Event
from checker.interval import Key, Spell
from checker.limits import limit
from checker.measure import Occasions, OnIntervals, Rule
from checker.obligation import Obligation, Passed
from checker.parts import types_of
from checker.rolling import Made
from checker.trace import Trace

_LARGE = 20_000
"""So many rows are worth a search for what nobody holds any more."""

HELD = limit("records_held")
"""So many records at most are held as events."""

Events = frozenset[Event]
During = Callable[[Rule], AbstractContextManager[Any]]
Times = tuple[Whole, Whole]
"""The earliest and the latest of each of some records."""


class Log(Protocol):
    """Records that need not all be held."""

    def count(self, selection: Selection) -> int:
        """How many are selected, more or less."""

    def prepare(self, selections: Sequence[Selection]) -> None:
        """Do at once what it takes to give all of these."""

    def columns(self, selection: Selection, fields: Iterable[str], among: Whole | None = None) -> Columns:
        """Those selected, in the order of the trace, with these fields at least; `among` places only, if given."""

    def note(self, places: Whole) -> None:
        """Those at these places, sorted, will be asked for again and again."""

    def events(self, places: Whole, times: Times) -> Sequence[Event]:
        """Those at these places, which had these times when they were read first."""


class Pool:
    """The events at some places, each made once: so many records of a log are never all held as events."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self._events: dict[int, Event] = {}

    def __len__(self) -> int:
        return len(self._events)

    def load(self, seen: Iterable[tuple[Whole, Times]]) -> None:
        """Make those that are not there yet, all at once."""
        self._events |= self._made(seen)

    def events(self, places: Whole, times: Times) -> list[Event]:
        """The events at places, which stay."""
        self.load([(places, times)])
        return [self._events[place] for place in places.tolist()]

    def passing(self, places: Whole, times: Times) -> list[Event]:
        """The same, but those that are not there yet do not stay."""
        every = self._events | self._made([(places, times)])
        return [every[place] for place in places.tolist()]

    def _made(self, seen: Iterable[tuple[Whole, Times]]) -> dict[int, Event]:
        missing: dict[int, tuple[int, int]] = {}
        for places, times in seen:
            told = zip(places.tolist(), *(one.tolist() for one in times), strict=True)
            missing.update({place: (low, high) for place, low, high in told if place not in self._events})
        if not missing:
            return {}
        wanted = np.array(sorted(missing), np.int64)
        bounds = np.array([missing[place] for place in wanted.tolist()], np.int64)
        events = self._log.events(wanted, (bounds[:, 0], bounds[:, 1]))
        return dict(zip(wanted.tolist(), events, strict=True))


class _Left(NamedTuple):
    """What columns left of a rule: records to be judged one by one, in the order of the trace (see `Screened`)."""

    trace: Trace
    places: Whole
    times: Times
    causes: Whole | None
    groups: Mapping[Key, Any] | None
    told: Mapping[Key, Any] | None
    hidden: bool
    settled: Whole | None = None

    @classmethod
    def of(cls, screened: Screened, rows: Whole, table: Table) -> "_Left":
        columns = table.columns
        causes = None
        if screened.causes is not None:
            causes = columns.places[screened.causes[np.isin(screened.causes, rows)]]
        times = columns.earliest[rows], columns.latest[rows]
        settled = columns.places[screened.settled] if len(screened.settled) else None
        more = screened.groups, screened.told, screened.hidden, settled
        return cls(table.trace, columns.places[rows], times, causes, *more)

    @classmethod
    def together(cls, parts: Sequence["_Left"], columns: Columns, trace: Trace) -> "_Left":
        """What was left of some assets and of others, as one: what gaps may hide of whatever asset is told once.

        `columns` are those of all their records.
        """
        causes, told = None, None
        if any(part.causes is not None for part in parts):
            causes = np.concatenate([part.places if part.causes is None else part.causes for part in parts])
        if any(part.told is not None for part in parts):
            told = {key: spans for part in parts for key, spans in (part.told or {}).items()}
        settled = [part.settled for part in parts if part.settled is not None]
        times = columns.earliest, columns.latest
        return cls(
            trace, columns.places, times, causes, None, told, True, np.concatenate(settled) if settled else None
        )  # fmt: skip

    @property
    def empty(self) -> bool:
        """Whether nothing is asked."""
        asked = [part for part in (self.causes, self.groups) if part is not None]
        return not (len(self.places) or self.hidden) and bool(asked) and not any(map(len, asked))


class Screening:
    """Evaluates rules on one trace: most occasions in columns, the others one by one."""

    def __init__(self, trace: Trace, log: Log, pool: Pool, most: int = ROWS, piece: int = PIECE) -> None:
        """`trace` without its events, which are those of `log`; `most` rows are worked on at once, if that can be, and
        so many as a `piece` has are judged one by one."""
        self._trace, self._log, self._pool, self._most, self._piece = trace, log, pool, most, piece
        self._left: dict[int, tuple[Rule, list[_Left]]] = {}
        self._passed: dict[int, Passed] = {}
        self._first: dict[str, Rule] = {}
        self._as: dict[int, tuple[Rule, Rule]] = {}
        """Each rule, with the first that asks the very same: that one is judged for all."""
        self._told: dict[int, tuple[list[Obligation], Passed | None]] = {}
        self._noted = False

    def screen(
        self,
        rules: Iterable[Rule],
        during: During = nullcontext,
        reached: Callable[[int, int], None] = lambda done, of: None,
    ) -> None:
        """Find out what columns tell of rules, and what they leave; the work on each is done `during` a context.

        `reached` is told how many parts of the work are done, of how many.
        """
        wanted = [rule for rule in rules if self._is_new(rule)]
        self._left.update((id(rule), (rule, [])) for rule in wanted)
        told = self._together(wanted, during)
        wanted = [rule for rule in wanted if id(rule) not in told]
        found = batches(wanted, self._log.count, self._most)
        beside_gaps: dict[int, list[_Left]] = {}
        self._log.prepare([batch.selection for batch in found])
        for done, batch in enumerate(found):
            reached(done, len(found))
            fields = set().union(*map(fields_of, batch.rules))
            table = self._table(batch.selection, fields)
            columnar = Columnar(table, partial(self._weigh, table))
            # alike ones one after the other: what one has found serves the next, while it is kept
            for rule in sorted(batch.rules, key=lambda rule: repr((rule.on, rule.measure))):
                with during(rule):
                    screened = columnar.screen(rule)
                    rows = np.unique(screened.rows)
                    if batch.selection.buckets is not None and self._may_hide(rule):
                        beside_gaps.setdefault(id(rule), []).append(_Left.of(screened, rows, table))
                    else:
                        each = pieces(rule, screened, rows, table, self._may_hide, self._piece)
                        self._leave(rule, [_Left.of(screened, piece, table) for piece in each])
                    self._pass(rule, screened.passed, screened.nearest)
            large = len(table) >= _LARGE
            del table, columnar  # before the next ones are made
            if large and len(found) > 1:
                gc.collect()  # the command line collects rarely, and what a table holds may be of a cycle
        for rule in wanted:
            if parts := beside_gaps.get(id(rule)):
                columns = self._shown(rule, [part.places for part in parts])
                self._leave(rule, [_Left.together(parts, columns, self._trace)])

    def _shown(self, rule: Rule | Spell, places: Sequence[Whole]) -> Columns:
        """Records that a rule may look at, at these places, in the order of the trace."""
        return self._log.columns(Selection(types=types_of(rule)), (), np.unique(np.concatenate(places)))

    def _leave(self, rule: Rule, parts: Iterable[_Left]) -> None:
        self._left[id(rule)][1].extend(left for left in parts if not left.empty)

    def _together(self, rules: Sequence[Rule], during: During) -> set[int]:
        """Judge what all assets come to together, bin by bin, where it takes too many rows; which rules these were."""
        chosen = [Together(one, self._most, hides=self._may_hide(one)) for one in rules if self._is_added_up(one)]
        found = []
        for one in self._bin_by_bin(chosen, chosen, Together.add, during):
            with during(one.rule), suppress(NotScreened):
                self._weigh_odd(one)
                one.judge()
                found.append(one)
        shown: dict[int, list[Whole]] = {id(one): [] for one in found}

        def note(one: Together, columnar: Columnar) -> None:
            shown[id(one)].append(columnar.table.columns.places[one.left(columnar)])

        broken = self._bin_by_bin([one for one in found if not one.kept], chosen, note, during)
        for one in broken:
            columns = self._shown(one.rule, shown.pop(id(one)))
            times = columns.earliest, columns.latest
            left = _Left(self._trace, columns.places, times, None, {(): None}, None, hidden=False)
            self._left[id(one.rule)][1].append(left)
        kept = [one for one in found if one.kept]
        for one in kept:
            self._pass(one.rule, one.passed, one.nearest)
        return {id(one.rule) for one in kept + broken}

    def _is_added_up(self, rule: Rule) -> bool:
        """Whether a rule takes too many rows to be judged on all of them at once, and can be bin by bin."""
        count, types = self._log.count, types_of(rule)
        if not is_sum_of_assets(rule) or count(Selection(types=types)) <= self._most:
            return False
        if count(Selection((WITHHELD_BUCKET,), types)):
            return False
        if self._may_hide(rule) and not isinstance(rule.on, OnIntervals):
            return False
        return not (rule.as_received and self._trace.hidden)

    def _bin_by_bin(
        self,
        judged: Sequence[Together],
        every: Sequence[Together],
        what: Callable[[Together, Columnar], None],
        during: During,
    ) -> list[Together]:
        """Do something with every bin of assets, those that `every` one has; those of which columns tell enough."""
        plain = list(judged)
        if not plain:
            return []
        fields = set().union(*(fields_of(one.rule) for one in every))
        selections = self._bins(union(types_of(one.rule) for one in every))
        self._log.prepare(selections)
        for selection in selections:
            table = self._table(selection, fields)
            columnar = Columnar(table)
            for one in tuple(plain):
                with during(one.rule):
                    try:
                        what(one, columnar)
                    except NotScreened:
                        plain.remove(one)
            large = len(table) >= _LARGE
            del table, columnar
            if large:
                gc.collect()  # as in `screen`
        return plain

    def _bins(self, types: frozenset[str] | None) -> list[Selection]:
        """The records of some types, bin of assets by bin."""
        count = self._log.count
        return [Selection(few, types) for few in bins(lambda bucket: count(Selection((bucket,), types)), self._most)]

    def beside_gaps(self, spell: Spell) -> Sequence[Event]:
        """The records, in order, that show all that gaps may hide of the intervals of an expression."""
        types, count = types_of(spell), self._log.count
        selections = [Selection(types=types)]
        if keeps_apart(spell) and count(selections[0]) > self._most and not count(Selection((WITHHELD_BUCKET,), types)):
            selections = self._bins(types)
        self._log.prepare(selections)
        found = []
        for selection in selections:
            table = self._table(selection, fields_of(spell))
            rows = np.arange(len(table))
            with suppress(NotScreened):
                rows = Columnar(table).beside_gaps(spell)
            found.append(table.columns.places[rows])
        return self._made(self._shown(spell, found))

    def _made(self, columns: Columns) -> Sequence[Event]:
        """The events of some records, which stay unless too many do."""
        made = self._pool.events if len(self._pool) + len(columns.places) <= HELD else self._pool.passing
        return made(columns.places, (columns.earliest, columns.latest))

    def _weigh(self, table: Table, rule: Rule, rows: Whole) -> dict[Key, Made]:
        """What the reference backend says that the sums of a rule are made of, as some rows show it."""
        return Reference(replace(table.trace, events=self._made(table.columns.take(rows)))).made_of(rule)

    def _weigh_odd(self, one: Together) -> None:
        """Have the reference backend tell what records of odd keys come to, those of a few bins at once.

        Of all at once what is beside gaps: what these may hide of whatever asset is there once.
        """
        parts = list(one.odd)
        while parts:
            some = [parts.pop()]
            while parts and (one.hides or sum(len(odd.places) for odd in some) + len(parts[-1].places) <= self._piece):
                some.append(parts.pop())
            places, earliest, latest = (np.concatenate(side) for side in zip(*some, strict=True))
            order = np.argsort(earliest, kind="stable")  # among assets any order does
            places, times = places[order], (earliest[order], latest[order])
            events = self._pool.passing(places, times)
            one.weigh(*Reference(replace(self._trace, events=events)).greatest(one.rule))

    def _is_new(self, rule: Rule) -> bool:
        """Whether a rule has to be judged, and not another one that asks the same."""
        if id(rule) in self._as:
            return False
        first = self._first.setdefault(repr(rule), rule)
        self._as[id(rule)] = rule, first
        return first is rule

    def load(self, most: int = HELD) -> bool:
        """Read at once all records that are left of the rules screened so far; False if these are more than `most`.

        Then they are only noted, and events are made of them as they are needed, and not kept.
        """
        seen = [(left.places, left.times) for _, lefts in self._left.values() for left in lefts]
        places = np.unique(np.concatenate([places for places, _ in seen])) if seen else np.empty(0, np.int64)
        if len(places) <= most:
            self._pool.load(seen)
            return True
        self._log.note(places)
        self._noted = True
        return False

    def passing(self, rule: Rule) -> tuple[list[Obligation], Passed | None]:
        """What the rule demanded where it is not sure that it was kept; and what is known of where it is."""
        self.screen([rule])
        _, first = self._as[id(rule)]
        if id(first) not in self._told:
            parts = list(self._parts(first, self._pool.events))
            told = [obligation for obligations, _ in parts for obligation in obligations]
            self._told[id(first)] = told, parts[-1][1]
        return self._told[id(first)]

    def parts(self, rule: Rule) -> Iterator[tuple[list[Obligation], Passed | None]]:
        """The same part by part: of some assets each, and what is known of where it is sure."""
        return self._parts(rule, self._pool.passing if self._noted else self._pool.events)

    def _parts(
        self, rule: Rule, made: Callable[[Whole, Times], Sequence[Event]]
    ) -> Iterator[tuple[list[Obligation], Passed | None]]:
        self.screen([rule])
        _, rule = self._as[id(rule)]
        many = 0
        for left in self._left[id(rule)][1]:
            found = _judged(rule, left, made(left.places, left.times))
            next_ = many + 1 + max((obligation.occasion for obligation in found), default=-1)
            yield ([replace(o, occasion=o.occasion + many) for o in found] if many else found), None
            many = next_
            del found  # with its records, before others are read
        yield [], self._passed.get(id(rule))

    def evaluate(self, rule: Rule, without: Events = frozenset(), doubtful: Events = frozenset()) -> list[Obligation]:
        """What the rule demanded on each occasion, and what came of it: as `Reference`, which does it."""
        return self._reference(rule).evaluate(rule, without, doubtful)

    def occasions(self, on: Occasions) -> list[Any]:
        """The events or intervals that are meant, within the observation."""
        return self._reference(on).occasions(on)

    def _reference(self, part: Any) -> Reference:
        """One that knows every record that a rule, or a part of one, may look at."""
        columns = self._log.columns(Selection(types=types_of(part)), ())
        events = self._pool.events(columns.places, (columns.earliest, columns.latest))
        return Reference(replace(self._trace, events=events))

    def _may_hide(self, rule: Rule) -> bool:
        return may_hide(rule, self._trace)

    def _table(self, selection: Selection, fields: Iterable[str]) -> Table:
        trace, buckets = self._trace, selection.buckets
        if buckets is not None:  # as if there were no other assets
            trace = replace(trace, assets=[name for name in trace.subjects if bucket_of(name) in buckets])
        return Table(self._log.columns(selection, fields), trace, trace.beginning)

    def _pass(self, rule: Rule, count: int, nearest: Closest | None) -> None:
        if nearest is None:
            return
        found = Passed(count, nearest.margin, nearest.at, nearest.subject, nearest.unit)
        before = self._passed.get(id(rule))
        if before is not None:
            closest = min(before, found, key=lambda one: (one.margin, one.at, one.subject or ""))
            found = closest._replace(times=before.times + count)
        self._passed[id(rule)] = found


def _judged(rule: Rule, left: _Left, events: Sequence[Event]) -> list[Obligation]:
    """What the reference backend says of what columns left."""
    causes, settled = (_at(places, left, events) for places in (left.causes, left.settled))
    focus = Focus(causes, left.groups, left.told, settled or frozenset())
    return Reference(replace(left.trace, events=events)).evaluate(rule, focus=focus)


def _at(places: Whole | None, left: _Left, events: Sequence[Event]) -> Events | None:
    """The events at some of the places that are left."""
    if places is None:
        return None
    some = set(places.tolist())
    return frozenset(event for event, place in zip(events, left.places.tolist(), strict=True) if place in some)


class _Held:
    """A trace whose events are all held."""

    def __init__(self, trace: Trace, fields: Iterable[str]) -> None:
        self._trace = trace
        self._columns = from_trace(trace, sorted(fields))

    def count(self, selection: Selection) -> int:
        return 0  # nothing is gained by judging them part by part

    def prepare(self, selections: Sequence[Selection]) -> None:
        pass

    def note(self, places: Whole) -> None:
        pass

    def columns(self, selection: Selection, fields: Iterable[str], among: Whole | None = None) -> Columns:
        if among is not None:
            return self._columns.take(among)
        if selection.types is None or selection.types >= set(self._columns.types.values):
            return self._columns
        chosen = np.array([name in selection.types for name in self._columns.types.values], np.bool_)
        return self._columns.take(np.flatnonzero(chosen[self._columns.types.codes]))

    def events(self, places: Whole, times: Times) -> list[Event]:
        return [self._trace.events[place] for place in places.tolist()]


def of_trace(rules: Iterable[Rule]) -> Callable[[Trace], Screening]:
    """Makes the backend of a trace whose events are all held, for these rules."""
    names = {"subject"}.union(*map(fields_of, rules))

    def made(trace: Trace) -> Screening:
        log = _Held(trace, names)
        began = trace.began
        if began is None and trace.events:
            began = (trace.events[0].earliest, min(event.latest for event in trace.events))
        return Screening(replace(trace, events=(), began=began, assets=trace.subjects), log, Pool(log))

    return made
