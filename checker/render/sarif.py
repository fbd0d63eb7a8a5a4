"""SARIF 2.1.0: one run, a rule for each constraint, a result for each finding, for code scanning and viewers.

A breach is of kind `fail`; what cannot be concluded, or is not yet due, of kind `open`; what is excused is suppressed,
provisionally as under review; satisfied findings, if the report lists them, are of kind `pass`. Texts are plain:
nothing in them becomes a link, a placeholder or mark-up.
"""

import hashlib
from typing import Any

from checker.legible import legible
from checker.limits import limit
from checker.render.markdown import escaped
from checker.render.parts import (
    about,
    counts,
    fact,
    main_witness,
    many,
    sentence,
    severest,
    span,
    uri,
)
from checker.report import ConstraintOf, Finding, Report, WitnessOf, as_json

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
MOST = limit("sarif_results")
"""How many results of a run GitHub keeps."""
MOST_RECORDS = limit("sarif_records")
"""How many records of a finding are listed."""
MOST_NOTES = limit("sarif_notes")
"""How many unreadable records are told one by one."""

_KINDS = {"violated": "fail", "excused": "fail", "inconclusive": "open", "pending": "open", "satisfied": "pass"}
_LEVELS = {"critical": "error", "major": "error", "minor": "warning"}
_ROOT = "SRCROOT"


def render(report: Report) -> str:
    """One log file with one run."""
    return as_json({"$schema": SCHEMA, "version": "2.1.0", "runs": [_run(report)]}) + "\n"


def _run(report: Report) -> dict[str, Any]:
    artifacts = {log.name: index for index, log in reversed(list(enumerate(report.logs)))}
    rules = {constraint.id: index for index, constraint in enumerate(report.constraints)}
    kept = list(severest(report.findings, MOST))
    book = report.rulebook
    return {
        "tool": {
            "driver": {
                "name": report.tool.name,
                "version": report.tool.version,
                "semanticVersion": report.tool.version,
                "rules": [_rule(constraint) for constraint in report.constraints],
            },
            "extensions": [
                {
                    "name": legible(book.id),
                    "version": legible(book.version),
                    "fullName": legible(f"{book.title} {book.version}"),
                    "properties": {
                        "digest": book.digest,
                        "position": legible(book.position) if book.position is not None else None,
                        "parameters": {legible(name): legible(value) for name, value in book.parameters.items()},
                    },
                }
            ],
        },
        "automationDetails": {"id": "/".join(_slug(part) for part in (book.id, book.position) if part) + "/"},
        "invocations": [
            {"executionSuccessful": True, "toolExecutionNotifications": _notifications(report, kept, artifacts)}
        ],
        "originalUriBaseIds": {_ROOT: {"description": message("The folder that names of logs are relative to.")}},
        "artifacts": [
            {
                "location": location_of(log.name),
                "roles": ["analysisTarget"],
                **({"hashes": {"sha-256": log.digest.removeprefix("sha256:")}} if log.digest else {}),
                "properties": {"records": log.records, "rejected": log.rejected},
            }
            for log in report.logs
        ],
        "columnKind": "unicodeCodePoints",
        "results": [
            _result(finding, report.constraints[rules[finding.constraint]], rules, artifacts) for finding in kept
        ],
        "properties": {
            "verdict": report.verdict,
            "summary": sentence(report),
            "complete": report.complete,
            "observed": {"from": report.observed.from_, "until": report.observed.until},
            "asOf": report.as_of,
            "assessments": [
                {
                    "id": legible(one.id), "rule": legible(one.rule), "subject": one.subject and legible(one.subject),
                    "from": one.from_, "until": one.until, "norm": legible(one.norm), "fact": legible(one.text),
                    "because": [legible(because.id) for because in one.because],
                }
                for one in report.assessments
            ],
        },
    }  # fmt: skip


def _rule(constraint: ConstraintOf) -> dict[str, Any]:
    told = f"{constraint.text} Source: {constraint.source}."
    marked = (
        f"{escaped(constraint.text)}\n\n*Group:* {escaped(constraint.group)}. *Severity:* {constraint.severity}. "
        f"*Source:* {escaped(constraint.source)}."
    )
    return {
        "id": legible(constraint.id),
        "shortDescription": message(constraint.title),
        "fullDescription": message(constraint.text),
        "help": {**message(told), "markdown": marked},
        "defaultConfiguration": {"level": _LEVELS[constraint.severity]},
        "properties": {
            "tags": [legible(constraint.group)],
            "kind": legible(constraint.kind),
            "severity": constraint.severity,
            "source": legible(constraint.source),
            "verdict": constraint.verdict,
            "activations": constraint.activations,
        },
    }


def _result(
    finding: Finding, constraint: ConstraintOf, rules: dict[str, int], artifacts: dict[str, int]
) -> dict[str, Any]:
    kind = _KINDS[finding.verdict]
    told = f"{constraint.text} {about(finding)}, {span(finding)}: {fact(finding, constraint)}"
    if finding.evidence is not None:
        told += f" To decide it: {finding.evidence}."
    main = main_witness(finding)
    made: dict[str, Any] = {
        "ruleId": legible(finding.constraint),
        "ruleIndex": rules[finding.constraint],
        "kind": kind,
        "level": _LEVELS[finding.severity] if kind == "fail" else "none",
        "message": message(told),
        "locations": [_at(main, artifacts)] if main is not None else _somewhere(artifacts),
    }
    others = [witness for witness in finding.witnesses if witness is not main]
    if others:
        shown = enumerate(others[:MOST_RECORDS], 1)
        made["relatedLocations"] = [{"id": number, **_at(one, artifacts)} for number, one in shown]
    if len(others) > MOST_RECORDS:
        made["message"] = message(f"{told} {many(len(others) - MOST_RECORDS, 'more record')} not listed here.")
    name = legible(finding.id)
    made["partialFingerprints"] = {
        "findingId/v1": name,
        "primaryLocationLineHash": f"{hashlib.sha256(name.encode()).hexdigest()[:16]}:1",  # what GitHub goes by
    }
    if finding.verdict == "excused":
        status = "underReview" if finding.provisional else "accepted"
        justification = f"Excused by {finding.waiver}" + (", provisionally" if finding.provisional else "")
        made["suppressions"] = [{"kind": "external", "status": status, "justification": legible(justification)}]
    made["properties"] = {
        "verdict": finding.verdict,
        "severity": finding.severity,
        "subject": legible(finding.subject) if finding.subject is not None else None,
        "from": finding.from_,
        "until": finding.until,
        "measured": {"low": finding.measured.low, "high": finding.measured.high},
        "limit": finding.limit,
        "margin": {"low": finding.margin.low, "high": finding.margin.high},
        "unit": legible(finding.unit),
        "reason": finding.reason and legible(finding.reason),
        "due": finding.due,
        "records": len(finding.witnesses),
    }
    return made


def _notifications(report: Report, kept: list[Finding], artifacts: dict[str, int]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    if len(kept) < len(report.findings):
        told.append(_note(
            "results-left-out", "warning",
            f"{len(kept):,} of {many(len(report.findings), 'finding')} are listed, breaches first, then the severest: "
            f"readers of this format keep no more. In all: {counts(report)}.",
        ))  # fmt: skip
    told += [
        {
            **_note("record-not-readable", "warning", f"A record could not be read: {reject.reason}"),
            "locations": [_physical(reject.log, reject.line, artifacts)],
        }
        for reject in report.rejected[:MOST_NOTES]
    ]
    if len(report.rejected) > MOST_NOTES:
        left = f"{many(len(report.rejected), 'record')} could not be read; {MOST_NOTES} of them are told one by one."
        told.append(_note("record-not-readable", "warning", left))
    told += [_note("notice", "note", notice) for notice in report.notices]
    return told


def _note(name: str, degree: str, text: str) -> dict[str, Any]:
    return {"descriptor": {"id": name}, "level": degree, "message": message(text)}


def message(text: str) -> dict[str, str]:
    """A plain message, in which braces are doubled and what would be a link is not."""
    told = legible(text).replace("{", "{{").replace("}", "}}")
    return {"text": told.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]") if "](" in told else told}


def _at(witness: WitnessOf, artifacts: dict[str, int]) -> dict[str, Any]:
    told = f"{witness.type} at {witness.time} ({witness.role})"
    return {**_physical(witness.log, witness.line, artifacts), "message": message(told)}


def _physical(log: str, line: int, artifacts: dict[str, int]) -> dict[str, Any]:
    where = location_of(log) | ({"index": artifacts[log]} if log in artifacts else {})
    return {"physicalLocation": {"artifactLocation": where, "region": {"startLine": max(line, 1)}}}


def _somewhere(artifacts: dict[str, int]) -> list[dict[str, Any]]:
    """The beginning of the first log: the finding is about what no record shows, and readers ask for a line."""
    first = min(artifacts, key=lambda name: artifacts[name], default=None)
    if first is None:
        return []
    return [{**_physical(first, 1, artifacts), "message": message("The log as a whole: no single record shows it.")}]


def location_of(name: str) -> dict[str, Any]:
    """Where a file is, by its name."""
    where = uri(name)
    inside = not where.startswith(("file:", "../")) and where != ".."
    return {"uri": where, "uriBaseId": _ROOT} if inside else {"uri": where}


def _slug(text: str) -> str:
    return "".join(char if char.isascii() and (char.isalnum() or char in "-._") else "_" for char in text)
