"""Which rules are judged on which rows together, so that never more than so many rows are worked on at once."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from checker.columns import BUCKETS, WITHHELD_BUCKET, Selection
from checker.interval import Spell, primitives
from checker.limits import limit
from checker.measure import (
    Before,
    Clashes,
    Deviation,
    Lag,
    Lead,
    Level,
    Match,
    OnEvents,
    Portion,
    Rule,
    Spacing,
    Standing,
    Step,
    Total,
    Within,
)
from checker.parts import types_of

ROWS = limit("rows_at_once")
"""So many rows at most are worked on at once, where rules can be judged on fewer than all."""


class Batch(NamedTuple):
    """Rules that are judged on the same rows."""

    rules: Sequence[Rule]
    selection: Selection


def batches(rules: Sequence[Rule], count: Callable[[Selection], int], most: int = ROWS) -> list[Batch]:
    """Batches of at most so many rows each, as far as that can be; `count` tells how many a selection has.

    Rules by asset are judged on one bin of assets after the other, unless it is withheld whom some of their records
    are about.
    """
    if count(Selection()) <= most:
        return [Batch(rules, Selection())] if rules else []
    apart: list[Rule] = []
    whole: list[Rule] = []
    for rule in rules:
        types = types_of(rule)
        told = not count(Selection((WITHHELD_BUCKET,), types))
        (apart if told and is_by_asset(rule) else whole).append(rule)
    found = list(_by_types(whole, None, count, most))
    types = union(map(types_of, apart))
    for assets in bins(lambda bucket: count(Selection((bucket,), types)), most) if apart else ():
        found += _by_types(apart, assets, count, most)
    return found


def bins(size: Callable[[int], int], most: int) -> list[tuple[int, ...]]:
    """Buckets that follow one another, together as long as they are not too large."""
    found: list[list[int]] = []
    total = 0
    for bucket in range(BUCKETS):
        total += (many := size(bucket))
        if not found or total > most:
            found.append([])
            total = many
        found[-1].append(bucket)
    return [tuple(assets) for assets in found]


def _by_types(
    rules: Sequence[Rule], buckets: tuple[int, ...] | None, count: Callable[[Selection], int], most: int
) -> Iterator[Batch]:
    """Rules together as long as the rows of all of their types are not too many."""
    chosen: list[Rule] = []
    types: frozenset[str] | None = frozenset()
    for rule in rules:
        both = union((types, types_of(rule)))
        if chosen and both != types and count(Selection(buckets, both)) > most:
            yield Batch(chosen, Selection(buckets, types))
            chosen, both = [], types_of(rule)
        chosen.append(rule)
        types = both
    if chosen:
        yield Batch(chosen, Selection(buckets, types))


def union(types: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    """All of some types; None if one of them is of all."""
    found: frozenset[str] = frozenset()
    for some in types:
        if some is None:
            return None
        found |= some
    return found


def is_by_asset(rule: Rule) -> bool:
    """Whether all that a rule demands of an asset is told by the records about that asset alone."""
    on, measure = rule.on, rule.measure
    spells = (on.during, on.outside) if isinstance(on, OnEvents) else (on.spell,)
    if not all(spell is None or keeps_apart(spell) for spell in spells):
        return False
    if isinstance(measure, Before):
        return keeps_apart(measure.spell)
    if isinstance(measure, (Within, Portion)):
        brief = measure.brief if isinstance(measure, Portion) else None
        same = measure.match is None or _same_asset(measure.match)
        return same and keeps_apart(measure.spell) and (brief is None or keeps_apart(brief))
    if isinstance(measure, (Lead, Deviation)):
        return _same_asset(measure.match)
    if isinstance(measure, Lag):
        return _same_asset(measure.match) and (measure.released_by is None or _same_asset(measure.release_match))
    if isinstance(measure, Spacing) and measure.scope is not None and not keeps_apart(measure.scope):
        return False
    if isinstance(measure, (Spacing, Total, Level, Step, Clashes, Standing)):
        return "subject" in measure.per
    return True


def is_sum_of_assets(rule: Rule) -> bool:
    """Whether it asks how much of all assets goes on together, which is the sum of what does of each by itself."""
    on, measure = rule.on, rule.measure
    spells = (on.during, on.outside) if isinstance(on, OnEvents) else (on.spell,)
    if not isinstance(measure, (Level, Total)) or measure.per:
        return False
    if isinstance(measure, Total) and (measure.window.rolling is None or measure.window.since):
        return False
    return all(spell is None or keeps_apart(spell) for spell in spells)


def keeps_apart(spell: Spell) -> bool:
    """Whether each asset has intervals of its own."""
    return all("subject" in part.per for part in primitives(spell))


def _same_asset(match: Match) -> bool:
    return ("subject", "subject") in match
