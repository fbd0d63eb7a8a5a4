"""What lint has to say: a remark with its code and level, where it points, and the schedule that shows it."""

from dataclasses import field
from typing import Any

from checker.errors import Problem
from checker.quick import dataclass

NOTE, WARNING, ERROR = "note", "warning", "error"
LEVELS = (NOTE, WARNING, ERROR)
"""From what is worth knowing to what cannot be meant."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A schedule that shows what a remark says: a log, judged by the program itself.

    `spans` are (asset, from, until) in whole microseconds; `verdicts` what came of each constraint that was judged.
    """

    text: str
    spans: tuple[tuple[str, int, int], ...]
    records: tuple[dict[str, Any], ...]
    verdicts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Remark:
    """Something about a rulebook that its author should know.

    `constraints` are those it is about, the one where it points first; `about` names definitions. `at` is the place
    with the message and what to do.
    """

    code: str
    level: str
    at: Problem
    constraints: tuple[str, ...] = ()
    about: tuple[str, ...] = ()
    witness: Witness | None = field(default=None, compare=False)
    rule: int | None = field(default=None, compare=False)
    """The rule that it is about, by its place among all that are asked."""
