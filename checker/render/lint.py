"""What lint has to say as text with carets, as annotations for GitHub, and as SARIF."""

import hashlib
from collections.abc import Iterator
from typing import Any

from checker.answers import Lint, RemarkOf
from checker.legible import inert, legible
from checker.limits import limit
from checker.render.github import MOST, command, place_of
from checker.render.layout import wrapped
from checker.render.parts import many
from checker.render.sarif import SCHEMA, location_of, message
from checker.report import as_json

CODES = {
    "unsatisfiable": "Nothing of its sort can keep all that is asked of it",
    "near-unsatisfiable": "A single value, or one moment of the day, is all that is permitted",
    "conflicting": "Two norms, or an exception and what it leaves in force, do not go together",
    "dominated": "It follows from another constraint, or is never reached",
    "duplicate": "It says what another one says",
    "vacuous": "No behaviour that keeps the other rules reaches the limit",
    "wrong-side": "The window is shorter than what keeps two apart, or than one that permits less",
    "dangling": "Something is named that no record carries or no section holds",
    "never-activated": "No log can bring it into play",
    "units": "Quantities of several units are taken as one",
    "unused": "Nothing refers to it",
}
"""What each code says, in a line."""

_TITLES = {"error": "Errors", "warning": "Warnings", "note": "Notes"}
_MOST_SPANS = limit("schedule_shown")
"""How many activities of a schedule a page lists."""


def render(lint: Lint, width: int = 100) -> str:
    """Everything by level, then what is meant, then what was counted."""
    return "\n".join(inert(line.rstrip()) for line in _lines(lint, max(60, width))) + "\n"


def _lines(lint: Lint, width: int) -> Iterator[str]:
    under = f", under {legible(', '.join(lint.positions))}" if lint.positions else ""
    yield from wrapped(f"{lint.rulebook.id} {lint.rulebook.version}{under}", width, 0, 2)
    for level, title in _TITLES.items():
        told = [remark for remark in lint.remarks if remark.level == level and remark.meant is None]
        if told:
            yield ""
            yield title
        for remark in told:
            yield ""
            yield from _remark(remark, width)
    meant = [remark for remark in lint.remarks if remark.meant is not None]
    if meant:
        yield ""
        yield "Meant so"
        for remark in meant:
            yield ""
            yield from wrapped(f"{_head(remark)}: {remark.text}", width, 2, 4)
            yield from wrapped(f"meant: {remark.meant}", width, 4, 4)
            yield from _schedule(remark, width)
    yield ""
    yield from wrapped(_summary(lint), width, 0, 2)


def _head(remark: RemarkOf) -> str:
    return f"{remark.file}:{remark.line}:{remark.column}: {remark.code}"


def _remark(remark: RemarkOf, width: int) -> Iterator[str]:
    yield from wrapped(f"{_head(remark)}: {remark.text}", width, 2, 4)
    if remark.excerpt and remark.column:
        yield f"      {remark.excerpt}"
        yield f"      {' ' * (remark.column - 1)}^"
    yield from _schedule(remark, width)
    yield from wrapped(f"what to do: {remark.what_to_do}", width, 4, 4)


def _schedule(remark: RemarkOf, width: int) -> Iterator[str]:
    witness = remark.witness
    if witness is None:
        return
    yield from wrapped(f"a schedule that shows it: {witness.text}", width, 4, 4)
    for span in witness.spans[:_MOST_SPANS]:
        yield legible(f"      {span.subject}  {span.from_} to {span.until}")
    records = [] if witness.spans else witness.records
    for record in records[:_MOST_SPANS]:
        yield legible(f"      {record['time']}  {record['type']}  {_fields(record)}".rstrip())
    if (more := len(witness.spans or records) - _MOST_SPANS) > 0:
        yield f"      and {more} more; --format json lists all"
    verdicts = ", ".join(f"{name} {verdict.replace('_', ' ')}" for name, verdict in witness.verdicts.items())
    yield from wrapped(f"judged: {verdicts}", width, 6, 6)


def _fields(record: dict[str, Any]) -> str:
    return " ".join([record["subject"], *(f"{name}={value}" for name, value in record.get("data", {}).items())])


def _summary(lint: Lint) -> str:
    counts = f"{many(lint.errors, 'error')}, {many(lint.warnings, 'warning')}, {many(lint.notes, 'note')}"
    return f"{counts}; {lint.meant} meant so." if lint.meant else f"{counts}."


# ---- annotations ----

_COMMANDS = {"error": "error", "warning": "warning", "note": "notice"}


def github(lint: Lint, width: int = 0) -> str:
    """A command for each remark that is not meant, as many as GitHub shows, then what was counted."""
    made = []
    for level, name in _COMMANDS.items():
        told = [remark for remark in lint.remarks if remark.level == level and remark.meant is None]
        for remark in told[:MOST]:
            place = {**place_of(remark.file, remark.line), "col": str(max(remark.column, 1))}
            lines = [remark.text, f"What to do: {remark.what_to_do}"]
            title = " ".join([remark.code, *remark.constraints[:3]])
            made.append(command(name, *lines, **place, title=title))
    return "\n".join([*made, inert(legible(_summary(lint)))]) + "\n"


# ---- SARIF ----


def sarif(lint: Lint, width: int = 0) -> str:
    """One run: a rule for each code, a result for each remark; what is meant is suppressed, with the reason."""
    codes = list(CODES)
    return as_json({
        "$schema": SCHEMA, "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": f"{lint.tool.name} lint", "version": lint.tool.version, "semanticVersion": lint.tool.version,
                "rules": [{"id": code, "shortDescription": message(text)} for code, text in CODES.items()],
            }},
            "columnKind": "unicodeCodePoints",
            "results": [_result(remark, codes) for remark in lint.remarks],
            "properties": {"rulebook": legible(lint.rulebook.id), "digest": lint.rulebook.digest},
        }],
    }) + "\n"  # fmt: skip


def _result(remark: RemarkOf, codes: list[str]) -> dict[str, Any]:
    region = {"startLine": max(remark.line, 1), "startColumn": max(remark.column, 1)}
    known = "\0".join([remark.code, *remark.constraints, *remark.about, remark.text])
    print_ = hashlib.sha256(known.encode()).hexdigest()
    made: dict[str, Any] = {
        "ruleId": remark.code, "ruleIndex": codes.index(remark.code), "level": remark.level,
        "message": message(f"{remark.text}. What to do: {remark.what_to_do}."),
        "locations": [{"physicalLocation": {"artifactLocation": location_of(remark.file), "region": region}}],
        "partialFingerprints": {"primaryLocationLineHash": f"{print_[:16]}:1"},
        "properties": {
            "constraints": [legible(name) for name in remark.constraints],
            "positions": [legible(name) for name in remark.positions],
        },
    }  # fmt: skip
    if remark.meant is not None:
        made["suppressions"] = [{"kind": "inSource", "status": "accepted", "justification": legible(remark.meant)}]
    return made
