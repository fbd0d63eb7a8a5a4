"""Rules by which conclusions follow from facts, as plain data, and the limits within which they are worked out."""

from typing import NamedTuple

from checker.bounds import Number
from checker.limits import limit
from checker.location import Location

SORTS = ("finding", "conclusion", "waiver")
"""What a fact can be: a finding of the check, a conclusion of another rule, the use of an exception."""

MAX_RULES = limit("assessments")
"""Rules of one rulebook; one more is a mistake in it."""
MAX_FACTS_OF_A_RULE = limit("facts_of_a_rule")
"""Facts that one rule asks for together, and as many that there must not be; one more is a mistake in it."""
MAX_OCCURRENCES = limit("occurrences")
"""The most that `at_least` may ask for, and the occurrences that a conclusion names: the latest ones."""


class FieldTest(NamedTuple):
    """What is asked of one field of a fact: to be one of these texts (or none of them), or a number between bounds.

    `timed`: the bounds are lengths of time in microseconds, and say nothing of other quantities.
    """

    field: str
    values: frozenset[str] | None = None
    refused: bool = False
    at_least: Number | None = None
    at_most: Number | None = None
    timed: bool = False


class Counted(NamedTuple):
    """Numbered occurrences: the n-th and every later one within the window `(t - within, t]` that ends with it.

    `within` is in microseconds; without it all that came before count. `per` keeps apart what counts together.
    """

    at_least: int
    within: int | None
    per: tuple[str, ...]


class Condition(NamedTuple):
    """One fact that a rule asks for, or one that there must not be (`absent`).

    `same` ties a field of it to a field of an earlier fact (by its place among the facts asked for). `near`: it came
    about less than this (µs) before or after the first. `after`, `before`: later or earlier than that earlier fact.
    """

    sort: str
    tests: tuple[FieldTest, ...]
    name: str = ""
    absent: bool = False
    same: tuple[tuple[str, int, str], ...] = ()
    near: int | None = None
    after: int | None = None
    before: int | None = None
    counted: Counted | None = None


class Piece(NamedTuple):
    """A part of a conclusion's sentence: a text, then a field of a fact (`fact` is its place) or of the conclusion."""

    text: str
    fact: int | None = None
    field: str = ""


class Conclude(NamedTuple):
    """What follows: the name of the conclusion and what is said of it.

    `due` (µs) is how long after it came about a duty is to be met. `carry` are fields taken on from facts.
    """

    conclusion: str
    text: tuple[Piece, ...]
    severity: str | None = None
    due: int | None = None
    carry: tuple[tuple[str, int, str], ...] = ()


class Rule(NamedTuple):
    """A declared rule of assessment. Facts asked for come before those that there must not be.

    A rule only rests on conclusions of lower strata. `looked_at` are the constraints of which there must be no
    finding: without all of them judged it cannot be applied.
    """

    id: str
    title: str
    text: str
    source: str
    when: tuple[Condition, ...]
    conclude: Conclude
    location: Location
    stratum: int = 0
    in_force: bool = True
    looked_at: frozenset[str] = frozenset()

    @property
    def asked(self) -> tuple[Condition, ...]:
        """The facts that it asks for."""
        return tuple(condition for condition in self.when if not condition.absent)

    @property
    def rests_on(self) -> frozenset[str]:
        """The names of the conclusions that it looks at, wanted or unwanted."""
        return frozenset(
            name
            for condition in self.when
            for test in condition.tests
            if condition.sort == "conclusion" and test.field == "conclusion" and test.values and not test.refused
            for name in test.values
        )


class Assessments(NamedTuple):
    """The rules of a rulebook, and those left out of this check, each with the reason."""

    rules: tuple[Rule, ...] = ()
    left_out: tuple[tuple[Rule, str], ...] = ()

    def judging(self, constraints: frozenset[str]) -> "Assessments":
        """The same where only these constraints are judged: that there is no finding says something of them alone."""
        reasons = {}
        for rule in self.rules:
            if missing := sorted(rule.looked_at - constraints):
                more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
                told = f"{', '.join(missing[:3])}{more}"
                reasons[rule.id] = f"it asks that there be no finding of {told}, not selected here"
        return self.without(reasons)

    def without(self, reasons: dict[str, str]) -> "Assessments":
        """The same without these rules (by id, with the reason) and without every rule that rests on one of them."""
        told = dict(reasons)
        for rule in sorted(self.rules, key=lambda rule: rule.stratum):
            if rule.id in told:
                continue
            missing = next((r for r in self.rules if r.id in told and r.conclude.conclusion in rule.rests_on), None)
            if missing is not None:
                told[rule.id] = f"it rests on {missing.id}"
        left_out = tuple((rule, told[rule.id]) for rule in self.rules if rule.id in told)
        return Assessments(tuple(r for r in self.rules if r.id not in told), (*self.left_out, *left_out))
