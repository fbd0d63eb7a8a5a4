"""The plain matcher: what it means that facts fit a rule. It also serves wherever the rule engine cannot be had."""

from collections.abc import Iterable, Sequence

from checker.assessment.facts import WITHHELD, Item, Task
from checker.assessment.rules import Condition

Match = tuple[int, ...]
"""For each fact that a rule asks for, which of the items of its condition it is."""


def match(tasks: Sequence[Task]) -> list[set[Match]]:
    """For each rule every way in which its facts can be chosen."""
    return [_matches(task) for task in tasks]


def _matches(task: Task) -> set[Match]:
    found: list[Match] = [()]
    for place, (condition, items) in enumerate(zip(task.rule.when, task.items, strict=True)):
        alike = buckets(condition, items)
        grown = []
        for match in found:
            chosen = [task.items[at][n] for at, n in enumerate(match[:place])]
            fitting = (n for n in alike.get(tied_to(condition, chosen), ()) if fits(condition, items[n], chosen))
            if not condition.absent:
                grown += [(*match, n) for n in fitting]
            elif next(fitting, None) is None:
                grown.append(match)
        found = grown
    return set(found)


def buckets(condition: Condition, items: Iterable[Item]) -> dict[tuple[object, ...], list[int]]:
    """The items by the values of the fields that tie them to earlier facts."""
    alike: dict[tuple[object, ...], list[int]] = {}
    for n, item in enumerate(items):
        alike.setdefault(tuple(item.get(field) for field, _, _ in condition.same), []).append(n)
    return alike


def tied_to(condition: Condition, chosen: Sequence[Item]) -> tuple[object, ...]:
    """The values that those fields must have, given the facts chosen so far."""
    return tuple(chosen[at].get(field) for _, at, field in condition.same)


def fits(condition: Condition, item: Item, chosen: Sequence[Item]) -> bool:
    """Whether an item, of equal values already, is another fact and stands in time as the condition asks."""
    at = item.fact.at
    return (
        all(item.number != other.number for other in chosen)
        and all(known(item.get(field)) for field, _, _ in condition.same)
        and (condition.near is None or abs(at - chosen[0].fact.at) < condition.near)
        and (condition.after is None or at > chosen[condition.after].fact.at)
        and (condition.before is None or at < chosen[condition.before].fact.at)
    )


def known(value: object) -> bool:
    """Whether a value can be equal to another: one that is not there, or not known, equals nothing."""
    return value is not None and value is not WITHHELD
