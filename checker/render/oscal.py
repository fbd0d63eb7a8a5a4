"""OSCAL assessment results 1.2.1: a finding for each constraint that was activated, an observation for each finding.

OSCAL knows two states of an objective. What is inconclusive or pending is stated as not satisfied, reason `other`, with
a property `verdict` that says what it is; so are excused ones (satisfied, reason `other`). A report carries no clock:
documents are dated by the end of observation. Identifiers are made of the content; that of a finding stays while the
finding does.
"""

import hashlib
from collections.abc import Iterable
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from checker.legible import legible
from checker.limits import limit
from checker.render.parts import NEVER, about, counts, covered, fact, sentence, span, uri, word
from checker.report import ConstraintOf, Finding, Report, WitnessOf, as_json

OSCAL_VERSION = "1.2.1"
NS = "urn:limited-use-checker:oscal"
"""The namespace of the properties written here."""
NAMESPACE = uuid5(NAMESPACE_URL, NS)
"""The namespace of the identifiers."""
NO_TIME = "1970-01-01T00:00:00Z"
"""The date where nothing was observed."""
MOST_RECORDS = limit("oscal_records")
"""How many records of a finding are listed as evidence."""

_STATES = {
    "satisfied": ("satisfied", "pass"),
    "excused": ("satisfied", "other"),
    "violated": ("not-satisfied", "fail"),
    "inconclusive": ("not-satisfied", "other"),
    "pending": ("not-satisfied", "other"),
}
_REMARKS = {
    "excused": "A waiver excuses it; what it excuses stays visible in the observations.",
    "inconclusive": "Neither kept nor broken can be concluded; OSCAL has no state for that.",
    "pending": "It is not yet due; OSCAL has no state for that.",
}


def render(report: Report) -> str:
    """One document with one result."""
    return as_json({"assessment-results": _Document(report).made()}) + "\n"


class _Document:
    def __init__(self, report: Report) -> None:
        self._report = report
        self._content = hashlib.sha256(as_json(report).encode()).hexdigest()
        self._tool = _uuid("tool", report.tool.name, report.tool.version)
        self._plan = _uuid("rulebook", report.rulebook.digest, report.rulebook.position or "")
        self._logs = {log.name: _uuid("log", log.name, log.digest) for log in report.logs}
        self._subjects = {name: _uuid("subject", name) for name in _subjects(report.findings)}
        self._controls = {constraint.id: _token(constraint.id) for constraint in report.constraints}
        self._collected = report.observed.until or NO_TIME

    def made(self) -> dict[str, Any]:
        report = self._report
        return {
            "uuid": _uuid("document", self._content),
            "metadata": {
                "title": _line(f"Check of {report.rulebook.title}", "Check"),
                "last-modified": report.as_of or self._collected,
                "version": self._content[:16],
                "oscal-version": OSCAL_VERSION,
                "props": _props(tool=report.tool.name, tool_version=report.tool.version),
                "remarks": "The date is the end of observation, the version a digest of the report.",
            },
            "import-ap": {
                "href": f"#{self._plan}",
                "remarks": "There is no assessment plan: the rulebook says what is asked and how it is measured.",
            },
            **_some(
                "local-definitions", _some("objectives-and-methods", [self._objective(c) for c in report.constraints])
            ),
            "results": [self._result()],
            "back-matter": {"resources": [self._rulebook(), *self._resources()]},
        }

    def _objective(self, constraint: ConstraintOf) -> dict[str, Any]:
        control = self._controls[constraint.id]
        return {
            "control-id": control,
            "description": legible(constraint.title),
            "props": _props(
                id=constraint.id, group=constraint.group, severity=constraint.severity, kind=constraint.kind,
                source=constraint.source,
            ),
            "parts": [{"id": _objective_id(control), "name": "objective", "prose": legible(constraint.text)}],
        }  # fmt: skip

    def _rulebook(self) -> dict[str, Any]:
        book = self._report.rulebook
        parameters = [_prop("parameter", f"{name} = {value}") for name, value in book.parameters.items()]
        return {
            "uuid": self._plan,
            "title": _line(book.title, "Rulebook"),
            "description": "The rulebook: constraints, and the parameter values of a position.",
            "props": [
                *_props(id=book.id, version=book.version, position=book.position, digest=book.digest),
                *parameters,
            ],
        }

    def _resources(self) -> list[dict[str, Any]]:
        return [
            {
                "uuid": self._logs[log.name],
                "title": _line(log.name, "Log"),
                "description": "A log as received.",
                "props": _props(records=str(log.records), rejected=str(log.rejected)),
                "rlinks": [
                    {"href": uri(log.name)}
                    | _some(
                        "hashes",
                        [
                            {"algorithm": "SHA-256", "value": digest.removeprefix("sha256:")}
                            for digest in [log.digest]
                            if digest
                        ],
                    )
                ],
            }
            for log in {log.name: log for log in self._report.logs}.values()
        ]

    def _result(self) -> dict[str, Any]:
        report = self._report
        of: dict[str, list[str]] = {constraint.id: [] for constraint in report.constraints}
        constraints = {constraint.id: constraint for constraint in report.constraints}
        observations = []
        seen: dict[str, int] = {}
        for finding in report.findings:
            seen[finding.id] = seen.get(finding.id, 0) + 1
            name = _uuid("observation", finding.id, str(seen[finding.id]))
            of[finding.constraint].append(name)
            observations.append(self._observation(name, finding, constraints[finding.constraint]))
        observations += [self._assessment(number) for number in range(len(report.assessments))]
        if report.rejected:
            observations.append(self._unread())
        findings = [self._finding(one, of[one.id]) for one in report.constraints if one.verdict != "not_applicable"]
        idle = [constraint.id for constraint in report.constraints if constraint.verdict == "not_applicable"]
        remarks = [f"{NEVER.capitalize()}: {', '.join(idle)}."] if idle else []
        remarks += report.notices
        return {
            "uuid": _uuid("result", self._content),
            "title": "Verdict: " + word(report.verdict),
            "description": legible(f"{sentence(report)} Findings: {counts(report)}."),
            "start": report.observed.from_ or NO_TIME,
            "end": self._collected,
            "props": _props(
                verdict=report.verdict, complete="true" if report.complete else "false", as_of=report.as_of,
                observed=covered(report) if report.observed.from_ else "nothing",
            ),
            "local-definitions": {
                "components": [
                    {
                        "uuid": self._tool,
                        "type": "software",
                        "title": report.tool.name,
                        "description": "Judges logs by a rulebook.",
                        "props": _props(version=report.tool.version),
                        "status": {"state": "operational"},
                    }
                ],
                **_some("inventory-items", [
                    {"uuid": name, "description": legible(subject), "props": _props(subject=subject)}
                    for subject, name in self._subjects.items()
                ]),
            },
            "reviewed-controls": {"control-selections": [
                {"include-controls": [{"control-id": control} for control in self._controls.values()]}
                if self._controls else {"include-all": {}}
            ]},
            **_some("observations", observations),
            **_some("findings", findings),
            **({"remarks": legible(" ".join(remarks))} if remarks else {}),
        }  # fmt: skip

    def _origins(self) -> list[dict[str, Any]]:
        return [{"actors": [{"type": "tool", "actor-uuid": self._tool}]}]

    def _observation(self, name: str, finding: Finding, constraint: ConstraintOf) -> dict[str, Any]:
        made: dict[str, Any] = {
            "uuid": name,
            "title": _line(f"{constraint.id} {about(finding)}, {span(finding)}", constraint.id),
            "description": legible(f"{constraint.text} {fact(finding, constraint)}"),
            "props": _props(
                id=finding.id, verdict=finding.verdict, severity=finding.severity, from_=finding.from_,
                until=finding.until, measured=f"{_number(finding.measured.low)} to {_number(finding.measured.high)}",
                limit=_number(finding.limit), unit=finding.unit,
                margin=f"{_number(finding.margin.low)} to {_number(finding.margin.high)}",
                reason=finding.reason, evidence=finding.evidence, due=finding.due, waiver=finding.waiver,
                provisional="true" if finding.provisional else None,
            ),
            "methods": ["EXAMINE"],
            "types": ["finding"],
            "origins": self._origins(),
            "collected": self._collected,
        }  # fmt: skip
        if finding.subject is not None:
            made["subjects"] = [self._subject(finding.subject)]
        made |= _some("relevant-evidence", [self._evidence(one) for one in finding.witnesses[:MOST_RECORDS]])
        if len(finding.witnesses) > MOST_RECORDS:
            made["remarks"] = f"{len(finding.witnesses) - MOST_RECORDS:,} more records are not listed as evidence."
        return made

    def _subject(self, subject: str) -> dict[str, Any]:
        return {"subject-uuid": self._subjects[subject], "type": "inventory-item", "title": _line(subject, "asset")}

    def _evidence(self, witness: WitnessOf) -> dict[str, Any]:
        return self._record(witness.log, witness.line, f"{witness.type} at {witness.time} ({witness.role})")

    def _record(self, log: str, line: int, told: str) -> dict[str, Any]:
        made: dict[str, Any] = {"description": legible(f"{log}:{line} {told}"), "props": _props(line=str(line))}
        return ({"href": f"#{self._logs[log]}"} if log in self._logs else {}) | made

    def _assessment(self, number: int) -> dict[str, Any]:
        one = self._report.assessments[number]
        return {
            "uuid": _uuid("assessment", one.id, str(number)),
            "title": _line(f"{one.rule} {one.title}", one.rule),
            "description": legible(f"{one.norm} {one.text}"),
            "props": _props(
                id=one.id, rule=one.rule, conclusion=one.conclusion, severity=one.severity, due=one.due,
                because=", ".join(because.id for because in one.because),
            ),
            "methods": ["EXAMINE"],
            "types": ["assessment"],
            "origins": self._origins(),
            "collected": self._collected,
            "remarks": "It follows from findings by a declared rule; it is no determination.",
        }  # fmt: skip

    def _unread(self) -> dict[str, Any]:
        rejected = self._report.rejected
        left = f" The first {MOST_RECORDS} are evidence here." if len(rejected) > MOST_RECORDS else ""
        return {
            "uuid": _uuid("unread", self._content),
            "title": "Records that could not be read",
            "description": f"{len(rejected):,} records could not be read; what depends on them cannot be concluded."
            + left,
            "methods": ["EXAMINE"],
            "types": ["discovery"],
            "origins": self._origins(),
            "relevant-evidence": [self._record(one.log, one.line, one.reason) for one in rejected[:MOST_RECORDS]],
            "collected": self._collected,
        }

    def _finding(self, constraint: ConstraintOf, observations: list[str]) -> dict[str, Any]:
        state, reason = _STATES[constraint.verdict]
        told = ", ".join(
            f"{getattr(constraint, verdict):,} {verdict}" for verdict in _STATES if getattr(constraint, verdict)
        )
        status = {"state": state, "reason": reason}
        if constraint.verdict in _REMARKS:
            status["remarks"] = _REMARKS[constraint.verdict]
        return {
            "uuid": _uuid("finding", self._plan, constraint.id),
            "title": _line(f"{constraint.id} {constraint.title}", constraint.id),
            "description": legible(f"{constraint.text} Occasions: {told or 'none'}."),
            "props": _props(verdict=constraint.verdict, severity=constraint.severity, group=constraint.group),
            "origins": self._origins(),
            "target": {
                "type": "objective-id",
                "target-id": _objective_id(self._controls[constraint.id]),
                "props": _props(verdict=constraint.verdict),
                "status": status,
            },
            **_some("related-observations", [{"observation-uuid": name} for name in observations]),
        }


def _subjects(findings: Iterable[Finding]) -> list[str]:
    return sorted({finding.subject for finding in findings if finding.subject is not None})


def _uuid(*parts: str) -> str:
    return str(uuid5(NAMESPACE, ascii(parts)))


def _props(**named: str | None) -> list[dict[str, str]]:
    """The properties that have a value; names are made of those of arguments."""
    return [_prop(name.rstrip("_").replace("_", "-"), value) for name, value in named.items() if (value or "").strip()]


def _prop(name: str, value: str | None) -> dict[str, str]:
    return {"name": name, "ns": NS, "value": _line(value or "", "none")}


def _some(name: str, values: Any) -> dict[str, Any]:
    """A member, left out where there is nothing in it: OSCAL has no empty arrays."""
    return {name: values} if values else {}


def _line(text: str, otherwise: str) -> str:
    return legible(text).strip() or otherwise


def _number(value: float | None) -> str:
    return "unbounded" if value is None else str(value)


def _token(text: str) -> str:
    """The id as a token of OSCAL; where signs are left out, told apart by a digest."""
    token = "".join(char if char.isascii() and (char.isalnum() or char in "-._") else "_" for char in text)
    if not token or not (token[0].isalpha() or token[0] == "_"):
        token = f"_{token}"
    return token if token == text else f"{token}-{hashlib.sha256(_bytes(text)).hexdigest()[:8]}"


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _objective_id(control: str) -> str:
    return f"{control}_obj"
