"""What came before and what came after, in columns."""

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from checker.backends.columnar import dates
from checker.backends.columnar.base import Base, Occasions, Screened, bound, compared, is_whole
from checker.backends.columnar.intervals import Asked
from checker.backends.columnar.runs import EMPTY, covered, shortened
from checker.backends.columnar.table import NotScreened, Table, combined, is_plain
from checker.bounds import INFINITY, is_finite
from checker.columns import ABSENT, WITHHELD, Mask, Whole
from checker.event import Event, Unknown
from checker.interval import FAR
from checker.measure import DURATION, Deadline, Lag, Lead, Limit, Match, OnEvents, Rule
from checker.pattern import Pattern

_FEW = 64
"""Up to so many partners of one key are all left with an occasion that is."""
_STOPPING, _LIFTING = 2, 3
"""Of what may stop, or lift, something, the first so many tell: one may be the occasion, and one its answer."""


Known = tuple[tuple[str, Any], ...]
"""Fields of which the value is known."""


class Partners(NamedTuple):
    """The authentic records of a pattern, by key and then in order; and of each occasion the key and its records.

    `ranks` are key and row as one number. `since` to `until` are the places of the records of the occasion's key (which
    is -1 if it has none); `odd` those of whom columns do not tell all.
    """

    table: Table
    rows: Whole
    ranks: Whole
    wanted: Whole
    since: Whole
    until: Whole
    odd: Mask

    @classmethod
    def of(cls, table: Table, pattern: Pattern, match: Match, asked: Asked, having: str | None = None) -> "Partners":
        """Those of one pattern (`having` a field) for some occasions. Raises NotScreened where a key is withheld."""
        rows, sure = table.matching(pattern)
        sure = sure & table.exact[rows]
        genuine = table.authentic[rows]
        if having is not None and having != "time":
            genuine = genuine & (table.codes(having)[rows] != ABSENT)
        rows, sure = rows[genuine], sure[genuine]
        theirs, ours, sizes = [], [], []
        none = np.zeros(len(asked.rows), np.bool_)
        for name, own in match:
            codes, asking = table.codes(name)[rows], asked.codes(own, name)
            if (codes == WITHHELD).any() or (asking == WITHHELD).any():
                raise NotScreened
            if name != "subject":
                none |= asking == ABSENT
            theirs.append(codes)
            ours.append(asking)
            sizes.append(len(table.column(name).values))
        mine, wished = np.zeros(len(rows), np.int64), np.zeros(len(none), np.int64)
        if is_plain(sizes):
            if sizes:
                mine, wished = (combined(list(zip(codes, sizes, strict=True))) for codes in (theirs, ours))
        else:  # both together, so that they are numbered alike
            both = [np.concatenate(pair) for pair in zip(theirs, ours, strict=True)]
            number = combined(list(zip(both, sizes, strict=True)))
            mine, wished = number[: len(rows)], number[len(rows) :]
        order = np.argsort(mine, kind="stable")
        rows, mine, sure = rows[order], mine[order], sure[order]
        first = np.append(mine[:1] >= 0, mine[1:] != mine[:-1])
        key = np.cumsum(first) - 1
        since = np.searchsorted(mine, wished, side="left")
        until = np.where(none, since, np.searchsorted(mine, wished, side="right"))
        wanted = np.where(since < until, np.append(key, -1)[since], -1)
        bad = np.zeros(int(first.sum()) + 1, np.bool_)  # the last is of no key
        bad[key[~sure]] = True
        ranks = key * (len(table) + 1) + rows
        return cls(table, rows, ranks, shortened(wanted), shortened(since), shortened(until), bad[wanted])

    def take(self, at: Whole | Mask) -> "Partners":
        """Those of some occasions."""
        return self._replace(wanted=self.wanted[at], since=self.since[at], until=self.until[at], odd=self.odd[at])

    def upto(self, times: Whole, own: Whole, *, inclusive: bool = True) -> Whole:
        """Of each occasion the place of its last record before a time (or at it), itself apart; -1 if there is none."""
        side = "right" if inclusive else "left"
        edge = np.searchsorted(self.table.time, times, side=side)  # type: ignore[call-overload]
        place = self._below(edge) - 1
        mine = (place >= self.since) & (np.append(self.rows, -1)[place] == own)
        place = np.where(mine, place - 1, place)
        return np.where((place >= self.since) & (self.since < self.until), place, -1)

    def since_time(self, times: Whole, own: Whole) -> Whole:
        """Of each occasion the place of its first record at a time or after, itself apart; -1 if there is none."""
        place = self._below(np.searchsorted(self.table.time, times, side="left"))
        mine = (place < self.until) & (np.append(self.rows, -1)[np.minimum(place, len(self.rows))] == own)
        place = np.where(mine, place + 1, place)
        return np.where(place < self.until, place, -1)

    def _below(self, edge: Whole) -> Whole:
        """How many records come before the row `edge`, among those of each occasion's key, as a place."""
        size = len(self.table) + 1
        place = np.searchsorted(self.ranks, self.wanted.astype(np.int64) * size + edge, side="left")
        found: Whole = np.clip(place, self.since, self.until)
        return found

    def first_at(self, place: Whole) -> Whole:
        """The place of the first record of each occasion's key that was written at the same time as that at a place."""
        return self._below(np.searchsorted(self.table.time, self.time(place), side="left"))

    def time(self, place: Whole) -> Whole:
        """When those records were written; 0 for the place -1."""
        found: Whole = np.append(self.table.time[self.rows], 0)[place]
        return found

    def between(self, since: Whole, until: Whole, loose: Mask | bool = False) -> Whole:
        """The rows of the occasions' records from one place to before another; all where they are few or odd.

        All too of those that are `loose`: when they are is not known, nor therefore what is next to them.
        """
        first, last = self.since, self.until
        every = (last - first <= _FEW) | self.odd | loose
        low = np.where(every, first, np.maximum(since, first))
        high = np.where(every, last, np.minimum(until, last))
        ends = np.unique(np.concatenate([first[first < last], last[first < last] - 1]))
        rows: Whole = self.rows[np.union1d(covered(low, high, len(self.rows)), ends)]
        return rows

    def following(self, times: Whole, many: int, loose: Mask) -> Whole:
        """The rows of the first so many of the occasions' records at a time or after; and what `between` adds."""
        first = self._below(np.searchsorted(self.table.time, times, side="left"))
        return self.between(first, first + many, loose)

    def touched(self, starts: Whole, ends: Whole) -> Mask:
        """Of which occasions a record of the key lies in the span [start, end]."""
        low = self._below(np.searchsorted(self.table.time, starts, side="left"))
        high = self._below(np.searchsorted(self.table.time, ends, side="right"))
        return (low < high) | self.odd


class Answers(NamedTuple):
    """Of each occasion the first partner at all, the first that may count, and after how long; whether that is plain.

    What may lift the duty, and what ends the time in which an answer counts, if there is any.
    """

    partners: Partners
    early: Whole
    first: Whole
    lags: Whole
    plain: Mask
    lifting: Partners | None
    stops: Partners | None


class Pairs(Base):
    """Lead and Lag."""

    def _lead(self, rule: Rule, measure: Lead) -> Screened:
        limit = rule.limit
        if not is_whole(limit) or (measure.once and measure.deadline is not None):
            raise NotScreened
        occasions = self._taking(rule, measure)
        partners, first, last = self._shared(occasions, measure, lambda: self._leading(measure, occasions))
        starts = occasions.starts
        if measure.deadline is not None:
            starts = dates.beginning(measure.deadline, starts)
        best = last if limit.at_least is None else first
        if limit.at_least is not None and limit.at_most is not None and limit.at_most != INFINITY:
            best = self._midmost(occasions, partners, last, starts, int(limit.at_least), int(limit.at_most))
        kept, margins = compared(limit, starts - partners.time(best))
        kept &= (last >= 0) & ~partners.odd & ~occasions.loose
        if measure.once:
            kept &= (first == last) & _alone(partners)
            kept &= ~np.isin(partners.wanted, partners.wanted[~kept])
            kept &= self._out_of_reach(rule, measure, occasions, partners, last)
        # what the others need
        others, taken = np.flatnonzero(~kept), last[kept]
        partners, last, starts = partners.take(others), last[others], starts[others]
        own = own_of(occasions)[others]
        low = partners.since
        if not measure.once:
            reach = 0 if limit.at_most is None or limit.at_most == INFINITY else int(limit.at_most)
            early = partners.upto(starts - reach, own, inclusive=False)
            low = np.where(early >= 0, partners.first_at(early), low)
            if limit.at_least is not None:
                near = partners.upto(starts - int(limit.at_least), own)
                low = np.where(near >= 0, np.minimum(low, partners.first_at(near)), low)
        mine = partners.between(low, last + 1, occasions.loose[others])
        more = [mine, self._of_odd(rule, occasions, measure.pattern, measure.match)]
        if measure.once:
            more.append(self._left_to_missing(rule, measure, np.concatenate([partners.rows[taken], mine])))
        return self._left_in_force(rule, occasions, kept, margins, more)

    def _midmost(
        self, occasions: Occasions, partners: Partners, last: Whole, starts: Whole, least: int, most: int
    ) -> Whole:
        """Of each occasion the partner, up to the last, that is farthest from breaking either side of a limit.

        That is the last of those of which less is left of the greatest lead than of the least one, or the next.
        """
        middle = np.minimum((2 * starts - least - most) // 2, occasions.starts)
        early = partners.upto(middle, own_of(occasions))
        late = np.where(early < 0, partners.since, early + 1)  # if that is its own, the next comes at the same instant
        lead, shorter = (starts - partners.time(np.minimum(one, last)) for one in (early, late))
        is_early = (early >= 0) & ((late > last) | (most - lead >= shorter - least))
        return np.where(is_early, early, np.minimum(late, last))

    def _leading(self, measure: Lead, occasions: Occasions) -> tuple[Partners, Whole, Whole]:
        """The partners of occasions, and of each occasion the first and the last that may lead to it."""
        partners = Partners.of(self._table, measure.pattern, measure.match, occasions.asked)
        own = own_of(occasions)
        last = partners.upto(occasions.starts, own)
        first = np.where(partners.since < partners.until, partners.since, -1)
        first += (last >= 0) & (np.append(partners.rows, -1)[first] == own)
        return partners, shortened(first), shortened(last)

    def _lag(self, rule: Rule, measure: Lag) -> Screened:
        """Plain: an exact occasion, all of whose partners are exact and sure, that is answered in time.

        Of a limit on both sides the first answer that comes neither too soon nor too late.
        """
        limit = rule.limit
        if not is_whole(limit) or (measure.once and measure.deadline is not None):
            raise NotScreened
        occasions = self._taking(rule, measure)
        soon = None if limit.at_least is None or limit.at_least < 0 else int(limit.at_least) + limit.exclusive
        found = self._shared(occasions, measure, lambda: self._answers(measure, occasions, soon), soon)
        partners, early, first, lags = found.partners, found.early, found.first, found.lags
        beyond = lags
        if measure.deadline is not None and limit.at_most is not None and is_finite(limit.at_most):
            beyond = lags - self._longer(measure.deadline, occasions.ends, found.plain, int(limit.at_most))
        kept, margins = compared(limit, beyond, lowest=lags)
        kept &= found.plain
        if measure.once:
            kept &= ~np.isin(partners.wanted, partners.wanted[~kept])
            kept &= self._out_of_reach(rule, measure, occasions, partners, first)
        # what the others need; what came too soon may have come closest
        others = np.flatnonzero(~kept)
        partners, early, first = partners.take(others), early[others], first[others]
        low, high = (partners.since, partners.until) if measure.once else (early, first + 1)
        high = np.where(first < 0, partners.until, high)
        low = np.where(early < 0, partners.until, low)
        rows = [partners.between(low, high, occasions.loose[others])]
        if measure.once:
            rows.append(self._left_to_missing(rule, measure, rows[0]))
        begun, loose = occasions.ends[others], occasions.loose[others] | occasions.going[others]
        for one, many in ((found.lifting, _LIFTING), (found.stops, _STOPPING)):
            if one is not None:
                rows.append(one.take(others).following(begun, many, loose))
        for pattern, match in (
            (measure.pattern, measure.match),
            (measure.released_by, measure.release_match),
            (measure.next_among, measure.match),
        ):
            if pattern is not None:
                rows.append(self._of_odd(rule, occasions, pattern, match))
        return self._left_in_force(rule, occasions, kept, margins, rows)

    def _taking(self, rule: Rule, measure: Lead | Lag) -> Occasions:
        """The occasions of a rule; if each record serves `once`, those, too, at which it is not in force: they take.

        Raises NotScreened where what is not plain may have taken what serves another.
        """
        if not measure.once:
            return self._occasions(rule)
        found = self._occasions(rule._replace(start=-INFINITY, end=INFINITY))
        if len(found.odd):
            raise NotScreened
        return found

    def _out_of_reach(
        self, rule: Rule, measure: Lead | Lag, occasions: Occasions, partners: Partners, serving: Whole
    ) -> Mask:
        """Of which occasions nothing missing may take the record that serves them: it lies too far from every gap.

        So it decides on nothing that is missing either, unless it comes too late for that: what would come too early is
        taken before. Raises NotScreened where more than that may matter.
        """
        if not self._hides:
            return np.ones(len(occasions), np.bool_)
        on, limit = rule.on, rule.limit
        if not isinstance(on, OnEvents) or on.during is not None or on.outside is not None:
            raise NotScreened
        if isinstance(measure, Lead):
            if limit.at_least is None or limit.at_least < 0 or _reach(limit) == FAR:
                raise NotScreened
        elif limit.at_least is not None or measure.released_by is not None or measure.next_among is not None:
            raise NotScreened
        if np.isin(partners.rows, occasions.rows).any():
            raise NotScreened  # what serves one may be left as an occasion, for others to take
        holes, reach = self._table.holes(on.pattern), _reach(limit)
        if isinstance(measure, Lead):
            holes = holes._replace(starts=holes.starts - reach)
        else:
            holes = holes._replace(ends=holes.ends + reach)
        times = partners.time(serving)
        return ~holes.touch(times, times)

    def _left_to_missing(self, rule: Rule, measure: Lead | Lag, without: Whole) -> Whole:
        """Of what serves once what missing ones may come to, `without` what is taken before them, or left anyway.

        Which of it is left to one of them depends on all others, but is the same between any two of the `edges`.
        """
        if not self._hides or not isinstance(rule.on, OnEvents):
            return EMPTY
        holes, reach = self._table.holes(rule.on.pattern), _reach(rule.limit)
        parts = [holes.ends, holes.starts, holes.ends + reach]
        if isinstance(measure, Lead):
            parts = [holes.ends, holes.starts - reach, holes.ends - reach, holes.ends - int(rule.limit.at_least or 0)]
        edges = np.unique(np.concatenate([part + step for part in parts for step in (-1, 0, 1)]))
        chosen = partial(_next_to, edges=edges, limit=rule.limit if isinstance(measure, Lead) else None)
        return self._beside(self._hidden(rule.on), measure.pattern, measure.match, chosen, without)

    def _left_in_force(
        self, rule: Rule, occasions: Occasions, kept: Mask, margins: Whole | None, more: Iterable[Whole]
    ) -> Screened:
        """As `_left`; of those that were kept only the ones at which the rule is in force are told."""
        told = ~kept | ((occasions.starts >= bound(rule.start)) & (occasions.starts < bound(rule.end)))
        if not told.all():
            occasions, kept = occasions.take(told), kept[told]
            margins = None if margins is None else margins[told]
        return self._left(rule, occasions, kept, margins, DURATION, more)

    def _longer(self, deadline: Deadline, ends: Whole, plain: Mask, most: int) -> Whole:
        """By how much more time the dates leave that plain occasions are followed by."""
        found = np.zeros(len(ends), np.int64)
        found[plain] = dates.due(deadline, ends[plain], most) - ends[plain] - most
        return found

    def _answers(self, measure: Lag, occasions: Occasions, soon: int | None) -> "Answers":
        """Those of some occasions, where one counts that comes so long after at the soonest."""
        partners = Partners.of(self._table, measure.pattern, measure.match, occasions.asked)
        own = own_of(occasions)
        begun = occasions.ends
        early = partners.since_time(begun, own)
        first = early if soon is None else partners.since_time(begun + soon, own)
        answered = partners.time(first)
        plain = (first >= 0) & ~partners.odd & ~occasions.loose & ~occasions.going
        lifting = stops = None
        if measure.released_by is not None:
            lifting = Partners.of(self._table, measure.released_by, measure.release_match, occasions.asked)
            plain &= ~lifting.touched(begun, np.where(first >= 0, answered, begun))
        if measure.next_among is not None:
            stops = Partners.of(self._table, measure.next_among, measure.match, occasions.asked)
            stop = stops.since_time(begun, own)
            same = np.append(stops.rows, -1)[stop] == np.append(partners.rows, -2)[first]
            plain &= (stop < 0) | same | (stops.time(stop) > answered)
            plain &= ~stops.odd
            plain &= ~self._table.holes(measure.next_among).touch(begun, np.maximum(answered, begun))
        if measure.once:
            several = (first != early) | (first != partners.upto(np.full(len(occasions), self._until), own))
            plain &= ~several & _alone(partners)
        return Answers(partners, shortened(early), shortened(first), answered - begun, plain, lifting, stops)

    def _of_hidden(self, on: OnEvents, measure: Lead | Lag, limit: Limit) -> Whole:
        """Of what may be among missing records the partners: what leads or answers best, what stops or lifts first.

        Nothing is known of such an occasion but its source and, maybe, its asset: whoever has the same may be one.
        """
        hidden = self._hidden(on)
        if isinstance(measure, Lead):
            return self._beside(
                hidden, measure.pattern, measure.match, partial(_leading_best, measure=measure, limit=limit)
            )
        answering = partial(_answering_best, limit=limit)
        dated = measure.deadline is not None and limit.at_most is not None
        if limit.at_least is not None and (measure.next_among is not None or dated):
            # what stops may take away the best; which is the best depends on what the dates leave
            answering = partial(_answering, measure=measure, limit=limit)
        found = [self._beside(hidden, measure.pattern, measure.match, answering)]
        if measure.next_among is not None:
            found.append(self._beside(hidden, measure.next_among, measure.match, _stopping))
        if measure.released_by is not None:
            found.append(self._beside(hidden, measure.released_by, measure.release_match, _lifting))
        return np.concatenate(found)

    def _hidden(self, on: OnEvents) -> list[Event]:
        """What gaps may hide of some events."""
        trace = self._table.trace
        return [event for event in trace.hidden if on.pattern.test(event, trace.registers) is not False]

    def _fitting(self, rows: Whole, known: Known) -> Mask:
        """Which records have some values."""
        found = np.ones(len(rows), np.bool_)
        for name, value in known:
            codes = [at for at, one in enumerate(self._table.column(name).values) if one == value]
            found &= np.isin(self._table.codes(name)[rows], codes)
        return found

    def _beside(
        self,
        hidden: Iterable[Event],
        pattern: Pattern,
        match: Match,
        chosen: Callable[[Whole, Whole, Whole], Whole],
        without: Whole = EMPTY,
    ) -> Whole:
        """The records of a pattern that what is hidden needs: of those that are plain the ones that are chosen.

        `chosen` has the times of those that fit, in order, and from when to when each of what is hidden may lie; it
        tells the places of some, and may tell places where there is none. It is not asked of those `without`.
        """
        table = self._table
        spans = _known_of(hidden, match)
        if not spans:
            return EMPTY
        rows, sure = table.matching(pattern)
        asked = table.authentic[rows] & ~np.isin(rows, without)
        rows, sure = rows[asked], sure[asked]
        plain = sure & table.exact[rows]
        for theirs, _ in match:
            plain &= table.codes(theirs)[rows] != WITHHELD
        found, rows = [rows[~plain]], rows[plain]
        for known, some in spans.items():
            ours = rows[self._fitting(rows, known)]
            lows, highs = np.array(sorted(some), np.int64).T
            places = np.unique(chosen(table.time[ours], lows, highs))
            found.append(ours[places[(places >= 0) & (places < len(ours))]])
        return np.concatenate(found)

    def _of_odd(self, rule: Rule, occasions: Occasions, pattern: Pattern, match: Match) -> Whole:
        """Every record of a pattern that the intervals of odd keys may ask for."""
        if not len(occasions.odd):
            return EMPTY
        partners = Partners.of(self._table, pattern, match, self._odd(rule, occasions, match))
        return partners.rows[covered(partners.since, partners.until, len(partners.rows))]


def _counted(measure: Lead | Lag, limit: Limit, lows: Whole, highs: Whole) -> tuple[Whole, Whole]:
    """From when until when the time counts that a limit on both sides leaves what lies between two instants each."""
    if measure.deadline is None or limit.at_least is None or limit.at_most is None or not is_finite(limit.at_most):
        return lows, highs
    if isinstance(measure, Lead):
        return dates.beginning(measure.deadline, lows), dates.beginning(measure.deadline, highs)
    return lows, lows + np.maximum(highs - lows, dates.apart(measure.deadline, lows, highs, int(limit.at_most)))


def own_of(occasions: Occasions) -> Whole:
    """The record of each occasion, which is no partner of its own; -2 for intervals, which any record may serve."""
    return occasions.rows if occasions.asked.closings is None else np.full(len(occasions), -2)


def _alone(partners: Partners) -> Mask:
    """Which occasions share their key with no other."""
    counts = np.bincount(partners.wanted + 1)
    alone: Mask = counts[partners.wanted + 1] == 1
    return alone


def _known_of(hidden: Iterable[Event], match: Match) -> dict[Known, set[tuple[int, int]]]:
    """What is known of what serves something that is hidden, and from when to when such may lie."""
    found: dict[Known, set[tuple[int, int]]] = {}
    for event in hidden:
        told = ((theirs, event.get(ours)) for theirs, ours in match)
        known = tuple((theirs, value) for theirs, value in told if not isinstance(value, Unknown))
        found.setdefault(known, set()).add((event.earliest, event.latest))
    return found


def _reach(limit: Limit) -> int:
    """For how long at most something serves."""
    return FAR if limit.at_most is None or limit.at_most > FAR else int(limit.at_most)


def _next_to(times: Whole, lows: Whole, highs: Whole, edges: Whole, limit: Limit | None) -> Whole:
    """Of records in order the places of those next to some instants: the first from each on, and the last up to it.

    Of several at once the first counts. There are two each time, for of one it is asked what there is without it. Where
    a limit on both sides is given, what serves best is the first of all or next to the turn (`_leading_best`).
    """
    if not len(times):
        return EMPTY
    if limit is not None:
        turn = np.minimum((lows + highs - int(limit.at_least or 0) - _reach(limit)) // 2, highs)
        edges = np.concatenate([edges, turn, turn + 1, times[:1]])
    first = _first_from(times, edges)
    last = _last_before(times, edges + 1)
    before = _last_before(times, times[last])
    return np.concatenate([one + more for one in (first, last, before) for more in (0, 1)])


def _leading_best(times: Whole, lows: Whole, highs: Whole, measure: Lead, limit: Limit) -> Whole:
    """Of records in order the places of those that lead best to something at an instant from low to high.

    Up to the `turn` one serves the better the later it comes, for what it breaks first is the greatest time; from
    there on the earlier, for that is the least time. Where only one of them is asked for, it is the last or the first.
    """
    least, most = limit.at_least, limit.at_most
    turn = highs
    if least is not None and most is not None and is_finite(most):
        begun, ended = _counted(measure, limit, lows, highs)
        turn = np.minimum((begun + ended - int(least) - int(most)) // 2, highs)
    return np.concatenate([[0], _last_before(times, turn + 1), _first_from(times, turn + 1)])


def _answering_best(times: Whole, lows: Whole, highs: Whole, limit: Limit) -> Whole:
    """The same of those that answer it best, of all that may come after it and of those that surely do.

    The first that surely keeps the limit does; if none does, what comes next to the `turn`, before which an answer
    breaks the least time first, and from which on the greatest.
    """
    if limit.at_least is None:
        return _first_from(times, np.concatenate([lows, highs]))
    least, most = int(limit.at_least), limit.at_most
    soon = least + limit.exclusive
    turn = serving = highs + soon if soon > 0 else lows
    if most is not None and is_finite(most):
        # where the time since the first instant and that since the last, none if it came before, are both limits in sum
        level = lows + least + int(most)
        turn = np.minimum(level, (level + highs) // 2)
    firsts = [np.maximum(one, edge) for one in (serving, turn) for edge in (lows, highs)]
    return np.concatenate([_first_from(times, np.concatenate(firsts)), _last_before(times, turn)])


def _answering(times: Whole, lows: Whole, highs: Whole, measure: Lag, limit: Limit) -> Whole:
    """All that may answer it, up to the first that comes so long after it in any case."""
    _, ended = _counted(measure, limit, lows, highs)
    until = np.searchsorted(times, ended + max(0, int(limit.at_least or 0)) + 1, side="left") + 1
    return covered(_first_from(times, lows), np.minimum(until, len(times)), len(times))


def _stopping(times: Whole, lows: Whole, highs: Whole) -> Whole:
    """The first that may come after it, and the first that surely does."""
    return _first_from(times, np.concatenate([lows, highs]))


def _lifting(times: Whole, lows: Whole, highs: Whole) -> Whole:
    """The first two that surely come after it, for one may be its answer; before that, what lifts it leaves it open."""
    first = _first_from(times, highs)
    return np.concatenate([first, first + 1])


def _first_from(times: Whole, instants: Whole) -> Whole:
    """The place of the first from each instant on; beyond all places if there is none."""
    found: Whole = np.searchsorted(times, instants, side="left")
    return found


def _last_before(times: Whole, instants: Whole) -> Whole:
    """The place of the last before each instant, of several at once the first; the first of all if there is none."""
    last = np.maximum(_first_from(times, instants) - 1, 0)
    return _first_from(times, np.append(times, 0)[last])


__all__ = ["EMPTY", "Pairs", "Partners"]
