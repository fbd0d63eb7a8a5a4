"""Scenario files: what hypothetical logs are made from, read against a rulebook; every mistake at its place."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, TypeAdapter, ValidationError

from checker.catalogue import COMMON, ENVELOPE
from checker.errors import CheckerError, Problem, RulebookError, nearest
from checker.formula import INSTANT, LENGTH, NUMBER, Formula, Value, parse_formula, parse_value
from checker.location import Location
from checker.rulebook import Rulebook
from checker.rulebook.models import Section, no_entries, no_items
from checker.rulebook.parameters import NONE
from checker.rulebook.reading import Files
from checker.rulebook.shorthand import plain_value
from checker.scenario import (
    ASSET,
    ENDS,
    LOG,
    Activity,
    Again,
    Breach,
    Broken,
    Contradiction,
    OneOf,
    Scenario,
    Span,
    Step,
    Template,
    Variant,
)
from checker.terms import Flag, Several, Words
from checker.timeline import parse_duration, parse_hours, parse_instant
from checker.whole import content
from checker.yamltree import Items, Table, Text, core_value, load

Load = Callable[[str | None, dict[str, str]], Rulebook]
"""The rulebook under a position, with parameters set."""

_WHEN = "a formula: lengths of time and `$parameters`, added and taken away, and steps where an instant is meant"


class ScenarioHead(Section):
    """What scenario this is."""

    id: Words = Field(description="A short name without blanks")
    title: Words = Field(description="What it is about, in a line")
    text: Words = Field("", description="What a reader should know of it")
    position: Words | None = Field(None, description="The position of the rulebook; the default one if none")
    set: dict[str, Any] = Field(default_factory=no_entries, description="Parameters that have another value here")
    start: Words = Field(alias="from", description="Observation begins here")
    until: Words = Field(description="Observation ends here")


class StepOf(Section):
    """One record of an activity, or a row of them."""

    type: Words = Field(description="The event type")
    as_: Words | None = Field(None, alias="as", description="Its name for the rest; its type if none")
    at: Any = Field(None, description=f"How long after the start (`-72 h`: before): {_WHEN}; or a list of both ends")
    after: Words | None = Field(None, description="The step (above) that `at` counts from, instead of the start")
    subject: Words | None = Field(None, description="What it is about; `none`: no asset; the asset if nothing is said")
    source: Words | None = Field(None, description="Who wrote it; as of the activity if nothing is said")
    data: dict[str, Any] = Field(
        default_factory=no_entries, description="Its fields: values, texts with `{formula}`, or `{one_of: [...]}`"
    )
    when: Words | None = Field(None, alias="if", description="The alternative (under `maybe`) in which it is written")
    every: Any = Field(None, description="A row of records: the time from one to the next, or both ends of it")
    until: Any = Field(None, description="With `every`: the row ends before this instant")


class ChangeOf(Section):
    """How a step is otherwise."""

    at: Any = Field(None, description="When instead")
    after: Words | None = Field(None, description="Counted from that step instead")
    subject: Words | None = Field(None, description="About what instead")
    source: Words | None = Field(None, description="Written by whom instead")
    data: dict[str, Any] = Field(
        default_factory=no_entries, description="Fields that are otherwise; `none` takes one away"
    )
    omit: Flag = Field(False, description="It is not written")
    gap: Any = Field(None, description="Of a row: the time from one record to the next, at one place by chance")
    skip: Any = Field(None, description="So many sequence numbers of its source are left out before it")


class VariantOf(Section):
    """How an occurrence of an activity is otherwise."""

    change: dict[str, Any] = Field(default_factory=no_entries, description="Steps that are otherwise, by name")
    add: list[Any] = Field(default_factory=no_items, description="Further steps")
    when: dict[str, Any] = Field(
        default_factory=no_entries, alias="if", description="Which alternatives are taken: true or false by name"
    )


class AgainOf(VariantOf):
    """The activity, or another one, once more because of the breach."""

    as_: Words = Field("again", alias="as", description="Its name: its steps are `NAME.STEP` in what comes below")
    activity: Words | None = Field(None, description="Which; that of the breach if none")
    other: Flag = Field(False, description="By another asset")
    start: Any = Field(description="When it starts: an instant")
    times: Any = Field(None, description="How often; once if nothing is said")
    apart: Any = Field(None, description="From the start of one to the start of the next")


class BrokenOf(Section):
    """What a breach amounts to."""

    constraint: Words = Field(description="The constraint that is broken")
    size: Any = Field(
        None, description="By how much: a formula, `none` if nothing can be measured, or `at least` a formula; `size`"
    )
    subject: Words | None = Field(None, description="Whose breach it is; `none`: no asset's; the asset's if not said")
    start: Any = Field(alias="from", description="Since when: an instant")
    until: Any = Field(None, description="Until when; the same instant if nothing is said")


class BreachOf(VariantOf):
    """A way in which an activity breaks a constraint."""

    name: Words | None = Field(None, description="Its name; that of the constraint if none")
    constraint: Words = Field(description="The constraint that is broken")
    text: Words = Field("", description="What happens")
    activity: Words = Field(description="The activity in which that happens")
    sizes: Any = Field(None, description="The sizes that chance chooses from, as `size` in formulas; 1 if none are")
    begins: Any = Field(None, alias="begin", description="When the activity starts instead (`06:00 - size`)")
    every: Any = Field(None, description="How long after the occurrence before it starts (`before` in formulas)")
    room: Any = Field(None, description="By how much all later occurrences are later")
    again: list[Any] = Field(default_factory=no_items, description="Activities that are done once more")
    size: Any = Field(None, description="By how much the limit is missed, if not by `size`; as below `also`")
    subject: Words | None = Field(None, description="Whose breach it is; `none`: no asset's; the asset's if not said")
    start: Any = Field(alias="from", description="The breach begins: an instant")
    until: Any = Field(None, description="The breach ends; at the same instant if nothing is said")
    also: list[Any] = Field(default_factory=no_items, description="What else is broken by it")
    alone: Flag = Field(False, description="Where it is put in, nothing else is")
    opens: Flag = Field(False, description="It leaves other things open, since records are known to be missing")


class ContradictionOf(VariantOf):
    """Records of another party that do not fit what an activity records of itself."""

    activity: Words = Field(description="The activity that they do not fit")


class ActivityOf(Section):
    """Something that is done again and again."""

    name: Words = Field(description="Its name")
    text: Words = Field("", description="What it is")
    about: Literal["asset", "log"] = Field("asset", description="Done by each asset, or once for the whole log")
    assets: Several = Field(default_factory=no_items, description="By which assets; all if nothing is said")
    first: Any = Field(None, description="How long after the beginning the first one starts, or both ends of it")
    every: Any = Field(None, description="From the start of one to that of the next; done once if nothing is said")
    within: Any = Field(None, description="By how much each starts later than it should, by chance")
    hours: Words | None = Field(None, description="The hours (of the rulebook's zone) in which each starts")
    times: Any = Field(None, description="How often at most")
    names: dict[str, Any] = Field(
        default_factory=no_entries, description="Texts for its records, such as `notice: N-{asset}-{n}`"
    )
    maybe: dict[str, Any] = Field(default_factory=no_entries, description="Alternatives, each with its share (`30 %`)")
    source: Words = Field("{asset}", description="Who writes its records")
    steps: list[Any] = Field(description="Its records", min_length=1)


class ScenarioOf(Section):
    """A scenario file."""

    scenario: dict[str, Any] = Field(description="What scenario this is")
    only: Several = Field(
        default_factory=no_items, description="The constraints for which the log is complete; all if nothing is said"
    )
    assets: dict[str, Any] = Field(description="The assets, each with fields that formulas and texts can name")
    activities: list[Any] = Field(description="What is done", min_length=1)
    breaches: list[Any] = Field(default_factory=no_items, description="What can go wrong")
    contradictions: list[Any] = Field(default_factory=no_items, description="What another party may record")


def scenario_schema() -> dict[str, Any]:
    """A JSON Schema (draft 2020-12) of a scenario file; every field carries its description."""

    def of(model: type[Any]) -> dict[str, Any]:
        made: dict[str, Any] = TypeAdapter(model).json_schema()
        definitions.update(made.pop("$defs", {}))
        return made

    definitions: dict[str, Any] = {}
    step, change, broken, again = of(StepOf), of(ChangeOf), of(BrokenOf), of(AgainOf)
    activity, breach, contradiction = of(ActivityOf), of(BreachOf), of(ContradictionOf)
    for variant in (again, breach, contradiction):
        variant["properties"]["change"]["additionalProperties"] = change
        variant["properties"]["add"]["items"] = step
    breach["properties"]["again"]["items"] = again
    breach["properties"]["also"]["items"] = broken
    activity["properties"]["steps"]["items"] = step
    whole = of(ScenarioOf)
    whole["properties"]["scenario"] = of(ScenarioHead)
    whole["properties"]["activities"]["items"] = activity
    whole["properties"]["breaches"]["items"] = breach
    whole["properties"]["contradictions"]["items"] = contradiction
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Scenario",
        **{name: value for name, value in whole.items() if name != "title"}, "$defs": definitions,
    }  # fmt: skip


def load_scenario(path: str | Path, rulebook: Load) -> tuple[Scenario, Rulebook]:
    """Read a scenario, and the rulebook under its position. Raises RulebookError with everything that is wrong."""
    name = Path(path).as_posix()
    try:
        given = content(path, "rulebook_bytes")
    except OSError as error:
        raise RulebookError([Problem(Location(name), f"cannot be read: {error.strerror}")]) from None
    return _scenario(given, name, rulebook)


def parse_scenario(text: str, rulebook: Load, name: str = "scenario") -> tuple[Scenario, Rulebook]:
    """The same of a scenario in a text."""
    return _scenario(text, name, rulebook)


def _scenario(given: str | bytes, name: str, rulebook: Load) -> tuple[Scenario, Rulebook]:
    files = Files()
    document = load(given, name, files.problems)
    files.stop_if_wrong()
    assert document is not None  # noqa: S101 - no document comes with a problem
    files.claim(document)
    root: Any = document.root
    if not isinstance(root, Table):
        files.problem(root, "a scenario is a mapping", "begin it with `scenario:`")
    model: ScenarioOf | None = _model(files, ScenarioOf, root)
    files.stop_if_wrong()
    head: ScenarioHead | None = _model(files, ScenarioHead, root["scenario"])
    files.stop_if_wrong()
    assert model is not None  # noqa: S101 - likewise
    assert head is not None  # noqa: S101
    try:
        book = rulebook(head.position, {name: str(value) for name, value in head.set.items()})
    except CheckerError as wrong:
        if len(wrong.problems) == 1 and wrong.problems[0].location is None:  # it is about what the scenario asks for
            place = root["scenario"].get("position") or root["scenario"]
            files.problem(place, wrong.problems[0].message, wrong.problems[0].hint)
            files.stop_if_wrong()
        raise
    made = _Reader(files, book).scenario(root, model, head)
    files.stop_if_wrong()
    return made, book


def _model(files: Files, model: type[Any], node: Any) -> Any:
    try:
        return model.model_validate(node)
    except ValidationError as error:
        files.invalid(error, node, model)
        return None


_BRACES = re.compile(r"\{([^{}]*)\}")
_NOTHING = Formula(())
_UNITS = ("ms", "s", "min", "h", "d")
_TEXT = "a text"

Kinds = dict[str, str]


class _Reader:
    """Reads a scenario; what is wrong goes to the files' problems."""

    def __init__(self, files: Files, book: Rulebook) -> None:
        self._files = files
        self._book = book
        self._limits: dict[str, Value] = {}
        self._texts: dict[str, str] = {}
        self._base: Kinds = {
            **dict.fromkeys(ENDS, INSTANT),
            "from": INSTANT,
            "until": INSTANT,
            "start": INSTANT,
            "n": NUMBER,
            "asset": _TEXT,
        }
        for name, text in book.parameters.items():
            value = parse_value(text)
            if value is not None:
                self._limits[f"${name}"] = value
            else:
                self._texts[f"${name}"] = text
            self._base[f"${name}"] = (
                value.of if value is not None
                else "no limit under this position" if text == NONE else "a text"
            )  # fmt: skip
        self._activities: dict[str, Activity] = {}
        self._kinds: dict[str, Kinds] = {}
        self._nodes: dict[str, Any] = {}

    def scenario(self, root: Any, model: ScenarioOf, head: ScenarioHead) -> Scenario:
        """All of it."""
        files, book = self._files, self._book
        span = root["scenario"]
        start, until = self._instant(span["from"])[0], self._instant(span["until"])[1]
        if start >= until:
            files.problem(span["until"], "observation ends before it begins")
        self._only(root.get("only"), model.only)
        assets = {str(name): self._fields(node) for name, node in root["assets"].items()}
        for fields in assets.values():
            for name, text in fields.items():
                value = parse_value(text)
                self._base.setdefault(name, value.of if value is not None else _TEXT)
        if not assets:
            files.problem(root["assets"], "there is no asset", "name one, such as `UNIT-1: {}`")
        for node in root["activities"]:
            self._activity(node, list(assets))
        breaches: list[Breach] = []
        for node in root.get("breaches") or ():
            breach = self._breach(node)
            if breach is None:
                continue
            if any(other.name == breach.name for other in breaches):
                files.problem(node.get("name") or node["constraint"], f"there are two breaches {breach.name!r}",
                              "give each a `name` of its own")  # fmt: skip
            breaches.append(breach)
        contradictions = [made for node in root.get("contradictions") or () if (made := self._contradiction(node))]
        rules = {one.id: [rule for clause in one.clauses for rule in clause.rules] for one in book.constraints}
        return Scenario(
            head.id, head.title, book.position,
            {str(name): str(value) for name, value in head.set.items()}, start, until, tuple(model.only),
            book.zone, self._limits, self._texts, assets, tuple(self._activities.values()), tuple(breaches),
            tuple(contradictions), book.definitions.missing.never,
            frozenset(name for name, of in rules.items() if any(rule.as_received for rule in of)),
        )  # fmt: skip

    def _only(self, node: Any, names: Sequence[str]) -> None:
        for name, at in zip(names, node if isinstance(node, Items) else [node], strict=False):
            try:
                self._book.only([name])
            except CheckerError as wrong:
                self._files.problem(at, wrong.problems[0].message, wrong.problems[0].hint)
        chosen = self._book.only([name for name in names if self._fits(name)]) if names else self._book
        self._scope = [one.id for one in chosen.constraints if one.in_force]

    def _fits(self, name: str) -> bool:
        try:
            return bool(self._book.only([name]))
        except CheckerError:
            return False

    def _fields(self, node: Any) -> dict[str, str]:
        if isinstance(node, Text) and core_value(node) is None:
            return {}
        if not isinstance(node, Table):
            self._files.problem(node, "an asset is a mapping of fields", "`{}` if it needs none")
            return {}
        return {str(name): str(value) for name, value in node.items()}

    # ---- activities ----

    def _activity(self, node: Any, assets: list[str]) -> None:
        model: ActivityOf | None = _model(self._files, ActivityOf, node)
        if model is None:
            return
        name = model.name
        if name in self._activities:
            self._files.problem(node["name"], f"there are two activities {name!r}", "give each a name of its own")
        for asset in model.assets:
            if asset not in assets:
                self._files.problem(node["assets"], f"there is no asset {asset!r}", nearest(asset, assets))
        kinds = dict(self._base)
        first, every = self._span(node.get("first"), kinds, LENGTH), node.get("every")
        names = {str(key): self._template(value, kinds) for key, value in (node.get("names") or {}).items()}
        kinds.update(dict.fromkeys(names, _TEXT))
        maybe = {str(key): self._share(value) for key, value in (node.get("maybe") or {}).items()}
        hours = self._hours(node.get("hours"))
        source = self._template(node.get("source") or Text("{asset}"), kinds, fallback=node)
        steps = tuple(self._steps(node["steps"], kinds, maybe))
        if model.about == LOG and model.assets:
            self._files.problem(node["assets"], "an activity of the log is done by no asset", "leave out `assets`")
        self._kinds[name] = kinds
        self._nodes[name] = node
        self._activities[name] = Activity(
            name, (LOG,) if model.about == LOG else tuple(model.assets or assets), first,
            self._span(every, kinds, LENGTH) if every is not None else None,
            self._span(node["within"], kinds, LENGTH) if "within" in node else None,
            hours, self._whole(node.get("times")), names, maybe, source, steps,
        )  # fmt: skip

    def _steps(self, nodes: Any, kinds: Kinds, maybe: Mapping[str, int]) -> Iterator[Step]:
        """Steps in their order; each can be referred to by those below, and by all in what they write."""
        made: list[tuple[Any, StepOf]] = []
        for node in nodes:
            model: StepOf | None = _model(self._files, StepOf, node)
            if model is not None:
                made.append((node, model))
        written = kinds | {str(model.as_ or model.type): INSTANT for _, model in made if model.every is None}
        for node, model in made:
            name = str(model.as_ or model.type)
            if name in kinds and name not in self._base:
                self._files.problem(node.get("as") or node["type"], f"there are two steps {name!r}",
                                    "name one of them with `as`")  # fmt: skip
            known = self._book.catalogue.types.get(model.type)
            if known is None:
                hint = nearest(model.type, self._book.catalogue.types)
                self._files.problem(node["type"], f"unknown event type {model.type!r}", hint)
            if model.when is not None and model.when not in maybe:
                self._files.problem(node["if"], f"there is no alternative {model.when!r}", nearest(model.when, maybe))
            self._after(model.after, node, kinds)
            every = self._span(node["every"], kinds, LENGTH) if "every" in node else None
            if (every is None) != (model.until is None):
                self._files.problem(node, "a row of records has both `every` and `until`")
            data = self._data(model.type, node.get("data"), written)
            subject = self._about(node.get("subject"), written)
            carried = {*data, *ENVELOPE} - ({"subject"} if subject is None else set())
            for field, of in self._book.catalogue.fields_of(model.type).items():
                if not of.optional and of.lookup is None and field not in carried:
                    self._files.problem(node["type"], f"{model.type} carries a field {field!r}",
                                        "a record without it leaves open what depends on it")  # fmt: skip
            yield Step(
                name, model.type, self._span(node.get("at"), kinds, LENGTH), model.after,
                subject, self._from(node.get("source"), written), data, model.when,
                every, self._formula(node["until"], kinds, INSTANT) if "until" in node else None,
            )  # fmt: skip
            if every is None:
                kinds[name] = INSTANT

    def _after(self, name: str | None, node: Any, kinds: Kinds) -> None:
        if name is not None and kinds.get(name) != INSTANT:
            steps = [known for known, of in kinds.items() if of == INSTANT]
            self._files.problem(node["after"], f"there is no step {name!r} above", nearest(name, steps))

    def _data(self, type_: str, node: Any, kinds: Kinds, *, taken: bool = False) -> dict[str, Any]:
        fields = self._book.catalogue.fields_of(type_)
        names = {*fields, *COMMON, *(of.also for of in fields.values() if of.also)}
        found: dict[str, Any] = {}
        for field, value in (node or {}).items():
            if field not in names and type_ in self._book.catalogue.types:
                self._files.problem(field, f"{type_} has no field {str(field)!r}", nearest(field, names))
            of = fields.get(str(field))
            if taken and isinstance(value, Text) and value == NONE and value.plain:
                found[str(field)] = None
            else:
                found[str(field)] = self._value(value, kinds, of.type if of else "text", of.unit if of else "")
        return found

    def _value(self, node: Any, kinds: Kinds, type_: str, unit: str = "") -> Any:
        if isinstance(node, Table) and list(node) == ["one_of"]:
            items = node["one_of"]
            if not isinstance(items, Items) or not items:
                self._files.problem(items, "`one_of` is a list of values")
                return None
            return OneOf(tuple(self._value(item, kinds, type_, unit) for item in items))
        if isinstance(node, Table):
            return {str(name): self._value(value, kinds, "", "") for name, value in node.items()}
        if isinstance(node, Items):
            return [self._value(value, kinds, type_ if type_ != "list" else "text", "") for value in node]
        if "{" in node:
            return self._template(node, kinds, unit)._replace(text=type_ in ("text", "instant"))
        return str(node) if type_ in ("text", "instant") else plain_value(node)

    def _about(self, node: Any, kinds: Kinds) -> Template | None:
        if node is None:
            return Template((ASSET,))
        return None if node == NONE else self._template(node, kinds)

    def _from(self, node: Any, kinds: Kinds) -> Template | None:
        return None if node is None else self._template(node, kinds)

    # ---- what can go wrong ----

    def _variant(self, node: Any, model: VariantOf, activity: Activity, kinds: Kinds) -> Variant:
        """The steps of an activity with what is changed and added; formulas also know what `kinds` adds."""
        extra = {name: of for name, of in kinds.items() if name not in self._kinds[activity.name]}
        changes = {str(name): value for name, value in (node.get("change") or {}).items()}
        names = [step.name for step in activity.steps]
        for name in node.get("change") or {}:
            if name not in names:
                self._files.problem(name, f"{activity.name} has no step {str(name)!r}", nearest(str(name), names))
        steps: list[Step] = []
        known = {name: of for name, of in self._kinds[activity.name].items() if name not in names} | extra
        written = self._kinds[activity.name] | extra
        for step in activity.steps:
            change = changes.get(step.name)
            steps.append(self._changed(step, change, known, written) if change is not None else step)
            if step.every is None:
                known[step.name] = INSTANT
        steps.extend(self._steps(node.get("add") or (), known, activity.maybe))
        choices = {}
        for name, value in (node.get("if") or {}).items():
            if name not in activity.maybe:
                self._files.problem(name, f"there is no alternative {str(name)!r}", nearest(name, activity.maybe))
            taken = core_value(value) if isinstance(value, Text) else None
            if not isinstance(taken, bool):
                self._files.problem(value, "expected true or false")
            choices[str(name)] = bool(taken)
        kinds |= known
        return Variant(tuple(steps), choices)

    def _changed(self, step: Step, node: Any, kinds: Kinds, written: Kinds) -> Step:
        model: ChangeOf | None = _model(self._files, ChangeOf, node)
        if model is None:
            return step
        self._after(model.after, node, kinds)
        if "gap" in node and step.every is None:
            self._files.problem(node["gap"], f"{step.name} is no row of records: it has no `every`")
        data = {**step.data, **self._data(step.type, node.get("data"), written, taken=True)}
        return step._replace(
            at=self._span(node["at"], kinds, LENGTH) if "at" in node else step.at,
            after=model.after if "after" in node else step.after,
            subject=self._about(node["subject"], written) if "subject" in node else step.subject,
            source=self._from(node["source"], written) if "source" in node else step.source,
            data={name: value for name, value in data.items() if value is not None},
            gap=self._formula(node["gap"], kinds, LENGTH) if "gap" in node else None,
            skip=self._formula(node["skip"], kinds, NUMBER) if "skip" in node else None,
            omit=model.omit,
        )

    def _of(self, node: Any, name: str) -> Activity | None:
        activity = self._activities.get(name)
        if activity is None:
            self._files.problem(
                node.get("activity"), f"there is no activity {name!r}", nearest(name, self._activities), node
            )
        return activity

    def _breach(self, node: Any) -> Breach | None:
        model: BreachOf | None = _model(self._files, BreachOf, node)
        if model is None:
            return None
        activity = self._of(node, model.activity)
        sizes = self._sizes(node.get("sizes"))
        if activity is None or not sizes:
            return None
        rows = any(isinstance(c, Table) and "gap" in c for c in (node.get("change") or {}).values())
        outside = dict(self._base) | {"size": sizes[0].of}
        if model.every is not None or rows:
            outside["before"] = INSTANT
        kinds = self._kinds[activity.name] | outside
        begins = self._formula(node["begin"], outside, INSTANT) if "begin" in node else None
        every = self._formula(node["every"], outside, LENGTH) if "every" in node else None
        if every is not None and (activity.hours or activity.within or activity.every is None):
            self._files.problem(node["every"], f"{activity.name} does not follow on the one before it",
                                "use `begin`, or an activity with `every` alone")  # fmt: skip
        variant = self._variant(node, model, activity, kinds)
        again = []
        for one in node.get("again") or ():
            made = self._again(one, activity, kinds)
            if made is not None:
                again.append(made)
        broken = []
        for one in (node, *(node.get("also") or ())):
            of = model if one is node else _model(self._files, BrokenOf, one)
            if of is not None:
                broken.append(self._broken(one, of, kinds, activity))
        return Breach(
            model.name or model.constraint, activity.name, tuple(sizes), begins, every,
            self._formula(node["room"], outside, LENGTH) if "room" in node else None, variant, tuple(again),
            tuple(broken), model.alone, model.opens, self._files.location(node),
        )  # fmt: skip

    def _again(self, node: Any, activity: Activity, kinds: Kinds) -> Again | None:
        model: AgainOf | None = _model(self._files, AgainOf, node)
        if model is None:
            return None
        of = activity if model.activity is None else self._of(node, model.activity)
        if of is None:
            return None
        if model.other and LOG in of.assets:
            self._files.problem(node["other"], f"{of.name} is done by no asset")
        start = self._formula(node["start"], kinds, INSTANT)
        inside = self._kinds[of.name] | {"size": kinds["size"]}
        variant = self._variant(node, model, of, inside)
        for name, kind in inside.items():
            if kind == INSTANT:
                kinds[f"{model.as_}.{name}"] = INSTANT
        return Again(
            model.as_, of.name, model.other, start,
            self._formula(node["times"], kinds, NUMBER) if "times" in node else None,
            self._formula(node["apart"], kinds, LENGTH) if "apart" in node else None, variant,
        )  # fmt: skip

    def _broken(self, node: Any, model: Any, kinds: Kinds, activity: Activity) -> Broken:
        ids = [one.id for one in self._book.constraints]
        if model.constraint not in ids:
            self._files.problem(node["constraint"], f"the rulebook has no constraint {model.constraint!r}",
                                nearest(model.constraint, ids))  # fmt: skip
        elif model.constraint not in self._scope:
            self._files.problem(node["constraint"], f"{model.constraint} is not in force here, or not in `only`")
        size, at_least = node.get("size", Text("size")), False
        if isinstance(size, Text) and size.startswith("at least "):
            at_least = True
            shorter = Text(size.removeprefix("at least "), size.line, size.column, size.plain)
            self._files.adopt(shorter, size)
            size = shorter
        start = self._formula(node["from"], kinds, INSTANT)
        subject = self._about(node.get("subject"), kinds)
        if "subject" not in node and LOG in activity.assets:
            subject = None
        return Broken(
            model.constraint, None if size == NONE else self._formula(size, kinds), at_least, subject, start,
            self._formula(node["until"], kinds, INSTANT) if "until" in node else start,
        )  # fmt: skip

    def _contradiction(self, node: Any) -> Contradiction | None:
        model: ContradictionOf | None = _model(self._files, ContradictionOf, node)
        activity = self._of(node, model.activity) if model is not None else None
        if model is None or activity is None:
            return None
        return Contradiction(activity.name, self._variant(node, model, activity, dict(self._kinds[activity.name])))

    # ---- values ----

    def _formula(self, node: Any, kinds: Kinds, of: str | None = None) -> Formula:
        if not isinstance(node, Text):
            self._files.problem(node, f"expected {of or 'a formula'}, such as `$limit + 15 min`")
            return _NOTHING
        try:
            made = parse_formula(node)
            kind = made.kind(kinds)
        except ValueError as error:
            self._files.problem(node, str(error))
            return _NOTHING
        if of is not None and kind != of:
            self._files.problem(node, f"expected {of}, {str(node)!r} is {kind}")
        return made

    def _span(self, node: Any, kinds: Kinds, of: str) -> Span:
        if node is None:
            node = Text("0 s")
        if isinstance(node, Items):
            if len(node) != 2:
                self._files.problem(node, "expected both ends, such as `[1 h, 2 h]`")
                return Span(_NOTHING, _NOTHING)
            return Span(self._formula(node[0], kinds, of), self._formula(node[1], kinds, of))
        made = self._formula(node, kinds, of)
        return Span(made, made)

    def _template(self, node: Any, kinds: Kinds, unit: str = "", fallback: Any = None) -> Template:
        parts: list[str | Formula] = []
        for at, piece in enumerate(_BRACES.split(str(node))):
            if at % 2 == 0:
                parts.append(piece)
                continue
            name = piece.strip()
            if kinds.get(name) == _TEXT or (name.startswith("$") and name in self._texts):
                parts.append(parse_formula(name))
                continue
            try:
                made = parse_formula(piece)
                made.kind(kinds)
                parts.append(made)
            except ValueError as error:
                self._files.problem(node, f"{{{piece}}}: {error}", fallback=fallback)
        alone = len(parts) == 3 and parts[0] == "" and parts[2] == ""
        return Template(tuple(parts), alone, parse_duration(f"1 {unit}") if unit in _UNITS else None)

    def _sizes(self, node: Any) -> list[Value]:
        made = []
        for one in node if isinstance(node, Items) else [node]:
            if one is None:
                made.append(Value(parse_formula("1").terms[0].factors[0].amount, NUMBER))  # type: ignore[union-attr]
                continue
            value = self._size(one)
            if value is not None:
                made.append(value)
        if len({value.of for value in made}) > 1:
            self._files.problem(node, "some sizes are lengths of time, others are numbers")
        return made

    def _size(self, node: Any) -> Value | None:
        formula = self._formula(node, self._base)
        known = {name: Value(value.amount, value.of) for name, value in self._limits.items()}
        try:
            return formula.value(lambda name: known[name])
        except (KeyError, ValueError):
            self._files.problem(node, "a size is a number or a length of time", "such as `1 s`")
            return None

    def _share(self, node: Any) -> int:
        value = parse_value(str(node)) if isinstance(node, Text) and node.rstrip().endswith("%") else None
        if value is None or (value.amount * 100).denominator != 1 or value.amount > 1:
            self._files.problem(node, "expected a share in whole percent, such as `30 %`")
            return 0
        return int(value.amount * 100)

    def _hours(self, node: Any) -> tuple[int, int] | None:
        if node is None:
            return None
        try:
            first, last = parse_hours(str(node))
        except ValueError as error:
            self._files.problem(node, str(error))
            return None
        if first > last:
            self._files.problem(node, "these hours go over midnight", "`within` can do that")
        return first, last

    def _whole(self, node: Any) -> int | None:
        if node is None:
            return None
        value = core_value(node) if isinstance(node, Text) else None
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self._files.problem(node, f"expected a number of times, found {str(node)!r}")
            return None
        return value

    def _instant(self, node: Any) -> tuple[int, int]:
        try:
            return parse_instant(str(node), self._book.zone)
        except ValueError as error:
            self._files.problem(node, str(error))
            return 0, 1
