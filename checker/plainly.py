"""Rules in plain words: what a formal rule says, in a sentence made of its parts alone."""

from typing import Any

from checker.interval import Between, During, Either, Outside, Recurring, Spell, Stated, Where
from checker.pattern import (
    AllOf,
    AnyOf,
    Compare,
    HasText,
    Is,
    IsType,
    Listed,
    Matches,
    Not,
    Pattern,
    Present,
    SameAs,
)
from checker.timeline import format_duration

_SIGNS = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}


def pattern_text(pattern: Pattern) -> str:
    """Which events are meant."""
    if isinstance(pattern, IsType):
        return _or(sorted(pattern.names))
    if isinstance(pattern, AllOf):
        types = [part for part in pattern.parts if isinstance(part, IsType)]
        tests = [pattern_text(part) for part in pattern.parts if not isinstance(part, IsType)]
        head = pattern_text(types[0]) if types else ("a record" if not tests or types else "")
        if not tests:
            return head
        return f"{head} with {_and(tests)}" if head else _and(tests)
    if isinstance(pattern, AnyOf):
        return _or([pattern_text(part) for part in pattern.parts]) or "nothing"
    if isinstance(pattern, Not):
        return f"not ({pattern_text(pattern.part)})"
    if isinstance(pattern, Present):
        return f"a `{pattern.field}`"
    if isinstance(pattern, Is):
        return f"`{pattern.field}` {_or([_value(value) for value in pattern.values])}"
    if isinstance(pattern, Compare):
        return f"`{pattern.field}` {_SIGNS[pattern.sign]} {pattern.value}"
    if isinstance(pattern, Listed):
        return f"`{pattern.field}` in the register `{pattern.register}`"
    if isinstance(pattern, HasText):
        return f"`{pattern.field}` that {pattern.how.replace('_', ' ')} {pattern.text!r}"
    if isinstance(pattern, Matches):
        return f"`{pattern.field}` that matches {pattern.expression!r}"
    if isinstance(pattern, SameAs):
        return f"`{pattern.field}` equal to `{pattern.other}`"
    return "a record"


def spell_text(spell: Spell, *, by_name: bool = True) -> str:
    """Which intervals are meant: by name where they have one, else by what they are made of."""
    if spell.name and by_name:
        return f"`{spell.name}`"
    if isinstance(spell, Between):
        ends = f"from {pattern_text(spell.opens)} until {pattern_text(spell.closes)}"
        return ends if spell.at_latest is None else f"{ends} (at the latest {pattern_text(spell.at_latest)})"
    if isinstance(spell, Stated):
        start = f"its `{spell.start}`" if spell.start else "its time"
        end = f"its `{spell.end}`" if spell.end else f"{format_duration(spell.lasts or 0)} later"
        return f"as {pattern_text(spell.event)} states, from {start} to {end}"
    if isinstance(spell, Recurring):
        return "the times of a calendar"
    if isinstance(spell, During):
        return " and at once ".join(spell_text(part) for part in spell.parts)
    if isinstance(spell, Either):
        return _or([spell_text(part) for part in spell.parts]) or "nothing"
    if isinstance(spell, Outside):
        return f"while there is no {spell_text(spell.part)}"
    if isinstance(spell, Where):
        return f"{spell_text(spell.part)} opened by {pattern_text(spell.pattern)}"
    moved = [
        f"{format_duration(abs(by))} {word if by > 0 else other}"
        for by, word, other in ((spell.before, "earlier", "later"), (spell.after, "later", "earlier"))
        if by
    ]
    return f"{spell_text(spell.part)}, " + " and ".join(
        f"{'begun' if at == 0 and spell.before else 'ended'} {one}" for at, one in enumerate(moved)
    )


def _value(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value)


def _or(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " or " + parts[-1] if parts else ""


def _and(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else ", ".join(parts[:-1]) + " and " + parts[-1] if parts else ""
