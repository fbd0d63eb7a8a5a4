"""What every measure means, once more and as naively as possible: the reference backend is tested against this.

Nothing is taken from the program. Intervals are given as they are (`Run`), not found by pairing records; time is
tested cell by cell and instant by instant on a fine grid; a verdict is what is true of every value that is possible.
Instants and durations are whole microseconds; an interval that goes on at the end of observation has no end.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise, permutations
from math import inf
from typing import Any, NamedTuple


class Run(NamedTuple):
    """Something that went on in [start, end), or goes on still (None)."""

    subject: str
    start: int
    end: int | None
    weight: int = 1


class Fact(NamedTuple):
    """A record; facts are in order of time, then source, then sequence number.

    `blur` is by how much before and after its time the record only says that it happened.
    """

    at: int
    source: str
    seq: int
    type: str
    subject: str
    fields: dict[str, Any]
    blur: tuple[int, int] = (0, 0)


class Bound(NamedTuple):
    """A limit."""

    at_least: Any = None
    at_most: Any = None
    exclusive: bool = False


class Told(NamedTuple):
    """One finding, satisfied ones too."""

    at: int
    subject: str | None
    verdict: str
    low: Any
    high: Any
    start: int
    end: int


Outcome = list[list[Told]]
"""The findings of each occasion."""


# ---- verdicts --------------------------------------------------------------------------------------------


def keeps(value: Any, limit: Bound) -> bool:
    """One known value and a limit. Obviously right: the words of the limit.

    That there is an end at all (at most infinity) is kept by everything but what has none.
    """
    if limit.at_most == inf:
        return value != inf and keeps(value, limit._replace(at_most=None))
    if limit.exclusive:
        return (limit.at_least is None or value > limit.at_least) and (limit.at_most is None or value < limit.at_most)
    return (limit.at_least is None or value >= limit.at_least) and (limit.at_most is None or value <= limit.at_most)


def verdict(possible: Iterable[Any], limit: Bound, otherwise: str = "pending") -> str:
    """Of all values that are possible. Obviously right: all keep the limit, none does, or it is open."""
    kept = {keeps(value, limit) for value in possible}
    return "satisfied" if kept == {True} else "violated" if kept == {False} else otherwise


def margin(value: Any, limit: Bound) -> Any:
    """How far a value is from breaking the limit. Obviously right: the shorter of the two ways."""
    ways = []
    if limit.at_most == inf:
        ways.append(-inf if value == inf else inf)
    elif limit.at_most is not None:
        ways.append(-inf if value == inf else limit.at_most - value)
    if limit.at_least is not None:
        ways.append(value - limit.at_least)
    return min(ways)


def dense(low: int, high: Any, step: int, reach: int) -> list[Any]:
    """Values from low to high; where there is no end, some as far as `reach` and infinity. Obviously right: a list."""
    if high == inf:
        return [*range(low, max(low, reach) + 1, step), inf]
    return [*range(low, high, step), high]


# ---- one event, one interval -----------------------------------------------------------------------------


def of_numbers(facts: Iterable[tuple[Fact, Any]], limit: Bound) -> Outcome:
    """Each event with its number. Obviously right: one comparison for each."""
    return [
        [Told(fact.at, fact.subject, verdict([value], limit), value, value, fact.at, fact.at)]
        for fact, value in facts
    ]  # fmt: skip


def covered(runs: Iterable[Run], subject: str, at: int) -> bool:
    """Whether one of the subject's intervals goes on at an instant. Obviously right: half-open membership."""
    return any(run.subject == subject and run.start <= at and (run.end is None or at < run.end) for run in runs)


def occasions(runs: Iterable[Run], observed: tuple[int, int]) -> list[Run]:
    """Those that go on within the observation or begin in it. Obviously right: nothing of the others is in it."""
    first, last = observed
    return [r for r in runs if r.start <= last and (r.end is None or r.end > first or r.start >= first)]


def length(runs: Iterable[Run], limit: Bound, observed: tuple[int, int], step: int) -> Outcome:
    """How long each lasted. Obviously right: tries every length that one without an end may come to."""
    told = []
    for run in occasions(runs, observed):
        end = observed[1] if run.end is None else run.end
        low, high = end - run.start, inf if run.end is None else end - run.start
        reach = max(low, limit.at_least or 0, limit.at_most or 0) + 2 * step
        edges = [side for side in limit[:2] if side is not None and low <= side <= high]
        found = verdict([*dense(low, high, step, reach), *edges], limit)
        start = end
        if limit.at_most is not None:
            start = min(run.start + limit.at_most, end) if limit.at_most else run.start
        told.append([Told(run.start, run.subject, found, low, high, start, end)])
    return told


def portion(
    runs: Iterable[Run], others: Sequence[Run], inside: bool, limit: Bound, observed: tuple[int, int], cell: int
) -> Outcome:
    """The parts inside (outside) others. Obviously right: asks of every grid cell whether it is covered."""
    told = []
    for run in occasions(runs, observed):
        low, high = max(run.start, observed[0]), observed[1] if run.end is None else min(run.end, observed[1])
        if low >= high:
            one = int(covered(others, run.subject, run.start) is inside)
            told.append([Told(run.start, run.subject, verdict([one], limit), one, one, run.start, run.start)])
            continue
        bad: list[list[int]] = []
        for at in range(low, high, cell):
            if covered(others, run.subject, at) is inside:
                if bad and bad[-1][1] == at:
                    bad[-1][1] = at + cell
                else:
                    bad.append([at, at + cell])
        told.append([
            Told(run.start, run.subject, verdict([e - s], limit), e - s, e - s, s, e) for s, e in bad
        ] or [Told(run.start, run.subject, verdict([0], limit), 0, 0, run.start, run.start)])  # fmt: skip
    return told


# ---- before and after ------------------------------------------------------------------------------------


def lead(asked: Iterable[Fact], notices: Sequence[Fact], fits: Callable[..., bool], limit: Bound) -> Outcome:
    """The best earlier event. Obviously right: satisfied exactly if any earlier one keeps the limit."""
    told = []
    for fact in asked:
        leads = [fact.at - n.at for n in notices if n is not fact and n.at <= fact.at and fits(n, fact)]
        good = any(keeps(value, limit) for value in leads)
        best = max(leads, key=lambda value: margin(value, limit), default=-inf)  # of equally good ones the oldest
        told.append([Told(fact.at, fact.subject, "satisfied" if good else "violated", best, best, fact.at, fact.at)])
    return told


def most_served(asked: Sequence[Any], answers: Sequence[Any], fits: Callable[..., bool]) -> int:
    """How many can be served if an answer serves one only. Obviously right: tries every assignment."""
    short, long, flipped = (asked, answers, False) if len(asked) <= len(answers) else (answers, asked, True)
    return max(
        sum(fits(b, a) if flipped else fits(a, b) for a, b in zip(short, order, strict=True))
        for order in permutations(long, len(short))
    )


class Asked(NamedTuple):
    """What an answer is owed to: from when it counts (its end), and from when it is told (its start)."""

    at: int
    begun: int
    subject: str
    fact: Fact | None = None


def lag(
    asked: Iterable[Asked],
    answers: Sequence[Fact],
    lifting: Sequence[Fact],
    barring: Sequence[Fact],
    limit: Bound,
    until: int,
    step: int,
) -> Outcome:
    """The best later event. Obviously right: tries every instant after observation at which one may still come."""
    told = []
    for one in asked:

        def ours(fact: Fact, one: Asked = one) -> bool:
            return fact.subject == one.subject and fact is not one.fact and fact.at >= one.begun

        bar = min((fact.at for fact in barring if ours(fact)), default=inf)
        lags = [fact.at - one.begun for fact in answers if ours(fact) and fact.at <= bar]
        at_most = None if limit.at_most == inf else limit.at_most
        reach = max(until - one.begun, limit.at_least or 0, at_most or 0) + 4 * step
        edges = [side for side in limit[:2] if side not in (None, inf) and side >= until - one.begun]
        future = [*range(until - one.begun, reach, step // 2), *edges] if bar == inf else []
        fitting = [value for value in lags if keeps(value, limit)]
        found = "satisfied" if fitting else "pending" if any(keeps(v, limit) for v in future) else "violated"
        best = min(fitting) if fitting else max(lags, key=lambda value: margin(value, limit), default=None)
        if found == "pending":
            best = None
        due = None if at_most is None else one.begun + at_most
        done = one.begun + best if best is not None else min(bar, until)
        over = min(one.begun + min(fitting) if fitting else min(bar, until), inf if due is None else due)
        if any(ours(fact) and fact.at <= over for fact in lifting):
            continue
        start = one.at if due is None else min(due, done)
        told.append([Told(one.at, one.subject, found, best, best, start, max(start, done))])
    return told


# ---- one after the other ---------------------------------------------------------------------------------


def pauses(groups: Iterable[Sequence[Run]], limit: Bound, observed: tuple[int, int]) -> Outcome:
    """From one end to the next start. Obviously right: a subtraction for each two neighbours."""
    told = []
    for group in groups:
        for before, after in pairwise(group):
            if before.end is not None and observed[0] <= after.start <= observed[1]:
                value = after.start - before.end
                start = after.start if limit.at_most is None else min(before.end + limit.at_most, after.start)
                found = verdict([value], limit)
                told.append([Told(after.start, after.subject, found, value, value, start, after.start)])
    return told


def beats(
    times: dict[str | None, list[int]],
    scope: Sequence[Run] | None,
    limit: Bound,
    judged: tuple[int, int],
    only: str | None,
    cell: int,
) -> Outcome:
    """Silence. Obviously right: cuts each stretch in which beats are due at every beat."""
    told = []
    for subject, beaten in times.items():
        stretches: list[list[int]] = []
        for at in range(judged[0], judged[1], cell):
            end = min(at + cell, judged[1])
            if scope is None or covered(scope, subject or "", at):
                if stretches and stretches[-1][1] == at:
                    stretches[-1][1] = end
                else:
                    stretches.append([at, end])
        for first, last in stretches:
            cuts = [first, *sorted(at for at in beaten if first <= at <= last), last]
            for number, (since, until) in enumerate(pairwise(cuts)):
                if only is None or (only == "first") == (number == 0):
                    value = until - since
                    start = min(since + (limit.at_most or 0), until)
                    told.append([Told(since, subject, verdict([value], limit), value, value, start, until)])
    return told


def along(groups: Iterable[Sequence[tuple[Any, Fact]]], limit: Bound, observed: tuple[int, int]) -> Outcome:
    """Differences of neighbours by number. Obviously right: a subtraction for each."""
    told = []
    for group in groups:
        for (before, one), (after, other) in pairwise(sorted(group, key=lambda pair: pair[0])):
            if observed[0] <= other.at <= observed[1]:
                value, (start, end) = after - before, sorted((one.at, other.at))
                told.append([Told(other.at, other.subject, verdict([value], limit), value, value, start, end)])
    return told


# ---- totals and levels -----------------------------------------------------------------------------------


def shared(run: Run, first: int, last: int) -> int:
    """How much of it lies between two instants. Obviously right: the later start to the earlier end."""
    return max(0, (last if run.end is None else min(run.end, last)) - max(run.start, first))


def stretches(
    value: Callable[[int], Any], limit: Bound, judged: tuple[int, int], fine: int, at_least_from: int | None = None
) -> list[tuple[str, Any, Any, int, int]]:
    """Where a function of time breaks the limit: verdict, extreme values, from, until; one for all if nowhere.

    Obviously right: looks at every instant of a grid on which the function turns, jumps and crosses the limit, and
    between any two; what is bad next to what is bad is one stretch.
    """
    first, last = judged
    marks = [*range(first, last, fine), last]
    seen = [(at, at, value(at)) for at in marks] + [(a, b, value((a + b) // 2)) for a, b in pairwise(marks)]
    seen.sort(key=lambda one: one[:2])
    told: list[tuple[str, Any, Any, int, int]] = []
    sides = [(Bound(at_most=limit.at_most, exclusive=limit.exclusive), max, first)] if limit.at_most is not None else []
    if limit.at_least is not None:
        since = first if at_least_from is None else max(first, at_least_from)
        sides.append((Bound(at_least=limit.at_least, exclusive=limit.exclusive), min, since))
    for side, extreme, since in sides:
        found: list[list[int]] = []
        joined = False
        for start, end, one in seen:
            bad = start >= since and not keeps(one, side)
            if bad and joined:
                found[-1][1] = end
            elif bad:
                found.append([start, end])
            joined = bad
        for start, end in found:
            worst = extreme(v for s, e, v in seen if start <= s and e <= end)
            told.append(("violated", worst, worst, start, end))
    if told:
        return sorted(told, key=lambda one: one[3:])
    sides = [one for one in sides if one[2] <= last]
    if not sides:
        return []
    extremes = [(side, extreme(v for s, _, v in seen if s >= since)) for side, extreme, since in sides]
    _, nearest = min(extremes, key=lambda one: margin(one[1], one[0]))
    return [("satisfied", nearest, nearest, sides[0][2], last)]


def rolling_duration(runs: Sequence[Run], window: int) -> Callable[[int], int]:
    """Over (t - window, t]. Obviously right: adds up what each interval shares with the window."""
    return lambda at: sum(shared(run, at - window, at) for run in runs)


def rolling_sum(amounts: Sequence[tuple[int, Any]], window: int) -> Callable[[int], Any]:
    """Over (t - window, t]. Obviously right: adds up what lies in the window."""
    return lambda at: sum(amount for when, amount in amounts if at - window < when <= at)


def level(runs: Sequence[Run]) -> Callable[[int], int]:
    """At an instant. Obviously right: adds up the weights of what goes on then."""
    return lambda at: sum(r.weight for r in runs if r.start <= at and (r.end is None or at < r.end))


def calendar(
    so_far: Callable[[int, int, int], Any],
    windows: Iterable[tuple[int, int]],
    touched: Callable[[int, int], bool],
    limit: Bound,
    until: int,
    fine: int,
) -> list[tuple[str, Any, Any, int, int]]:
    """One for each window: verdict, bounds, from, until. Obviously right: follows the sum through the window.

    `so_far` says what has added up in the window from start to end, by an instant.
    """
    told = []
    for start, end in windows:
        if touched(start, end):
            last = min(end, until)
            value = so_far(start, end, last)
            high = inf if end > until + 1 and limit.at_least is not None else value
            over: list[Any] = []
            if limit.at_most is not None:
                side = Bound(at_most=limit.at_most, exclusive=limit.exclusive)
                over = stretches(lambda at, s=start, e=end: so_far(s, e, at), side, (start, last), fine)
            begin = over[0][3] if over and over[0][0] == "violated" else last
            most = max(value, limit.at_least or 0, limit.at_most or 0)
            possible = [value] if high == value else [*(most + k / 2 for k in range(-9, 3)), value, inf]
            told.append((verdict([v for v in possible if v >= value], limit), value, high, begin, last))
    return told


# ---- states, parts, comparisons --------------------------------------------------------------------------


def steps(
    facts: Iterable[Fact], declares: str, initial: str | None, allowed: set[tuple[str, str]], observed: tuple[int, int]
) -> Outcome:
    """Each change of state. Obviously right: keeps the state in a variable."""
    told, states = [], {}
    for fact in facts:
        known = states.get(fact.subject, initial)
        before, after = fact.fields.get("from", known), fact.fields["to"]
        states[fact.subject] = after
        if fact.type != declares and before is not None and observed[0] <= fact.at <= observed[1]:
            found, low, high = "satisfied", 0, 0
            if (before, after) not in allowed:
                found, low, high = "violated", 1, 1
            elif known is not None and known != before:
                found, low, high = "inconclusive", 0, 1
            told.append([Told(fact.at, fact.subject, found, low, high, fact.at, fact.at)])
    return told


def clashes(parts: Iterable[tuple[Fact, str, Any, Any]], observed: tuple[int, int]) -> list[tuple[list[int], bool]]:
    """For each key the times of equal pairs, and whether any pair was compared. Obviously right: all pairs."""
    told = []
    parts = list(parts)
    for key in {part[3] for part in parts}:
        ours = [part for part in parts if part[3] == key]
        times, compared = [], False
        for at, one in enumerate(ours):
            for other in ours[:at]:
                later = max(one[0].at, other[0].at)
                if one[1] != other[1] and observed[0] <= later <= observed[1]:
                    compared = True
                    if one[2] == other[2]:
                        times.append(later)
        told.append((sorted(times), compared))
    return told


def deviation(
    ours: Iterable[tuple[Fact, Any]], theirs: Sequence[tuple[Fact, Any]], fits: Callable[..., bool], signed: bool,
    limit: Bound,
) -> Outcome:  # fmt: skip
    """Two values. Obviously right: the last record up to then, else the first; a subtraction."""
    told = []
    for fact, value in ours:
        fitting = [(one, its) for one, its in theirs if one is not fact and fits(one, fact)]
        before = [pair for pair in fitting if pair[0].at <= fact.at]
        if not fitting or value is None:
            continue
        _, its = before[-1] if before else fitting[0]
        if isinstance(value, str) or isinstance(its, str):
            found: Any = int(value != its)
        else:
            found = value - its if signed else abs(value - its)
        told.append([Told(fact.at, fact.subject, verdict([found], limit), found, found, fact.at, fact.at)])
    return told


def standing(
    groups: dict[Any, list[tuple[int, Any]]], limit: Bound, on: int, until: int
) -> list[tuple[Any, str, Any, Any]]:
    """The last value as of a date. Obviously right: while more records may come before it, nothing is settled."""
    told = []
    for key, values in groups.items():
        upto = [value for at, value in values if at <= on]
        if on > until:
            told.append((key, "pending", None, None))
        elif upto:
            told.append((key, verdict([upto[-1]], limit), upto[-1], upto[-1]))
    return told
