"""Schedules for what two rules say of each other: by one that keeps the one, the other is broken.

Candidates are made of the limits of the rules that a remark is about, each as far as its limit goes. The program judges
them, and the first that shows the remark is taken; where none does, the remark comes without one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any

from checker.bounds import Number, is_finite
from checker.interval import Where
from checker.limits import limit
from checker.lint.book import Asked, Book, listed
from checker.lint.checks import conflicting, dominated, unsatisfiable
from checker.lint.patterns import together
from checker.lint.reach import longest_of
from checker.lint.remark import Remark, Witness
from checker.lint.witness import ASSET, BRIEF, MOST, START, Span, judge, pair
from checker.measure import (
    Holds,
    Lag,
    Lead,
    Length,
    Level,
    OnEvents,
    OnIntervals,
    Portion,
    Rule,
    Spacing,
    Standing,
    Total,
    Value,
    Window,
    Within,
)
from checker.pattern import Not
from checker.timeline import DAY, SECOND, calendar_window, format_instant, parse_instant

TRIES = limit("schedules_tried")
"""So many schedules are judged for one remark."""
OTHER = "ASSET-2"
FAR = 36_500 * DAY
"""A schedule begins and lasts no further on than this."""
LONGEST = 400 * DAY
"""So long a schedule is at most, but for what one activity takes."""

Log = tuple[list[dict[str, Any]], int]
"""Records, and until when they are observed."""


def shown(book: Book, remark: Remark) -> Remark:
    """The remark with a schedule that shows it, if it has none and one is found."""
    if remark.witness is not None or remark.code not in (conflicting.CODE, dominated.CODE, unsatisfiable.CODE):
        return remark
    about = [asked for asked in book.asked if asked.id in remark.constraints]
    about = [asked for asked in about if remark.rule in (None, asked.at) or asked.id != remark.constraints[0]]
    used = [waiver.on for waiver in book.rulebook.waivers if waiver.id in remark.about]
    prohibited = [asked for asked, _ in book.prohibited if asked.at == remark.rule or (used and asked in about)]
    for rules, alone in ((about, False), (prohibited, True)):
        logs = _logs(book, rules, [*used, *_occasions(rules)])
        for records, until in islice(logs, TRIES if rules else 0):
            found = judge(book, records, rules, until)
            if found is not None and _shows(found, remark, alone):
                kept, broken = (listed([n for n in found if found[n] == of]) for of in ("satisfied", "violated"))
                text = f"it keeps {kept}, and breaks {broken}" if kept else f"it breaks {broken}"
                if format_instant(until) != records[-1]["time"]:
                    text += f"; observed until {format_instant(until)}"
                return replace(remark, witness=Witness(text, (), tuple(records), tuple(sorted(found.items()))))
    return remark


def _shows(found: dict[str, str], remark: Remark, alone: bool) -> bool:
    verdicts = set(found.values())
    if alone:
        return verdicts == {"violated"}
    if remark.code == dominated.CODE:  # what follows from the others is kept, or is not about it at all
        return found[remark.constraints[0]] in ("satisfied", "not_applicable") and "violated" in verdicts
    return verdicts == {"satisfied", "violated"}


def _occasions(rules: Sequence[Asked]) -> Iterator[OnEvents | OnIntervals]:
    """Those of the rules; then those of the one that are none of the other."""
    every = list({repr(asked.rule.on): asked.rule.on for asked in rules}.values())
    yield from every
    for on in every:
        if isinstance(on, OnIntervals) and isinstance(on.spell, Where):
            yield OnIntervals(on.spell._replace(pattern=Not(on.spell.pattern)))
        for other in every:
            if isinstance(on, OnEvents) and isinstance(other, OnEvents) and on is not other:
                yield other._replace(pattern=together(other.pattern, Not(on.pattern)))


def _logs(book: Book, rules: Sequence[Asked], occasions: Sequence[OnEvents | OnIntervals]) -> Iterator[Log]:
    """Every limit on every sort of occasion, then what needs other records beside its occasion."""
    begin = max([START, *(int(asked.rule.start) for asked in rules if START < asked.rule.start < START + FAR)])
    windows = [asked.rule.measure.window for asked in rules if isinstance(asked.rule.measure, Total)]
    horizon = min(max([longest_of(window) for window in windows], default=0), LONGEST)
    for asked in rules:
        for on in occasions:
            for spans, until in _spans(book, asked.rule, isinstance(on, OnEvents), begin, horizon):
                if len(spans) <= MOST:
                    parts = [pair(book, on, *span) for span in spans]
                    yield from _written(parts, until)
                    if _for_each(rules):
                        yield from _written([*parts, *(pair(book, on, *span, asset=OTHER) for span in spans)], until)
    for asked in rules:
        yield from _special(book, asked.rule, begin)


def _for_each(rules: Sequence[Asked]) -> bool:
    """Whether one counts for each asset what another counts for all."""
    return len({measure.per for asked in rules if isinstance(measure := asked.rule.measure, (Total, Level))}) > 1


def _written(parts: Sequence[list[dict[str, Any]] | None], until: int) -> Iterator[Log]:
    found = [record for part in parts if part is not None for record in part]
    if found and None not in parts:
        found.sort(key=lambda record: parse_instant(record["time"])[0])
        last = parse_instant(found[-1]["time"])[0]
        for observed in dict.fromkeys((last, until, last - 1)):  # before the last: what ends then still goes on
            yield found, observed


def _spans(book: Book, rule: Rule, events: bool, begin: int, horizon: int) -> Iterator[tuple[list[Span], int]]:
    """Occasions that reach the limits of a rule exactly, and one that is simply there; until when they are observed."""
    brief = 0 if events else BRIEF
    measure = rule.measure
    for most in _edges(rule):
        if isinstance(measure, Length) or (isinstance(measure, Total) and measure.of == "duration"):
            for more in (0, SECOND):
                yield [(begin, begin + most + more)], begin + most + more
        elif isinstance(measure, Spacing) and measure.along is None:
            many = min(max(2, horizon // (most + brief) + 2), MOST)
            spans = [(at, at + brief) for at in range(begin, begin + many * (most + brief), most + brief)]
            yield spans, spans[-1][1]
        elif isinstance(measure, Total) and measure.of == "count" and 0 < most <= MOST:
            spans, until = _evenly(book, measure.window, most, begin, horizon, brief)
            yield spans, until
    yield [(begin, begin + brief)], begin + brief


def _edges(rule: Rule) -> list[int]:
    """The limits as far as a schedule can reach them; of nothing at all nothing takes place."""
    edges = [edge for edge in (rule.limit.at_least, rule.limit.at_most) if edge is not None]
    return [int(edge) for edge in edges if is_finite(edge) and 1 <= edge < FAR]


def _evenly(book: Book, window: Window, many: int, begin: int, horizon: int, brief: int) -> tuple[list[Span], int]:
    """So many in each window until the horizon, at equal distances."""
    spans: list[Span] = []
    at, until = begin, begin
    while until < begin + max(horizon, 1) and len(spans) <= MOST:
        at, until = until, until + (window.rolling or DAY * many)
        if window.unit is not None:
            at, until = calendar_window(window.unit, window.zone or book.rulebook.zone, at, anchor=window.anchor)
        step = (until - at) // many
        spans += [(at + n * step, at + n * step + min(brief, step)) for n in range(many)]
    return spans, until


def _special(book: Book, rule: Rule, begin: int) -> Iterator[Log]:
    """Answers and notices at their limit, what has to go on beside it, several at once, numbers, what is looked for."""
    measure, on = rule.measure, rule.on
    edges = _edges(rule)
    end = begin if isinstance(on, OnEvents) else begin + BRIEF
    if isinstance(measure, (Lag, Lead)):
        for most in edges or [BRIEF]:
            before = isinstance(measure, Lead)
            at = begin - most if before else end + most
            partner = OnEvents(measure.pattern)
            yield from _written([pair(book, on, begin, end), pair(book, partner, at, at)], max(end, at))
    if isinstance(measure, (Portion, Within)):
        yield from _written(
            [pair(book, OnIntervals(measure.spell), begin, end + 1), pair(book, on, begin, end)], end + 1
        )
    if isinstance(measure, Level) and measure.weight is None:
        for most in edges:
            assets = [f"{ASSET[:-1]}{n + 1}" for n in range(min(most, MOST))]
            yield from _written([pair(book, on, begin, end, asset=asset) for asset in assets], end)
    if isinstance(measure, Value) and isinstance(on, OnEvents):
        for edge in (rule.limit.at_least, rule.limit.at_most):
            yield from _written([pair(book, on, begin, end, {measure.field: _number(edge)})], end)
    if isinstance(measure, Standing) and measure.accept is not None:
        yield from _written([pair(book, OnEvents(together(measure.pattern, measure.accept)), begin, begin)], end)
    if isinstance(measure, Holds) and isinstance(on, OnEvents):
        for pattern in (measure.pattern, Not(measure.pattern)):
            yield from _written([pair(book, OnEvents(together(on.pattern, pattern)), begin, begin)], end)


def _number(value: Number | None) -> int | float | None:
    """As a log has it."""
    return value if value is None or isinstance(value, int) else float(value)
