"""What rests on how long the log was observed, where its first or last record has no exact time.

A log goes from its first record to its last one. Where one of them may be of any instant of a day, each rule that looks
for what is not there is judged on the longest and on the shortest observation, and what they disagree on is
inconclusive.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from checker.bounds import Bounds
from checker.contradiction import cause_of, meet
from checker.event import REDUCED
from checker.measure import Clashes, Holds, Lead, Level, OnEvents, Rule, Spacing, Standing, Step, Total, Value
from checker.obligation import Obligation, Verdict, decide


def rests_on_edges(rule: Rule) -> bool:
    """Whether what a rule finds may depend on when observation began or ended: not if it asks about records alone."""
    on, measure = rule.on, rule.measure
    if not isinstance(on, OnEvents) or on.during is not None or on.outside is not None:
        return True
    if isinstance(measure, (Holds, Value, Step, Clashes)):
        return False
    if isinstance(measure, Standing):  # at the end, whenever that was, the last record tells
        return measure.on is not None
    if isinstance(measure, Lead):
        return not rule.history_complete
    if isinstance(measure, Spacing):
        return rule.limit.at_most is not None
    return not (isinstance(measure, Total) and rule.limit.at_least is None and not measure.window.since)


def settled(rule: Rule, longest: Sequence[Obligation], shortest: Iterable[Obligation]) -> list[Obligation]:
    """What was found on the longest observation, and inconclusive where the shortest one says otherwise."""
    others: dict[object, list[Obligation]] = {}
    for other in shortest:
        others.setdefault((cause_of(rule, other), other.subject), []).append(other)
    told: list[Obligation] = []
    for one in longest:
        same = others.get((cause_of(rule, one), one.subject), [])
        if one.verdict is Verdict.VIOLATED:
            broken = [other for other in same if other.verdict is Verdict.VIOLATED and meet(one, other)]
            told += _both(rule, one, broken) if broken else [_open(rule, one, same)]
        elif one.verdict is Verdict.SATISFIED and any(other.verdict is not Verdict.SATISFIED for other in same):
            told.append(_open(rule, one, same))
        else:
            told.append(one)
    return list(dict.fromkeys(told))


def _both(rule: Rule, one: Obligation, broken: Sequence[Obligation]) -> list[Obligation]:
    """A breach in either case: as great as it is in one of them, and for as long as it lasts in both."""
    if isinstance(rule.measure, (Total, Level)):
        return [replace(other, occasion=one.occasion) for other in broken]
    (other, *_) = broken
    measured = one.measured.or_(other.measured)
    if measured == one.measured:
        return [one]
    start, end = max(one.start, other.start), min(one.end, other.end)
    return [replace(one, measured=measured, decision=decide(measured, rule.limit), start=start, end=max(start, end))]


def _open(rule: Rule, one: Obligation, others: Sequence[Obligation]) -> Obligation:
    measured = one.measured
    for other in others:
        if other.unit == one.unit:
            measured = measured.or_(other.measured)
    if isinstance(rule.measure, Spacing) and not others:  # nothing of it may have been observed
        measured = measured.or_(Bounds.exactly(0))
    return replace(one, measured=measured, decision=decide(measured, rule.limit, certain=False), reason=REDUCED)
