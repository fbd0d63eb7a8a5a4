"""The few events that can matter tell the same of an occasion as all of them."""

from collections.abc import Callable, Iterable
from unittest import mock

import pytest
import twice
from hypothesis import given, settings
from hypothesis import strategies as st

from checker import nearby
from checker.backends.reference import candidates as module
from checker.backends.reference.base import Occasion, lacks_of
from checker.backends.reference.candidates import Candidates, Group, Pair, Remaining, Span, sharing
from checker.backends.reference.partners import (
    _Asked,
    _doubt_about,
    _not_negative,
    _one_to_one,
    _serving,
    _worth,
)
from checker.bounds import INFINITY, Bounds, Number, plus
from checker.event import GAP, UNREADABLE, Event, Gap, Record
from checker.interval import Lack, gathered
from checker.location import Location
from checker.measure import Limit
from checker.nearby import Lowest, Nearby
from checker.obligation import Verdict, decide

MOMENT = st.integers(0, 12)
SPANS = st.tuples(MOMENT, st.sampled_from([0, 0, 0, 1, 2, 5, 20]))
SORTS = st.sampled_from(["sure", "open", "S0", "S1", None])
EVENTS = st.lists(st.tuples(SPANS, SORTS, st.integers(0, 2)), max_size=30)
KINDS = frozenset({"K"})
BEGINNING = 2


Made = tuple[Candidates, list[Pair]]


def _pairs(drawn: Iterable[tuple[tuple[int, int], str | None, int]]) -> list[list[Pair]]:
    """Events in three groups, each in the order of their beginning."""
    groups: list[list[Pair]] = [[], [], []]
    for (start, length), sort, group in sorted(drawn, key=lambda one: one[0][0]):
        record = Record(Location(""), start, start + length, "K")
        gap = None
        if sort not in ("sure", "open"):
            gap = Gap(sort, start, start + length, 1, reason=GAP if sort else UNREADABLE)
        event = Event(record, start, start + length, "K", None, {}, hidden=gap)
        if not (
            gap and any(_alike(event, other) for at, pairs in enumerate(groups) if at != group for other, _ in pairs)
        ):
            groups[group].append((event, sort == "sure"))
    return groups


def _alike(one: Event, other: Event) -> bool:
    """Whether two places are one to whoever is told: two groups never hold such, one may."""
    if one.hidden is None or other.hidden is None:
        return False
    return (one.earliest, one.latest, one.hidden.source) == (other.earliest, other.latest, other.hidden.source)


WHOLE = st.builds(lambda low, wide: Bounds(low, low + wide), MOMENT, st.sampled_from([0, 0, 0, 1, 4]))
STARTS = st.one_of(
    WHOLE, WHOLE, st.builds(lambda high: Bounds(-INFINITY, high), MOMENT),
    st.builds(lambda low: Bounds(low, INFINITY), MOMENT),
    st.sampled_from([Bounds(-INFINITY, INFINITY), Bounds(INFINITY, INFINITY)]),
)  # fmt: skip
SIDE = st.one_of(st.none(), st.integers(-1, 9))


@st.composite
def limits(draw: st.DrawFn, most: bool = False) -> Limit:
    least: Number | None = draw(SIDE)
    at_most: Number | None = draw(st.one_of(st.integers(0, 12), st.just(INFINITY)) if most else SIDE)
    if least is None and at_most is None:
        least = 3
    if least is not None and at_most is not None and least > at_most:
        least, at_most = at_most, least
    return Limit(least, at_most, draw(st.booleans()))


OUT = st.lists(st.integers(0, 29), max_size=12)
"""Places of what is taken out, one after the other; and put back, where it comes up again."""


def _made(groups: list[list[Pair]], out: list[int], asked: Callable[[Candidates], object]) -> Made:
    """The candidates without those that are taken out, some of them after something was asked; and what is left."""
    every = sorted((pair for group in groups for pair in group), key=lambda pair: pair[0].earliest)
    rank = {event: at for at, (event, _) in enumerate(every)}
    groups = [[pair for pair in every if pair in group] for group in groups]
    whole = Candidates([Group(group) for group in groups if group], rank.__getitem__)
    if not out:
        return whole, every
    remaining = Remaining([whole])
    left = remaining.of(whole)
    for turn, at in enumerate(out):
        if turn == len(out) // 2:
            asked(left)
        if at < len(every):
            event = every[at][0]
            (remaining.take if event in remaining else remaining.put)(event)
    return left, [pair for pair in every if pair[0] in remaining]


def _same(few: list[Pair], every: list[Pair], measured: dict[Event, Bounds], limit: Limit, first: bool) -> None:
    assert set(few) <= set(every)
    assert few == [pair for pair in every if pair in set(few)]
    for chosen in (lambda e, t: True, lambda e, t: t, lambda e, t: e.hidden is None):
        some, others = (
            [(measured[event], event) for event, sure in pairs if chosen(event, sure)] for pairs in (few, every)
        )
        assert _serving(some, limit, first=first) == _serving(others, limit, first=first)
    assert _doubt_about(few) == _doubt_about(every)


def _same_lacks(found: Iterable[Lack], measured: list[tuple[Bounds, Event]], limit: Limit) -> None:
    """What may be missing is told as if each place were told, but those before the beginning of the log."""
    serving = [event for one, event in measured if event.hidden is not None and _worth(one, limit)[0] != 0]
    every = lacks_of(serving or [event for _, event in measured], KINDS)
    assert gathered(found) == gathered(lack for lack in every if lack.end >= BEGINNING)


@settings(max_examples=1500, deadline=None)
@given(
    EVENTS, STARTS, st.sampled_from([0, 0, 0, 2]), limits(), st.integers(0, 40), st.sampled_from([0, 1, 3]),
    st.one_of(st.just([]), OUT),
)  # fmt: skip
def test_leads(
    drawn: list[tuple[tuple[int, int], str | None, int]], start: Bounds, later: int, limit: Limit, item: int, few: int,
    out: list[int],
) -> None:  # fmt: skip
    asked = start.high
    if later and start.high != INFINITY:  # counted back from the beginning of a day
        start = Bounds(start.low, plus(start.high, later))

    def ask(candidates: Candidates) -> object:
        lacks = candidates.lacks_before(asked, start, limit, BEGINNING, KINDS)
        return candidates.before(asked, start, limit, None), list(lacks)

    with mock.patch.object(module, "FEW", few):
        candidates, every = _made(_pairs(drawn), out, ask)
        own = every[item][0] if item < len(every) else None
        chosen = [pair for pair in every if pair[0].earliest <= asked and pair[0] is not own]
        found = candidates.before(asked, start, limit, own)
    measured = {e: start - Bounds(e.earliest, e.latest) for e, _ in every}
    _same(found, chosen, measured, limit, False)
    if own is None or own.hidden is None:
        lacks = candidates.lacks_before(asked, start, limit, BEGINNING, KINDS)
        _same_lacks(lacks, [(measured[event], event) for event, _ in chosen], limit)


@settings(max_examples=1500, deadline=None)
@given(
    EVENTS, STARTS, st.sampled_from([0, 0, 0, 2]), limits(most=True), st.integers(0, 40), st.sampled_from([0, 1, 3]),
    st.one_of(st.none(), st.none(), st.tuples(MOMENT, MOMENT)), st.one_of(st.just([]), OUT),
)  # fmt: skip
def test_lags(
    drawn: list[tuple[tuple[int, int], str | None, int]], end: Bounds, later: int, limit: Limit, item: int, few: int,
    stop: tuple[int, int] | None, out: list[int],
) -> None:  # fmt: skip
    span = Span(end.low, end.high)
    if stop is not None:
        span = Span(end.low, end.high, max(stop), min(stop))
    if later and end.high != INFINITY:
        end = Bounds(end.low, plus(end.high, later))

    def ask(candidates: Candidates) -> object:
        return candidates.after(span, end, limit, None), list(
            candidates.lacks_after(span, end, limit, BEGINNING, KINDS)
        )

    with mock.patch.object(module, "FEW", few):
        candidates, every = _made(_pairs(drawn), out, ask)
        own = every[item][0] if item < len(every) else None
        chosen = [(e, t and span.surely_takes(e)) for e, t in every if span.takes(e) and e is not own]
        found = [(e, t and span.surely_takes(e)) for e, t in candidates.after(span, end, limit, own)]
    assert candidates.surely_fit(span, own) == all(sure for _, sure in chosen)
    measured = {e: _not_negative(Bounds(e.earliest, e.latest) - end) for e, _ in chosen}
    _same(found, chosen, measured, limit, True)
    if own is None or own.hidden is None:
        lacks = candidates.lacks_after(span, end, limit, BEGINNING, KINDS)
        _same_lacks(lacks, [(measured[event], event) for event, _ in chosen], limit)


def _plainly(
    asked: list[_Asked], partners: list[list[Pair]], unseen: list[bool]
) -> list[tuple[list[Pair], list[Pair]]]:
    """What each occasion takes first where each event serves one only, and what else is left: by looking at all."""
    fitting = [
        [
            (event, sure and one.span.surely_takes(event)) for event, sure in pairs
            if event is not one.occasion.item and one.span.takes(event)
        ]
        for one, pairs in zip(asked, partners, strict=True)
    ]  # fmt: skip
    verdicts = [{event: _verdict(one, event) for event, _ in pairs} for one, pairs in zip(asked, fitting, strict=True)]
    loose = [not (o.certain and o.start.known and o.end.known) for o, *_ in asked]
    certain = not any(loose) and not any(unseen) and all(sure for pairs in fitting for _, sure in pairs)
    used: set[Event] = set()
    maybe_used: set[Event] = set()
    found = []
    for at, (one, pairs) in enumerate(zip(asked, fitting, strict=True)):
        gone = {
            event
            for other, verdict in enumerate(verdicts)
            if other != at and loose[other] and asked[other].occasion.start.low <= one.occasion.start.high
            for event in verdict
            if verdict[event] is not Verdict.VIOLATED
        }
        left = [pair for pair in pairs if pair[0] not in used | gone]
        keeping = {event for event, sure in pairs if sure and verdicts[at][event] is Verdict.SATISFIED}
        surely = next((event for event, _ in left if event in keeping), None)
        may = (event for event, _ in pairs if verdicts[at][event] is not Verdict.VIOLATED)
        possibly = next((event for event in may if event not in maybe_used), None)
        if surely is not None:
            found.append(([(surely, True)], []))
            used |= set() if loose[at] else {surely}
        else:
            taken = [] if possibly is None or certain else [(possibly, False)]
            found.append((taken, [pair for pair in left if (pair[0], False) not in taken]))
        if possibly in keeping and one.occasion.certain and not unseen[at]:
            maybe_used.add(possibly)
    return found


def _verdict(one: _Asked, event: Event) -> Verdict:
    moment = Bounds(event.earliest, event.latest)
    measured = one.occasion.start - moment if one.before else moment - one.occasion.end
    return decide(measured, one.limit).verdict


ASKING = st.lists(
    st.tuples(
        st.one_of(WHOLE, WHOLE, WHOLE, STARTS), st.sampled_from([True, True, False]), st.sampled_from([False, False, True]),
        st.integers(0, 60), st.sets(st.integers(0, 2), min_size=1),
    ),
    max_size=12,
)  # fmt: skip
"""When they were, whether they surely were, whether something unseen may have served them, which event they are, and
the groups of events that fit them."""


@settings(max_examples=1500, deadline=None)
@given(EVENTS, ASKING, limits(), st.booleans(), st.sampled_from([0, 1, 16]))
def test_each_serves_one_only(
    drawn: list[tuple[tuple[int, int], str | None, int]],
    asking: list[tuple[Bounds, bool, bool, int, set[int]]], limit: Limit, before: bool, few: int,
) -> None:  # fmt: skip
    if not before and limit.at_most is None:
        limit = limit._replace(at_most=INFINITY)
    groups = _pairs(drawn)
    every = sorted((pair for group in groups for pair in group), key=lambda pair: pair[0].earliest)
    rank = {event: at for at, (event, _) in enumerate(every)}
    groups = [[pair for pair in every if pair in group] for group in groups]
    made = [Group(group) for group in groups]
    asked, partners = [], []
    for moment, certain, _, at, fitting in asking:
        item = every[at][0] if at < len(every) else Event(Record(Location(""), 0, 0, "L"), 0, 0, "L", None, {})
        span = Span(-INFINITY, -INFINITY, moment.high) if before else Span(moment.low, moment.high)
        some = Candidates([made[one] for one in sorted(fitting)], rank.__getitem__)
        asked.append(_Asked(Occasion(item, moment, moment, certain), some, span, limit, before))
        partners.append([pair for pair in every if any(pair in groups[one] for one in fitting)])
    unseen = [before and one[2] for one in asking]
    with mock.patch.object(module, "FEW", few):
        served = _one_to_one(asked, unseen)
        for one, (left, chosen), (taken, rest) in zip(asked, served, _plainly(asked, partners, unseen), strict=True):
            start, end, item = one.occasion.start, one.occasion.end, one.occasion.item
            assert chosen is not None
            assert chosen[: len(taken)] == taken
            moments = {event: Bounds(event.earliest, event.latest) for event, _ in [*taken, *rest]}
            measured = {e: start - m if before else _not_negative(m - end) for e, m in moments.items()}
            _same(chosen, [*taken, *rest], measured, limit, not before)
            if isinstance(item, Event) and item.hidden is None:
                if before:
                    lacks = left.lacks_before(start.high, start, limit, BEGINNING, KINDS)
                else:
                    lacks = left.lacks_after(one.span, end, limit, BEGINNING, KINDS)
                pairs = sorted([*taken, *rest], key=lambda pair: rank[pair[0]])
                _same_lacks(lacks, [(measured[event], event) for event, _ in pairs], limit)


def test_what_is_left_is_not_gone_through_for_each() -> None:
    many, held = 300, []
    pairs: list[Pair] = []
    for at in range(0, 3 * many, 3):
        gap = Gap("s", at, at + 2, 1, reason=GAP)
        pairs.append((Event(Record(Location(""), at, at + 2, "K"), at, at + 2, "K", None, {}, hidden=gap), False))
    rank = {event: at for at, (event, _) in enumerate(pairs)}
    whole, limit = Candidates([Group(pairs)], rank.__getitem__), Limit(None, 0)
    asked = [
        _Asked(
            Occasion(event, moment, moment, at % 2 == 0), whole, Span(-INFINITY, -INFINITY, moment.high), limit, True
        )
        for at, (event, _) in enumerate(pairs)
        for moment in [Bounds(event.earliest, event.latest)]
    ]
    row = module.Row.__init__

    def made(self: module.Row, of: list[Pair]) -> None:
        held.append(len(of))
        row(self, of)

    with mock.patch.object(module.Row, "__init__", made):
        assert all(chosen is not None and len(chosen) < 30 for _, chosen in _one_to_one(asked))
    assert sum(held) < 30 * many


@pytest.mark.parametrize("seed", range(9))
def test_the_few_tell_the_same_of_whole_logs(seed: int) -> None:
    drawn = (twice.sample, twice.lacking, twice.vague)[seed % 3]
    rows, rulebook, span = drawn(seed)
    told = []
    for few in (0, 1_000_000):
        with mock.patch.object(module, "FEW", few), mock.patch.object(nearby, "MANY", few):
            told.append(twice.told(rows, rulebook, span, "reference"))
    assert told[0] == told[1]


VALUES = st.lists(st.integers(0, 20), max_size=40)


@given(VALUES, st.integers(0, 40), st.integers(0, 40), st.one_of(st.integers(0, 20), st.just(INFINITY)), OUT, OUT)
def test_the_first_and_the_last_that_is_low(
    values: list[int], since: int, until: int, most: Number, out: list[int], back: list[int]
) -> None:
    until = min(until, len(values))
    since = min(since, until)
    out = [at for at in dict.fromkeys(out) if at < len(values)]
    tree = Lowest(values, out[:2])
    for at in out[2:]:
        tree.take(at)
    for at in set(out) & set(back):
        tree.put(at, values[at])
    gone = set(out) - set(back)
    low = [at for at in range(since, until) if values[at] <= most and at not in gone]
    assert list(tree.all(since, until, most)) == low
    assert tree.first(since, until, most) == (low[0] if low else -1)
    assert tree.last(since, until, most) == (low[-1] if low else -1)
    left = [values[at] for at in range(since, until) if at not in gone]
    assert tree.least(since, until) == min(left, default=INFINITY)


@given(st.lists(SPANS, max_size=40), MOMENT, st.integers(0, 6), st.sampled_from([0, 64]))
def test_what_touches_a_span(spans: list[tuple[int, int]], first: int, length: int, many: int) -> None:
    near = Nearby(spans, lambda one: (one[0], one[0] + one[1]))
    expected = [one for one in spans if one[0] <= first + length and one[0] + one[1] >= first]
    with mock.patch.object(nearby, "MANY", many):
        assert list(near.touching(first, first + length)) == expected
        assert near.first_touching(first, first + length) == next(iter(expected), None)


def test_what_is_missing_of_two_groups_is_told_of_both() -> None:
    """Of each the same source, the same first and last place, and as many."""
    drawn = [((at, group), "S0", group) for group in (0, 1) for at in (3, 4, 5, 6, 9 + group)]
    drawn = [((at, 1 - wide if at > 6 else wide), source, group) for (at, wide), source, group in drawn]
    candidates, every = _made(_pairs(drawn), [], lambda _: None)
    lacks = gathered(candidates.lacks(-INFINITY, INFINITY, BEGINNING, KINDS))
    assert lacks == (Lack(KINDS, 3, 10, "S0", len(every)),)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.sets(st.integers(0, 9), max_size=3), st.booleans()), max_size=8), st.lists(st.sets(MOMENT))
)
def test_those_share_something_who_do_so_through_others(
    drawn: list[tuple[set[int], bool]], many: list[set[int]]
) -> None:
    """Of what no record shows nothing is shared."""
    record = Record(Location(""), 0, 0, "K")
    hidden = Event(record, 0, 0, "K", None, {}, hidden=Gap(None, 0, 0, 1))
    events = [Event(record, at, at, "K", None, {}) for at in range(10)]
    groups = [
        Group([(events[at], True) for at in sorted(some)] + [(hidden, False)] * more) for some, more in drawn
    ]  # fmt: skip
    asked = [Candidates([groups[at] for at in sorted(some) if at < len(groups)], lambda event: 0) for some in many]
    shown = [set().union(*(drawn[at][0] for at in some if at < len(drawn))) for some in many]
    found = sharing(asked)
    for at in range(len(many)):
        reached, more = {at}, True
        while more:
            near = {other for other in range(len(many)) if any(shown[other] & shown[one] for one in reached)}
            more, reached = not near <= reached, reached | near
        assert {other for other in range(len(many)) if found[other] == found[at]} == reached
