"""The section `assessments`: rules by which conclusions follow from findings, read, checked and put in strata."""

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from checker.assessment.rules import (
    MAX_FACTS_OF_A_RULE,
    MAX_OCCURRENCES,
    MAX_RULES,
    Assessments,
    Conclude,
    Condition,
    Counted,
    FieldTest,
    Piece,
    Rule,
)
from checker.bounds import Number
from checker.constraint import Constraint
from checker.errors import nearest
from checker.location import Location
from checker.rulebook.models import Section, no_entries
from checker.rulebook.reading import Files, field_names
from checker.terms import Amount, Duration, FieldNames, MatchFields, Words, quantity_of
from checker.timeline import parse_instant
from checker.yamltree import Items, Table, Text

_NAMED = {"type": ["string", "array", "object"]}
Tests = Annotated[Any, WithJsonSchema(_NAMED)]
"""Tests on the fields of a fact, read once the sort of the fact is known; a name alone says which."""


class FactOf(Section):
    """A fact that a rule asks for, of one of three sorts."""

    finding: Tests = Field(None, description="A finding: a constraint's id, or tests on its fields")
    conclusion: Tests = Field(None, description="A conclusion: its name, or tests on its fields")
    waiver: Tests = Field(None, description="The use of an exception: its id, or tests on its fields")
    same: MatchFields | None = Field(
        None, description="Fields equal to those of the first fact (`{own: other.field}`); the subject by default"
    )
    near: Duration | None = Field(None, description="Less than this before or after the first fact")
    after: Words | None = Field(None, description="Later than the fact of that name")
    before: Words | None = Field(None, description="Earlier than the fact of that name")
    at_least: Amount | None = Field(None, description="It is at least the n-th of its like: each such one concludes")
    within: Duration | None = Field(None, description="The window that ends with it, in which its like are counted")
    per: FieldNames | None = Field(None, description="Which fields keep apart what counts together; the subject")


class ConditionOf(FactOf):
    """A fact that a rule asks for, or one that there must not be."""

    as_: Words | None = Field(
        None, alias="as", description="Its name for the rest; `first`, `second` and so on if none"
    )
    none: FactOf | None = Field(None, description="There is no other such fact")


class ConcludeOf(Section):
    """What follows."""

    conclusion: Words = Field(description="Its name, by which other rules refer to it")
    text: Words = Field(description="The fact in a sentence; `{subject}` or `{first.constraint}` stand for fields")
    severity: Literal["minor", "major", "critical"] | None = Field(None, description="How much it weighs")
    due: Duration | None = Field(None, description="How long after its last fact a duty is to be met")
    carry: dict[str, Words] = Field(default_factory=no_entries, description="Fields taken on: `{case: first.key.em}`")


class AssessmentOf(Section):
    """A declared rule of what findings together amount to."""

    id: Words = Field(description="Its short name, unique in the rulebook")
    title: Words = Field(description="A few words")
    text: Words = Field(description="The rule, in a sentence of the agreement")
    source: Words = Field(description="Where it is from; `illustrative` if it is made up")
    when: list[ConditionOf] = Field(description="The facts it asks for, all of them", min_length=1)
    conclude: ConcludeOf = Field(description="What follows from them")


SEVERITIES = ("minor", "major", "critical")
VERDICTS = ("violated", "inconclusive", "pending", "excused")
STATES = ("used", "provisional", "revived", "inconclusive", "unused", "expired", "refused")
_ORDINALS = ("first", "second", "third", "fourth")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_LETTERS = "small letters, digits and `_`; none of the names that have a meaning"
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_TEXTS: dict[str, tuple[str, ...]] = {
    "finding": ("constraint", "group", "severity", "verdict", "subject", "unit", "reason", "waiver", "never_waivable"),
    "conclusion": ("conclusion", "assessment", "severity", "subject"),
    "waiver": ("id", "state", "subject"),
}
_NUMBERS = {"finding": ("magnitude", "margin"), "conclusion": ("count",), "waiver": ()}
_INSTANTS = ("from", "until")
_OWN = ("subject", "conclusion", "severity", "from", "until", "due", "count")
_USUAL = {
    ("finding", False): FieldTest("verdict", frozenset({"violated"})),
    ("finding", True): FieldTest("verdict", frozenset({"violated", "inconclusive", "pending"})),
    ("waiver", False): FieldTest("state", frozenset({"used", "provisional"})),
    ("waiver", True): FieldTest("state", frozenset({"used", "provisional", "inconclusive"})),
}
"""What is meant if nothing is said: what is certain of facts asked for, what is possible of facts not wanted."""
_WORD = {"finding": "constraint", "conclusion": "conclusion", "waiver": "id"}


class Assessing:
    """Reads the rules of one rulebook; what is wrong goes to the files' problems, each at its place."""

    def __init__(self, files: Files, builder: Any, constraints: Sequence[Constraint]) -> None:
        self._files = files
        self._builder = builder
        self._constraints = constraints
        self._ids = {
            str(n["id"])
            for n, _ in files.items["constraints"]
            if isinstance(n, Table) and isinstance(n.get("id"), Text)
        }
        self._groups = {str(n["group"]) for n, _ in files.items["constraints"] if isinstance(n, Table) and "group" in n}
        self._fields: dict[str, set[str]] = {}
        """The fields that each conclusion carries."""

    def read(self) -> Assessments:
        """Every rule, each with its stratum."""
        given: list[tuple[Any, str]] = [(n, file) for n, file in self._files.items["assessments"] if self._is_rule(n)]
        if len(given) > MAX_RULES:
            self._files.problem(given[MAX_RULES][0], f"more than {MAX_RULES} assessments", "a rulebook holds fewer")
        for node, _ in given:
            if _concludes(node):
                carry = node["conclude"].get("carry")
                carried = {str(name) for name in carry} if isinstance(carry, Table) else set()
                self._fields.setdefault(str(node["conclude"]["conclusion"]), set()).update(carried)
        strata = self._strata([node for node, _ in given])
        rules = []
        seen: dict[str, Any] = {}
        for node, file in given:
            name = node.get("id")
            if isinstance(name, Text):
                self._known_once(name, seen)
            rule = self._rule(node, file, strata.get(id(node), 0))
            if rule is not None:
                rules.append(rule)
        return Assessments(tuple(rules))

    def _is_rule(self, node: Any) -> bool:
        if not isinstance(node, Table):
            self._files.problem(node, "an assessment is a mapping", "begin it with `- id:`")
        return isinstance(node, Table)

    def _known_once(self, name: Text, seen: dict[str, Any]) -> None:
        if not _ID.fullmatch(name):
            self._files.problem(name, f"{str(name)!r} is not an id", "letters, digits, `.`, `_` and `-`, no blanks")
        if name in seen:
            first = self._files.location(seen[name])
            self._files.problem(name, f"assessment {str(name)!r} is defined twice", f"first at {first}")
        elif name in self._ids:
            self._files.problem(name, f"{str(name)!r} is the id of a constraint too")
        seen.setdefault(str(name), name)

    # ---- strata ----

    def _strata(self, nodes: Sequence[Any]) -> dict[int, int]:
        """For each rule (by its node) the longest way down to one that rests on no other; no way may be closed."""
        makers: dict[str, list[Any]] = {}
        for node in nodes:
            if _concludes(node):
                makers.setdefault(str(node["conclude"]["conclusion"]), []).append(node)
        strata: dict[int, int] = {}
        # depth first without recursion: a rulebook may chain as many rules as it has
        for start in nodes:
            way: list[tuple[Table, list[tuple[Text, Table]]]] = []
            if id(start) not in strata:
                way.append((start, _edges(start, makers)))
            while way:
                node, edges = way[-1]
                if not edges:
                    below = [strata.get(id(maker), -1) for _, maker in _edges(node, makers)]
                    strata[id(node)] = max(below, default=-1) + 1
                    way.pop()
                    continue
                name, maker = edges.pop()
                under_way = [id(known) for known, _ in way]
                if id(maker) in under_way:
                    ring = [known for known, _ in way[under_way.index(id(maker)) :]]
                    shown = " -> ".join(str(n.get("id", "?")) for n in [*ring, ring[0]])
                    message = f"assessment {str(maker.get('id', '?'))!r} rests on its own conclusion: {shown}"
                    self._files.problem(name, message, fallback=node)
                elif id(maker) not in strata:
                    way.append((maker, _edges(maker, makers)))
        return strata

    # ---- one rule ----

    def _rule(self, node: Any, file: str, stratum: int) -> Rule | None:
        builder = self._builder
        before = len(self._files.problems)
        place = Location(file, node.line, node.column)
        if builder.unset(node):
            name = str(node["conclude"]["conclusion"]) if _concludes(node) else ""
            head, title, text, source = (str(node.get(field, "")) for field in ("id", "title", "text", "source"))
            return Rule(head, title, text, source, (), Conclude(name, ()), place, stratum, in_force=False)
        node = builder.resolved(node)
        model: AssessmentOf | None = builder.validate(
            AssessmentOf, node, (*field_names(ConditionOf), *field_names(ConcludeOf))
        )
        if model is None:
            return None
        names: dict[str, int] = {}
        sorts: list[str] = []
        asked: list[Condition] = []
        absent: list[Condition] = []
        for given, one in zip(node["when"], model.when, strict=True):
            if one.none is None:
                asked.append(self._condition(given, one, names, sorts))
                own = one.as_ or (_ORDINALS[len(sorts) - 1] if len(sorts) <= len(_ORDINALS) else f"fact{len(sorts)}")
                if not _NAME.fullmatch(own) or own == "key":
                    self._files.problem(
                        given.get("as"), f"{own!r} is not a name for a fact", "small letters, digits, `_`"
                    )
                if own in names:
                    self._files.problem(given.get("as"), f"two facts are called {own!r}", fallback=given)
                names[own] = len(asked) - 1
        for given, one in zip(node["when"], model.when, strict=True):
            if one.none is not None:
                beside = [key for key in given if key != "none"]
                if beside:
                    self._files.problem(beside[0], f"{str(beside[0])!r} stands beside `none`", "put it into it")
                absent.append(self._condition(given["none"], one.none, names, sorts, absent=True))
        if not asked:
            self._files.problem(node.key("when"), "a rule asks for at least one fact", "beside what there must not be")
        for number, kind in ((len(asked), "asked for"), (len(absent), "that there must not be")):
            if number > MAX_FACTS_OF_A_RULE:
                message = f"{number} facts {kind}, at most {MAX_FACTS_OF_A_RULE} can be"
                self._files.problem(node.key("when"), message, "chain two rules")
        says = self._conclude(node["conclude"], model.conclude, names, sorts, asked)
        if len(self._files.problems) > before:
            return None
        looked_at = frozenset(
            c.id for condition in absent if condition.sort == "finding"
            for c in self._constraints if c.in_force and _may_be(condition, c)
        )  # fmt: skip
        return Rule(
            model.id, model.title, model.text, model.source, (*asked, *absent), says, place, stratum,
            looked_at=looked_at,
        )  # fmt: skip

    def _condition(
        self, node: Any, model: FactOf, names: Mapping[str, int], sorts: list[str], absent: bool = False
    ) -> Condition:
        given = [sort for sort in ("finding", "conclusion", "waiver") if sort in node]
        if len(given) != 1:
            found = " and ".join(f"`{sort}`" for sort in given) or "neither"
            message = f"expected exactly one of `finding`, `conclusion` or `waiver`, found {found}"
            self._files.problem(node, message)
        sort = given[0] if given else "finding"
        tests = self._tests(sort, node.get(sort), absent)
        first = not names and not absent
        for field in ("same", "near", "after", "before"):
            if first and field in node:
                self._files.problem(node.key(field), f"`{field}` ties a fact to an earlier one; this is the first")
        counted = self._counted(node, model, sort, tests)
        same: tuple[tuple[str, int, str], ...] = ()
        if not first:
            if model.same is None:
                same = (("subject", 0, "subject"),)
            else:
                same = self._same(model.same, sort, tests, names, sorts)
        times = [self._earlier(node.get(field), names) for field in ("after", "before")]
        if not absent:
            sorts.append(sort)
        return Condition(sort, tests, "", absent, same, model.near, times[0], times[1], counted)

    def _earlier(self, node: Any, names: Mapping[str, int]) -> int | None:
        if node is None or not names:
            return None
        if node not in names:
            self._files.problem(node, f"no earlier fact is called {str(node)!r}", nearest(str(node), names))
        return names.get(str(node), 0)

    def _counted(self, node: Any, model: FactOf, sort: str, tests: Sequence[FieldTest]) -> Counted | None:
        if model.at_least is None:
            for field in ("within", "per"):
                if field in node:
                    self._files.problem(node.key(field), f"`{field}` goes with `at_least`")
            return None
        if not isinstance(model.at_least, int) or not 1 <= model.at_least <= MAX_OCCURRENCES:
            message = f"`at_least` is a whole number from 1 to {MAX_OCCURRENCES}"
            self._files.problem(node["at_least"], message, fallback=node)
            return None
        if model.within is not None and model.within <= 0:
            self._files.problem(node["within"], "a window is longer than nothing", fallback=node)
        per = model.per if isinstance(model.per, list) else ["subject"] if model.per is None else [model.per]
        for field in per:
            self._joinable(field, sort, _conclusions_of(tests))
        return Counted(model.at_least, model.within, tuple(map(str, per)))

    # ---- fields ----

    def _known(self, sort: str, conclusions: Iterable[str]) -> set[str]:
        carried = (
            set().union(*(self._fields.get(name, set()) for name in conclusions)) if sort == "conclusion" else set()
        )
        return {*_TEXTS[sort], *_NUMBERS[sort], *_INSTANTS, *carried}

    def _field(self, field: Any, sort: str, conclusions: Iterable[str]) -> bool:
        """Whether facts of that sort have such a field; a mistake if not."""
        if sort == "finding" and str(field).startswith("key."):
            known = {f"key.{name}" for name in self._builder.definitions.fields(None)}
            if field not in known:
                self._files.problem(field, f"no event has a field {str(field)[4:]!r}", nearest(str(field), known))
            return field in known
        known = self._known(sort, conclusions)
        if field not in known:
            also = "; `key.NAME` is a field that a constraint keeps apart" if sort == "finding" else ""
            self._files.problem(field, f"a {sort} has no field {str(field)!r}", nearest(str(field), known) + also)
        return field in known

    def _joinable(self, field: Any, sort: str, conclusions: Iterable[str]) -> None:
        if self._field(field, sort, conclusions) and field in _NUMBERS[sort]:
            self._files.problem(field, f"`{field}` is a quantity: it ties nothing together")

    def _same(
        self, node: Any, sort: str, tests: Sequence[FieldTest], names: Mapping[str, int], sorts: Sequence[str]
    ) -> tuple[tuple[str, int, str], ...]:
        made = []
        for item in node if isinstance(node, list) else [node]:
            for own, other in item.items() if isinstance(item, dict) else [(item, item)]:
                self._joinable(own, sort, _conclusions_of(tests))
                place, field = self._other(other, names, sorts)
                made.append((str(own), place, field))
        return tuple(dict.fromkeys(made))

    def _other(self, node: Any, names: Mapping[str, int], sorts: Sequence[str]) -> tuple[int, str]:
        """A field of an earlier fact: `second.subject`, or of the first if none is named."""
        head, dot, rest = str(node).partition(".")
        place, field = (names[head], rest) if dot and head in names else (0, str(node))
        if dot and head not in names and head != "key":
            self._files.problem(node, f"no earlier fact is called {head!r}", nearest(head, names))
        elif names:
            at = Text(field, getattr(node, "line", 0), getattr(node, "column", 0), True)
            self._files.adopt(at, node)
            self._joinable(at, sorts[place], self._all_conclusions(sorts[place]))
        return place, field

    def _all_conclusions(self, sort: str) -> Iterable[str]:
        return self._fields if sort == "conclusion" else ()

    # ---- tests ----

    def _tests(self, sort: str, node: Any, absent: bool) -> tuple[FieldTest, ...]:
        if isinstance(node, (Text, Items)):
            word = Text(_WORD[sort], node.line, node.column, True)
            self._files.adopt(word, node)
            given: list[tuple[Any, Any]] = [(word, node)]
        elif isinstance(node, Table):
            given = list(node.items())
        else:
            given = []
        named = [value for key, value in given if key == "conclusion" and sort == "conclusion"]
        conclusions = [str(n) for value in named for n in (value if isinstance(value, Items) else [value])]
        if sort == "conclusion" and not named:
            self._files.problem(node, "`conclusion` says which conclusion is meant", nearest("", self._fields))
        tests = [test for key, value in given for test in self._test(sort, key, value, conclusions)]
        usual = _USUAL.get((sort, absent))
        if usual is not None and all(test.field != usual.field for test in tests):
            tests.append(usual)
        return tuple(tests)

    def _test(self, sort: str, field: Text, node: Any, conclusions: Sequence[str]) -> list[FieldTest]:
        if not self._field(field, sort, conclusions):
            return []
        if not isinstance(node, Table):
            return [FieldTest(str(field), self._values(sort, field, node))]
        made = []
        numeric = field in _NUMBERS[sort] or field in _INSTANTS
        for sign, value in node.items():
            if sign == "not":
                made.append(FieldTest(str(field), self._values(sort, field, value), refused=True))
            elif sign in ("at_least", "at_most") and field == "severity":
                at = SEVERITIES.index(value) if value in SEVERITIES else 0
                self._of_list(value, SEVERITIES, field)
                chosen = SEVERITIES[at:] if sign == "at_least" else SEVERITIES[: at + 1]
                made.append(FieldTest("severity", frozenset(chosen)))
            elif sign in ("at_least", "at_most") and numeric:
                made += self._bound(str(field), str(sign), value)
            else:
                known = ["not", *(["at_least", "at_most"] if numeric or field == "severity" else [])]
                self._files.problem(sign, f"unknown test {str(sign)!r} of `{field}`", nearest(str(sign), known))
        if not node:
            self._files.problem(node, "an empty test", fallback=field)
        return made

    def _bound(self, field: str, sign: str, node: Any) -> list[FieldTest]:
        try:
            if field in _INSTANTS:
                early, late = parse_instant(str(node), self._builder.definitions.zone)
                number: Number = early if sign == "at_least" else late
                timed = True
            else:
                number, timed = quantity_of(node)
        except ValueError as error:
            self._files.problem(node, str(error))
            return []
        if field == "count" and timed:
            self._files.problem(node, "a count is a number")
        return [FieldTest(field, at_least=number if sign == "at_least" else None,
                     at_most=number if sign == "at_most" else None, timed=timed)]  # fmt: skip

    def _values(self, sort: str, field: Text, node: Any) -> frozenset[str]:
        found: set[str] = set()
        if field in _NUMBERS[sort] or field in _INSTANTS:
            self._files.problem(node, f"`{field}` is compared with `at_least` and `at_most`", fallback=field)
            return frozenset()
        for value in node if isinstance(node, Items) else [node]:
            if not isinstance(value, Text):
                self._files.problem(value, "expected a text, or a list of them", fallback=field)
                continue
            if field == "constraint":
                fitting = {name for name in self._ids if fnmatchcase(name, value)} if "*" in value else {str(value)}
                if not fitting & self._ids:
                    self._files.problem(value, f"unknown constraint {str(value)!r}", nearest(str(value), self._ids))
                found |= fitting
                continue
            lists: dict[str, Iterable[str]] = {
                "group": self._groups, "severity": SEVERITIES, "verdict": VERDICTS, "state": STATES,
                "never_waivable": ("true", "false"), "conclusion": self._fields,
            }  # fmt: skip
            if field in lists:
                self._of_list(value, lists[str(field)], field)
            found.add(str(value))
        return frozenset(found)

    def _of_list(self, value: Any, known: Iterable[str], field: str) -> None:
        if value not in set(known):
            self._files.problem(value, f"unknown {field.replace('_', ' ')} {str(value)!r}", nearest(str(value), known))

    # ---- what follows ----

    def _conclude(
        self, node: Table, model: ConcludeOf, names: Mapping[str, int], sorts: Sequence[str], asked: Sequence[Condition]
    ) -> Conclude:
        if not _ID.fullmatch(model.conclusion):
            hint = "letters, digits, `.`, `_` and `-`, no blanks"
            self._files.problem(node["conclusion"], f"{model.conclusion!r} is not a name for a conclusion", hint)
        carry = []
        given = node.get("carry")
        for name, other in given.items() if isinstance(given, Table) else ():
            if not _NAME.fullmatch(name) or name in _OWN or name in ("assessment", "key"):
                self._files.problem(
                    name, f"{str(name)!r} is not a name for a field carried", "small letters, digits, `_`"
                )
            carry.append((str(name), *self._other(other, names, sorts)))
        own = {*_OWN, *(name for name, _, _ in carry)}
        own -= set() if model.severity is not None else {"severity"}
        own -= set() if model.due is not None else {"due"}
        own -= set() if any(condition.counted for condition in asked) else {"count"}
        pieces = []
        at = 0
        for match in _PLACEHOLDER.finditer(model.text):
            head, dot, rest = match.group(1).partition(".")
            before = model.text[at : match.start()]
            at = match.end()
            if dot and head in names:
                place = names[head]
                known = self._known(sorts[place], self._all_conclusions(sorts[place]))
                if sorts[place] == "finding":
                    known |= {f"key.{name}" for name in self._builder.definitions.fields(None)}
                if asked[place].counted:
                    known.add("count")
                if rest not in known:
                    message = f"a {sorts[place]} has no field {rest!r}"
                    self._files.problem(node["text"], message, nearest(rest, known))
                pieces.append(Piece(before, place, rest))
            else:
                if match.group(1) not in own:
                    known = own | {f"{name}.subject" for name in names}
                    message = f"nothing stands for {match.group(0)!r}"
                    self._files.problem(node["text"], message, nearest(match.group(1), known))
                pieces.append(Piece(before, None, match.group(1)))
        pieces.append(Piece(model.text[at:]))
        return Conclude(model.conclusion, tuple(pieces), model.severity, model.due, tuple(carry))


def _concludes(node: Any) -> bool:
    says = node.get("conclude")
    return isinstance(says, Table) and isinstance(says.get("conclusion"), Text)


def _edges(node: Table, makers: Mapping[str, Sequence[Table]]) -> list[tuple[Text, Table]]:
    """The rules that a rule rests on, each with the place where it names their conclusion."""
    found: list[tuple[Text, Table]] = []
    when = node.get("when")
    for given in when if isinstance(when, Items) else ():
        inner = given.get("none") if isinstance(given, Table) else None
        for one in (given, inner):
            named = one.get("conclusion") if isinstance(one, Table) else None
            if isinstance(named, Table):
                named = named.get("conclusion")
            for name in named if isinstance(named, Items) else [named]:
                if isinstance(name, Text):
                    found += [(name, maker) for maker in makers.get(str(name), ())]
    return found


def _conclusions_of(tests: Sequence[FieldTest]) -> list[str]:
    return sorted(name for test in tests if test.field == "conclusion" and test.values for name in test.values)


def _may_be(condition: Condition, constraint: Constraint) -> bool:
    """Whether a finding of a constraint could be what a condition is about."""
    fixed = {
        "constraint": constraint.id, "group": constraint.group, "severity": constraint.severity,
        "never_waivable": str(constraint.never_waivable).lower(),
    }  # fmt: skip
    return all(
        (fixed[test.field] in test.values) is not test.refused
        for test in condition.tests
        if test.values is not None and test.field in fixed
    )


__all__ = ["Assessing", "AssessmentOf"]
