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
    Parameter,
    Position,
    RegisterOf,
)
from checker.rulebook.reading import SECTIONS
from checker.rulebook.waivers import WaiverSection
from checker.terms import SHARED, SHARED_SCHEMAS


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
    head["properties"]["clauses"] = {"type": "array", "items": {"$ref": "#/$defs/clause"}, "minItems": 1}
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
    register["properties"]["members"] = members
    gaps = of(GapsOf)
    for name in ("GapHeartbeat", "DeclaredGap"):
        definitions[name]["properties"]["event"] = {SHARED: "pattern"}
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
    }
    whole = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Rulebook",
        "type": "object",
        "properties": {name: sections[name] for name in SECTIONS},
        "additionalProperties": False,
        "$defs": definitions,
    }
    made: dict[str, Any] = _referring(whole)
    return made


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
