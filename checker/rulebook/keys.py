"""Whether what a constraint ties together can be tied: the occasions carry the fields that keep intervals apart."""

from typing import Any

from checker.errors import nearest
from checker.interval import Anchored, Begun, During, Either, Lasting, Outside, Recurring, Spell, Where, Widened
from checker.measure import Before, Match, OnEvents, OnIntervals, Portion, Rule, Spacing, Total, Within
from checker.terms import Reader, types_of


def check_keys(reader: Reader, rule: Rule, node: Any) -> None:
    """Note a mistake for each interval whose keys the occasions of the rule cannot have."""
    if isinstance(rule.on, OnEvents):
        types, what = rule.on.pattern.types, "event"
        asked: list[tuple[Spell, Match | None]] = [(s, None) for s in (rule.on.during, rule.on.outside) if s]
    else:
        types, what = types_of(rule.on.spell), "of"
        asked = []
    own = rule.on.spell.per if isinstance(rule.on, OnIntervals) else ()
    if isinstance(rule.measure, (Within, Portion)):
        asked.append((rule.measure.spell, rule.measure.match))
    if isinstance(rule.measure, Before):
        asked.append((rule.measure.spell, None))
    for spell, match in asked:
        if match is None:
            for name in _per_of_parts(spell):
                if name not in own and not reader.definitions.has_field(types, name):
                    known = {*own, *reader.definitions.fields(types)}
                    hint = nearest(name, known)
                    message = f"the interval is kept apart by {name!r}, which its occasions do not carry"
                    reader.wrong(node.get(what), message, f"tie them with `same`; {hint}")
    if isinstance(rule.measure, Spacing) and rule.measure.scope is not None:
        for name in _per_of_parts(rule.measure.scope):
            if name not in rule.measure.per:
                reader.wrong(node.get("while"), f"`while` is kept apart by {name!r}, `per` is not", "add it to `per`")
    if isinstance(rule.measure, Total):
        for spell in (one for parts in rule.measure.window.since for one in parts):
            for name in _per_of_parts(spell):
                if name not in rule.measure.per:
                    reader.wrong(
                        node.get("since"), f"`since` is kept apart by {name!r}, `per` is not", "add it to `per`"
                    )


def _per_of_parts(spell: Spell) -> tuple[str, ...]:
    if isinstance(spell, (During, Either)):
        return tuple(dict.fromkeys(name for part in spell.parts for name in _per_of_parts(part)))
    if isinstance(spell, Lasting) and spell.of is not None:
        return tuple(dict.fromkeys((*_per_of_parts(spell.part), *_per_of_parts(spell.of))))
    if isinstance(spell, Begun):
        return tuple(dict.fromkeys((*_per_of_parts(spell.part), *_per_of_parts(spell.inside))))
    if isinstance(spell, (Anchored, Lasting, Outside, Widened, Where)):
        return _per_of_parts(spell.part)
    return () if isinstance(spell, Recurring) else spell.per
