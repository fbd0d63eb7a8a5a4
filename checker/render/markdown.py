"""Markdown as GitHub reads it: a summary for `$GITHUB_STEP_SUMMARY` or a comment on a pull request.

Nothing from a log or a rulebook becomes mark-up, a link or a mention. It stays within what a comment may hold: breaches
come first, then the severest, and what is left out is counted.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from checker.legible import legible
from checker.limits import limit
from checker.render.parts import (
    SIGNS,
    about,
    by_verdict,
    counted,
    covered,
    fact,
    main_witness,
    many,
    ranked,
    sentence,
    sorts_of,
    span,
    word,
)
from checker.report import AssessmentOf, ConstraintOf, Finding, RejectedOf, Report

MOST_CHARACTERS = limit("markdown_characters")
"""GitHub takes comments of 65,536 characters."""
MOST_FINDINGS = limit("markdown_findings")
"""More never fit."""
MOST_TEXT = limit("markdown_text")
"""How much of one text is shown."""

_TITLES = {
    "violated": "Limits not kept",
    "inconclusive": "What cannot be concluded",
    "pending": "What is not yet due",
    "excused": "What is excused",
    "satisfied": "Limits kept",
}


def render(report: Report) -> str:
    """The verdict, the counts, the constraints with something to tell, then the findings."""
    page = _Page()
    for line in _head(report):
        page.add(line)
    _constraints(report, page)
    _findings(report, page)
    for title, listed, told in (
        ("What follows by declared rules; no determination", report.assessments, _assessment),
        ("Records that could not be read", report.rejected, _unread),
        ("To be noted", report.notices, escaped),
    ):
        _listed(title, listed, told, page)
    return "\n".join(page.lines) + "\n"


class _Page:
    """Lines, as many as there is room for."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._left = MOST_CHARACTERS

    def add(self, *lines: str) -> bool:
        """Add them all, or none where they do not fit."""
        size = sum(len(line) + 1 for line in lines)
        if size > self._left:
            return False
        self._left -= size
        self.lines += lines
        return True

    def keep(self, size: int) -> None:
        """Leave room for what must come after; or, with a negative size, give it free again."""
        self._left -= size


def escaped(text: str) -> str:
    """The text as it is, in Markdown: legible, no mark-up, no link, no mention, and not without end."""
    told = legible(text if len(text) <= MOST_TEXT else text[: MOST_TEXT - 1] + "…")
    made = "".join(_ESCAPES.get(char, char) for char in told)
    return made.replace("://", ":&#8203;//").replace("www.", "www&#8203;.")


_ESCAPES = {char: "\\" + char for char in "\\`*_{}[]()!|~"} | {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    "$": "<span>$</span>",  # else two of them enclose a formula
    "@": "@&#8203;",  # a mention would notify whoever is so called
    "#": "#&#8203;",  # nor shall another issue be told of this
}


def _head(report: Report) -> Iterator[str]:
    book = report.rulebook
    yield f"## {SIGNS[report.verdict]} {word(report.verdict).capitalize()}"
    yield ""
    yield escaped(sentence(report))
    yield ""
    position = f", position {book.position}" if book.position else ""
    yield f"- **Rulebook:** {escaped(book.title)} {escaped(f'(version {book.version}{position})')}"
    if report.observed.from_ is None:
        yield "- **Observed:** nothing: the logs hold no record. An empty log shows nothing."
    else:
        as_of = f", as of {report.as_of}" if report.as_of is not None else ""
        records = many(sum(log.records for log in report.logs), "record")
        yield f"- **Observed:** {covered(report)}{as_of}, {records}"
    for log in report.logs[:_MOST_LOGS]:
        yield f"- **Log:** {escaped(log.name)} {escaped(f'({log.digest})')}"
    if len(report.logs) > _MOST_LOGS:
        yield f"- and {many(len(report.logs) - _MOST_LOGS, 'more log')}"
    yield ""
    findings = by_verdict(sorts_of(report.findings))
    rows = counted(constraint.verdict for constraint in report.constraints)
    yield "| verdict | findings | constraints |"
    yield "|---|---:|---:|"
    for verdict in SIGNS:
        if verdict in findings or verdict in rows:
            told = f"{findings[verdict]:,}" if verdict in findings else ""
            yield f"| {SIGNS[verdict]} {word(verdict)} | {told} | {rows.get(verdict, 0):,} |"


_MOST_LOGS = limit("markdown_logs")
_MOST_CONSTRAINTS = limit("markdown_constraints")
_MOST_LISTED = limit("markdown_listed")


def _constraints(report: Report, page: _Page) -> None:
    """The constraints that are not just satisfied, with how many occasions came out how."""
    told = [one for one in report.constraints if one.verdict not in ("satisfied", "not_applicable")]
    if not told:
        return
    page.add("", "| | constraint | severity | occasions |", "|---|---|---|---|")
    told.sort(key=lambda one: list(SIGNS).index(one.verdict))
    for number, one in enumerate(told):
        counts = ", ".join(f"{getattr(one, verdict):,} {verdict}" for verdict in SIGNS if getattr(one, verdict, 0))
        row = f"| {SIGNS[one.verdict]} | {escaped(one.id)} {escaped(one.title)} | {one.severity} | {counts} |"
        if number == _MOST_CONSTRAINTS or not page.add(row):
            page.add("", f"and {many(len(told) - number, 'more constraint')}")
            return


def _findings(report: Report, page: _Page) -> None:
    """By verdict and constraint, the norm first; what does not fit is counted."""
    constraints = {constraint.id: constraint for constraint in report.constraints}
    page.keep(_RESERVED)
    section = told = None
    shown = 0
    for finding in ranked(report.findings, MOST_FINDINGS):
        constraint = constraints[finding.constraint]
        head = [] if finding.verdict == section else ["", f"### {_TITLES[finding.verdict]}"]
        norm = [] if (section, told) == (finding.verdict, constraint.id) else _norm(constraint)
        if not page.add(*head, *norm, _finding(finding, constraint)):
            break
        section, told = finding.verdict, constraint.id
        shown += 1
    page.keep(-_RESERVED)
    if shown < len(report.findings):
        left = f"{len(report.findings) - shown:,} of {many(len(report.findings), 'finding')}"
        page.add("", f"{left} are not shown: the report has all.")


_RESERVED = 6_000
"""Characters kept for what comes after the findings."""


def _norm(constraint: ConstraintOf) -> list[str]:
    head = f"**{escaped(constraint.id)} {escaped(constraint.title)}** ({constraint.severity})"
    return ["", f"{head}: {escaped(constraint.text)}", ""]


def _finding(finding: Finding, constraint: ConstraintOf) -> str:
    told = f"- {SIGNS[finding.verdict]} **{escaped(about(finding))}**, {span(finding)}: "
    told += escaped(fact(finding, constraint))
    if finding.evidence is not None:
        told += f" To decide it: {escaped(finding.evidence)}."
    witness = main_witness(finding)
    place = f" ({escaped(f'{witness.log}:{witness.line}')})" if witness is not None else ""
    return f"{told}{place} {escaped(f'[{finding.id}]')}"


def _listed(title: str, listed: Sequence[Any], told: Callable[[Any], str], page: _Page) -> None:
    """A section of a few lines; left out where there is nothing to tell."""
    if not listed or not page.add("", f"### {title}", ""):
        return
    for number, one in enumerate(listed):
        if number == _MOST_LISTED or not page.add(f"- {told(one)}"):
            page.add(f"- and {len(listed) - number:,} more")
            return


def _assessment(one: AssessmentOf) -> str:
    named = f"**{escaped(one.rule)} {escaped(one.title)}** {escaped(one.subject or 'all')}"
    return f"{named}, {span(one)}: {escaped(one.text)}"


def _unread(one: RejectedOf) -> str:
    return f"{escaped(f'{one.log}:{one.line}')} {escaped(one.reason)}"
