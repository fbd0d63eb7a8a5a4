"""JUnit XML: a test suite for each group, a test case for each constraint and each asset that findings name.

A breach is a failure; what cannot be concluded is an error, since the question was asked and not answered; what is not
yet due (or excused only provisionally) and what was never activated is skipped; what is kept or excused passes.
"""

from collections.abc import Iterator
from html import escape

from checker.legible import inert, legible
from checker.limits import limit
from checker.render.parts import NEVER, SIGNS, about, covered, fact, many, sentence, span, word
from checker.report import ConstraintOf, Finding, Report

MOST_FINDINGS = limit("junit_findings")
"""How many findings one test case tells in full."""
MOST_RECORDS = limit("junit_records")
"""How many records of a finding."""

_KINDS = {"violated": "failure", "inconclusive": "error", "pending": "skipped", "not_applicable": "skipped"}
_COUNTED = ("failure", "error", "skipped")


def render(report: Report) -> str:
    """One document, as the schema of Jenkins has it; without times, for a report carries no clock."""
    of: dict[str, dict[str | None, list[Finding]]] = {constraint.id: {} for constraint in report.constraints}
    for finding in report.findings:
        of[finding.constraint].setdefault(finding.subject, []).append(finding)
    groups: dict[str, list[ConstraintOf]] = {}
    for constraint in report.constraints:
        groups.setdefault(constraint.group, []).append(constraint)
    suites = []
    total = {kind: 0 if report.complete or kind in ("failure", "skipped") else 1 for kind in ("tests", *_COUNTED)}
    for group, constraints in groups.items():
        cases = [case for one in constraints for case in _cases(report, one, of[one.id])]
        number = {kind: sum(1 for case_kind, _ in cases if case_kind == kind) for kind in _COUNTED}
        total["tests"] += len(cases)
        for kind in _COUNTED:
            total[kind] += number[kind]
        head = f'<testsuite name={_quoted(group)} tests="{len(cases)}" failures="{number["failure"]}"'
        suites.append(f'  {head} errors="{number["error"]}" skipped="{number["skipped"]}">')
        suites += [line for _, lines in cases for line in lines]
        suites.append("  </testsuite>")
    book = report.rulebook
    named = f"{book.id} {book.version}" + (f", position {book.position}" if book.position else "")
    return "\n".join([
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name={_quoted(named)} tests="{total["tests"]}" failures="{total["failure"]}" '
        f'errors="{total["error"]}">',
        *_whole(report),
        *suites,
        "</testsuites>",
    ]) + "\n"  # fmt: skip


def _whole(report: Report) -> Iterator[str]:
    """A suite that says what was checked, since `properties` belong to suites, and whether that was complete."""
    properties = {
        "tool": f"{report.tool.name} {report.tool.version}",
        "verdict": report.verdict,
        "summary": sentence(report),
        "observed": covered(report) if report.observed.from_ else "nothing",
        "complete": "true" if report.complete else "false",
        "rulebook": report.rulebook.digest,
    }
    properties |= {"as-of": report.as_of} if report.as_of is not None else {}
    properties |= {f"log {log.name}": log.digest for log in report.logs}
    lacking = 0 if report.complete else 1
    yield f'  <testsuite name="The check" tests="{lacking}" failures="0" errors="{lacking}" skipped="0">'
    yield "    <properties>"
    for name, value in properties.items():
        yield f"      <property name={_quoted(name)} value={_quoted(value)}/>"
    yield "    </properties>"
    unread = report.rejected[:MOST_FINDINGS]
    notes = [f"{r.log}:{r.line}: record not readable: {r.reason}" for r in unread]
    notes += report.notices[: MOST_FINDINGS - len(notes)]
    if left := len(report.rejected) + len(report.notices) - len(notes):
        notes.append(f"and {many(left, 'more note')}")
    if lacking:
        yield '    <testcase name="The logs are complete" classname="logs">'
        told = "Records are missing or could not be read: what depends on them cannot be concluded."
        text = _text(notes or [told])
        yield f'      <error type="inconclusive" message={_quoted(told)}>{text}</error>'
        yield "    </testcase>"
    elif notes:
        yield f"    <system-out>{_text(notes)}</system-out>"
    yield "  </testsuite>"


def _cases(
    report: Report, constraint: ConstraintOf, findings: dict[str | None, list[Finding]]
) -> Iterator[tuple[str, list[str]]]:
    """The test cases of a constraint, each with its outcome; there always is one."""
    name = f"{constraint.id} {constraint.title}"
    if not findings:
        yield _case(constraint, name, constraint.verdict, _outcome(report, constraint), [])
    for subject, found in sorted(findings.items(), key=lambda pair: pair[0] or ""):
        about_it = name if subject is None and len(findings) == 1 else f"{name}: {subject or 'all'}"
        worst = min((_verdict(finding) for finding in found), key=list(SIGNS).index)
        decisive = [finding for finding in found if _verdict(finding) == worst]
        told = fact(decisive[0], constraint)
        if len(decisive) > 1:
            told = f"{len(decisive):,} {word(worst)}, the first: {told}"
        yield _case(constraint, about_it, worst, told, list(_findings(constraint, found)))


def _verdict(finding: Finding) -> str:
    return "pending" if finding.provisional else finding.verdict


def _outcome(report: Report, constraint: ConstraintOf) -> str:
    if constraint.verdict == "not_applicable":
        return f"{NEVER.capitalize()} in the supplied logs."
    if constraint.verdict == "satisfied":
        kept = many(constraint.satisfied, "occasion")
        return f"No violation found on {kept} in the supplied logs, which cover {covered(report)}."
    return f"{word(constraint.verdict).capitalize()} in the supplied logs."


def _findings(constraint: ConstraintOf, findings: list[Finding]) -> Iterator[str]:
    for finding in findings[:MOST_FINDINGS]:
        yield ""
        yield f"{word(finding.verdict)}: {about(finding)}, {span(finding)}  [{finding.id}]"
        yield fact(finding, constraint)
        if finding.evidence is not None:
            yield f"To decide it: {finding.evidence}."
        for witness in finding.witnesses[:MOST_RECORDS]:
            yield f"  {witness.log}:{witness.line}  {witness.time}  {witness.type}  ({witness.role})"
        if len(finding.witnesses) > MOST_RECORDS:
            yield f"  and {many(len(finding.witnesses) - MOST_RECORDS, 'more record')}"
    if len(findings) > MOST_FINDINGS:
        yield ""
        yield f"and {many(len(findings) - MOST_FINDINGS, 'more finding')}"


def _case(constraint: ConstraintOf, name: str, verdict: str, told: str, more: list[str]) -> tuple[str, list[str]]:
    kind = _KINDS.get(verdict, "")
    head = f"    <testcase name={_quoted(name)} classname={_quoted(constraint.id)}"
    text = _text([f"{constraint.text} ({constraint.severity}; {constraint.group})", *(more or [told])])
    if kind:
        inner = f"<{kind} type={_quoted(word(verdict))} message={_quoted(told)}>{text}</{kind}>"
    elif verdict == "excused" or more:
        inner = f"<system-out>{text}</system-out>"
    else:
        return kind, [f"{head}/>"]
    return kind, [f"{head}>", f"      {inner}", "    </testcase>"]


def _quoted(text: str) -> str:
    return f'"{escape(legible(text))}"'


def _text(lines: list[str]) -> str:
    return "\n".join(escape(inert(legible(line)), quote=False) for line in lines)
