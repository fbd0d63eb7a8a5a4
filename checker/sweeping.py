"""How what comes of constraints depends on a parameter: exact breakpoints, from one measurement wherever that tells.

A constraint measures, then compares: a changed limit needs no new measurement. The limit is set beyond all bounds once,
so that every quantity is measured in full, and then compared with each value by `decide`, as every verdict is. Where
the records or waivers let a limit have a say in what is measured, it is judged again at each breakpoint, and it is said
so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import NamedTuple

from checker import answers, clock
from checker.answers import Breakpoint, Step, Swept, Turned
from checker.bounds import INFINITY, Bounds, Number, is_finite, minus, plus
from checker.constraint import Clause, Constraint
from checker.contradiction import contradicted
from checker.errors import RulebookError, UsageError, nearest
from checker.limits import limit
from checker.logs import Log
from checker.measure import DURATION, Lag, Lead, Length, Level, Limit, OnEvents, Rule, Spacing, Total, Value
from checker.obligation import Obligation, Verdict, decide, worst
from checker.pipeline import Check, Judged, plain_text, run
from checker.report import LogOf, Observed, RulebookOf, ToolOf
from checker.rulebook import Rulebook
from checker.telling import NAME
from checker.timeline import format_duration, format_instant, parse_duration
from checker.version import __version__
from checker.wording import number

Load = Callable[[Mapping[str, str]], Rulebook]
"""Gives the rulebook (the part of it that is asked about) with parameters set otherwise."""

Judging = Callable[[Rulebook], Check]
Counts = dict[Verdict, int]

_BEYOND = 10**18
"""A limit that nothing reaches."""
_COUNTED = (Verdict.SATISFIED, Verdict.VIOLATED, Verdict.INCONCLUSIVE, Verdict.PENDING, Verdict.EXCUSED)


class _Scale(NamedTuple):
    """The values that a parameter can take: whole microseconds, whole numbers, or any numbers."""

    duration: bool
    whole: bool
    least: Number | None

    def text(self, value: Number) -> str:
        if self.duration:
            return format_duration(int(value))
        return format(value.normalize(), "f") if isinstance(value, Decimal) else str(value)

    @property
    def unit(self) -> str:
        return DURATION if self.duration else "count"


def sweep(
    logs: Sequence[Log],
    book: Rulebook,
    load: Load,
    parameter: str,
    *,
    values: Sequence[str] = (),
    judging: Callable[[Sequence[Log], Rulebook], Check] | None = None,
) -> answers.Sweep:
    """How many occasions come out how, for each value of the parameter. Raises UsageError where that cannot be told.

    With `values`, only at those, each judged again: for a parameter that changes more than a limit.
    """
    if parameter not in book.parameters:
        raise UsageError(f"the rulebook has no parameter {parameter!r}", nearest(parameter, book.parameters))
    given = judging or run

    def judge(changed: Rulebook) -> Check:
        return given(logs, changed)

    if values:
        constraints, check, scale_unit = _at_points(book, load, parameter, values, judge)
    else:
        now, scale = _value(book, parameter)
        limits = _limits(book, load, parameter, now, scale)
        check = judge(_limited(book, limits, lambda limit, _: _strictest(limit)))
        constraints = [
            _swept(one, book, limits, now, scale, check, judge) for one in book.constraints if one.id in limits
        ]
        scale_unit = number_unit(scale)
    trace = check.trace
    return answers.Sweep(
        sweep_version=answers.VERSION,
        tool=ToolOf(NAME, __version__),
        rulebook=RulebookOf(
            book.id, book.version, book.title, book.digest, book.position, dict(book.parameters)
        ),
        logs=[LogOf(log.name, log.digest, log.records, len(log.rejected)) for log in check.logs],
        observed=Observed(format_instant(trace.observed_from), format_instant(trace.observed_until)),
        parameter=parameter,
        value=book.parameters[parameter],
        unit=scale_unit,
        constraints=constraints,
        notices=list(check.notices),
    )  # fmt: skip


def number_unit(scale: _Scale) -> str:
    """The unit in which values are told."""
    return "s" if scale.duration else "count"


# ---- what the parameter sets ----

Where = tuple[int, int]
"""A clause of a constraint, and a rule of it."""


class _Part(NamedTuple):
    """Which sides of a rule's limit the parameter sets, each by its value and a constant."""

    at_least: Number | None
    at_most: Number | None


Limits = dict[str, dict[Where, _Part]]


def _value(book: Rulebook, parameter: str) -> tuple[Number, _Scale]:
    text = book.parameters[parameter].strip()
    if text == "none":
        raise UsageError(
            f"parameter {parameter!r} is `none` here and sets no limit",
            f"choose another --position, or give it a value: --set {parameter}=VALUE",
        )
    try:
        value = Decimal(text)
    except InvalidOperation:
        try:
            return parse_duration(text), _Scale(True, True, 0)
        except ValueError:
            raise _more(parameter, f"its value {text!r} is neither a duration nor a number") from None
    if not value.is_finite():
        raise _more(parameter, f"its value {text!r} is neither a duration nor a number")
    if value == value.to_integral_value():
        return int(value), _Scale(False, True, 0 if value >= 0 else None)
    return value, _Scale(False, False, None)


def _more(parameter: str, why: str) -> UsageError:
    return UsageError(
        f"parameter {parameter!r} changes more than a limit: {why}",
        "--values V,V judges again at each of these values; nothing is said of those between",
    )


def _limits(book: Rulebook, load: Load, parameter: str, now: Number, scale: _Scale) -> Limits:
    """By constraint and rule, what the parameter adds to; UsageError where it does anything else."""
    found: Limits = {}
    for probe in (1, 2):
        try:
            other = load({parameter: scale.text(plus(now, probe))})
        except RulebookError as wrong:
            raise _more(
                parameter, f"with another value the rulebook is not valid ({wrong.problems[0].message})"
            ) from None
        if told := _elsewhere(book, other):
            raise _more(parameter, told)
        for mine, theirs in zip(book.constraints, other.constraints, strict=True):
            for where, rule, changed in _pairs(parameter, mine, theirs):
                part = _part(rule.limit, changed.limit, now, probe)
                if part is None or rule._replace(limit=changed.limit) != changed:
                    raise _more(parameter, f"in {mine.id} it is a part of what is measured ({_named(rule, changed)})")
                if found.setdefault(mine.id, {}).setdefault(where, part) != part:
                    raise _more(parameter, f"the limit of {mine.id} does not follow it evenly")
                if getattr(rule.measure, "once", False):
                    raise _more(parameter, f"in {mine.id} it decides which record serves which occasion")
    if not found:
        raise UsageError(f"no constraint that was selected depends on parameter {parameter!r}", _users(book, parameter))
    return found


def _users(book: Rulebook, parameter: str) -> str:
    used = [constraint.id for constraint in book.constraints if parameter in constraint.parameters]
    return f"{', '.join(used)} mention it, but not under this position" if used else "select one that does"


def _pairs(parameter: str, mine: Constraint, theirs: Constraint) -> Iterable[tuple[Where, Rule, Rule]]:
    if [len(clause.rules) for clause in mine.clauses] != [len(clause.rules) for clause in theirs.clauses]:
        raise _more(parameter, f"{mine.id} consists of other rules")
    for c, (one, two) in enumerate(zip(mine.clauses, theirs.clauses, strict=True)):
        for r, (rule, changed) in enumerate(zip(one.rules, two.rules, strict=True)):
            if rule != changed:
                yield (c, r), rule, changed


def _part(limit: Limit, changed: Limit, now: Number, probe: int) -> _Part | None:
    sides: list[Number | None] = []
    for before, after in ((limit.at_least, changed.at_least), (limit.at_most, changed.at_most)):
        if before == after:
            sides.append(None)
        elif before is None or after is None or not is_finite(before) or minus(after, before) != probe:
            return None
        else:
            sides.append(minus(before, now))
    return None if sides == [None, None] or limit.exclusive != changed.exclusive else _Part(*sides)


def _named(rule: Rule, changed: Rule) -> str:
    for what, name in (("on", "the occasions"), ("measure", "the measure"), ("limit", "the limit")):
        if getattr(rule, what) != getattr(changed, what):
            return name
    return "when it is in force"


def _elsewhere(book: Rulebook, other: Rulebook) -> str:
    """What else than rules the parameter changes; empty if nothing."""
    pairs = (
        ("intervals", book.definitions.intervals, other.definitions.intervals),
        ("calendars", book.definitions.calendars, other.definitions.calendars),
        ("gaps", book.definitions.missing, other.definitions.missing),
        ("the clock", book.clock, other.clock),
        ("corrections", book.corrections, other.corrections),
        ("conditions of an exception", book.waivers, other.waivers),
        ("registers", _entries(book), _entries(other)),
    )
    return next((f"{name} of the rulebook refer to it" for name, mine, theirs in pairs if mine != theirs), "")


def _entries(book: Rulebook) -> dict[str, str]:
    return {name: repr(register.entries) for name, register in book.registers.items()}


# ---- measuring, and comparing ----


def _limited(book: Rulebook, limits: Limits, change: Callable[[Limit, _Part], Limit]) -> Rulebook:
    """The rulebook with the limits that the parameter sets replaced; only of the constraints that it concerns."""

    def changed(constraint: Constraint) -> Constraint:
        parts = limits[constraint.id]
        clauses = [
            Clause(clause.kind, tuple(
                rule._replace(limit=change(rule.limit, parts[c, r])) if (c, r) in parts else rule
                for r, rule in enumerate(clause.rules)
            ))
            for c, clause in enumerate(constraint.clauses)
        ]  # fmt: skip
        return constraint._replace(clauses=tuple(clauses))

    return replace(book, constraints=tuple(changed(one) for one in book.constraints if one.id in limits))


def _strictest(limit: Limit) -> Limit:
    """No quantity keeps it, so that each is measured in full; one side only, if both were set."""
    if limit.at_most is not None:
        return limit._replace(at_least=None, at_most=-1)
    return limit._replace(at_least=_BEYOND)


def _at(limit: Limit, part: _Part, value: Number) -> Limit:
    return limit._replace(
        at_least=limit.at_least if part.at_least is None else plus(value, part.at_least),
        at_most=limit.at_most if part.at_most is None else plus(value, part.at_most),
    )


def _compared(obligation: Obligation, limit: Limit) -> Verdict:
    """The verdict under another limit. What has no upper bound goes on, or still may come."""
    measured = obligation.measured
    open_until = measured.high == INFINITY and (limit.at_most is None or limit.at_most >= measured.low)
    return decide(measured, limit, open_until).verdict


def _swept(
    constraint: Constraint, book: Rulebook, limits: Limits, now: Number, scale: _Scale, check: Check, judge: Judging
) -> Swept:
    judged = [one for one in check.judged if one.constraint.id == constraint.id]
    parts = limits[constraint.id]
    why = _doubt(constraint, parts, judged, check)
    if why is None:
        breakpoints, steps = _measured(constraint, parts, judged, now, scale)
    else:
        only = {constraint.id: parts}

        def counted(value: Number) -> Counts:
            made = judge(_limited(book, only, lambda limit, part: _at(limit, part, value)))
            return _counts(made.judged)

        breakpoints, steps = _again(parts, [*judged, *judge(_limited(book, only, lambda limit, _: limit)).judged],
                                    counted, now, scale)  # fmt: skip
    return Swept(
        constraint.id, constraint.title, constraint.text, constraint.kind,
        "measured" if why is None else "judged again", why, breakpoints, steps,
    )  # fmt: skip


def _doubt(constraint: Constraint, parts: Mapping[Where, _Part], judged: Sequence[Judged], check: Check) -> str | None:
    """Why the limit may have a say in what is measured; None if it has none."""
    trace, book = check.trace, check.rulebook
    if any(one.excuse is not None for one in judged) or any(
        one.granted is not None or (one.use is not None and constraint.id in one.use.waiver.concerns)
        for one in check.waivers
    ):
        return "a waiver is claimed"
    if trace.gaps or trace.hidden or any(log.rejected for log in check.logs):
        return "records are missing"
    if not all(event.authentic for event in trace.events):
        return "records are not authentic"
    if any(event.earliest != event.latest for event in trace.events):
        return "times are uncertain"
    if contradicted(trace, tuple(book.definitions.intervals.values()), book.catalogue):
        return "records contradict one another"
    if book.clock is not None and clock.errors(trace.events, book.clock, ()):
        return "clocks were off"
    for (c, r), _ in parts.items():
        rule = constraint.clauses[c].rules[r]
        if not rule.history_complete or not _independent(rule):
            return "what is measured depends on the limit"
        if any(j.place == (c, r) and j.obligation.verdict is not Verdict.VIOLATED for j in judged):
            return "what took place is uncertain"
    return None


def _independent(rule: Rule) -> bool:
    """Whether what is measured is the same under each limit, if nothing is uncertain."""
    measure, limit = rule.measure, rule.limit
    if limit.at_least is not None and limit.at_most is not None:
        return False
    match measure:
        case Lead():
            return not measure.once and measure.deadline is None
        case Lag():
            alone = not measure.once and measure.released_by is None and measure.deadline is None
            return isinstance(rule.on, OnEvents) and alone
        case Spacing():
            return not measure.edges and measure.along is None
        case Total() | Level():
            return limit.at_most is not None
    return isinstance(measure, (Length, Value))


def _counts(judged: Iterable[Judged]) -> Counts:
    """How many occasions came out how, each as the worst of its parts: as the rows of a report."""
    occasions: dict[tuple[Where, int], set[Verdict]] = {}
    for one in judged:
        occasions.setdefault((one.place, one.obligation.occasion), set()).add(one.verdict)
    return _tally(worst(found) for found in occasions.values())


def _tally(verdicts: Iterable[Verdict]) -> Counts:
    found = dict.fromkeys(_COUNTED, 0)
    for verdict in verdicts:
        found[verdict] += 1
    return found


def _by_name(counts: Counts) -> dict[str, int]:
    """The counts as a step has them."""
    return {str(verdict): counts[verdict] for verdict in _COUNTED}


class _Case(NamedTuple):
    """An occasion with the limit that it is compared with, and the values where that may turn."""

    obligations: Sequence[Obligation]
    limit: Limit
    part: _Part | None
    ends: frozenset[Number]

    def verdict(self, value: Number) -> Verdict:
        if self.part is None:
            return worst({one.verdict for one in self.obligations})
        limit = _at(self.limit, self.part, value)
        return worst({_compared(one, limit) for one in self.obligations})


def _ends(measured: Bounds, part: _Part) -> set[Number]:
    """The values at which a limit meets one of the bounds."""
    return {
        minus(end, offset)
        for end in (measured.low, measured.high) if is_finite(end)
        for offset in part if offset is not None
    }  # fmt: skip


def _measured(
    constraint: Constraint, parts: Mapping[Where, _Part], judged: Sequence[Judged], now: Number, scale: _Scale
) -> tuple[list[Breakpoint], list[Step]]:
    grouped: dict[tuple[Where, int], list[Obligation]] = {}
    for one in judged:
        grouped.setdefault((one.place, one.obligation.occasion), []).append(one.obligation)
    cases = []
    for (where, _), obligations in grouped.items():
        part = parts.get(where)
        ends = (
            frozenset(end for o in obligations for end in _ends(o.measured, part)) if part is not None else frozenset()
        )
        cases.append(_Case(obligations, constraint.clauses[where[0]].rules[where[1]].limit, part, ends))
    turning: dict[Number, list[_Case]] = {}
    for case in cases:
        for end in case.ends:
            turning.setdefault(end, []).append(case)
    places = _places(turning, scale)
    held = {id(case): case.verdict(places[0].value) for case in cases}
    counts = _tally(held.values())
    found: list[tuple[_Place, Counts]] = []
    turned: dict[Number, list[Turned]] = {}
    for place in places:
        near = list(turning.get(place.beside, [])) if place.beside is not None else []
        if place.exact and scale.whole:  # no value lies between two that are one apart
            near += turning.get(minus(place.value, 1), [])
        for case in near:
            verdict, was = case.verdict(place.value), held[id(case)]
            if verdict != was:
                turned.setdefault(place.beside or 0, []).append(_turned(case, was, verdict))
                counts = {**counts, was: counts[was] - 1}
                counts[verdict] += 1
                held[id(case)] = verdict
        found.append((place, counts))
    return _told(found, turned, now, scale)


def _turned(case: _Case, below: Verdict, above: Verdict) -> Turned:
    first = case.obligations[0]
    key = {name: plain_text(value) for name, value in first.key}
    return Turned(first.subject, key, format_instant(first.at), str(below), str(above))


class _Place(NamedTuple):
    """A value to look at: a candidate itself (`exact`) or one that stands for those after it, up to the next."""

    value: Number
    exact: bool
    beside: Number | None


def _places(candidates: Iterable[Number], scale: _Scale) -> list[_Place]:
    """Each candidate and what stands for the values between them, from the least value on."""
    points = sorted(point for point in set(candidates) if scale.least is None or point >= scale.least)
    found: list[_Place] = []
    if not points:
        return [_Place(0 if scale.least is None else scale.least, False, None)]
    if scale.least is None or points[0] > scale.least:
        found.append(_Place(minus(points[0], 1), False, None))
    for at, point in enumerate(points):
        found.append(_Place(point, True, point))
        following = points[at + 1] if at + 1 < len(points) else None
        if following is None:
            found.append(_Place(plus(point, 1), False, point))
        elif not scale.whole:
            found.append(_Place((Decimal(point) + Decimal(following)) / 2, False, point))
        elif minus(following, point) > 1:
            found.append(_Place(plus(point, 1), False, point))
    return found


def _again(
    parts: Mapping[Where, _Part],
    judged: Sequence[Judged],
    counted: Callable[[Number], Counts],
    now: Number,
    scale: _Scale,
) -> tuple[list[Breakpoint], list[Step]]:
    """The same by judging again at each value where something may turn; where more turns between, that is sought."""
    candidates: set[Number] = set()
    for one in judged:
        if one.place in parts:
            candidates |= _ends(one.obligation.measured, parts[one.place])
    known: dict[Number, Counts] = {}

    def count(value: Number) -> Counts:
        if value not in known:
            if len(known) >= limit("values_again"):
                raise UsageError(
                    f"it would have to be judged again for more than {limit('values_again')} values",
                    "--values V,V judges at these only",
                )
            known[value] = counted(value)
        return known[value]

    least = 0 if scale.least is None else scale.least
    ordered = [minus(least, 1), *sorted(end for end in candidates if end >= least), _BEYOND]
    for low, high in pairwise(ordered) if scale.whole else ():
        first, last = plus(low, 1), minus(high, 1)
        while first < last and count(first) != count(last):  # more turns between: find where, to the last unit
            since, until = first, last
            while minus(until, since) > 1:
                middle = (int(since) + int(until)) // 2
                since, until = (middle, until) if count(middle) == count(first) else (since, middle)
            candidates.add(until)
            first = until
    return _told([(place, count(place.value)) for place in _places(candidates, scale)], {}, now, scale)


def _told(
    found: Sequence[tuple[_Place, Counts]], turned: Mapping[Number, list[Turned]], now: Number, scale: _Scale
) -> tuple[list[Breakpoint], list[Step]]:
    """Neighbours of equal counts joined; a breakpoint wherever they are not."""
    runs: list[tuple[list[_Place], Counts]] = []
    for place, counts in found:
        if runs and runs[-1][1] == counts:
            runs[-1][0].append(place)
        else:
            runs.append(([place], counts))
    steps: list[Step] = []
    marks: list[Number] = []
    for at, (places, counts) in enumerate(runs):
        first, last = places[0], places[-1]
        begin = None if at == 0 else (first.value if first.exact else first.beside)
        following = runs[at + 1][0][0] if at + 1 < len(runs) else None
        end = None if following is None else (following.value if following.exact else following.beside)
        low: Number | None = scale.least if begin is None else begin
        included = (begin is None and scale.least is not None) or first.exact
        ends_with = end is not None and last.exact and last.value == end
        current = _holds(now, low, included, end, ends_with)
        steps.append(Step(
            _told_value(low, scale), included, _told_value(end, scale), ends_with,
            _range(None if begin is None else low, included, end, ends_with, scale),
            **_by_name(counts), current=current,
        ))  # fmt: skip
        if begin is not None and (not marks or marks[-1] != begin):
            marks.append(begin)
    points = sorted({*marks, *turned})
    return [Breakpoint(_told_value(mark, scale), scale.text(mark), turned.get(mark, [])) for mark in points], steps


def _told_value(value: Number | None, scale: _Scale) -> int | float | None:
    return None if value is None else number(value, scale.unit)


def _holds(now: Number, low: Number | None, low_in: bool, high: Number | None, high_in: bool) -> bool:
    above = low is None or now > low or (low_in and now == low)
    below = high is None or now < high or (high_in and now == high)
    return above and below


def _range(low: Number | None, low_in: bool, high: Number | None, high_in: bool, scale: _Scale) -> str:
    if low is not None and low == high:
        return f"exactly {scale.text(low)}"
    since = "" if low is None else f"{'from' if low_in else 'above'} {scale.text(low)}"
    until = "" if high is None else f"{'up to' if high_in else 'below'} {scale.text(high)}"
    return ", ".join(part for part in (since, until) if part) or "any value"


# ---- single values ----


def _at_points(
    book: Rulebook, load: Load, parameter: str, values: Sequence[str], judge: Judging
) -> tuple[list[Swept], Check, str]:
    books = [load({parameter: value}) for value in values]
    now = book.parameters[parameter]
    concerned = [
        one.id for at, one in enumerate(book.constraints)
        if any(other.constraints[at].clauses != one.clauses or _elsewhere(book, other) for other in books)
    ]  # fmt: skip
    if not concerned:
        raise UsageError(f"no constraint that was selected depends on parameter {parameter!r}", _users(book, parameter))
    checks = [judge(other) for other in books]
    found = []
    for constraint in (one for one in book.constraints if one.id in concerned):
        steps = []
        for value, check in zip(values, checks, strict=True):
            counts = _counts(one for one in check.judged if one.constraint.id == constraint.id)
            steps.append(Step(None, False, None, False, value, **_by_name(counts), current=value == now))
        found.append(Swept(
            constraint.id, constraint.title, constraint.text, constraint.kind, "points",
            "judged again at the values given; nothing is said of those between", [], steps,
        ))  # fmt: skip
    return found, checks[0], ""
