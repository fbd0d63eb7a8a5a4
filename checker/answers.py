"""What `explain`, `compare` and `sweep` answer: plain data that every page of them is rendered from, as the report is.

Instants are RFC 3339 texts in UTC. Numbers are of the `unit` beside them: seconds for durations.
"""

from dataclasses import field
from typing import Any

from checker.quick import dataclass
from checker.report import (
    Finding,
    LogOf,
    Observed,
    Range,
    RulebookOf,
    ToolOf,
    Value,
    WitnessOf,
    plain,
    schema_of,
)

VERSION = 1


class Answer:
    """What all answers can do: become plain data."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """Plain data, in the shape of the schema."""
        made: dict[str, Any] = plain(self)
        return made

    @classmethod
    def schema(cls) -> dict[str, Any]:
        """The JSON Schema of `to_dict()`, generated from these classes."""
        return schema_of(cls, cls.__name__)


# ---- explain ----


@dataclass(slots=True)
class Flip:
    """The smallest change that would have turned the verdict `to` another.

    `amount` (of the unit of the measure) is by how much, as a text too. Where the time of a record decides, `moved` is
    that record (null: one that is not there), `side` says on which side of the instant `at` it would have to lie: `at
    or before`, `at or after`, `before`, `after`.
    """

    to: str
    text: str
    amount: Value
    unit: str
    moved: WitnessOf | None
    side: str | None
    at: str | None


@dataclass(slots=True)
class Occasion:
    """One occasion on which a constraint applied: what made it apply, what was measured and how, what came of it.

    `activation` is the record that made it apply (null for a silence, or what lies before the log); `steps` are
    sentences that lead from the records to the quantity; `lines` tell the fact and what a waiver makes of it.
    """

    id: str
    verdict: str
    subject: str | None
    key: dict[str, Any]
    at: str
    from_: str
    until: str
    activation: WitnessOf | None
    steps: list[str]
    measured: Range
    limit: Value
    margin: Range
    unit: str
    measured_text: str
    limit_text: str
    margin_text: str | None
    lines: list[str]
    due: str | None
    evidence: str | None
    flip: Flip | None
    witnesses: list[WitnessOf]


@dataclass(slots=True)
class Explanation(Answer):
    """A constraint or one finding, occasion by occasion. `subjects` are those asked about; empty: all."""

    explanation_version: int
    tool: ToolOf
    rulebook: RulebookOf
    observed: Observed
    constraint: str
    title: str
    text: str
    note: str
    source: str
    kind: str
    group: str
    severity: str
    defined: str
    in_force: bool
    parameters: dict[str, str]
    subjects: list[str]
    occasions: list[Occasion] = field(default_factory=list)


# ---- compare ----


@dataclass(slots=True)
class Side:
    """What a constraint asks under one position, and what came of it on this log.

    `limits` tells each limit in words; `worst` is the largest magnitude in breach, in words; null without one.
    """

    position: str
    in_force: bool
    kind: str
    limits: list[str]
    verdict: str
    activations: int
    satisfied: int
    violated: int
    inconclusive: int
    pending: int
    excused: int
    worst: str | None
    findings: list[str]


@dataclass(slots=True)
class Relation:
    """How a constraint under the position `second` stands to the one under `first`.

    `by_rulebook` and `on_log` are `equal`, `stricter` (the second asks more), `looser` or `incomparable`; the first
    follows from the rulebook alone, the second from what this log shows. `because` gives the reasons of the former.
    """

    first: str
    second: str
    by_rulebook: str
    on_log: str
    because: list[str]


@dataclass(slots=True)
class Compared:
    """One constraint under all the positions; `parameters` are those of its values that differ, by position."""

    id: str
    title: str
    text: str
    group: str
    severity: str
    same: bool
    """Whether rule, verdicts, and magnitudes are the same under all."""
    parameters: dict[str, dict[str, str]]
    sides: list[Side]
    relations: list[Relation]


@dataclass(slots=True)
class OnlyIn:
    """A finding that `position` has and `other` has not; `instead` is what became of the occasion there, if told."""

    position: str
    other: str
    finding: Finding
    instead: str | None


@dataclass(slots=True)
class Total:
    """One position as a whole: its verdict, and how many findings it has by verdict."""

    position: str
    verdict: str
    violated: int
    inconclusive: int
    pending: int
    excused: int


@dataclass(slots=True)
class Comparison(Answer):
    """One log under several positions, constraint by constraint; there is no one score."""

    comparison_version: int
    tool: ToolOf
    rulebooks: list[RulebookOf]
    logs: list[LogOf]
    observed: Observed
    totals: list[Total]
    constraints: list[Compared] = field(default_factory=list)
    only_in: list[OnlyIn] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


# ---- sweep ----


@dataclass(slots=True)
class Turned:
    """An occasion whose verdict is another on the two sides of a breakpoint."""

    subject: str | None
    key: dict[str, Any]
    at: str
    below: str
    above: str


@dataclass(slots=True)
class Breakpoint:
    """A value at which what comes of a constraint changes; `turned` is empty where it was judged again."""

    value: Value
    text: str
    turned: list[Turned]


@dataclass(slots=True)
class Step:
    """A stretch of values under which the same comes of a constraint: how many occasions came out how.

    `from` or `until` null: there is no such end. `current`: the value in force lies in it.
    """

    from_: Value
    from_included: bool
    until: Value
    until_included: bool
    text: str
    satisfied: int
    violated: int
    inconclusive: int
    pending: int
    excused: int
    current: bool


@dataclass(slots=True)
class Swept:
    """One constraint over the values of the parameter.

    `method`: `measured` (one measurement, compared with each value), `judged again` (at each breakpoint and between
    them), `points` (judged again at the values given; nothing is said of those between).
    """

    id: str
    title: str
    text: str
    kind: str
    method: str
    why: str | None
    breakpoints: list[Breakpoint]
    steps: list[Step]


@dataclass(slots=True)
class Sweep(Answer):
    """How what comes of constraints depends on a parameter, whose value now is `value`."""

    sweep_version: int
    tool: ToolOf
    rulebook: RulebookOf
    logs: list[LogOf]
    observed: Observed
    parameter: str
    value: str
    unit: str
    constraints: list[Swept] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)


# ---- lint ----


@dataclass(slots=True)
class BookOf:
    """Which rulebook was looked at."""

    id: str
    version: str
    title: str
    digest: str


@dataclass(slots=True)
class SpanOf:
    """When something of a schedule goes on, and of which asset."""

    subject: str
    from_: str
    until: str


@dataclass(slots=True)
class Schedule:
    """A schedule that shows what a remark says, as records of a log, with what the program made of it.

    `verdicts` are by constraint, of the rules that the remark is about alone.
    """

    text: str
    spans: list[SpanOf]
    records: list[dict[str, Any]]
    verdicts: dict[str, str]


@dataclass(slots=True)
class RemarkOf:
    """Something that is wrong with a rulebook as an agreement, or may be: where, what, and what to do.

    `constraints` are those it is about, the one that it points at first, `about` other names. `positions` are those
    under which it holds, empty for a rulebook without any. `meant`: why its author means it so; null if nobody says
    that.
    """

    code: str
    level: str
    file: str
    line: int
    column: int
    excerpt: str
    constraints: list[str]
    about: list[str]
    positions: list[str]
    text: str
    what_to_do: str
    meant: str | None
    witness: Schedule | None


@dataclass(slots=True)
class Lint(Answer):
    """What is wrong with a rulebook as an agreement, without any log; `positions` are those it was looked at under.

    `failed`: there are remarks, not meant, of the level `fail_on` or above.
    """

    lint_version: int
    tool: ToolOf
    rulebook: BookOf
    positions: list[str]
    fail_on: str
    failed: bool
    errors: int
    warnings: int
    notes: int
    meant: int
    remarks: list[RemarkOf] = field(default_factory=list)
