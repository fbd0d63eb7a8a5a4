"""What follows from findings: they become facts for the declared rules, conclusions become part of the report."""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from checker.assessment import Conclusion, Matcher, conclude
from checker.assessment.facts import ALL, WITHHELD, Fact, Quantity
from checker.bounds import INFINITY, Number
from checker.report import AssessmentOf, Because, Finding
from checker.rulebook import Rulebook
from checker.timeline import format_instant, parse_instant

WEIGHED = ("violated", "inconclusive", "pending", "excused")
"""Findings of these verdicts are facts, whatever else a report lists."""


def assessed(
    rulebook: Rulebook, findings: Iterable[Finding], waivers: Sequence[Any] = (), using: Matcher | None = None
) -> tuple[list[AssessmentOf], list[str]]:
    """What follows from findings and uses of exceptions by the rulebook's rules, and what to note beside it."""
    if not rulebook.assessments.rules and not rulebook.assessments.left_out:
        return [], []
    constraints = {constraint.id: constraint for constraint in rulebook.constraints}
    facts = [_finding(f, constraints[f.constraint]) for f in findings if f.verdict in WEIGHED]
    facts += [fact for waiver in waivers if (fact := _waiver(waiver)) is not None]
    outcome = conclude(rulebook.assessments, facts, using)
    return [_told(conclusion) for conclusion in outcome.conclusions], list(outcome.notices)


def _finding(finding: Finding, constraint: Any) -> Fact:
    timed = finding.unit == "s"
    low, high = (_number(value, timed) for value in (finding.margin.low, finding.margin.high))
    surely_missed = finding.verdict == "violated"
    if low is None:
        low = -INFINITY
    if high is None:
        high = -INFINITY if surely_missed else INFINITY
    fields: dict[str, Any] = {
        "constraint": finding.constraint,
        "group": constraint.group,
        "severity": finding.severity,
        "never_waivable": constraint.never_waivable,
        "verdict": finding.verdict,
        "subject": finding.subject or (ALL if finding.shown else WITHHELD),
        "unit": finding.unit,
        "margin": Quantity(low, high, timed),
        "magnitude": Quantity(max(-high, 0), max(-low, 0), timed),
        "reason": finding.reason,
        "waiver": finding.waiver,
    }
    fields.update({f"key.{name}": WITHHELD if value is None else value for name, value in finding.key.items()})
    return Fact("finding", finding.id, _instant(finding.from_), _instant(finding.until), fields, _last(finding))


def _last(finding: Finding) -> int | None:
    """The last instant at which what is open may have come about, if that may be later than it is told of."""
    if finding.verdict not in ("inconclusive", "pending"):
        return None
    ends = [one.until for one in finding.missing] if not finding.shown else []
    return max(_instant(end) for end in (finding.until, *ends) if end is not None)


def _waiver(waiver: Any) -> Fact | None:
    """The use of an exception as a fact; None for one that was not used at any time."""
    given = waiver if isinstance(waiver, dict) else {n.rstrip("_"): getattr(waiver, n) for n in waiver.__slots__}
    start = given.get("from")
    if start is None:
        return None
    until = given.get("until") or start
    fields = {"id": given.get("id"), "state": given.get("state"), "subject": given.get("subject") or ALL}
    name = f"{given.get('id')} {given.get('subject')} {start} {given.get('state')}"
    return Fact("waiver", name, _instant(start), _instant(until), fields)


def _instant(text: str) -> int:
    return parse_instant(text)[0]


def _number(value: int | float | None, timed: bool) -> Number | None:
    """A number of the report, exactly as it is written there; lengths of time in microseconds."""
    if value is None or (isinstance(value, int) and not timed):
        return value
    exact = Decimal(repr(value))
    return int((exact * 1_000_000).to_integral_value()) if timed else exact


def _told(conclusion: Conclusion) -> AssessmentOf:
    rule, fact = conclusion.rule, conclusion.fact
    return AssessmentOf(
        id=fact.id,
        rule=rule.id,
        title=rule.title,
        norm=rule.text,
        source=rule.source,
        conclusion=rule.conclude.conclusion,
        severity=rule.conclude.severity,
        subject=conclusion.subject,
        from_=format_instant(fact.at),
        until=format_instant(fact.until),
        due=None if conclusion.due is None else format_instant(conclusion.due),
        text=conclusion.text,
        because=[_because(one) for one in conclusion.because],
    )


def _because(fact: Fact) -> Because:
    sort = "assessment" if fact.sort == "conclusion" else fact.sort
    subject = fact.fields.get("subject")
    name = str(fact.fields.get("id", "")) if sort == "waiver" else fact.id
    return Because(sort, name, subject if isinstance(subject, str) else None, format_instant(fact.at))
