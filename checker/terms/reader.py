"""Reads patterns, fields, windows and intervals of a rulebook into the core language, and collects what is wrong."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from checker.bounds import Number
from checker.catalogue import COMMON, DERIVED, ENVELOPE
from checker.definitions import Definitions
from checker.errors import nearest
from checker.event import Scalar
from checker.interval import (
    Anchored,
    Begun,
    Between,
    During,
    Either,
    Lasting,
    Outside,
    Recurring,
    Spell,
    Stated,
    Where,
    Widened,
)
from checker.limits import limit
from checker.measure import Deadline, Match, Window
from checker.pattern import (
    ANYTHING,
    AllOf,
    AnyOf,
    Compare,
    HasText,
    Inside,
    Is,
    IsType,
    Listed,
    Matches,
    Not,
    Pattern,
    Present,
    SameAs,
)
from checker.quick import dataclass
from checker.timeline import Calendar, CalendarUnit, parse_duration, parse_instant, parse_month_day
from checker.yamltree import Text, core_value


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong in a rulebook, at the node it is about."""

    node: Any
    message: str
    hint: str = ""


class Mistakes(ValueError):
    """Everything that is wrong with one value."""

    def __init__(self, mistakes: Iterable[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("; ".join(mistake.message for mistake in self.mistakes))


class Reader:
    """Reads values that refer to definitions, collecting mistakes as it goes."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self.mistakes: list[Mistake] = []

    def wrong(self, node: Any, message: str, hint: str = "") -> None:
        """Note a mistake and go on."""
        self.mistakes.append(Mistake(node, message, hint))

    def _key(self, table: dict[str, Any], name: str) -> Any:
        return next((key for key in table if key == name), table)

    # ---- patterns ----

    def pattern(self, node: Any, types: frozenset[str] | None = None) -> Pattern:
        """A type name, a list of alternatives, or a mapping of tests that must all hold."""
        if isinstance(node, str):
            return self._type(node)
        if isinstance(node, list):
            if not node:
                self.wrong(node, "an empty list of events", "name at least one")
            return AnyOf(tuple(self.pattern(item, types) for item in node))
        if not isinstance(node, dict):
            self.wrong(node, f"expected an event pattern, not {sort_of(node)}", "an event type, or a mapping of tests")
            return ANYTHING
        parts: list[Pattern] = []
        if "type" in node:
            named = node["type"]
            of_type = AnyOf(tuple(self._type(n) for n in named)) if isinstance(named, list) else self.pattern(named)
            parts.append(of_type)
        if "any_of" in node:
            parts.append(AnyOf(self._patterns(node["any_of"], _narrow(types, AllOf(tuple(parts)).types))))
        if "all_of" in node:
            parts.append(AllOf(self._patterns(node["all_of"], _narrow(types, AllOf(tuple(parts)).types))))
        types = _narrow(types, AllOf(tuple(parts)).types)
        if "not" in node:
            parts.append(Not(self.pattern(node["not"], types)))
        for key, test in node.items():
            if key not in ("type", "any_of", "all_of", "not"):
                self._known_field(key, types)
                parts.append(self._test(key, test, types))
        if not parts:
            self.wrong(node, "an empty event pattern", "name an event type or test a field")
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _patterns(self, node: Any, types: frozenset[str] | None) -> tuple[Pattern, ...]:
        if not isinstance(node, list) or not node:
            self.wrong(node, "expected a list of event patterns")
            return ()
        return tuple(self.pattern(item, types) for item in node)

    def _type(self, node: Any) -> Pattern:
        known = self.definitions.catalogue.types
        if not isinstance(node, str):
            self.wrong(node, f"expected an event type, not {sort_of(node)}")
        elif node not in known:
            self.wrong(node, f"unknown event type {str(node)!r}", nearest(node, known) or "declare it under `events`")
        return IsType(frozenset((str(node),)))

    def _known_field(self, name: Any, types: frozenset[str] | None) -> bool:
        if types is not None and not types:
            return True  # nothing is known of the events: that is reported where they are named
        head = str(name).split(".")[0]
        if not self.definitions.has_field(types, head) and not self.definitions.has_field(types, str(name)):
            fields = self.definitions.fields(types)
            whose = "no event" if types is None else " or ".join(sorted(types)[:3])
            message = f"{whose} has a field {str(name)!r}" if types is None else f"{whose} has no field {str(name)!r}"
            self.wrong(name, message, nearest(str(name), fields))
            return False
        return True

    def _test(self, name: str, node: Any, types: frozenset[str] | None) -> Pattern:
        kind = self.definitions.field_type(types, name)
        if isinstance(node, dict):
            tests = [self._operator(name, operator, value, kind, types) for operator, value in node.items()]
            if not tests:
                self.wrong(node, "an empty test", f"one of: {', '.join(OPERATORS)}")
            return tests[0] if len(tests) == 1 else AllOf(tuple(tests))
        return Is(str(name), self._listed(name, self._values(node, kind), node, types))

    def _listed(
        self, name: str, values: tuple[Scalar, ...], node: Any, types: frozenset[str] | None
    ) -> tuple[Scalar, ...]:
        """The values; a mistake for one that the event catalogue says the field never takes."""
        known = self.definitions.field_values(types, str(name))
        nodes = node if isinstance(node, list) else [node]
        for value, at in zip(values, nodes, strict=True):
            if known and value not in known:
                self.wrong(at, f"field {str(name)!r} never is {str(value)!r}", nearest(str(value), known))
        return values

    def _values(self, node: Any, kind: str) -> tuple[Scalar, ...]:
        return tuple(self._value(item, kind) for item in (node if isinstance(node, list) else [node]))

    def _value(self, node: Any, kind: str) -> Scalar:
        """A scalar as the declared type of the field has it."""
        if isinstance(node, (dict, list)):
            self.wrong(node, "expected a value", "lists of values and mappings of tests stand one level higher")
            return None
        if kind == "text":
            return str(node)
        value: Scalar = core_value(node) if isinstance(node, Text) else node
        if kind == "instant":
            try:
                earliest, latest = parse_instant(str(node), self.definitions.zone)
            except ValueError as error:
                self.wrong(node, str(error))
                return 0
            if earliest != latest:
                self.wrong(node, f"{str(node)!r} is not one instant", "write it with hours, minutes and seconds")
            return earliest
        if kind == "number" and (isinstance(value, bool) or not isinstance(value, (int, Decimal))):
            self.wrong(node, f"the field is a number, {str(node)!r} is not")
        if kind == "flag" and not isinstance(value, bool):
            hint = "remove the quotes" if str(node) in ("true", "false") else ""
            self.wrong(node, f"the field is true or false, {str(node)!r} is neither", hint)
        return value

    def _operator(self, name: str, operator: Any, node: Any, kind: str, types: frozenset[str] | None) -> Pattern:
        if operator == "is":
            return Is(name, self._listed(name, self._values(node, kind), node, types))
        if operator == "not":
            return Not(Is(name, self._listed(name, self._values(node, kind), node, types)))
        if operator in _SIGNS:
            value = self._value(node, kind or "number")
            if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
                if kind not in ("", "number", "instant"):
                    self.wrong(node, f"field {name!r} is declared as {kind}: it cannot be more or less than something")
                value = 0
            return Compare(name, _SIGNS[operator], value)
        if operator in _OF_TEXTS and kind not in _OF_TEXTS[operator]:
            wanted = " or ".join(k for k in _OF_TEXTS[operator] if k)
            self.wrong(operator, f"`{operator}` is a test of a {wanted}, field {str(name)!r} is declared as {kind}")
        if operator in ("in_register", "not_in_register"):
            listed = Listed(name, self.register(node))
            return listed if operator == "in_register" else Not(listed)
        if operator == "present":
            flag = core_value(node) if isinstance(node, Text) else node
            if not isinstance(flag, bool):
                self.wrong(node, "expected true or false")
            return Present(name) if flag else Not(Present(name))
        if operator in ("starts_with", "ends_with", "contains"):
            return HasText(name, str(operator), str(node))
        if operator == "matches":
            return self._matches(name, node)
        if operator in ("inside", "outside"):
            register = self.register(node)
            self.position_field(name, types)
            self.places(register)
            return Inside(name, register) if operator == "inside" else Not(Inside(name, register))
        if operator == "same_as":
            self._known_field(node, types)
            return SameAs(name, str(node))
        self.wrong(operator, f"unknown test {str(operator)!r}", nearest(str(operator), OPERATORS))
        return ANYTHING

    def _matches(self, name: str, node: Any) -> Pattern:
        import re2  # only rulebooks that match texts need it

        options = re2.Options()
        options.log_errors = False
        options.max_mem = 1 << 20
        try:
            return Matches(name, str(node), re2.compile(str(node), options))
        except re2.error as error:
            reason = error.args[0].decode() if error.args and isinstance(error.args[0], bytes) else str(error)
            hint = "look-around and back-references are not available: matching takes linear time"
            self.wrong(node, f"not a regular expression: {reason}", hint)
            return ANYTHING

    def register(self, node: Any) -> str:
        """The name of a register."""
        name = str(node)
        if name not in self.definitions.registers:
            self.wrong(node, f"unknown register {name!r}", nearest(name, self.definitions.registers))
        return name

    # ---- fields ----

    def names(self, node: Any, types: frozenset[str] | None) -> tuple[str, ...]:
        """A list of fields of these event types; one may stand alone."""
        items = node if isinstance(node, list) else [node]
        for item in items:
            self._known_field(item, types)
        return tuple(str(item) for item in items)

    def match(self, node: Any, theirs: frozenset[str] | None, ours: frozenset[str] | None) -> Match:
        """Fields that must be equal: a name where both are called the same, `{theirs: ours}` where they are not."""
        pairs: list[tuple[str, str]] = []
        for item in node if isinstance(node, list) else [node]:
            for left, right in item.items() if isinstance(item, dict) else [(item, item)]:
                if self._known_field(left, theirs) or left is not right:
                    self._known_field(right, ours)
                pairs.append((str(left), str(right)))
        return tuple(pairs)

    def number_field(self, name: Any, types: frozenset[str] | None, *others: str) -> str:
        """The name of a field that holds a number (or is of one of the other types)."""
        if self._known_field(name, types):
            kind = self.definitions.field_type(types, str(name))
            if kind not in ("number", "", *others):
                self.wrong(name, f"field {str(name)!r} is declared as {kind}: it does not hold a number")
        return str(name)

    def instant_field(self, name: Any, types: frozenset[str] | None) -> None:
        """A mistake unless the field can hold an instant."""
        if self._known_field(name, types) and self.definitions.field_type(types, str(name)) not in ("instant", ""):
            self.wrong(name, f"field {str(name)!r} is not declared as an instant")

    def position_field(self, name: Any, types: frozenset[str] | None) -> None:
        """A mistake unless the field can hold a GeoJSON point."""
        kind = self.definitions.field_type(types, str(name))
        if self._known_field(name, types) and kind not in ("mapping", ""):
            self.wrong(name, f"field {str(name)!r} is declared as {kind}: a position is a mapping (a GeoJSON point)")

    def places(self, name: str) -> None:
        """A mistake if the register of that name lists no place."""
        register = self.definitions.registers.get(name)
        if register is not None and not any(entry.place for entry in register.entries):
            self.wrong(name, f"register {name!r} lists no place", "give its members a `place`")

    def limits(self, at_least: Number | None, at_most: Number | None) -> None:
        """A mistake if no value can keep both limits."""
        if at_least is not None and at_most is not None and at_least > at_most:
            self.wrong(None, "`at_least` is more than `at_most`: no value keeps both")

    # ---- windows ----

    def window(
        self, rolling: int | None, each: CalendarUnit | None, year_from: Any, periods: Any = None, since: Any = None
    ) -> Window:
        """A rolling window, a calendar window in the rulebook's zone, or the whole observation."""
        if rolling is not None and each is not None:
            self.wrong(None, "`in` and `each` do not go together", "a rolling window, or a calendar window")
        if rolling is not None and rolling <= 0:
            self.wrong(None, "a window needs a length above zero")
        anchor = (1, 1)
        if year_from is not None:
            try:
                anchor = parse_month_day(str(year_from))
            except ValueError as error:
                self.wrong(year_from, str(error))
            if each != "year":
                self.wrong(year_from, "`year_from` goes with `each: year`")
        if periods is not None:
            if each is None:
                self.wrong(None, "`periods` goes with `each`")
            if not isinstance(periods, int) or not 1 <= periods <= _MOST_PERIODS:
                self.wrong(None, f"`periods` is a whole number from 1 to {_MOST_PERIODS}")
                periods = 1
        anew: tuple[tuple[Spell, ...], ...] = ()
        if since is not None:
            if each is not None:
                self.wrong(None, "`each` and `since` do not go together", "a calendar window begins when it begins")
            alternatives = since if isinstance(since, list) else [since]
            if not alternatives:
                self.wrong(since, "expected intervals after which the total starts anew")
            anew = tuple(
                tuple(self.spell(part) for part in one) if isinstance(one, list) and one else (self.spell(one),)
                for one in alternatives
            )
        zone = self.definitions.zone if each is not None else None
        return Window(rolling, each, anchor, zone, periods or 1, anew)

    def deadline(
        self, unit: CalendarUnit | None, months: Any = None, counting: Any = None, roll_over: Any = None
    ) -> Deadline | None:
        """What a last instant depends on beside a length of time; None if on nothing."""
        if months is not None and (not isinstance(months, int) or not 1 <= months <= _MOST_PERIODS):
            self.wrong(None, f"`within_months` is a whole number from 1 to {_MOST_PERIODS}")
            months = None
        calendars = [None if name is None else self.calendar(name) for name in (counting, roll_over)]
        if unit is None and not months and calendars == [None, None]:
            return None
        return Deadline(self.definitions.zone, unit, months or 0, *calendars)

    def calendar(self, name: Any) -> Calendar | None:
        """The calendar of that name."""
        found = self.definitions.calendars.get(str(name))
        if found is None:
            self.wrong(name, f"unknown calendar {str(name)!r}", nearest(str(name), self.definitions.calendars))
        return found

    # ---- intervals ----

    def spell(self, node: Any) -> Spell:
        """The name of intervals or of a calendar, or a mapping that says which are meant."""
        if isinstance(node, str):
            found = self.definitions.spell(str(node))
            if found is None:
                names = self.definitions.spell_names()
                hint = nearest(node, names) or "define it under `intervals`"
                self.wrong(node, f"unknown interval {str(node)!r}", hint)
                return _NO_SPELL
            return found
        if not isinstance(node, dict):
            self.wrong(node, f"expected an interval, not {sort_of(node)}")
            return _NO_SPELL
        forms = [form for form in SPELL_FORMS if form in node]
        if not forms:
            hint = nearest(next(iter(node), ""), [k for keys in SPELL_FORMS.values() for k in keys])
            self.wrong(node, "expected an interval: one of " + ", ".join(f"`{form}`" for form in SPELL_FORMS), hint)
            return _NO_SPELL
        form = forms[0]
        for key in node:
            if key not in SPELL_FORMS[form]:
                hint = nearest(str(key), SPELL_FORMS[form])
                self.wrong(key, f"{str(key)!r} does not go with `{form}`", hint)
        made: Spell = getattr(self, f"_spell_{form}")(node)
        return made

    def _spell_from(self, node: dict[str, Any]) -> Spell:
        opens = self.pattern(node["from"])
        closes: Pattern = AnyOf(())
        for_good = node.get("until") == FOR_GOOD
        if "until" not in node:
            hint = f"which event ends it; `{FOR_GOOD}`: it goes on for good"
            self.wrong(node, "an interval `from` an event needs `until`", hint)
        elif not for_good:
            closes = self.pattern(node["until"])
        already = self.pattern(node["already"]) if "already" in node else None
        repeat = node.get("repeat", "restarts")
        if repeat not in REPEATS:
            self.wrong(repeat, f"unknown `repeat` {str(repeat)!r}", nearest(str(repeat), REPEATS))
        observed_by = None
        if "observed_by" in node:
            observed_by = self._observed_by(node["observed_by"], opens, closes, self._per(node, opens))
        return Between(
            opens=opens,
            closes=closes,
            per=self._per(node, opens),
            at_latest=self.pattern(node["at_latest"]) if "at_latest" in node else None,
            already=already,
            continues=repeat in ("continues", "switches") or for_good,
            switches=repeat == "switches",
            observed_by=observed_by,
            opens_with=self._carried(opens.types),
            closes_with=self._carried(closes.types),
        )

    def _carried(self, types: frozenset[str] | None) -> frozenset[str] | None:
        """The fields that records of these types may carry; None if that may be any."""
        if types is None:
            return None
        declared = (self.definitions.catalogue.fields_of(name) for name in types)
        return frozenset(name for fields in declared for name in fields).union(
            (*ENVELOPE, *COMMON, *DERIVED) if types else ()
        )

    def _observed_by(self, node: Any, opens: Pattern, closes: Pattern, per: tuple[str, ...]) -> Stated | None:
        """The records of another source that say from when to when it went on."""
        form = self.spell(node)
        if not isinstance(form, Stated):
            self.wrong(node, "expected records that say from when to when", "`event`, `starts` and `ends`")
            return None
        if not opens.types or not closes.types:
            self.wrong(node, "`observed_by` goes with `from` and `until` that name event types")
        for name in per:
            self._known_field(name, form.event.types)
        return form._replace(per=per)

    def _spell_event(self, node: dict[str, Any]) -> Spell:
        event = self.pattern(node["event"])
        start, end, lasts = node.get("starts"), node.get("ends"), None
        for name in (start, end):
            if name is not None:
                self.instant_field(name, event.types)
        if "lasts" in node:
            lasts = self._duration(node["lasts"])
            if end is not None:
                self.wrong(node, "`ends` and `lasts` say the same thing twice", "keep one of them")
        return Stated(
            event, str(start) if start is not None else None, str(end) if end is not None else None, lasts,
            self._per(node, event),
        )  # fmt: skip

    def _spell_calendar(self, node: dict[str, Any]) -> Spell:
        name = str(node["calendar"])
        found = self.definitions.calendars.get(name)
        if found is None:
            self.wrong(node["calendar"], f"unknown calendar {name!r}", nearest(name, self.definitions.calendars))
            return _NO_SPELL
        return Recurring(found, name=name)

    def _spell_all_of(self, node: dict[str, Any]) -> Spell:
        return self._composite(node["all_of"], During)

    def _spell_any_of(self, node: dict[str, Any]) -> Spell:
        return self._composite(node["any_of"], Either)

    def _composite(self, node: Any, make: type[During] | type[Either]) -> Spell:
        if not isinstance(node, list) or not node:
            self.wrong(node, "expected a list of intervals")
            return _NO_SPELL
        return make(tuple(self.spell(item) for item in node))

    def _spell_not(self, node: dict[str, Any]) -> Spell:
        return Outside(self.spell(node["not"]))

    def _spell_of(self, node: dict[str, Any]) -> Spell:
        spell = self.spell(node["of"])
        if "where" in node:
            spell = Where(spell, self.pattern(node["where"], types_of(spell)))
        if "lasting" in node:
            spell = self._lasting(spell, node["lasting"])
        if "total" in node:
            spell = self._lasting(spell, node["total"], total=True)
        if "begun_in" in node:
            spell = Begun(spell, self.spell(node["begun_in"]))
        before = self._duration(node["before"]) if "before" in node else 0
        after = self._duration(node["after"]) if "after" in node else 0
        return Widened(spell, before, after) if before or after else spell

    def _lasting(self, part: Spell, node: Any, *, total: bool = False) -> Spell:
        """Those that last so long; or, `total`, within which others go on for so long in all."""
        known = (*(("of",) if total else ()), *LENGTHS)
        word = "total" if total else "lasting"
        if not isinstance(node, dict) or not any(name in node for name in LENGTHS):
            self.wrong(node, f"`{word}` expects a mapping with limits", f"one of: {', '.join(LENGTHS)}")
            return part
        for key in node:
            if key not in known:
                self.wrong(key, f"{str(key)!r} does not go with `{word}`", nearest(str(key), known))
        for one, other in (("at_least", "more_than"), ("at_most", "less_than")):
            if one in node and other in node:
                self.wrong(node[other], f"`{one}` and `{other}` do not go together", "keep one of them")
        of = None
        if total:
            if "of" not in node:
                self.wrong(node, "`total` needs `of`", "the intervals that add up within each of these")
            of = self.spell(node.get("of", {"any_of": []})) if "of" in node else _NO_SPELL
        sides = {name: self._duration(node[name]) for name in LENGTHS if name in node}
        least = sides.get("at_least", sides.get("more_than", 0))
        most = sides.get("at_most", sides.get("less_than"))
        if most is not None and (least > most or (least == most and ("more_than" in node or "less_than" in node))):
            self.wrong(node, "no length is both so long and so short")
        return Lasting(part, least, most, "more_than" in node, "less_than" in node, of)

    def _spell_end_of(self, node: dict[str, Any]) -> Spell:
        return self._anchored(node, "end_of")

    def _spell_start_of(self, node: dict[str, Any]) -> Spell:
        return self._anchored(node, "start_of")

    def _anchored(self, node: dict[str, Any], form: str) -> Spell:
        part = self.spell(node[form])
        lasts = 0
        if "lasts" in node:
            lasts = self._duration(node["lasts"])
        else:
            self.wrong(node, f"`{form}` needs `lasts`", "for how long from then on")
        return Anchored(part, lasts, form == "end_of")

    def _per(self, node: dict[str, Any], pattern: Pattern) -> tuple[str, ...]:
        return self.names(node["per"], pattern.types) if "per" in node else ("subject",)

    def _duration(self, node: Any) -> int:
        try:
            return parse_duration(str(node))
        except ValueError as error:
            self.wrong(node, str(error))
            return 0


_NO_SPELL: Spell = Either(())
REPEATS = ("restarts", "continues", "switches")
_MOST_PERIODS = limit("periods")
LENGTHS = ("at_least", "at_most", "more_than", "less_than")
_SIGNS = {"less_than": "<", "at_most": "<=", "at_least": ">=", "more_than": ">"}
OPERATORS = (
    "is", "not", *_SIGNS, "in_register", "not_in_register", "present", "starts_with", "ends_with", "contains",
    "matches", "same_as", "inside", "outside",
)  # fmt: skip
_OF_TEXTS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("in_register", "not_in_register"), ("text", "list", "")),
    **dict.fromkeys(("starts_with", "ends_with", "contains", "matches"), ("text", "")),
}
FOR_GOOD = "none"
"""The `until` of an interval that nothing ends."""

SPELL_FORMS: dict[str, tuple[str, ...]] = {
    "from": ("from", "until", "per", "at_latest", "already", "repeat", "observed_by"),
    "event": ("event", "starts", "ends", "lasts", "per"),
    "calendar": ("calendar",),
    "all_of": ("all_of",),
    "any_of": ("any_of",),
    "not": ("not",),
    "end_of": ("end_of", "lasts"),
    "start_of": ("start_of", "lasts"),
    "of": ("of", "where", "lasting", "total", "begun_in", "before", "after"),
}


def types_of(spell: Spell) -> frozenset[str] | None:
    """The event types that can open such an interval; None if they are not known."""
    if isinstance(spell, Between):
        return _joined((spell.opens.types, spell.closes.types))
    if isinstance(spell, Stated):
        return spell.event.types
    if isinstance(spell, (During, Either)):
        return _joined(types_of(part) for part in spell.parts if not isinstance(part, Recurring))
    if isinstance(spell, Recurring):
        return frozenset()
    return types_of(spell.part)


def _joined(found: Iterable[frozenset[str] | None]) -> frozenset[str] | None:
    result: frozenset[str] = frozenset()
    for types in found:
        if types is None:
            return None
        result |= types
    return result


def _narrow(types: frozenset[str] | None, more: frozenset[str] | None) -> frozenset[str] | None:
    return more if types is None else types if more is None else types & more


def sort_of(node: Any) -> str:
    """What a message says that a node is."""
    if isinstance(node, dict):
        return "a mapping"
    return "a list" if isinstance(node, list) else repr(str(node))
