"""Totals over windows and levels at instants, as exact functions of time."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace

from checker import rolling
from checker.backends.reference.base import Base, Occasion, as_bounds, finite_or
from checker.bounds import INFINITY, Bounds, Number, is_finite, minus, plus
from checker.calendaring import TOO_MANY, windows_of
from checker.event import GAP, WITHHELD, Unknown
from checker.interval import (
    FAR,
    Anchored,
    Begun,
    Cover,
    Interval,
    Key,
    Lasting,
    Spell,
    Stated,
    Where,
    gathered,
    is_known,
)
from checker.measure import DURATION, Level, Limit, OnIntervals, Rule, Total
from checker.obligation import Decision, Obligation, Verdict, decide
from checker.renewal import renewals
from checker.timeline import Spans, merge


class Sums(Base):
    """Total and Level."""

    def _total(self, rule: Rule, measure: Total) -> Iterator[Obligation]:
        groups = self._groups(self._all_occasions(rule), measure.per)
        if rule.limit.at_least is not None:
            groups = self._everyone(rule, groups, measure.per)
        number = 0
        first, last = self._in_force(rule)
        for key, group in groups.items():
            if not self._focus.of_group(key):
                continue
            rolling_window = measure.window.rolling
            if rolling_window is not None or measure.window.since:
                if not self._focus.of_span(key, first, last):
                    continue
                anew = self._anew(measure, key, group) if measure.window.since else None
                lower, upper = self._functions(rule, measure, key, group, rolling_window, anew)
                if not any(self._concerns(o, rolling_window) for o in group) and rule.limit.at_least is None:
                    continue
                if first <= last:
                    yield from self._stretches(
                        rule, key, number, group, lower, upper, (first, last), measure.unit, anew and anew.surely
                    )
                number += 1
            else:
                for obligation in self._calendar(rule, measure, key, number, group):
                    yield obligation
                    number = obligation.occasion + 1

    def _concerns(self, occasion: Occasion, window: int | None) -> bool:
        ends = INFINITY if window is None else plus(occasion.end.high, window)
        return bool(occasion.start.low <= self._until and ends > self._from)

    def _anew(self, measure: Total, key: Key, group: list[Occasion]) -> Cover:
        """When the totals of a group start anew."""
        get = dict(key).get
        low = min([self._began, *(finite_or(o.start.low, self._began) for o in group)])
        return renewals([
            [self._intervals.cover(one, get, low, self._until + 1) for one in parts] for parts in measure.window.since
        ])  # fmt: skip

    def _functions(
        self, rule: Rule, measure: Total, key: Key, group: list[Occasion], window: int | None, anew: Cover | None
    ) -> tuple[list[rolling.Piece], list[rolling.Piece]]:
        """The least and the greatest total over the window, as functions of its end.

        The less surely totals start anew, the more they may be; the more they may start anew, the less they surely are.
        """
        low, high = self._from, self._until
        unseen = None if rule.history_complete else self._began
        if anew is not None:
            return self._since(rule, measure, key, group, window, anew)
        assert window is not None  # noqa: S101 - one of both is there
        if measure.of == "duration":
            lower, upper = self._spans(rule, key, group, low - window, high)
            if unseen is not None and _one_at_a_time(rule, measure.per):
                once = merge([(s, e) for s, e, _ in upper] + [(low - window, max(unseen, low - window))])
                upper, unseen = [(start, end, 1) for start, end in once], None
            most = rolling.durations(upper, window, low, high)
            return rolling.durations(lower, window, low, high), _unbounded_until(most, unseen, window)
        counted = self._counts(rule, measure, group, window)
        most = rolling.steps(rolling.edges(counted[1]), low, high)
        return rolling.steps(rolling.edges(counted[0]), low, high), _unbounded_until(most, unseen, window)

    def _counts(
        self, rule: Rule, measure: Total, group: Iterable[Occasion], window: int
    ) -> tuple[list[rolling.Span], list[rolling.Span]]:
        """When what happens surely and possibly counts, so long at least or at most, and how much."""
        found: tuple[list[rolling.Span], list[rolling.Span]] = ([], [])
        for occasion in group:
            amount = self._amount(rule, measure, occasion)
            early, late = finite_or(occasion.start.low, -FAR), finite_or(occasion.start.high, FAR)
            for side, value, wide in zip(
                found, (amount.low, amount.high), (amount.low < 0, amount.high > 0), strict=True
            ):
                enters, leaves = (early, late + window) if wide else (late, early + window)
                if enters < leaves:
                    side.append((enters, leaves, value))
        return found

    def _since(
        self, rule: Rule, measure: Total, key: Key, group: list[Occasion], window: int | None, anew: Cover
    ) -> tuple[list[rolling.Piece], list[rolling.Piece]]:
        low, high = self._from, self._until
        back = self._began if window is None else min(self._began, low - window)
        if measure.of == "duration":
            lower, upper = self._spans(rule, key, group, back, high)
            made = [
                rolling.durations_since(spans, resets, window, low, high)
                for spans, resets in ((lower, anew.possibly), (upper, anew.surely))
            ]
        else:
            changes: tuple[list[tuple[int, Number]], list[tuple[int, Number]]] = ([], [])
            for occasion in group:
                amount = self._amount(rule, measure, occasion)
                early, late = finite_or(occasion.start.low, -FAR), finite_or(occasion.start.high, FAR)
                for side, value, wide in zip(
                    changes, (amount.low, amount.high), (amount.low < 0, amount.high > 0), strict=True
                ):
                    resets = anew.surely if wide else anew.possibly
                    for enters, leaves in rolling.counted_since(early, late, window, resets, wide):
                        side += [(enters, value), (leaves, minus(0, value))]
            made = [rolling.steps(side, low, high) for side in changes]
        if rule.history_complete:
            return made[0], made[1]
        unseen = min([
            *([] if window is None else [self._began + window]),
            *(max(start, self._began) for start, end in anew.surely if end > self._began),
        ], default=high + 1)  # fmt: skip
        return made[0], _unbounded_until(made[1], self._began, min(unseen, high + 1) - self._began)

    def _spans(
        self, rule: Rule, key: Key, group: Iterable[Occasion], first: int, last: int
    ) -> tuple[list[rolling.Span], list[rolling.Span]]:
        """Where each surely and where each possibly went on, within [first, last), and how often that counts."""
        due = rule.limit.at_least is not None
        intervals = [(o, o.item) for o in group if isinstance(o.item, Interval)]
        surely: list[rolling.Span] = [
            (*s, 1) for o, i in intervals if o.certain and not (due and _unshown(i)) for s in i.surely
        ]
        if _once_at_a_time(rule):
            possibly = _merged_by_key((i for _, i in intervals), key)
        else:
            possibly = [(*i.possibly, _times(i)) for _, i in intervals]
        clipped = [
            [(max(start, first), min(end, last), times) for start, end, times in spans if start < last and end > first]
            for spans in (surely, possibly)
        ]
        return clipped[0], clipped[1]

    def _amount(self, rule: Rule, measure: Total, occasion: Occasion) -> Bounds:
        """What one occasion adds; of events that are due, one that is not authentic adds nothing."""
        amount = Bounds.exactly(occasion.many)
        if measure.of != "count":
            amount = _carried(occasion, measure.of)
        item, certain = occasion.item, occasion.certain
        if rule.limit.at_least is not None:
            if isinstance(item, Interval):
                certain = certain and not _unshown(item)
            elif not item.authentic:
                if rule.limit.at_most is None:
                    return Bounds.exactly(0)
                certain = False
        return amount if certain else amount.or_(Bounds.exactly(0))

    def _stretches(
        self,
        rule: Rule,
        key: Key,
        number: int,
        group: list[Occasion],
        lower: list[rolling.Piece],
        upper: list[rolling.Piece],
        judged: tuple[int, int],
        unit: str,
        anew: Spans | None = None,
    ) -> Iterator[Obligation]:
        """One obligation for each stretch beyond the limit, surely or possibly; one for all if there is none.

        A least total over a rolling window is asked for once the whole window lies within the observation.
        """
        first, last = judged
        certain = _is_there(rule, key, group)
        unit = DURATION if isinstance(rule.measure, Total) and rule.measure.of == "duration" else unit
        limit = rule.limit
        back = rule.measure.window.rolling if isinstance(rule.measure, Total) and rule.measure.window.rolling else 0

        def reach(start: int) -> int:
            """How far back what began before a stretch may count in it."""
            if anew is None:
                return back
            last = max((end for begun, end in anew if begun < start), default=-FAR)
            return min(back or FAR, start - last)

        sides: list[tuple[Limit, int, list[rolling.Piece], list[rolling.Piece], Number]] = []
        if limit.at_most is not None:
            sides.append((limit._replace(at_least=None), first, lower, upper, limit.at_most))
        if limit.at_least is not None and max(first, self._from + back) <= last:
            negated = rolling.negated(upper), rolling.negated(lower)
            due = max(first, self._from + back)
            sides.append((limit._replace(at_most=None), due, *negated, minus(0, limit.at_least)))
        stretches: list[tuple[int, int, Bounds, Decision, tuple[int, int]]] = []
        for side, since, sure_pieces, maybe_pieces, bound in sides:
            told: list[tuple[int, int]] = []
            widest = _clip(rolling.beyond(maybe_pieces, bound, limit.exclusive, last), since, last)
            for pieces, verdicts in (
                (sure_pieces, {Verdict.VIOLATED}), (maybe_pieces, {Verdict.VIOLATED, Verdict.INCONCLUSIVE})
            ):  # fmt: skip
                spans = _clip(rolling.beyond(pieces, bound, limit.exclusive, last), since, last)
                for start, end in [span for span in spans if not _holds_one(span, told)]:
                    half_open = start < end < last
                    measured, decision = _extreme(lower, upper, start, end, side, certain, half_open=half_open)
                    if decision.verdict in verdicts:  # where a stretch is cut, the limit may be met exactly
                        at = bisect_right(widest, (start, FAR)) - 1
                        wide = (min(start, widest[at][0]), max(end, widest[at][1])) if at >= 0 else (start, end)
                        stretches.append((start, end, measured, decision, wide))
                        told.append((start, end))
        if not stretches and sides:
            kept = [
                (_extreme(lower, upper, since, last, side, certain), at) for at, (side, since, *_) in enumerate(sides)
            ]
            (measured, decision), at = min(kept, key=lambda one: one[0][1].margin.low)
            start, end = min(since for _, since, *_ in sides), last
            breach = decision.verdict is not Verdict.SATISFIED
            if breach:  # met as it starts anew, or jumps back: at no instant beyond
                _, since, sure, maybe, _ = sides[at]
                start = end = rolling.peak(sure if decision.verdict is Verdict.VIOLATED else maybe, since, last)
            active = _Going(group).within(start, end, reach(start), True)
            yield self._of_group(rule, key, number, active, measured, unit, start, end, breach, decision=decision)
        going = _Going(group)
        for start, end, measured, decision, wide in sorted(stretches, key=lambda one: one[:2]):
            active = going.within(start, end, reach(start), not start < end < last)
            yield self._of_group(
                rule, key, number, active, measured, unit, start, end, True, decision=decision, wide=wide
            )

    def _of_group(
        self, rule: Rule, key: Key, number: int, active: list[Occasion], measured: Bounds, unit: str,
        start: int, end: int, breach: bool, open_until: bool = False, due: int | None = None,
        decision: Decision | None = None, wide: tuple[int, int] | None = None,
    ) -> Obligation:  # fmt: skip
        """`wide`: the stretch as far as it may reach; in what is more of it another may begin."""
        first, last = wide or (start, end)
        decision = decision or decide(measured, rule.limit, open_until)
        subjects = sorted({o.subject for o in active if o.subject is not None})
        named = dict(key).get("subject")
        shown = active if breach else active[:1]
        field = rule.measure.weight if isinstance(rule.measure, Level) else ""
        if isinstance(rule.measure, Total) and rule.measure.of not in ("duration", "count"):
            field = rule.measure.of
        carried = [o.get(field) for o in active if field and not o.hidden]
        unread = any(not is_finite(as_bounds(value).low) for value in carried if value is not None)
        if decision.verdict is Verdict.INCONCLUSIVE and not unread:
            reasons = [o.reason for o in active]
            if isinstance(rule.measure, Total):
                get = dict(key).get
                for one in (one for parts in rule.measure.window.since for one in parts):
                    doubt = self._intervals.doubt(one, get, start, end, None)
                    reasons.append("" if doubt == GAP else doubt)
            if self._ended(reasons):
                decision = decision._replace(verdict=Verdict.PENDING)
        reason = WITHHELD if unread else next((o.reason for o in active if o.reason), GAP)
        return Obligation(
            occasion=number,
            at=start,
            subject=named if isinstance(named, str) else "+".join(subjects) if breach and subjects else None,
            key=tuple((name, value) for name, value in key if name != "subject"),
            measured=measured,
            unit=unit,
            decision=decision,
            start=start,
            end=end,
            witnesses=tuple(w for o in shown for w in o.witnesses),
            due=due,
            reason=reason if decision.verdict is Verdict.INCONCLUSIVE else "",
            lacks=gathered(lack for o in active for lack in self._lacks(rule, o)),
            hidden=bool(active) and all(o.hidden for o in active) and not _is_owed(rule, key),
            early=start - first,
            late=last - start if last > end or decision.verdict is Verdict.INCONCLUSIVE else 0,
        )

    def _calendar(
        self, rule: Rule, measure: Total, key: Key, number: int, group: list[Occasion]
    ) -> Iterator[Obligation]:
        """One obligation for each calendar window that the observation touches and that something falls into.

        Judged when it ends, or when the rule does; what is due by the end of a window is asked only then.
        """
        first, last = self._in_force(rule)
        if first > last:
            return  # what was observed lies wholly before the rule, or after it
        due = rule.limit.at_least is not None
        windows = windows_of(
            measure.window, self._from, self._until, None if due else lambda: merge(self._touched(group))
        )
        meeting = _Meeting(group)
        for start, end in windows.judged:
            if not self._focus.of_span(key, start, end):
                continue
            ends = int(min(end, rule.end))
            final = min(ends, self._until)
            over = measure.window.unit is None or end <= self._until
            limit = rule.limit
            if ends < end and measure.window.unit is not None:
                limit = limit._replace(at_least=None)
            inside = meeting.of(start, ends)
            if start > last or end <= first or (not inside and limit.at_least is None) or limit == Limit():
                continue
            if measure.of == "duration":
                lower, upper = self._spans(rule, key, inside, start, final)
                pieces = [rolling.durations(spans, end - start + 1, start, final) for spans in (lower, upper)]
            else:
                changes: tuple[list[tuple[int, Number]], list[tuple[int, Number]]] = ([], [])
                for o in inside:
                    if o.start.high < start:
                        continue
                    amount = self._amount(rule, measure, o)
                    if not (start <= o.start.low and o.start.high < ends):
                        amount = amount.or_(Bounds.exactly(0))
                    early, late = max(start, finite_or(o.start.low, start)), finite_or(o.start.high, end)
                    changes[0].append((late if amount.low > 0 else early, amount.low))
                    changes[1].append((early if amount.high > 0 else late, amount.high))
                pieces = [rolling.steps(side, start, final) for side in changes]
            measured = Bounds(*(rolling.greatest(side, final, final) for side in pieces))
            open_until = not over and limit.at_least is not None
            if open_until:  # unless there may be too much already, only the time to come can tell
                most = limit._replace(at_least=None)
                open_until = limit.at_most is None or decide(measured, most).verdict is Verdict.SATISFIED
                measured = Bounds(measured.low, INFINITY)
            if not rule.history_complete and start < self._began and measure.window.unit is not None:
                bounded = measure.of == "duration" and _one_at_a_time(rule, measure.per)
                unseen = self._began - start if bounded else INFINITY
                measured = Bounds(measured.low, plus(measured.high, unseen))
            begins = []  # of what is surely and of what may be too much, if either is
            for side in pieces:
                beyond = limit.at_most is not None and rolling.beyond(side, limit.at_most, limit.exclusive, final)
                if beyond and beyond[-1][1] == final:
                    begins.append(beyond[-1][0])
            begin = begins[0] if begins else final
            unit = DURATION if measure.of == "duration" else measure.unit
            yield self._of_group(
                rule, key, number, inside, measured, unit, begin, final, breach=True,
                wide=(min([begin, *begins]), final),
                due=None if measure.window.unit is None else end,
                decision=decide(measured, limit, open_until, _is_there(rule, key, group)),
            )  # fmt: skip
            number += 1
        if windows.left is not None and windows.left[0] <= last and windows.left[1] > first:
            start, end = max(windows.left[0], first), min(windows.left[1], last)
            unit = DURATION if measure.of == "duration" else measure.unit
            found = self._of_group(
                rule, key, number, _Meeting(group).of(start, end)[:1], Bounds(-INFINITY, INFINITY), unit,
                start, end, True,
            )  # fmt: skip
            open_ = found.decision._replace(verdict=Verdict.INCONCLUSIVE)
            yield replace(found, decision=open_, reason=TOO_MANY, lacks=(), hidden=False)

    def _touched(self, group: list[Occasion]) -> Iterator[tuple[int, int]]:
        """Where each may have been while anything was observed."""
        for o in group:
            yield int(max(o.start.low, self._from)), int(min(max(o.end.high, o.start.low + 1), self._until + 1))

    def _level(self, rule: Rule, measure: Level) -> Iterator[Obligation]:
        """A record that is not authentic counts where at most so many may go on, and not where so many are due."""
        judged = self._in_force(rule)
        groups = self._groups(self._all_occasions(rule), measure.per) if judged[0] <= judged[1] else {}
        due = rule.limit.at_least is not None
        if due and judged[0] <= judged[1]:
            groups = self._everyone(rule, groups, measure.per)
        touched = [
            (key, group) for key, group in groups.items()
            if self._focus.of_group(key) and self._focus.of_span(key, *judged)
            and (due or any(_touches(o, judged) for o in group))
        ]  # fmt: skip
        for number, (key, group) in enumerate(touched):
            lower, upper = self._going_on(rule, measure, key, group)
            yield from self._stretches(rule, key, number, group, lower, upper, judged, measure.unit)

    def _going_on(
        self, rule: Rule, measure: Level, key: Key, group: list[Occasion]
    ) -> tuple[list[rolling.Piece], list[rolling.Piece]]:
        """The least and the greatest level, as functions of time."""
        first, last = self._from, self._until
        sides = [
            [(max(start, first), max(end, first), amount) for start, end, amount in spans if start < end]
            for spans in self._levels(rule, measure, key, group)
        ]
        lower, upper = (rolling.steps(rolling.edges(side), first, last) for side in sides)
        return lower, upper

    def greatest(self, rule: Rule) -> tuple[list[rolling.Piece], bool]:
        """The greatest that a level or a total over a rolling window, of all together, may be, as a function of time.

        And whether any of what it is made of is asked about.
        """
        group, measure = self._all_occasions(rule), rule.measure
        if isinstance(measure, Level):
            judged = self._in_force(rule)
            return self._going_on(rule, measure, (), group)[1], any(_touches(o, judged) for o in group)
        assert isinstance(measure, Total)  # noqa: S101 - sums only
        window = measure.window.rolling
        upper = self._functions(rule, measure, (), group, window, None)[1]
        return upper, any(self._concerns(o, window) for o in group)

    def made_of(self, rule: Rule) -> dict[Key, rolling.Made]:
        """What the level, or the total over a rolling window, of each group is made of; all of these spans add up."""
        measure, judged, due = rule.measure, self._in_force(rule), rule.limit.at_least is not None
        assert isinstance(measure, (Level, Total))  # noqa: S101 - sums only
        groups = self._groups(self._all_occasions(rule), measure.per)
        if due:
            groups = self._everyone(rule, groups, measure.per)
        back = 0 if isinstance(measure, Level) else measure.window.rolling or 0
        since = judged[0] if rule.limit.at_most is not None else max(judged[0], self._from + back)
        found = {}
        for key, group in groups.items():
            if isinstance(measure, Level):
                lower, upper = self._levels(rule, measure, key, group)
                asked = due or any(_touches(o, judged) for o in group)
            else:
                asked = due or any(self._concerns(o, back) for o in group)
                if measure.of == "duration":
                    lower, upper = self._spans(rule, key, group, self._from - back, self._until)
                else:
                    lower, upper = self._counts(rule, measure, group, back)
            going = _Going(group).within(since, judged[1], back, True)
            found[key] = rolling.Made(lower, upper, asked, any(not o.hidden for o in going))
        return found

    def _levels(
        self, rule: Rule, measure: Level, key: Key, group: list[Occasion]
    ) -> tuple[list[rolling.Span], list[rolling.Span]]:
        """What the level surely and what it possibly is made of: spans with their weights."""
        due = rule.limit.at_least is not None
        lower: list[rolling.Span] = []
        upper: list[rolling.Span] = []
        intervals = []
        for occasion in group:
            interval = occasion.item
            assert isinstance(interval, Interval)  # noqa: S101 - rules of intervals only
            intervals.append(interval)
            weight = Bounds.exactly(1)
            if measure.weight is not None:
                weight = _carried(occasion, measure.weight)
            counts = occasion.certain and interval.certain and not (due and _unshown(interval))
            carrying = interval if measure.weight is None else interval.alike([measure.weight])
            cores = self._intervals.core(carrying) if counts else []
            for side, amount, wide in ((lower, weight.low, weight.low < 0), (upper, weight.high, weight.high > 0)):
                if wide:
                    times = interval.many - interval.apart
                    side.append((*interval.possibly, amount if times == 1 else amount * times if times else 0))
                else:
                    side += [(*core, amount) for core in cores]
        if measure.weight is None and _once_at_a_time(rule):
            upper = list(_merged_by_key(intervals, key))
        return lower, upper


def _carried(occasion: Occasion, field: str) -> Bounds:
    """The number in a field: 0 if it is not there, any if the record that may carry it is missing."""
    value = occasion.get(field)
    if value is None and isinstance(occasion.item, Interval) and occasion.item.opening is None:
        return Bounds(-INFINITY, INFINITY)
    return Bounds.exactly(0) if value is None else as_bounds(value)


def _extreme(
    lower: list[rolling.Piece],
    upper: list[rolling.Piece],
    start: int,
    end: int,
    limit: Limit,
    certain: bool,
    *,
    half_open: bool = False,
) -> tuple[Bounds, Decision]:
    """The greatest value in the stretch against a greatest allowed, the least against a least."""
    extreme = rolling.greatest if limit.at_most is not None else rolling.least
    measured = Bounds(*(extreme(one, start, end, half_open=half_open) for one in (lower, upper)))
    return measured, decide(measured, limit, certain=certain)


def _is_owed(rule: Rule, key: Key) -> bool:
    """Whether something is due of a group even if nothing of it is there: of all together, and of every asset."""
    if rule.limit.at_least is None or not is_known(key):
        return False
    return all(name == "subject" and value is not None for name, value in key)


def _is_there(rule: Rule, key: Key, group: Iterable[Occasion]) -> bool:
    """Whether there surely is such a group of which something can be due."""
    if _is_owed(rule, key):
        return True
    return is_known(key) and any(o.certain and (not isinstance(o.item, Interval) or o.item.certain) for o in group)


def _unshown(interval: Interval) -> bool:
    return interval.opening is not None and not interval.opening.authentic


def _touches(occasion: Occasion, span: tuple[int, int]) -> bool:
    first, last = span
    return bool(occasion.start.low <= last and (occasion.end.high > first or occasion.start.low >= first))


def _times(interval: Interval) -> Number:
    """How often it may have gone on at once: without bound where no one knows how much a gap hides."""
    return minus(interval.many, interval.apart)


def _merged_by_key(intervals: Iterable[Interval], group: Key) -> list[rolling.Span]:
    """Where each may have gone on; what cannot go on twice at once is not counted twice."""
    known = dict(group)
    by_key: dict[Key, Spans] = {}
    found: list[rolling.Span] = []
    for interval in intervals:
        start, end = interval.possibly
        key = tuple((n, known.get(n, v) if isinstance(v, Unknown) else v) for n, v in interval.key)
        if start < end and is_known(key):
            by_key.setdefault(key, []).append((start, end))
        elif start < end:
            found.append((start, end, _times(interval)))
    return found + [(start, end, 1) for spans in by_key.values() for start, end in merge(spans)]


def _may_overlap(spell: Spell) -> bool:
    """Whether intervals of one key can go on at once: those that records state can."""
    if isinstance(spell, (Begun, Lasting, Where)):
        return _may_overlap(spell.part)
    return isinstance(spell, (Anchored, Stated))


def _once_at_a_time(rule: Rule) -> bool:
    """Whether for one key at most one can go on at any instant."""
    return isinstance(rule.on, OnIntervals) and not _may_overlap(rule.on.spell)


def _one_at_a_time(rule: Rule, per: tuple[str, ...]) -> bool:
    """Whether in each group at most one can go on at any instant: its fields are all that keep intervals apart."""
    return isinstance(rule.on, OnIntervals) and set(rule.on.spell.per) <= set(per) and _once_at_a_time(rule)


def _unbounded_until(pieces: list[rolling.Piece], began: int | None, window: int) -> list[rolling.Piece]:
    """The same function, but unbounded while the window reaches back before the beginning of the log."""
    first = pieces[0].start
    if began is None or began + window <= first:
        return pieces
    known = began + window
    at = max(i for i, piece in enumerate(pieces) if piece.start <= known)
    held = pieces[at]
    resumed = rolling.Piece(known, plus(held.value, held.slope * (known - held.start)), held.slope)
    return [rolling.Piece(first, INFINITY), resumed, *pieces[at + 1 :]]


def _holds_one(stretch: tuple[int, int], inner: list[tuple[int, int]]) -> bool:
    """Whether one of the inner stretches, in order, lies wholly within the stretch."""
    at = bisect_left(inner, (stretch[0], stretch[0]))
    return at < len(inner) and inner[at][1] <= stretch[1]


def _clip(stretches: list[tuple[int, int]], first: int, last: int) -> list[tuple[int, int]]:
    return [(max(s, first), min(e, last)) for s, e in stretches if e >= first and s <= last]


class _Meeting:
    """Which occasions of a group meet windows that are asked about in their order: neither start nor end goes back."""

    def __init__(self, group: list[Occasion]) -> None:
        self._left = sorted(enumerate(group), key=lambda one: one[1].start.low, reverse=True)
        self._met: list[tuple[int, Occasion]] = []

    def of(self, start: int, end: int) -> list[Occasion]:
        """Those that lie in [start, end), or reach into it, in the order of the group."""
        while self._left and self._left[-1][1].start.low < end:
            self._met.append(self._left.pop())
        self._met = [(at, o) for at, o in self._met if o.end.high > start or o.start.low >= start]
        return [o for _, o in sorted(self._met, key=lambda one: one[0])]


class _Going:
    """Which occasions of a group may have been going on in stretches that are asked about in the order of their start.

    What is over before one stretch, and as far as it reaches back, is over before all that follow.
    """

    def __init__(self, group: list[Occasion]) -> None:
        self._group = group
        self._starts = [o.start.low for o in group]
        self._begun = 0
        self._left: list[int] = []
        """Of those that have begun the places, in order, but for what is over."""

    def within(self, start: int, end: int, back: int, closed: bool) -> list[Occasion]:
        """Those, in order, that may have been going on in the stretch, or up to `back` before it."""
        until = (bisect_right if closed else bisect_left)(self._starts, end)
        self._left += range(self._begun, until)
        self._begun = max(self._begun, until)
        near = self._left[: bisect_left(self._left, until)]
        found = [at for at in near if plus(self._group[at].end.high, back) > start]
        if len(found) < len(near):
            self._left[: len(near)] = found
        return [self._group[at] for at in found]
