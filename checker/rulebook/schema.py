"""The JSON Schema of rulebooks, generated from the models: for editors, and for programs that write rulebooks."""

from typing import Any

from pydantic import TypeAdapter

from checker.constraint import Kind
from checker.kinds import KINDS
from checker.rulebook.assessments import AssessmentOf
from checker.rulebook.examples import VERDICTS, ExampleOf, ExpectedOf
from checker.rulebook.models import (
    CalendarOf,
    ClockOf,
    ConstraintHead,
    CorrectionsOf,
    EntryOf,
    FieldOf,
    GapsOf,
    Head,
    MeantOf,
    Parameter,
    Position,
    RegisterOf,
)
from checker.rulebook.reading import SECTIONS
from checker.rulebook.waivers import WaiverSection
from checker.terms import SHARED, SHARED_SCHEMAS

_SECTIONS = {
    "parameters": "Named limits: a value, or one for each position",
    "positions": "Named sets of parameter values",
    "events": "The event types of the log, each with its fields",
    "unauthenticated": "What a record looks like whose signature does not verify: it discharges no duty",
    "registers": "Lists of members, each from one date to another",
    "calendars": "Recurring hours, days and seasons",
    "intervals": "What goes on between events, by name",
    "constraints": "The norms that logs are checked by",
    "waivers": "Exceptions: what each excuses, and on which conditions",
    "assessments": "Rules of what findings together amount to",
    "examples": "Tiny logs with the verdicts that are to come of them",
    "meant": "What `checker lint` says of definitions or constraints, and is meant so",
}
"""What sections hold that are no model of their own."""

_FIELDS = {
    "type": "The event types that are meant",
    "any_of": "At least one of these",
    "all_of": "All of these",
    "not": "Anything but this",
    "from": "The event that begins it",
    "until": "The event that ends it",
    "per": "Which fields keep them apart; the subject by default",
    "at_latest": "An event that shows that it had ended, without saying when",
    "already": "An event that shows that it was going on, without saying since when",
    "repeat": "What a second beginning means: it confirms the first, or shows that an end is missing; or it switches",
    "observed_by": "What another source says of when it went on",
    "event": "The event that states it",
    "starts": "The field that says from when on; its own time if none",
    "ends": "The field that says until when",
    "lasts": "For how long",
    "end_of": "From the end of each of these intervals",
    "start_of": "From the start of each of these intervals",
    "lasting": "Only those that last so long",
    "total": "Only those in which others go on for so long, in all",
    "begun_in": "Only those that began while these went on",
    "calendar": "The calendar whose times are meant",
    "of": "The intervals that it is made of",
    "where": "What the record that opened it must look like",
    "before": "By how much earlier it begins",
    "after": "By how much later it ends",
    "is": "The field equals this",
    "less_than": "The number is less than this",
    "at_most": "The number is no more than this",
    "at_least": "The number is no less than this",
    "more_than": "The number is more than this",
    "in_register": "The value is a member of this register as of the event",
    "not_in_register": "The value is no member of this register as of the event",
    "present": "Whether the field is there",
    "starts_with": "The text begins with this",
    "ends_with": "The text ends with this",
    "contains": "The text contains this",
    "matches": "The whole text matches this regular expression",
    "same_as": "The field equals another one of the event",
    "inside": "The position lies in an area of this register as of the event, or on its border",
    "outside": "The position lies in no area of this register as of the event",
}
"""What fields of patterns and intervals mean."""


def rulebook_schema() -> dict[str, Any]:
    """A schema (draft 2020-12) of a rulebook file; every field carries its description."""
    from checker.mapping import Mapping

    definitions: dict[str, Any] = dict(SHARED_SCHEMAS)

    def of(model: type[Any]) -> dict[str, Any]:
        schema = TypeAdapter(model).json_schema(ref_template="#/$defs/{model}")
        definitions.update(schema.pop("$defs", {}))
        made: dict[str, Any] = schema
        return made

    for name, kind in KINDS.items():
        definitions[f"kind_{name}"] = _kind(of(kind), kind)
    head = of(ConstraintHead)
    head.pop("additionalProperties", None)
    head["properties"].pop("under", None)
    clause = {"anyOf": [{"$ref": f"#/$defs/kind_{name}"} for name in KINDS]}
    definitions["clause"] = clause
    head["properties"]["clauses"] = {
        "type": "array", "items": {"$ref": "#/$defs/clause"}, "minItems": 1,
        "description": ConstraintHead.model_fields["clauses"].description,
    }  # fmt: skip
    head["properties"]["under"] = {
        "type": "object",
        "description": ConstraintHead.model_fields["under"].description,
        "additionalProperties": {"anyOf": [{"const": "not_in_force"}, {"type": "object"}]},
    }
    definitions["constraint"] = {
        "type": "object",
        "required": head["required"],
        "anyOf": [
            {
                "required": ["kind"],
                "properties": {**head["properties"], **definitions[f"kind_{name}"]["properties"]},
                "additionalProperties": False,
            }
            for name in KINDS
        ]
        + [{"required": ["clauses"], "properties": head["properties"], "additionalProperties": False}],
    }
    field = {"anyOf": [{"type": "string", "pattern": r"^(text|number|instant|flag|list|mapping)\??$"}, of(FieldOf)]}
    members = {"type": "array", "items": {"anyOf": [{"type": "string"}, of(EntryOf)]}}
    register = of(RegisterOf)
    register["properties"]["members"] = members | {"description": RegisterOf.model_fields["members"].description}
    gaps = of(GapsOf)
    for name in ("GapHeartbeat", "DeclaredGap"):
        definitions[name]["properties"]["event"] |= {SHARED: "pattern"}
    example = of(ExampleOf)
    record = {"type": "object", "required": ["time", "type"]}
    example["properties"]["log"]["items"] = {"anyOf": [{"type": "string"}, record]}
    example["properties"]["expect"]["additionalProperties"] = {"anyOf": [{"enum": list(VERDICTS)}, of(ExpectedOf)]}
    sections: dict[str, Any] = {
        "rulebook": of(Head),
        "parameters": _named(of(Parameter)),
        "positions": _named(of(Position)),
        "events": _named({"anyOf": [{"type": "null"}, {"type": "object", "additionalProperties": field}]}),
        "unauthenticated": {SHARED: "pattern"},
        "gaps": gaps,
        "corrections": of(CorrectionsOf),
        "clock": of(ClockOf),
        "registers": _named({"anyOf": [members, register]}),
        "calendars": _named(of(CalendarOf)),
        "intervals": _named({SHARED: "interval"}),
        "mapping": of(Mapping),
        "constraints": {"type": "array", "items": {"$ref": "#/$defs/constraint"}},
        "waivers": {"type": "array", "items": _waiver(of(WaiverSection))},
        "assessments": {"type": "array", "items": of(AssessmentOf)},
        "examples": {"type": "array", "items": example},
        "meant": {"type": "array", "items": of(MeantOf)},
    }
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rulebook",
        "type": "object",
        "properties": {name: {"description": _SECTIONS.get(name, ""), **sections[name]} for name in SECTIONS},
        "additionalProperties": False,
        "$defs": definitions,
    }
    made: dict[str, Any] = _referring(whole)
    for name in SHARED_SCHEMAS:
        _describe(made["$defs"][name])
    return made


def _describe(schema: Any) -> None:
    """Give the fields of patterns and intervals a word each, wherever they stand."""
    for name, field in schema.get("properties", {}).items():
        field.setdefault("description", _FIELDS[name])
    for part in schema.get("anyOf", ()):
        _describe(part)


def _referring(schema: Any) -> Any:
    """With every placeholder replaced by the reference it stands for (pydantic follows references too early)."""
    if isinstance(schema, dict):
        if SHARED in schema:
            rest = {key: value for key, value in schema.items() if key != SHARED}
            return {"$ref": f"#/$defs/{schema[SHARED]}", **rest}
        return {key: _referring(value) for key, value in schema.items()}
    return [_referring(item) for item in schema] if isinstance(schema, list) else schema


def _named(schema: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "additionalProperties": schema}


def _waiver(schema: dict[str, Any]) -> dict[str, Any]:
    schema["properties"]["under"]["additionalProperties"] = {"anyOf": [{"const": "not_in_force"}, {"type": "object"}]}
    return schema


def _kind(schema: dict[str, Any], kind: type[Kind]) -> dict[str, Any]:
    schema["properties"]["kind"] = {"const": kind.model_fields["kind"].default}
    schema["description"] = (kind.__doc__ or "").strip()
    schema["required"] = sorted({*schema.get("required", []), "kind"})
    return schema
