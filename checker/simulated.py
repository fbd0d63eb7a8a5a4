"""What came of checking simulated logs against their labels, as plain data that every page of it is rendered from."""

from dataclasses import field

from checker.answers import Answer
from checker.quick import dataclass
from checker.report import ToolOf


@dataclass(slots=True)
class ScenarioName:
    """Which scenario, of which rulebook and position."""

    id: str
    title: str
    file: str
    rulebook: str
    position: str | None


@dataclass(slots=True)
class Recall:
    """The labels of one constraint: how many there were, and how many were found exactly as they say."""

    constraint: str
    labels: int
    found: int


@dataclass(slots=True)
class Miss:
    """A log that came out otherwise than its labels say: its seed, and in what."""

    seed: int
    differences: list[str]


@dataclass(slots=True)
class Checked(Answer):
    """Logs made of one scenario, checked.

    `whole` logs are complete: every labelled breach is to be found, with its size and time, and nothing else. In the
    other ones nothing may be told that is not true: no breach that is no label, and nothing labelled as kept.
    `open` counts the labels in these that were left open.
    """

    version: int
    tool: ToolOf
    scenario: ScenarioName
    first_seed: int
    logs: int
    whole: int
    records: int
    labels: int
    found: int
    open: int
    false: int
    """Findings that no label states, or that contradict one."""
    recall: list[Recall]
    unlabelled: list[str]
    """Constraints in the scope of the scenario that no log broke."""
    misses: list[Miss] = field(default_factory=list)

    @property
    def perfect(self) -> bool:
        """Whether nothing came out otherwise than labelled."""
        return not self.misses
