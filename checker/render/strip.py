"""A timeline in text: for each asset what was found, then a row for each named interval that constraints speak of.

It is drawn where it can be read: of at most `ASSETS` assets with at most `MARKS` findings and intervals together.
"""

from collections.abc import Iterator, Sequence

from checker.legible import legible
from checker.limits import limit
from checker.render.axis import ticks
from checker.render.layout import columns, fitted, wrapped
from checker.render.parts import SIGNS, word
from checker.report import Finding, IntervalOf, Report, Timeline
from checker.timeline import format_duration, format_instant, parse_instant

ASSETS = limit("strip_assets")
MARKS = limit("strip_marks")

_WENT_ON, _PERHAPS, _MISSING, _ON = "█", "▒", "░", "─"
_LABEL = 32
"""How wide the names of rows may be."""
_APART = 10
"""How many columns labels of days are apart at least; those of hours, which are longer, five more."""
_OTHERWISE = "--from and --until show a part, --only some constraints, --output html:FILE draws any log"


def strip(report: Report, timeline: Timeline | None, width: int) -> Iterator[str]:
    """The timeline in lines of at most that width, or why there is none."""
    observed = report.observed
    if observed.from_ is None or observed.until is None:
        yield "  Nothing was observed."
        return
    if timeline is None or not timeline.held:
        yield from wrapped(f"The log was not held as a whole, so that it is not drawn here; {_OTHERWISE}.", width, 2, 2)
        return
    drawing = _Drawing(report, timeline, width)
    if drawing.assets > ASSETS or drawing.marks > MARKS or timeline.left_out:
        yield from wrapped(
            f"There is too much for a timeline in text: {drawing.marks:,} findings and intervals of {drawing.assets:,} "
            f"assets (it shows at most {MARKS} of {ASSETS}); {_OTHERWISE}.", width, 2, 2,
        )  # fmt: skip
        return
    yield from drawing.lines()


class _Drawing:
    """What is drawn, and on which scale."""

    def __init__(self, report: Report, timeline: Timeline, width: int) -> None:
        self._gaps = timeline.gaps
        self._start, last = (parse_instant(at or "")[0] for at in (report.observed.from_, report.observed.until))
        self._end = last + 1
        self._findings: dict[str | None, list[tuple[int, int, Finding]]] = {}
        for finding in report.findings:
            if finding.shown and finding.verdict != "satisfied":
                span = parse_instant(finding.from_)[0], parse_instant(finding.until)[0]
                self._findings.setdefault(finding.subject, []).append((*span, finding))
        self._intervals: dict[str | None, dict[str, list[IntervalOf]]] = {}
        for one in timeline.intervals:
            self._intervals.setdefault(one.subject, {}).setdefault(one.name, []).append(one)
        named = {*self._findings, *self._intervals}
        self._subjects = sorted(named, key=lambda subject: (subject is not None, subject or ""))
        self.assets = sum(1 for subject in named if subject is not None)
        self.marks = sum(map(len, self._findings.values())) + sum(
            1 for one in timeline.intervals if one.records or one.subject is not None  # calendars only stand behind
        )  # fmt: skip
        names = [legible(subject or "all") for subject in self._subjects]
        names += [f"  {legible(name)}" for lanes in self._intervals.values() for name in lanes]
        self._label = min(max([8, *map(columns, names)]), _LABEL, width // 3)
        self._cells = width - self._label - 4
        self._used: set[str] = set()

    def _at(self, us: int) -> int:
        """The cell of an instant."""
        share = (min(max(us, self._start), self._end - 1) - self._start) * self._cells
        return share // (self._end - self._start)

    def _cover(self, row: list[str], start: int, end: int, sign: str) -> None:
        """Draw from one instant up to another, at least one cell; nothing of what is not observed."""
        if end < self._start or start >= self._end:
            return
        first = self._at(start)
        last = max(self._at(end - 1), first)  # its end is no part of it
        row[first : last + 1] = sign * (last + 1 - first)

    def _ground(self) -> list[str]:
        """An empty row: where records are missing is shaded."""
        row = [" "] * self._cells
        for gap in self._gaps:
            self._cover(row, gap.start, gap.end, _MISSING)
        return row

    def lines(self) -> Iterator[str]:
        """The axis, the rows, and what the signs say."""
        yield from self._axis()
        for subject in self._subjects:
            found = self._findings.get(subject, [])
            yield self._told(subject or "all", self._found(found))
            for name, intervals in self._intervals.get(subject, {}).items():
                yield self._told(f"  {name}", self._lane(intervals, found))
        yield from self._legend()

    def _told(self, label: str, row: Sequence[str]) -> str:
        self._used.update(row)
        return f"  {fitted(legible(label), self._label)}  {''.join(row)}"

    def _axis(self) -> Iterator[str]:
        """Labels that begin at their instant; a year where it is new, the first one before the row."""
        told = ticks(self._start, self._end, max(2, self._cells // _APART))
        if told and len(told[0][1]) > _APART:  # they tell hours
            told = ticks(self._start, self._end, max(2, self._cells // (_APART + 5)))
        row = [" "] * self._cells
        first = year = format_instant(self._start)[:5]
        free = 0
        for at, text in told:
            cell = self._at(at)
            text, year = text.removeprefix(year), text[:5] if text[4] == "-" else year
            if cell >= free and cell + 1 + len(text) <= self._cells:
                row[cell : cell + 1 + len(text)] = f"|{text}"
                free = cell + len(text) + 2
        yield f"  {fitted(f'UTC {first[:4]}', self._label)}  {''.join(row)}"

    def _found(self, found: Sequence[tuple[int, int, Finding]]) -> list[str]:
        """Where findings begin, each by the sign of its verdict, the worst on top; a line is how long they last."""
        row = self._ground()
        for start, end, _ in found:
            if end > start:
                self._cover(row, start, end, _ON)
        for verdict in reversed(SIGNS):
            for start, _, finding in found:
                if finding.verdict == verdict:
                    self._cover(row, max(start, self._start), max(start, self._start), SIGNS[verdict])
        return row

    def _lane(self, intervals: Sequence[IntervalOf], found: Sequence[tuple[int, int, Finding]]) -> list[str]:
        """What went on, and which part of it was found to be beyond a limit of its own."""
        row = self._ground()
        for one in intervals:
            if one.surely != one.within:
                self._cover(row, *one.within, _PERHAPS)
        for one in intervals:
            if one.surely is not None:
                self._cover(row, *one.surely, _WENT_ON)
        for one in intervals:
            limited = {constraint for _, constraint in one.limits}
            for start, end, finding in found:
                first, last = max(start, one.within[0]), min(end, one.within[1])
                if finding.constraint in limited and finding.verdict == "violated" and first < last:
                    self._cover(row, first, last, SIGNS["violated"])
        return row

    def _legend(self) -> Iterator[str]:
        told = [f"{sign} {word(verdict)}" for verdict, sign in SIGNS.items() if sign in self._used]
        names = ((_ON, "until it ends"), (_WENT_ON, "went on"), (_PERHAPS, "possibly"), (_MISSING, "records missing"))
        told += [f"{sign} {name}" for sign, name in names if sign in self._used]
        told.append(f"one column is about {_about((self._end - self._start) // self._cells)}")
        yield from wrapped("   ".join(told), self._label + self._cells + 4, 2, 2)


def _about(us: int) -> str:
    """A duration in its largest units; shorter than a second it is told as such."""
    for unit in (86_400_000_000, 3_600_000_000, 60_000_000, 1_000_000):
        if us >= 10 * unit:
            return format_duration(us // unit * unit)
    return format_duration(us // 1_000_000 * 1_000_000) if us >= 1_000_000 else "a second or less"
