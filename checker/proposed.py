"""A mapping proposed from a sample of logs, as plain data that every page of it is rendered from."""

from dataclasses import field
from typing import Any

from checker.answers import Answer
from checker.quick import dataclass
from checker.report import ToolOf

SURE, LIKELY, OPEN = "sure", "likely", "open"


@dataclass(slots=True)
class Placed:
    """What was chosen for one line of the mapping, and why.

    `confidence`: `sure`, `likely` (look at it), or `open` (it could not be decided from the sample).
    """

    name: str
    value: Any
    confidence: str
    reason: str


@dataclass(slots=True)
class Left:
    """A member that no line of the mapping takes: a field of events, with what was seen of it."""

    path: str
    kind: str
    records: int
    note: str = ""


@dataclass(slots=True)
class Proposal(Answer):
    """A mapping, line by line, what it leaves as fields, and how many records of the sample it reads.

    `unreadable` are lines that are no records of the format at all; `rejected` is why the first ones of those that are
    cannot be read by it. `complete`: nothing is open, and every record that is one can be read.
    """

    proposal_version: int
    tool: ToolOf
    logs: list[str]
    format: str
    records: int
    whole: bool
    unreadable: int
    accepted: int
    complete: bool
    mapping: dict[str, Any] = field(default_factory=dict)
    placed: list[Placed] = field(default_factory=list)
    fields: list[Left] = field(default_factory=list)
    types: dict[str, int] = field(default_factory=dict)
    open: list[str] = field(default_factory=list)
    rejected: list[str] = field(default_factory=list)
