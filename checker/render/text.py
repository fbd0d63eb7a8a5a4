"""Text: for a person at a terminal. The verdict first, then findings by group, each with its norm, fact and records."""

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice

from checker.legible import MAX_SHOWN, inert, legible
from checker.limits import limit
from checker.render.layout import FIXED, NARROWEST, columns, flowed, row, wrapped
from checker.render.parts import (
    NEVER,
    SIGNS,
    about,
    by_verdict,
    counted,
    fact,
    main_place,
    many,
    of_sorts,
    sentence,
    sorts_of,
    span,
    word,
)
from checker.report import Because, ConditionOf, ConstraintOf, Finding, Report, Sort, Timeline, WitnessOf

_COLOURS = {"violated": "31", "inconclusive": "33", "pending": "36", "excused": "35", "satisfied": "32"}

_SECTIONS = (
    ("violated", "Limits not kept"),
    ("inconclusive", "What cannot be concluded"),
    ("pending", "What is not yet due"),
    ("excused", "What is excused"),
    ("satisfied", "Limits kept"),
)

STATUS = {
    0: "no limit was broken in what the logs cover",
    1: "at least one limit was not kept",
    2: "the check could not be made",
    3: "no limit was broken, but something could not be concluded or is not yet due",
}
"""What each exit status says."""

NO_DETERMINATION = (
    "From the findings of this check, by rules that the rulebook declares. It changes no verdict and is no "
    "determination, which is for a named authority to make."
)
"""What an assessment is, and is not."""

MAX_WITNESSES = limit("text_witnesses")
NEAREST_SHOWN = limit("text_nearest")


def render(
    report: Report,
    width: int = FIXED,
    colour: bool = False,
    timeline: Timeline | None = None,
    *,
    drawn: bool = False,
) -> str:
    """The whole report as lines no wider than `width` where words allow, ending with a newline.

    With `drawn` there is a timeline too, if little enough went on.
    """
    return "".join(pieces(report, width, colour, timeline, drawn=drawn))


def pieces(
    report: Report,
    width: int = FIXED,
    colour: bool = False,
    timeline: Timeline | None = None,
    *,
    drawn: bool = False,
) -> Iterator[str]:
    """The same piece by piece: of findings, however many, only a few are held."""
    page = _Page(max(NARROWEST, width), colour)
    lines = chain(
        _head(report, page),
        _timeline(report, timeline, page) if drawn else (),
        _findings(report, page),
        _hidden(report, page),
        _waivers(report, page),
        _assessments(report, page),
        _nearest(report, page),
        _constraints(report, page),
        _rejected(report, page),
        _corrections(report, page),
        _notices(report, page),
        _foot(report, page),
    )
    while some := list(islice(lines, _LINES)):
        yield "".join(f"{inert(line.rstrip())}\n" for line in some)


_LINES = 1000
"""So many lines are a piece."""


class _Page:
    def __init__(self, width: int, colour: bool) -> None:
        self.width = width
        self._colour = colour

    def paint(self, text: str, verdict: str) -> str:
        code = _COLOURS.get(verdict)
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour and code else text

    def strong(self, text: str) -> str:
        return f"\x1b[1m{text}\x1b[0m" if self._colour else text

    def wrap(self, text: str, indent: int, hanging: int | None = None) -> list[str]:
        return wrapped(text, self.width, indent, indent if hanging is None else hanging)

    def flow(self, parts: Sequence[str], indent: int, hanging: int | None = None) -> list[str]:
        return flowed(parts, self.width, indent, indent + 2 if hanging is None else hanging)

    def headed(self, sign: str, verdict: str, parts: Sequence[str], indent: int) -> Iterator[str]:
        """Parts in lines, after a sign; the sign and the first part stand out."""
        first, *rest = self.flow(parts, indent + 2, indent + 4)
        head = legible(parts[0])
        yield f"{' ' * indent}{self.paint(sign, verdict)} {self.strong(head)}{first[indent + 2 + len(head) :]}"
        yield from rest


def _head(report: Report, page: _Page) -> Iterator[str]:
    book = report.rulebook
    yield page.paint(page.strong(f"{SIGNS[report.verdict]} {word(report.verdict).upper()}"), report.verdict)
    position = f", position {book.position}" if book.position else ""
    yield from page.wrap(f"{book.title} (version {book.version}{position})", 2)
    if report.observed.from_ is None:
        yield "  Nothing was observed: the logs hold no record. An empty log shows nothing."
    else:
        records = sum(log.records for log in report.logs)
        logs = ", ".join(log.name for log in report.logs[:3]) + (", …" if len(report.logs) > 3 else "")
        span = f"{report.observed.from_} to {report.observed.until}"
        if report.as_of is not None:
            span += f", as of {report.as_of}"
        yield from page.wrap(f"Observed {span}: {many(records, 'record')} from {logs}", 2)
    yield from page.wrap(sentence(report, "the time above"), 2)
    yield ""


def _timeline(report: Report, timeline: Timeline | None, page: _Page) -> Iterator[str]:
    from checker.render.strip import strip

    yield page.strong("Timeline")
    yield from strip(report, timeline, page.width)
    yield ""


def _findings(report: Report, page: _Page) -> Iterator[str]:
    constraints = {constraint.id: constraint for constraint in report.constraints}
    for verdict, title in _SECTIONS:
        group = told = None
        for finding in of_sorts(report.findings, partial(_is_shown, verdict)):
            if told is None:
                yield page.strong(title)
            constraint = constraints[finding.constraint]
            if constraint.group != group:
                group = constraint.group
                yield ""
                yield f"  {legible(group)}"
            if told != constraint.id:
                told = constraint.id
                yield from _norm(constraint, page)
            yield from _finding(finding, constraint, page)
        if told is not None:
            yield ""


def _is_shown(verdict: str, sort: Sort) -> bool:
    return sort.shown and sort.verdict == verdict


def hidden(report: Report) -> Iterator[tuple[str, list[str]]]:
    """What no record shows and gaps may hide, gap by gap: a sentence, and the constraints with the records asked."""
    gaps: dict[tuple[str, str | None, str | None], list[str]] = {}
    for finding in of_sorts(report.findings, lambda sort: not sort.shown):
        place = finding.missing[0] if finding.missing else None
        types = ", ".join(place.types or ["any record"]) if place else "any record"
        source = f"source {place.source}" if place and place.source else "any source"
        span = (source, place.from_ if place else None, place.until if place else None)
        named = f"{finding.constraint} ({types})"
        if named not in gaps.setdefault(span, []):
            gaps[span].append(named)
    for (source, since, until), told in gaps.items():
        when = f"between {since} and {until}" if since and until else f"after {since}" if since else "at any time"
        sentence = (
            f"Missing of {source} {when}. No record shows a breach there of the following; a record of the type named "
            "might: the missing ones, or the certainty that there was none, would decide it."
        )
        yield sentence, told


def _hidden(report: Report, page: _Page) -> Iterator[str]:
    gaps = list(hidden(report))
    if not gaps:
        return
    yield page.strong("What missing records may hide")
    for told, named in gaps:
        yield ""
        yield from page.wrap(told, 2)
        yield from page.wrap("; ".join(named), 4)
    yield ""


def _norm(constraint: ConstraintOf, page: _Page) -> Iterator[str]:
    yield ""
    yield from _title(f"{constraint.id}  {constraint.title}", constraint.severity, page)
    yield from page.wrap(constraint.text, 4)


def _title(head: str, severity: str | None, page: _Page) -> Iterator[str]:
    """The head of what follows; its severity, if it has one, does not stand out."""
    *lines, last = page.wrap(head, 2, 4)
    yield from map(page.strong, lines)
    more = f"  ({severity})" if severity else ""
    if columns(last) + len(more) <= page.width:
        yield page.strong(last) + more
    else:
        yield page.strong(last)
        yield f"    {more.lstrip()}"


def _finding(finding: Finding, constraint: ConstraintOf, page: _Page) -> Iterator[str]:
    parts = [about(finding), span(finding), f"[{finding.id}]"]
    yield from page.headed(SIGNS[finding.verdict], finding.verdict, parts, 4)
    yield from page.wrap(fact(finding, constraint), 6)
    if finding.evidence is not None:
        yield from page.wrap(f"To decide it: {finding.evidence}.", 6)
    if finding.verdict == "pending":
        yield from page.wrap(again(finding), 6)
    for witness in finding.witnesses[:MAX_WITNESSES]:
        yield from _witness(witness, page)
    if len(finding.witnesses) > MAX_WITNESSES:
        yield f"        and {many(len(finding.witnesses) - MAX_WITNESSES, 'more record')}"


def again(finding: Finding) -> str:
    """How to ask once it is due: an answer at the very instant it is due would still be in time."""
    if finding.due is None:
        return "Ask again with a later --as-of."
    from checker.timeline import MAX_INSTANT, format_instant, parse_instant

    second = 1_000_000
    after = (parse_instant(finding.due)[1] // second + 1) * second
    return f"Ask again with --as-of {format_instant(min(after, MAX_INSTANT))} or later."


def _witness(witness: WitnessOf, page: _Page) -> list[str]:
    return page.flow([f"{witness.log}:{witness.line}", witness.time, witness.type, f"({witness.role})"], 8)


STATES = {
    "used": "○ stands",
    "provisional": "… stands provisionally",
    "partly": "✗ stands for a part of the time",
    "revived": "✗ does not stand",
    "inconclusive": "? cannot be concluded",
    "unused": "– not used",
    "expired": "✗ expired",
    "refused": "✗ refused",
}


def _waivers(report: Report, page: _Page) -> Iterator[str]:
    """The audit: each exception that was claimed, each waiver of a finding that was given, and what became of it."""
    claimed = [waiver for waiver in report.waivers if waiver.witnesses or waiver.kind == "file"]
    if not claimed:
        return
    yield page.strong("Exceptions and waivers")
    for waiver in claimed:
        yield ""
        yield from _title(f"{waiver.id}  {waiver.title}".rstrip(), None, page)
        if waiver.from_ is not None or waiver.subject is not None:
            span = waiver.from_ if waiver.from_ == waiver.until else f"{waiver.from_} to {waiver.until or '…'}"
            yield from page.flow([waiver.subject or "all", span or ""], 4)
        note = f": {waiver.note}" if waiver.note else ""
        yield from page.wrap(f"{STATES[waiver.state]}{note}.", 4, 6)
        if waiver.kind == "file":
            since = f"from {waiver.granted} " if waiver.granted else ""
            yield from page.wrap(f"{waiver.approver}, {since}until {waiver.expires}: {waiver.reason}", 6)
            yield legible(f"        {waiver.log}:{waiver.line}")
        for when in ("precedent", "subsequent"):
            told = [f"{c.constraint} {condition(c)}" for c in waiver.conditions if c.when == when]
            if told:
                yield from page.wrap(f"{when:<11} {'; '.join(told)}", 6, 18)
        for label, named in (
            ("excused", waiver.excused), ("open", waiver.open), ("stands", waiver.revived),
            ("left out of", waiver.left_out_of),
        ):  # fmt: skip
            if named and waiver.kind != "file":
                yield from page.wrap(f"{label:<11} {', '.join(named)}", 6, 18)
        for witness in waiver.witnesses[:MAX_WITNESSES]:
            yield from _witness(witness, page)
    yield ""


def condition(one: ConditionOf) -> str:
    """How a condition of a waiver stands, in a few words."""
    if one.verdict == "not_applicable":
        return "not asked"
    return f"{one.verdict}, due {one.due}" if one.due else one.verdict


def _assessments(report: Report, page: _Page) -> Iterator[str]:
    """What follows from the findings, rule by rule, each with the trail down to findings and records."""
    if not report.assessments:
        return
    yield page.strong("What follows by declared rules")
    yield from page.wrap(NO_DETERMINATION, 2)
    trail = Trail(report)
    rule = None
    for assessment in report.assessments:
        if assessment.rule != rule:
            rule = assessment.rule
            yield ""
            yield from _title(f"{rule}  {assessment.title}", assessment.severity, page)
            yield from page.wrap(assessment.norm, 4)
        yield from page.headed("→", "", [assessment.subject or "all", span(assessment), f"[{assessment.id}]"], 4)
        yield from page.wrap(assessment.text + (f" Due {assessment.due}." if assessment.due else ""), 6)
        for because in assessment.because[:MAX_WITNESSES]:
            yield from trail.told(because, page)
        if len(assessment.because) > MAX_WITNESSES:
            yield f"        and {many(len(assessment.because) - MAX_WITNESSES, 'more fact')}"
    yield ""


class Trail:
    """The facts that assessments rest on, down to findings and records."""

    def __init__(self, report: Report) -> None:
        named = {one.id for given in report.assessments for one in given.because if one.sort == "finding"}
        self._findings = {finding.id: finding for finding in report.findings if finding.id in named}
        self._assessments = {assessment.id: assessment for assessment in report.assessments}

    def told(self, because: Because, page: _Page) -> Iterator[str]:
        """A fact in a line; of another assessment also the findings that it rests on in the end."""
        about = [because.subject or "all", because.from_, f"[{because.id}]"]
        if because.sort == "assessment":
            yield from page.flow([f"because {self._assessments[because.id].title}", *about], 8)
            findings = self.down_to(because.id)
            parts = [f"{f.constraint} {main_place(f)}".rstrip() for f in findings[:MAX_WITNESSES]]
            if len(findings) > MAX_WITNESSES:
                parts.append(f"{len(findings) - MAX_WITNESSES} more")
            yield from _listed([legible(part) for part in parts], page)
        elif because.sort == "finding":
            finding = self._findings[because.id]
            head = [f"because {finding.constraint}", finding.verdict]
            yield from page.flow([*head, *about, main_place(finding)], 8)
        else:
            yield from page.flow([f"because {because.sort}", *about], 8)

    def down_to(self, name: str) -> list[Finding]:
        """The findings below an assessment, each once, however many ways lead to it."""
        found: dict[str, None] = {}
        seen = {name}
        pending = [name]
        while pending:
            for because in self._assessments[pending.pop()].because:
                if because.sort == "assessment" and because.id not in seen:
                    seen.add(because.id)
                    pending.append(because.id)
                elif because.sort == "finding":
                    found[because.id] = None
        findings = [self._findings[one] for one in found]
        return sorted(findings, key=lambda f: (f.from_, f.constraint, f.id))


def _listed(parts: Sequence[str], page: _Page) -> Iterator[str]:
    """Parts one after the other, none of them broken."""
    line = "          for "
    for number, part in enumerate(parts):
        told = part + ("," if number + 1 < len(parts) else "")
        if number and columns(line) + columns(told) > page.width:
            yield line.rstrip()
            line = " " * 14
        line += f"{told} "
    yield line.rstrip()


def _nearest(report: Report, page: _Page) -> Iterator[str]:
    """Passes with the least to spare: of durations only, for counts at their limit are not near misses by nature."""
    passed = [
        (c.nearest.margin, c) for c in report.constraints
        if c.nearest is not None and c.nearest.unit == "s" and c.nearest.margin is not None and c.violated == 0
    ]  # fmt: skip
    if not passed:
        return
    yield page.strong("Kept with the least to spare")
    for margin, constraint in sorted(passed, key=lambda pair: (pair[0], pair[1].id))[:NEAREST_SHOWN]:
        assert constraint.nearest is not None  # noqa: S101 - chosen just above
        who = constraint.nearest.subject or "all"
        yield from page.flow([f"{constraint.id:<6} {_duration(margin):>16}", f"{who}, {constraint.nearest.at}"], 2, 6)
    yield ""


def _duration(seconds: float) -> str:
    from checker.timeline import format_duration

    return format_duration(round(seconds * 1_000_000))


def _constraints(report: Report, page: _Page) -> Iterator[str]:
    yield page.strong("Constraints")
    listed = [c for c in report.constraints if c.verdict != "not_applicable"]
    told = [_occasions(constraint) for constraint in listed]
    ids = min(max((columns(c.id) for c in listed), default=2), page.width // 3)
    titles = max((columns(c.title) for c in listed), default=0)
    titles = max(16, min(titles, 44, page.width - ids - 8 - max(map(len, told), default=0)))
    widths = (ids, titles, page.width - ids - titles - 8)
    for constraint, counts in zip(listed, told, strict=True):
        sign = page.paint(SIGNS[constraint.verdict], constraint.verdict)
        first, *rest = row((constraint.id, constraint.title, counts), widths)
        yield f"  {sign} {first}"
        yield from (f"    {line}" for line in rest)
    idle = [c.id for c in report.constraints if c.verdict == "not_applicable"]
    if idle:
        yield from page.wrap(f"{SIGNS['not_applicable']} {NEVER}: {', '.join(idle)}", 2, 4)
    yield ""


def _occasions(constraint: ConstraintOf) -> str:
    names = ("violated", "inconclusive", "pending", "excused", "satisfied")
    return ", ".join(f"{getattr(constraint, name)} {name}" for name in names if getattr(constraint, name))


def _rejected(report: Report, page: _Page) -> Iterator[str]:
    if not report.rejected:
        return
    yield page.strong("Records that could not be read; the check went on without them")
    for reject in report.rejected:
        place = f"{reject.log}:{reject.line}" + (f":{reject.column}" if reject.column else "")
        yield from page.wrap(f"{place}  {reject.reason}", 2, 6)
    yield ""


def _corrections(report: Report, page: _Page) -> Iterator[str]:
    if not report.corrections:
        return
    yield page.strong("Corrections: both records stay, and the corrected fields are judged")
    for one in report.corrections:
        before, after = (_value(text) for text in (one.from_, one.to))
        by = f"{one.by.log}:{one.by.line}"
        told = f"{one.record.log}:{one.record.line}  {one.record.type}  `{one.field}`: {before} -> {after}, by {by}"
        yield from page.wrap(told, 2, 6)
    yield ""


def _value(text: str | None) -> str:
    if text is None:
        return "none"
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def _notices(report: Report, page: _Page) -> Iterator[str]:
    if not report.notices:
        return
    yield page.strong("To be noted")
    for notice in report.notices:
        yield from page.wrap(f"- {notice}", 2, 4)
    yield ""


def _foot(report: Report, page: _Page) -> Iterator[str]:
    total = by_verdict(sorts_of(report.findings))
    found = ", ".join(f"{total[v]} {v}" for v in ("violated", "inconclusive", "pending"))
    found += f", {total['excused']} excused" if total["excused"] else ""
    rows = counted(constraint.verdict for constraint in report.constraints)
    listed = ", ".join(f"{rows[v]} {word(v)}" for v in SIGNS if v in rows)
    yield from page.wrap(f"Findings: {found}. Constraints: {listed or 'none'}.", 0)
