"""When totals start anew, in columns: for each group the times in which that surely went on.

Plain are intervals from one record to another, those of them (or of the time between them) that last so long, and such
as have to follow one another. What still goes on may turn out to be one: until then it surely is none.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from checker.backends.columnar.intervals import Intervals
from checker.backends.columnar.runs import EMPTY, Runs
from checker.backends.columnar.table import NotScreened
from checker.columns import Mask, Whole
from checker.interval import FAR, Between, Cover, Key, Lasting, Outside, Spell, Where, primitives
from checker.renewal import renewals
from checker.timeline import Spans, merge


class Named(NamedTuple):
    """Intervals of groups, in no order: those that there are, and of which it is open (`sure`) whether they are."""

    of: Whole
    starts: Whole
    ends: Whole
    sure: Mask

    def take(self, at: Whole | Mask) -> "Named":
        """Some of them."""
        return Named(self.of[at], self.starts[at], self.ends[at], self.sure[at])


class Anew(NamedTuple):
    """When the totals of each group surely start anew, in order of group and time; `odd` are groups that are not plain.

    `rows` are all records that show it, each `of` a group.
    """

    runs: Runs
    odd: Mask
    rows: Whole
    of: Whole


class Renewing:
    """Finds when the totals of some groups start anew."""

    def __init__(self, intervals: Intervals, names: Sequence[str], groups: list[Key]) -> None:
        self._intervals, self._names = intervals, names
        self._began = intervals.table.began
        self._until = intervals.table.until
        self._places = {key: at for at, key in enumerate(groups)}
        self._count = len(groups)

    def of(self, since: Sequence[Sequence[Spell]]) -> Anew:
        """When these went on last, one after the other where there are several in turn. NotScreened if not plain."""
        shown = dict.fromkeys(part for parts in since for one in parts for part in primitives(one))
        odd, rows, of = np.zeros(self._count, np.bool_), [EMPTY], [EMPTY]
        for spell in shown:
            if not isinstance(spell, Between) or set(spell.per) != set(self._names):
                raise NotScreened
            paired = self._intervals.of(spell, whole=True)
            for some in (paired.openings, paired.closings[paired.closings >= 0], paired.odd):
                rows.append(some)
                of.append(self._groups(some))
            odd[of[-1][of[-1] >= 0]] = True
        found = [[self._named(spell) for spell in parts] for parts in since]
        if all(len(parts) == 1 for parts in since):
            joined = Named(*(np.concatenate(column) for column in zip(*(parts[0] for parts in found), strict=True)))
            joined = joined.take(joined.sure & (joined.starts < joined.ends))
        else:
            joined = self._in_turn(found)
        runs = Runs.merged(joined.of, joined.starts, np.minimum(joined.ends, self._until + 1))
        return Anew(runs, odd, np.concatenate(rows), np.concatenate(of))

    def _groups(self, rows: Whole) -> Whole:
        """The group of each record, by its key; -1 if it is none of these."""
        table = self._intervals.table
        number, example, place = np.unique(table.keys(self._names, rows), return_index=True, return_inverse=True)
        if len(number) and number[0] < 0:
            raise NotScreened
        shown = rows[example]
        names = table.named(self._names, [table.codes(name)[shown] for name in self._names], len(shown))
        found: Whole = np.array([self._places.get(name, -1) for name in names], np.int64)
        return found[place]

    def _named(self, spell: Spell) -> Named:
        if isinstance(spell, (Between, Where)):
            paired = self._intervals.of(spell, whole=True)
            found = Named(
                self._groups(paired.openings), paired.starts, paired.ends, np.ones(len(paired.starts), np.bool_)
            )
            return found.take(found.of >= 0)
        if isinstance(spell, Outside) and isinstance(spell.part, Between):
            return self._apart(self._named(spell.part))
        if isinstance(spell, Lasting) and spell.of is None and not isinstance(spell.part, Lasting):
            return _lasting(spell, self._named(spell.part), self._until)
        raise NotScreened

    def _apart(self, inner: Named) -> Named:
        """The time of each group between intervals, and before the first and after the last."""
        runs = Runs.merged(*(column[inner.starts < inner.ends] for column in inner[:3]))
        first = np.append(runs.keys[:1] >= 0, runs.keys[1:] != runs.keys[:-1])
        last = np.append(first[1:], True) if len(first) else first
        bare = np.setdiff1d(inner.of, runs.keys)  # all that it shows lasted no time
        of = np.concatenate([runs.keys, runs.keys[last], bare])
        before = np.concatenate([[0], runs.ends[:-1]]) if len(runs.ends) else EMPTY
        began, far = np.full(len(bare), self._began), np.full(len(bare), FAR)
        starts = np.concatenate([np.where(first, self._began, before), runs.ends[last], began])
        ends = np.concatenate([runs.starts, np.full(int(last.sum()), FAR), far])
        found = Named(of, starts, ends, np.ones(len(of), np.bool_))
        return found.take((starts < ends) & (starts <= self._until))

    def _in_turn(self, found: list[list[Named]]) -> Named:
        """Where some have to follow others: each group by itself."""
        covers: dict[int, list[list[tuple[list[tuple[int, int]], list[tuple[int, int]]]]]] = {}
        for a, parts in enumerate(found):
            for p, part in enumerate(parts):
                ends = np.minimum(part.ends, self._until + 1)
                for of, start, end, sure in zip(
                    *(c.tolist() for c in (part.of, part.starts, ends, part.sure)), strict=True
                ):
                    if of not in covers:
                        covers[of] = [[([], []) for _ in each] for each in found]
                    surely, possibly = covers[of][a][p]
                    possibly.append((start, end))
                    if sure:
                        surely.append((start, end))
        rows = [(of, span) for of, known in covers.items() for span in _renewals(known)]
        of, starts, ends = (np.array(column, np.int64) for column in (
            [of for of, _ in rows], [start for _, (start, _) in rows], [end for _, (_, end) in rows]
        ))  # fmt: skip
        return Named(of, starts, ends, np.ones(len(of), np.bool_))


def _renewals(known: list[list[tuple[list[tuple[int, int]], list[tuple[int, int]]]]]) -> Spans:
    return renewals([[Cover(merge(surely), merge(possibly)) for surely, possibly in parts] for parts in known]).surely


def _lasting(spell: Lasting, part: Named, until: int) -> Named:
    """Those that last so long, and those that go on and may turn out to."""
    going = part.ends >= FAR
    length = np.where(going, until, part.ends) - part.starts
    long = length > spell.least if spell.above else length >= spell.least
    if spell.most is None:
        short = np.ones(len(length), np.bool_)
    else:
        short = length < spell.most if spell.below else length <= spell.most
    sure = np.where(going, long & (spell.most is None), long & short)
    open_ = going & ~sure & short
    return part._replace(sure=part.sure & sure).take(sure | open_)
