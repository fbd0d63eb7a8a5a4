"""Measures of one event or one interval, in columns."""

import numpy as np

from checker.backends.columnar.base import Base, Decided, Occasions, Screened, compared
from checker.backends.columnar.table import NotScreened, distinct
from checker.backends.reference.base import as_bounds
from checker.bounds import INFINITY, Bounds
from checker.columns import ABSENT, WITHHELD, Mask, Whole
from checker.geodesy import distance_to
from checker.interval import Spell, primitives
from checker.measure import DURATION, Before, Distance, Holds, Length, Match, OnEvents, Portion, Rule, Value, Within
from checker.register import Entry, Register

COUNT = "count"


class Single(Base):
    """Holds, Within, Value, Distance, Length, Portion and Before."""

    def _holds(self, rule: Rule, measure: Holds) -> Screened:
        occasions = self._occasions(rule)
        truths = self._table.truths(measure.pattern, occasions.rows, occasions.name)
        kept, margins = compared(rule.limit, truths.astype(np.int64))
        return self._left(rule, occasions, kept & (truths != -1) & ~occasions.loose, margins, COUNT)

    def _within(self, rule: Rule, measure: Within) -> Screened:
        occasions = self._occasions(rule)
        inside = self._shared(
            occasions, measure,
            lambda: self._intervals.at(measure.spell, occasions.asked, occasions.starts, measure.match),
        )  # fmt: skip
        value = inside if measure.inside else 1 - inside
        kept, margins = compared(rule.limit, value.astype(np.int64))
        kept &= (inside != -1) & self._firm(rule, occasions, measure.spell, measure.match)
        others = occasions.take(~kept)
        latest = self._table.columns.latest[others.rows]
        near = self._supporting(rule, measure.spell, others, others.starts, latest, measure.match)
        return self._left(rule, occasions, kept, margins, COUNT, [near])

    def _value(self, rule: Rule, measure: Value) -> Screened:
        """Plain: an exact time, and a number. Of numbers that are not all whole each is decided on once."""
        occasions = self._occasions(rule)
        values, known = self._table.numbers(measure.field, occasions.rows)
        there = (known != 0) | occasions.loose
        if not there.all():
            occasions, values, known = occasions.take(there), values[there], known[there]
        if occasions.asked.closings is not None:
            raise NotScreened
        if (known != -1).all():
            kept, margins = compared(rule.limit, values)
            return self._left(rule, occasions, kept & (known == 1) & ~occasions.loose, margins, measure.unit)
        codes, column = self._table.codes(measure.field)[occasions.rows], self._table.column(measure.field)
        place, example = distinct([(codes, len(column.values))])
        shown = [self._table.value(measure.field, int(row)) for row in occasions.rows[example]]
        measured = [as_bounds(len(value) if isinstance(value, list) else value) for value in shown]
        decided = Decided.of(rule.limit, place, measured)
        return self._told(rule, occasions, (codes >= 0) & ~occasions.loose, decided, measure.unit)

    def _distance(self, rule: Rule, measure: Distance) -> Screened:
        """Plain: an exact time. Each position, with its accuracy, is measured once for each listing of the register."""
        table = self._table
        occasions = self._occasions(rule)
        if occasions.asked.closings is not None:
            raise NotScreened
        occasions = occasions.take(table.codes(measure.field)[occasions.rows] != ABSENT)
        plain, parts = ~occasions.loose, []
        for name in (measure.field, measure.accuracy):
            if name is not None:
                codes = table.codes(name)[occasions.rows]
                plain &= codes != WITHHELD
                parts.append((codes, len(table.column(name).values)))
        register = table.trace.registers[measure.register]
        edges = np.array(sorted(register.changes()), np.int64)
        since = np.searchsorted(edges, table.time[occasions.rows], side="right")
        place, example = distinct([*parts, (since, len(edges) + 1)])
        measured = self._distances(measure, register, occasions.rows[example], since[example])
        return self._told(rule, occasions, plain, Decided.of(rule.limit, place, measured), "m")

    def _distances(self, measure: Distance, register: Register, rows: Whole, since: Whole) -> list[Bounds]:
        found, listed, table = [], dict[int, list[Entry]](), self._table
        for row, at in zip(rows.tolist(), since.tolist(), strict=True):
            moment = int(table.time[row])
            if at not in listed:
                listed[at] = register.listed(moment)
            accuracy = table.value(measure.accuracy, row) if measure.accuracy else None
            metres, _ = distance_to(table.value(measure.field, row), listed[at], accuracy)
            found.append(Bounds(metres.low, INFINITY) if register.is_open(moment, moment) else metres)
        return found

    def _before(self, rule: Rule, measure: Before) -> Screened:
        """Plain: nothing is open of what went on in the time before, and all of that lies within the log.

        A missing record may have begun or ended something there, or be all that there was, wherever a gap reaches it.
        """
        occasions = self._occasions(rule)
        lows, highs = occasions.starts - measure.back, occasions.starts
        amounts, sure = self._shared(
            occasions, measure,
            lambda: self._intervals.amounts(measure.spell, occasions.asked, lows, highs, measure.unbroken),
        )  # fmt: skip
        kept, margins = compared(rule.limit, amounts)
        kept &= sure & self._firm(rule, occasions, measure.spell)
        if not rule.history_complete:
            kept &= lows >= self._began
        others = occasions.take(~kept)
        latest = self._table.columns.latest[others.rows] if others.asked.closings is None else others.starts
        near = self._supporting(rule, measure.spell, others, others.starts - measure.back, latest, None)
        return self._left(rule, occasions, kept, margins, DURATION, [near])

    def _length(self, rule: Rule, measure: Length) -> Screened:
        occasions = self._occasions(rule)
        kept, margins = compared(rule.limit, occasions.ends - occasions.starts)
        if not rule.history_complete:
            kept &= occasions.starts > self._began  # what went on as the log began may be longer
        if rule.limit.at_least is not None:
            kept &= ~occasions.loose  # else, if it ended before, it was no longer
        return self._left(rule, occasions, kept & ~occasions.going, margins, DURATION)

    def _firm(self, rule: Rule, occasions: Occasions, spell: Spell, match: Match | None = None) -> Mask:
        """Of which occasions it is sure that and when they began, and what they ask for.

        An interval that missing records may have ended before began all the same; what it ended with may say nothing.
        """
        if isinstance(rule.on, OnEvents):
            return ~occasions.loose
        asked = {ours for _, ours in match} if match is not None else {n for one in primitives(spell) for n in one.per}
        found = np.ones(len(occasions), np.bool_)
        for name in asked - set(rule.on.spell.per):
            found &= self._table.codes(name)[occasions.rows] >= 0
        return found | ~occasions.loose

    def _portion(self, rule: Rule, measure: Portion) -> Screened:
        """Plain: what went on for as long as is shown, or for a part of that, and what says of what.

        What missing records may have ended before is asked about up to the end that is shown.
        """
        occasions = self._occasions(rule)
        lows, highs = np.maximum(occasions.starts, self._from), np.minimum(occasions.ends, self._until)
        long = lows < highs
        inside, outside = self._shared(
            occasions, measure,
            lambda: self._intervals.covering(measure.spell, occasions.asked, lows, highs, measure.match),
        )  # fmt: skip
        kept, margins = compared(rule.limit, np.zeros(len(occasions), np.int64))
        kept &= (outside if measure.inside else inside) & long
        kept &= self._firm(rule, occasions, measure.spell, measure.match)
        others, short = occasions.take(~kept), ~long[~kept]
        lows, highs = np.minimum(lows, highs)[~kept], np.maximum(lows, highs)[~kept]
        # of what is not seen to last, the record that shows it is asked about
        shown = self._table.time[others.rows]
        lows, highs = np.where(short, np.minimum(lows, shown), lows), np.where(short, np.maximum(highs, shown), highs)
        near = [
            self._supporting(rule, spell, others, lows, highs, measure.match)
            for spell in (measure.spell, measure.brief) if spell is not None
        ]  # fmt: skip
        return self._left(rule, occasions, kept, margins, DURATION, near)
