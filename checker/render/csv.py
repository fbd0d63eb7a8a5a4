"""CSV: one row for each finding, RFC 4180 in UTF-8, safe to open in a spreadsheet.

Columns are those of the report, with the record that the finding is about (`log`, `line`) and all of them (`records`,
as `log:line`). Instants are RFC 3339 in UTC; quantities are in `unit` (`s`: seconds); an empty cell: there is no such
thing. A text that a spreadsheet might compute begins with an apostrophe; numbers do not.
"""

import re
from collections.abc import Iterator

from checker.legible import legible
from checker.render.parts import fact, main_witness
from checker.report import ConstraintOf, Finding, Report, Value

COLUMNS = (
    "id", "verdict", "severity", "constraint", "title", "group", "subject", "key", "from", "until",
    "measured_low", "measured_high", "limit", "margin_low", "margin_high", "unit", "norm", "fact", "reason", "evidence",
    "due", "waiver", "provisional", "shown", "log", "line", "records",
)  # fmt: skip

_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?\Z")


def render(report: Report) -> str:
    """A header and a row for each finding, each ended by CR LF."""
    return "".join(pieces(report))


def pieces(report: Report) -> Iterator[str]:
    """The same row by row."""
    import csv
    import io

    page = io.StringIO(newline="")
    writer = csv.writer(page, lineterminator="\r\n")
    constraints = {constraint.id: constraint for constraint in report.constraints}
    writer.writerow(COLUMNS)
    for finding in report.findings:
        writer.writerow(_row(finding, constraints[finding.constraint]))
        if page.tell() > _PIECE:
            yield page.getvalue()
            page.seek(0)
            page.truncate()
    yield page.getvalue()


_PIECE = 1 << 16


def _row(finding: Finding, constraint: ConstraintOf) -> list[str]:
    witness = main_witness(finding)
    return [
        *map(_cell, (
            finding.id, finding.verdict, finding.severity, constraint.id, constraint.title, constraint.group,
            finding.subject, "; ".join(f"{name} {value}" for name, value in finding.key.items()),
        )),
        finding.from_,
        finding.until,
        *map(_number, (
            finding.measured.low, finding.measured.high, finding.limit, finding.margin.low, finding.margin.high,
        )),
        *map(_cell, (
            finding.unit, constraint.text, fact(finding, constraint), finding.reason, finding.evidence, finding.due,
            finding.waiver,
        )),
        _flag(finding.provisional),
        _flag(finding.shown),
        _cell(witness.log if witness else None),
        str(witness.line) if witness else "",
        _cell("; ".join(f"{one.log}:{one.line}" for one in finding.witnesses)),
    ]  # fmt: skip


def _cell(text: str | None) -> str:
    told = legible(text or "")
    return f"'{told}" if _FORMULA.match(told) and not _NUMBER.match(told) else told


def _number(value: Value) -> str:
    return "" if value is None else str(value)


def _flag(value: bool) -> str:
    return "true" if value else "false"
