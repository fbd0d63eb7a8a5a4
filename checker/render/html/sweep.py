"""A sweep as one page that opens offline: for each constraint a step plot, the same as a table, and its breakpoints."""

from itertools import pairwise
from typing import NamedTuple

from checker.answers import Sweep, Swept
from checker.legible import inert
from checker.limits import limit
from checker.render import sweep as words
from checker.render.html import environment, policy, style
from checker.render.parts import SIGNS

MAX_TURNED = limit("turned_html")
"""How many of the occasions that turn at one breakpoint are listed."""

_TALL = 168
"""How tall the columns can be; below them stand the breakpoints."""
_LINE = 15
_LEFT, _RIGHT = 4.0, 99.0
"""Between which per cent of the width the plot lies: it is as wide as there is room, its texts are not stretched."""
_LETTER = 2.0
"""So many per cent of the width a letter takes on a narrow screen."""
_ROWS = 4


class Part(NamedTuple):
    """The occasions of one verdict in a column."""

    verdict: str
    y: str
    height: str
    middle: str
    text: str


class Column(NamedTuple):
    """A stretch of values (or one value), with the occasions by verdict on top of one another."""

    x: str
    width: str
    middle: str
    text: str
    told: str
    parts: list[Part]


class Mark(NamedTuple):
    """A breakpoint on the axis."""

    x: str
    y: int
    anchor: str
    text: str


class Plot(NamedTuple):
    """What is drawn of one constraint; nothing where it was never activated."""

    verdicts: list[str]
    columns: list[Column]
    marks: list[Mark]
    now: str | None
    most: int
    floor: int
    height: int


def render(sweep: Sweep, width: int = 0) -> str:
    """The page; it has no script."""
    made = environment()
    page = made.get_template("sweep.html.j2").render(
        sweep=sweep,
        book=sweep.rulebook,
        plots=[(swept, plot(swept, sweep)) for swept in sweep.constraints],
        most=MAX_TURNED,
        method=words.method,
        word=words.word,
        parts=[("what", "Parameter"), ("constraints", "Constraints"), ("method", "Method")],
        style=made.filters["marked"](style()),
        policy=policy(style()),
    )
    return "\n".join(map(inert, page.split("\n")))


def plot(swept: Swept, sweep: Sweep) -> Plot:
    """The step plot: across the values of the parameter, upwards how many occasions come out how."""
    verdicts = [verdict for verdict in words.VERDICTS if any(getattr(step, verdict) for step in swept.steps)]
    most = max((words.total(step) for step in swept.steps), default=0)
    if not most:
        return Plot(verdicts, [], [], None, 0, _TALL, _TALL)
    spans, now = _across(swept, sweep)
    columns = []
    for (first, last), step in zip(spans, swept.steps, strict=True):
        parts, top = [], float(_TALL)
        for verdict in verdicts:
            count = getattr(step, verdict)
            if count:
                tall = count * _TALL / most
                top -= tall
                text = f"{SIGNS[verdict]} {count}" if tall >= _LINE and last - first >= _LEFT + 3 else ""
                parts.append(Part(verdict, _short(top), _short(tall), _short(top + tall / 2 + 4), text))
        columns.append(
            Column(
                _short(first), _short(last - first), _short((first + last) / 2), step.text, words.counts(step), parts
            )
        )  # fmt: skip
    if swept.method == "points":
        marks = _marks(
            [((first + last) / 2, step.text) for (first, last), step in zip(spans, swept.steps, strict=True)]
        )
    else:
        marks = _marks([(spans[at + 1][0], point.text) for at, point in enumerate(swept.breakpoints)])
    low = max((mark.y for mark in marks), default=_TALL)
    return Plot(verdicts, columns, marks, None if now is None else _short(now), most, _TALL, low + 6)


def _across(swept: Swept, sweep: Sweep) -> tuple[list[tuple[float, float]], float | None]:
    """From where to where each step is drawn (per cent), and where the value now lies."""
    wide = _RIGHT - _LEFT
    if swept.method == "points":  # nothing is said of the values between
        each = wide / len(swept.steps)
        return [(_LEFT + each * (at + 0.15), _LEFT + each * (at + 0.85)) for at in range(len(swept.steps))], None
    now = _value(sweep)
    inner = [float(point.value) for point in swept.breakpoints if point.value is not None]
    known = [*inner, *([now] if now is not None else [])]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    margin = 0.15 * (high - low) or max(abs(high) * 0.15, 1.0)
    least = swept.steps[0].from_
    start = max(low - margin, float(least)) if least is not None else low - margin
    end = high + margin

    def at(value: float) -> float:
        return _LEFT + wide * (value - start) / (end - start)

    edges = [_LEFT, *(at(value) for value in inner), _RIGHT]
    if len(edges) != len(swept.steps) + 1:  # a step that is a single value has no width: all are as wide
        each = wide / len(swept.steps)
        return [(_LEFT + each * n, _LEFT + each * (n + 1)) for n in range(len(swept.steps))], None
    return list(pairwise(edges)), None if now is None else at(now)


def _value(sweep: Sweep) -> float | None:
    """The value now, in the unit of the steps."""
    from checker.timeline import parse_duration

    try:
        return parse_duration(sweep.value) / 1_000_000 if sweep.unit == "s" else float(sweep.value)
    except ValueError:
        return None


def _marks(told: list[tuple[float, str]]) -> list[Mark]:
    """Labels below the plot, each in the first row in which it is clear of the one before it."""
    rows = [-100.0] * _ROWS
    marks = []
    for number, (x, text) in enumerate(told):
        wide = _LETTER * (len(text) + 2)
        close = number + 1 < len(told) and told[number + 1][0] - x < wide / 2  # whose line goes down beside this label
        anchor = "start" if x < wide / 2 else "end" if close or x > 100 - wide / 2 else "middle"
        first = x if anchor == "start" else x - wide if anchor == "end" else x - wide / 2
        at = next((at for at, last in enumerate(rows) if first >= last), None)
        if at is None:
            continue  # there are too many of them: the table has all
        rows[at] = first + wide
        marks.append(Mark(_short(x), _TALL + 4 + _LINE * (at + 1), anchor, text))
    return marks


def _short(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")
