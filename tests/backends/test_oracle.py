"""Every measure of the reference backend, one by one, against an oracle that is too naive to be wrong.

The logs are small and complete; then one record is taken away, and what was certain must still be true.
"""

import random
from decimal import Decimal
from itertools import pairwise
from math import inf
from typing import Any

import oracle
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st
from oracle import Asked, Bound, Fact, Outcome, Run, Told

from checker import pipeline, telling
from checker.backends.reference import Reference
from checker.bounds import INFINITY, Bounds
from checker.event import Event, Record
from checker.interval import Between
from checker.location import Location
from checker.logs import from_dicts
from checker.measure import (
    Clashes,
    Deviation,
    Holds,
    Lag,
    Lead,
    Length,
    Level,
    Limit,
    Move,
    OnEvents,
    OnIntervals,
    Portion,
    Role,
    Rule,
    Spacing,
    Standing,
    Step,
    Total,
    Value,
    Window,
    Within,
)
from checker.obligation import Obligation, decide
from checker.pattern import AllOf, AnyOf, Compare, IsType
from checker.rulebook import parse_rulebook
from checker.timeline import format_instant, parse_instant, parse_zone
from checker.trace import Trace, in_order

S = 1_000_000
"""One second: the grid on which everything happens."""
BASE = parse_instant("2031-05-01T00:00:00Z")[0]
END = 16

fast = settings(
    max_examples=200, deadline=None, database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)  # fmt: skip


# ---- logs ------------------------------------------------------------------------------------------------


def at(second: int, grid: int = S) -> int:
    return BASE + second * grid


@st.composite
def runs(draw: Any, subjects: str = "AB", grid: int = S, most: int = 4) -> list[Run]:
    """Intervals of each subject one after the other, touching or not; some last no time."""
    found = []
    for subject in subjects:
        now = -1
        empty = False
        for gap, lasting, weight in draw(
            st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4), st.integers(1, 3)), max_size=most)
        ):
            begin = now + gap + (1 if now < 0 or (empty and not gap and not lasting) else 0)
            now, empty = begin + lasting, not lasting
            if found and found[-1].subject == subject and found[-1].start == at(begin, grid):
                weight = found[-1].weight  # which of two that begin at once ends at once is a matter of names
            found.append(Run(subject, at(begin, grid), at(now, grid), weight))
    return found


def cut(found: list[Run], until: int) -> list[Run]:
    """As observed until then."""
    return [
        run._replace(end=None if run.end is not None and run.end > until else run.end)
        for run in found
        if run.start <= until
    ]


@st.composite
def spans(draw: Any, grid: int = S, last: int = END) -> tuple[int, int]:
    """The observation: some of the log may lie before it, none after."""
    start = draw(st.one_of(st.just(-1), st.integers(0, last // 2)))
    return at(start, grid), at(draw(st.integers(max(start, last // 4), last)), grid)


def facts_of(name: str, found: list[Run]) -> list[Fact]:
    told = []
    for run in found:
        told.append(Fact(run.start, "", 0, f"{name}_ON", run.subject, {"w": run.weight}))
        if run.end is not None:
            told.append(Fact(run.end, "", 0, f"{name}_OFF", run.subject, {}))
    return told


@st.composite
def points(draw: Any, name: str, fields: Any = None, subjects: str = "AB", most: int = 6, grid: int = S) -> list[Fact]:
    """Events of a type, several at one instant among them."""
    parts = st.tuples(st.integers(0, END), st.sampled_from(subjects), st.just({}) if fields is None else fields)
    return [
        Fact(at(when, grid), "", 0, name, subject, dict(values))
        for when, subject, values in draw(st.lists(parts, max_size=most))
    ]


def ordered(facts: list[Fact], seed: int) -> list[Fact]:
    """In an order that ties leave to sources and sequence numbers."""
    chance = random.Random(seed)
    numbers = chance.sample(range(len(facts)), len(facts))
    named = [f._replace(source=chance.choice("pq"), seq=n) for f, n in zip(facts, numbers, strict=True)]
    return sorted(named, key=lambda f: (f.at, f.source, f.seq))


def trace(facts: list[Fact], observed: tuple[int, int]) -> Trace:
    records = [
        Record(
            Location("log", n),
            f.at - f.blur[0],
            f.at + f.blur[1],
            f.type,
            f"r{n}",
            f.source,
            f.seq,
            f.subject,
            data=f.fields,
        )
        for n, f in enumerate(facts)
        if f.at <= observed[1]
    ]
    random.Random(len(records)).shuffle(records)
    kept, _ = in_order(records)
    events = [
        Event(r, r.earliest, r.latest, r.type, r.subject, {**r.data, "type": r.type, "time": r.earliest, "id": r.id,
                                                           "source": r.source, "seq": r.seq, "subject": r.subject})
        for r in kept
    ]  # fmt: skip
    return Trace(events, *observed)


@st.composite
def blurred(draw: Any, events: Any) -> list[Fact]:
    """Events whose records do not say exactly when they happened, some of them; told apart by a number."""
    blur = st.tuples(st.integers(0, 2), st.integers(0, 2))
    return [
        f._replace(blur=(before * S, after * S), fields={**f.fields, "i": n})
        for n, f in enumerate(draw(events))
        for before, after in [draw(blur)]
    ]


seeds = st.integers(0, 1 << 30)


@st.composite
def limits(draw: Any, sides: str = "most least both", unit: int = S, most: int = 6, off: tuple[int, ...] = ()) -> Bound:
    """Limits on the grid, where values occur, or next to it."""
    side = draw(st.sampled_from(sides.split()))
    first = draw(st.integers(0, most)) * unit + draw(st.sampled_from((0, 0, *off)))
    if side == "both":
        exclusive = draw(st.booleans())
        return Bound(first, first + draw(st.integers(int(exclusive), 3)) * unit, exclusive)
    exclusive = draw(st.booleans())
    return Bound(None, first, exclusive) if side == "most" else Bound(first, None, exclusive)


@st.composite
def in_force(draw: Any, grid: int = S) -> tuple[Any, Any]:
    """When the rule applies: always, mostly."""
    if draw(st.integers(0, 3)):
        return -INFINITY, INFINITY
    start = draw(st.integers(-1, END))
    return at(start, grid), at(start + draw(st.integers(1, END)), grid)


def judged(observed: tuple[int, int], force: tuple[Any, Any]) -> tuple[int, int]:
    """The instants at which a rule is asked about: the observation with both its ends, the rule without its last."""
    return max(observed[0], force[0]), min(observed[1], force[1] - 1)


def of(kind: str) -> Between:
    return Between(IsType(frozenset((f"{kind}_ON",))), IsType(frozenset((f"{kind}_OFF",))))


def type_of(*names: str) -> IsType:
    return IsType(frozenset(names))


SUBJECT = (("subject", "subject"),)
INTERVALS = OnIntervals(of("X"))


VERDICTS = {"inconclusive", "pending"}

# ---- comparing -------------------------------------------------------------------------------------------


def plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return (inf if value > 0 else -inf) if not value.is_finite() else int(value) if value == int(value) else value
    return value


def told(o: Obligation) -> Told:
    return Told(o.at, o.subject, str(o.verdict), plain(o.measured.low), plain(o.measured.high), o.start, o.end)


def evaluate(trace: Trace, rule: Rule) -> Outcome:
    occasions: dict[int, list[Told]] = {}
    for obligation in Reference(trace).evaluate(rule):
        occasions.setdefault(obligation.occasion, []).append(told(obligation))
    return list(occasions.values())


def same(found: Outcome, expected: Outcome) -> None:
    both = ([sorted(o, key=repr) for o in outcome] for outcome in (found, expected))
    one, other = (sorted(outcome, key=repr) for outcome in both)  # a time that there is not has no order beside others
    assert one == other


def applied(outcome: Outcome, force: tuple[Any, Any]) -> Outcome:
    return [o for o in outcome if force[0] <= o[0].at < force[1]]


def limit(bound: Bound) -> Limit:
    return Limit(bound.at_least, INFINITY if bound.at_most == inf else bound.at_most, bound.exclusive)


def ending(bound: Bound) -> Bound:
    """A limit as answers have it: at some time, if at no time in particular."""
    return bound._replace(at_most=inf) if bound.at_most is None else bound


# ---- the verdict -----------------------------------------------------------------------------------------


@settings(fast, max_examples=400)
@given(
    st.integers(-3, 8), st.one_of(st.none(), st.integers(0, 5)), limits(unit=1), st.booleans(), st.booleans(),
    st.booleans(),
)  # fmt: skip
def test_a_verdict_is_what_is_true_of_every_value_within_the_bounds(
    low: int, span: int | None, bound: Bound, open_until: bool, certain: bool, endless: bool
) -> None:
    high: Any = inf if span is None else low + span
    halves = [low + Decimal(k) / 2 for k in range(0, 40 if span is None else 2 * span + 1)] + [high]
    if endless and bound.at_most is None and high not in (low, inf):
        bound = bound._replace(at_most=inf)
    decision = decide(Bounds(low, INFINITY if span is None else high), limit(bound), open_until, certain)
    expected = oracle.verdict(halves, bound, "pending" if open_until and certain else "inconclusive")
    if expected == "violated" and not certain:
        expected = "inconclusive"
    assert str(decision.verdict) == expected
    sides = []
    if bound.at_most is not None:
        sides.append((bound.at_most, [oracle.margin(v, bound._replace(at_least=None)) for v in halves]))
    if bound.at_least is not None:
        sides.append((bound.at_least, [v - bound.at_least if v != inf else inf for v in halves]))
    margins = [(side, min(values), max(values)) for side, values in sides]
    assert (plain(decision.limit), plain(decision.margin.low), plain(decision.margin.high)) in margins
    if expected == "violated":
        broken = [one for one in margins if (one[2] <= 0 if bound.exclusive else one[2] < 0)]
        assert (plain(decision.limit), plain(decision.margin.low), plain(decision.margin.high)) in broken
    elif certain:
        assert plain(decision.margin.low) == min(one[1] for one in margins)


# ---- one event, one interval -----------------------------------------------------------------------------


@fast
@given(
    points("T", st.fixed_dictionaries({"n": st.integers(-2, 4)})), points("U"), spans(), seeds, in_force(),
    limits(unit=1, most=3),
)  # fmt: skip
def test_holds(facts: Any, others: Any, observed: Any, seed: int, force: Any, bound: Bound) -> None:
    facts = ordered(facts + others, seed)
    rule = Rule(OnEvents(type_of("T")), Holds(AllOf((type_of("T"), Compare("n", ">", 1)))), limit(bound), True, *force)
    asked = [(f, int(f.fields["n"] > 1)) for f in facts if f.type == "T" and observed[0] <= f.at <= observed[1]]
    same(evaluate(trace(facts, observed), rule), applied(oracle.of_numbers(asked, bound), force))


@fast
@given(runs(), points("T"), spans(), seeds, in_force(), limits(unit=1, most=1), st.booleans())
def test_within(found: Any, facts: Any, observed: Any, seed: int, force: Any, bound: Bound, inside: bool) -> None:
    found = cut(found, observed[1])
    facts = ordered(facts + facts_of("Y", found), seed)
    rule = Rule(OnEvents(type_of("T")), Within(of("Y"), None, inside), limit(bound), True, *force)
    asked = [
        (f, int(oracle.covered(found, f.subject, f.at) is inside))
        for f in facts
        if f.type == "T" and observed[0] <= f.at <= observed[1]
    ]
    same(evaluate(trace(facts, observed), rule), applied(oracle.of_numbers(asked, bound), force))


@fast
@given(runs(), points("T"), spans(), seeds, st.booleans())
def test_occasions_during_and_outside(found: Any, facts: Any, observed: Any, seed: int, inside: bool) -> None:
    found = cut(found, observed[1])
    facts = ordered(facts + facts_of("Y", found), seed)
    on = OnEvents(type_of("T"), *((of("Y"), None) if inside else (None, of("Y"))))
    asked = [
        (f, 1)
        for f in facts
        if f.type == "T" and observed[0] <= f.at <= observed[1] and oracle.covered(found, f.subject, f.at) is inside
    ]
    rule = Rule(on, Holds(type_of("T")), Limit(at_most=0))
    same(evaluate(trace(facts, observed), rule), oracle.of_numbers(asked, Bound(at_most=0)))


numbers = st.fixed_dictionaries({}, optional={"n": st.one_of(st.integers(-3, 5), st.decimals(-1, 3, places=1))})
lists = st.fixed_dictionaries({}, optional={"n": st.lists(st.sampled_from("xyz"), max_size=4)})


@fast
@given(st.one_of(points("T", numbers), points("T", lists)), spans(), seeds, in_force(), limits(unit=1, most=3))
def test_value(facts: Any, observed: Any, seed: int, force: Any, bound: Bound) -> None:
    facts = ordered(facts, seed)
    rule = Rule(OnEvents(type_of("T")), Value("n"), limit(bound), True, *force)
    asked = [
        (f, plain(len(n) if isinstance(n, list) else n))
        for f in facts
        if observed[0] <= f.at <= observed[1] and (n := f.fields.get("n")) is not None
    ]
    same(evaluate(trace(facts, observed), rule), applied(oracle.of_numbers(asked, bound), force))


@fast
@given(runs(), spans(), seeds, in_force(), limits(off=(1, -1, S // 2)))
def test_length(found: Any, observed: Any, seed: int, force: Any, bound: Bound) -> None:
    assume((bound.at_least or 0) >= 0 and (bound.at_most or 0) >= 0)
    found = cut(found, observed[1])
    facts = ordered(facts_of("X", found), seed)
    rule = Rule(INTERVALS, Length(), limit(bound), True, *force)
    expected = oracle.length(found, bound, observed, S // 4)
    same(evaluate(trace(facts, observed), rule), applied(expected, force))


@fast
@given(runs(), runs(), spans(), seeds, in_force(), limits("most", most=2), st.booleans())
def test_portion(found: Any, others: Any, observed: Any, seed: int, force: Any, bound: Bound, inside: bool) -> None:
    found, others = cut(found, observed[1]), cut(others, observed[1])
    facts = ordered(facts_of("X", found) + facts_of("Y", others), seed)
    rule = Rule(INTERVALS, Portion(of("Y"), inside), limit(bound), True, *force)
    expected = oracle.portion(found, others, inside, bound, observed, S)
    same(evaluate(trace(facts, observed), rule), applied(expected, force))


# ---- before and after ------------------------------------------------------------------------------------

keyed = st.fixed_dictionaries({"k": st.sampled_from("xy")})
MATCHES = [(), SUBJECT, (*SUBJECT, ("k", "k"))]


def fits(match: Any) -> Any:
    def test(one: Fact, other: Fact) -> bool:
        return all(
            one.subject == other.subject if name == "subject" else one.fields[name] == other.fields[name]
            for name, _ in match
        )

    return test


@fast
@given(
    points("T", keyed), points("N", keyed), spans(), seeds, in_force(), limits("least both", off=(1, -1)),
    st.sampled_from(MATCHES), st.booleans(),
)  # fmt: skip
def test_lead(
    facts: Any, notices: Any, observed: Any, seed: int, force: Any, bound: Bound, match: Any, own: bool
) -> None:
    facts = ordered(facts + notices, seed)
    names = ("T", "N") if own else ("N",)
    rule = Rule(OnEvents(type_of("T")), Lead(type_of(*names), match), limit(bound), True, *force)
    asked = [f for f in facts if f.type == "T" and observed[0] <= f.at <= observed[1]]
    seen = [f for f in facts if f.type in names and f.at <= observed[1]]
    expected = oracle.lead(asked, seen, fits(match), bound)
    same(evaluate(trace(facts, observed), rule), applied(expected, force))


@fast
@given(points("T", most=5), points("N", most=5), seeds, limits("least both", most=4), st.booleans())
def test_each_event_serves_one_occasion_and_as_many_as_possible_are_served(
    facts: Any, others: Any, seed: int, bound: Bound, before: bool
) -> None:
    observed = at(0), at(2 * END)
    bound = bound if before else ending(bound)
    facts = ordered(facts + others, seed)
    measure = (Lead if before else Lag)(type_of("N"), SUBJECT, once=True)
    outcome = evaluate(trace(facts, observed), Rule(OnEvents(type_of("T")), measure, limit(bound)))

    def serves(one: Fact, other: Fact) -> bool:
        value = one.at - other.at if before else other.at - one.at
        return one.subject == other.subject and value >= 0 and oracle.keeps(value, bound)

    asked, answers = [f for f in facts if f.type == "T"], [f for f in facts if f.type == "N"]
    assert len(outcome) == len(asked)
    verdicts = [one.verdict for [one] in outcome]
    assert verdicts.count("satisfied") == oracle.most_served(asked, answers, serves)


@fast
@given(runs("ABC", most=1), points("N", most=4), seeds, limits(most=4))
def test_each_event_serves_the_end_of_one_interval(found: Any, answers: Any, seed: int, bound: Bound) -> None:
    observed, bound = (at(-1), at(2 * END)), ending(bound)
    facts = ordered(facts_of("X", found) + answers, seed)
    outcome = evaluate(trace(facts, observed), Rule(INTERVALS, Lag(type_of("N"), (), once=True), limit(bound)))

    def serves(one: Run, other: Fact) -> bool:
        return other.at >= one.end and oracle.keeps(other.at - one.end, bound)

    verdicts = [one.verdict for [one] in outcome]
    assert verdicts.count("satisfied") == oracle.most_served(found, answers, serves)


def answered(trace: Trace, rule: Rule) -> Outcome:
    """What is measured of an answer that has not come, or may be bettered, is not compared."""
    told_of = []
    for o in Reference(trace).evaluate(rule):
        one = told(o)
        known = one.verdict != "pending" and any(w.role == "response" for w in o.witnesses)
        told_of.append([one if known else one._replace(low=None, high=None)])
    return told_of


@settings(fast, max_examples=400)
@given(
    points("T", most=3), points("N", most=4), points("R", most=2), points("B", most=2), runs(most=2), spans(), seeds,
    in_force(), limits(off=(1, -1)), st.sampled_from(["T", "N", "TN"]), st.booleans(), st.booleans(), st.booleans(),
)  # fmt: skip
def test_lag(
    facts: Any, answers: Any, lifting: Any, barring: Any, found: Any, observed: Any, seed: int, force: Any,
    bound: Bound, by: str, lifted: bool, barred: bool, on_intervals: bool,
) -> None:  # fmt: skip
    found, bound = cut(found, observed[1]), ending(bound)
    facts = ordered(facts + answers + lifting + barring + facts_of("X", found), seed)
    facts = [f for f in facts if f.at <= observed[1]]
    lag = Lag(
        type_of(*by), SUBJECT, type_of("R") if lifted else None, SUBJECT if lifted else (),
        next_among=type_of("B") if barred else None,
    )  # fmt: skip
    rule = Rule(INTERVALS if on_intervals else OnEvents(type_of("T")), lag, limit(bound), True, *force)
    if on_intervals:
        asked = [Asked(r.start, r.end, r.subject) for r in oracle.occasions(found, observed) if r.end is not None]
    else:
        asked = [Asked(f.at, f.at, f.subject, f) for f in facts if f.type == "T" and f.at >= observed[0]]
    expected = oracle.lag(
        asked, [f for f in facts if f.type in by], [f for f in facts if lifted and f.type == "R"],
        [f for f in facts if barred and f.type == "B"], bound, observed[1], S,
    )  # fmt: skip
    expected = [
        [t._replace(low=None, high=None) if t.verdict == "pending" else t for t in o] for o in expected
    ]  # fmt: skip
    same(answered(trace(facts, observed), rule), applied(expected, force))


# ---- one after the other ---------------------------------------------------------------------------------


@fast
@given(runs(), spans(), seeds, in_force(), limits(off=(1, -1)))
def test_pauses_between_intervals(found: Any, observed: Any, seed: int, force: Any, bound: Bound) -> None:
    found = cut(found, observed[1])
    facts = ordered(facts_of("X", found), seed)
    rule = Rule(INTERVALS, Spacing(("subject",)), limit(bound), True, *force)
    groups = [[run for run in found if run.subject == subject] for subject in "AB"]
    same(evaluate(trace(facts, observed), rule), applied(oracle.pauses(groups, bound, observed), force))


@fast
@given(points("T"), spans(), seeds, in_force(), limits(off=(1, -1)), st.sampled_from([("subject",), ()]))
def test_pauses_between_events(facts: Any, observed: Any, seed: int, force: Any, bound: Bound, per: Any) -> None:
    facts = [f for f in ordered(facts, seed) if f.at <= observed[1]]
    rule = Rule(OnEvents(type_of("T")), Spacing(per), limit(bound), True, *force)
    groups = [[Run(f.subject, f.at, f.at) for f in facts if not per or f.subject == s] for s in ("AB" if per else "A")]
    same(evaluate(trace(facts, observed), rule), applied(oracle.pauses(groups, bound, observed), force))


@fast
@given(
    points("T", most=8), runs(), st.booleans(), spans(), seeds, in_force(), limits("most"),
    st.sampled_from([None, None, "first", "later"]), st.sampled_from([("subject",), ()]),
)  # fmt: skip
def test_heartbeats(
    facts: Any, found: Any, scoped: bool, observed: Any, seed: int, force: Any, bound: Bound, only: Any, per: Any
) -> None:
    found = cut(found, observed[1])
    facts = [f for f in ordered(facts + facts_of("Y", found), seed) if f.at <= observed[1]]
    scoped = scoped and bool(per)
    measure = Spacing(per, True, of("Y") if scoped else None, only=only)
    outcome = evaluate(trace(facts, observed), Rule(OnEvents(type_of("T")), measure, limit(bound), True, *force))
    beaten = [f for f in facts if f.type == "T"]
    if per:
        times: Any = {s: [f.at for f in beaten if f.subject == s] for s in {f.subject for f in facts}}
    else:
        times = {None: [f.at for f in beaten]}
        outcome = [[one._replace(subject=None) for one in o] for o in outcome]
    same(outcome, oracle.beats(times, found if scoped else None, bound, judged(observed, force), only, S))


@fast
@given(points("T", st.fixed_dictionaries({"n": st.integers(0, 9)})), spans(), seeds, in_force(), limits(unit=1))
def test_spacing_along_a_number(facts: Any, observed: Any, seed: int, force: Any, bound: Bound) -> None:
    facts = [f for f in ordered(facts, seed) if f.at <= observed[1]]
    rule = Rule(OnEvents(type_of("T")), Spacing(("subject",), along="n"), limit(bound), True, *force)
    groups = [[(f.fields["n"], f) for f in facts if f.subject == subject] for subject in "AB"]
    same(evaluate(trace(facts, observed), rule), applied(oracle.along(groups, bound, observed), force))


# ---- totals and levels -----------------------------------------------------------------------------------


def totals(expected: list[tuple[str, Any, Any, int, int]], subject: str | None) -> Outcome:
    told = [Told(start, subject, verdict, low, high, start, end) for verdict, low, high, start, end in expected]
    return [told] if told else []


def unnamed(outcome: Outcome, per: Any) -> Outcome:
    return outcome if per else [[one._replace(subject=None) for one in o] for o in outcome]


def grouped(per: Any, names: Any) -> list[tuple[str | None, str]]:
    """The groups: what each is called, and whom it holds."""
    return [(name, name) for name in sorted(names)] if per else [(None, "AB")]


PER = st.sampled_from([("subject",), ()])


@fast
@given(
    runs(), spans(), seeds, in_force(), limits(off=(S // 2,)), st.integers(1, 6), PER,
    st.one_of(st.none(), st.integers(0, END)),
)  # fmt: skip
@example(
    [Run("B", at(0), at(1)), Run("B", at(2), at(3))], (at(-1), at(4)), 0, (-INFINITY, INFINITY), Bound(at_most=0), 1,
    ("subject",), None,
)  # fmt: skip
def test_rolling_duration(
    found: Any, observed: Any, seed: int, force: Any, bound: Bound, width: int, per: Any, reached: int | None
) -> None:
    found, window = cut(found, observed[1]), width * S
    if reached is not None:  # a limit that is reached and not passed, perhaps, at that very instant
        turn = oracle.rolling_duration([run for run in found if not per or run.subject == "A"], window)(at(reached))
        bound = Bound(turn, None, bound.exclusive) if bound.at_most is None else Bound(None, turn, bound.exclusive)
    facts = ordered(facts_of("X", found), seed)
    measure = Total("duration", Window(rolling=window), per)
    outcome = evaluate(trace(facts, observed), Rule(INTERVALS, measure, limit(bound), True, *force))
    span, expected = judged(observed, force), []
    for name, members in grouped(per, {run.subject for run in found}):
        ours = [run for run in found if run.subject in members]
        near = any(run.end is None or run.end + window > observed[0] for run in ours)
        if span[0] <= span[1] and (near or (bound.at_least is not None and (ours or not per))):
            value = oracle.rolling_duration(ours, window)
            expected += totals(oracle.stretches(value, bound, span, S // 4, observed[0] + window), name)
    same(unnamed(outcome, per), expected)


amounts = st.fixed_dictionaries({}, optional={"n": st.integers(-1, 4)})


@settings(fast, max_examples=200)
@given(
    points("T", amounts, most=8), spans(), seeds, in_force(), limits(unit=1), st.integers(1, 6), PER,
    st.sampled_from(["count", "n"]),
)  # fmt: skip
def test_rolling_count_and_sum(
    facts: Any, observed: Any, seed: int, force: Any, bound: Bound, width: int, per: Any, of: str
) -> None:
    window = width * S
    facts = [f for f in ordered(facts, seed) if f.at <= observed[1]]
    measure = Total(of, Window(rolling=window), per)
    outcome = evaluate(trace(facts, observed), Rule(OnEvents(type_of("T")), measure, limit(bound), True, *force))
    span, expected = judged(observed, force), []
    for name, members in grouped(per, {f.subject for f in facts}):
        ours = [(f.at, 1 if of == "count" else f.fields.get("n", 0)) for f in facts if f.subject in members]
        near = any(when + window > observed[0] for when, _ in ours)
        if span[0] <= span[1] and (near or bound.at_least is not None):
            value = oracle.rolling_sum(ours, window)
            expected += totals(oracle.stretches(value, bound, span, S // 2, observed[0] + window), name)
    same(unnamed(outcome, per), expected)


DAY = 86_400 * S
QUARTER = DAY // 4


def days(observed: tuple[int, int]) -> list[tuple[int, int]]:
    found = [(BASE + k * DAY, BASE + (k + 1) * DAY) for k in range(-1, 6)]
    return [(start, end) for start, end in found if start <= observed[1] and end > observed[0]]


WINDOWS = st.sampled_from(["day", None])


def calendar(unit: Any) -> Window:
    return Window(unit=unit, zone=parse_zone("UTC") if unit else None)


@fast
@given(runs(grid=QUARTER), spans(grid=QUARTER), seeds, limits(unit=QUARTER, most=5, off=(QUARTER // 2,)), WINDOWS, PER)
def test_calendar_duration(found: Any, observed: Any, seed: int, bound: Bound, unit: Any, per: Any) -> None:
    found = cut(found, observed[1])
    facts = ordered(facts_of("X", found), seed)
    outcome = evaluate(trace(facts, observed), Rule(INTERVALS, Total("duration", calendar(unit), per), limit(bound)))
    windows, expected = days(observed) if unit else [(observed[0], observed[1] + 1)], []
    for name, members in grouped(per, {run.subject for run in found}):
        ours = [run for run in found if run.subject in members]
        if not ours and (bound.at_least is None or per):
            continue

        def so_far(start: int, end: int, now: int, ours: Any = ours) -> int:
            return sum(oracle.shared(run, start, min(end, now)) for run in ours)

        def touched(start: int, end: int, ours: Any = ours) -> bool:
            return bound.at_least is not None or any(
                run.start < end and (run.end is None or run.end > start or run.start >= start) for run in ours
            )

        found_here = oracle.calendar(so_far, windows, touched, bound, observed[1], QUARTER // 4)
        expected += [[Told(start, name, v, low, high, start, end)] for v, low, high, start, end in found_here]
    same(unnamed(outcome, per), expected)


@fast
@given(
    points("T", st.fixed_dictionaries({}, optional={"n": st.integers(0, 4)}), grid=QUARTER), spans(grid=QUARTER), seeds,
    limits(unit=1, most=5), WINDOWS, PER, st.sampled_from(["count", "n"]),
)  # fmt: skip
def test_calendar_count_and_sum(
    facts: Any, observed: Any, seed: int, bound: Bound, unit: Any, per: Any, of: str
) -> None:
    facts = [f for f in ordered(facts, seed) if f.at <= observed[1]]
    rule = Rule(OnEvents(type_of("T")), Total(of, calendar(unit), per), limit(bound))
    outcome = evaluate(trace(facts, observed), rule)
    windows, expected = days(observed) if unit else [(observed[0], observed[1] + 1)], []
    for name, members in grouped(per, {f.subject for f in facts}):
        ours = [(f.at, 1 if of == "count" else f.fields.get("n", 0)) for f in facts if f.subject in members]
        if not ours and (bound.at_least is None or per):
            continue

        def so_far(start: int, end: int, now: int, ours: Any = ours) -> int:
            return sum(amount for when, amount in ours if start <= when <= now and when < end)

        def touched(start: int, end: int, ours: Any = ours) -> bool:
            return bound.at_least is not None or any(start <= when < end for when, _ in ours)

        found_here = oracle.calendar(so_far, windows, touched, bound, observed[1], QUARTER // 2)
        expected += [[Told(start, name, v, low, high, start, end)] for v, low, high, start, end in found_here]
    same(unnamed(outcome, per), expected)


@fast
@given(runs("ABC"), spans(), seeds, in_force(), limits(unit=1, most=4), PER, st.booleans())
def test_level(found: Any, observed: Any, seed: int, force: Any, bound: Bound, per: Any, weighted: bool) -> None:
    found = cut(found, observed[1])
    facts = ordered(facts_of("X", found), seed)
    measure = Level(per, "w" if weighted else None)
    outcome = evaluate(trace(facts, observed), Rule(INTERVALS, measure, limit(bound), True, *force))
    span, expected = judged(observed, force), []
    for name, members in grouped(per, {run.subject for run in found}):
        ours = [run if weighted else run._replace(weight=1) for run in found if not per or run.subject in members]
        near = any(
            run.start <= span[1] and (run.end is None or run.end > span[0] or run.start >= span[0]) for run in ours
        )
        if span[0] <= span[1] and (near or bound.at_least is not None):
            expected += totals(oracle.stretches(oracle.level(ours), bound, span, S // 2), name)
    same(unnamed(outcome, per), expected)


# ---- states, parts, comparisons --------------------------------------------------------------------------


state = st.sampled_from("pqr")
moved = st.fixed_dictionaries({"to": state}, optional={"from": state})


@fast
@given(
    points("M", moved, most=8), points("D", st.fixed_dictionaries({"to": state}), most=2), spans(), seeds, in_force(),
    st.sets(st.tuples(state, state), max_size=6), st.one_of(st.none(), state),
)  # fmt: skip
def test_step(facts: Any, declared: Any, observed: Any, seed: int, force: Any, allowed: Any, initial: Any) -> None:
    facts = [f for f in ordered(facts + declared, seed) if f.at <= observed[1]]
    moves = (Move(type_of("M"), to_field="to", from_field="from"), Move(type_of("D"), to_field="to", declares=True))
    measure = Step(moves, tuple(sorted(allowed)), ("subject",), initial)
    rule = Rule(OnEvents(AnyOf((type_of("M"), type_of("D")))), measure, Limit(at_most=0), True, *force)
    expected = oracle.steps(facts, "D", initial, allowed, observed)
    same(evaluate(trace(facts, observed), rule), applied(expected, force))


person = st.fixed_dictionaries({"k": st.sampled_from("xy"), "by": st.sampled_from("PQR")})
both = st.fixed_dictionaries({"k": st.sampled_from("xy"), "by": st.sampled_from("PQR"), "seen": st.sampled_from("PQR")})


@fast
@given(points("R1", person, most=4), points("R2", both, most=4), spans(), seeds)
def test_clashes(facts: Any, others: Any, observed: Any, seed: int) -> None:
    facts = [f for f in ordered(facts + others, seed) if f.at <= observed[1]]
    roles = (
        Role("asks", type_of("R1"), "by"),
        Role("grants", type_of("R2"), "by"),
        Role("sees", type_of("R2"), "seen"),
    )
    rule = Rule(OnEvents(type_of("R1", "R2")), Clashes(roles, ("k",)), Limit(at_most=0))
    parts = [
        (f, role.name, f.fields[role.field], f.fields["k"])
        for role in roles
        for f in facts
        if f.type in role.pattern.names
    ]
    found = [
        (sorted(one.start for one in o if one.verdict == "violated"), {(one.verdict, one.low, one.high) for one in o})
        for o in evaluate(trace(facts, observed), rule)
    ]
    expected = [
        (times, {("violated", 1, 1)} if times else {("satisfied", 0, 0)})
        for times, compared in oracle.clashes(parts, observed)
        if compared
    ]
    assert sorted(found, key=repr) == sorted(expected, key=repr)


valued = st.fixed_dictionaries(
    {"k": st.sampled_from("xy")}, optional={"v": st.one_of(st.integers(0, 6), st.sampled_from(["six", "two"]))}
)


@fast
@given(
    points("T", valued), points("N", valued), spans(), seeds, in_force(), limits(unit=1), st.booleans(),
    st.sampled_from(MATCHES), st.booleans(), st.booleans(),
)  # fmt: skip
def test_deviation(
    facts: Any, others: Any, observed: Any, seed: int, force: Any, bound: Bound, signed: bool, match: Any,
    times: bool, own: bool,
) -> None:  # fmt: skip
    facts = [f for f in ordered(facts + others, seed) if f.at <= observed[1]]
    names = ("T", "N") if own else ("N",)
    field = "time" if times else "v"
    if times:
        bound = Bound(*(side and side * S for side in bound[:2]), bound.exclusive)
    measure = Deviation(field, type_of(*names), match, field, signed)
    rule = Rule(OnEvents(type_of("T")), measure, limit(bound), True, *force)

    def value(fact: Fact) -> Any:
        return fact.at if times else fact.fields.get("v")

    expected = oracle.deviation(
        [(f, value(f)) for f in facts if f.type == "T" and f.at >= observed[0]],
        [(f, value(f)) for f in facts if f.type in names and value(f) is not None], fits(match), signed, bound,
    )  # fmt: skip
    same(evaluate(trace(facts, observed), rule), applied(expected, force))


@fast
@given(
    points("T", st.fixed_dictionaries({"n": st.integers(0, 4)})), spans(), seeds, limits(unit=1, most=4),
    st.one_of(st.none(), st.integers(-1, END + 3)), PER,
)  # fmt: skip
def test_standing(facts: Any, observed: Any, seed: int, bound: Bound, day: Any, per: Any) -> None:
    facts = [f for f in ordered(facts, seed) if f.at <= observed[1]]
    on = observed[1] if day is None else at(day)
    rule = Rule(OnEvents(type_of("T")), Standing(type_of("T"), "n", per, None if day is None else on), limit(bound))
    outcome = [[one] for o in evaluate(trace(facts, observed), rule) for one in o if (one.low, one.high) != (-inf, inf)]
    assert all(one.start == one.end == one.at == on for [one] in outcome)
    groups = {name: [(f.at, f.fields["n"]) for f in facts if f.subject in members] for name, members in
              grouped(per, {f.subject for f in facts})}  # fmt: skip
    expected = [one for one in oracle.standing(groups, bound, on, observed[1]) if one[1] != "pending"]
    found = [(one.subject if per else None, one.verdict, one.low, one.high) for [one] in outcome]
    assert sorted(found, key=repr) == sorted(expected, key=repr)


# ---- what must not matter --------------------------------------------------------------------------------

RULEBOOK = """
rulebook: {id: small, version: "1", title: Small}
events:
  X_ON: {w: number}
  X_OFF: {}
  Y_ON: {w: number}
  Y_OFF: {}
  T: {n: number, k: text, to: text}
  N: {n: number, k: text, to: text}
intervals: {x: {from: X_ON, until: X_OFF}, y: {from: Y_ON, until: Y_OFF}}
"""
KINDS = """
{kind: duration, of: x, at_most: 2 s}
{kind: during, of: x, inside: y}
{kind: apart, of: x, from: y, by: 1 s}
{kind: never, event: T, outside: y}
{kind: always, event: T, field: n, at_most: 2}
{kind: preceded_by, event: T, by: N, same: [subject, k], at_least: 1 s, at_most: 4 s}
{kind: preceded_by, event: T, by: N, once: true, at_most: 4 s}
{kind: followed_by, event: T, by: N, within: 3 s, unless: X_ON}
{kind: followed_by, of: x, by: N, within: 3 s, once: true}
{kind: total, of: x, in: 5 s, at_most: 3 s}
{kind: total, event: T, field: n, in: 5 s, at_most: 3}
{kind: count, event: T, each: day, at_most: 2}
{kind: spacing, of: x, at_least: 2 s}
{kind: spacing, event: T, at_most: 4 s, while: y}
{kind: concurrent, of: x, sum: w, at_most: 3}
{kind: sequence, moves: [{event: T, to_field: to}], allowed: {p: [q], q: [p, r], r: [p]}}
{kind: differs, roles: {asks: {event: T, field: to}, grants: {event: N, field: to}}, per: k}
{kind: agrees, event: T, field: n, with: N, its: n, tolerance: 1}
{kind: state_on, event: T, field: n, at_most: 2, per: subject}
""".strip().splitlines()
CONSTRAINTS = "\n".join(
    f"  - {{id: C-{n}, title: A limit, text: The limit is kept., group: test, severity: major, source: illustrative, "
    + kind.removeprefix("{")
    for n, kind in enumerate(KINDS)
)
ALL_KINDS = parse_rulebook(f"{RULEBOOK}\nconstraints:\n{CONSTRAINTS}")
full = st.fixed_dictionaries({"n": st.integers(0, 4), "k": st.sampled_from("xy"), "to": state})


@st.composite
def rows(draw: Any) -> list[dict[str, Any]]:
    """Records of a log that all kinds of constraint have something to say of; some fields and closings are missing."""
    facts = facts_of("X", draw(runs(most=3))) + facts_of("Y", draw(runs(most=3)))
    facts += draw(points("T", full, most=5)) + draw(points("N", full, most=5))
    facts = ordered(facts, draw(seeds))
    made = [
        {"time": format_instant(f.at), "type": f.type, "subject": f.subject, "source": f.source, "id": f"{n}",
         "data": f.fields} for n, f in enumerate(facts)
    ]  # fmt: skip
    lost = draw(st.sets(st.integers(0, max(0, len(made) - 1)), max_size=2))
    for n in draw(st.sets(st.integers(0, max(0, len(made) - 1)), max_size=2)):
        if made:
            made[n] = {**made[n], "data": dict(list(made[n]["data"].items())[1:])}
    return [row for n, row in enumerate(made) if n not in lost]


def findings(*logs: list[dict[str, Any]]) -> list[Any]:
    """Everything that a report tells, but where the records stand."""
    named = [from_dicts(log, name=f"log {n}") for n, log in enumerate(logs)]
    report = telling.report(pipeline.run(named, ALL_KINDS), all_findings=True)
    return [
        (f.id, f.verdict, f.subject, f.key, f.from_, f.until, f.measured, f.limit, f.margin, f.message, f.reason, f.due,
         [(w.role, w.id) for w in f.witnesses])
        for f in report.findings
    ]  # fmt: skip


@settings(fast, max_examples=60)
@given(rows(), seeds, st.integers(1, 3))
def test_neither_the_order_of_records_nor_the_log_they_stand_in_matters(log: Any, seed: int, parts: int) -> None:
    shuffled = random.Random(seed).sample(log, len(log))
    assert findings(*(shuffled[part::parts] for part in range(parts))) == findings(log)


@settings(fast, max_examples=60)
@given(rows(), st.integers(0, END))
def test_what_has_nothing_to_do_with_it_changes_no_finding(log: Any, second: int) -> None:
    assume(log and min(row["time"] for row in log) <= format_instant(at(second)) <= max(row["time"] for row in log))
    other = {"time": format_instant(at(second)), "type": "UNRELATED", "subject": "Z", "source": "p", "id": "z"}
    assert [f for f in findings([*log, other]) if f[2] != "Z"] == findings(log)


# ---- what is uncertain must not be told as certain -------------------------------------------------------


def sound(found: Told, true: Any, bound: Bound) -> None:
    """The true value lies within the bounds, and the verdict is the true one or none."""
    assert found.low <= true <= found.high
    assert found.verdict in {*VERDICTS, oracle.verdict([true], bound)}


@st.composite
def damaged(draw: Any, name: str = "X", subjects: str = "AB") -> tuple[list[Run], list[Fact], tuple[int, int]]:
    """Intervals that all end, and the records of all of them but one: an opening, or a closing that others follow.

    Not taken away is what leaves another complete log: one that tells of something else, and lacks nothing.
    """
    found = draw(runs(subjects))
    lost = []
    for n, run in enumerate(found):
        followed = n + 1 < len(found) and found[n + 1].subject == run.subject
        touched = any(other is not run and other.subject == run.subject and other.start == run.end for other in found)
        touched = touched or sum((other.subject, other.start) == (run.subject, run.start) for other in found) > 1
        lost += [(n, "OFF")] if followed and found[n + 1].start != found[n + 1].end else []
        lost += [] if touched else [(n, "ON")]
    assume(lost)
    n, end = draw(st.sampled_from(lost))
    gone = found[n].start if end == "ON" else found[n].end
    facts = facts_of(name, found)
    facts.remove(next(f for f in facts if (f.at, f.subject, f.type) == (gone, found[n].subject, f"{name}_{end}")))
    return found, facts, (at(-1), max([at(END // 2), *(run.end or 0 for run in found)]))


def by_run(found: list[Run], outcome: Outcome) -> list[tuple[Run, list[Told]]]:
    """What is told of each: of each subject one after the other."""
    pairs = []
    for subject in "AB":
        ours = [run for run in found if run.subject == subject]
        told = [o for o in outcome if o[0].subject == subject]
        assert len(ours) == len(told)
        pairs += list(zip(ours, told, strict=True))
    return pairs


@fast
@given(damaged(), seeds, limits())
def test_a_length_is_not_made_up(log: Any, seed: int, bound: Bound) -> None:
    found, facts, observed = log
    outcome = evaluate(trace(ordered(facts, seed), observed), Rule(INTERVALS, Length(), limit(bound)))
    for run, [told] in by_run(found, outcome):
        sound(told, run.end - run.start, bound)


@fast
@given(damaged(), st.one_of(damaged("Y"), runs()), seeds, st.booleans())
def test_a_portion_is_not_made_up(log: Any, others: Any, seed: int, inside: bool) -> None:
    found, facts, observed = log
    others, more = others[:2] if isinstance(others, tuple) else (others, facts_of("Y", others))
    observed = observed[0], max([observed[1], *(run.end for run in others)])
    bound = Bound(at_most=0)
    rule = Rule(INTERVALS, Portion(of("Y"), inside), limit(bound))
    outcome = evaluate(trace(ordered(facts + more, seed), observed), rule)
    true = oracle.portion(found, others, inside, bound, observed, S)
    for (run, told), truth in zip(by_run(found, outcome), [o for _, o in by_run(found, true)], strict=True):
        verdicts = {one.verdict for one in told}
        if run.start == run.end:
            continue  # what lasted no time is inside at an instant, and no portion of it
        if truth[0].verdict == "violated":
            assert verdicts & {"violated", "inconclusive"}
        else:
            assert "violated" not in verdicts
        for one in told:
            if one.verdict == "violated" and run.start < run.end:
                [around] = [true for true in truth if true.start <= one.start and one.end <= true.end]
                assert one.low <= around.high <= one.high


@fast
@given(damaged("Y"), points("T"), seeds, st.booleans())
def test_what_an_event_lies_in_is_not_made_up(log: Any, events: Any, seed: int, inside: bool) -> None:
    found, facts, observed = log
    bound = Bound(at_most=0)
    observed = observed[0], max(at(END), observed[1])
    facts = ordered(facts + events, seed)
    outcome = evaluate(
        trace(facts, observed), Rule(OnEvents(type_of("T")), Within(of("Y"), None, inside), limit(bound))
    )
    for fact, [told] in zip([f for f in facts if f.type == "T"], outcome, strict=True):
        sound(told, int(oracle.covered(found, fact.subject, fact.at) is inside), bound)


@fast
@given(damaged(), points("N"), seeds, limits("most"))
def test_an_answer_is_not_made_up(log: Any, answers: Any, seed: int, bound: Bound) -> None:
    found, facts, observed = log
    observed = observed[0], observed[1] + 9 * S
    facts = ordered(facts + answers, seed)
    outcome = evaluate(trace(facts, observed), Rule(INTERVALS, Lag(type_of("N"), SUBJECT), limit(bound)))
    for run, [told] in by_run(found, outcome):
        lags = [f.at - run.end for f in facts if f.type == "N" and f.subject == run.subject and f.at >= run.end]
        silence = observed[1] - run.end + 1
        assert told.verdict in {*VERDICTS, oracle.verdict([min(lags, default=silence)], bound)}
        assert told.low <= min(lags, default=silence) <= told.high


@fast
@given(damaged(), seeds, limits())
def test_a_pause_is_not_made_up(log: Any, seed: int, bound: Bound) -> None:
    found, facts, observed = log
    outcome = evaluate(trace(ordered(facts, seed), observed), Rule(INTERVALS, Spacing(("subject",)), limit(bound)))
    for subject in "AB":
        ours = [run for run in found if run.subject == subject]
        told = [one for [one] in outcome if one.subject == subject]
        for (before, after), one in zip(pairwise(ours), told, strict=True):
            sound(one, after.start - before.end, bound)


def sound_through_time(outcome: Outcome, value: Any, bound: Bound, judged: tuple[int, int], jumps: bool) -> None:
    """Where it is told that a limit is broken, it is; where nothing is told, it is not; extremes lie within bounds."""
    told = [one for o in outcome for one in o]
    assert told
    extreme = max if bound.at_most is not None else min
    for one in told:
        marks = [*range(one.start, one.end, S // 4), one.end]
        inner = marks[:-1] if jumps and one.start < one.end < judged[1] else marks
        seen = [value(mark) for mark in inner] + [value((a + b) // 2) for a, b in pairwise(marks)]
        assert one.low <= extreme(seen) <= one.high
        for a, b in pairwise(marks):
            assert one.verdict in {*VERDICTS, oracle.verdict([value((a + b) // 2)], bound)}
    if not {"satisfied", "violated"} & {one.verdict for one in told}:  # beside a breach, what is open is not told
        for mark in range(judged[0] + S // 8, judged[1], S // 4):
            assert oracle.keeps(value(mark), bound) or any(one.start <= mark <= one.end for one in told)


@fast
@given(damaged(), seeds, limits("most least"), st.integers(1, 6), PER)
def test_a_total_is_not_made_up(log: Any, seed: int, bound: Bound, width: int, per: Any) -> None:
    found, facts, observed = log
    measure = Total("duration", Window(rolling=width * S), per)
    outcome = evaluate(trace(ordered(facts, seed), observed), Rule(INTERVALS, measure, limit(bound)))
    since = observed[0] + (width * S if bound.at_least is not None else 0)
    for name, members in grouped(per, {run.subject for run in found}):
        ours = [run for run in found if run.subject in members]
        told = [o for o in outcome if not per or o[0].subject == name]
        if since <= observed[1]:
            sound_through_time(told, oracle.rolling_duration(ours, width * S), bound, (since, observed[1]), False)


@fast
@given(
    blurred(points("T", amounts)), seeds, limits("most least", unit=1), st.integers(1, 6), PER,
    st.sampled_from(["count", "n"]),
)  # fmt: skip
def test_a_sum_is_not_made_up(facts: Any, seed: int, bound: Bound, width: int, per: Any, of: str) -> None:
    observed, window = (at(-3), at(END + 9)), width * S
    measure = Total(of, Window(rolling=window), per)
    outcome = evaluate(trace(ordered(facts, seed), observed), Rule(OnEvents(type_of("T")), measure, limit(bound)))
    since = observed[0] + (window if bound.at_least is not None else 0)
    for name, members in grouped(per, {f.subject for f in facts}):
        ours = [(f.at, 1 if of == "count" else f.fields.get("n", 0)) for f in facts if f.subject in members]
        told = [o for o in outcome if not per or o[0].subject == name]
        if ours:
            sound_through_time(told, oracle.rolling_sum(ours, window), bound, (since, observed[1]), True)


@settings(fast, max_examples=400)
@given(
    blurred(points("T", most=4)), blurred(points("N", most=4)), runs(), seeds, limits("least both", most=4),
    st.sampled_from(["lead", "lag", "lag", "within"]),
)  # fmt: skip
@example(
    [Fact(at(1), "", 0, "T", "A", {"i": 0}, (S, 0))], [Fact(at(0), "", 0, "N", "A", {"i": 0})], [], 0, Bound(0), "lag"
)
def test_what_may_have_come_before_or_after_is_not_made_up(
    facts: Any, others: Any, found: Any, seed: int, bound: Bound, which: str
) -> None:
    observed = at(-3), at(3 * END)
    measure: Any = Within(of("X"), None, False)
    if which == "within":
        bound = Bound(at_most=0)
        inside = [(f, int(not oracle.covered(found, f.subject, f.at))) for f in facts]
        true = oracle.of_numbers(inside, bound)
    elif which == "lead":
        measure, true = Lead(type_of("N"), SUBJECT), oracle.lead(facts, others, fits(SUBJECT), bound)
    else:
        measure, bound = Lag(type_of("N"), SUBJECT), ending(bound)
        true = oracle.lag([Asked(f.at, f.at, f.subject, f) for f in facts], others, [], [], bound, observed[1], S)
    log = trace(ordered(facts + others + facts_of("X", found), seed), observed)
    obligations = Reference(log).evaluate(Rule(OnEvents(type_of("T")), measure, limit(bound)))
    verdicts = {o.witnesses[0].event.get("i"): str(o.verdict) for o in obligations}
    assert set(verdicts) == {f.fields["i"] for f in facts}
    for fact, [one] in zip(facts, true, strict=True):
        assert verdicts[fact.fields["i"]] in {*VERDICTS, one.verdict}


@fast
@given(damaged(), seeds, limits("most least", unit=1, most=3), PER, st.booleans())
def test_a_level_is_not_made_up(log: Any, seed: int, bound: Bound, per: Any, weighted: bool) -> None:
    found, facts, observed = log
    measure = Level(per, "w" if weighted else None)
    outcome = evaluate(trace(ordered(facts, seed), observed), Rule(INTERVALS, measure, limit(bound)))
    for name, members in grouped(per, {run.subject for run in found}):
        ours = [run if weighted else run._replace(weight=1) for run in found if not per or run.subject in members]
        told = [o for o in outcome if not per or o[0].subject == name]
        sound_through_time(told, oracle.level(ours), bound, observed, True)


@fast
@given(damaged("Y"), points("T", most=8), seeds, limits("most"))
def test_silence_is_not_made_up(log: Any, beaten: Any, seed: int, bound: Bound) -> None:
    found, facts, observed = log
    assume(bound != Bound(None, 0, True))
    beaten = [f for f in beaten if f.at <= observed[1]]
    facts = ordered(facts + beaten, seed)
    measure = Spacing(("subject",), True, of("Y"))
    outcome = evaluate(trace(facts, observed), Rule(OnEvents(type_of("T")), measure, limit(bound)))
    times: Any = {s: [f.at for f in beaten if f.subject == s] for s in {f.subject for f in facts}}
    truth = oracle.beats(times, found, bound, observed, None, S)

    def touching(one: Told, others: Outcome) -> list[Told]:
        return [o for [o] in others if o.subject == one.subject and o.at <= one.end and one.at <= o.end]

    for [one] in outcome:
        if one.verdict == "violated":
            assert any(true.verdict == "violated" for true in touching(one, truth))
    for [true] in truth:
        if true.verdict == "violated":
            assert any(one.verdict != "satisfied" for one in touching(true, outcome))
