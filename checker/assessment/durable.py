"""The rule engine durable-rules, used within limits in which it agrees with the plain matcher.

It is C code that was not written for input from strangers, so it sees none: every fact reaches it as a few small
whole numbers made here (which condition, which item, codes of values, ranks of instants), never a text of a rulebook
or a log. It only joins: tests on single facts and numbered occurrences are worked out before, and what it finds is
put together after it.

What else keeps it right: a host without its threads and apart from any other; facts asserted one at a time, with
decimal ids in sequence; in every list of tests the equality of a join comes last, and there is only one; a rule that
asks for an absence opens with a gate, a fact that is asserted after all others; actions only note what matched; no
more than 40 rules go into a ruleset.

Afterwards the ruleset is deleted, and before it the state in which the engine holds the facts, which the deletion of
a ruleset leaves behind. The engine never sets up two pointers that it frees with a state, before an action has run in
it: so a first fact, which means nothing else, has one run, and without that the state is left alone.
"""

import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from checker.assessment.facts import Item, Task
from checker.assessment.plain import Match, known
from checker.assessment.rules import Condition
from checker.limits import limit

RULES_AT_ONCE = limit("engine_rules")
"""The most rules in one ruleset, with the one that only has an action run."""
_NAME = "assessments"
_GATE = 0
_FIRST = -1


def match(tasks: Sequence[Task]) -> list[set[Match]]:
    """For each rule every way in which its facts can be chosen. Raises whatever keeps the engine from being used."""
    found: list[set[Match]] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the engine reads its clock in a way that newer Pythons warn of
        most = RULES_AT_ONCE - 1
        for start in range(0, len(tasks), most):
            found += _run(tasks[start : start + most])
    return found


def _run(tasks: Sequence[Task]) -> list[set[Match]]:
    import durable_rules_engine as native
    from durable.engine import Host, MessageNotHandledException

    class QuietHost(Host):  # type: ignore[misc]
        """A host without the two threads that every other one starts."""

        def _run(self) -> None:
            """Nothing runs by itself: assertions act at once."""

    found: list[set[Match]] = [set() for _ in tasks]
    rules: dict[str, Any] = {}
    facts: list[dict[str, int]] = [{"a": _FIRST}]
    begun: set[Match] = set()
    instants = sorted({item.fact.at for task in tasks for items in task.items for item in items})
    codes: dict[object, int] = {}
    slot = _GATE
    for task, matched in zip(tasks, found, strict=True):
        if not all(items for c, items in zip(task.rule.when, task.items, strict=True) if not c.absent):
            continue
        slots = [slot := slot + 1 for _ in task.rule.when]
        rules[f"r{len(rules)}"] = {"all": _tests(task, slots), "run": _noting(matched, len(task.rule.asked))}
        for place, items in enumerate(task.items):
            facts += [_fact(task, place, n, slots[place], instants, codes) for n in range(len(items))]
    if not rules:
        return found
    rules["first"] = {"all": [{"m0": {"a": _FIRST}}], "run": _noting(begun, 0)}
    facts.append({"a": _GATE, "z": 1})
    host = QuietHost()
    host.register_rulesets({_NAME: rules})
    ruleset = host.get_ruleset(_NAME)
    try:
        for number, fact in enumerate(facts, 1):
            with suppress(MessageNotHandledException):  # of no use to any rule: the gate, where none has one
                host.assert_fact(_NAME, {"id": str(number), **fact})
    finally:
        try:
            if begun:
                host.delete_state(_NAME)
        finally:
            native.delete_ruleset(ruleset._handle)
    return found


def _noting(matched: set[Match], asked: int) -> Any:
    def note(closure: Any) -> None:
        matched.add(tuple(int(closure._m[f"m{place}"]["b"]) for place in range(asked)))

    return note


def _tests(task: Task, slots: Sequence[int]) -> list[dict[str, Any]]:
    tests: list[dict[str, Any]] = []
    if any(condition.absent for condition in task.rule.when):
        tests.append({"gate": {"a": _GATE}})
    asked = len(task.rule.asked)
    for place, condition in enumerate(task.rule.when):
        name = f"m{place}$not" if condition.absent else f"m{place}"
        earlier = min(place, asked)
        own: list[dict[str, Any]] = [{"a": slots[place]}]
        own += [_compared("$neq", "f", at, "f") for at in range(earlier)]
        if condition.near is not None:
            own += [_compared("$gt", "t", 0, f"w{place}"), _compared("$lt", "t", 0, f"x{place}")]
        if condition.after is not None:
            own.append(_compared("$gt", "t", condition.after, "t"))
        if condition.before is not None:
            own.append(_compared("$lt", "t", condition.before, "t"))
        if earlier:
            first, *more = _ties(condition) or [-1]
            for at in more:  # a second equality is told as two comparisons
                own += [_compared(sign, f"o{at}", at, f"r{place}") for sign in ("$lte", "$gte")]
            own.append({"z": {"m0": "z"}} if first < 0 else {f"o{first}": {f"m{first}": f"r{place}"}})
        tests.append({name: own[0] if len(own) == 1 else {"$and": own}})
    return tests


def _compared(sign: str, field: str, at: int, other: str) -> dict[str, Any]:
    return {sign: {field: {f"m{at}": other}}}


def _ties(condition: Condition) -> list[int]:
    """The earlier facts that a condition is tied to by equal fields."""
    return sorted({at for _, at, _ in condition.same})


def _fact(
    task: Task, place: int, n: int, slot: int, instants: Sequence[int], codes: dict[object, int]
) -> dict[str, int]:
    """An item as the engine has it: `a` its condition, `b` its place there, `f` its fact, `t` the rank of its instant.

    `o0`, `o1` are codes of the fields by which it is tied to earlier facts, `r1`, `r2` of those by which later ones
    are tied to it; `w1` to `x1` the ranks between which the instant of a later one must lie.
    """
    item, condition = task.items[place][n], task.rule.when[place]
    made = {"a": slot, "b": n, "f": item.number, "t": bisect_left(instants, item.fact.at), "z": 1}
    for at in _ties(condition):
        made[f"o{at}"] = _code(item, [field for field, tied, _ in condition.same if tied == at], codes, 0)
    for later, other in enumerate(task.rule.when):
        if place in _ties(other):
            made[f"r{later}"] = _code(item, [field for _, tied, field in other.same if tied == place], codes, -1)
        if place == 0 and other.near is not None:
            made[f"w{later}"] = bisect_right(instants, item.fact.at - other.near) - 1
            made[f"x{later}"] = bisect_left(instants, item.fact.at + other.near)
    return made


def _code(item: Item, fields: Sequence[str], codes: dict[object, int], unknown: int) -> int:
    """A number for these values, the same for equal ones; what is not known is equal to nothing on the other side."""
    values = tuple(item.get(field) for field in fields)
    return codes.setdefault(values, len(codes) + 1) if all(known(value) for value in values) else unknown
