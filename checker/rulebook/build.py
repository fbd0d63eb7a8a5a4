"""From the merged tree of a rulebook to definitions and constraints; every mistake is noted, none stops the rest."""

import re
from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise
from typing import Any

from pydantic import ValidationError

from checker.assessment.rules import Assessments
from checker.bounds import INFINITY, Number, minus
from checker.catalogue import Catalogue, EventType, Field, Lookup
from checker.clock import Clock
from checker.constraint import Clause, Constraint, Kind
from checker.correction import Corrections
from checker.definitions import Definitions
from checker.errors import UsageError, nearest
from checker.gaps import Missing
from checker.interval import Either, Recurring, Spell
from checker.kinds import KINDS
from checker.location import Location
from checker.measure import Rule
from checker.register import Entry, Place, Register
from checker.rulebook.models import (
    FIELD_TYPES,
    CalendarOf,
    ClockOf,
    ConstraintHead,
    CorrectionsOf,
    EntryOf,
    FieldOf,
    GapsOf,
    Head,
    MeantOf,
    Position,
    RegisterOf,
)
from checker.rulebook.parameters import Parameters, choose, references, substitute
from checker.rulebook.reading import Files, field_names
from checker.terms import Mistake, Mistakes, Reader
from checker.timeline import (
    DAY,
    UTC,
    Calendar,
    Zone,
    parse_date,
    parse_hours,
    parse_month_day,
    parse_weekday,
    parse_zone,
)
from checker.waiver import Waiver
from checker.yamltree import Items, Table, Text, core_value

NOT_IN_FORCE = "not_in_force"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class Builder:
    """Builds one rulebook; what is wrong goes to the files' problems, each at its place."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._definitions = Definitions()
        self._parameters = Parameters()
        self._head: Head | None = None
        self._position: str | None = None

    def choose_position(self, position: str | None, overrides: dict[str, str]) -> None:
        """Decide under which position the rulebook is read, and what its parameters are."""
        files = self._files
        head = self._validate(Head, files.sections.get("rulebook"))
        self._head = head
        if "rulebook" not in files.sections and not files.problems:
            files.problem(None, "section `rulebook` is missing", "give it an id, a version and a title")
        if head is not None:
            self._definitions.zone = self._zone(head.zone, files.sections["rulebook"]) or UTC
            self._definitions.history_complete = head.history == "complete"
        positions: Table = files.sections["positions"]
        for node in positions.values():
            self._validate(Position, node)
        default = head.default_position if head is not None else None
        if default is not None and default not in positions:
            files.problem(
                files.sections["rulebook"]["default_position"],
                f"unknown position {str(default)!r}", nearest(default, positions),
            )  # fmt: skip
        if position is not None and position not in positions and (positions or not files.problems):
            files.stop_if_wrong()
            raise UsageError(f"the rulebook has no position {position!r}", nearest(position, positions))
        self._position = position or default or next(iter(map(str, positions)), None)
        self._parameters = choose(files, self._position, overrides, self._definitions)

    def build(self) -> dict[str, Any]:
        """Everything a `Rulebook` is made of but its digest."""
        sections = self._files.sections
        self._registers(sections["registers"])
        self._events(sections["events"])
        self._definitions.calendars = self._calendars(sections["calendars"])
        self._unauthenticated(sections.get("unauthenticated"))
        self._gaps(sections.get("gaps"))
        self._intervals(sections["intervals"])
        constraints = self._constraints()
        waivers: tuple[Waiver, ...] = ()
        if self._files.items["waivers"]:
            from checker.rulebook.waivers import read_waivers

            waivers = read_waivers(self._files, self._definitions, self._parameters, self._position, constraints)
        mapping = None
        if "mapping" in sections:
            from checker.mapping import Mapping as LogMapping

            mapping = self._validate(LogMapping, sections["mapping"])
        assessments = Assessments()
        if self._files.items["assessments"]:
            from checker.rulebook.assessments import Assessing

            assessments = Assessing(self._files, self, constraints).read()
        head = self._head
        return {
            "id": head.id if head else "",
            "version": head.version if head else "",
            "title": head.title if head else "",
            "position": self._position,
            "positions": tuple(map(str, sections["positions"])),
            "parameters": self._parameters.shown(),
            "constraints": tuple(constraints),
            "waivers": waivers,
            "definitions": self._definitions,
            "mapping": mapping,
            "assessments": assessments,
            "corrections": self._corrections(sections.get("corrections")),
            "clock": self._clock(sections.get("clock")),
            "meant": self._meant(),
        }

    @property
    def definitions(self) -> Definitions:
        """What the rulebook defines, as far as it is built."""
        return self._definitions

    def validate(self, model: type[Any], node: Any, known: tuple[str, ...] = ()) -> Any:
        """A node as a model; None, and every mistake noted, if it is none. `known`: names of fields further inside."""
        return self._validate(model, node, known)

    def resolved(self, node: Any) -> Any:
        """A node with its parameters replaced by their values."""
        return self._resolved(node)

    def unset(self, node: Any) -> bool:
        """Whether a node refers to a parameter that sets no limit."""
        return any(self._parameters.unset(name, 0) for name in references(node))

    def _validate(self, model: type[Any], node: Any, known: tuple[str, ...] = ()) -> Any:
        if node is None:
            return None
        try:
            return model.model_validate(node, context=self._definitions)
        except ValidationError as error:
            self._files.invalid(error, node, model, known)
            return None

    def _reader(self) -> Reader:
        return Reader(self._definitions)

    def _noted(self, reader: Reader, fallback: Any) -> bool:
        self._files.mistakes(reader.mistakes, fallback)
        return bool(reader.mistakes)

    def _zone(self, name: str, node: Any) -> Zone | None:
        try:
            return parse_zone(name)
        except ValueError as error:
            self._files.problem(node.get("zone") if isinstance(node, dict) else node, str(error), fallback=node)
            return None

    def _resolved(self, node: Any) -> Any:
        """With parameters replaced; a dated one cannot be used outside constraints."""
        for name in references(node) if self._parameters.dated else ():
            if name in self._parameters.dated:
                self._files.problem(node, f"parameter {name!r} changes over time: only constraints may refer to it")
        return substitute(node, self._parameters, self._files)

    # ---- events ----

    def _events(self, section: Table) -> None:
        types = {}
        for name, node in section.items():
            fields: dict[str, Field] = {}
            if isinstance(node, Table):
                for field, given in node.items():
                    made = self._field(given)
                    if made is not None:
                        fields[str(field)] = made
            elif not (isinstance(node, Text) and core_value(node) is None):
                self._files.problem(node, f"the fields of {str(name)!r} are a mapping", "`{}` if it has none")
            types[str(name)] = EventType(str(name), fields)
        self._definitions.catalogue = Catalogue(types, zone=self._definitions.zone)

    def _field(self, node: Any) -> Field | None:
        if isinstance(node, Text):
            kind, optional = (node[:-1], True) if node.endswith("?") else (node, False)
            if kind not in FIELD_TYPES:
                self._files.problem(node, f"unknown type of field {str(node)!r}", nearest(kind, FIELD_TYPES))
                return None
            return Field(str(kind), optional=optional)
        model: FieldOf | None = self._validate(FieldOf, node)
        if model is None:
            return None
        lookup = None
        if model.lookup is not None:
            lookup = Lookup(model.lookup.register_name, model.lookup.by, model.lookup.take)
            if lookup.register not in self._definitions.registers:
                self._files.problem(
                    node["lookup"], f"unknown register {lookup.register!r}",
                    nearest(lookup.register, self._definitions.registers),
                )  # fmt: skip
        return Field(
            model.type, model.unit, model.optional or lookup is not None, tuple(model.values), lookup, model.also
        )

    def _unauthenticated(self, node: Any) -> None:
        if node is None:
            return
        reader = self._reader()
        pattern = reader.pattern(node)
        if not self._noted(reader, node):
            known = self._definitions.catalogue
            self._definitions.catalogue = Catalogue(known.types, pattern, known.zone)

    def _gaps(self, node: Any) -> None:
        model: GapsOf | None = self._validate(GapsOf, self._resolved(node))
        if model is None:
            return
        reader = self._reader()
        known = self._definitions.catalogue.types
        listed = node.get("never_hide", [])
        for name, at in zip(model.never_hide, listed if isinstance(listed, Items) else [listed], strict=False):
            if name not in known:
                reader.wrong(at, f"unknown event type {name!r}", nearest(name, known))
        heartbeat = None if model.heartbeat is None else reader.pattern(node["heartbeat"]["event"])
        declared = None
        if model.declared is not None:
            declared = reader.pattern(node["declared"]["event"])
            for name in ("starts", "ends"):
                reader.instant_field(node["declared"][name], declared.types)
        if not self._noted(reader, node):
            self._definitions.missing = Missing(
                never=frozenset(model.never_hide),
                assets_shown=model.about == "assets_shown",
                sources=tuple(model.sources),
                heartbeat=heartbeat,
                every=None if model.heartbeat is None else model.heartbeat.every,
                declared=declared,
                starts="" if model.declared is None else model.declared.starts,
                ends="" if model.declared is None else model.declared.ends,
            )

    def _corrections(self, node: Any) -> Corrections | None:
        model: CorrectionsOf | None = self._validate(CorrectionsOf, node)
        if model is None:
            return None
        self._carries(node, model.event, {"corrects": (model.corrects, "text"), "fields": (model.fields, "mapping")})
        return Corrections(model.event, model.corrects, model.fields, tuple(model.authorities))

    def _meant(self) -> tuple[MeantOf, ...]:
        found = [self._validate(MeantOf, node) for node, _ in self._files.items["meant"]]
        return tuple(one for one in found if one is not None)

    def _clock(self, node: Any) -> Clock | None:
        if node is not None:
            node = self._resolved(node)
        model: ClockOf | None = self._validate(ClockOf, node)
        if model is None:
            return None
        if model.tolerance < 0:
            self._files.problem(node["tolerance"], "`tolerance` is below zero", fallback=node)
        wanted = {"offset": (model.offset, "number")}
        if model.uncertainty is not None:
            wanted["uncertainty"] = (model.uncertainty, "number")
        self._carries(node, model.event, wanted)
        return Clock(model.event, model.offset, model.uncertainty, model.tolerance)

    def _carries(self, node: Table, event: str, wanted: dict[str, tuple[str, str]]) -> None:
        """Note what the event catalogue does not know of an event type: itself, or fields of these types."""
        types = self._definitions.catalogue.types
        if event not in types:
            self._files.problem(node["event"], f"unknown event type {event!r}", nearest(event, types))
            return
        known = types[event].fields
        for name, (field, kind) in wanted.items():
            if field not in known:
                message = f"{event} has no field {field!r}"
                self._files.problem(node.get(name), message, nearest(field, known), fallback=node)
            elif known[field].type != kind:
                message = f"field {field!r} is a {known[field].type}; `{name}` names a {kind}"
                self._files.problem(node.get(name), message, fallback=node)
            elif kind == "number" and known[field].unit not in ("", "s"):
                message = f"field {field!r} is in {known[field].unit}; `{name}` names one in seconds"
                self._files.problem(node.get(name), message, fallback=node)

    # ---- registers and calendars ----

    def _registers(self, section: Table) -> None:
        registers = {}
        for name, node in section.items():
            amended_by = None
            members: Any = node
            if isinstance(node, Table):
                model = self._validate(RegisterOf, node)
                if model is None:
                    continue
                amended_by, members = model.amended_by, node["members"]
            if not isinstance(members, Items):
                self._files.problem(members, f"register {str(name)!r} is a list of members")
                continue
            entries = [entry for member in members if (entry := self._entry(member)) is not None]
            registers[str(name)] = Register(str(name), entries, amended_by)
        self._definitions.registers = registers

    def _entry(self, node: Any) -> Entry | None:
        if isinstance(node, Text):
            return Entry(str(node))
        model: EntryOf | None = self._validate(EntryOf, node)
        if model is None:
            return None
        known = {"member", "from", "until", "place"}
        attributes = {str(k): core_value(v) for k, v in node.items() if k not in known and isinstance(v, Text)}
        place = None
        if "place" in node:
            try:
                place = _place(node["place"])
            except ValueError as error:
                self._files.problem(node["place"], str(error))
        start: Number = -INFINITY if model.start is None else model.start
        end: Number = INFINITY if model.until is None else model.until
        if start >= end:
            self._files.problem(node, f"{model.member!r} is listed for no time: `until` is not after `from`")
        return Entry(model.member, start, end, attributes, place)

    def _calendars(self, section: Table) -> Mapping[str, Calendar]:
        calendars = {}
        node: Any
        for name, node in section.items():
            model: CalendarOf | None = self._validate(CalendarOf, node)
            if model is None:
                continue
            made = self._calendar(model, node)
            if made is not None:
                calendars[str(name)] = made
        return calendars

    def _calendar(self, model: CalendarOf, node: Table) -> Calendar | None:
        before = len(self._files.problems)

        def each(name: str, parse: Any, values: list[str]) -> list[Any]:
            given = node.get(name)
            nodes = given if isinstance(given, Items) else [given]
            found = []
            for value, at in zip(values, nodes, strict=False):
                try:
                    found.append(parse(value))
                except ValueError as error:
                    self._files.problem(at, str(error), fallback=node)
            return found

        days = sorted({day for days in each("days", parse_weekday, model.days) for day in days})
        hours = each("hours", parse_hours, model.hours)
        seasons = each("seasons", _season, model.seasons)
        only = each("only", parse_date, model.only)
        but = each("except", parse_date, model.but)
        zone = self._definitions.zone if model.zone is None else self._zone(model.zone, node)
        if len(self._files.problems) > before or zone is None:
            return None
        return Calendar(
            days=tuple(days) or (0, 1, 2, 3, 4, 5, 6),
            hours=tuple(hours) or ((0, DAY),),
            seasons=tuple(seasons),
            except_dates=frozenset(but),
            only_dates=frozenset(only) if only else None,
            zone=zone,
        )

    # ---- intervals ----

    def _intervals(self, section: Table) -> None:
        """Each may refer to others, in any order, but not to itself."""
        done: dict[str, Spell] = self._definitions.intervals
        under_way: list[str] = []

        def define(name: str) -> None:
            node = section[name]
            if name in self._definitions.calendars:
                self._files.problem(section.key(name), f"{name!r} is the name of a calendar too")
            under_way.append(name)
            for other, at in _names_in(node):
                if other in under_way:
                    cycle = " -> ".join([*under_way[under_way.index(other) :], other])
                    self._files.problem(at, f"interval {other!r} is defined by itself: {cycle}")
                    done.setdefault(other, Either((), other))
                elif other in section and other not in done:
                    define(other)
            under_way.pop()
            reader = self._reader()
            spell = reader.spell(self._resolved(node))
            self._noted(reader, node)
            done[name] = _named(spell, name)

        for name in section:
            if str(name) not in done:
                define(str(name))

    # ---- constraints ----

    def _constraints(self) -> list[Constraint]:
        found: list[Constraint] = []
        seen: dict[str, Any] = {}
        for node, file in self._files.items["constraints"]:
            if not isinstance(node, Table):
                self._files.problem(node, "a constraint is a mapping", "begin it with `- id:`")
                continue
            made = self._constraint(node, file)
            given = node.get("id")
            if isinstance(given, Text):
                if given in seen:
                    first = self._files.location(seen[given])
                    self._files.problem(given, f"constraint {str(given)!r} is defined twice", f"first at {first}")
                seen.setdefault(given, given)
            if made is not None:
                found.append(made)
        for node, _ in self._files.items["constraints"]:
            if isinstance(node, Table) and "needs" in node:
                self._needs(node, seen)
        return found

    def _needs(self, node: Table, known: Mapping[str, Any]) -> None:
        """What a constraint needs is another one of the rulebook."""
        given: Any = node["needs"]
        for name in given if isinstance(given, Items) else [given]:
            if not isinstance(name, Text):
                continue  # that is told where the field is read
            if name == node.get("id"):
                self._files.problem(name, "a constraint does not need itself")
            elif name not in known:
                self._files.problem(name, f"unknown constraint {str(name)!r}", nearest(name, known))

    def _constraint(self, node: Table, file: str) -> Constraint | None:
        heads = set(field_names(ConstraintHead))
        head_node, body = _parted(node, heads)
        for part in (head_node, body):
            self._files.adopt(part, node)
        head: ConstraintHead | None = self._validate(ConstraintHead, head_node)
        if head is not None and not _ID.fullmatch(head.id):
            self._files.problem(node["id"], f"{head.id!r} is not an id", "letters, digits, `.`, `_` and `-`, no blanks")
        positions = self._files.sections["positions"]
        under = node.get("under")
        override: Any = None
        if isinstance(under, Table):
            for name, change in under.items():
                if name not in positions:
                    self._files.problem(name, f"unknown position {str(name)!r}", nearest(name, positions))
                if name == self._position:
                    override = change
        if override == NOT_IN_FORCE:
            return self._made(node, file, head, ())
        if "clauses" in node:
            if body:
                extra = next(iter(body))
                self._files.problem(extra, f"{str(extra)!r} stands beside `clauses`", "put it into one of them")
            bodies: list[Any] = list(node["clauses"]) if isinstance(node["clauses"], Items) else []
        else:
            bodies = [body]
        if override is not None:
            bodies = self._overridden(bodies, override)
        clauses: list[Clause] = []
        wrong = head is None
        for clause_node in bodies:
            if not isinstance(clause_node, Table):
                self._files.problem(clause_node, "a clause is a mapping with a `kind`", fallback=node)
                wrong = True
                continue
            clause = self._clause(clause_node, head, node)
            if clause is None:
                wrong = True
            elif clause.rules:
                clauses.append(clause)
        return None if wrong else self._made(node, file, head, tuple(clauses))

    def _overridden(self, bodies: list[Any], override: Any) -> list[Any]:
        """Under this position: the whole formal part is another one, or some of its fields are."""
        if isinstance(override, Table) and "clauses" in override:
            return list(override["clauses"]) if isinstance(override["clauses"], Items) else []
        if not isinstance(override, Table):
            self._files.problem(override, f"expected fields of the constraint, or `{NOT_IN_FORCE}`")
            return bodies
        if "kind" in override:
            return [override]
        if len(bodies) != 1 or not isinstance(bodies[0], Table):
            self._files.problem(override, "a constraint with several clauses is replaced as a whole: give `clauses`")
            return bodies
        merged = Table({**{k: v for k, v in bodies[0].items() if k not in override}, **override})
        merged.line, merged.column = bodies[0].line, bodies[0].column
        self._files.adopt(merged, bodies[0])
        return [merged]

    def _clause(self, node: Table, head: ConstraintHead | None, constraint: Table) -> Clause | None:
        """One clause; where a parameter changes over time, one set of rules for each value."""
        named = node.get("kind")
        if named is None:
            self._files.problem(node, "`kind` is missing", f"one of: {', '.join(KINDS)}", fallback=constraint)
            return None
        model = KINDS.get(str(named))
        if model is None:
            self._files.problem(named, f"unknown kind {str(named)!r}", nearest(str(named), KINDS))
            return None
        start: Number = -INFINITY
        end: Number = INFINITY
        if head is not None:
            start = start if head.effective.start is None else head.effective.start
            end = end if head.effective.until is None else head.effective.until
            if start >= end:
                self._files.problem(constraint, "it is in force for no time: `until` is not after `from`")
        referred = references(node)
        cuts = [start, *(cut for cut in self._parameters.cuts(referred) if start < cut < end), end]
        rules: list[Rule] = []
        for since, until in pairwise(cuts):
            at = since if since != -INFINITY else minus(until, 1) if until != INFINITY else 0
            if any(self._parameters.unset(name, at) for name in referred):
                continue
            valued = substitute(node, self._parameters, self._files, at) if referred else node
            made = self._lowered(model, valued, head)
            if made is None:
                return None
            received = head is not None and head.as_received
            rules += [r._replace(start=since, end=until, as_received=received) for r in made]
        return Clause(str(named), tuple(rules))

    def _lowered(self, model: type[Kind], node: Table, head: ConstraintHead | None) -> list[Rule] | None:
        heads = tuple(field_names(ConstraintHead)) if head is not None and head.clauses is None else ()
        made: Kind | None = self._validate(model, node, heads)
        if made is None:
            return None
        usual = self._definitions.history_complete
        if head is not None and head.history is not None:
            self._definitions.history_complete = head.history == "complete"
        try:
            reader = self._reader()
            rules = made.rules(reader)
            self._check_keys(reader, rules, node)
        except Mistakes as mistakes:
            self._files.mistakes(mistakes.mistakes, node)
            return None
        finally:
            self._definitions.history_complete = usual
        for mistake in reader.mistakes:
            self._files.problem(_spot(mistake, node), mistake.message, mistake.hint, fallback=node)
        return None if reader.mistakes else rules

    def _check_keys(self, reader: Reader, rules: list[Rule], node: Table) -> None:
        from checker.rulebook.keys import check_keys

        for rule in rules:
            check_keys(reader, rule, node)

    def _made(
        self, node: Table, file: str, head: ConstraintHead | None, clauses: tuple[Clause, ...]
    ) -> Constraint | None:
        if head is None:
            return None
        return Constraint(
            id=head.id, title=head.title, text=head.text, group=head.group, severity=head.severity,
            source=head.source, clauses=clauses, location=Location(file, node.line, node.column), note=head.note,
            in_force=bool(clauses), never_waivable=head.never_waivable, exception=head.exception,
            parameters=tuple(references(node)), needs=tuple(head.needs), meant=tuple(head.meant.items()),
        )  # fmt: skip


def _parted(node: Table, heads: set[str]) -> tuple[Table, Table]:
    head, body = Table(), Table()
    for key, value in node.items():
        (head if key in heads else body)[key] = value
    for part in (head, body):
        part.line, part.column = node.line, node.column
    return head, body


def _spot(mistake: Mistake, node: Table) -> Any:
    """The node that a mistake is about: itself, what stands there in its words, or the field that it names."""
    if isinstance(mistake.node, (Text, Table, Items)):
        return mistake.node
    if isinstance(mistake.node, str):
        pending: list[Any] = [node]
        while pending:
            current = pending.pop()
            if isinstance(current, Text) and current == mistake.node:
                return current
            pending += current.values() if isinstance(current, Table) else current if isinstance(current, Items) else ()
    named = [name for name in re.findall("`([a-z_]+)`", mistake.message) if name in node]
    return node.key(named[0]) if named else node.get("kind")


def _names_in(node: Any) -> list[tuple[str, Any]]:
    """The names of intervals that an expression may refer to, with their places."""
    if isinstance(node, Text):
        return [(str(node), node)]
    if isinstance(node, Items):
        return [found for item in node for found in _names_in(item)]
    if isinstance(node, Table):
        return [found for key in ("of", "not", "all_of", "any_of") if key in node for found in _names_in(node[key])]
    return []


def _named(spell: Spell, name: str) -> Spell:
    return spell if spell.name and isinstance(spell, Recurring) else spell._replace(name=name)


def _season(text: str) -> tuple[tuple[int, int], tuple[int, int]]:
    first, to, last = text.partition(" to ")
    if not to:
        raise ValueError(f"{text!r} is not a season; expected for example `11-15 to 04-15`")
    return parse_month_day(first.strip()), parse_month_day(last.strip())


def _place(node: Any) -> Place:
    """A GeoJSON Point, Polygon or MultiPolygon."""
    if not isinstance(node, dict):
        raise ValueError("a place is a GeoJSON Point, Polygon or MultiPolygon")
    kind, coordinates = node.get("type"), node.get("coordinates")
    if kind == "Point":
        return Place(point=_coordinates(coordinates))
    if kind == "Polygon":
        return Place(polygons=(_polygon(coordinates),))
    if kind == "MultiPolygon" and isinstance(coordinates, list) and coordinates:
        return Place(polygons=tuple(_polygon(one) for one in coordinates))
    raise ValueError("a place is a GeoJSON Point, Polygon or MultiPolygon with coordinates")


def _polygon(node: Any) -> tuple[tuple[tuple[Decimal, Decimal], ...], ...]:
    if not isinstance(node, list) or not node:
        raise ValueError("a polygon is a list of rings")
    rings = []
    for ring in node:
        points = [_coordinates(point) for point in ring] if isinstance(ring, list) else []
        if len(points) < 4 or points[0] != points[-1]:
            raise ValueError("a ring has at least four points, and ends where it begins")
        rings.append(tuple(points[:-1]))
    return tuple(rings)


def _coordinates(node: Any) -> tuple[Decimal, Decimal]:
    numbers = [core_value(n) if isinstance(n, Text) else n for n in node] if isinstance(node, list) else []
    degrees = [Decimal(n) for n in numbers if isinstance(n, (int, Decimal)) and not isinstance(n, bool)]
    if len(degrees) not in (2, 3) or len(degrees) != len(numbers):
        raise ValueError("a position is [longitude, latitude] in degrees")
    longitude, latitude = degrees[:2]
    if abs(longitude) > 180 or abs(latitude) > 90:
        raise ValueError("longitude lies within 180 degrees of zero, latitude within 90")
    return longitude, latitude
