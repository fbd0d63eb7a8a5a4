"""The section `waivers` of a rulebook, and files that waive single findings: models, and mistakes in them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from checker.constraint import Constraint
from checker.definitions import Definitions
from checker.errors import Problem, RulebookError, nearest
from checker.location import Location
from checker.measure import OnEvents, OnIntervals
from checker.rulebook.models import Section, no_entries, no_items
from checker.rulebook.parameters import Parameters, references, substitute
from checker.rulebook.reading import Files
from checker.terms import EventPattern, Flag, IntervalExpression, MatchFields, Moment, Reader, Several, Words, types_of
from checker.waiver import ALL, FindingWaiver, Waiver, is_grouped, leaves_out
from checker.whole import content
from checker.yamltree import Items, Table, Text, load

NOT_IN_FORCE = "not_in_force"


class WaiverSection(Section):
    """An exception: what it excuses, and on which conditions."""

    id: Words = Field(description="Its short name, unique among the waivers of the rulebook")
    title: Words = Field(description="A few words")
    text: Words = Field(description="The exception, in a sentence of the agreement")
    source: Words = Field(description="Where it is from; `illustrative` if it is made up")
    note: Words = Field("", description="How the formal part reads the exception")
    of: IntervalExpression | None = Field(None, description="The activity: intervals, each excused by itself")
    event: EventPattern | None = Field(None, description="The activity: events, each excused by itself")
    excuses: Several = Field(
        default_factory=no_items,
        description="The constraints a breach of which it excuses; `all` that may be waived and are no condition",
    )
    precedent: Several = Field(
        default_factory=no_items, description="Constraints that must be kept: if one is not, nothing is excused"
    )
    subsequent: Several = Field(
        default_factory=no_items,
        description="Constraints that are duties of their own: the excuse stands without them, and is provisional "
        "while one of them is open",
    )
    left_out_of: Several = Field(
        default_factory=no_items, description="Totals, counts and spacings that an excused activity does not count in"
    )
    same: MatchFields | None = Field(
        None, description="Which fields tie a condition about another record to the activity"
    )
    meanwhile: Flag = Field(
        False,
        description="Excused is what begins while the activity goes on, of the same subject, whatever it is about",
    )
    under: dict[str, Any] = Field(
        default_factory=no_entries, description="How it differs under a position: other fields, or `not_in_force`"
    )


class FindingWaiverSection(BaseModel):
    """A waiver of one finding: who let it pass, why, and until when."""

    model_config = Section.model_config

    finding: Words = Field(description="The id of the finding")
    reason: Words = Field(description="Why it is waived")
    approver: Words = Field(description="Who waived it")
    granted: Moment | None = Field(None, description="From when on: what began earlier is not waived")
    expires: Moment = Field(description="Until when: what begins then or later is not waived")


def read_waivers(
    files: Files,
    definitions: Definitions,
    parameters: Parameters,
    position: str | None,
    constraints: Sequence[Constraint],
) -> tuple[Waiver, ...]:
    """The waivers in force under a position; every mistake is noted, none stops the rest."""
    return _Reading(files, definitions, parameters, position, constraints).waivers()


class _Reading:
    def __init__(
        self,
        files: Files,
        definitions: Definitions,
        parameters: Parameters,
        position: str | None,
        constraints: Sequence[Constraint],
    ) -> None:
        self._files = files
        self._definitions = definitions
        self._parameters = parameters
        self._position = position
        self._constraints = {constraint.id: constraint for constraint in constraints}
        # also those with mistakes of their own: they are told already
        listed = (node for node, _ in files.items["constraints"] if isinstance(node, Table))
        self._known = {str(given) for node in listed if (given := node.get("id"))}
        self._conditions: dict[str, str] = {}

    def waivers(self) -> tuple[Waiver, ...]:
        """First everything by itself, then what one waiver says of the conditions of another."""
        models: list[tuple[WaiverSection, Table]] = []
        seen: dict[str, Any] = {}
        for original, _ in self._files.items["waivers"]:
            if not isinstance(original, Table):
                self._files.problem(original, "a waiver is a mapping", "begin it with `- id:`")
                continue
            given = original.get("id")
            if isinstance(given, Text):
                if given in seen:
                    first = self._files.location(seen[given])
                    self._files.problem(given, f"waiver {str(given)!r} is defined twice", f"first at {first}")
                seen.setdefault(str(given), given)
            node = self._under_position(original)
            model = self._validated(original if node is None else node)
            if model is not None and node is not None:
                models.append((model, node))
        for model, _ in models:
            for name in (*model.precedent, *model.subsequent):
                self._conditions.setdefault(name, model.id)
        made = [self._made(model, node) for model, node in models]
        return tuple(waiver for waiver in made if waiver is not None)

    def _under_position(self, node: Table) -> Table | None:
        """With the fields that are others under this position; None if it is not in force."""
        under = node.get("under")
        positions = self._files.sections["positions"]
        change: Any = None
        if isinstance(under, Table):
            for name, given in under.items():
                if name not in positions:
                    self._files.problem(name, f"unknown position {str(name)!r}", nearest(name, positions))
                if name == self._position:
                    change = given
        if change is None:
            merged: Any = node
        elif change == NOT_IN_FORCE:
            return None
        elif not isinstance(change, Table):
            self._files.problem(change, f"expected fields of the waiver, or `{NOT_IN_FORCE}`")
            return None
        else:
            # what the activity is may be said in another way
            dropped = {"of", "event"} if {"of", "event"} & set(change) else set()
            kept = {k: v for k, v in node.items() if k not in change and k not in dropped}
            merged = Table({**kept, **change})
            merged.line, merged.column = node.line, node.column
            self._files.adopt(merged, node)
        if any(self._parameters.unset(name, 0) for name in references(merged)):
            return None
        for name in references(merged):
            if name in self._parameters.dated:
                self._files.problem(node, f"parameter {name!r} changes over time: only constraints may refer to it")
        made: Table = substitute(merged, self._parameters, self._files)
        return made

    def _validated(self, node: Table) -> WaiverSection | None:
        try:
            return WaiverSection.model_validate(node, context=self._definitions)
        except ValidationError as error:
            self._files.invalid(error, node, WaiverSection)
            return None

    def _made(self, model: WaiverSection, node: Table) -> Waiver | None:
        wrong = self._files.problem
        before = len(self._files.problems)
        if (model.of is None) == (model.event is None):
            found = "neither" if model.of is None else "both"
            wrong(node.get("id"), f"expected exactly one of `of` or `event` as the activity, found {found}", "", node)
        if not model.excuses and not model.left_out_of:
            wrong(node.get("id"), "the waiver excuses nothing: expected `excuses` or `left_out_of`", "", node)
        if model.meanwhile and model.event is not None:
            wrong(node.key("meanwhile"), "`meanwhile` goes with `of`: an event goes on for no time", "", node)
        if model.meanwhile and model.left_out_of:
            wrong(node.key("left_out_of"), "`left_out_of` does not go with `meanwhile`", "", node)
        for field in ("excuses", "precedent", "subsequent", "left_out_of"):
            self._names(model, field, node)
        reader = Reader(self._definitions)
        types = model.event.types if model.event is not None else types_of(model.of) if model.of is not None else None
        same = () if model.same is None else reader.match(model.same, None, types)
        self._files.mistakes(reader.mistakes, node)
        if len(self._files.problems) > before or (model.of is None and model.event is None):
            return None
        everything = tuple(
            c.id for c in self._constraints.values() if not c.never_waivable and c.id not in self._conditions
        )
        return Waiver(
            id=model.id,
            title=model.title,
            text=model.text,
            on=OnIntervals(model.of) if model.of is not None else OnEvents(model.event),  # type: ignore[arg-type]
            excuses=everything if model.excuses == [ALL] else tuple(model.excuses),
            precedent=self._of(model.precedent),
            subsequent=self._of(model.subsequent),
            left_out_of=tuple(model.left_out_of),
            same=same,
            meanwhile=model.meanwhile,
        )

    def _of(self, names: Sequence[str]) -> tuple[Constraint, ...]:
        return tuple(self._constraints[name] for name in names if name in self._constraints)

    def _names(self, model: WaiverSection, field: str, node: Table) -> None:
        """What is wrong with the constraints named in a field."""
        named: list[str] = getattr(model, field)
        given: Any = node.get(field)
        places: list[Any] = list(given) if isinstance(given, Items) else [given] * len(named)
        if field == "excuses" and named == [ALL]:
            if not model.meanwhile:
                self._files.problem(places[0], f"`{ALL}` goes with `meanwhile`", "name the constraints", node)
            return
        seen: set[str] = set()
        for name, place in zip(named, places, strict=True):
            told = self._wrong_with(model, field, name, seen)
            if told is not None:
                self._files.problem(place, *told, fallback=node)
            seen.add(name)

    def _wrong_with(self, model: WaiverSection, field: str, name: str, seen: set[str]) -> tuple[str, str] | None:
        if name not in self._known:
            return f"unknown constraint {name!r}", nearest(name, self._known)
        if name in seen:
            return f"constraint {name!r} is named twice in `{field}`", ""
        if field == "subsequent" and name in model.precedent:
            return f"condition {name!r} is both precedent and subsequent", "keep one of them"
        if field not in ("excuses", "left_out_of"):
            return None
        if name in self._conditions:
            whose = self._conditions[name]
            told = "of this waiver" if whose == model.id else f"of {whose}"
            return f"{name!r} is a condition {told}: a condition is not excused", "conditions are judged by themselves"
        if name not in self._constraints:
            return None
        constraint = self._constraints[name]
        if constraint.never_waivable:
            return f"constraint {name!r} is never waivable", "no exception may excuse it"
        rules = [rule for clause in constraint.clauses for rule in clause.rules]
        if field == "left_out_of" and rules and not any(leaves_out(rule) for rule in rules):
            return f"{name!r} is judged occasion by occasion: nothing can be left out of it", "name it in `excuses`"
        if field == "excuses" and not model.meanwhile and rules and all(is_grouped(rule) for rule in rules):
            return f"{name!r} is judged over many occasions together", "name it in `left_out_of`"
        return None


def load_finding_waivers(path: str | Path, definitions: Definitions) -> list[FindingWaiver]:
    """Read a file of waivers of single findings. Raises RulebookError with every problem found."""
    name = Path(path).as_posix()
    files = Files()
    try:
        held = content(path, "rulebook_bytes")
    except OSError as error:
        raise RulebookError([Problem(Location(name), f"cannot be read: {error.strerror}")]) from None
    document = load(held, name, files.problems)
    files.stop_if_wrong()
    assert document is not None  # noqa: S101 - no document comes with a problem
    files.claim(document)
    root: Any = document.root
    if not isinstance(root, Items):
        problem = document.source.problem(root.line, root.column, "a file of waivers is a list", "`- finding:`, …")
        raise RulebookError([problem])
    found: list[FindingWaiver] = []
    seen: dict[str, Any] = {}
    for node in root:
        if not isinstance(node, Table):
            files.problem(node, "a waiver is a mapping", "begin it with `- finding:`", root)
            continue
        made = _finding_waiver(node, files, definitions)
        given = node.get("finding")
        if isinstance(given, Text):
            if given in seen:
                first = files.location(seen[given])
                files.problem(given, f"finding {str(given)!r} is waived twice", f"first at {first}")
            seen.setdefault(str(given), given)
        if made is not None:
            found.append(made)
    files.stop_if_wrong()
    return found


def _finding_waiver(node: Table, files: Files, definitions: Definitions) -> FindingWaiver | None:
    try:
        model = FindingWaiverSection.model_validate(node, context=definitions)
    except ValidationError as error:
        files.invalid(error, node, FindingWaiverSection)
        return None
    for field in ("finding", "reason", "approver"):
        if not getattr(model, field).strip():
            files.problem(node[field], f"`{field}` is empty", fallback=node)
    if model.granted is not None and model.granted >= model.expires:
        files.problem(node["expires"], "the waiver holds for no time: `expires` is not after `granted`", fallback=node)
    return FindingWaiver(
        model.finding, model.reason, model.approver, model.expires, model.granted, files.location(node)
    )


__all__ = ["FindingWaiverSection", "WaiverSection", "load_finding_waivers", "read_waivers"]
