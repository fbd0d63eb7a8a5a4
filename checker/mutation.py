"""Mutants: rules that are nearly those of a constraint, to see whether any example notices the difference.

Limits, windows and tolerances become a hundredth tighter or looser (a whole one where they count), bounds change
between inclusive and exclusive, sides of a limit and of intervals are swapped, parts of patterns and intervals,
alternatives and tying fields are left out, and fields are taken for others of their type.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from checker.bounds import INFINITY, Number, is_finite
from checker.catalogue import Catalogue
from checker.interval import SPELLS, Begun, Between, During, Either, Lasting, Outside, Recurring, Spell, Where
from checker.measure import (
    DURATION,
    Clashes,
    Deadline,
    Deviation,
    Distance,
    Holds,
    Lag,
    Lead,
    Length,
    Level,
    Limit,
    Occasions,
    OnEvents,
    OnIntervals,
    Portion,
    Rule,
    Standing,
    Step,
    Total,
    Window,
    Within,
)
from checker.pattern import AllOf, AnyOf, Compare, FieldTest, Is, IsType, Not, Pattern, Present
from checker.plainly import pattern_text, spell_text
from checker.timeline import DAY, CalendarUnit, format_duration
from checker.wording import amount

SECOND = 1_000_000
_STEPS = (3600 * SECOND, 60 * SECOND)
_TESTS = (AllOf, AnyOf, FieldTest, IsType, Not, Present)
_UNITS: dict[CalendarUnit, CalendarUnit] = {
    "day": "week",
    "week": "month",
    "month": "quarter",
    "quarter": "year",
    "year": "quarter",
}

Made = tuple[str, Any]
"""What was changed, in words, and what became of the part."""


class Mutant(NamedTuple):
    """A rule that differs in one thing, said in words."""

    change: str
    rule: Rule


def mutants(rule: Rule, catalogue: Catalogue) -> Iterator[Mutant]:
    """Every mutant of a rule, each once; intervals that have a name are left to `of_spell`."""
    seen: list[Rule] = [rule]
    for change, changed in _of_rule(rule, catalogue):
        if changed not in seen:
            seen.append(changed)
            yield Mutant(change, changed)


def of_spell(spell: Spell) -> Iterator[tuple[str, Spell]]:
    """Every mutant of a named interval that is not one of another name."""
    seen: list[Spell] = [spell]
    for change, changed in _inside(spell):
        if changed not in seen:
            seen.append(changed)
            yield change, changed


def exchanged(part: Any, old: Any, new: Any) -> Any:
    """The part with one thing exchanged for another wherever it stands in it."""
    if type(part) is type(old) and part == old:
        return new
    if isinstance(part, tuple):
        parts = [exchanged(one, old, new) for one in part]
        if all(one is two for one, two in zip(part, parts, strict=True)):
            return part
        return type(part)(*parts) if hasattr(part, "_fields") else tuple(parts)
    return part


def prohibits(rule: Rule) -> bool:
    """Whether it is kept by nothing but that there is no occasion: an interval, or any event of a type, must not be."""
    on, measure = rule.on, rule.measure
    if isinstance(measure, Holds) and isinstance(on, OnEvents):
        return rule.limit.at_most == 0 and measure.pattern == on.pattern
    return isinstance(measure, Length) and rule.limit == Limit(at_most=0, exclusive=True)


# ---- rules ----


def _of_rule(rule: Rule, catalogue: Catalogue) -> Iterator[Made]:
    for change, limit in _of_limit(rule, catalogue):
        yield change, rule._replace(limit=limit)
    for name, sign in (("start", 1), ("end", -1)):
        at = getattr(rule, name)
        if is_finite(at):
            yield f"in force from a day {'later' if sign > 0 else 'less'}", rule._replace(**{name: at + sign * DAY})
    if not isinstance(rule.measure, (Clashes, Standing, Step)):
        for change, on in _of_parts(rule.on):
            yield change, rule._replace(on=on)
    for change, measure in _of_measure(rule, catalogue):
        yield change, rule._replace(on=_occasions(rule.on, measure), measure=measure)


def _occasions(on: Occasions, measure: Any) -> Occasions:
    """What a measure is asked of: where that is made of its own parts, of these."""
    if isinstance(measure, Step):
        return OnEvents(AnyOf(tuple(move.pattern for move in measure.moves)))
    if isinstance(measure, Clashes):
        return OnEvents(AnyOf(tuple(role.pattern for role in measure.roles)))
    if isinstance(measure, Standing):
        return OnEvents(measure.pattern)
    return on


def _of_limit(rule: Rule, catalogue: Catalogue) -> Iterator[tuple[str, Limit]]:
    """A kind's own limits (nothing outside, every test passed) are not of the author's making."""
    limit, measure = rule.limit, rule.measure
    if isinstance(measure, (Holds, Within, Step, Clashes)):
        return
    if isinstance(measure, (Distance, Portion)) and 0 in (limit.at_most, limit.at_least):
        return
    if prohibits(rule):
        return
    if isinstance(measure, Standing) and measure.accept is not None:
        return
    if isinstance(measure, Deviation) and measure.unit == "count" and limit.at_most == 0:
        return  # texts are equal or not
    members = "list" in _field_types(getattr(measure, "field", None), rule, catalogue)  # how many there are
    unit = "count" if members else rule.unit
    for name in ("at_most", "at_least"):
        value = getattr(limit, name)
        if value is None or not is_finite(value):
            continue
        for sign in (-1, 1):
            if sign < 0 and value == 0 and isinstance(measure, Lead):
                continue  # what comes later is no lead at all
            changed = _moved(value, unit, sign)
            if name == "at_least" and changed < 0 <= value and (members or _is_never_negative(measure)):
                continue
            told = f"`{name}` {amount(value, rule.unit)} became {amount(changed, rule.unit)}"
            yield told, limit._replace(at_most=changed) if name == "at_most" else limit._replace(at_least=changed)
    sides = [side for side in (limit.at_most, limit.at_least) if side is not None and is_finite(side)]
    never_at_it = isinstance(measure, Distance)  # no distance is exactly so many metres
    if sides and limit.at_most != limit.at_least and not never_at_it:
        told = "the limit itself counts as kept" if limit.exclusive else "the limit itself counts as a breach"
        yield told, limit._replace(exclusive=not limit.exclusive)
    if limit.at_most != limit.at_least and INFINITY not in (limit.at_most, limit.at_least) and len(sides) == 1:
        yield "`at_most` and `at_least` changed places", Limit(limit.at_most, limit.at_least, limit.exclusive)


def _moved(value: Number, unit: str, sign: int) -> Number:
    """A value a hundredth further, by at least a second of time; by one of what is counted."""
    if unit == DURATION:
        step = abs(int(value)) // 100
        whole = next((unit for unit in _STEPS if step >= unit), SECOND)  # 5 h of 21 d, so that it can be read
        return int(value) + sign * max(SECOND, step // whole * whole)
    if unit == "count":
        return value + sign
    return Decimal(value) + sign * (abs(Decimal(value)) / 100 or Decimal("0.01"))


def _of_measure(rule: Rule, catalogue: Catalogue) -> Iterator[Made]:
    measure = rule.measure
    types = _types(rule)
    for change, changed in _of_parts(measure):
        if not _alike(measure, changed, rule, catalogue):
            yield change, changed
    for name in ("field", "weight", "of", "along"):
        given = getattr(measure, name, None)
        if isinstance(given, str) and given not in ("duration", "count"):
            other = _other_field(given, types, catalogue)
            if other is not None:
                yield f"`{name}` {given} became {other}", measure._replace(**{name: other})  # type: ignore[arg-type]


def _alike(measure: Any, changed: Any, rule: Rule, catalogue: Catalogue) -> bool:
    """Whether a measure means the same as before: where it passes over what does not carry the field it looks at."""
    if isinstance(measure, Deviation) and changed.signed is not measure.signed:
        return bool(_field_types(measure.field, rule, catalogue) & {"text", "flag", "mapping"})
    if not isinstance(measure, (Deviation, Standing)):
        return False
    field = measure.other if isinstance(measure, Deviation) else measure.field
    bare = [one._replace(pattern=_without_test(one.pattern, Present(field))) for one in (measure, changed)]
    return bool(bare[0] == bare[1])


def _field_types(name: str | None, rule: Rule, catalogue: Catalogue) -> set[str]:
    """Of which types a field is declared, among the events that a rule looks at."""
    declared = [catalogue.types[of].fields for of in _types(rule) if of in catalogue.types]
    return {fields[name].type for fields in declared if name is not None and name in fields}


def _is_never_negative(measure: Any) -> bool:
    if isinstance(measure, Total):
        return measure.of in ("count", "duration")
    return isinstance(measure, (Lag, Lead, Length)) or (isinstance(measure, Level) and measure.weight is None)


def _without_test(pattern: Pattern, test: Pattern) -> Pattern:
    if isinstance(pattern, AllOf):
        return AllOf(tuple(part for part in pattern.parts if part != test))
    return pattern


def _types(rule: Rule) -> frozenset[str]:
    """The types of event whose fields a measure looks at first."""
    for part in (rule.on, rule.measure) if isinstance(rule.measure, Deviation) else (rule.measure, rule.on):
        pattern = getattr(part, "pattern", None)
        if pattern is not None and pattern.types:
            return frozenset(pattern.types)
    if isinstance(rule.on, OnIntervals) and isinstance(rule.on.spell, Between):
        return rule.on.spell.opens.types or frozenset()
    return frozenset()


def _other_field(name: str, types: frozenset[str], catalogue: Catalogue) -> str | None:
    for of in sorted(types):
        fields = catalogue.types[of].fields if of in catalogue.types else {}
        if name in fields:
            others = sorted(
                other for other, field in fields.items() if other != name and field.type == fields[name].type
            )
            if others:
                return others[0]
    return None


# ---- parts: whatever rules are made of ----


def _of_parts(whole: Any) -> Iterator[Made]:
    """Mutants of everything that a part of a rule is made of."""
    for name in whole._fields:
        value = getattr(whole, name)
        if name == "continues" and whole.switches:
            continue  # one form of three
        written = _WRITTEN.get(name, name)
        if isinstance(whole, Lasting) and name in ("least", "most"):
            written = _SIDES[name][whole.above if name == "least" else whole.below]
        for change, changed in _of_value(name, value, written):
            yield change, whole._replace(**{name: changed})


def _of_value(name: str, value: Any, written: str) -> Iterator[Made]:
    if value is None or name in ("name", "unit", "zone", "scale", "anchor"):
        return
    if name in ("during", "outside", "released_by", "next_among", "scope", "at_latest", "already", "initial"):
        yield f"without `{written}`", None
    if name == "only":  # the first spell has a limit of its own
        return
    if isinstance(value, SPELLS):
        yield from _of_spell(value)
    elif isinstance(value, Window):
        yield from _of_window(value)
    elif isinstance(value, Deadline):
        yield from _of_deadline(value)
    elif isinstance(value, _TESTS):
        yield from _of_pattern(value)
    elif isinstance(value, bool):
        if name in ("inside", "signed", "above", "below", "unbroken") or (value and name in ("once", "continues")):
            yield _turned(name, value), not value
    elif name in ("match", "release_match", "per"):
        yield from _without(value, lambda one: f"`{one if name == 'per' else one[1]}` no longer tells apart", "subject")
    elif name == "allowed":
        yield from _without(value, lambda one: f"from {one[0]} to {one[1]} is not allowed")
    elif name == "on" and isinstance(value, int):
        yield "`on` a day earlier", value - DAY
    elif name in ("before", "after", "lasts", "least", "most", "back") and isinstance(value, int) and value:
        for sign in (-1, 1):
            changed = int(_moved(value, DURATION, sign))
            told = f"{format_duration(abs(value))} became {format_duration(abs(changed))}"
            yield f"`{written}` {told}", changed
    elif isinstance(value, tuple) and name in ("moves", "roles"):
        if name == "moves" and len(value) > 1:
            yield from _without(value, lambda one: f"without the move: {pattern_text(one.pattern)}")
        if name == "roles" and len(value) > 2:
            yield from _without(value, lambda one: f"without the role {one.name}")
        for at, one in enumerate(value):
            for change, changed in _of_parts(one):
                yield change, (*value[:at], changed, *value[at + 1 :])


def _turned(name: str, value: bool) -> str:
    """What it means that one of two is the other, in the words of a rulebook."""
    if name in _SIDES:
        one, other = _SIDES[name]
        return f"`{other}` became `{one}`" if value else f"`{one}` became `{other}`"
    return f"`{name}` was turned round"


_SIDES = {
    "above": ("at_least", "more_than"),
    "below": ("at_most", "less_than"),
    "least": ("at_least", "more_than"),
    "most": ("at_most", "less_than"),
}
"""What a rulebook calls a side of a length: with the limit itself, and without it."""

_WRITTEN = {
    "released_by": "unless",
    "next_among": "before_any",
    "scope": "while",
    "before": "earlier",
    "after": "later",
}


def _without(values: tuple[Any, ...], told: Callable[[Any], str], spared: str = "") -> Iterator[Made]:
    """All but one, whichever. Which asset something is about is what nearly everything is told apart by."""
    for at, one in enumerate(values):
        if spared not in (one, one[0] if isinstance(one, tuple) else one) or not spared:
            yield told(one), (*values[:at], *values[at + 1 :])


def _of_window(window: Window) -> Iterator[Made]:
    if window.rolling is not None:
        for sign in (-1, 1):
            changed = int(_moved(window.rolling, DURATION, sign))
            told = f"the window of {format_duration(window.rolling)} became {format_duration(changed)}"
            yield told, window._replace(rolling=changed)
    elif window.unit is not None:
        yield f"each {window.unit} became each {_UNITS[window.unit]}", window._replace(unit=_UNITS[window.unit])

    if window.periods > 1:
        yield f"{window.periods} on end became one", window._replace(periods=1)
    for at, parts in enumerate(window.since):
        before, after = window.since[:at], window.since[at + 1 :]
        if before or after or window.rolling is not None:
            yield f"no longer since {spell_text(parts[-1])}", window._replace(since=(*before, *after))
        for place, part in enumerate(parts):
            others = (*parts[:place], *parts[place + 1 :])
            if others:
                yield f"since all but {spell_text(part)}", window._replace(since=(*before, others, *after))
            for change, changed in _of_spell(part):
                made = (*parts[:place], changed, *parts[place + 1 :])
                yield change, window._replace(since=(*before, made, *after))


def _of_deadline(deadline: Deadline) -> Iterator[Made]:
    if deadline.unit is not None:
        yield "counted from the occasion itself", deadline._replace(unit=None)
        yield f"each {deadline.unit} became each {_UNITS[deadline.unit]}", deadline._replace(unit=_UNITS[deadline.unit])
    if deadline.months:
        yield "a month later", deadline._replace(months=deadline.months + 1)
        yield "a month earlier", deadline._replace(months=deadline.months - 1)
    if deadline.counting is not None:
        yield "all time counts", deadline._replace(counting=None)
    if deadline.roll_over is not None:
        yield "without `roll_over`", deadline._replace(roll_over=None)


def _of_spell(spell: Spell) -> Iterator[Made]:
    if spell.name:
        return  # a definition of its own
    yield from _inside(spell)


def _inside(spell: Spell) -> Iterator[Made]:
    if isinstance(spell, (During, Either)):
        for at, part in enumerate(spell.parts):
            rest = (*spell.parts[:at], *spell.parts[at + 1 :])
            if len(spell.parts) > 1:
                yield f"without {spell_text(part)}", spell._replace(parts=rest)
            for change, changed in _of_spell(part):
                yield change, spell._replace(parts=(*spell.parts[:at], changed, *spell.parts[at + 1 :]))
    elif isinstance(spell, Outside):
        yield f"{spell_text(spell.part)} instead of its opposite", spell.part._replace(name=spell.name)
        for change, changed in _of_spell(spell.part):
            yield change, spell._replace(part=changed)
    elif isinstance(spell, Recurring):
        yield f"outside {spell_text(spell)} instead of inside", Outside(spell._replace(name=""), spell.name)
    else:
        if isinstance(spell, Where):
            yield f"without the condition on {spell_text(spell.part)}", spell.part._replace(name=spell.name)
        if isinstance(spell, (Begun, Lasting)) and not (isinstance(spell, Lasting) and spell.of is None):
            yield f"all of {spell_text(spell.part)}", spell.part._replace(name=spell.name)
        for change, changed in _of_parts(spell):
            if isinstance(spell, Lasting) and isinstance(changed, Lasting) and _pointless(spell, changed):
                continue
            yield change, changed


def _pointless(spell: Lasting, changed: Lasting) -> bool:
    """Whether a limit that there is not would be excluded, or included."""
    return (changed.above != spell.above and not spell.least) or (changed.below and spell.most is None)


def _of_pattern(pattern: Pattern) -> Iterator[Made]:
    """Tests are left out one by one; alternatives too; what stands alone is turned round."""
    if isinstance(pattern, AllOf):
        for at, part in enumerate(pattern.parts):
            before, after = pattern.parts[:at], pattern.parts[at + 1 :]
            if not _names_types(part):
                yield f"without the test: {pattern_text(part)}", AllOf((*before, *after))
            if isinstance(part, (AllOf, AnyOf, Compare, IsType, Not)) or (
                isinstance(part, Is) and len(part.values) > 1
            ):
                for change, changed in _of_pattern(part):
                    yield change, AllOf((*before, changed, *after))
    elif isinstance(pattern, AnyOf):
        for at, part in enumerate(pattern.parts):
            before, after = pattern.parts[:at], pattern.parts[at + 1 :]
            yield f"without the alternative: {pattern_text(part)}", AnyOf((*before, *after))
            if not isinstance(part, IsType):
                for change, changed in _of_pattern(part):
                    yield change, AnyOf((*before, changed, *after))
    elif isinstance(pattern, IsType):
        if len(pattern.names) > 1:
            for name in sorted(pattern.names):
                yield f"without {name}", IsType(pattern.names - {name})
    elif isinstance(pattern, Is) and len(pattern.values) > 1:
        for value in pattern.values:
            rest = tuple(one for one in pattern.values if one != value)
            yield f"`{pattern.field}` may not be {value}", Is(pattern.field, rest)
    elif isinstance(pattern, Compare):
        other = {"<": "<=", "<=": "<", ">": ">=", ">=": ">"}[pattern.sign]
        told = f"`{pattern.field}` {pattern.sign} {pattern.value}"
        yield f"{told} became {other}", Compare(pattern.field, other, pattern.value)
        for sign in (-1, 1):
            moved = _moved(pattern.value, "count" if isinstance(pattern.value, int) else "", sign)
            yield f"{told} became {moved}", Compare(pattern.field, pattern.sign, moved)
    elif isinstance(pattern, Not):
        yield f"instead of its opposite: {pattern_text(pattern.part)}", pattern.part
    else:
        yield f"the opposite of: {pattern_text(pattern)}", Not(pattern)


def _names_types(pattern: Pattern) -> bool:
    """Whether it says nothing but of which type a record is: without that it would be no pattern of an author's."""
    if isinstance(pattern, AnyOf):
        return all(map(_names_types, pattern.parts))
    return isinstance(pattern, IsType)


def branches(part: Any) -> Iterator[tuple[Pattern, Pattern, str]]:
    """The alternatives of each pattern that something is made of: the whole, the alternative alone, and in words."""
    if isinstance(part, _TESTS):
        yield from _branches(part)
    elif isinstance(part, tuple):
        for one in part:
            yield from branches(one)


def _branches(pattern: Pattern) -> Iterator[tuple[Pattern, Pattern, str]]:
    inner: tuple[Pattern, ...] = pattern.parts if isinstance(pattern, (AllOf, AnyOf)) else (pattern,)
    for part in inner:
        options: list[Pattern] = []
        if isinstance(part, AnyOf):
            options = list(part.parts)
        elif isinstance(part, IsType) and len(part.names) > 1:
            options = [IsType(frozenset((name,))) for name in sorted(part.names)]
        elif isinstance(part, Is) and len(part.values) > 1:
            options = [Is(part.field, (value,)) for value in part.values]
        if isinstance(pattern, AnyOf):
            options = options or [part]
        for option in options:
            yield pattern, option, pattern_text(option)
