"""One after the other: pauses, heartbeats, and numbers that go on."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from itertools import islice, pairwise
from typing import Any, NamedTuple

from checker.backends.reference.base import COUNT, Base, Occasion, context_of, finite_or
from checker.bounds import INFINITY, Bounds, Number, is_finite, minus, plus
from checker.event import GAP, REDUCED, WITHHELD, Event, Unknown
from checker.interval import Interval, Key, Lookup, gathered, is_known
from checker.measure import DURATION, Rule, Spacing
from checker.nearby import Lowest, Nearby
from checker.obligation import Obligation, Verdict, Witness, decide
from checker.timeline import Spans, encloses, intersect

UNSEEN = object()
"""Stands for an asset that no record shows: it is none of those that some do."""


class Rows(Base):
    """Spacing."""

    def _spacing(self, rule: Rule, measure: Spacing) -> Iterator[Obligation]:
        if measure.along is not None:
            yield from self._along(rule, measure, measure.along)
        elif measure.edges:
            yield from self._beats(rule, measure)
        else:
            yield from self._pauses(rule, measure)

    def _along(self, rule: Rule, measure: Spacing, field: str) -> Iterator[Obligation]:
        """From one number to the next; one that is not said may lie between any two, or beyond them."""
        number = 0
        for group in self._groups(self._all_occasions(rule), measure.per).values():
            numbered = [(value, o) for o in group if isinstance(value := o.get(field), (int, Decimal)) and o.certain]
            numbered.sort(key=lambda pair: pair[0])
            unread = any(isinstance(o.get(field), Unknown) or not o.certain for o in group)
            doubt = next((o.reason for o in group if o.hidden), WITHHELD)
            lacks = [lack for o in group if o.hidden for lack in self._lacks(rule, o)]
            for (before, earlier), (after, later) in pairwise(numbered):
                if not (later.start.low <= self._until and self._from <= later.start.high):
                    continue
                if not self._focus.of(later):
                    continue
                step = minus(after, before)
                assert isinstance(earlier.item, Event)  # noqa: S101 - events carry sequence numbers
                start, end = sorted((int(earlier.start.low), int(later.start.low)))
                yield self._make(
                    rule, later, number, Bounds(0, step) if unread else Bounds.exactly(step), COUNT,
                    start=start, end=end, witnesses=(Witness("previous", earlier.item),), reason=doubt,
                    fact=(("field", field),), lacks=lacks,
                )  # fmt: skip
                number += 1
            for occasion in group:
                if occasion.hidden:
                    yield self._make(rule, occasion, number, Bounds(0, INFINITY), COUNT, fact=(("field", field),))
                    number += 1
            for occasion, most in _steps_unseen(rule, group, field, numbered):
                seen = occasion.start.low <= self._until and self._from <= occasion.start.high
                if seen and self._focus.of(occasion):
                    yield self._make(
                        rule, occasion, number, Bounds(0, most), COUNT, reason=occasion.reason or WITHHELD,
                        fact=(("field", field),),
                    )  # fmt: skip
                    number += 1

    def _pauses(self, rule: Rule, measure: Spacing) -> Iterator[Obligation]:
        """From the end of one to the start of the next, where it may be open which one came before."""
        number = 0
        groups = self._groups(self._all_occasions(rule), measure.per)
        for group in groups.values():
            whole, doubtful = group, rule.limit.at_most is not None and not all(_is_authentic(o) for o in group)
            if doubtful:
                group = _discharging(group, rule.limit.at_least is None)
            order = _Order(group)
            for at, later in enumerate(group):
                if not self._focus.of(later):
                    continue
                before = order.before(at)
                if before is None or not (later.start.low <= self._until and self._from <= later.start.high):
                    continue
                pause = Bounds(
                    minus(later.start.low, before.end.high),
                    minus(later.start.high, before.end.low) if before.surely else INFINITY,
                )
                if not pause.known and pause.low < 0 <= pause.high and before.takes_turns(later):
                    pause = Bounds(0, pause.high)
                end = finite_or(later.start.low, self._began)
                start = end
                if rule.limit.at_most is not None and is_finite(before.one.end.low):
                    start = min(int(plus(before.one.end.low, rule.limit.at_most)), end)
                last = before.one.witnesses[-1:]
                yield self._make(
                    rule, later, number, pause, DURATION, start=start, end=end, due=start if start != end else None,
                    witnesses=[Witness("previous", w.event) for w in last],
                    reason=before.reason or later.reason,
                    lacks=(lack for one in before.possibly if one.reason for lack in self._lacks(rule, one)),
                    open_until=False, certain=before.surely or rule.limit.at_least is not None,
                )  # fmt: skip
                number += 1
            for later, earlier in _supposed(whole) if doubtful and rule.limit.at_least is None else ():
                pause = later.start - earlier.end
                seen = later.start.low <= self._until and self._from <= later.start.high
                if seen and decide(pause, rule.limit).verdict is not Verdict.SATISFIED:
                    told = replace(later, certain=False, reason=later.reason or GAP)
                    yield self._make(rule, told, number, pause, DURATION)
                    number += 1

    def _beats(self, rule: Rule, measure: Spacing) -> Iterator[Obligation]:
        """Inside each stretch in which it is due: from its beginning to the first, between any two, to its end.

        A beat that may be none cuts a silence in two, or does not.
        """
        number = 0
        limit = rule.limit.at_most if rule.limit.at_most is not None else 0
        groups = self._everyone(rule, self._groups(self._all_occasions(rule), measure.per), measure.per)
        first_instant, last_instant = self._in_force(rule)
        for key, group in groups.items():
            if not self._focus.of_group(key):
                continue
            # an asset that no record shows has none of the intervals that records show of others
            get: Lookup = dict(key).get
            if not is_known(key) and (tuple(measure.per) == ("subject",) or not group) and all(o.hidden for o in group):
                get = dict.fromkeys(measure.per, UNSEEN).get
            surely = possibly = [(first_instant, last_instant)] if first_instant < last_instant else []
            if measure.scope is not None:
                cover = self._intervals.cover(measure.scope, get, first_instant, last_instant)
                surely, possibly = cover.surely, cover.possibly
            beats = [o for o in group if isinstance(o.item, Event) and o.item.authentic]
            hidden = not is_known(key) and all(o.hidden for o in beats)
            near, crowded = Nearby(beats, _when), _overlapping(beats)
            sure = set(surely) if measure.only is not None else set()
            for first, last in possibly:
                if not self._focus.of_span(key, first, last):
                    continue
                inner = list(near.touching(first, last))
                inner = [replace(o, certain=False) if _loose(o, crowded, first, last) else o for o in inner]
                doubtful = Nearby([o for o in inner if not o.certain], _when)
                edged = measure.only is not None and (first, last) not in sure
                points: list[tuple[Bounds, Event | None]] = [(Bounds.exactly(first), None)]
                points += [
                    (o.start, o.item) for o in inner
                    if o.certain and isinstance(o.item, Event) and first <= o.start.low <= last
                ]  # fmt: skip
                points.append((Bounds.exactly(last), None))
                for at, ((since, before), (until, after)) in enumerate(pairwise(points)):
                    if before in self._focus.settled:
                        continue
                    maybe = list(doubtful.touching(since.low, until.high))
                    unsure = edged or (measure.only == "later" and at == 0 and bool(maybe))
                    if not (unsure or measure.which(at == 0)):
                        continue
                    between = [o.start for o in maybe]
                    longest = max(0, int(minus(until.high, since.low)))
                    silence = Bounds(_silent(since, until, maybe, surely), longest)
                    if unsure:  # of which limit it is asked is open
                        silence = Bounds(0, longest)
                    elif measure.only == "first" and maybe:  # if there is one, the first silence ends with it
                        soonest = max(0, int(min(minus(o.start.low, since.high) for o in maybe)))
                        silence = Bounds(min(soonest, silence.low), longest)
                    due = int(plus(since.low, limit))
                    anchor = after or before
                    named = get("subject") if measure.per else None
                    subject = named if isinstance(named, str) else None
                    witnesses = [Witness("previous", before)] if before else []
                    witnesses += [Witness("next", after)] if after else []
                    if measure.scope is not None and (before is None or after is None) and not hidden:
                        witnesses += context_of(self._intervals.supporting(measure.scope, get, first, last, None))
                    decision = decide(silence, rule.limit, certain=is_known(key))
                    reason = "" if since.known and until.known else REDUCED
                    if between or not is_known(key):
                        reason = next((o.reason for o in maybe if o.hidden), WITHHELD)
                    if not is_known(key) and not between and any(e.subject is None for e in self._trace.hidden):
                        reason = GAP
                    if not reason and measure.scope is not None:
                        reason = self._intervals.doubt(measure.scope, get, first, last, None)
                    yield Obligation(
                        occasion=number,
                        at=int(since.low),
                        subject=subject or (anchor.subject if anchor and not measure.per else None),
                        key=tuple((n, v) for n, v in key if n != "subject"),
                        measured=silence,
                        unit=DURATION,
                        decision=decision,
                        start=min(due, int(until.high)),
                        end=int(until.high),
                        witnesses=tuple(witnesses),
                        due=due,
                        reason=(reason or GAP) if decision.verdict is Verdict.INCONCLUSIVE else "",
                        lacks=gathered(lack for o in maybe for lack in self._lacks(rule, o)),
                        hidden=hidden,
                        late=int(silence.high) - int(silence.low),
                    )
                    number += 1


def _when(beat: Occasion) -> tuple[Number, Number]:
    return beat.start.low, beat.start.high


def _overlapping(beats: list[Occasion]) -> set[Occasion]:
    """Those that may have been at the same instant as another."""
    found: set[Occasion] = set()
    longest: Occasion | None = None
    for beat in sorted(beats, key=_when):
        if longest is not None and longest.start.high >= beat.start.low:
            found |= {longest, beat}
        if longest is None or beat.start.high > longest.start.high:
            longest = beat
    return found


def _loose(beat: Occasion, crowded: set[Occasion], first: int, last: int) -> bool:
    """Whether it is open if a beat lies between two instants, or between which others, as its record is not exact."""
    inside = first <= beat.start.low and beat.start.high <= last
    return not beat.start.known and (not inside or beat in crowded)


def _supposed(group: list[Occasion]) -> Iterator[tuple[Occasion, Occasion]]:
    """Pauses that there were only if records that are not authentic tell the truth, each as long as it may have been.

    Such a record ends no pause, but it may show that one before it, or after it, was too long.
    """
    certain = Lowest([one.start.high if one.certain else INFINITY for one in group])
    genuine = Lowest([one.start.high if one.certain and _is_authentic(one) else INFINITY for one in group])
    for at, later in enumerate(group):
        first, last = certain.first(0, at, later.start.low), genuine.last(0, at, later.start.low)
        if first >= 0 and (last < 0 or not _is_authentic(later)):
            yield later, group[last if last >= 0 else first]


def _is_authentic(one: Occasion) -> bool:
    event = one.item if isinstance(one.item, Event) else one.item.opening
    return event is None or event.authentic


def _discharging(group: list[Occasion], only: bool) -> list[Occasion]:
    """Those that can end a pause that must not be too long: no record that is not authentic does.

    Where a pause must not be too short either (not `only`) such a record may count against, and is kept as uncertain.
    """
    found = []
    for one in group:
        if _is_authentic(one):
            found.append(one)
        elif not only:
            found.append(replace(one, certain=False, reason=one.reason or GAP))
    return found


class _Earlier(NamedTuple):
    """What came before one of a group.

    `possibly`: each that may be the one just before it; `one` is that which `surely` came before, else the last of
    them. `end`: when the first and the last of them ended. `reason`: why it is open which of them it is. `key`: that of
    all of them, if they are intervals of one.
    """

    possibly: Iterable[Occasion]
    one: Occasion
    surely: bool
    end: Bounds
    reason: str
    key: Key | None

    def takes_turns(self, later: Occasion) -> bool:
        """Whether all are intervals of one key: one does not begin before the last has ended."""
        return isinstance(later.item, Interval) and self.key == later.item.key


class _Order:
    """A group in the order of its beginnings: what came before one of them."""

    def __init__(self, group: list[Occasion]) -> None:
        self._group = group
        self._plain = all(one.certain and one.start.known for one in group)
        self._starts = [one.start.low for one in group]

    @cached_property
    def _near(self) -> Nearby[tuple[int, Occasion]]:
        return Nearby(list(enumerate(self._group)), lambda one: _when(one[1]))

    @cached_property
    def _sure(self) -> Lowest:
        """Tells of which the beginning surely was before an instant."""
        return Lowest([one.start.high if one.certain else INFINITY for one in self._group])

    @cached_property
    def _ends(self) -> tuple[Lowest, Lowest]:
        """Tells when the first of some ended, and the last, that by numbers that are the lower the later."""
        return (
            Lowest([one.end.low for one in self._group]),
            Lowest([minus(0, one.end.high) for one in self._group]),
        )

    @cached_property
    def _open(self) -> Lowest:
        """Tells of which it is open whether or when they were."""
        return Lowest([0 if one.reason else 1 for one in self._group])

    @cached_property
    def _alike(self) -> int:
        """How many, from the first on, are intervals of the key of the first."""
        key = _key(self._group[0])
        return next((at for at, one in enumerate(self._group) if key is None or _key(one) != key), len(self._group))

    def before(self, at: int) -> _Earlier | None:
        """What came before one of the group; None if nothing did."""
        if self._plain:
            return self._of([self._group[at - 1]], self._group[at - 1]) if at else None
        later = self._group[at]
        rank = self._sure.last(0, at, later.start.low)
        if rank < 0:
            return self._any_before(at)
        surely = self._group[rank]
        possibly = [
            one for place, one in self._near.touching(surely.start.low, later.start.high)
            if place == rank or (
                place != at and _comes(one.start.low, later.start.high, place < at)
                and not _comes(one.start.high, surely.start.low, place < rank)
            )
        ]  # fmt: skip
        return self._of(possibly, surely)

    def _of(self, possibly: list[Occasion], surely: Occasion) -> _Earlier:
        keys = {_key(one) for one in possibly}
        return _Earlier(
            possibly, surely, True,
            Bounds(min(one.end.low for one in possibly), max(one.end.high for one in possibly)),
            next((one.reason for one in reversed(possibly) if one.reason), ""), keys.pop() if len(keys) == 1 else None,
        )  # fmt: skip

    def _any_before(self, at: int) -> _Earlier | None:
        """Where nothing surely came before: all that stand before it, and what may have begun before it did."""
        until = max(at, bisect_left(self._starts, self._group[at].start.high))
        parts = [part for part in ((0, at), (at + 1, until)) if part[0] < part[1]]
        if not parts:
            return None
        first, last = (min(tree.least(*part) for part in parts) for tree in self._ends)
        unsure = max(self._open.last(*part, 0) for part in parts)
        return _Earlier(
            (one for part in parts for one in islice(self._group, *part)), self._group[parts[-1][1] - 1], False,
            Bounds(first, minus(0, last)), self._group[unsure].reason if unsure >= 0 else "",
            _key(self._group[0]) if until <= self._alike else None,
        )  # fmt: skip


def _key(one: Occasion) -> Key | None:
    return one.item.key if isinstance(one.item, Interval) else None


def _comes(instant: Number, other: Number, first: bool) -> bool:
    """Whether an instant comes before another; of two at once, what stands first in the order."""
    return instant < other or (instant == other and first)


def _steps_unseen(
    rule: Rule, group: list[Occasion], field: str, numbered: list[tuple[Any, Occasion]]
) -> Iterator[tuple[Occasion, Number]]:
    """Of which it is open which number comes before theirs, and how much greater than that theirs is at most.

    That is of those that do not say their number, or may be none, and of the first that does, if such a one may come
    before it. What gaps hide while the rule is in force is asked about itself.
    """
    unsure = {o: o.get(field) for o in group if not o.hidden and (isinstance(o.get(field), Unknown) or not o.certain)}
    numbers = {o: value for o, value in unsure.items() if isinstance(value, (int, Decimal))}
    unread = [o for o, value in unsure.items() if isinstance(value, Unknown)]
    out_of_force = any(o.hidden and not (o.start.low < rule.end and rule.start <= o.start.high) for o in group)
    for value, one in numbered[:1]:
        if out_of_force or unread or any(other <= value for other in numbers.values()):
            yield one, INFINITY
    for one in unread:
        if len(unread) + len(numbers) + len(numbered) > 1:
            yield one, INFINITY
    known = [value for value, _ in numbered]
    for one, value in numbers.items():
        before = bisect_right(known, value)
        if before:
            yield one, minus(value, known[before - 1])
        elif unread or any(other <= value for o, other in numbers.items() if o is not one):
            yield one, INFINITY


def _silent(since: Bounds, until: Bounds, maybe: list[Occasion], surely: Spans) -> int:
    """The longest silence between two beats in every case, whenever those that may have been were."""
    first, last = int(since.high), int(until.low)
    if not maybe:
        return max((end - start for start, end in intersect([(first, last)], surely)), default=0)
    low, high = (int(min(o.start.low for o in maybe)), int(max(o.start.high for o in maybe)))
    apart = [(first, min(low, last)), (max(high, first), last)]
    if all(o.start.known for o in maybe):
        moments = [since, *(o.start for o in maybe), until]
        apart = [(int(one.high), int(two.low)) for one, two in pairwise(moments)]
    longest = max((e - s for span in apart if span[0] < span[1] for s, e in intersect([span], surely)), default=0)
    beats: Number = 0
    for one in maybe:
        beats = plus(beats, one.many)
    if is_finite(beats) and encloses(surely, first, last):
        longest = max(longest, (last - first) // (int(beats) + 1))
    return longest
