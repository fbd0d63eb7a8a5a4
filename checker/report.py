"""The report: what every output format is rendered from, and nothing else. Its shape is a contract (version 1).

Instants are RFC 3339 texts in UTC. Durations are numbers of seconds; other quantities are in the unit named beside
them. A bound that is not there (nothing limits it) is null.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import field
from math import isfinite
from operator import attrgetter
from typing import Any, NamedTuple

from checker.quick import dataclass

SEVERITIES = ("minor", "major", "critical")
"""From the least to the most severe."""

Value = int | float | None
"""A number of the unit named beside it; whole where it is whole. None: there is no such bound."""


@dataclass(slots=True)
class Range:
    """Both bounds of a quantity; equal where it is known."""

    low: Value
    high: Value


@dataclass(slots=True)
class ToolOf:
    """Which program made the report."""

    name: str
    version: str


@dataclass(slots=True)
class RulebookOf:
    """Which rulebook, position and parameter values it was made with."""

    id: str
    version: str
    title: str
    digest: str
    position: str | None
    parameters: dict[str, str]


@dataclass(slots=True)
class LogOf:
    """One log as received: its digest, how many records were read, and how many could not be."""

    name: str
    digest: str
    records: int
    rejected: int


@dataclass(slots=True)
class Observed:
    """The span that was judged; null where there was nothing to observe."""

    from_: str | None
    until: str | None


@dataclass(slots=True)
class Nearest:
    """The occasion that kept the limit with the least to spare."""

    margin: Value
    unit: str
    subject: str | None
    at: str


@dataclass(slots=True)
class ConstraintOf:
    """A constraint and how often it was activated, by verdict."""

    id: str
    title: str
    text: str
    group: str
    severity: str
    source: str
    kind: str
    verdict: str
    activations: int
    satisfied: int
    violated: int
    inconclusive: int
    pending: int
    excused: int
    nearest: Nearest | None


@dataclass(slots=True)
class WitnessOf:
    """A record that a finding rests on: its part in it, and where it stands."""

    role: str
    log: str
    line: int
    id: str | None
    time: str
    type: str


@dataclass(slots=True)
class MissingOf:
    """A record that is missing and would tell more: of one of these types (any, if null), when, and whose.

    It may be in any of so many `places` from the first to the last instant; whose it is is null where that differs.
    """

    types: list[str] | None
    source: str | None
    from_: str | None
    until: str | None
    places: int = 1


@dataclass(slots=True)
class Finding:
    """What came of a constraint on one occasion, stretch by stretch.

    `message` states the norm, then the fact. `reason` says why nothing was concluded, `evidence` what would decide it.
    `due` is when a duty had to be met. `shown` is false for what no record shows and a gap may hide; `missing` lists
    the records that would tell. `waiver` excuses it; `provisional`: only if what is still open with that waiver is met.
    """

    id: str
    constraint: str
    verdict: str
    severity: str
    subject: str | None
    key: dict[str, Any]
    from_: str
    until: str
    measured: Range
    limit: Value
    margin: Range
    unit: str
    message: str
    reason: str | None
    evidence: str | None
    shown: bool
    missing: list[MissingOf]
    due: str | None
    waiver: str | None
    provisional: bool
    witnesses: list[WitnessOf]


class Sort(NamedTuple):
    """What findings are chosen and counted by: their constraint, their verdict, and whether records show them."""

    constraint: str
    verdict: str
    shown: bool


@dataclass(slots=True)
class ConditionOf:
    """A condition of a waiver, and what was found on it for one activity.

    `when` is `precedent` or `subsequent`. `findings` are the ids of those that are not satisfied, `due` the first
    instant at which one of them is due.
    """

    constraint: str
    when: str
    verdict: str
    due: str | None
    findings: list[str]


@dataclass(slots=True)
class WaiverOf:
    """One use of a waiver, or that it was not used.

    `kind` is `exception` (of the rulebook) or `file` (a waiver of the one finding that `id` names). `state`: `used`,
    `provisional`, `partly` (for a part of the time), `revived` (a condition was not kept: what it would have excused
    stands), `inconclusive`, `unused`, `expired`, `refused`. `excused`, `open` and `revived` are the findings it claims.
    """

    id: str
    title: str
    kind: str
    state: str
    subject: str | None
    from_: str | None
    until: str | None
    conditions: list[ConditionOf]
    excused: list[str]
    open: list[str]
    revived: list[str]
    left_out_of: list[str]
    note: str | None
    reason: str | None
    approver: str | None
    granted: str | None
    expires: str | None
    log: str | None
    line: int | None
    witnesses: list[WitnessOf]


@dataclass(slots=True)
class Because:
    """A fact that an assessment rests on: a `finding`, another `assessment` or the use of a `waiver`, by its id."""

    sort: str
    id: str
    subject: str | None
    from_: str


@dataclass(slots=True)
class AssessmentOf:
    """What follows from findings by a declared rule; no verdict and no determination.

    `norm` is the rule, `text` the fact. It came about at `from`, with the last of the facts it rests on. `due` is when
    the duty that it raises, if any, is to be met. `because` leads down to findings, if need be by way of others.
    """

    id: str
    rule: str
    title: str
    norm: str
    source: str
    conclusion: str
    severity: str | None
    subject: str | None
    from_: str
    until: str
    due: str | None
    text: str
    because: list[Because]


@dataclass(slots=True)
class RejectedOf:
    """A record that could not be read, and why."""

    log: str
    line: int
    column: int
    reason: str


@dataclass(slots=True)
class CorrectionOf:
    """A field of a record that was corrected: both values as texts, null where there is none."""

    record: WitnessOf
    field: str
    from_: str | None
    to: str | None
    by: WitnessOf


@dataclass(slots=True)
class Report:
    """The whole of one check."""

    report_version: int
    tool: ToolOf
    verdict: str
    rulebook: RulebookOf
    logs: list[LogOf]
    observed: Observed
    complete: bool
    """Whether every record could be read, and none is known to be missing."""
    constraints: list[ConstraintOf]
    findings: Sequence[Finding]
    waivers: list[WaiverOf] = field(default_factory=list)
    assessments: list[AssessmentOf] = field(default_factory=list)
    rejected: Sequence[RejectedOf] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    as_of: str | None = None
    """What was known at that instant is what was judged; null: everything that the logs hold."""
    corrections: list[CorrectionOf] = field(default_factory=list)

    def exit_status(self, fail_on: str | None = None) -> int:
        """0 everything satisfied (or not applicable), 1 something violated, 3 something not concluded.

        With `fail_on`, only constraints of that severity or above count.
        """
        floor = SEVERITIES.index(fail_on) if fail_on is not None else 0
        verdicts = {row.verdict for row in self.constraints if SEVERITIES.index(row.severity) >= floor}
        if "violated" in verdicts:
            return 1
        counted = {row.id for row in self.constraints if SEVERITIES.index(row.severity) >= floor}
        used = any(waiver.state != "unused" for waiver in self.waivers)  # without that nothing is provisional
        provisional = used and any(f.provisional and f.constraint in counted for f in self.findings)
        return 3 if verdicts & {"inconclusive", "pending"} or provisional or not self.complete else 0

    def to_dict(self) -> dict[str, Any]:
        """Plain data, in the shape of the contract."""
        made: dict[str, Any] = plain(self)
        return made

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """The JSON Schema of `to_dict()`, generated from these classes."""
        return schema_of(cls, "Report of a check")


# ---- what went on: drawn beside a report, and no part of its contract ----


@dataclass(slots=True)
class IntervalOf:
    """Something named that went on, as a timeline shows it: surely from `start` to `end`, possibly in all of `within`.

    Instants are whole microseconds here. `surely` is null where nothing is sure. `limits` are the instants at which
    it reaches a limit, each with the constraint that sets it. `records` opened and closed it.
    """

    subject: str | None
    name: str
    key: str
    surely: tuple[int, int] | None
    within: tuple[int, int]
    going_on: bool
    limits: list[tuple[int, str]]
    records: list[WitnessOf]


@dataclass(slots=True)
class GapOf:
    """Where records are missing, in whole microseconds: at most how many (any number, if null), and of which source."""

    source: str | None
    start: int
    end: int
    missing: int | None
    reason: str


@dataclass(slots=True)
class Timeline:
    """What went on, for pages that draw it: intervals by asset and name, gaps, and the records that witnesses name.

    `held` is false where the log was too large to hold: then no interval is here. `left_out`: how many more intervals
    and gaps there were than are drawn. `records`: what a record says, by log and line.
    """

    held: bool
    intervals: list[IntervalOf]
    gaps: list[GapOf]
    left_out: int
    records: dict[tuple[str, int], str]


def schema_of(cls: type[Any], title: str) -> dict[str, Any]:
    """The JSON Schema of what `plain` makes of such an object."""
    from pydantic import TypeAdapter

    schema = TypeAdapter(cls).json_schema(mode="serialization")
    made: dict[str, Any] = _renamed(schema)
    _require_all(made)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made, "title": title}


def plain(value: Any) -> Any:
    """Plain data of what a report is made of; `from_` is `from`."""
    if hasattr(value, "__dataclass_fields__"):
        return {name.rstrip("_"): plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value


def as_json(value: Any, line: str = "\n") -> str:
    """A part of a report as JSON, every line after the first beginning as `line` does; everything but ASCII is escaped.

    As `json.dumps(plain(value), indent=2)` has it, which takes several times longer for many findings; but for `##[`,
    which begins a command wherever it stands in what a job of CI prints.
    """
    return _WRITER.text(value, line).replace("##[", "#\\u0023[")


_TEXTS_KEPT = 10_000
"""Of so many witnesses at most the texts are kept: many findings rest on the same records."""


_EMPTY: dict[type, str] = {list: "[]", dict: "{}"}


class _Writer:
    """Writes what a report is made of; members of a class are looked up once."""

    def __init__(self) -> None:
        import json  # not needed for a page of text

        self._other, self._quoted = json.JSONEncoder(allow_nan=False).encode, json.encoder.encode_basestring_ascii
        self._plain = {None: "null", True: "true", False: "false"}
        self._shapes: dict[tuple[type, str], tuple[Callable[[Any], tuple[Any, ...]], str, str]] = {}
        self._witnesses: dict[tuple[Any, ...], str] = {}

    def text(self, value: Any, line: str) -> str:
        """One value; `line` is what begins the line that it stands in."""
        kind = type(value)
        shape = self._shapes.get((kind, line))
        if shape is not None:
            return self._shaped(value, kind, *shape)
        inner = line + "  "
        if kind is list or kind is tuple:
            return f"[{inner}{(',' + inner).join(self._texts(value, inner))}{line}]" if value else "[]"
        if kind is dict:
            made = f",{inner}".join(map("{}: {}".format, map(self._quoted, value), self._texts(value.values(), inner)))
            return f"{{{inner}{made}{line}}}" if made else "{}"
        if hasattr(value, "__dataclass_fields__"):
            self._shapes[kind, line] = _shape(kind, line)
            return self.text(value, line)
        if isinstance(value, Sequence) and not isinstance(value, str):
            return self.text(list(value), line)
        return self._other(value)

    def _shaped(self, value: Any, kind: type, get: Callable[[Any], tuple[Any, ...]], form: str, inner: str) -> str:
        parts = get(value)
        if kind is not WitnessOf:
            return form % tuple(self._texts(parts, inner))
        known = self._witnesses.get((inner, parts))
        if known is None:
            if len(self._witnesses) >= _TEXTS_KEPT:
                self._witnesses.clear()
            known = self._witnesses[inner, parts] = form % tuple(self._texts(parts, inner))
        return known

    def _texts(self, values: Iterable[Any], line: str) -> list[str]:
        quoted, plain = self._quoted, self._plain
        return [
            quoted(one) if type(one) is str
            else plain[one] if one is None or one is True or one is False
            else repr(one) if type(one) is int or (type(one) is float and isfinite(one))
            else _EMPTY[type(one)] if not one and type(one) in _EMPTY
            else self.text(one, line)
            for one in values
        ]  # fmt: skip


def _shape(kind: type[Any], line: str) -> tuple[Callable[[Any], tuple[Any, ...]], str, str]:
    """How to get at the members of a class, at least two, what holds their texts, and what begins its lines."""
    names = list(kind.__dataclass_fields__)
    members = ",".join(f'{line}  "{name.rstrip("_")}": %s' for name in names)
    return attrgetter(*names), f"{{{members}{line}}}", line + "  "


_WRITER = _Writer()


def _renamed(schema: Any) -> Any:
    """`from` is a word of Python: the classes call it `from_`."""
    if isinstance(schema, dict):
        return {("from" if key == "from_" else key): _renamed(value) for key, value in schema.items()}
    if isinstance(schema, list):
        return [_renamed(item) for item in schema]
    return "from" if schema == "from_" else schema


def _require_all(schema: Any) -> None:
    if isinstance(schema, dict):
        properties = schema.get("properties")
        if schema.get("type") == "object" and isinstance(properties, dict):
            schema["required"] = list(properties)
            schema["additionalProperties"] = False
        for value in schema.values():
            _require_all(value)
    elif isinstance(schema, list):
        for value in schema:
            _require_all(value)
