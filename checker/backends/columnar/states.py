"""States that follow one another, and roles that must not be played by the same, in columns."""

from typing import Any

import numpy as np

from checker.backends.columnar.base import Base, Closest, Screened, bound
from checker.backends.columnar.runs import EMPTY
from checker.backends.columnar.table import NotScreened
from checker.columns import ABSENT, Code, Mask, Whole
from checker.event import Unknown
from checker.interval import FAR, Key, key_of
from checker.measure import Clashes, Limit, OnEvents, Rule, Step

COUNT = "count"

NONE, OPEN = 0, 1
"""No state yet, and one that columns do not tell; states themselves count from 2."""


class States(Base):
    """Step and Clashes."""

    def _step(self, rule: Rule, measure: Step) -> Screened:
        """Plain: a key all of whose records are exact, authentic, surely a move, and name states as texts.

        Of such a key each step is judged by the last one before it, with which it is left if it is not allowed. A
        missing record may have led to any state, until the next that surely came after it: a step is out of reach if no
        gap touches the time from the one before it, and the first if none comes before it.
        """
        table = self._table
        if rule.limit != Limit(at_most=0) or not isinstance(rule.on, OnEvents):
            raise NotScreened
        occasions = self._all_occasions(rule)
        states = _Numbering()
        allowed = [(states.of(one), states.of(other)) for one, other in measure.allowed]
        to, claimed, declares = self._moves(measure, occasions.rows, states)
        there = to != NONE
        occasions, to, claimed, declares = occasions.take(there), to[there], claimed[there], declares[there]
        key = table.keys(measure.per, occasions.rows)
        if (key < 0).any():
            raise NotScreened
        odd = occasions.loose | ~table.authentic[occasions.rows] | (to == OPEN) | (claimed == OPEN)
        odd = np.isin(key, key[odd])
        order = np.lexsort((occasions.rows, key))
        occasions, key, odd = occasions.take(order), key[order], odd[order]
        to, claimed, declares = to[order], claimed[order], declares[order]
        first = np.ones(len(key), np.bool_)
        first[1:] = key[1:] != key[:-1]
        initial = NONE if measure.initial is None else states.of(measure.initial)
        before = np.where(first, initial, np.concatenate([[NONE], to[:-1]])[: len(to)])
        origin = np.where(claimed == NONE, before, claimed)
        many = len(states.numbers) + 2
        fits = np.isin(origin * many + to, np.array([one * many + other for one, other in allowed], np.int64))
        kept = fits & ((claimed == NONE) | (claimed == before) | (before == NONE)) & ~odd
        starts, holes = occasions.starts, table.holes(rule.on.pattern)
        since = np.where(first, -FAR, np.concatenate([[-FAR], starts[:-1]])[: len(starts)])
        touched = holes.touch(since, starts)
        kept &= ~touched
        asked = (starts <= self._until) & (starts >= self._from) & ~declares & ((origin != NONE) | touched)
        asked &= (starts >= bound(rule.start)) & (starts < bound(rule.end))
        asked |= odd
        earlier = np.flatnonzero(asked & ~kept & ~first) - 1
        more = [self._around(rule, occasions.take(earlier))]
        chosen = occasions.take(asked)
        return self._left(rule, chosen, kept[asked], np.zeros(len(chosen), np.int64), COUNT, more)

    def _moves(self, measure: Step, rows: Whole, states: "_Numbering") -> tuple[Whole, Whole, Mask]:
        """To which state each record moves, from which it claims to, and whether it only declares it."""
        to, claimed = np.full(len(rows), OPEN), np.full(len(rows), OPEN)
        declares, taken = np.zeros(len(rows), np.bool_), np.zeros(len(rows), np.bool_)
        for move in measure.moves:
            mine = (self._table.truths(move.pattern, rows) == 1) & ~taken
            taken |= mine
            for side, field, state in ((to, move.to_field, move.to_state), (claimed, move.from_field, move.from_state)):
                if field is not None:
                    side[mine] = states.column(self._table.column(field).values)[self._table.codes(field)[rows[mine]]]
                else:
                    side[mine] = NONE if state is None else states.of(state)
            declares |= mine & move.declares
        return to, claimed, declares

    def _clashes(self, rule: Rule, measure: Clashes) -> Screened:
        """Plain: a key all of whose records are exact and surely in their roles, no two of which share a value.

        A missing record may name anybody, of whatever key: it may clash with all that came before it, and all that
        comes after it may clash with it. What was over before is out of reach but for that, which is one question.
        """
        table = self._table
        if rule.limit != Limit(at_most=0):
            raise NotScreened
        numbers: dict[tuple[bool, Any], int] = {}
        found: list[tuple[Whole, Code, Whole, Mask]] = []
        names: list[str] = []
        for role in measure.roles:
            rows, sure = table.matching(role.pattern)
            there = table.codes(role.field)[rows] != ABSENT
            for name in measure.per:
                if name != "subject":
                    there &= table.codes(name)[rows] != ABSENT
            rows, sure = rows[there], sure[there]
            if role.name not in names:
                names.append(role.name)
            part = np.full(len(rows), names.index(role.name), np.int32)
            values = _values(table.column(role.field).values, numbers)[table.codes(role.field)[rows]]
            found.append((rows, part, values, sure & table.exact[rows] & (values >= 0)))
        rows, part, values, plain = (np.concatenate(column) for column in zip(*found, strict=True))
        key = table.keys(measure.per, rows)
        if (key < 0).any():
            raise NotScreened
        order = np.lexsort((table.time[rows], key))  # of one instant in the order of the roles
        rows, part, values, plain, key = rows[order], part[order], values[order], plain[order], key[order]
        first = np.ones(len(key), np.bool_)
        first[1:] = key[1:] != key[:-1]
        group = np.cumsum(first) - 1
        count = int(group[-1]) + 1 if len(group) else 0
        left = np.zeros(count, np.bool_)
        left[group[~plain]] = True
        left[_sharing(group, values, part)] = True
        # asked about is whoever has another role before it
        heads = np.flatnonzero(first)
        changed = (part != part[heads][group]) if len(group) else first
        times = table.time[rows]
        within = (times >= self._from) & (times <= self._until)
        within &= (times >= bound(rule.start)) & (times < bound(rule.end))
        since = np.full(count, len(rows))
        np.minimum.at(since, group[changed], np.flatnonzero(changed))
        asked = np.zeros(count, np.bool_)
        asked[group[within & (np.arange(len(rows)) >= since[group])]] = True
        unseen: dict[Key, None] = {}
        if self._hides:
            reached, counts, unseen = self._named_unseen(rule, measure, rows, group, heads)
            left |= reached
            asked &= counts
            over = ~left[group]
            left[_first_of_each(part[over], group[over], times[over])] = True  # they show what is missing may clash
        passed = int((asked & ~left).sum())
        nearest = Closest(0, self._from, None, COUNT) if passed else None  # of what is so or not so none is told
        keys = {table.key_of(measure.per, int(rows[heads[at]])): None for at in np.flatnonzero(left)}
        return Screened(passed, nearest, self._closed(rule, rows[left[group]]), groups={**keys, **unseen})

    def _named_unseen(
        self, rule: Rule, measure: Clashes, rows: Whole, group: Whole, heads: Whole
    ) -> tuple[Mask, bool, dict[Key, None]]:
        """Which groups what is missing may come into, if there is none that is asked about; and the keys of that.

        What says of whom it is may come into all groups of its own, what does not into those that are not over by then.
        """
        table, reached, counts = self._table, np.zeros(len(heads), np.bool_), True
        ends = np.full(len(heads), -FAR)
        np.maximum.at(ends, group, table.columns.latest[rows])
        keys: dict[Key, None] = {}
        for event in table.trace.hidden:
            roles = [one for one in measure.roles if one.pattern.test(event, table.trace.registers) is not False]
            if not roles:
                continue
            if not all(isinstance(event.get(role.field), Unknown) for role in roles):
                raise NotScreened
            key = key_of(event.get, measure.per)
            known = [(name, value) for name, value in key if not isinstance(value, Unknown)]
            keys[key] = None
            if known or not key:
                fits = np.ones(len(heads), np.bool_)
                for name, value in known:
                    codes = [at for at, one in enumerate(table.column(name).values) if one == value]
                    fits &= np.isin(table.codes(name)[rows[heads]], codes)
                reached |= fits
                continue
            reached |= ends >= event.earliest
            within = self._from <= event.latest and event.earliest <= self._until
            counts &= not (within and rule.start <= event.latest and event.earliest < rule.end)
        return reached, counts, keys


class _Numbering:
    """Numbers of states, which are texts."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def of(self, state: str) -> int:
        """The number of a state."""
        return self.numbers.setdefault(state, len(self.numbers) + 2)

    def column(self, values: list[Any]) -> Whole:
        """The states that the values of a field name, by their place; last for a withheld and for an absent one."""
        found = [self.of(value) if isinstance(value, str) else OPEN for value in values]
        return np.array([*found, OPEN, NONE], np.int64)


def _values(values: list[Any], numbers: dict[tuple[bool, Any], int]) -> Whole:
    """Values of whatever field as numbers that are equal where they are; -1 for what is no single value."""
    found = [
        -1 if isinstance(value, (list, dict)) else numbers.setdefault((isinstance(value, bool), value), len(numbers))
        for value in values
    ]
    return np.array([*found, -1, -1], np.int64)


def _first_of_each(part: Code, group: Whole, times: Whole) -> Whole:
    """Of the groups in which something plays each role those that began first; all in order of group and time."""
    if not len(group):
        return EMPTY
    begun = times[np.searchsorted(group, group, side="left")]
    found = [group[mine][begun[mine] == begun[mine].min()] for mine in (part == one for one in np.unique(part))]
    return np.unique(np.concatenate(found))


def _sharing(group: Whole, values: Whole, part: Code) -> Whole:
    """The groups in which two roles have one value in common."""
    order = np.lexsort((part, values, group))
    group, values, part = group[order], values[order], part[order]
    same = (group[1:] == group[:-1]) & (values[1:] == values[:-1]) & (part[1:] != part[:-1]) & (values[1:] >= 0)
    found: Whole = group[1:][same]
    return found
