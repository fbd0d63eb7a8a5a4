"""Rules in plain words: what a formal rule says, in a sentence made of its parts alone."""

from typing import Any

from checker.bounds import INFINITY, is_finite
from checker.interval import Anchored, Begun, Between, During, Either, Lasting, Outside, Recurring, Spell, Stated, Where
from checker.measure import (
    Before,
    Clashes,
    Deadline,
    Deviation,
    Distance,
    Holds,
    Lag,
    Lead,
    Length,
    Level,
    Match,
    OnIntervals,
    Portion,
    Rule,
    Spacing,
    Standing,
    Step,
    Total,
    Value,
    Window,
    Within,
)
from checker.pattern import (
    AllOf,
    AnyOf,
    Compare,
    HasText,
    Inside,
    Is,
    IsType,
    Listed,
    Matches,
    Not,
    Pattern,
    Present,
    SameAs,
)
from checker.timeline import format_duration, format_instant
from checker.wording import limits

_SIGNS = {"<": "less than", "<=": "at most", ">": "more than", ">=": "at least"}


def event_text(pattern: Pattern) -> str:
    """Which events are meant, as the subject of a sentence."""
    text = pattern_text(pattern)
    if not text:
        return "record"
    return text if pattern.types is not None else f"record with {text}"


def pattern_text(pattern: Pattern) -> str:
    """What is asked of an event; nothing of any."""
    if isinstance(pattern, IsType):
        return _or(sorted(pattern.names))
    if isinstance(pattern, AllOf):
        types = [pattern_text(part) for part in pattern.parts if _is_type(part)]
        tests = [pattern_text(part) for part in pattern.parts if not _is_type(part)]
        return " with ".join([*types[:1], *([_and(tests)] if tests else [])])
    if isinstance(pattern, AnyOf):
        return _or([pattern_text(part) for part in pattern.parts]) or "nothing"
    if isinstance(pattern, Not):
        return _opposite(pattern.part)
    return _test(pattern)


def _is_type(pattern: Pattern) -> bool:
    """Whether a pattern asks for nothing but types."""
    return pattern.types is not None and not pattern.fields


def _test(pattern: Pattern) -> str:
    if isinstance(pattern, Present):
        return f"`{pattern.field}` given"
    if isinstance(pattern, Is):
        return f"`{pattern.field}` {_or([_value(value) for value in pattern.values])}"
    if isinstance(pattern, Compare):
        return f"`{pattern.field}` {_SIGNS[pattern.sign]} {pattern.value}"
    if isinstance(pattern, Listed):
        return f"`{pattern.field}` in the register `{pattern.register}`"
    if isinstance(pattern, Inside):
        return f"`{pattern.field}` inside the areas of `{pattern.register}`"
    if isinstance(pattern, HasText):
        return f"`{pattern.field}` that {pattern.how.replace('_', ' ')} {pattern.text!r}"
    if isinstance(pattern, Matches):
        return f"`{pattern.field}` that matches {pattern.expression!r}"
    return f"`{pattern.field}` equal to `{pattern.other}`" if isinstance(pattern, SameAs) else ""


def _opposite(pattern: Pattern) -> str:
    if isinstance(pattern, Present):
        return f"no `{pattern.field}`"
    if isinstance(pattern, Is):
        return f"`{pattern.field}` other than {_or([_value(value) for value in pattern.values])}"
    if isinstance(pattern, Listed):
        return f"`{pattern.field}` not in the register `{pattern.register}`"
    if isinstance(pattern, SameAs):
        return f"`{pattern.field}` other than `{pattern.other}`"
    return f"not ({pattern_text(pattern)})"


def spell_text(spell: Spell, *, by_name: bool = True) -> str:
    """Which intervals are meant: by name where they have one, else by what they are made of."""
    if spell.name and by_name:
        return f"`{spell.name}`"
    if isinstance(spell, Between):
        ends = f"from {event_text(spell.opens)} until {event_text(spell.closes)}"
        if spell.switches:
            ends += ", where each record says what goes on from then on"
        return ends if spell.at_latest is None else f"{ends} (at the latest {event_text(spell.at_latest)})"
    if isinstance(spell, Stated):
        start = f"its `{spell.start}`" if spell.start else "its time"
        end = f"its `{spell.end}`" if spell.end else f"{format_duration(spell.lasts or 0)} later"
        return f"as {event_text(spell.event)} states, from {start} to {end}"
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
    if isinstance(spell, Lasting):
        sides = [f"{'more than' if spell.above else 'at least'} {format_duration(spell.least)}"] if spell.least else []
        if spell.most is not None:
            sides.append(f"{'less than' if spell.below else 'at most'} {format_duration(spell.most)}")
        held = "that lasts" if spell.of is None else f"that holds, of {spell_text(spell.of)},"
        return f"{spell_text(spell.part)} {held} {_and(sides)}"
    if isinstance(spell, Begun):
        return f"{spell_text(spell.part)} begun inside {spell_text(spell.inside)}"
    if isinstance(spell, Anchored):
        end = "end" if spell.at_end else "start"
        return f"the {format_duration(spell.lasts)} from the {end} of {spell_text(spell.part)}"
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
    return _listed(parts, "or")


def _and(parts: list[str]) -> str:
    return _listed(parts, "and")


def _listed(parts: list[str], word: str) -> str:
    return f"{', '.join(parts[:-1])} {word} {parts[-1]}" if len(parts) > 1 else "".join(parts)


# ---- rules ----


def rule_text(rule: Rule) -> str:
    """What is demanded, as a sentence of its formal parts."""
    measure, limit = rule.measure, rule.limit
    asked = limits(limit, rule.unit)
    each = _each(rule)
    told = ""
    if isinstance(measure, Holds):
        told = f"{each} is {pattern_text(measure.pattern)}" if limit.at_least else _none(rule, measure.pattern)
    elif isinstance(measure, (Within, Portion)):
        told = _placed(rule, measure)
    elif isinstance(measure, Value):
        told = f"`{measure.field}` of {_lower(each)} is {asked}"
    elif isinstance(measure, Length):
        never = limit.at_most == 0 and limit.exclusive
        told = f"There is no {_one(rule)}" if never else f"{each} lasts {asked}"
    elif isinstance(measure, Lead):
        dates = measure.deadline
        since = "" if dates is None else f" the start of its {dates.unit}"
        told = (
            f"Before {_lower(each)} there is {event_text(measure.pattern)}{_tied(measure.match)}, {asked} before{since}"
        )
        told += ", each serving once" if measure.once else ""
    elif isinstance(measure, Lag):
        after = "the end of " if isinstance(rule.on, OnIntervals) else ""
        when = "" if limit.at_least is None and limit.at_most == INFINITY else f", {asked} later"
        if measure.deadline is not None:
            when = _dated(measure.deadline, asked)
        told = f"After {after}{_lower(each)} there is {event_text(measure.pattern)}{_tied(measure.match)}{when}"
        told += ", each serving once" if measure.once else ""
        if measure.next_among is not None:
            told += f", and before any {event_text(measure.next_among)}"
        if measure.released_by is not None:
            told += f"; unless there is {event_text(measure.released_by)}{_tied(measure.release_match)} first"
    elif isinstance(measure, Before):
        piece = " without a break" if measure.unbroken else ""
        spell = spell_text(measure.spell)
        told = f"In the {format_duration(measure.back)} before {_lower(each)} lies {asked} of {spell}{piece}"
    elif isinstance(measure, Spacing):
        told = _spaced(rule, measure, asked)
    elif isinstance(measure, Total):
        told = f"{_summed(rule, measure)}, {_window(measure.window)}{_per(measure.per)}, is {asked}"
    elif isinstance(measure, Level):
        what = (
            f"the number of {_one(rule)}"
            if measure.weight is None
            else f"the sum of `{measure.weight}` over {_one(rule)}"
        )
        told = f"At every instant {what}{_per(measure.per)} is {asked}"
    elif isinstance(measure, Step):
        moves = ", ".join(f"{one} to {two}" for one, two in measure.allowed)
        told = f"States{_per(measure.per)} follow one another only so: {moves}"
    elif isinstance(measure, Clashes):
        parts = _and([f"{role.name} (`{role.field}` of {event_text(role.pattern)})" for role in measure.roles])
        told = f"Of {parts} no two are the same{_per(measure.per)}"
    elif isinstance(measure, Deviation):
        side = "is later or more than" if measure.signed else "differs from"
        other = f"`{measure.other}` of {event_text(measure.pattern)}{_tied(measure.match)}"
        told = f"`{measure.field}` of {_lower(each)} {side} {other} by {asked}"
    elif isinstance(measure, Standing):
        when = "At the end of observation" if measure.on is None else f"As of {format_instant(measure.on)}"
        last = f"the last {event_text(measure.pattern)}{_per(measure.per)}"
        state = (
            f"`{measure.field}` of {last} is {asked}"
            if measure.accept is None
            else f"{last} is {pattern_text(measure.accept)}"
        )
        told = f"{when} {state}"
    elif isinstance(measure, Distance):
        told = f"`{measure.field}` of {_lower(each)} is {asked} from the nearest of `{measure.register}`"
    return told + _in_force(rule) + "."


def _one(rule: Rule) -> str:
    on = rule.on
    if isinstance(on, OnIntervals):
        return spell_text(on.spell)
    told = event_text(on.pattern)
    if on.during is not None:
        while_ = isinstance(on.during, Outside) and not on.during.name
        told += f", {'' if while_ else 'during '}{spell_text(on.during)},"
    return told + (f", outside {spell_text(on.outside)}," if on.outside is not None else "")


def _each(rule: Rule) -> str:
    return f"Each {_one(rule)}"


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


def _none(rule: Rule, pattern: Pattern) -> str:
    """That none of the events matches, or that each matches what the pattern is the opposite of."""
    parts = [part for part in (pattern.parts if isinstance(pattern, AllOf) else (pattern,)) if not _is_type(part)]
    if len(parts) == 1 and isinstance(parts[0], Not):
        return f"{_each(rule)} has {pattern_text(parts[0].part)}"
    if pattern.types is not None:
        return f"There is no {event_text(pattern)}"
    return f"No {_one(rule)} has {pattern_text(pattern)}"


def _placed(rule: Rule, measure: Within | Portion) -> str:
    """A limit of none (or, of an event that must be so, of one) is a sentence of its own."""
    allowed = rule.limit.at_most != 0
    inside = measure.inside is allowed
    spell = spell_text(measure.spell) + ("" if measure.match is None else _tied(measure.match))
    if isinstance(measure, Portion) and rule.limit.at_most not in (0, None):
        return f"{_each(rule)} lies {limits(rule.limit, rule.unit)} {'inside' if measure.inside else 'outside'} {spell}"
    wholly = "wholly " if isinstance(measure, Portion) else ""
    return f"{_each(rule)} lies {wholly}{'inside' if inside else 'outside'} {spell}"


def _spaced(rule: Rule, measure: Spacing, asked: str) -> str:
    one, along = _one(rule), f" along `{measure.along}`" if measure.along else ""
    which = {"first": "Before the first ", "later": "Between each later "}.get(measure.only or "", "Between each ")
    between = f"{which}{one}" if measure.only == "first" else f"{which}{one} and the one before"
    told = f"{between}{_per(measure.per)} there is {asked}{along}"
    if measure.edges and measure.only is None:
        told += ", before the first and after the last too"
    return told + (f", while {spell_text(measure.scope)}" if measure.scope is not None else "")


def _summed(rule: Rule, measure: Total) -> str:
    if measure.of == "duration":
        return f"The time of {_one(rule)}"
    return f"The number of {_one(rule)}" if measure.of == "count" else f"The sum of `{measure.of}` over {_one(rule)}"


def renewing(window: Window) -> str:
    """After what a total starts anew."""
    return _or([" then ".join(spell_text(part) for part in parts) for parts in window.since])


def _window(window: Window) -> str:
    if window.since:
        within = f"in any {format_duration(window.rolling)} and " if window.rolling is not None else ""
        return f"{within}since the last {renewing(window)}"
    if window.rolling is not None:
        return f"in any {format_duration(window.rolling)}"
    if window.periods > 1:
        return f"in each {window.periods} {window.unit}s on end"
    return "over the observation" if window.unit is None else f"in each {window.unit}"


def _dated(dates: Deadline, asked: str) -> str:
    told = f", {asked} later" if dates.months == 0 else f", within {dates.months} months"
    told += "" if dates.counting is None else " of the time that counts"
    told += "" if dates.unit is None else f", counted from the end of its {dates.unit}"
    return told + ("" if dates.roll_over is None else ", or by the end of the next day that counts")


def _per(per: tuple[str, ...]) -> str:
    return f" of one {_and([name if name == 'subject' else f'`{name}`' for name in per])}" if per else ""


def _tied(match: Match) -> str:
    pairs = [f"`{theirs}`" if theirs == ours else f"`{theirs}` (its `{ours}`)" for theirs, ours in match]
    return f" of the same {_and([pair.replace('`subject`', 'subject') for pair in pairs])}" if pairs else ""


def _in_force(rule: Rule) -> str:
    since = f" from {format_instant(int(rule.start))}" if is_finite(rule.start) else ""
    until = f" until {format_instant(int(rule.end))}" if is_finite(rule.end) else ""
    return f" (in force{since}{until})" if since or until else ""
