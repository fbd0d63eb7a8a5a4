"""The columnar backend: what every measure means where nothing is open, for all keys at once.

Over columns of whole numbers it finds the occasions on which a limit was surely kept, counts them, and leaves all
others, with the few records that they need, to the reference backend: so both cannot but tell the same of them.
A file for each family of measures, as there; all of them build on `base`.
"""

from collections.abc import Callable

import numpy as np

from checker.backends.columnar.base import Closest, Screened, Weigh, one_by_one
from checker.backends.columnar.compared import Compared
from checker.backends.columnar.intervals import Asked
from checker.backends.columnar.rows import Rows
from checker.backends.columnar.runs import EMPTY
from checker.backends.columnar.single import Single
from checker.backends.columnar.states import States
from checker.backends.columnar.sums import Judging, Sum, Sums
from checker.backends.columnar.table import NotScreened, Table, from_trace
from checker.backends.columnar.together import Together
from checker.columns import Whole
from checker.interval import Between, Spell, Stated, Where, is_known, key_of
from checker.measure import (
    Before,
    Clashes,
    Deviation,
    Distance,
    Holds,
    Lag,
    Lead,
    Length,
    Level,
    OnEvents,
    OnIntervals,
    Portion,
    Rule,
    Spacing,
    Standing,
    Step,
    Total,
    Value,
    Within,
)
from checker.parts import parts_of, patterns_of, types_of
from checker.pattern import Pattern
from checker.trace import Trace

__all__ = [
    "Closest", "Columnar", "NotScreened", "Screened", "Table", "Together", "fields_of", "from_trace", "may_hide",
]  # fmt: skip


class Columnar(Single, Rows, Sums, States, Compared):
    """Screens rules on one table, one after the other; intervals are paired once and shared."""

    def __init__(self, table: Table, weigh: Weigh | None = None) -> None:
        """`weigh` has the reference backend tell what some rows come to, where sums need it."""
        super().__init__(table, weigh)
        self._received: Columnar | None = None

    def screen(self, rule: Rule) -> Screened:
        """On which occasions the limit was surely kept, and what it takes to judge all others."""
        trace = self._table.trace
        if rule.as_received and trace.hidden:
            if self._received is None:
                self._received = Columnar(Table(self._table.columns, trace.as_received(), self._table.began))
            return self._received.screen(rule)
        measure, self._hides = _MEASURES.get(type(rule.measure)), may_hide(rule, trace)
        if measure is None or (self._hides and not _is_local(rule, trace)):
            return self.whole(rule)
        if not rule.history_complete and _looks_around(rule):
            return self.whole(rule)
        try:
            with np.errstate(over="raise"):
                found = measure(self, rule, rule.measure)
                return self._with_hidden(rule, found) if self._hides else found
        except NotScreened:
            return self.whole(rule)

    def sum_of(self, rule: Rule, *, hides: bool = False) -> tuple[Sum, Judging]:
        """As `Sums`; what went on around something before the log is open."""
        if not rule.history_complete and _looks_around(rule):
            raise NotScreened
        return super().sum_of(rule, hides=hides)

    def beside_gaps(self, spell: Spell) -> Whole:
        """The records that show all that gaps may hide of intervals, each with the other side."""
        return self._closed(spell, self._intervals.standing(spell))

    def _with_hidden(self, rule: Rule, found: Screened) -> Screened:
        """The same, and what a gap may hide: to judge that, too, it takes every record that may matter to it."""
        rows = self._of_gaps(rule, found.rows)
        if rows is None:
            rows = self._table.of_types(types_of(rule))
        return found._replace(rows=rows, hidden=True)

    def _of_gaps(self, rule: Rule, rows: Whole) -> Whole | None:
        """With some rows those that it takes to judge what gaps may hide; None if these are not known.

        What is hidden is an occasion of its own: it takes what may lead or answer, and what may go on around it.
        """
        on, measure = rule.on, rule.measure
        if isinstance(measure, (Level, Standing, Clashes)):
            return rows
        if isinstance(measure, Total):
            return None if isinstance(on, OnEvents) and (on.during or on.outside) else rows
        if isinstance(measure, Spacing) and measure.along is None and isinstance(on, OnEvents):
            return rows if on.during is None and on.outside is None else None
        if isinstance(on, OnIntervals):
            if not isinstance(measure, (Length, Portion, Spacing)):
                return None
            return self._beside_gaps(rule, on.spell, measure, rows)
        more: Whole | None = EMPTY
        if isinstance(measure, (Lead, Lag)):
            more = EMPTY if measure.once else self._of_hidden(on, measure, rule.limit)
        elif isinstance(measure, Within):
            more = self._around_gaps(on, measure.spell)
        elif isinstance(measure, Before):
            more = self._around_gaps(on, measure.spell, measure.back)
        elif isinstance(measure, Deviation) or (isinstance(measure, Step) and self._known(on.pattern, measure.per)):
            return None
        around = [self._around_gaps(on, spell) for spell in (on.during, on.outside) if spell is not None]
        found = [one for one in (more, *around) if one is not None]
        return self._closed(rule, np.concatenate([rows, *found])) if len(found) == len(around) + 1 else None

    def _around_gaps(self, on: OnEvents, spell: Spell, back: int = 0) -> Whole | None:
        """The records of all that goes on, of whatever asset, when a gap may hide an occasion, or so long before."""
        return self._intervals.going_on(spell, self._table.holes(on.pattern), back)

    def _beside_gaps(self, rule: Rule, spell: Spell, measure: Length | Portion | Spacing, rows: Whole) -> Whole | None:
        """With some rows the records beside gaps: they show all that may be hidden of an interval, and what covers it.

        None where that may depend on more: on where something of whatever asset goes on, or of one of which no interval
        is shown. What must lie inside of something is open for an asset of which nothing is known, wherever others are.
        """
        if not isinstance(spell, (Between, Where)):
            return None
        found = [rows, self._intervals.standing(spell)]
        if isinstance(measure, Portion):
            of_known = any(self._known(pattern, spell.per) for pattern in patterns_of(spell))
            if of_known or measure.inside or not isinstance(measure.spell, (Between, Stated, Where)):
                return None
            paired, touched = self._intervals.of(spell), self._intervals.of(spell).touched
            unseen = paired.unseen.joined(paired.openings[touched], paired.starts[touched], paired.ends[touched])
            asked = Asked(self._table, unseen.rows)
            near = self._intervals.near(measure.spell, asked, unseen.since, unseen.until, measure.match)
            found += [near, self._intervals.standing(measure.spell)]
        return self._closed(rule, np.concatenate(found))

    def _known(self, pattern: Pattern, per: tuple[str, ...]) -> bool:
        """Whether it may be told of whom something of a pattern is missing: then it is of the group of others."""
        trace = self._table.trace
        hidden = (event for event in trace.hidden if pattern.test(event, trace.registers) is not False)
        return any(is_known(key_of(event.get, per)) for event in hidden)


_MEASURES: dict[type, Callable[..., Screened]] = {
    Holds: Columnar._holds,
    Within: Columnar._within,
    Value: Columnar._value,
    Distance: Columnar._distance,
    Length: Columnar._length,
    Portion: Columnar._portion,
    Lead: Columnar._lead,
    Lag: Columnar._lag,
    Spacing: Columnar._spacing,
    Total: Columnar._total,
    Level: Columnar._level,
    Step: Columnar._step,
    Clashes: Columnar._clashes,
    Deviation: Columnar._deviation,
    Standing: Columnar._standing,
    Before: Columnar._before,
}


def _looks_around(rule: Rule) -> bool:
    """Whether it depends on what goes on around an occasion, which may have begun before the log."""
    conditions = isinstance(rule.on, OnEvents) and (rule.on.during is not None or rule.on.outside is not None)
    return conditions or isinstance(rule.measure, (Within, Portion, Before))


def _is_local(rule: Rule, trace: Trace) -> bool:
    """Whether columns tell which occasions of a rule are out of reach of everything that gaps may hide."""
    if any(pattern.test(event, trace.registers) for pattern in patterns_of(rule) for event in trace.hidden):
        return False  # what is missing surely is one
    if isinstance(rule.measure, Spacing):
        plain = rule.measure.along is not None or rule.measure.edges
        return plain or isinstance(rule.on, OnEvents) or one_by_one(rule)
    if isinstance(rule.measure, Total):
        return not rule.measure.window.since
    return True


def may_hide(rule: Rule, trace: Trace) -> bool:
    """Whether a gap may hide something that the rule asks for."""
    hidden = [] if rule.as_received else trace.hidden
    measure, limit = rule.measure, rule.limit
    silence = isinstance(measure, Spacing) and measure.edges and measure.scope is None
    too_few = isinstance(measure, (Total, Level)) and limit.at_least is not None
    if (silence or too_few) and any(event.subject is None for event in hidden):
        return True  # an asset that no record shows would owe something too
    return any(pattern.test(event, trace.registers) is not False for pattern in patterns_of(rule) for event in hidden)


_TEXTS = ("field", "other", "along", "weight", "accuracy", "to_field", "from_field", "start", "end")
_PAIRS = ("match", "release_match")
_NAMING = ("test", "per", *_PAIRS, *_TEXTS)
_NAMED: dict[type, tuple[str, ...]] = {}


def fields_of(rule: Rule | Spell) -> set[str]:
    """The fields that a rule or an expression may look at, of whatever record."""
    found = {"subject"}
    for part in parts_of(rule):
        named = _NAMED.get(type(part))
        if named is None:  # the same for all parts of one type
            named = _NAMED[type(part)] = tuple(name for name in _NAMING if hasattr(part, name))
        for name in named:
            value = getattr(part, name)
            if name == "test":
                found |= set(getattr(part, "fields", ()))
            elif name == "per":
                found |= set(value)
            elif name in _PAIRS and isinstance(value, tuple):
                found |= {one for pair in value for one in pair}
            elif isinstance(value, str):
                found.add(value)
        if type(part).__name__ == "Total" and part.of not in ("duration", "count"):
            found.add(part.of)
    return found - {"time", "type", "source"}
