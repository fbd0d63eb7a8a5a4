"""The words as types for pydantic models, each with its JSON Schema."""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, TypeVar

from pydantic import GetPydanticSchema, WithJsonSchema
from pydantic_core import PydanticCustomError, core_schema

from checker.bounds import Number
from checker.definitions import Definitions
from checker.interval import Spell
from checker.pattern import Pattern
from checker.terms.reader import LENGTHS, OPERATORS, REPEATS, SPELL_FORMS, Mistake, Mistakes, Reader, sort_of
from checker.timeline import CalendarUnit, parse_date, parse_duration, parse_instant
from checker.yamltree import Text, core_value

T = TypeVar("T")


def _type(read: Callable[[Any, Any], Any], schema: dict[str, Any]) -> GetPydanticSchema:
    """A pydantic type that is read by a function of (node, context) and described by a JSON Schema."""

    def validate(value: Any, info: core_schema.ValidationInfo) -> Any:
        try:
            return read(value, info.context)
        except Mistakes as error:
            raise PydanticCustomError("mistakes", "{text}", {"text": str(error), "mistakes": error.mistakes}) from None
        except ValueError as error:
            mistakes = (Mistake(value, str(error)),)
            raise PydanticCustomError("mistakes", "{text}", {"text": str(error), "mistakes": mistakes}) from None

    def build(_source: Any, _handler: Any) -> core_schema.CoreSchema:
        return core_schema.with_info_plain_validator_function(validate, metadata={"pydantic_js_functions": [describe]})

    def describe(_schema: Any, _handler: Any) -> dict[str, Any]:
        return dict(schema)  # pydantic adds titles and defaults to what it is given

    return GetPydanticSchema(build)


def _with_reader(method: Callable[[Reader, Any], T]) -> Callable[[Any, Any], T]:
    def read(node: Any, context: Any) -> T:
        reader = Reader(context if isinstance(context, Definitions) else Definitions())
        result = method(reader, node)
        if reader.mistakes:
            raise Mistakes(reader.mistakes)
        return result

    return read


def _raw(node: Any, _context: Any) -> Any:
    return node


def _read_number(node: Any, _context: Any) -> Number:
    value = core_value(node) if isinstance(node, Text) else node
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        digits = str(node).replace(",", "").replace("_", "").split(" ")[0]
        hint = f"; write {digits}, the unit stands with the field" if digits.isdigit() and digits != str(node) else ""
        raise ValueError(f"expected a number, not {sort_of(node)}{hint}")
    return value


def _read_bool(node: Any, _context: Any) -> bool:
    value = core_value(node) if isinstance(node, Text) else node
    if not isinstance(value, bool):
        raise ValueError(f"expected true or false, not {sort_of(node)}")
    return value


def _read_text(node: Any, _context: Any) -> str:
    if not isinstance(node, str):
        raise ValueError(f"expected a text, not {sort_of(node)}")
    return str(node)


def _read_several(node: Any, context: Any) -> list[str]:
    """One text, or a list of them."""
    found: list[str] = []
    mistakes: list[Mistake] = []
    for item in node if isinstance(node, list) else [node]:
        try:
            found.append(_read_text(item, context))
        except ValueError as error:
            mistakes.append(Mistake(item, str(error)))
    if mistakes:
        raise Mistakes(mistakes)
    return found


def _read_duration(node: Any, _context: Any) -> int:
    if not isinstance(node, str):
        raise ValueError(f"expected a duration such as `60 min`, not {sort_of(node)}")
    return parse_duration(node)


def _read_moment(node: Any, context: Any) -> int:
    """A date (its beginning in the rulebook's zone) or an instant."""
    if not isinstance(node, str):
        raise ValueError(f"expected a date or an instant, not {sort_of(node)}")
    zone = context.zone if isinstance(context, Definitions) else None
    if len(node) == 10:
        parse_date(node)
    return parse_instant(node, zone)[0]


def _read_share(node: Any, _context: Any) -> Decimal:
    text = str(node).removesuffix("%").strip()
    if not isinstance(node, str) or not node.rstrip().endswith("%") or not text.replace(".", "", 1).isdigit():
        raise ValueError(f"expected a share such as `25 %`, not {sort_of(node)}")
    return Decimal(text) / 100


def _read_quantity(node: Any, context: Any) -> tuple[Number, bool]:
    """A number, or a duration in whole microseconds; the flag says which (True: a duration)."""
    value = core_value(node) if isinstance(node, Text) else node
    if isinstance(value, (int, Decimal)) and not isinstance(value, bool):
        return value, False
    return _read_duration(node, context), True


def quantity_of(node: Any) -> tuple[Number, bool]:
    """A number, or a length of time in whole microseconds, and whether it is that; ValueError for anything else."""
    return _read_quantity(node, None)


PARAMETER = {"type": "string", "pattern": r"^\$[A-Za-z_][A-Za-z0-9_.-]*$", "description": "A parameter: $name"}


def _or_parameter(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, PARAMETER]}


_DURATION_SCHEMA = {
    "type": "string",
    "description": "A length of time: `60 min`, `72 h`, `30 d`, `4 h 30 min`, or ISO 8601 `PT60M`",
}
_SCALAR_SCHEMA = {"type": ["string", "number", "boolean"]}

SHARED = "x-shared"
"""Stands for a reference to one of `SHARED_SCHEMAS` until the whole schema is put together."""

EventPattern = Annotated[Pattern, _type(_with_reader(Reader.pattern), {SHARED: "pattern"})]
"""An event pattern, resolved against the event catalogue."""

IntervalExpression = Annotated[Spell, _type(_with_reader(Reader.spell), {SHARED: "interval"})]
"""An expression that names intervals."""

Renewals = Annotated[
    Any,
    _type(
        _raw,
        {
            "description": "After what a total starts anew; of a list, any; of a list in it, all in that order",
            "anyOf": [
                {SHARED: "interval"},
                {
                    "type": "array",
                    "minItems": 1,
                    "items": {"anyOf": [{SHARED: "interval"}, {"type": "array", "items": {SHARED: "interval"}}]},
                },
            ],
        },
    ),
]
"""What a total starts anew after; read by the kind."""
RegisterName = Annotated[
    str, _type(_with_reader(Reader.register), {"type": "string", "description": "The name of a register"})
]
Duration = Annotated[int, _type(_read_duration, _or_parameter(_DURATION_SCHEMA))]
"""A length of time, in whole microseconds."""
Quantity = Annotated[
    tuple[Number, bool],
    _type(_read_quantity, _or_parameter({"anyOf": [{"type": "number"}, _DURATION_SCHEMA]})),
]
"""A number or a length of time."""
Amount = Annotated[Number, _type(_read_number, _or_parameter({"type": "number"}))]
"""A whole or decimal number, exactly as written."""
Flag = Annotated[bool, _type(_read_bool, {"type": "boolean"})]
"""true or false, and nothing that looks like it."""
Words = Annotated[str, _type(_read_text, {"type": "string"})]
"""A text."""
Several = Annotated[
    list[str], _type(_read_several, {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]})
]
"""One text, or several."""
Moment = Annotated[int, _type(_read_moment, {"type": "string", "description": "A date or an instant (RFC 3339)"})]
"""An instant in whole microseconds UTC; a date stands for its beginning in the rulebook's zone."""
Share = Annotated[Decimal, _type(_read_share, _or_parameter({"type": "string", "pattern": "%$"}))]
"""A share written in per cent."""
Calendrical = Annotated[
    CalendarUnit, WithJsonSchema(_or_parameter({"enum": ["day", "week", "month", "quarter", "year"]}))
]
"""A calendar window; weeks begin on Monday."""
FieldNames = Annotated[
    Any,
    _type(_raw, {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]}),
]
"""One or several fields; read by the kind, which knows of which events."""
_PAIRS: dict[str, Any] = {"type": "object", "additionalProperties": {"type": "string"}}
MatchFields = Annotated[
    Any,
    _type(
        _raw,
        {
            "description": "Fields that must be equal; `{theirs: ours}` where they are called differently",
            "anyOf": [
                {"type": "string"},
                _PAIRS,
                {"type": "array", "items": {"anyOf": [{"type": "string"}, _PAIRS]}},
            ],
        },
    ),
]
"""Pairs of fields; read by the kind, which knows of which events."""

TEST_SCHEMA: dict[str, Any] = {
    "anyOf": [
        _SCALAR_SCHEMA,
        {"type": "array", "items": _SCALAR_SCHEMA, "description": "one of these values"},
        {
            "type": "object",
            "properties": {operator: {} for operator in OPERATORS},
            "additionalProperties": False,
        },
    ]
}
PATTERN_SCHEMA: dict[str, Any] = {
    "description": "Which events are meant: a type, a list of alternatives, or tests that must all hold",
    "anyOf": [
        {"type": "string"},
        {"type": "array", "items": {SHARED: "pattern"}, "minItems": 1},
        {
            "type": "object",
            "minProperties": 1,
            "properties": {
                "type": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
                "any_of": {"type": "array", "items": {SHARED: "pattern"}},
                "all_of": {"type": "array", "items": {SHARED: "pattern"}},
                "not": {SHARED: "pattern"},
            },
            "additionalProperties": {SHARED: "test"},
        },
    ],
}
_SPELLS = {SHARED: "interval"}


def _lengths(**more: Any) -> dict[str, Any]:
    limits = {
        name: {**_or_parameter(_DURATION_SCHEMA), "description": f"{name.replace('_', ' ').capitalize()} so long"}
        for name in LENGTHS
    }
    return {"type": "object", "properties": {**more, **limits}, "required": list(more), "additionalProperties": False}


_PATTERNS = {SHARED: "pattern"}
_SPELL_PROPERTIES: dict[str, Any] = {
    "from": _PATTERNS, "until": _PATTERNS, "at_latest": _PATTERNS, "already": _PATTERNS, "event": _PATTERNS,
    "where": _PATTERNS, "repeat": {"enum": list(REPEATS)}, "of": _SPELLS, "not": _SPELLS,
    "observed_by": _SPELLS, "end_of": _SPELLS, "start_of": _SPELLS, "begun_in": _SPELLS,
    "lasting": _lengths(), "total": _lengths(of={**_SPELLS, "description": "The intervals that add up"}),
    "all_of": {"type": "array", "items": _SPELLS}, "any_of": {"type": "array", "items": _SPELLS},
    "per": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
    "starts": {"type": "string"}, "ends": {"type": "string"}, "calendar": {"type": "string"},
    "lasts": _or_parameter(_DURATION_SCHEMA), "before": _or_parameter(_DURATION_SCHEMA),
    "after": _or_parameter(_DURATION_SCHEMA),
}  # fmt: skip
INTERVAL_SCHEMA: dict[str, Any] = {
    "description": "Which intervals are meant: a name, or one of the forms below",
    "anyOf": [
        {"type": "string"},
        *(
            {
                "type": "object",
                "required": [form],
                "properties": {key: _SPELL_PROPERTIES[key] for key in keys},
                "additionalProperties": False,
            }
            for form, keys in SPELL_FORMS.items()
        ),
    ],
}
SHARED_SCHEMAS = {"pattern": PATTERN_SCHEMA, "interval": INTERVAL_SCHEMA, "test": TEST_SCHEMA}
"""What the JSON Schema of a rulebook refers to under `$defs`."""
