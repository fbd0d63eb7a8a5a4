"""Everything a rule looks at: the patterns and intervals in it, wherever they stand."""

from collections.abc import Iterator
from typing import Any

from checker.interval import Between, Spell, primitives
from checker.measure import OnEvents, Rule
from checker.pattern import Pattern


def patterns(rule: Rule) -> Iterator[Pattern]:
    """Every pattern of the rule, those of its intervals included."""
    if isinstance(rule.on, OnEvents):
        yield rule.on.pattern
    for part in _parts(rule.measure):
        if hasattr(part, "test"):
            yield part
    for spell in spells(rule):
        yield from patterns_of(spell)


def spells(rule: Rule) -> Iterator[Spell]:
    """Every interval expression that the rule names."""
    on = rule.on
    found = (on.during, on.outside) if isinstance(on, OnEvents) else (on.spell,)
    yield from (spell for spell in found if spell is not None)
    for name in ("spell", "scope", "brief"):
        spell = getattr(rule.measure, name, None)
        if spell is not None:
            yield spell


def patterns_of(spell: Spell) -> Iterator[Pattern]:
    """Every pattern of an interval expression."""
    for inner in primitives(spell):
        if isinstance(inner, Between):
            yield from (p for p in (inner.opens, inner.closes, inner.at_latest, inner.already) if p is not None)
        else:
            yield inner.event
    yield from _chosen(spell)


def _chosen(spell: Any) -> Iterator[Pattern]:
    if hasattr(spell, "pattern"):
        yield spell.pattern
    if hasattr(spell, "part"):
        yield from _chosen(spell.part)
    for part in getattr(spell, "parts", ()):
        yield from _chosen(part)


def _parts(measure: Any) -> Iterator[Any]:
    for value in measure:
        if hasattr(value, "test"):
            yield value
        elif isinstance(value, tuple):
            for one in value:
                if hasattr(one, "pattern"):
                    yield one.pattern
