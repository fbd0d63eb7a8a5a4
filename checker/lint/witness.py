"""Schedules that show a remark: built here, turned into a log, and judged by the program itself.

What a witness claims ("all of these are kept, and more cannot be had") is therefore never this module's word: a
schedule of which the judgement says otherwise is no witness and is dropped.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from checker.errors import CheckerError
from checker.interval import Between
from checker.limits import limit
from checker.lint.book import Asked, Book
from checker.lint.patterns import example
from checker.lint.reach import Schedule, longest_of
from checker.lint.remark import Witness
from checker.lint.spells import Times, base, opening
from checker.logs import from_dicts
from checker.measure import OnEvents, OnIntervals, Rule, Total, Window
from checker.pipeline import run
from checker.timeline import DAY, calendar_window, format_instant, parse_instant

ASSET = "ASSET-1"
START = parse_instant("2031-01-01T00:00:00Z")[0]
"""Schedules begin about here: in a year that is no leap year."""
MOST = limit("schedule")
"""The most activities of one schedule; where more are needed none is built."""
MOST_BEFORE = limit("schedule_before")
"""The most activities that are put before the end of a calendar window."""
BRIEF = 60 * 60 * 1_000_000
"""How long an activity of a schedule lasts where nothing says so."""

Span = tuple[int, int]


def records(book: Book, on: OnEvents | OnIntervals, spans: Iterable[Span]) -> list[dict[str, Any]] | None:
    """A log in which exactly these occasions take place, one after the other; None if none could be made."""
    made = []
    for start, end in spans:
        found = pair(book, on, start, end)
        if found is None:
            return None
        made += found
    return made


def pair(
    book: Book, on: OnEvents | OnIntervals, start: int, end: int, fixed: Mapping[str, Any] | None = None,
    asset: str = ASSET,
) -> list[dict[str, Any]] | None:  # fmt: skip
    """The record of an event, or those that open and close an interval; with these fields as they are."""
    if isinstance(on, OnEvents):
        patterns = [(start, on.pattern)]
        per: tuple[str, ...] = ()
    else:
        inner = base(on.spell)
        opens = opening(on.spell)
        if not isinstance(inner, Between) or opens is None:
            return None
        patterns, per = [(start, opens), (end, inner.closes)], inner.per
    shared: dict[str, Any] = {}
    found: list[dict[str, Any]] = []
    for at, pattern in patterns:
        known = {name: shared[name] for name in per if name in shared} | dict(fixed or {})
        fields = example(pattern, book.definitions, known)
        if fields is None:
            return None
        shared |= fields
        kind = fields.pop("type")
        found.append(
            {"time": format_instant(at), "type": kind, "subject": asset, **({"data": fields} if fields else {})}
        )
    return found


def judged(
    book: Book, on: OnEvents | OnIntervals, spans: Sequence[Span], asked: Iterable[Asked], text: str,
    wanted: dict[str, str], until: int | None = None,
) -> Witness | None:  # fmt: skip
    """The schedule with what came of these constraints, if it is what was `wanted` of each; None otherwise."""
    log = records(book, on, spans)
    if log is None:
        return None
    last = max(end for _, end in spans)
    verdicts = judge(book, log, asked, max(last, until or last))
    if verdicts is None or any(verdicts.get(name, "not_applicable") != verdict for name, verdict in wanted.items()):
        return None
    return Witness(
        text, tuple((ASSET, start, end) for start, end in spans), tuple(log), tuple(sorted(verdicts.items()))
    )


def judge(book: Book, log: list[dict[str, Any]], asked: Iterable[Asked], until: int) -> dict[str, str] | None:
    """What comes of these constraints by a log, observed from its first record on; None if it cannot be checked.

    Only the rules named are judged, not what else their constraints ask, and without exceptions.
    """
    rules: dict[str, set[int]] = {}
    for one in asked:
        rules.setdefault(one.id, set()).add(one.at)
    kept = tuple(
        constraint._replace(clauses=_chosen(book, constraint.id, rules[constraint.id]))
        for constraint in book.rulebook.constraints if constraint.id in rules
    )  # fmt: skip
    small = replace(book.rulebook, constraints=kept, waivers=())
    first = min(parse_instant(record["time"])[0] for record in log)
    try:
        check = run([from_dicts(log)], small, observed_from=first, observed_until=max(first, until), every=True)
    except CheckerError:
        return None
    verdicts: dict[str, str] = dict.fromkeys(rules, "not_applicable")
    worse = ("not_applicable", "satisfied", "excused", "pending", "inconclusive", "violated")
    for found in check.judged:
        told, name = found.obligation.verdict.value, found.constraint.id
        verdicts[name] = max(verdicts[name], told, key=worse.index)
    return verdicts


def _chosen(book: Book, name: str, kept: set[int]) -> Any:
    """The clauses with the rules that are kept alone."""
    constraint = book.constraints[name]
    at = next(asked.at for asked in book.asked if asked.id == name)
    clauses = []
    for clause in constraint.clauses:
        rules: list[Rule] = []
        for rule in clause.rules:
            if at in kept:
                rules.append(rule)
            at += 1
        if rules:
            clauses.append(clause._replace(rules=tuple(rules)))
    return tuple(clauses)


# ---- schedules with as much as can be ----


def fullest(schedule: Schedule, window: Window, *, brief: bool) -> list[Span]:
    """Activities that fill a window as far as this finds: one after the other, as soon as the rules permit.

    `brief`: as many as possible, each as short as may be, instead of as long.
    """
    packing = _Packing(schedule, brief)
    length = longest_of(window)
    tries = []
    for start, end in packing.windows(window):
        spans = packing.forward(start, end)
        tries.append(spans)
        boundary = packing.boundary(start)
        if boundary is not None and window.rolling is not None:
            before = [span for span in packing.backward(boundary) if boundary - span[0] < length]
            if before:
                tries.append([*before, *packing.forward(boundary, before[0][0] + length, before)])
    return max((t for t in tries if len(t) <= MOST), default=[], key=lambda spans: reached(spans, brief=brief))


class _Packing:
    """Puts activities one after the other, as the rules of a schedule permit."""

    def __init__(self, schedule: Schedule, brief: bool) -> None:
        shortest = schedule.shortest.value if schedule.shortest else 0
        longest = schedule.longest.value if schedule.longest else max(BRIEF, shortest)
        self.length = max(shortest, 60_000_000) if brief else longest
        self.pause = schedule.pause.value if schedule.pause else 0
        self.hours: Times | None = schedule.hours[0] if schedule.hours else None
        self.zone = schedule.book.rulebook.zone
        if self.hours is not None:
            self.length = min(self.length, self.hours.longest)
        self.counts: list[tuple[Window, int]] = [
            (asked.rule.measure.window, int(asked.rule.limit.at_most))
            for asked in schedule._rules(Total)
            if isinstance(asked.rule.measure, Total) and asked.rule.measure.of == "count"
            and asked.rule.limit.at_most is not None
        ]  # fmt: skip
        self.budgets: list[tuple[Window, int]] = [
            (asked.rule.measure.window, int(asked.rule.limit.at_most))
            for asked in schedule._rules(Total)
            if isinstance(asked.rule.measure, Total) and asked.rule.measure.of == "duration"
            and asked.rule.limit.at_most is not None
        ]  # fmt: skip

    def windows(self, window: Window) -> list[tuple[int, int]]:
        """Windows worth trying: of a calendar the longest, else one that begins at midnight."""
        if window.unit is not None:
            days = {"year": 400, "quarter": 200}.get(window.unit, 10)
            return [calendar_window(window.unit, self.zone, START + days * DAY, anchor=window.anchor)]
        start = calendar_window("day", self.zone, START + DAY)[0]
        return [(start, start + longest_of(window))]

    def boundary(self, start: int) -> int | None:
        """The end of the longest calendar window in which is counted, after the start."""
        units = [window for window, _ in self.counts if window.unit is not None]
        if not units:
            return None
        window = max(units, key=longest_of)
        return calendar_window(window.unit or "year", self.zone, start, anchor=window.anchor)[1]

    def forward(self, start: int, end: int, before: Sequence[Span] = ()) -> list[Span]:
        """Activities as soon as possible from an instant on, ended by another."""
        made: list[Span] = []
        at = start
        if before:
            at = max(at, before[-1][1] + self.pause)
        while at + self.length <= end and len(made) <= MOST:
            at = self._opening(at)
            if at + self.length > end or not self._may(at, [*before, *made]):
                later = self._later(at, [*before, *made])
                if later is None or later + self.length > end:
                    break
                at = later
                continue
            made.append((at, at + self.length))
            at += self.length + max(self.pause, 0 if self.length else 1)
        return made

    def backward(self, end: int) -> list[Span]:
        """Activities as late as possible before an instant, as many as its calendar windows permit."""
        made: list[Span] = []
        at = end
        for _ in range(MOST_BEFORE):
            at = self._closing(at)
            if at - self.length < end - 400 * DAY:
                break
            start = at - self.length
            trial = [(start, at), *made]
            if not self._room(start, trial):
                break
            made = trial
            at = start - max(self.pause, 0 if self.length else 1)
        return made

    def _room(self, first: int, spans: Sequence[Span]) -> bool:
        """Whether the windows that the first of them opens hold it and those that follow."""
        for window, most in self.counts:
            if sum(start < self._end(window, first) for start, _ in spans) > most:
                return False
        return all(
            sum(max(0, min(end, self._end(window, first)) - start) for start, end in spans) <= most
            for window, most in self.budgets
        )

    def _end(self, window: Window, at: int) -> int:
        """When a window ends that begins with an instant (or holds it)."""
        if window.rolling is not None:
            return at + window.rolling
        if window.unit is None:
            return 1 << 62
        return calendar_window(window.unit, self.zone, at, anchor=window.anchor)[1]

    def _opening(self, at: int) -> int:
        """The first instant from which the hours permit all of it."""
        if self.hours is None:
            return at
        for start, end in self.hours.spans[max(bisect_left(self.hours.spans, (at, at)) - 1, 0) :]:
            if end - max(start, at) >= self.length:
                return max(start, at)
        return at

    def _closing(self, at: int) -> int:
        if self.hours is None:
            return at
        for start, end in reversed(self.hours.spans[: bisect_left(self.hours.spans, (at, at))]):
            if min(end, at) - start >= self.length:
                return min(end, at)
        return at

    def _may(self, at: int, before: Sequence[Span]) -> bool:
        for window, most in self.counts:
            if sum(self._inside(window, start, at) for start, _ in before) >= most:
                return False
        for window, most in self.budgets:
            length = longest_of(window)
            used = sum(max(0, end - max(start, at + self.length - length)) for start, end in before)
            if used + self.length > most:
                return False
        return True

    def _later(self, at: int, before: Sequence[Span]) -> int | None:
        """The next instant at which a window has room again."""
        found = []
        for window, most in self.counts:
            if sum(self._inside(window, start, at) for start, _ in before) >= most:
                if window.rolling is not None:
                    found.append(sorted(start for start, _ in before)[-most] + window.rolling)
                elif window.unit is not None:
                    found.append(calendar_window(window.unit, self.zone, at, anchor=window.anchor)[1])
        return max(found, default=None)

    def _inside(self, window: Window, one: int, at: int) -> bool:
        """Whether what began at the one instant counts together with what begins at the other."""
        if window.rolling is not None:
            return one > at - window.rolling
        if window.unit is None:
            return True
        return calendar_window(window.unit, self.zone, at, anchor=window.anchor)[0] <= one


def reached(spans: Sequence[Span], *, brief: bool) -> int:
    """How much a schedule adds up to."""
    return len(spans) if brief else sum(end - start for start, end in spans)
