"""Timelines and the heat map, drawn when the page is made: one SVG for the row of each asset, all on one scale.

Across, a drawing is `WIDTH` units wide and is stretched to what room there is; lines keep their width, and a line of
no length with a round end is a dot, so zooming is no more than another view of the same drawing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from markupsafe import Markup, escape

from checker.legible import legible
from checker.limits import limit
from checker.render.axis import DAY, ticks
from checker.render.parts import SIGNS, word
from checker.report import Finding, GapOf, IntervalOf, Report, Timeline
from checker.timeline import format_instant, parse_instant

WIDTH = 100_000
LANE = 18
LANES = {"violated": 3, "inconclusive": 2}
"""So many findings of one verdict and asset stand one below the other at most; of other verdicts one."""
HEAT_COLUMNS = limit("heat_columns")
HEAT_ROWS = limit("heat_rows")
"""So many assets stand in the heat map at most: those with the most findings."""
DENSE = limit("dense")
"""From so many findings on, what they say is told briefly."""
MARKED = limit("marked")
"""Up to so many intervals are marks that tell their records; more are drawn only."""

_SECOND = 1_000_000
_LABELS = 8
"""So many labels an axis has at most."""


class Tick(NamedTuple):
    """A label of the axis: where (per cent), and what it says."""

    at: str
    text: str


class Row(NamedTuple):
    """One asset: its name, how many findings there are by verdict, the names of its lanes, and the drawing."""

    name: str
    counts: dict[str, int]
    lanes: list[str]
    height: int
    svg: Markup


class Cell(NamedTuple):
    """A day (or a longer time) of an asset: how many findings, the worst verdict, and where its row is."""

    findings: int
    verdict: str
    since: int
    until: int


class Heat(NamedTuple):
    """Assets by days, weeks, months or years."""

    unit: str
    columns: list[str]
    rows: list[tuple[str, int, list[Cell | None]]]
    left_out: int
    """How many assets have no row."""
    further: int
    """How many later columns in which something was found are not there."""


class Drawing:
    """What is drawn of a report."""

    def __init__(self, report: Report, timeline: Timeline | None, anchor: Callable[[str], str | None]) -> None:
        self._report, self._anchor = report, anchor
        self.held = timeline is not None and timeline.held
        self.left_out = timeline.left_out if timeline is not None else 0
        self.gaps: list[GapOf] = timeline.gaps if timeline is not None else []
        self._intervals: dict[str, list[IntervalOf]] = {}
        for interval in timeline.intervals if timeline is not None else ():
            self._intervals.setdefault(interval.subject or "", []).append(interval)
        self._findings: dict[str, list[tuple[int, int, Finding]]] = {}
        for finding in report.findings:
            span = _micros(finding.from_), _micros(finding.until)
            self._findings.setdefault(finding.subject or "", []).append((*span, finding))
        self.marked = timeline is None or len(timeline.intervals) <= MARKED
        self._brief = len(report.findings) > DENSE
        observed = report.observed
        if observed.from_ is None or observed.until is None:
            self.start = self.end = 0
        else:
            low, high = _micros(observed.from_), _micros(observed.until)
            margin = max((high - low) // 66, 60 * _SECOND)
            self.start, self.end = low - margin, high + margin
            self.observed = (low, high)
        self.subjects = sorted({*self._intervals, *self._findings}) if self.start < self.end else []
        self._places = {subject: at for at, subject in enumerate(self.subjects)}

    @property
    def scale(self) -> tuple[int, int]:
        """What the drawings span, in milliseconds."""
        return self.start // 1000, self.end // 1000

    def _x(self, us: int) -> str:
        return _short((min(max(us, self.start), self.end) - self.start) * WIDTH / (self.end - self.start))

    # ---- what all rows share ----

    def ticks(self) -> list[Tick]:
        """The labels of the axis."""
        span = self.end - self.start
        return [
            Tick(_short((at - self.start) * 100 / span), text)
            for at, text in ticks(self.start, self.end, _LABELS)
            if (at - self.start) * 100 < 93 * span  # one at the very end would be cut off
        ]

    def shared(self) -> Markup:
        """What stands in every row: the grid, where nothing was observed, and where records are missing."""
        lines = "".join(f"M{_short(float(tick.at) * WIDTH / 100)} -9V4000" for tick in self.ticks())
        low, high = self.observed
        beyond = f"M0 -9H{self._x(low)}V4000H0ZM{self._x(high)} -9H{WIDTH}V4000H{self._x(high)}Z"
        shades = "".join(f"M{self._x(g.start)} -9H{self._x(g.end)}V4000H{self._x(g.start)}Z" for g in self.gaps)
        return Markup(
            '<g id="back"><path class="beyond" d="{}"/><path class="grid" d="{}"/><path class="gap" d="{}"/></g>'
        ).format(beyond, lines, shades)

    def missing(self) -> Markup:
        """The row of gaps: each a mark that says what is missing."""
        parts = []
        for gap in self.gaps:
            count = "records" if gap.missing is None else f"{gap.missing} record{'' if gap.missing == 1 else 's'}"
            source = f" of source {gap.source}" if gap.source is not None else ""
            told = f"{count}{source} missing ({gap.reason})"
            parts.append(self._mark("gapmark", gap.start, gap.end, _middle(0), (told, _span(gap.start, gap.end))))
        return Markup("".join(parts))  # noqa: S704 - of marks, whose texts are escaped

    # ---- rows ----

    def rows(self) -> Iterator[Row]:
        """The rows in the order of the assets' names; what is about no single asset comes first."""
        for subject in self.subjects:
            yield self._row(subject, self._findings.get(subject, []), self._intervals.get(subject, []))

    def _row(self, subject: str, findings: Sequence[tuple[int, int, Finding]], intervals: Sequence[IntervalOf]) -> Row:
        counts: dict[str, int] = {}
        for _, _, finding in findings:
            counts[finding.verdict] = counts.get(finding.verdict, 0) + 1
        parts: list[str] = []
        lanes = 1
        for lane, (start, end, finding) in _laid(findings, (self.end - self.start) // 60):
            lanes = max(lanes, lane + 1)
            parts.append(self._finding(start, end, finding, _middle(lane)))
        names = [""] * lanes
        for interval in intervals:
            if not names or names[-1] != interval.name:
                names.append(interval.name)
                if not self.marked:
                    parts.append(self._lane([i for i in intervals if i.name == interval.name], _middle(len(names) - 1)))
            if self.marked:
                over = [(s, e) for s, e, f in findings if any(f.constraint == c for _, c in interval.limits)]
                parts.append(self._interval(interval, over, _middle(len(names) - 1)))
        drawn = Markup("".join(parts))  # noqa: S704 - of marks, whose texts are escaped
        return Row(subject or "all", counts, names, len(names) * LANE, drawn)

    def _finding(self, start: int, end: int, finding: Finding, y: int) -> str:
        sign = SIGNS[finding.verdict]
        when = _span(start, end)
        told: tuple[str, ...] = (f"{sign} {finding.constraint} {word(finding.verdict)}", when)
        if not self._brief:
            told += tuple(f"{w.log}:{w.line} {w.type} ({w.role})" for w in finding.witnesses[:4])
        return self._mark(finding.verdict, start, end, y, told, self._anchor(finding.id))

    def _interval(self, interval: IntervalOf, over: Iterable[tuple[int, int]], y: int) -> str:
        first, last = interval.within
        name = f"{interval.name} {interval.key}".strip()
        when = f"{_span(first, last)}{', still going on' if interval.going_on else ''}"
        unsure = interval.surely != interval.within and not (interval.going_on and interval.surely is not None)
        told = [name, f"{when}{' at most' if unsure else ''}"]
        seen = {(w.log, w.line): w for w in interval.records}
        told += [f"{w.log}:{w.line} {w.type}" for w in seen.values()]
        told += [f"limit of {constraint} {format_instant(at)}" for at, constraint in interval.limits]
        drawn = [f'<path class="maybe" d="M{self._x(first)} {y}H{self._x(last)}"/>']
        if interval.surely is not None:
            begun, ended = (self._x(at) for at in interval.surely)
            drawn = drawn if unsure else []
            drawn.append(f'<path class="sure" d="M{begun} {y}H{ended}"/><path class="begun" d="M{begun} {y - 5}v10"/>')
        for start, end in over:
            if first <= start <= last:
                drawn.append(f'<path class="over" d="M{self._x(start)} {y}H{self._x(end)}"/>')
        for at, _ in interval.limits:
            if self.start <= at <= self.end:
                x = self._x(at)
                drawn.append(f'<path class="reach" d="M{self._x(min(at, last))} {y}H{x}"/>')
                drawn.append(f'<path class="limit" d="M{x} {y - 7}v14"/>')
        return self._group("iv", told, "".join(drawn))

    def _lane(self, intervals: Sequence[IntervalOf], y: int) -> str:
        """All intervals of a lane as one drawing, where there are too many for marks that say more."""
        spans = {
            "maybe": [one.within for one in intervals if one.surely != one.within],
            "sure": [one.surely for one in intervals if one.surely is not None],
        }
        paths = {kind: "".join(f"M{self._x(a)} {y}H{self._x(b)}" for a, b in found) for kind, found in spans.items()}
        ends = [at for one in intervals for at, _ in one.limits if self.start <= at <= self.end]
        paths["begun"] = "".join(f"M{self._x(one.within[0])} {y - 5}v10" for one in intervals)
        paths["limit"] = "".join(f"M{self._x(at)} {y - 7}v14" for at in ends)
        drawn = "".join(f'<path class="{kind}" d="{path}"/>' for kind, path in paths.items() if path)
        return f'<g class="iv">{drawn}</g>'

    def _mark(self, kind: str, start: int, end: int, y: int, told: Sequence[str], anchor: str | None = None) -> str:
        x = self._x(start)
        drawn = f'<path class="dot" d="M{x} {y}h0"/>'
        if end > start:
            drawn = f'<path d="M{x} {y}H{self._x(end)}"/>' + drawn
        return self._group(kind, told, drawn, anchor)

    def _group(self, kind: str, told: Sequence[str], drawn: str, anchor: str | None = None) -> str:
        """A mark: what it tells is all that comes from a log, and is escaped here."""
        title = escape(legible("; ".join(told)))
        if anchor is None:
            return f'<g class="m {kind}" role="img"><title>{title}</title>{drawn}</g>'
        if self._brief:  # a name that is no element: of ten thousand marks each node counts
            return f'<a class="m {kind}" href="#{anchor}" aria-label="{title}">{drawn}</a>'
        return f'<a class="m {kind}" href="#{anchor}"><title>{title}</title>{drawn}</a>'

    # ---- the heat map ----

    def heat(self) -> Heat | None:
        """Assets by days, as coarse as it takes; None where there is nothing to show."""
        if not self._findings or not self.subjects:
            return None
        low, high = (_date(at) for at in self.observed)
        unit, begin, after = next(
            one for one in _BINS if (high - low).days <= one[3] * HEAT_COLUMNS or one is _BINS[-1]
        )[:3]  # fmt: skip
        columns = [begin(low)]
        while len(columns) < 12_000 and columns[-1] < date(9990, 1, 1) and (following := after(columns[-1])) <= high:
            columns.append(following)
        starts = [_midnight(day) for day in columns]
        ends = [*starts[1:], self.end]
        subjects = sorted(self._findings, key=lambda one: (-len(self._findings[one]), one))[:HEAT_ROWS]
        rows = []
        for subject in sorted(subjects):
            cells: list[Cell | None] = [None] * len(columns)
            for start, end, finding in self._findings[subject]:
                for at in _touched(starts, start, end):
                    known = cells[at]
                    if known is None:
                        cells[at] = Cell(1, finding.verdict, starts[at] // 1000, ends[at] // 1000)
                    else:
                        worse = min(known.verdict, finding.verdict, key=_RANKS.__getitem__)
                        cells[at] = known._replace(findings=known.findings + 1, verdict=worse)
            rows.append((subject or "all", self._places[subject], cells))
        further = 0
        if len(columns) > HEAT_COLUMNS:  # many years: only those in which something was found
            kept = [at for at in range(len(columns)) if any(cells[at] for _, _, cells in rows)]
            kept, further = kept[: 2 * HEAT_COLUMNS], len(kept[2 * HEAT_COLUMNS :])
            columns = [columns[at] for at in kept]
            rows = [(name, place, [cells[at] for at in kept]) for name, place, cells in rows]
        told = [day.isoformat()[: {"year": 4, "month": 7}.get(unit, 10)] for day in columns]
        return Heat(unit, told, rows, len(self._findings) - len(rows), further)


_RANKS = {verdict: rank for rank, verdict in enumerate(SIGNS)}


def _month_after(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1)


def _monday(day: date) -> date:
    return day - timedelta(days=min(day.weekday(), day.toordinal() - 1))


_BINS: tuple[tuple[str, Callable[[date], date], Callable[[date], date], int], ...] = (
    ("day", lambda day: day, lambda day: day + timedelta(days=1), 1),
    ("week", _monday, lambda day: day + timedelta(days=7), 7),
    ("month", lambda day: day.replace(day=1), _month_after, 30),
    ("year", lambda day: day.replace(month=1, day=1), lambda day: date(day.year + 1, 1, 1), 365),
)  # fmt: skip
"""How fine a heat map can be: the name, where a day's begins, where the next begins, and about how many days it has."""


def _touched(starts: Sequence[int], start: int, end: int) -> range:
    """Which columns a span touches; a span that ends as one begins does not touch it."""
    from bisect import bisect_left, bisect_right

    first = max(bisect_right(starts, start) - 1, 0)
    return range(first, max(bisect_left(starts, end), first + 1))


def _laid(findings: Sequence[tuple[int, int, Finding]], apart: int) -> Iterator[tuple[int, tuple[int, int, Finding]]]:
    """Each finding with a lane in which it covers none before it, as long as there are lanes; the worst come first."""
    below = 0
    for verdict in SIGNS:
        most = LANES.get(verdict, 1)
        free: list[int] = []
        chosen = [one for one in findings if one[2].verdict == verdict]
        for one in sorted(chosen, key=lambda one: (one[0], one[1], one[2].id)):
            lane = next((at for at, until in enumerate(free) if until <= one[0]), None)
            if lane is None:
                lane = len(free) if len(free) < most else min(range(most), key=free.__getitem__)
            if lane == len(free):
                free.append(one[0])
            free[lane] = max(one[1], free[lane]) + apart
            yield below + lane, one
        below += len(free)


def _middle(lane: int) -> int:
    return lane * LANE + LANE // 2


def _span(start: int, end: int) -> str:
    told = [format_instant(at) for at in (start, end)]
    return told[0] if start == end else f"{told[0]} to {told[1]}"


def _micros(text: str) -> int:
    return parse_instant(text)[0]


def _date(us: int) -> date:
    return date.fromisoformat(format_instant(us)[:10])


def _midnight(day: date) -> int:
    return (day.toordinal() - date(1970, 1, 1).toordinal()) * DAY


def _short(number: float) -> str:
    """A coordinate in as few signs as it takes."""
    return f"{number:.2f}".rstrip("0").rstrip(".")
