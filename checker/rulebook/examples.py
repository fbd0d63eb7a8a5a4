"""The examples of a rulebook: tiny logs, each with the verdicts it is to have. A check does not look at them.

They stand in the section `examples`, or in YAML files of a folder `examples` beside the files of a rulebook, which
hold nothing else: so they can grow without a check having to read them, or its digest to change.
"""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

from pydantic import Field

from checker.catalogue import COMMON, Catalogue
from checker.errors import nearest
from checker.location import Location
from checker.obligation import Verdict
from checker.rulebook.build import Builder
from checker.rulebook.models import Section, no_entries
from checker.rulebook.named import located
from checker.rulebook.reading import BUILTIN, Files
from checker.rulebook.shorthand import full_time, plain_value, record
from checker.terms import Words
from checker.timeline import parse_date, parse_duration, parse_instant
from checker.yamltree import Items, Table, Text, core_value

FOLDER = "examples"
VERDICTS = tuple(str(verdict.value) for verdict in Verdict)

Quantity = tuple[float | None, float | None]
"""Both bounds as a report tells them: durations in seconds; None where there is none."""


class ExampleOf(Section):
    """A tiny log, and what is to come of it."""

    name: Words = Field(description="What it shows, in a few words; unique in the rulebook")
    text: Words = Field("", description="Why it comes out so, worked out by hand")
    position: Words | None = Field(None, description="The position under which it is judged; the default one if none")
    set: dict[str, Any] = Field(default_factory=no_entries, description="Parameters that have another value here")
    day: Words = Field(
        "2031-01-01", description="The day (UTC) of times written short (`08:00`), or its year (`05-02T08:00`)"
    )
    start: Words | None = Field(
        None, alias="from", description="Observation begins here; with the first record if none"
    )
    until: Words | None = Field(None, description="Observation ends here; with the last record if none")
    log: list[Any] = Field(description="Its records: `TIME TYPE SUBJECT field=value`, or a mapping as in a log")
    expect: dict[str, Any] = Field(
        description="For each constraint that it is about, by id: the verdict, or a mapping that says more",
        min_length=1,
    )


class ExpectedOf(Section):
    """What is to come of one constraint: its verdict, and something of what was found."""

    verdict: Words = Field(description=f"One of: {', '.join(VERDICTS)}")
    findings: Any = Field(None, description="How many occasions, or parts of such, did not keep the limit")
    activations: Any = Field(None, description="How many occasions there were")
    measured: Any = Field(None, description="What was measured on one with that verdict: a value, or both bounds")
    margin: Any = Field(None, description="Its margin, less than zero for a breach: a value, or both bounds")
    start: Words | None = Field(None, alias="from", description="When it begins")
    until: Words | None = Field(None, description="When it ends")
    reason: Words | None = Field(None, description="Why nothing was concluded")
    waiver: Words | None = Field(None, description="What excuses it")


class Expected(NamedTuple):
    """What is to come of a constraint; None where that is left open. Instants are texts as a report has them."""

    constraint: str
    verdict: str
    findings: int | None = None
    activations: int | None = None
    measured: Quantity | None = None
    margin: Quantity | None = None
    start: str | None = None
    until: str | None = None
    reason: str | None = None
    waiver: str | None = None


class Example(NamedTuple):
    """A tiny log, what it is judged by, and what is to come of it; instants in whole microseconds."""

    name: str
    text: str
    position: str | None
    parameters: Mapping[str, str]
    records: tuple[Mapping[str, Any], ...]
    observed_from: int | None
    observed_until: int | None
    expected: tuple[Expected, ...]
    location: Location


def load_examples(path: str | Path) -> list[Example]:
    """The examples of the rulebook at a path. Raises RulebookError with everything that is wrong with them, or it."""
    files = Files()
    path = located(path, BUILTIN)
    files.read(path)
    beside = path / FOLDER
    if beside.is_dir():
        files.read(beside)
    return _examples(files)


def parse_examples(text: str, name: str = "rulebook") -> list[Example]:
    """The same of a rulebook in a text."""
    files = Files()
    files.read_text(text, name)
    return _examples(files)


def _examples(files: Files) -> list[Example]:
    builder = Builder(files)
    builder.choose_position(None, {})
    made = builder.build()
    written = [str(node["id"]) for node, _ in files.items["constraints"] if isinstance(node, Table) and "id" in node]
    reader = _Reader(files, made["definitions"].catalogue, written)  # one that is wrong is none that is missing
    found = [example for node, _ in files.items["examples"] if (example := reader.example(node)) is not None]
    files.stop_if_wrong()
    return found


class _Reader:
    """Reads examples; what is wrong goes to the files' problems."""

    def __init__(self, files: Files, catalogue: Catalogue, constraints: list[str]) -> None:
        self._files = files
        self._catalogue = catalogue
        self._constraints = constraints
        self._seen: set[str] = set()

    def example(self, node: Any) -> Example | None:
        """One example; None if it is none."""
        files = self._files
        if not isinstance(node, Table):
            files.problem(node, "an example is a mapping", "begin it with `- name:`")
            return None
        before = len(files.problems)
        model: ExampleOf | None = self._model(ExampleOf, node)
        if model is None:
            return None
        if model.name in self._seen:
            files.problem(node["name"], f"there are two examples {model.name!r}", "give each a name of its own")
        self._seen.add(model.name)
        for section, named in (("positions", [model.position] if model.position else []), ("parameters", model.set)):
            for name in named:
                if name not in files.sections[section]:
                    hint = nearest(name, files.sections[section])
                    files.problem(node.get("position") if section == "positions" else node["set"],
                                  f"the rulebook has no {section[:-1]} {str(name)!r}", hint, fallback=node)  # fmt: skip
        try:
            parse_date(model.day)
        except ValueError as error:
            files.problem(node.get("day"), str(error), fallback=node)
            return None
        times = {name: self._instant(node.get(name), model.day) for name in ("from", "until")}
        records = tuple(made for line in model.log if (made := self._record(line, model.day)) is not None)
        wanted = node["expect"]
        given = wanted.items() if isinstance(wanted, Table) else ()
        expected = tuple(told for name, what in given if (told := self._expected(name, what, model.day)) is not None)
        if len(files.problems) > before:
            return None
        start, until = times["from"], times["until"]
        return Example(
            model.name, model.text, model.position, {name: str(value) for name, value in model.set.items()}, records,
            None if start is None else start[0], None if until is None else until[1], expected, files.location(node),
        )  # fmt: skip

    def _model(self, model: type[Any], node: Any) -> Any:
        from pydantic import ValidationError

        try:
            return model.model_validate(node)
        except ValidationError as error:
            self._files.invalid(error, node, model)
            return None

    def _instant(self, node: Any, day: str) -> tuple[int, int] | None:
        if node is None:
            return None
        try:
            return parse_instant(full_time(str(node), day), self._catalogue.zone)
        except ValueError as error:
            self._files.problem(node, str(error))
            return None

    def _record(self, node: Any, day: str) -> dict[str, Any] | None:
        if isinstance(node, Table):
            made: dict[str, Any] = plain_value(node)
        else:
            try:
                made = record(str(node), day=day, is_text=self._is_text)
            except ValueError as error:
                self._files.problem(node, str(error))
                return None
        known = self._catalogue.types.get(str(made.get("type")))
        if known is None:
            types = self._catalogue.types
            self._files.problem(node, f"unknown event type {made.get('type')!r}", nearest(str(made.get("type")), types))
            return None
        names = {*COMMON, *known.fields, *(field.also for field in known.fields.values() if field.also)}
        for name in made.get("data") or {}:
            if name not in names:
                self._files.problem(node, f"{known.name} has no field {name!r}", nearest(name, names))
        return made

    def _is_text(self, of: str, name: str) -> bool:
        known = self._catalogue.types.get(of)
        field = known.fields.get(name) if known is not None else None
        return field is not None and field.type in ("text", "instant")

    def _expected(self, name: Any, node: Any, day: str) -> Expected | None:
        if name not in self._constraints:
            self._files.problem(name, f"the rulebook has no constraint {str(name)!r}", nearest(name, self._constraints))
            return None
        if isinstance(node, Text):
            node_verdict: Any = node
            model = None
        else:
            model = self._model(ExpectedOf, node)
            if model is None:
                return None
            node_verdict = node["verdict"]
        if node_verdict not in VERDICTS:
            self._files.problem(
                node_verdict, f"{str(node_verdict)!r} is no verdict", nearest(str(node_verdict), VERDICTS)
            )
            return None
        if model is None:
            return Expected(str(name), str(node_verdict))
        return Expected(
            str(name), str(node_verdict), self._whole(node.get("findings")), self._whole(node.get("activations")),
            self._quantity(node.get("measured")), self._quantity(node.get("margin")),
            self._told(node.get("from"), day), self._told(node.get("until"), day), model.reason, model.waiver,
        )  # fmt: skip

    def _told(self, node: Any, day: str) -> str | None:
        from checker.timeline import format_instant

        found = self._instant(node, day)
        return None if found is None else format_instant(found[0])

    def _whole(self, node: Any) -> int | None:
        if node is None:
            return None
        value = core_value(node) if isinstance(node, Text) else None
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self._files.problem(node, f"expected a whole number, found {str(node)!r}")
            return None
        return value

    def _quantity(self, node: Any) -> Quantity | None:
        if node is None:
            return None
        both = list(self._bounds(node))
        if len(both) == 1:
            both *= 2
        if len(both) != 2:
            self._files.problem(node, "expected a value, or a list of both bounds")
            return None
        return both[0], both[1]

    def _bounds(self, node: Any) -> Iterator[float | None]:
        for one in node if isinstance(node, Items) else [node]:
            value = core_value(one) if isinstance(one, Text) else None
            if value == "none":
                yield None
                continue
            if isinstance(value, str):
                try:
                    sign = -1 if value.startswith("-") else 1
                    value = sign * Decimal(parse_duration(value.removeprefix("-").strip())) / 1_000_000
                except ValueError as error:
                    self._files.problem(one, str(error))
                    continue
            if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
                self._files.problem(one, "expected a number, a duration such as `15 min`, or `none`")
                continue
            yield int(value) if value == int(value) else float(value)
