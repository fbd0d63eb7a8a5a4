"""Totals over windows and levels at instants, in columns."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from checker.backends.columnar.base import (
    Closest,
    Occasions,
    Screened,
    Spans,
    bound,
    compared,
    unscaled,
    with_odd,
)
from checker.backends.columnar.intervals import NOTHING, Asked, Unseen
from checker.backends.columnar.renewed import Renewing
from checker.backends.columnar.runs import EMPTY, Ranked, Runs, contained, expanded
from checker.backends.columnar.steps import Steps, beyond, greatest, jumps, least, ramps
from checker.backends.columnar.table import LARGEST, NotScreened
from checker.backends.columnar.weighing import Added, Parts, Weighing
from checker.calendaring import windows_of
from checker.columns import Mask, Whole
from checker.event import Unknown
from checker.interval import FAR, Key, Spell, key_of
from checker.limits import limit
from checker.measure import DURATION, Level, Limit, OnEvents, OnIntervals, Rule, Total
from checker.pattern import ANYTHING

_MOST = 1 << 61
_ENDLESS = 1 << 40
"""As much as nobody knows how much it is: more than twice any limit or total that is looked at, and to be added up.

Of greater limits and totals, and of so much that sums of it do not fit, all is left to the reference backend.
"""
_CELLS = limit("windows_at_once")
"""Of so many windows of groups at most the totals are kept at once."""


class Groups(NamedTuple):
    """Occasions by group: in order of the group, with their keys; `odd` groups are those that are not plain."""

    occasions: Occasions
    of: Whole
    names: list[Key]
    odd: Mask
    unseen_of: Whole
    """Of each span in which a gap may hide others, as intervals have them, the group; -1 if it is none of these."""

    def course(self, steps: Steps, digits: int, touching: Mask) -> "Course":
        """What goes on in groups, as these steps tell, of which these occasions touch what is asked about."""
        touched = np.zeros(len(self.names), np.bool_)
        touched[self.of[touching]] = True
        return Course(steps, steps, digits, touched, self.odd)


class Course(NamedTuple):
    """What goes on in each group, as numbers of so many digits; which of the groups are asked about, and which odd.

    `steps` are the least that it may be, `most` the most: the same, unless a gap may hide some of it.
    """

    steps: Steps
    most: Steps
    digits: int
    touched: Mask
    odd: Mask
    guests: "Guests | None" = None


class Guests(NamedTuple):
    """What gaps may hide of each group: from when to when it can lie, and how many (or how much) there can be."""

    of: Whole
    starts: Whole
    ends: Whole
    many: Whole


class Sum(NamedTuple):
    """What a total or level is made of: groups, what goes on in each, in what unit, and how far back it counts."""

    groups: Groups
    course: Callable[[], Course]
    unit: str
    back: int


class Judging(NamedTuple):
    """When a sum is asked about: too much from `first` to `last`, too little from when it is `due`, told of `since`."""

    first: int
    last: int
    due: int
    since: int
    limit: Limit
    """What of the limit can be asked of that time."""

    @property
    def never(self) -> bool:
        """Whether nothing is."""
        return self.first > self.last or (self.limit.at_least is None and self.limit.at_most is None)


class Sums(Weighing):
    """Total and Level."""

    def _total(self, rule: Rule, measure: Total) -> Screened:
        """Plain: groups all of whose occasions are exact and sure, and carry numbers that are not below zero.

        Where something is due, authentic too; where what lies before the log may count, only what no window reaches.
        """
        if self._hides and isinstance(rule.on, OnIntervals) and measure.window.rolling is not None:
            return self._weighed(rule, measure, *self._window(rule, measure))
        groups = self._groups(rule, measure.per)
        if measure.window.since:
            return self._since(rule, measure, groups)
        if measure.window.rolling is None:
            return self._calendar(rule, measure, groups)
        return self._judged(rule, self._rolling(rule, measure, groups))

    def _rolling(self, rule: Rule, measure: Total, groups: Groups) -> Sum:
        unit, window = self._window(rule, measure)
        if self._hides and isinstance(rule.on, OnEvents) and (rule.on.during or rule.on.outside):
            first, last = self._judged_span(rule)
            if self._table.holes(rule.on.pattern).touch(np.array([first - window]), np.array([last])).any():
                raise NotScreened  # whether what is missing lies inside of something decides how much it is
        return Sum(groups, lambda: self._summed(rule, measure, groups, window), unit, window)

    def _window(self, rule: Rule, measure: Total) -> tuple[str, int]:
        """The unit of a total over a rolling window, and its length. Raises NotScreened if that is before the log."""
        window = measure.window.rolling
        assert window is not None  # noqa: S101 - who calls has looked
        if not rule.history_complete and rule.limit.at_most is not None:
            first, last = self._judged_span(rule)
            if first <= last and self._began + window > first:
                raise NotScreened
        return DURATION if measure.of == "duration" else measure.unit, window

    def _since(self, rule: Rule, measure: Total, groups: Groups) -> Screened:
        """Plain: at most so much, of groups of which it is plain, too, when they start anew.

        Of each group the greatest total of any time from one renewal to the next; of a group that is left everything
        that shows when it starts anew, and what went on in those times in which it is too much.
        """
        limit, (first, last) = rule.limit, self._judged_span(rule)
        if limit.at_least is not None or limit.at_most is None or not rule.history_complete or first > last:
            raise NotScreened
        occasions, of, count = groups.occasions, groups.of, len(groups.names)
        began = int(occasions.starts.min(initial=self._began))
        anew = Renewing(self._intervals, measure.per, groups.names).of(measure.window.since)
        segments = Segments.between(anew.runs, np.arange(count), began, self._until)
        asked_about = (segments.ends > first) & (segments.starts <= last)
        highest, digits = self._highest(measure, groups, segments, (began, first, last))
        kept, margins = compared(limit, highest, digits)
        nothing, most = compared(limit, np.zeros(1, np.int64), digits)  # while something renews the total there is none
        if margins is None or most is None:
            raise NotScreened
        best = np.full(count, most[0])
        np.minimum.at(best, segments.of[asked_about], margins[asked_about])
        concerned = occasions.starts <= self._until
        if (window := measure.window.rolling) is not None:
            concerned &= np.minimum(occasions.ends, FAR - window) + window > self._from
        hot, odd = asked_about & ~kept, groups.odd | anew.odd
        asked, clean = odd.copy(), ~odd & nothing[0]
        asked[of[concerned]] = True
        clean[segments.of[hot]] = False
        clean, left = clean & asked, asked & ~clean
        nearest = self._nearest(limit, groups.names, clean, best, digits, first, rule.unit)
        needed = odd[of]
        at, places = segments.touching(of, occasions.starts - 1, occasions.ends + 1)
        needed[places[hot[at]]] = True
        needed[np.unique(of, return_index=True)[1]] = True  # without a record there is no such group
        shown = anew.rows[np.append(left, False)[anew.of]]
        rows = np.concatenate([self._around(rule, occasions.take(needed & left[of])), shown])
        asked_of = {groups.names[one]: None for one in np.flatnonzero(left)}
        return Screened(int(clean.sum()), nearest, self._closed(rule, rows), groups=asked_of)

    def _highest(
        self, measure: Total, groups: Groups, segments: "Segments", span: tuple[int, int, int]
    ) -> tuple[Whole, int]:
        """The greatest total of each time between renewals within a span, as a number of so many digits.

        `span`: when the first occasion began, and what is judged.
        """
        occasions, of, (began, first, last) = groups.occasions, groups.of, span
        window, digits, each = measure.window.rolling, 0, np.arange(len(segments.of))
        lasts = measure.of == "duration"
        ends = np.minimum(occasions.ends, self._until) if lasts else occasions.starts + 1
        there = np.flatnonzero((occasions.starts < ends) & (occasions.starts <= self._until))
        at, places = segments.touching(of[there], occasions.starts[there], ends[there])
        places = there[places]
        lows, highs = np.maximum(segments.starts, first), np.minimum(segments.ends, last)
        starts = np.maximum(occasions.starts[places], segments.starts[at])
        if lasts:
            back = self._until - began + 1 if window is None else window
            steps = ramps(at, starts, np.minimum(ends[places], segments.ends[at]), back, (each, lows, highs))
        else:
            amounts, digits = self._amounts(groups, measure)
            until = segments.ends[at] if window is None else np.minimum(segments.ends[at], starts + window)
            none = np.zeros(len(each), np.int64)
            sides = np.append(starts, lows), np.append(until, lows), np.append(amounts[places], none)
            steps = jumps(np.append(at, each), *sides)
        highest = np.zeros(len(each), np.int64)
        inside = (steps.times >= lows[steps.group]) & (steps.times <= highs[steps.group])
        np.maximum.at(highest, steps.group[inside], steps.values[inside])
        return highest, digits

    def _summed(self, rule: Rule, measure: Total, groups: Groups, window: int) -> Course:
        """The total of each group over a rolling window.

        A missing record may be an event of each group whose key it may have, at any time of its gap: a count is greater
        by it from the beginning of the gap until a window after its end, what it carries may be anything.
        """
        occasions, of = groups.occasions, groups.of
        concerned = (occasions.starts <= self._until) & (np.minimum(occasions.ends, FAR - window) + window > self._from)
        low = self._from
        if measure.of == "duration":
            starts, ends = np.maximum(occasions.starts, low - window), np.minimum(occasions.ends, self._until)
            long = starts < ends
            steps, digits = ramps(of[long], starts[long], ends[long], window), 0
        else:
            amounts, digits = self._amounts(groups, measure)
            events = of, occasions.starts, occasions.starts + window, amounts
            steps = jumps(*events)
            if self._hides and isinstance(rule.on, OnEvents):
                self._small(rule, amounts, digits)
                guests = self._guests(rule.on, measure.per, groups, measure.of == "count")
                own, since, until, many = guests.of, guests.starts, guests.ends + window, guests.many
                course = groups.course(steps, digits, concerned)
                course.touched[own[(since <= self._until) & (until > low)]] = True
                hidden = own, since, until, many
                most = jumps(*(np.concatenate(pair) for pair in zip(events, hidden, strict=True)))
                if measure.of != "count":
                    hidden = own, since, until, -many
                    steps = jumps(*(np.concatenate(pair) for pair in zip(events, hidden, strict=True)))
                return course._replace(steps=steps, most=most, guests=guests)
        return groups.course(steps, digits, concerned)

    def _level(self, rule: Rule, measure: Level) -> Screened:
        """Plain: groups all of whose intervals are, and carry numbers that are not below zero."""
        if self._hides:
            return self._weighed(rule, measure, measure.unit, 0)
        return self._judged(rule, self._at_once(rule, measure, self._groups(rule, measure.per)))

    def _at_once(self, rule: Rule, measure: Level, groups: Groups) -> Sum:
        span = self._judged_span(rule)
        return Sum(groups, lambda: self._going_on(measure, groups, *span), measure.unit, 0)

    def sum_of(self, rule: Rule, *, hides: bool = False) -> tuple[Sum, Judging]:
        """What a level or a total over a rolling window of all is made of, and when it is asked about.

        Intervals of odd keys are no part of it, and make nothing odd; nor, if a gap `hides` some, those beside gaps.
        Raises NotScreened for events of which a gap may hide some.
        """
        self._hides = False
        measure = rule.measure
        if not isinstance(measure, (Level, Total)):
            raise NotScreened
        if not hides:
            groups = self._groups(rule, measure.per)
        elif isinstance(rule.on, OnIntervals):
            groups = self._of_all(rule, rule.on.spell, measure)
        else:
            raise NotScreened
        if isinstance(rule.on, OnIntervals) and rule.limit.at_least is None:
            groups = groups._replace(odd=np.zeros_like(groups.odd))
        if isinstance(measure, Level):
            found = self._at_once(rule, measure, groups)
        else:
            found = self._rolling(rule, measure, groups)
        return found, self._judging(rule, found.back)

    def _of_all(self, rule: Rule, spell: Spell, measure: Level | Total) -> Groups:
        """All intervals that lie apart from gaps, as one group; the records beside gaps as those of odd keys."""
        every, plain, _, _ = self._plain(spell, measure)
        rows = self._beside_gaps_of(rule, spell, every.take(~plain))
        apart = replace(every.take(plain & ~contained(rows, every.rows)), odd=rows)
        return Groups(apart, np.zeros(len(apart), np.int64), [()], np.zeros(1, np.bool_), EMPTY)

    def shown_near(self, rule: Rule, groups: Groups, hot: tuple[Whole, Whole, Whole], back: int, *, one: bool) -> Whole:
        """The records that it takes to judge what goes on in some pieces of groups, or went on so long before them.

        With those of odd keys, and of the first that is there in any case, if `one` is wanted.
        """
        near = _near(groups.of, groups.occasions, hot, back)
        near[: int(one)] = True
        return self._closed(rule, self._around(rule, groups.occasions.take(near)))

    def _going_on(self, measure: Level, groups: Groups, first: int, last: int) -> Course:
        """How much of each group goes on."""
        occasions, of = groups.occasions, groups.of
        touching = (occasions.starts <= last) & ((occasions.ends > first) | (occasions.starts >= first))
        amounts, digits = np.ones(len(of), np.int64), 0
        if measure.weight is not None:
            amounts, digits = self._carried(groups, measure.weight)
        long = occasions.starts < occasions.ends
        starts, ends = np.maximum(occasions.starts, self._from), np.maximum(occasions.ends, self._from)
        steps = jumps(of[long], starts[long], ends[long], amounts[long])
        return groups.course(steps, digits, touching)

    def _weighed(self, rule: Rule, measure: Level | Total, unit: str, back: int) -> Screened:
        """A level, or a total over a rolling window, of intervals of which a gap may hide some, or when one ended.

        What the records beside gaps come to the reference backend tells; all that lies apart from them adds up to it.
        Raises NotScreened where these are not known.
        """
        assert isinstance(rule.on, OnIntervals)  # noqa: S101 - who calls has looked
        judging = self._judging(rule, back)
        first, last, due, since, limit = judging
        if judging.never:
            return Screened(0, None, EMPTY, groups={})
        parts = self._parts(rule, rule.on.spell, measure)
        of, plain, names, count = parts.of, parts.plain, parts.names, len(parts.names)
        touching = plain.starts <= last
        if isinstance(measure, Level):
            shown, asking = touching & (plain.ends > since), (plain.ends > first) | (plain.starts >= first)
            asking &= touching
        else:
            ends = np.minimum(plain.ends, FAR - back) + back
            shown, asking = touching & (ends > since), (plain.starts <= self._until) & (ends > self._from)
        asked, told = parts.asked.copy(), parts.shown.copy()
        asked[of[asking]] = True
        told[of[shown]] = True
        upper, lowest = self._added_up(measure, parts, parts.upper, back), np.zeros(count, np.int64)
        lasting = back if isinstance(measure, Total) and measure.of == "duration" else 0
        endless = parts.upper.endless
        unbound = endless.touch(np.arange(count), np.full(count, first - lasting), np.full(count, last + 1))
        if limit.at_least is not None:
            lowest = least(self._added_up(measure, parts, parts.lower, back), count, due, last)
            unbound |= np.isin(np.arange(count), parts.lower.endless.keys)
        kept, margins = compared(limit, greatest(upper, count, first, last), parts.digits, lowest)
        if margins is None:
            raise NotScreened
        clean = kept & asked & told & ~unbound
        left = asked & ~clean
        chosen = left[of]
        if limit.at_least is None:  # else, where it is too little, all of a group is left
            most = int((limit.at_most or 0) * 10**parts.digits)
            hot = beyond(upper, most, limit.exclusive, left)
            without_bound = endless.keys, endless.starts, endless.ends + lasting
            if (most > 0) if limit.exclusive else (most >= 0):  # else nothing at all is too much
                chosen &= _near(of, plain, hot, back) | _near(of, plain, without_bound, back)
        rows = self._closed(rule, np.concatenate([parts.rows, self._around(rule, plain.take(chosen))]))
        nearest = self._nearest(limit, names, clean, margins, parts.digits, since, unit)
        spans = {names[at]: frozenset({(first, last)}) for at in np.flatnonzero(clean).tolist()}
        return Screened(int(clean.sum()), nearest, rows, told=spans)

    def _added_up(self, measure: Level | Total, parts: Parts, more: Added, back: int) -> Steps:
        """What lies apart from gaps, and more, as a function of time."""
        starts, ends = parts.plain.starts, parts.plain.ends
        lasts = isinstance(measure, Total) and measure.of == "duration"
        if lasts:
            starts, ends = np.maximum(starts, self._from - back), np.minimum(ends, self._until)
        elif isinstance(measure, Total):
            ends = starts + back
        of = np.concatenate([parts.of, more.of])
        starts, ends = np.concatenate([starts, more.starts]), np.concatenate([ends, more.ends])
        amounts = np.concatenate([parts.amounts, more.amounts])
        if isinstance(measure, Level):
            starts, ends = np.maximum(starts, self._from), np.maximum(ends, self._from)
        long = starts < ends
        of, starts, ends, amounts = of[long], starts[long], ends[long], amounts[long]
        if not lasts:
            return jumps(of, starts, ends, amounts)
        if float((amounts.astype(np.float64) * np.minimum(ends - starts, back)).sum()) >= LARGEST:
            raise NotScreened
        return ramps(of, starts, ends, back, many=amounts)

    def _judged_span(self, rule: Rule) -> tuple[int, int]:
        return max(self._from, bound(rule.start)), min(self._until, bound(rule.end) - 1)

    def _groups(self, rule: Rule, per: tuple[str, ...]) -> Groups:
        """The groups of occasions. What else makes one odd is told to a copy."""
        apart = self._hides and isinstance(rule.on, OnIntervals)
        occasions = self._apart(rule.on.spell) if apart else self._all_occasions(rule)  # type: ignore[union-attr]
        due = rule.limit.at_least is not None
        name = ("groups", occasions.name, per, due)
        found = self._table.kept.of(name, lambda: self._all_groups(rule, occasions, per, due))
        return found._replace(odd=found.odd.copy())

    def _all_groups(self, rule: Rule, occasions: Occasions, per: tuple[str, ...], due: bool) -> Groups:
        every, unseen = with_odd(occasions), self._unseen(rule)
        both = every if not len(unseen.rows) else every.joined(Asked(self._table, unseen.rows))
        numbers = self._keys(both, per)
        key, of_unseen = numbers[: len(every.rows)], numbers[len(every.rows) :]
        if len(occasions.odd) and not (isinstance(rule.on, OnIntervals) and set(per) <= set(rule.on.spell.per)):
            raise NotScreened
        own, example, of = np.unique(key, return_index=True, return_inverse=True)
        unseen_of = np.where(contained(own, of_unseen), np.searchsorted(own, of_unseen), -1)
        one = every.take(example)
        names = self._table.named(per, [one.codes(name, name) for name in per], len(example))
        odd = np.zeros(len(names), np.bool_)
        count = len(occasions)
        odd[of[count:]] = True
        if isinstance(rule.on, OnEvents):
            odd[of[:count][occasions.loose]] = True
        if due:
            odd[of[:count][~self._table.authentic[occasions.rows]]] = True
            more = self._silent(rule, names, per)
            names, odd = names + more, np.append(odd, np.zeros(len(more), np.bool_))
        if (lost := np.flatnonzero(unseen_of < 0)).size:  # of those of whom no interval is shown something may be due
            asked, places = Asked(self._table, unseen.rows[lost]), {name: at for at, name in enumerate(names)}
            named = self._table.named(per, [asked.codes(name, name) for name in per], len(lost))
            unseen_of[lost] = [places.get(name, -1) for name in named]
        return Groups(occasions, of[:count], names, odd, unseen_of)

    def _unseen(self, rule: Rule) -> Unseen:
        """Where gaps may hide intervals that are asked about."""
        if isinstance(rule.on, OnEvents):
            return NOTHING
        return self._intervals.of(rule.on.spell, whole=not self._hides).unseen

    def _untouched(
        self, spell: Spell, per: tuple[str, ...], groups: Groups, lows: Whole, highs: Whole, of: Whole
    ) -> Mask:
        """In which spans [low, high] of groups a gap hides nothing. Raises NotScreened if that is not known."""
        unseen = self._intervals.of(spell).unseen
        touched = unseen.anywhere(lows, highs)
        if unseen.keyless:
            if set(spell.per) != set(per):
                raise NotScreened  # what is missing may carry anything in other fields
            touched |= ~np.isin(of, groups.of)  # what has none may have those that no record shows
        mine = groups.unseen_of >= 0
        runs = Runs.merged(groups.unseen_of[mine], unseen.since[mine], unseen.until[mine])
        return ~(touched | runs.touch(of, lows, highs + 1))

    def _hidden_in(
        self, rule: Rule, measure: Total, groups: Groups, windows: tuple[Whole, Whole], cells: Whole
    ) -> Whole:
        """How much more there may be of each group in each window (from when to when) because records are missing."""
        assert isinstance(rule.on, OnEvents)  # noqa: S101 - who calls has looked
        if rule.on.during is not None or rule.on.outside is not None:  # it may lie inside or not
            starts, ends = (side[cells % len(windows[0])] for side in windows)
            return np.where(self._table.holes(rule.on.pattern).touch(starts, ends), _ENDLESS, 0)
        begins, ends = windows
        guests, count = self._guests(rule.on, measure.per, groups, measure.of == "count"), len(begins)
        guests = Guests(*(side[guests.starts <= self._until] for side in guests))
        over = np.where(guests.starts == guests.ends, guests.ends + 1, guests.ends)
        of, window = cells // count, cells % count
        begun = _added_before(guests.of, guests.starts, guests.many, (of, ends[window]), inclusive=False)
        return begun - _added_before(guests.of, over, guests.many, (of, begins[window]), inclusive=True)

    def _guests(self, on: OnEvents, per: tuple[str, ...], groups: Groups, counted: bool) -> Guests:
        """What is missing, in every group of which it may be. If they are not `counted`, without end."""
        spans: dict[Key, list[tuple[int, int, int]]] = {}
        for event in self._table.trace.hidden:
            if on.pattern.test(event, self._table.trace.registers) is not False:
                known = tuple(part for part in key_of(event.get, per) if not isinstance(part[1], Unknown))
                many = int(min(event.many, _ENDLESS)) if counted else _ENDLESS
                spans.setdefault(known, []).append((event.earliest, event.latest, many))
        places: dict[tuple[str, ...], dict[Key, list[int]]] = {}
        for names in {tuple(name for name, _ in known) for known in spans}:
            places[names] = {}
            for at, key in enumerate(groups.names):
                places[names].setdefault(tuple(part for part in key if part[0] in names), []).append(at)
        found = [np.empty((0, 4), np.int64)]
        for known, some in spans.items():
            ours = places[tuple(name for name, _ in known)].get(known, [])
            if len(ours) * len(some) > _CELLS:
                raise NotScreened
            one = np.tile(np.array(some, np.int64), (len(ours), 1))
            found.append(np.column_stack([np.repeat(np.array(ours, np.int64), len(some)), one]))
        guests = Guests(*np.concatenate(found).T)
        if float(guests.many.sum(dtype=np.float64)) >= _MOST:
            raise NotScreened
        return guests

    def _small(self, rule: Rule, amounts: Whole, digits: int) -> None:
        """Raises NotScreened where a limit, or all amounts together, are not small beside what has no end."""
        bounds = [abs(one) * 10**digits for one in (rule.limit.at_least, rule.limit.at_most) if one is not None]
        if max([float(np.abs(amounts).sum(dtype=np.float64)), *map(float, bounds)]) >= _ENDLESS / 2:
            raise NotScreened

    def _seen(self, groups: Groups, guests: Guests, first: int, last: int, back: int) -> Mask:
        """Which groups some record shows in a span, or so long before it, if a gap may hide one of them there."""
        found = []
        for of, starts, ends in (
            (groups.of, groups.occasions.starts, groups.occasions.ends), (guests.of, guests.starts, guests.ends)
        ):  # fmt: skip
            some = np.zeros(len(groups.names), np.bool_)
            some[of[(starts <= last) & (ends + back > first)]] = True
            found.append(some)
        shown: Mask = found[0] | ~found[1]
        return shown

    def _silent(self, rule: Rule, names: list[Key], per: tuple[str, ...]) -> list[Key]:
        """The groups of which no occasion is there, and something is due."""
        if not per:
            return [] if names else [()]
        if tuple(per) != ("subject",):
            return []
        known = set(names)
        pattern = rule.on.pattern if isinstance(rule.on, OnEvents) else ANYTHING
        return [key for one in self._table.trace.subjects_of(pattern) if (key := (("subject", one),)) not in known]

    def _amounts(self, groups: Groups, measure: Total) -> tuple[Whole, int]:
        if measure.of == "count":
            return np.ones(len(groups.of), np.int64), 0
        return self._carried(groups, measure.of)

    def _carried(self, groups: Groups, field: str) -> tuple[Whole, int]:
        """The number in a field of each occasion, with so many digits; groups in which it is not plain become odd."""
        occasions = groups.occasions
        values, known, digits = self._table.decimals(field, occasions.rows)
        closings = occasions.asked.closings
        if closings is not None and ((known == 0) & (closings >= 0)).any():
            raise NotScreened  # the closing record may carry it
        values = np.where(known == 1, values, 0)
        groups.odd[groups.of[(known == -1) | (values < 0)]] = True
        if len(values) and int(np.abs(values).max()) * len(values) >= _MOST:
            raise NotScreened
        return values, digits

    def _judging(self, rule: Rule, back: int) -> Judging:
        """When sums over so long are asked about."""
        (first, last), limit = self._judged_span(rule), rule.limit
        due = since = first
        if limit.at_least is not None:
            due = max(first, self._from + back)
            limit = limit if due <= last else limit._replace(at_least=None)
            since = first if limit.at_most is not None else due
        return Judging(first, last, due, since, limit)

    def _judged(self, rule: Rule, summed: Sum) -> Screened:
        """Of each group the greatest and the least value against the limit.

        Where it is too much, what was going on around it is left; where it is too little, all of the group.
        """
        groups, found, unit, back = summed
        judging = self._judging(rule, back)
        first, last, due, since, limit = judging
        count = len(groups.names)
        if judging.never:
            return Screened(0, None, EMPTY, groups={})
        owed, at_all = limit.at_least is not None, rule.limit.at_least is not None
        span = (first, last, due if owed else last)

        def reached() -> tuple[Course, Whole, Whole]:
            course = found()
            highest = lowest = np.zeros(count, np.int64)
            if course.most.group.size:
                highest = greatest(course.most, count, first, last)
                lowest = least(course.steps, count, due, last) if owed else lowest
            return course, highest, lowest

        course, highest, lowest = self._shared(groups.occasions, rule.measure, reached, "course", *span, owed, at_all)
        digits, groups = course.digits, groups._replace(odd=course.odd)
        asked = course.touched | at_all | groups.odd
        kept, margins = compared(limit, highest, digits, lowest)
        if margins is None:
            raise NotScreened
        clean = kept & asked & ~groups.odd
        if course.guests is not None:
            clean &= self._seen(groups, course.guests, since, last, back)
        left = asked & ~clean
        nearest = self._nearest(limit, groups.names, clean, margins, digits, since, unit)
        occasions = groups.occasions
        chosen = left[groups.of]
        if limit.at_least is None:
            most = int((limit.at_most or 0) * 10**digits)
            hot = beyond(course.most, most, limit.exclusive, left & ~groups.odd)
            if (most > 0) if limit.exclusive else (most >= 0):  # else nothing at all is too much
                chosen &= groups.odd[groups.of] | _near(groups.of, occasions, hot, back)
        if self._hides:
            told = {groups.names[at]: frozenset({(first, last)}) for at in np.flatnonzero(clean)}
            shown, example = np.unique(groups.of, return_index=True)
            chosen[example[left[shown]]] = True  # without a record there is no such group
            return Screened(int(clean.sum()), nearest, self._around(rule, occasions.take(chosen)), told=told)
        rows = self._around(rule, occasions.take(chosen))
        asked_of = {groups.names[at]: None for at in np.flatnonzero(left)}
        return Screened(int(clean.sum()), nearest, self._closed(rule, rows), groups=asked_of)

    def _nearest(
        self, limit: Limit, names: Sequence[Key], clean: Mask, margins: Whole, digits: int, since: int, unit: str
    ) -> Closest | None:
        """Of the groups that are clean the one with the least margin, told of `since`."""
        if not clean.any():
            return None
        best = np.flatnonzero(clean & (margins == margins[clean].min()))
        subject = min((self._subject_of(names[at]) for at in best.tolist()), key=lambda name: name or "")
        return Closest(unscaled(limit, int(margins[best[0]]), digits), since, subject, unit)

    def _subject_of(self, key: Key) -> str | None:
        named = dict(key).get("subject")
        return named if isinstance(named, str) else None

    def _calendar(self, rule: Rule, measure: Total, groups: Groups) -> Screened:
        """Of each group and calendar window, as far as it was observed and the rule in force, the sum."""
        first, last = self._judged_span(rule)
        window = measure.window
        if window.unit is not None and window.zone is None:
            raise NotScreened
        due = rule.limit.at_least is not None
        windows, beyond = windows_of(
            window, self._from, self._until, None if due else lambda: _touched(groups.occasions)
        )
        if beyond is not None:
            raise NotScreened
        windows = [(s, e) for s, e in windows if s <= last and e > first]
        if not windows or first > last:
            raise NotScreened
        occasions, of = groups.occasions, groups.of
        begins = np.array([start for start, _ in windows])
        ends = np.array([min(end, bound(rule.end)) for _, end in windows])
        finals = np.minimum(ends, self._until)
        count = len(windows)
        # an occasion takes part in each window that it touches
        low = np.searchsorted(ends, occasions.starts, side="right")
        high = np.searchsorted(begins, np.maximum(occasions.ends, occasions.starts + 1), side="left")
        many = np.maximum(high - low, 0)
        at, places = expanded(low, high), np.repeat(np.arange(len(of)), many)
        cell = of[places] * count + at
        starts = occasions.starts[places]
        inside = (starts < ends[at]) & ((occasions.ends[places] > begins[at]) | (starts >= begins[at]))
        digits, unit = 0, measure.unit
        if measure.of == "duration":
            amounts = np.minimum(occasions.ends[places], finals[at]) - np.maximum(starts, begins[at])
            amounts = np.maximum(amounts, 0)
            unit = DURATION
        else:
            carried, digits = self._amounts(groups, measure)
            amounts = np.where(
                (starts >= begins[at]) & (starts < ends[at]) & (starts <= finals[at]), carried[places], 0
            )
        cell, places, amounts = cell[inside], places[inside], amounts[inside]
        # where nothing is due, nothing is asked of windows into which nothing falls
        if due and len(groups.names) * count > _CELLS:
            raise NotScreened
        cells = np.arange(len(groups.names) * count) if due else np.unique(cell)
        if len(cells) > _CELLS:
            raise NotScreened
        of_cell = np.searchsorted(cells, cell)
        sums = np.zeros(len(cells), np.int64)
        np.add.at(sums, of_cell, amounts)
        hidden: Whole = np.zeros(len(cells), np.int64)
        if self._hides and isinstance(rule.on, OnEvents):
            self._small(rule, amounts, digits)
            hidden = self._hidden_in(rule, measure, groups, (begins, ends), cells)
        kept, margins = compared(rule.limit, sums + hidden, digits, sums if measure.of == "count" else sums - hidden)
        if margins is None:
            raise NotScreened
        if measure.window.unit is not None:
            plain = np.ones(count, np.bool_)
            if due:  # of what is not over, or cut short by the rule, that little is asked only later, or never
                plain &= np.array([end <= min(self._until, bound(rule.end)) for _, end in windows])
            if not rule.history_complete:
                plain &= begins >= self._began
            kept &= plain[cells % count]
        kept &= ~groups.odd[cells // count]
        if self._hides:
            kept[of_cell[occasions.loose[places]]] = False
            if isinstance(rule.on, OnIntervals):
                spans = begins[cells % count], ends[cells % count]
                kept &= self._untouched(rule.on.spell, measure.per, groups, *spans, cells // count)
            else:  # what no record shows is told only where it may be too much, and of whom it may be where it is
                kept &= (hidden == 0) | (contained(np.unique(cell), cells) & ("subject" in measure.per))
        clean = np.flatnonzero(kept)
        nearest = None
        if len(clean):
            best = clean[margins[clean] == margins[clean].min()]
            moments = finals[cells[best] % count]
            best = best[moments == moments.min()]
            subjects = [
                self._subject_of(groups.names[cells[one] // count]) or self._subjects_of(groups, places[of_cell == one])
                for one in best
            ]
            subject = min(subjects, key=lambda name: name or "")
            nearest = Closest(unscaled(rule.limit, int(margins[best[0]]), digits), int(moments.min()), subject, unit)

        def cells_of(some: Whole) -> dict[Key, Spans]:
            found: dict[Key, list[tuple[int, int]]] = {}
            for one in some.tolist():
                found.setdefault(groups.names[one // count], []).append(windows[one % count])
            return {name: frozenset(spans) for name, spans in found.items()}

        chosen = groups.odd[of]
        chosen[places[~kept[of_cell]]] = True
        shown, example = np.unique(of, return_index=True)
        if self._hides:
            chosen[example] = True  # so that all groups are known of which something may be missing
            rows = self._around(rule, occasions.take(chosen))
            if isinstance(rule.on, OnIntervals):
                rows = np.concatenate([rows, self._intervals.standing(rule.on.spell)])
            return Screened(len(clean), nearest, self._closed(rule, rows), told=cells_of(cells[clean]))
        asked_of: dict[Key, Spans | None] = {groups.names[at]: None for at in np.flatnonzero(groups.odd)}
        left = np.flatnonzero(~kept & ~groups.odd[cells // count])
        asked_of.update(cells_of(cells[left]))
        asked = np.zeros(len(groups.names), np.bool_)
        asked[cells[left] // count] = True
        chosen[example[asked[shown]]] = True  # without a record there is no such group
        rows = self._around(rule, occasions.take(chosen))
        return Screened(len(clean), nearest, self._closed(rule, rows), groups=asked_of)

    def _subjects_of(self, groups: Groups, places: Whole) -> str | None:
        """All whose occasions take part in a total that is not of one asset."""
        chosen = groups.occasions.take(places)
        named = {name for at in range(len(places)) if (name := self._subject(chosen, at)) is not None}
        return "+".join(sorted(named)) or None


class Segments(NamedTuple):
    """The times of each group between renewals, in order of group and time; the last ends beyond the observation."""

    of: Whole
    starts: Whole
    ends: Whole

    @classmethod
    def between(cls, runs: Runs, groups: Whole, began: int, until: int) -> "Segments":
        """Those before, between and after some runs."""
        of = np.concatenate([groups, runs.keys])
        starts = np.concatenate([np.full(len(groups), began), runs.ends])
        order = np.lexsort((starts, np.arange(len(of)) >= len(groups), of))
        of, starts = of[order], starts[order]
        ends = np.full(len(of), until + 1)
        # each begins with the end of a renewal, and ends with the beginning of the next one
        following = np.flatnonzero(np.append(of[1:] == of[:-1], False))
        ends[following] = runs.starts
        return cls(of, starts, ends)

    def touching(self, of: Whole, starts: Whole, ends: Whole) -> tuple[Whole, Whole]:
        """Which of them some spans [start, end) share an instant with, and which span that is."""
        ranked_starts, ranked_ends = Ranked.of(self.of, self.starts), Ranked.of(self.of, self.ends)
        low = ranked_ends.below(of, starts, inclusive=True)  # those that end after the start
        high = np.maximum(ranked_starts.below(of, ends, inclusive=False), low)
        at, places = expanded(low, high), np.repeat(np.arange(len(of)), high - low)
        real = self.starts[at] < self.ends[at]
        return at[real], places[real]


def _added_before(of: Whole, times: Whole, amounts: Whole, asked: tuple[Whole, Whole], *, inclusive: bool) -> Whole:
    """What amounts of lesser groups, and of the group asked about before a time (or at it, if inclusive), add up to."""
    order = np.lexsort((times, of))
    sums = np.append(0, np.cumsum(amounts[order]))
    found: Whole = sums[Ranked.of(of[order], times[order]).below(*asked, inclusive=inclusive)]
    return found


def _near(of: Whole, occasions: Occasions, hot: tuple[Whole, Whole, Whole], back: int) -> Mask:
    """Which occasions go on in a piece of their group, or went on up to so long before it."""
    group, since, until = hot
    found = np.zeros(len(of), np.bool_)
    if not len(group):
        return found
    starts, ends = occasions.starts, occasions.ends
    # pieces are in order and do not overlap: the first that ends at or after the start tells
    moments = np.unique(until)
    own = group * (len(moments) + 1) + np.searchsorted(moments, until)
    place = np.searchsorted(own, of * (len(moments) + 1) + np.searchsorted(moments, starts, side="left"))
    there = (place < len(group)) & (np.append(group, -1)[place] == of)
    low = np.append(since, FAR)[place] - back
    near: Mask = there & (low <= ends)
    return near


def _touched(occasions: Occasions) -> list[tuple[int, int]]:
    """Where something was, in order."""
    ends = np.maximum(occasions.ends, occasions.starts + 1)
    runs = Runs.merged(np.zeros(len(ends), np.int64), occasions.starts, ends)
    return list(zip(runs.starts.tolist(), runs.ends.tolist(), strict=True))
