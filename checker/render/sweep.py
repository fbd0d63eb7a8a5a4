"""A sweep as text: for each constraint its steps as a table and as a plot of bars, then each breakpoint."""

from collections.abc import Iterator

from checker.answers import Step, Sweep, Swept
from checker.legible import inert
from checker.limits import limit
from checker.render.layout import FIXED, NARROWEST, columns, fitted, flowed, wrapped

VERDICTS = ("violated", "inconclusive", "pending", "excused", "satisfied")
_MARKS = {"violated": "█", "inconclusive": "?", "pending": "…", "excused": "○", "satisfied": "·"}
_BAR = 40
MAX_TURNED = limit("turned_text")
"""How many of the occasions that turn at one breakpoint are listed."""


def render(sweep: Sweep, width: int = FIXED) -> str:
    """The whole sweep as lines no wider than `width` where words allow, ending with a newline."""
    lines = list(_lines(sweep, max(NARROWEST, width)))
    return "\n".join(inert(line.rstrip()) for line in lines) + "\n"


def _lines(sweep: Sweep, width: int) -> Iterator[str]:
    position = f", position {sweep.rulebook.position}" if sweep.rulebook.position else ""
    yield from wrapped(
        f"{sweep.parameter} = {sweep.value}  ({sweep.rulebook.id} {sweep.rulebook.version}{position})", width, 0, 2
    )
    records = sum(log.records for log in sweep.logs)
    yield from wrapped(
        f"Observed {sweep.observed.from_} to {sweep.observed.until}: {records} records from "
        f"{', '.join(log.name for log in sweep.logs)}", width, 0, 2,
    )  # fmt: skip
    for swept in sweep.constraints:
        yield ""
        yield from _constraint(swept, sweep, width)
    for notice in sweep.notices:
        yield from wrapped(f"- {notice}", width, 0, 2)


def _constraint(swept: Swept, sweep: Sweep, width: int) -> Iterator[str]:
    yield from wrapped(f"{swept.id}  {swept.title}", width, 0, 2)
    yield from wrapped(swept.text, width, 2, 2)
    yield from wrapped(method(swept), width, 2, 2)
    yield ""
    label = max([columns(sweep.parameter), *(columns(step.text) for step in swept.steps)])
    whole = max([1, *(total(step) for step in swept.steps)])
    beside = 4 + label + 2 + min(whole, _BAR) + 2
    for step in swept.steps:
        mark = ">" if step.current else " "
        told = [_bar(step, whole), counts(step)]
        if beside + max(len(counts(step)) for step in swept.steps) <= width:
            yield from flowed([f"{mark} {fitted(step.text, label)}", *told], width, 2, 6)
        else:
            yield from wrapped(f"{mark} {step.text}", width, 2, 6)
            yield from flowed(told, width, 6, 6)
    if any(step.current for step in swept.steps):
        yield from wrapped(f"> the value now, {sweep.value}", width, 4, 6)
    marks = [f"{_MARKS[name]} {name}" for name in VERDICTS if any(getattr(step, name) for step in swept.steps)]
    yield from flowed(marks, width, 4, 4)
    if swept.method == "points":
        return
    yield ""
    if not swept.breakpoints:
        yield "  No breakpoint: the same comes of it whatever the value."
        return
    yield f"  Breakpoint{'' if len(swept.breakpoints) == 1 else 's'}"
    for point in swept.breakpoints:
        if not point.turned:
            yield f"    {point.text}"
        for turned in point.turned[:MAX_TURNED]:
            key = "".join(f", {name} {value}" for name, value in turned.key.items())
            about = f"{turned.subject or 'all'}{key}, {turned.at}"
            turn = f"{word(turned.below)} -> {word(turned.above)}"
            yield from wrapped(f"{point.text:<14}  {about}: {turn}", width, 4, 8)
        if len(point.turned) > MAX_TURNED:
            yield f"    {point.text:<14}  and {len(point.turned) - MAX_TURNED} more"


def method(swept: Swept) -> str:
    """How it was found out, as a sentence."""
    if swept.method == "measured":
        return "From one measurement, compared with each value."
    if swept.method == "points":
        return "Judged again at the values given; nothing is said of those between."
    return f"Judged again at each breakpoint and between, since {swept.why}."


def total(step: Step) -> int:
    """How many occasions there are."""
    return sum(getattr(step, name) for name in VERDICTS)


def _bar(step: Step, whole: int) -> str:
    """One mark for each occasion, or for a share of them where there are many; what is there shows."""
    size = min(whole, _BAR)
    marks = ""
    for name in VERDICTS:
        count = getattr(step, name)
        share = count if whole <= _BAR else -(-count * _BAR // whole)
        marks += _MARKS[name] * share
    return f"{marks[:size]:<{size}}"


def counts(step: Step) -> str:
    """How many occasions came out how."""
    told = [f"{getattr(step, name)} {name}" for name in VERDICTS if getattr(step, name)]
    return ", ".join(told) or "never activated"


def word(verdict: str) -> str:
    """A verdict as it is read."""
    return verdict.replace("_", " ")
