"""Measures of one event or one interval, in columns."""

import numpy as np

from checker.backends.columnar.base import Base, Screened, compared
from checker.backends.columnar.table import NotScreened
from checker.measure import DURATION, Holds, Length, Portion, Rule, Value, Within

COUNT = "count"


class Single(Base):
    """Holds, Within, Value, Length and Portion."""

    def _holds(self, rule: Rule, measure: Holds) -> Screened:
        occasions = self._occasions(rule)
        truths = self._table.truths(measure.pattern, occasions.rows)
        kept, margins = compared(rule.limit, truths.astype(np.int64))
        return self._left(rule, occasions, kept & (truths != -1) & ~occasions.loose, margins, COUNT)

    def _within(self, rule: Rule, measure: Within) -> Screened:
        occasions = self._occasions(rule)
        inside = self._intervals.at(measure.spell, occasions.asked, occasions.starts, measure.match)
        value = inside if measure.inside else 1 - inside
        kept, margins = compared(rule.limit, value.astype(np.int64))
        kept &= (inside != -1) & ~occasions.loose
        others = occasions.take(~kept)
        latest = self._table.columns.latest[others.rows]
        near = self._supporting(rule, measure.spell, others, others.starts, latest, measure.match)
        return self._left(rule, occasions, kept, margins, COUNT, [near])

    def _value(self, rule: Rule, measure: Value) -> Screened:
        occasions = self._occasions(rule)
        values, known = self._table.numbers(measure.field, occasions.rows)
        there = (known != 0) | occasions.loose
        if not there.all():
            occasions, values, known = occasions.take(there), values[there], known[there]
        if occasions.asked.closings is not None:
            raise NotScreened
        kept, margins = compared(rule.limit, values)
        return self._left(rule, occasions, kept & (known == 1) & ~occasions.loose, margins, measure.unit)

    def _length(self, rule: Rule, measure: Length) -> Screened:
        occasions = self._occasions(rule)
        kept, margins = compared(rule.limit, occasions.ends - occasions.starts)
        return self._left(rule, occasions, kept & ~occasions.going, margins, DURATION)

    def _portion(self, rule: Rule, measure: Portion) -> Screened:
        occasions = self._occasions(rule)
        lows, highs = np.maximum(occasions.starts, self._from), np.minimum(occasions.ends, self._until)
        long = lows < highs
        inside, outside = self._intervals.covering(measure.spell, occasions.asked, lows, highs, measure.match)
        kept, margins = compared(rule.limit, np.zeros(len(occasions), np.int64))
        kept &= (outside if measure.inside else inside) & long & ~occasions.loose
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
