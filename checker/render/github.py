"""GitHub annotations: workflow commands that mark findings on the lines of the log, for the output of a job.

GitHub shows ten annotations of a level for a step and drops the others in silence, so here the severest are chosen and
what is left out is counted. The report itself belongs into another format.
"""

from posixpath import normpath

from checker.legible import inert, legible
from checker.limits import limit
from checker.render.parts import (
    SIGNS,
    about,
    by_verdict,
    counts,
    fact,
    level,
    main_witness,
    ranked,
    sentence,
    sorts_of,
    span,
    word,
)
from checker.report import ConstraintOf, Finding, RejectedOf, Report

MOST = limit("annotations")
"""How many annotations of a level GitHub shows for a step."""

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def render(report: Report) -> str:
    """A command for each finding that is no pass, then the verdict in a line."""
    constraints = {constraint.id: constraint for constraint in report.constraints}
    whole = place_of(report.logs[0].name, 1) if report.logs else {}
    made: list[tuple[str, str]] = []
    for degree, name in _COMMANDS.items():
        chosen = ranked((f for f in report.findings if f.verdict != "satisfied" and level(f) == degree), MOST)
        told = [(name, _annotation(finding, constraints[finding.constraint], whole)) for finding in chosen]
        if degree == "warning":  # after breaches, and before what is open because of them
            breaches = sum(finding.verdict == "violated" for finding in chosen)
            told[breaches:breaches] = [("warning", _unread(reject)) for reject in report.rejected[:MOST]]
        made += told
    found = by_verdict(sorts_of(report.findings))
    total = sum(found.values()) - found.get("satisfied", 0) + len(report.rejected)
    room = dict.fromkeys(_COMMANDS.values(), MOST)
    kept = _fitting(made, room)
    if len(kept) < total:
        kept = _fitting(made, room | {"notice": MOST - 1})
        left = f"{total - len(kept):,} of {total:,} have no annotation of their own"
        note = f"{left}: GitHub shows {MOST} of a level. Breaches come first, then the severest. The report has all."
        kept.append(command("notice", note, title="Not everything found is annotated"))
    lines = [
        *kept,
        inert(legible(f"{SIGNS[report.verdict]} {word(report.verdict).upper()}: {sentence(report)}")),
        inert(f"Findings: {counts(report)}."),
    ]
    return "\n".join(lines) + "\n"


def _fitting(made: list[tuple[str, str]], room: dict[str, int]) -> list[str]:
    """The first commands of each level that there is room for."""
    left = dict(room)
    kept = []
    for name, command in made:
        if left[name]:
            left[name] -= 1
            kept.append(command)
    return kept


def _unread(reject: RejectedOf) -> str:
    return command("warning", reject.reason, **place_of(reject.log, reject.line), title="Record that could not be read")


def _annotation(finding: Finding, constraint: ConstraintOf, whole: dict[str, str]) -> str:
    """The command for a finding; `whole` is where those go that no single record shows."""
    witness = main_witness(finding)
    place = place_of(witness.log, witness.line) if witness is not None else whole
    title = f"{constraint.id} {constraint.title} ({finding.verdict}, {finding.severity})"
    lines = [constraint.text, f"{about(finding)}, {span(finding)}: {fact(finding, constraint)}"]
    if finding.evidence is not None:
        lines.append(f"To decide it: {finding.evidence}.")
    lines.append(f"[{finding.id}]")
    return command(_COMMANDS[level(finding)], *lines, **place, title=title)


def place_of(log: str, line: int) -> dict[str, str]:
    """As GitHub names files: from the root of the repository, without `./`; not a URI."""
    return {"file": normpath(log), "line": str(max(line, 1))}


def command(name: str, *lines: str, **properties: str) -> str:
    """A workflow command; nothing in its texts can end it, begin another, or be taken for a property."""
    told = ",".join(f"{key}={_property(value)}" for key, value in properties.items())
    return f"::{name} {told}::" + "%0A".join(_data(line) for line in lines)


def _data(text: str) -> str:
    return legible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
