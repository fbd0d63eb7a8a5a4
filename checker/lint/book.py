"""What a check looks at: the rulebook under one position, the same under the others, and where everything stands."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from checker.constraint import Constraint
from checker.definitions import Definitions
from checker.errors import Problem
from checker.interval import Spell
from checker.lint.patterns import implies, together
from checker.lint.remark import ERROR, WARNING, Remark, Witness
from checker.lint.spells import opening, within
from checker.measure import (
    NONE_ALLOWED,
    Holds,
    Length,
    Limit,
    OnEvents,
    OnIntervals,
    Rule,
    Spacing,
    Total,
    is_plain,
)
from checker.pattern import Pattern
from checker.rulebook import Rulebook
from checker.rulebook.parameters import references
from checker.rulebook.reading import Files
from checker.strictness import same
from checker.waiver import Waiver
from checker.yamltree import Items, Table, Text

NO_TIME = Limit(at_most=0, exclusive=True)
"""The limit of an interval that is prohibited altogether."""


class Asked(NamedTuple):
    """One rule of one constraint; `clause` is the place of its formal part, from 0, `at` that of the rule in all."""

    constraint: Constraint
    clause: int
    rule: Rule
    at: int

    @property
    def id(self) -> str:
        """The id of the constraint."""
        return self.constraint.id


class Book:
    """A rulebook under one position. `books` are all its positions, `files` know where what stands."""

    def __init__(self, rulebook: Rulebook, books: Sequence[Rulebook], files: Files) -> None:
        self.rulebook = rulebook
        self.books = books
        self.files = files
        self.definitions: Definitions = rulebook.definitions
        self.constraints: Mapping[str, Constraint] = {c.id: c for c in rulebook.constraints}

    @cached_property
    def asked(self) -> list[Asked]:
        """Every rule that is in force, in the order of the constraints."""
        found = []
        for constraint in self.rulebook.constraints:
            for at, clause in enumerate(constraint.clauses):
                found += [(constraint, at, rule) for rule in clause.rules]
        return [Asked(*one, at) for at, one in enumerate(found)]

    @cached_property
    def plain(self) -> list[Asked]:
        """Those of which windows and deadlines follow from numbers alone, so that schedules can be reasoned about."""
        return [asked for asked in self.asked if is_plain(asked.rule.measure)]

    @property
    def under(self) -> str:
        """The position, as a part of a sentence."""
        return f" under {self.rulebook.position}" if len(self.books) > 1 else ""

    # ---- where things stand ----

    @cached_property
    def nodes(self) -> dict[str, Table]:
        """The constraints as written, by id."""
        return {str(n["id"]): n for n, _ in self.files.items["constraints"] if isinstance(n, Table) and "id" in n}

    @cached_property
    def waiver_nodes(self) -> dict[str, Table]:
        """The waivers as written, by id."""
        return {str(n["id"]): n for n, _ in self.files.items["waivers"] if isinstance(n, Table) and "id" in n}

    def body(self, constraint: Constraint, clause: int = 0) -> Table:
        """The formal part as it is written for this position (or the constraint itself)."""
        node = self.nodes[constraint.id]
        under = node.get("under")
        change: Any = under.get(self.rulebook.position or "") if isinstance(under, Table) else None
        for part in (change, node):
            if not isinstance(part, Table):
                continue
            clauses = part.get("clauses")
            if isinstance(clauses, Items):
                kept = [one for one in clauses if isinstance(one, Table) and not self._unset(one)]
                if clause < len(kept) and isinstance(found := kept[clause], Table):
                    return found
            elif part is node or "kind" in part:
                return part
        return node

    def _unset(self, node: Any) -> bool:
        shown = self.rulebook.parameters
        return any(shown.get(name) == "none" for name in references(node))

    def place(self, asked: Asked, *fields: str) -> Any:
        """The first of these fields of the formal part that is written there, else where the constraint stands."""
        node = self.nodes[asked.id]
        under = node.get("under")
        change: Any = under.get(self.rulebook.position or "") if isinstance(under, Table) else None
        for part in (change if isinstance(change, Table) else None, self.body(asked.constraint, asked.clause)):
            for name in fields:
                if isinstance(part, Table) and name in part:
                    return part.key(name)
        return node.get("id", node)

    def remark(
        self, code: str, node: Any, message: str, todo: str, *, level: str = WARNING, constraints: Iterable[str] = (),
        about: Iterable[str] = (), witness: Witness | None = None, rule: int | None = None,
    ) -> Remark:  # fmt: skip
        """A remark that points at a node of the files."""
        at: Problem = self.files.pointed(node, message, todo)
        return Remark(code, level, at, tuple(dict.fromkeys(constraints)), tuple(dict.fromkeys(about)), witness, rule)

    def on(self, code: str, asked: Asked, fields: Sequence[str], message: str, todo: str, **more: Any) -> Remark:
        """A remark that points at a field of a rule's formal part."""
        others = tuple(more.pop("constraints", ()))
        return self.remark(
            code, self.place(asked, *fields), message, todo, constraints=(asked.id, *others), rule=asked.at, **more
        )  # fmt: skip

    def clash(self, code: str, asked: Asked, fields: Sequence[str], others: Sequence[str], message: str) -> Remark:
        """A remark on a rule that cannot be kept together with these others."""
        todo = f"bring {listed([asked.id, *others])} into line"
        return self.on(code, asked, fields, message, todo, level=ERROR, constraints=others)

    # ---- what follows from what ----

    def too_narrow(self, asked: Asked) -> bool:
        """Whether a rolling window is no longer than the pause between two: it never meets more than one of them."""
        measure = asked.rule.measure
        if not isinstance(measure, Total) or measure.window.rolling is None or measure.of not in ("duration", "count"):
            return False
        return self.pause_over(asked) is not None

    def pause_over(self, asked: Asked) -> Asked | None:
        """The rule that keeps two of the same group at least as long apart as the rolling window lasts."""
        measure = asked.rule.measure
        for other in self.plain:
            spacing, least = other.rule.measure, other.rule.limit.at_least
            if (
                not isinstance(spacing, Spacing)
                or least is None
                or spacing.along is not None
                or spacing.scope is not None
            ):
                continue
            if not isinstance(measure, Total) or measure.window.rolling is None or least < measure.window.rolling:
                continue
            covers = set(spacing.per) <= set(measure.per) and self.occasions_within(asked.rule, other.rule)
            if covers and not self.excused_apart(other.id, asked.id):
                return other
        return None

    def excused_apart(self, one: str, other: str) -> bool:
        """Whether an exception may excuse the one (or leave it aside) and yet hold the activity to the other."""
        return any(one in _lets(waiver) and other not in _lets(waiver) for waiver in self.rulebook.waivers)

    def let(self, names: Iterable[str]) -> list[str]:
        """The exceptions that may excuse any of these constraints."""
        wanted = set(names)
        return [waiver.id for waiver in self.rulebook.waivers if wanted & _lets(waiver)]

    def occasions_within(self, one: Rule, other: Rule) -> bool:
        """Whether every occasion of the one surely is an occasion of the other (or, an event, opens one)."""
        return self.on_within(one.on, other.on)

    def on_within(self, one: OnEvents | OnIntervals, other: OnEvents | OnIntervals) -> bool:
        """The same of occasions."""
        if isinstance(one, OnIntervals) and isinstance(other, OnIntervals):
            return within(one.spell, other.spell, self.definitions)
        if isinstance(one, OnEvents) and isinstance(other, OnEvents):
            for theirs, ours in ((other.outside, one.outside), (other.during, one.during)):
                if theirs is not None and not same(theirs, ours):
                    return False
            return implies(one.pattern, other.pattern, self.definitions)
        return False

    @cached_property
    def prohibited(self) -> list[tuple[Asked, "Spell | Pattern"]]:
        """What may never take place: intervals, or events that match a pattern, with the rule that says so."""
        found: list[tuple[Asked, Spell | Pattern]] = []
        for asked in self.asked:
            on, measure, limit = asked.rule.on, asked.rule.measure, asked.rule.limit
            none = limit.at_most == 0 and limit.at_least is None
            if isinstance(on, OnIntervals) and (
                (isinstance(measure, Length) and limit == NO_TIME)
                or (isinstance(measure, Total) and measure.of == "count" and none)
            ):
                found.append((asked, on.spell))
            elif isinstance(on, OnEvents) and on.during is None and on.outside is None:
                if isinstance(measure, Holds) and limit == NONE_ALLOWED:
                    found.append((asked, together(on.pattern, measure.pattern)))
                elif isinstance(measure, Total) and measure.of == "count" and none:
                    found.append((asked, on.pattern))
        return found

    def falls_under(self, on: OnEvents | OnIntervals, what: "Spell | Pattern") -> bool:
        """Whether such an occasion takes place only where what is prohibited does."""
        events = _events(what)
        if isinstance(on, OnIntervals):
            if events is None:
                return within(on.spell, what, self.definitions)  # type: ignore[arg-type]
            opens = opening(on.spell)
            return opens is not None and implies(opens, events, self.definitions)
        if events is not None:
            return implies(on.pattern, events, self.definitions)
        spell: Spell = what  # type: ignore[assignment]
        if on.during is not None and within(on.during, spell, self.definitions):
            return True
        opens = opening(spell)
        return opens is not None and implies(on.pattern, opens, self.definitions)


def _lets(waiver: Waiver) -> set[str]:
    return {*waiver.excuses, *waiver.left_out_of}


def _events(what: Any) -> Pattern | None:
    """The pattern, if it is one of events."""
    return what if hasattr(what, "test") else None


def listed(names: Sequence[str]) -> str:
    """Names as a part of a sentence: `A, B and C`."""
    named = list(dict.fromkeys(names))
    return " and ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)


def ranged(names: Sequence[str]) -> str:
    """The same of many: what follows on by one is put together, `R-02 to R-09 and C-01`."""
    runs: list[list[str]] = []
    for name in dict.fromkeys(names):
        if runs and _next(runs[-1][-1]) == name:
            runs[-1].append(name)
        else:
            runs.append([name])
    return listed([part for run in runs for part in ([f"{run[0]} to {run[-1]}"] if len(run) > 2 else run)])


def _next(name: str) -> str:
    """The name that follows on: the last number one more, or the letter behind it the next."""
    match = re.fullmatch(r"(.*?)([0-9]+)([a-y]?)", name)
    if match is None:
        return ""
    stem, number, letter = match.groups()
    return f"{stem}{number}{chr(ord(letter) + 1)}" if letter else f"{stem}{int(number) + 1:0{len(number)}}"


def scalars(node: Any) -> Iterator[Text]:
    """Every text of a tree, names of fields included."""
    pending = [node]
    while pending:
        current = pending.pop()
        if isinstance(current, Table):
            pending += [*current.keys(), *current.values()]
        elif isinstance(current, Items):
            pending += current
        elif isinstance(current, Text):
            yield current


def called(on: OnEvents | OnIntervals) -> str:
    """What an occasion is called: the name of its intervals, or the types of its events."""
    if isinstance(on, OnIntervals):
        return name_of(on.spell)
    types = on.pattern.types
    return " or ".join(sorted(types)) if types and len(types) <= 3 else "event"


def name_of(spell: Any) -> str:
    """What intervals are called: their own name, or that of what they are chosen from."""
    if spell.name:
        return str(spell.name)
    if hasattr(spell, "part"):
        return name_of(spell.part)
    opens = opening(spell)
    types = opens.types if opens is not None else None
    return f"interval from {' or '.join(sorted(types))}" if types else "interval"
