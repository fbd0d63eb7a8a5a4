"""The reference backend: what every measure means, written to be read.

For each occasion it finds out the least and the greatest value that the records allow, and leaves the verdict to
`decide`. Nothing here is clever: it is what faster backends are to be tested against.
A file for each family of measures; all of them build on `base`.
"""

from collections.abc import Callable, Iterable, Iterator

from checker.backends.reference.base import EVERYTHING, Focus, Occasion
from checker.backends.reference.compared import Compared
from checker.backends.reference.rows import Rows
from checker.backends.reference.single import Single
from checker.backends.reference.states import States
from checker.backends.reference.sums import Sums
from checker.event import Event
from checker.measure import (
    Before,
    Clashes,
    Deviation,
    Distance,
    Holds,
    Lag,
    Lead,
    Length,
    Level,
    Limit,
    Occasions,
    Portion,
    Rule,
    Spacing,
    Standing,
    Step,
    Total,
    Value,
    Within,
)
from checker.obligation import Obligation, Verdict
from checker.trace import Trace


class Reference(Single, Rows, Sums, States, Compared):
    """Evaluates rules on one trace, one after the other; intervals are found once and shared."""

    def __init__(self, trace: Trace) -> None:
        super().__init__(trace)
        self._received: Reference | None = None

    def occasions(self, on: Occasions) -> list[Occasion]:
        """The events or intervals that are meant, within the observation."""
        return self._occasions(Rule(on, Length(), Limit()))

    def evaluate(
        self,
        rule: Rule,
        without: frozenset[Event] = frozenset(),
        doubtful: frozenset[Event] = frozenset(),
        focus: Focus = EVERYTHING,
    ) -> list[Obligation]:
        """What the rule demanded on each occasion within the observation, and what came of it.

        What a gap may hide is told of only where it may break the limit. Occasions that these records made arise are
        left out (`without`), or may have to be (`doubtful`). `focus` says which are asked about, where not all are.
        """
        if rule.as_received and self._trace.hidden:
            if self._received is None:
                self._received = Reference(self._trace.as_received())
            return self._received.evaluate(rule, without, doubtful, focus)
        self._without, self._doubtful, self._focus = without, doubtful, focus
        self._look_around(rule)
        found = list(_told(_MEASURES[type(rule.measure)](self, rule, rule.measure)))
        self._without, self._doubtful, self._focus = frozenset(), frozenset(), EVERYTHING
        if isinstance(rule.measure, (Total, Level)) or (isinstance(rule.measure, Spacing) and rule.measure.edges):
            return found  # these look only at the time in which the rule is in force
        return [obligation for obligation in found if rule.start <= obligation.at < rule.end]


_MEASURES: dict[type, Callable[..., Iterator[Obligation]]] = {
    Holds: Reference._holds,
    Within: Reference._within,
    Value: Reference._value,
    Length: Reference._length,
    Portion: Reference._portion,
    Lead: Reference._lead,
    Lag: Reference._lag,
    Spacing: Reference._spacing,
    Total: Reference._total,
    Level: Reference._level,
    Step: Reference._step,
    Clashes: Reference._clashes,
    Deviation: Reference._deviation,
    Standing: Reference._standing,
    Distance: Reference._distance,
    Before: Reference._before,
}


def _told(measured: Iterable[Obligation]) -> Iterator[Obligation]:
    """Of what a gap may hide only what may break the limit, and each such thing once."""
    seen = set()
    for obligation in measured:
        if obligation.hidden:
            same = (obligation.at, obligation.end, obligation.subject, obligation.key, obligation.measured)
            if obligation.verdict is not Verdict.INCONCLUSIVE or same in seen:
                continue
            seen.add(same)
        yield obligation
