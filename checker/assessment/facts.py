"""Facts, and which of them a rule may be about: single ones by tests on their fields, and numbered occurrences."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from checker.assessment.rules import MAX_OCCURRENCES, Condition, Counted, FieldTest, Rule
from checker.bounds import Number


class Quantity(NamedTuple):
    """A number known within bounds; `timed`: a length of time in microseconds."""

    low: Number
    high: Number
    timed: bool = False


class Mark(NamedTuple):
    """A value that is no text: see `ALL` and `WITHHELD`."""

    text: str


ALL = Mark("all")
"""The subject of what concerns no single asset."""
WITHHELD = Mark("not known")
"""A field that ought to have a value which is not known: equal to nothing for sure, and possibly to anything."""


class Fact(NamedTuple):
    """A finding, a conclusion or the use of an exception: when it came about (µs), until when, and its fields.

    `last` is the last instant at which it may have come about, where that is open.
    """

    sort: str
    id: str
    at: int
    until: int
    fields: dict[str, Any]
    last: int | None = None


def field_of(fact: Fact, field: str) -> Any:
    """A field of a fact; None where there is none."""
    if field == "from":
        return fact.at
    return fact.until if field == "until" else fact.fields.get(field)


class Item(NamedTuple):
    """A fact that a condition may be about; of numbered occurrences the last, its number, and all that count.

    Facts are known by their number in the list of all facts.
    """

    number: int
    fact: Fact
    because: tuple[int, ...]
    numbered: int | None = None

    def get(self, field: str) -> Any:
        """A field of the fact; None where there is none."""
        if field == "count" and self.numbered is not None:
            return Quantity(self.numbered, self.numbered)
        return field_of(self.fact, field)


class Task(NamedTuple):
    """One rule with the facts that each of its conditions may be about."""

    rule: Rule
    items: tuple[tuple[Item, ...], ...]


def task_of(rule: Rule, facts: Sequence[Fact]) -> Task:
    """The rule with what it may be about; its conditions are tried on each fact by itself here."""
    return Task(rule, tuple(tuple(_items(condition, facts)) for condition in rule.when))


def _items(condition: Condition, facts: Sequence[Fact]) -> Iterator[Item]:
    fitting = [
        Item(number, fact, (number,))
        for number, fact in enumerate(facts)
        if fact.sort == condition.sort and all(_passes(test, fact, condition.absent) for test in condition.tests)
    ]
    return iter(fitting) if condition.counted is None else _occurrences(condition.counted, fitting)


def _passes(test: FieldTest, fact: Fact, possibly: bool) -> bool:
    """Whether a fact surely passes, or possibly does: what there must not be is not to be ruled out too lightly."""
    value = field_of(fact, test.field)
    if value is WITHHELD:
        return possibly
    if test.field in ("from", "until"):
        value = Quantity(value, value, timed=True)
    if test.values is not None:
        return (value is not None and as_text(value) in test.values) is not test.refused
    if not isinstance(value, Quantity) or value.timed is not test.timed:
        return False
    low, high = (value.high, value.low) if possibly else (value.low, value.high)
    return (test.at_least is None or low >= test.at_least) and (test.at_most is None or high <= test.at_most)


def as_text(value: Any) -> str:
    """A value as tests and sentences have it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mark):
        return value.text
    if isinstance(value, Quantity) and value.low == value.high:
        return str(value.low)
    return str(value)


def _occurrences(counted: Counted, fitting: Sequence[Item]) -> Iterator[Item]:
    """Each fact that is at least the n-th of its like in the window `(t - within, t]` that ends with it.

    Facts of one instant are numbered in the order of their ids. A fact whose like is not known does not count.
    """
    groups: dict[tuple[Any, ...], list[Item]] = {}
    for item in sorted(fitting, key=lambda item: (item.fact.at, item.fact.id)):
        like = tuple(item.get(field) for field in counted.per)
        if None not in like and WITHHELD not in like:
            groups.setdefault(like, []).append(item)
    for group in groups.values():
        first = 0
        for last, item in enumerate(group):
            while counted.within is not None and group[first].fact.at <= item.fact.at - counted.within:
                first += 1
            count = last + 1 - first
            if count >= counted.at_least:
                named = group[max(first, last + 1 - MAX_OCCURRENCES) : last + 1]
                yield Item(item.number, item.fact, tuple(i.number for i in named), count)
