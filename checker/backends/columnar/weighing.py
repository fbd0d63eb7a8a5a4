"""Of sums the parts: what lies apart from gaps as columns, and what the reference backend tells of all else."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from checker.backends.columnar.base import Base, Occasions
from checker.backends.columnar.intervals import Asked
from checker.backends.columnar.runs import Runs, contained
from checker.backends.columnar.table import DIGITS, LARGEST, NotScreened, digits_of
from checker.bounds import Number, is_finite
from checker.columns import Mask, Whole
from checker.interval import Key, Spell
from checker.measure import Level, Rule, Total
from checker.rolling import Span

_FEW = 4
"""So great a part of the intervals, one of so many, is to lie apart from gaps."""
_KNOWN = frozenset(("subject", "source", "type"))
"""Fields of which it may be known what they are of a record that is missing."""


class Added(NamedTuple):
    """Spans by group, each with how much it counts; and when of each there is no bound to that."""

    of: Whole
    starts: Whole
    ends: Whole
    amounts: Whole
    endless: Runs


class Parts(NamedTuple):
    """What sums of groups are made of: `plain` intervals with their groups and amounts, and more, at least and at most.

    Amounts are numbers of so many `digits`. `rows` show all that is not plain; because of that some groups are asked
    about, and shown by some record.
    """

    names: list[Key]
    plain: Occasions
    of: Whole
    amounts: Whole
    digits: int
    rows: Whole
    lower: Added
    upper: Added
    asked: Mask
    shown: Mask


class Weighing(Base):
    """Sums of intervals of which gaps may hide some."""

    def _apart(self, spell: Spell) -> Occasions:
        """The plain intervals, and the records of odd keys: what else lacks a side stands beside a gap."""
        paired = self._intervals.of(spell)
        asked = Asked(self._table, paired.openings, paired.closings)
        name = f"{self._table.name_of(spell)} apart"
        return Occasions(asked, paired.starts, paired.ends, paired.touched, paired.going, paired.odd, name)

    def _parts(self, rule: Rule, spell: Spell, measure: Level | Total) -> Parts:
        """The parts of all groups. Raises NotScreened where it takes more than the records beside gaps to tell.

        One interval of each group is among those that are not plain: so all groups are known.
        """
        per, own, table = set(measure.per), set(spell.per), self._table
        if self._weigh is None or (per & own and not own <= per and own - per <= _KNOWN):
            raise NotScreened  # what is missing may be of one key with what is shown, if it is of that group
        every = self._apart(spell)
        amounts, plain, digits = np.ones(len(every), np.int64), np.ones(len(every), np.bool_), 0
        field = measure.weight if isinstance(measure, Level) else measure.of
        if field not in (None, "duration", "count"):
            amounts, known, digits = table.decimals(field, every.rows)
            plain = (known == 1) & (amounts >= 0)
        key, fitting = self._keys(every.asked, measure.per), np.flatnonzero(plain)
        numbers, first = np.unique(key[fitting], return_index=True)
        some = every.take(fitting[first])
        found = [self._intervals.standing(spell)]
        found += [self._around(rule, one) for one in (some, every.take(~plain))]
        rows = self._closed(rule, np.concatenate(found))
        plain &= ~contained(rows, every.rows)
        if _FEW * np.count_nonzero(plain) < len(every):
            raise NotScreened  # to have nearly all weighed first would take longer than to leave it
        made = self._weigh(rule, rows)
        places = {name: at for at, name in enumerate(made)}
        named = table.named(measure.per, [some.asked.codes(name, name) for name in measure.per], len(some))
        if not places.keys() >= set(named):
            raise NotScreened
        place = np.array([places[name] for name in named], np.int64)
        sides = [[one.lower for one in made.values()], [one.upper for one in made.values()]]
        told: list[Number] = [span[2] for side in sides for spans in side for span in spans if is_finite(span[2])]
        more = max([digits, *(digits_of(one) for one in told if isinstance(one, Decimal))]) - digits
        total = float(amounts[plain].sum(dtype=np.float64)) / 10**digits + sum(abs(float(one)) for one in told)
        if digits + more > DIGITS or total * 10 ** (digits + more) >= LARGEST:
            raise NotScreened
        lower, upper = (_added(side, digits + more) for side in sides)
        asked, shown = [one.asked for one in made.values()], [one.shown for one in made.values()]
        return Parts(
            list(made),
            every.take(plain),
            place[np.searchsorted(numbers, key[plain])],
            amounts[plain] * 10**more,
            digits + more,
            rows,
            lower,
            upper,
            *(np.array(one, np.bool_) for one in (asked, shown)),
        )


def _added(groups: Iterable[Sequence[Span]], digits: int) -> Added:
    """The spans of groups, with amounts of so many digits."""
    finite, endless = [], []
    for at, spans in enumerate(groups):
        for start, end, amount in spans:
            if is_finite(amount):
                finite.append((at, start, end, int(amount * 10**digits)))
            elif start < end:
                endless.append((at, start, end))
    of, starts, ends, amounts = np.array(finite, np.int64).reshape(-1, 4).T
    return Added(of, starts, ends, amounts, Runs.merged(*np.array(endless, np.int64).reshape(-1, 3).T))
