"""What every measure in columns builds on: occasions, limits, and what is left to be judged record by record.

A measure here finds out of which occasions the columns alone show that the limit was kept, and by how much. All
others are left: with every record that the reference backend needs to judge them as if it had the whole trace.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, NamedTuple

import numpy as np

from checker.backends.columnar.intervals import Asked, Intervals
from checker.backends.columnar.kept import Found
from checker.backends.columnar.runs import EMPTY, contained
from checker.backends.columnar.table import (
    DIGITS,
    LARGEST,
    NotScreened,
    Table,
    combined,
    digits_of,
)
from checker.bounds import INFINITY, Bounds, Number, is_finite
from checker.columns import WITHHELD, Mask, Whole
from checker.interval import FAR, Between, Key, Spell, Stated, primitives
from checker.measure import (
    Before,
    Holds,
    Lag,
    Lead,
    Length,
    Limit,
    Match,
    OnEvents,
    OnIntervals,
    Portion,
    Rule,
    Spacing,
    Value,
    Within,
)
from checker.obligation import Verdict, decide
from checker.parts import parts_of, types_of
from checker.rolling import Made

Spans = frozenset[tuple[int, int]]


class Closest(NamedTuple):
    """The pass with the least margin: by how much, when (µs), of which asset."""

    margin: Number
    at: int
    subject: str | None
    unit: str


class Screened(NamedTuple):
    """What columns show of a rule, and what they leave.

    On `passed` occasions the limit was surely kept, the closest being `nearest`. To judge the others it takes the
    records of `rows`; of the occasions that these show only those are meant that the records of `causes` made arise
    (all if None), or those of the keys of `groups` (all if None; of a key only these spans, if there are any), but for
    the spans that are `told`, and the silences that begin with the records of `settled`. Where something is `hidden`,
    what no record shows is meant too.
    """

    passed: int
    nearest: Closest | None
    rows: Whole
    causes: Whole | None = None
    groups: Mapping[Key, Spans | None] | None = None
    told: Mapping[Key, Spans] | None = None
    hidden: bool = False
    settled: Whole = EMPTY

    @property
    def is_whole(self) -> bool:
        """Whether everything is left."""
        return self.causes is None and self.groups is None and self.told is None


@dataclass
class Occasions:
    """Occasions of a rule within the observation, by their order.

    `loose` are those of which columns do not tell whether, or when, they took place. `odd` are the records of keys
    whose intervals are not plain: whatever they show is left. By the same `name` always go the same; "" is none.
    """

    asked: Asked
    starts: Whole
    ends: Whole
    loose: Mask
    going: Mask
    odd: Whole = field(default_factory=lambda: EMPTY)
    name: str = ""

    def __len__(self) -> int:
        return len(self.starts)

    @property
    def rows(self) -> Whole:
        """The record that made each arise."""
        return self.asked.rows

    def take(self, at: Whole | Mask, name: str = "") -> "Occasions":
        """Some of them."""
        starts, ends = self.starts[at], self.ends[at]
        return Occasions(self.asked.take(at), starts, ends, self.loose[at], self.going[at], self.odd, name)


Weigh = Callable[[Rule, Whole], Mapping[Key, Made]]
"""Tells what the sums of a rule are made of, for each group that some rows of a table show."""


class Base:
    """Occasions and what is shared; of one table."""

    def __init__(self, table: Table, weigh: Weigh | None = None) -> None:
        self._table, self._weigh = table, weigh
        self._intervals = Intervals(table)
        self._from, self._until = table.first, table.until
        self._hides = False
        """Whether a gap may hide something that the rule asks for which is screened."""
        self._began = self._from
        if table.began < self._from:
            seen = table.trace.began
            earliest = [seen[1]] if seen is not None else [int(table.columns.latest.min())] if len(table) else []
            self._began = min(self._from, *earliest)

    @property
    def table(self) -> Table:
        """What is looked at."""
        return self._table

    # ---- occasions ----

    def _occasions(self, rule: Rule) -> Occasions:
        """Those within the observation while the rule is in force, as `Reference` has them."""
        name = self._all_occasions(rule).name
        first, last = bound(rule.start), bound(rule.end)
        return self._table.kept.of(("occasions", name, first, last), lambda: self._within_span(rule, first, last))

    def _within_span(self, rule: Rule, first: int, last: int) -> Occasions:
        found = self._all_occasions(rule)
        if isinstance(rule.on, OnEvents):
            latest = self._table.columns.latest[found.rows]
            keep = (found.starts <= self._until) & (latest >= self._from)
            keep &= found.loose | ((found.starts >= first) & (found.starts < last))
        else:
            keep = (found.starts <= self._until) & ((found.ends > self._from) | (found.starts >= self._from))
            keep &= (found.starts >= first) & (found.starts < last)
        return found if keep.all() else found.take(keep, f"{found.name} in {first} to {last}")

    def _all_occasions(self, rule: Rule) -> Occasions:
        """Those of the whole log, history included."""
        name = self._table.name_of(rule.on)
        if isinstance(rule.on, OnIntervals) and one_by_one(rule):
            name += " one by one"
        return self._table.kept.of(("all occasions", name), lambda: replace(self._find(rule), name=name))

    def _shared(
        self, occasions: Occasions, measure: tuple[Any, ...], find: Callable[[], Found], *more: Hashable
    ) -> Found:
        """What a measure makes of occasions whatever the limit is; `more` is what else it depends on."""
        if not occasions.name:
            return find()
        return self._table.kept.of((occasions.name, self._table.name_of(measure), *more), find)

    def _find(self, rule: Rule) -> Occasions:
        if isinstance(rule.on, OnEvents):
            return self._events_on(rule.on)
        paired = self._intervals.of(rule.on.spell, whole=not one_by_one(rule))
        asked = Asked(self._table, paired.openings, paired.closings)
        return Occasions(asked, paired.starts, paired.ends, paired.touched, paired.going, paired.left)

    def _events_on(self, on: OnEvents) -> Occasions:
        table = self._table
        rows, sure = table.matching(on.pattern)
        loose = ~(sure & table.exact[rows])
        asked, times = Asked(table, rows), table.time[rows]
        for spell, wanted in ((on.during, True), (on.outside, False)):
            if spell is not None:
                inside = self._intervals.at(spell, asked, times, None)
                loose = loose | (inside == -1)
                keep = loose | (inside == wanted)
                asked, times, loose = asked.take(keep), times[keep], loose[keep]
        return Occasions(asked, times, times, loose, np.zeros(len(times), np.bool_))

    def _around(self, rule: Rule, occasions: Occasions) -> Whole:
        """The records that show some occasions, and whether they lie inside what they must."""
        found = [occasions.rows, occasions.odd]
        if occasions.asked.closings is not None:
            found.append(occasions.asked.closings[occasions.asked.closings >= 0])
        if isinstance(rule.on, OnEvents):
            latest = self._table.columns.latest[occasions.rows]
            for spell in (rule.on.during, rule.on.outside):
                if spell is not None and len(occasions):
                    found.append(self._intervals.near(spell, occasions.asked, occasions.starts, latest, None))
        return np.concatenate(found)

    def _keys(self, asked: Asked, per: Sequence[str]) -> Whole:
        """What keeps groups apart, as a whole number. Raises NotScreened where a key is withheld."""
        codes = [asked.codes(name, name) for name in per]
        if any((one == WITHHELD).any() for one in codes):
            raise NotScreened
        sizes = [len(self._table.column(name).values) for name in per]
        return combined(list(zip(codes, sizes, strict=True))) if codes else np.zeros(len(asked.rows), np.int64)

    def _odd(self, rule: Rule, occasions: Occasions, match: Match | None) -> Asked:
        """The records of odd keys, as what asks for what their intervals may ask for.

        Raises NotScreened where that may be a field of which it is open which record carries it.
        """
        names = {ours for _, ours in match or ()}
        if len(occasions.odd) and isinstance(rule.on, OnIntervals) and not names <= set(rule.on.spell.per):
            raise NotScreened
        return Asked(self._table, occasions.odd)

    def _supporting(
        self, rule: Rule, spell: Spell, occasions: Occasions, lows: Whole, highs: Whole, match: Match | None
    ) -> Whole:
        """The records of every interval that may touch a span [low, high] of an occasion, or that odd ones ask for."""
        near = self._intervals.near(spell, occasions.asked, lows, highs, match)
        if not len(occasions.odd):
            return near
        pairs = match
        if pairs is None:
            pairs = tuple((name, name) for part in primitives(spell) for name in part.per)
        odd = self._odd(rule, occasions, pairs)
        far = np.full(len(occasions.odd), FAR >> 1)
        return np.concatenate([near, self._intervals.near(spell, odd, -far, far, match)])

    # ---- what is left ----

    def _left(
        self, rule: Rule, occasions: Occasions, kept: Mask, margins: Whole | None, unit: str,
        more: Iterable[Whole] = (), values: Sequence[Number] | None = None,
    ) -> Screened:  # fmt: skip
        """The occasions that were kept, with their margins (None: there is none, or no end of it), and the others.

        `more` are records that the others need, beside those that show them. Margins are as `compared` gives them, or
        places in `values`.
        """
        others = occasions.take(~kept)
        rows = np.concatenate([self._around(rule, others), *more])
        causes = np.unique(np.concatenate([others.rows, occasions.odd]))
        nearest = self._closest(occasions, kept, margins, unit)
        if nearest is not None and margins is not None:
            told = int(nearest.margin)
            nearest = nearest._replace(margin=unscaled(rule.limit, told) if values is None else values[told])
        return Screened(int(kept.sum()), nearest, self._closed(rule, rows), causes=causes)

    def _told(
        self, rule: Rule, occasions: Occasions, plain: Mask, decided: "Decided", unit: str, more: Iterable[Whole] = ()
    ) -> Screened:
        """The same, of occasions that each come to one of a few values."""
        return self._left(rule, occasions, decided.kept & plain, decided.ranks, unit, more, decided.margins)

    def _closest(self, occasions: Occasions, kept: Mask, margins: Whole | None, unit: str) -> Closest | None:
        at = np.flatnonzero(kept)
        if not len(at):
            return None
        if margins is not None:
            at = at[margins[at] == margins[at].min()]
        at = at[occasions.starts[at] == occasions.starts[at].min()]
        chosen = occasions.take(at)
        subjects = [self._subject(chosen, place) for place in range(len(at))]
        margin: Number = INFINITY if margins is None else int(margins[at[0]])
        return Closest(margin, int(occasions.starts[at[0]]), min(subjects, key=lambda name: name or ""), unit)

    def _subject(self, occasions: Occasions, place: int) -> str | None:
        subject = self._table.subject(int(occasions.rows[place]))
        closings = occasions.asked.closings
        if subject is None and closings is not None and closings[place] >= 0:
            subject = self._table.subject(int(closings[place]))
        return subject

    def _closed(self, rule: Rule | Spell, rows: Whole) -> Whole:
        """With each record that opens or closes an interval the other one, so that those that are left are in turn."""
        rows = np.unique(rows)
        spells = [part for part in parts_of(rule) if isinstance(part, Between)]
        more = True
        while more:
            before = len(rows)
            lone = False
            for spell in spells:
                pairs = self._intervals.other_sides(spell, rows)
                rows = np.unique(np.concatenate([rows, pairs]))
                paired = self._intervals.of(spell)
                if paired.lone is not None:
                    lone = True
                    rows = np.union1d(rows, paired.lone.beside(rows))
                if len(paired.odd) and contained(paired.odd, rows).any():
                    rows = np.unique(np.concatenate([rows, self._odd_with(spell, rows)]))
            for part in parts_of(rule):  # whoever states an interval in an odd way is not left alone either
                if isinstance(part, Stated):
                    rows = np.unique(np.concatenate([rows, self._odd_with(part, rows)]))
            more = (lone or len(spells) > 1) and len(rows) > before
        return rows

    def _odd_with(self, spell: Between | Stated, rows: Whole) -> Whole:
        """The records of the odd keys that some of the rows belong to."""
        odd = self._intervals.of(spell).odd
        if not len(odd):
            return EMPTY
        mine = np.zeros(len(odd), np.bool_)
        mine[np.searchsorted(odd, rows[contained(odd, rows)])] = True
        if not mine.any():
            return EMPTY
        key = self._table.keys(spell.per, odd)
        return odd[np.isin(key, key[mine])]

    def whole(self, rule: Rule) -> Screened:
        """Everything is left: every record that the rule may look at."""
        return Screened(0, None, self._table.of_types(types_of(rule)))


def with_odd(occasions: Occasions) -> Asked:
    """What occasions and the records of odd keys ask for, one after the other."""
    asked = occasions.asked
    rows = np.concatenate([asked.rows, occasions.odd])
    closings = None
    if asked.closings is not None:
        closings = np.concatenate([asked.closings, np.full(len(occasions.odd), -1)])
    return Asked(asked.table, rows, closings)


def one_by_one(rule: Rule) -> bool:
    """Whether what a rule says of an interval depends on no other of its key, but for the one before it."""
    if isinstance(rule.measure, (Lead, Lag)):
        return not rule.measure.once
    if isinstance(rule.measure, Spacing):
        spell = rule.on.spell if isinstance(rule.on, OnIntervals) else None
        return isinstance(spell, Between) and set(spell.per) == set(rule.measure.per)
    return isinstance(rule.measure, (Holds, Value, Within, Length, Portion, Before))


class Decided(NamedTuple):
    """What a few values come to, each decided on once: which keep the limit, and the place of their margins."""

    kept: Mask
    ranks: Whole
    margins: list[Number]

    @classmethod
    def of(cls, limit: Limit, place: Whole, measured: Sequence[Bounds]) -> "Decided":
        """Of the value at each place."""
        decisions = [decide(one, limit) for one in measured]
        margins = sorted({one.margin.low for one in decisions})
        places = {margin: at for at, margin in enumerate(margins)}
        kept = np.array([one.verdict is Verdict.SATISFIED for one in decisions], np.bool_)
        ranks = np.array([places[one.margin.low] for one in decisions], np.int64)
        return cls(kept[place], ranks[place], margins)


def bound(number: Number) -> int:
    """A bound of an instant as a whole number beyond every instant, if it is none."""
    return int(max(min(number, 1 << 62), -(1 << 62)))


def is_whole(limit: Limit) -> bool:
    """Whether the limit is of whole numbers, as one of time is."""
    sides = (side for side in (limit.at_least, limit.at_most) if side is not None and is_finite(side))
    return all(side == int(side) for side in sides)


def scale_of(limit: Limit, digits: int = 0) -> int:
    """In what parts of one both the limit and values of so many digits are whole. Raises NotScreened if it is none."""
    for side in (limit.at_least, limit.at_most):
        if isinstance(side, Decimal) and is_finite(side) and side != int(side):
            digits = max(digits, digits_of(side))
    if digits > DIGITS:
        raise NotScreened
    scale: int = 10**digits
    return scale


def compared(limit: Limit, values: Whole, digits: int = 0, lowest: Whole | None = None) -> tuple[Mask, Whole | None]:
    """Which values keep the limit, and by how much, both exact (None: without end).

    Values are whole numbers of the last of so many `digits`, margins in the parts of `scale_of`. What must be so much
    at least is `lowest`, if that is something else. Raises NotScreened where whole numbers do not hold them.
    """
    scale = scale_of(limit, digits)
    factor = scale // 10**digits
    sides = []
    for side, sign, given in ((limit.at_most, 1, values), (limit.at_least, -1, values if lowest is None else lowest)):
        if side is None or side == INFINITY:
            continue
        if not -(LARGEST // scale) < side < LARGEST // scale:
            raise NotScreened
        if factor > 1 and len(given) and int(np.abs(given).max()) >= LARGEST // factor:
            raise NotScreened
        sides.append(sign * (int(side * scale) - given * factor))
    if not sides:
        return np.ones(len(values), np.bool_), None
    margins: Whole = np.minimum.reduce(sides)
    return margins > 0 if limit.exclusive else margins >= 0, margins


def unscaled(limit: Limit, margin: int, digits: int = 0) -> Number:
    """A margin of `compared` as the number that it is."""
    scale = scale_of(limit, digits)
    return margin if scale == 1 else Decimal(margin) / scale
