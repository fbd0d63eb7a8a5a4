"""The difference of two reports, as text and as JSON. Neutral: what was, what is, and through what."""

from collections.abc import Iterator

from checker.difference import Circumstance, Counts, Difference, FindingChange
from checker.legible import MAX_SHOWN, inert, legible
from checker.render.layout import FIXED, NARROWEST, flowed, wrapped
from checker.render.text import MAX_WITNESSES
from checker.report import Finding, WitnessOf, as_json

MAX_VALUE = 2 * MAX_SHOWN
_VERDICTS = ("violated", "inconclusive", "pending", "excused", "satisfied")
_CHANGES = {
    "appeared": "only in the new report",
    "vanished": "only in the old report",
    "magnitude": "by another amount, or in another stretch",
    "records": "resting on other records",
}


def render_json(difference: Difference) -> str:
    """One object, indented, ending with a newline; everything but ASCII is escaped."""
    return as_json(difference) + "\n"


def render_text(difference: Difference, width: int = FIXED) -> str:
    """The whole difference as lines no wider than `width` where words allow, ending with a newline."""
    lines = list(_lines(difference, max(NARROWEST, width)))
    return "\n".join(inert(line.rstrip()) for line in lines) + "\n"


def _lines(difference: Difference, width: int) -> Iterator[str]:
    if difference.same:
        yield f"The reports do not differ: {_word(difference.new_verdict)}."
        return
    if difference.old_verdict == difference.new_verdict:
        yield f"Verdict  {_word(difference.new_verdict)} in both reports"
    else:
        yield f"Verdict  {_word(difference.old_verdict)} -> {_word(difference.new_verdict)}"
    yield ""
    yield "What else differs"
    for circumstance in difference.circumstances:
        yield from wrapped(_circumstance(circumstance), width, 2, 4)
    if not difference.circumstances:
        yield "  Nothing: rulebook, position, parameters, logs and the time observed are the same."
    if difference.constraints:
        yield ""
        yield "Constraints that came out otherwise"
        for row in difference.constraints:
            before, after = (_word(side.verdict) if side else "not in the check" for side in (row.old, row.new))
            verdict = f"{before} -> {after}" if before != after else f"{after} in both"
            yield from wrapped(f"{row.id:<6} {verdict}  ({_counts(row.old)} -> {_counts(row.new)})", width, 2, 9)
    if difference.findings:
        yield ""
        yield "Findings that changed"
        for change in difference.findings:
            yield ""
            yield from _finding(change, width)
    yield ""
    yield from wrapped(_summary(difference), width, 0, 0)


def _circumstance(one: Circumstance) -> str:
    head = f"{one.what} {one.name}".strip()
    if one.old is None:
        return f"{head}: only in the new report{_value(one.new)}"
    if one.new is None:
        return f"{head}: only in the old report{_value(one.old)}"
    return f"{head}: {_short(one.old)} -> {_short(one.new)}"


def _value(text: str | None) -> str:
    return f" ({_short(text)})" if text else ""


def _short(text: str) -> str:
    return text if len(text) <= MAX_VALUE else text[: MAX_VALUE - 1] + "…"


def _counts(row: Counts | None) -> str:
    if row is None:
        return "none"
    told = [f"{getattr(row, verdict)} {verdict}" for verdict in _VERDICTS if getattr(row, verdict)]
    return ", ".join(told) or "never activated"


def _finding(change: FindingChange, width: int) -> Iterator[str]:
    key = "".join(f", {name} {value}" for name, value in change.key.items())
    about = f"{change.constraint}  {change.subject or 'all'}{key}"
    before, after = change.old_verdict, change.new_verdict
    if before is not None and after is not None and before != after:
        yield from wrapped(f"{about}: {_word(before)} -> {_word(after)}", width, 2, 4)
    else:
        told = _CHANGES.get(change.change, change.change)
        yield from wrapped(f"{about}: {_word(after or before or '')}, {told}", width, 2, 4)
    yield from wrapped(change.norm, width, 4, 4)
    for title, finding in (("was", change.old), ("is", change.new)):
        if finding is not None:
            yield from _told(title, finding, change.norm, width)
    if change.through:
        yield from wrapped(f"through {'; '.join(change.through)}", width, 4, 6)
    for title, records in (("no longer rests on", change.old_records), ("rests now on", change.new_records)):
        if records and (change.old is not None or title == "rests now on"):
            yield f"    {title}"
            yield from _records(records, width)


def _told(title: str, finding: Finding, norm: str, width: int) -> Iterator[str]:
    fact = finding.message.removeprefix(norm).strip()
    span = finding.from_ if finding.from_ == finding.until else f"{finding.from_} to {finding.until}"
    yield from wrapped(f"{title:<4} {span}  [{finding.id}]  {fact}", width, 4, 9)


def _records(records: list[WitnessOf], width: int) -> Iterator[str]:
    for record in records[:MAX_WITNESSES]:
        place = f"{record.log}:{record.line}"
        yield from flowed([place, record.time, record.type, f"({record.role})"], width, 6, 8)
    if len(records) > MAX_WITNESSES:
        yield f"      and {len(records) - MAX_WITNESSES} more"


def _summary(difference: Difference) -> str:
    counted: dict[str, int] = {}
    for change in difference.findings:
        counted[change.change] = counted.get(change.change, 0) + 1
    names = {
        "appeared": "only in the new report", "vanished": "only in the old one", "verdict": "with another verdict",
        "magnitude": "with another magnitude", "records": "with other records",
    }  # fmt: skip
    told = ", ".join(f"{counted[change]} {name}" for change, name in names.items() if change in counted)
    return f"Findings: {told or 'none changed'}. Constraints: {len(difference.constraints)} otherwise."


def _word(verdict: str) -> str:
    return legible(verdict.replace("_", " "))
