"""What came of the examples of a rulebook, as plain data that every page of it is rendered from.

`verdict` of an example: `passed`, `failed` (something else was found than expected), `error` (it could not be judged).
"""

from dataclasses import field

from checker.answers import Answer
from checker.quick import dataclass
from checker.report import ToolOf

PASSED, FAILED, ERROR = "passed", "failed", "error"


@dataclass(slots=True)
class BookOf:
    """Which rulebook was tested."""

    id: str
    version: str
    title: str
    digest: str


@dataclass(slots=True)
class ExampleResult:
    """One example: where it stands, which constraints it is about, and what differs from what it expects, in words."""

    name: str
    file: str
    line: int
    position: str | None
    constraints: list[str]
    verdict: str
    differences: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Coverage:
    """What the examples of a constraint have seen.

    `seen` counts examples by the verdict that the constraint had in them; kept by parts alone, or by nothing that must
    not be, counts 0. `alternatives` is how many its patterns name,
    `unseen` those that no record of an example is of. `complete`: activated, once kept, once broken, all alternatives.
    """

    constraint: str
    title: str
    group: str
    examples: int
    seen: dict[str, int]
    activated: bool
    alternatives: int
    unseen: list[str]
    complete: bool


@dataclass(slots=True)
class Survivor:
    """A mutant that no example noticed: of which constraint (or named interval), and what was changed in it."""

    of: str
    position: str | None
    change: str


@dataclass(slots=True)
class Mutation:
    """How many rules that are nearly those of the rulebook there were, and how many of them some example noticed."""

    mutants: int
    killed: int
    survivors: list[Survivor] = field(default_factory=list)


@dataclass(slots=True)
class Outcome(Answer):
    """The whole of one run; `mutation` is null where none was asked for."""

    test_version: int
    tool: ToolOf
    rulebook: BookOf
    passed: int
    failed: int
    errors: int
    examples: list[ExampleResult]
    coverage: list[Coverage]
    mutation: Mutation | None = None

    @property
    def good(self) -> bool:
        """Whether every example came out as it is to."""
        return not self.failed and not self.errors

    @property
    def lacking(self) -> bool:
        """Whether coverage is not complete, or more than 5 % of the mutants were not noticed."""
        unnoticed = 0 if self.mutation is None else self.mutation.mutants - self.mutation.killed
        most = 0 if self.mutation is None else self.mutation.mutants // 20
        return unnoticed > most or not all(row.complete for row in self.coverage)
