"""Assessment: what follows from facts by declared rules, stratum by stratum; never a verdict, never a determination."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from checker.assessment.facts import ALL, WITHHELD, Fact, Item, Quantity, Task, as_text, task_of
from checker.assessment.plain import Match, buckets, fits, known, match
from checker.assessment.rules import (
    Assessments,
    Conclude,
    Condition,
    Rule,
)
from checker.bounds import is_finite
from checker.limits import limit
from checker.timeline import format_duration, format_instant

__all__ = ["Conclusion", "Matcher", "Outcome", "conclude", "match", "matcher"]

Matcher = Callable[[Sequence[Task]], list[set[Match]]]
"""For each rule, with the facts that its conditions may be about, every way in which they can be chosen."""

ENGINE_FACTS = limit("engine_facts")
ENGINE_MATCHES = limit("engine_matches")
"""Beyond these a stratum goes to the plain matcher, which finds the same: the engine's time and memory grow faster."""


NOT_HAD = "durable-rules cannot be imported here: assessments were made by the plain matcher, which finds the same"
GIVEN_UP = "durable-rules could not be used: assessments were made by the plain matcher, which finds the same"
"""Notices of a report that was made without the rule engine."""


class Conclusion(NamedTuple):
    """A conclusion as a fact for other rules, with its rule, its sentence and the facts that it rests on."""

    rule: Rule
    fact: Fact
    subject: str | None
    due: int | None
    text: str
    because: tuple[Fact, ...]


class Outcome(NamedTuple):
    """Everything that follows, in the order of the rulebook and of time, and what a reader should know beside it."""

    conclusions: tuple[Conclusion, ...]
    notices: tuple[str, ...]


def matcher() -> tuple[Matcher, str]:
    """The rule engine where it can be had, else the plain matcher, with what a reader should know."""
    try:
        from importlib import import_module

        for name in ("durable.engine", "durable_rules_engine"):
            import_module(name)
    except Exception:  # whatever keeps it from being imported, the plain matcher finds the same
        return match, NOT_HAD
    from checker.assessment import durable as engine

    return engine.match, ""


def conclude(assessments: Assessments, facts: Iterable[Fact], using: Matcher | None = None) -> Outcome:
    """Apply the rules to the facts, lower strata first, until nothing more follows.

    Every rule rests on conclusions of lower strata only, so each is applied once, to facts that are complete.
    """
    weighed = sorted(facts, key=_order)
    notices: list[str] = []
    rules = assessments._replace(rules=tuple(rule for rule in assessments.rules if rule.in_force))
    if len(weighed) > limit("facts"):
        return Outcome(
            (), (f"nothing was assessed: {len(weighed):,} facts, of which at most {limit('facts'):,} are weighed",)
        )
    found: dict[str, list[Conclusion]] = {}
    for stratum in sorted({rule.stratum for rule in rules.rules}):
        reasons: dict[str, str] = {}
        tasks = []
        for rule in rules.rules:
            if rule.stratum == stratum:
                task = task_of(rule, weighed)
                ways = _ways(task)
                if ways > limit("matches"):
                    reasons[rule.id] = f"it could be tried in more than {limit('matches'):,} ways"
                elif ways:
                    tasks.append((ways, task))
        small = sum(ways for ways, _ in tasks) <= ENGINE_MATCHES
        small = small and sum(len(items) for _, task in tasks for items in task.items) <= ENGINE_FACTS
        if tasks and small and using is None:
            using, notice = matcher()
            notices += [notice] if notice else []
        weighing = [task for _, task in tasks]
        try:
            matched = (using if small and using is not None else match)(weighing)
        except Exception:  # the engine gave up, whatever the reason
            using, matched = match, match(weighing)
            notices.append(GIVEN_UP)
        for (_, task), matches in zip(tasks, matched, strict=True):
            made = _conclusions(task, matches, weighed)
            if len(made) > limit("conclusions"):
                reasons[task.rule.id] = f"more than {limit('conclusions'):,} conclusions would follow by it"
            else:
                found[task.rule.id] = made
        if reasons:
            rules = rules.without(reasons)
        here = [c.fact for rule in rules.rules if rule.stratum == stratum for c in found.get(rule.id, ())]
        weighed += sorted(here, key=_order)
    notices += [f"assessment {rule.id} was not made: {reason}" for rule, reason in _missed(rules, weighed)]
    return Outcome(tuple(c for rule in rules.rules for c in found.get(rule.id, ())), tuple(notices))


def _missed(rules: Assessments, facts: Sequence[Fact]) -> Iterator[tuple[Rule, str]]:
    """The rules left out that would have had something to conclude from: all the facts that they ask for are there."""
    names: set[str] = set()
    for rule, reason in sorted(rules.left_out, key=lambda left: left[0].stratum):
        items = task_of(rule, facts).items
        asked = zip(rule.when, items, strict=True)
        if rule.in_force and all(there or c.absent or names & rule.rests_on for c, there in asked):
            names.add(rule.conclude.conclusion)
            yield rule, reason


def _order(fact: Fact) -> tuple[Any, ...]:
    return (fact.at, fact.sort, fact.id)


def _ways(task: Task) -> int:
    """At most so many choices of facts have to be tried: exact for two facts, an upper bound for more."""
    ways, widest = 0, 0
    for place, (condition, items) in enumerate(zip(task.rule.when, task.items, strict=True)):
        alike = buckets(condition, items)
        if place == 0:
            ways = widest = len(items)
        elif place == 1 and all(at == 0 for _, at, _ in condition.same):
            ours = buckets(condition._replace(same=tuple((f, 0, f) for _, _, f in condition.same)), task.items[0])
            tried = sum(len(alike.get(values, ())) * len(those) for values, those in ours.items())
            widest = max(ways, tried)
            ways = ways if condition.absent else tried
        else:
            tried = ways * max(map(len, alike.values()), default=0)
            widest = max(widest, tried)
            ways = ways if condition.absent else tried
        if condition.absent:
            doubts = len(_loose(condition, items))
            if any(item.get(f) is WITHHELD for _, at, f in condition.same for item in task.items[at]):
                doubts = len(items)
            widest = max(widest, ways * doubts)
    return widest if ways else 0


def _conclusions(task: Task, matches: Iterable[Match], facts: Sequence[Fact]) -> list[Conclusion]:
    """What follows from the matches; those from which the same follows are one, resting on the facts of all."""
    rule = task.rule
    merged: dict[tuple[Any, ...], tuple[Conclusion, set[int]]] = {}
    loose = [_loose(condition, items) for condition, items in zip(rule.when, task.items, strict=True)]
    for chosen in sorted(matches):
        items = [task.items[place][n] for place, n in enumerate(chosen)]
        if _doubtful(task, items, loose):
            continue
        made = _conclusion(rule, items)
        _, because = merged.setdefault((made.fact.id,), (made, set()))
        because.update(number for item in items for number in item.because)
    found = [
        made._replace(because=tuple(sorted((facts[number] for number in because), key=_order)))
        for made, because in merged.values()
    ]
    return sorted(found, key=_place)


def _place(conclusion: Conclusion) -> tuple[Any, ...]:
    fact = conclusion.fact
    count = fact.fields.get("count")
    return (fact.at, conclusion.subject or "", count.low if count else 0, fact.until, fact.id)


def _doubtful(task: Task, chosen: Sequence[Item], loose: Sequence[Sequence[Item]]) -> bool:
    """Whether there may be a fact that there must not be: one tied by a value, or at a time, that is not known."""
    for condition, items, withheld in zip(task.rule.when, task.items, loose, strict=True):
        if not condition.absent:
            continue
        ours = [chosen[at].get(field) for _, at, field in condition.same]
        untied = condition._replace(same=(), near=None, after=None, before=None)
        for item in items if WITHHELD in ours else withheld:
            pairs = [(item.get(field), value) for (field, _, _), value in zip(condition.same, ours, strict=True)]
            alike = all(WITHHELD in pair or (known(pair[0]) and pair[0] == pair[1]) for pair in pairs)
            if alike and fits(untied, item, chosen) and _may_be_then(condition, item, chosen):
                return True
    return False


def _may_be_then(condition: Condition, item: Item, chosen: Sequence[Item]) -> bool:
    """Whether a fact may have come about at a time at which there must be none."""
    at, last = item.fact.at, item.fact.at if item.fact.last is None else item.fact.last
    return (
        (condition.near is None or at - condition.near < chosen[0].fact.at < last + condition.near)
        and (condition.after is None or last > chosen[condition.after].fact.at)
        and (condition.before is None or at < chosen[condition.before].fact.at)
    )


def _loose(condition: Condition, items: Sequence[Item]) -> list[Item]:
    """The items that may be equal to anything, or may have come about at another time."""
    timed = condition.near is not None or condition.after is not None or condition.before is not None
    return [
        item for item in items
        if any(item.get(field) is WITHHELD for field, _, _ in condition.same) or (timed and item.fact.last is not None)
    ]  # fmt: skip


def _conclusion(rule: Rule, items: Sequence[Item]) -> Conclusion:
    """It came about with the last of its facts; what it is about is what the first is about."""
    says = rule.conclude
    at = max(item.fact.at for item in items)
    until = max(item.fact.until for item in items)
    due = at + says.due if says.due is not None else None
    subject = items[0].get("subject")
    fields: dict[str, Any] = {"assessment": rule.id, "conclusion": says.conclusion, "subject": subject}
    if says.severity is not None:
        fields["severity"] = says.severity
    count = next((item.numbered for item in items if item.numbered is not None), None)
    if count is not None:
        fields["count"] = Quantity(count, count)
    fields.update({name: items[place].get(field) for name, place, field in says.carry})
    own = {**fields, "from": at, "until": until, "due": due}
    text = _sentence(says, items, own)
    carried = [(name, as_text(value)) for name, value in sorted(fields.items()) if value is not None]
    parts = (rule.id, carried, at, until, text)
    fact_id = f"{rule.id}-{hashlib.sha256(repr(parts).encode()).hexdigest()[:10]}"
    shown = None if subject is ALL or subject is None else as_text(subject)
    return Conclusion(rule, Fact("conclusion", fact_id, at, until, fields), shown, due, text, ())


def _sentence(says: Conclude, items: Sequence[Item], own: dict[str, Any]) -> str:
    told = []
    for piece in says.text:
        told.append(piece.text)
        if piece.field:
            value = own.get(piece.field) if piece.fact is None else items[piece.fact].get(piece.field)
            told.append(_shown(piece.field, value))
    return "".join(told)


def _shown(field: str, value: Any) -> str:
    if value is None:
        return "none"
    if field in ("from", "until", "due") and isinstance(value, int):
        return format_instant(value)
    if isinstance(value, Quantity):
        bounds = [_amount(value, bound) for bound in dict.fromkeys((value.low, value.high))]
        return bounds[0] if len(bounds) == 1 else f"between {bounds[0]} and {bounds[1]}"
    return as_text(value)


def _amount(quantity: Quantity, bound: Any) -> str:
    if not is_finite(bound):
        return "unbounded"
    return format_duration(int(bound)) if quantity.timed else str(bound)
