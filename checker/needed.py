"""What a rulebook needs of a log: its rules, and the records that something in it may look at."""

from checker.interval import Between
from checker.measure import Rule
from checker.parts import patterns_of
from checker.pattern import Pattern
from checker.rulebook import Rulebook
from checker.unnamed import about_assets


def rules_of(rulebook: Rulebook) -> list[Rule]:
    """Every rule of its constraints."""
    return [rule for constraint in rulebook.constraints for clause in constraint.clauses for rule in clause.rules]


def all_rules(rulebook: Rulebook) -> list[Rule]:
    """Those of the constraints, and those of the conditions that waivers are under."""
    conditions = [c for waiver in rulebook.waivers for c in (*waiver.precedent, *waiver.subsequent)]
    return rules_of(rulebook) + [rule for c in conditions for clause in c.clauses for rule in clause.rules]


def waived(rulebook: Rulebook) -> list[Pattern]:
    """What waivers are for."""
    return [pattern for waiver in rulebook.waivers for pattern in patterns_of(waiver.on)]


def seen_by_others(rulebook: Rulebook) -> list[Pattern]:
    """What another party observed, and the gaps that a log declares."""
    spells = rulebook.definitions.intervals.values()
    seen = [spell.observed_by for spell in spells if isinstance(spell, Between) and spell.observed_by]
    declared = rulebook.definitions.missing.declared
    found = [stated.event for stated in seen]
    return found if declared is None else [*found, declared]


def types_needed(rulebook: Rulebook) -> frozenset[str] | None:
    """The types of the records that something may look at; None if of all."""
    heartbeat = rulebook.definitions.missing.heartbeat
    patterns = [pattern for rule in all_rules(rulebook) for pattern in patterns_of(rule)]
    patterns += waived(rulebook) + seen_by_others(rulebook) + ([heartbeat] if heartbeat is not None else [])
    types = {register.amended_by for register in rulebook.registers.values() if register.amended_by is not None}
    types |= {given.event for given in (rulebook.corrections, rulebook.clock) if given is not None}
    named = [pattern.types for pattern in patterns]
    return None if None in named else frozenset(types).union(*(names for names in named if names is not None))


def to_be_named(rulebook: Rulebook) -> frozenset[str]:
    """Of the types that something may look at those of which each record has to name its asset."""
    types = about_assets(rulebook.catalogue)
    needed = types_needed(rulebook) if types else None
    return types if needed is None else types & needed
