"""What records of a type look like in a log, learned from some of them, so that all others are decoded in one step.

A layout names every member, and admits only what the slow reader would take; whatever else a line holds makes it a
slow one. Numbers that are not whole, lists and objects stay as they are written, to be read by the slow parser once.
"""

from collections.abc import Iterable
from functools import lru_cache, reduce
from operator import or_
from typing import Annotated, Any, NamedTuple

import msgspec

from checker.catalogue import ENVELOPE
from checker.limits import limit
from checker.mapping import Mapping

MAX_LAYOUTS = limit("layouts")
"""Types that have a layout; records of any more are read the slow way."""

MAX_MEMBERS = limit("members")
"""Members of a record that has a layout."""

_KINDS: dict[type, str] = {str: "s", int: "i", bool: "b", type(None): "n", dict: "d", list: "l"}
_WHOLE = Annotated[int, msgspec.Meta(ge=-(1 << 62), le=1 << 62)]
_COUNT = Annotated[int, msgspec.Meta(ge=0, le=(1 << 62) - 1)]
_TYPES: dict[str, Any] = {"s": str, "i": _WHOLE, "b": bool, "n": None}
_AS_WRITTEN = frozenset("fdl")


class Member(NamedTuple):
    """A member of decoded records: where it is, the kinds of its values, whether it can be absent.

    Kinds are s(text), i(nteger), b(oolean), n(ull), and as they are written f(loat), d(ict), l(ist); in tables, q is a
    number that need not be whole.
    """

    attribute: str
    kinds: frozenset[str]
    optional: bool
    inner: bool

    @property
    def as_written(self) -> bool:
        """Whether its value is still JSON."""
        return bool(self.kinds & _AS_WRITTEN)


class Layout(NamedTuple):
    """How records of one type are decoded; `members` counts their names, those of the data and optional ones too."""

    name: str
    record: type[msgspec.Struct]
    members: int
    roles: dict[str, Member]
    fields: dict[str, Member]
    has_data: bool


class _Seen:
    """The members that records of a type were seen with: of each the kinds, and how often it was there."""

    def __init__(self) -> None:
        self.count = 0
        self.kinds: dict[tuple[bool, str], set[str]] = {}
        self.times: dict[tuple[bool, str], int] = {}
        self.has_data = False

    def add(self, kinds: dict[tuple[bool, str], str], has_data: bool) -> bool:
        """Whether that is something new."""
        before = self._shape()
        self.count += 1
        self.has_data |= has_data
        for member, kind in kinds.items():
            self.kinds.setdefault(member, set()).add(kind)
            self.times[member] = self.times.get(member, 0) + 1
        return before != self._shape()

    def optional(self, member: tuple[bool, str]) -> bool:
        return self.times[member] < self.count

    def _shape(self) -> list[tuple[Any, ...]]:
        return [(member, len(kinds), self.optional(member)) for member, kinds in self.kinds.items()]


class Layouts:
    """Learns layouts from records."""

    def __init__(self, mapping: Mapping) -> None:
        paths = {role: path for role, path in mapping.paths().items() if path}
        self._paths = paths
        self._roles = {path: role for role, path in paths.items()}
        self._seen: dict[str, _Seen] = {}
        self.possible = not mapping.one_by_one
        """Whether records of such logs have layouts at all."""

    def learn(self, members: Any) -> bool:
        """Take note of the members of a record as the log has them; whether they taught something."""
        if not self.possible or type(members) is not dict:
            return False
        paths = self._paths
        name, data = members.get(paths["type"]), members.get(paths.get("data", ""))
        if type(name) is not str or not name or "\0" in name or type(members.get(paths["time"])) is not str:
            return False
        if "data" in paths and paths["data"] in members and type(data) is not dict:
            return False
        kinds: dict[tuple[bool, str], str] = {}
        for inner, holder in ((False, members), (True, data or {})):
            for path, value in holder.items():
                if not inner and path in (paths["type"], paths.get("data")):
                    continue
                role = None if inner else self._roles.get(path)
                kind = _KINDS.get(type(value), "f")
                if role is not None and kind not in _ADMITTED[role]:
                    return False
                if role is None and (path in ENVELOPE or ((not inner, path) in kinds)):
                    return False
                if not path or "\0" in path or '"' in path or "\\" in path:
                    return False
                kinds[inner, path] = kind
        seen = self._seen.get(name)
        if seen is None:
            if len(self._seen) >= MAX_LAYOUTS:
                return False
            seen = self._seen[name] = _Seen()
        if seen.count and seen.has_data != (data is not None):
            return False
        if len(kinds) > MAX_MEMBERS or len(kinds.keys() | seen.kinds.keys()) > MAX_MEMBERS:
            return False
        if any(
            _alike(seen.kinds.get(member, set()) | {kind}) or self._clash(seen, *member)
            for member, kind in kinds.items()
        ):
            return False  # one odd record is no reason to look at all others one by one
        return seen.add(kinds, data is not None)

    def all(self) -> Iterable[Layout]:
        """Every layout that was learned so far."""
        paths = tuple(self._paths.items())
        for name, seen in self._seen.items():
            members = tuple((*at, frozenset(kinds), seen.optional(at)) for at, kinds in seen.kinds.items())
            yield _layout(name, members, seen.has_data, paths)

    def _clash(self, seen: _Seen, inner: bool, path: str) -> bool:
        """Whether the other place, beside the data or in it, has a field of this name."""
        return (not inner, path) in seen.kinds and (not inner or path not in self._roles)


_ADMITTED = {
    "time": "s", "id": "sn", "source": "sn", "subject": "sn", "recorded_at": "sn", "received_at": "sn", "seq": "in",
}  # fmt: skip


def _alike(kinds: set[str]) -> bool:
    """Whether Python takes some values of these kinds for equal that are not: true and 1."""
    return "b" in kinds and bool(kinds & {"i", "f"})


def _shape(member: Member, role: str | None) -> tuple[Any, ...]:
    """A field of a struct, as msgspec takes it."""
    if member.as_written:
        admitted: Any = msgspec.Raw
    else:
        kinds = [_COUNT if role == "seq" and kind == "i" else _TYPES[kind] for kind in sorted(member.kinds)]
        admitted = reduce(or_, kinds[1:], kinds[0])
    if not member.optional:
        return (member.attribute, admitted)
    if not member.as_written:
        admitted |= msgspec.UnsetType
    return (member.attribute, admitted, msgspec.UNSET)


@lru_cache(MAX_LAYOUTS)
def _layout(
    name: str,
    members: tuple[tuple[bool, str, frozenset[str], bool], ...],
    has_data: bool,
    paths: tuple[tuple[str, str], ...],
) -> Layout:
    """The layout of such records, kept for the next log: msgspec holds on to those it last made decoders of."""
    at_paths = dict(paths)
    role_of = {path: role for role, path in paths}
    roles: dict[str, Member] = {}
    fields: dict[str, Member] = {}
    shapes: dict[bool, list[tuple[Any, ...]]] = {False: [], True: []}
    names: dict[bool, dict[str, str]] = {False: {}, True: {}}
    for at, (inner, path, kinds, optional) in enumerate(members):
        role = None if inner else role_of.get(path)
        member = Member(role or f"m{at}", kinds, optional, inner)
        if role is None:
            fields[path] = member
        else:
            roles[role] = member
        shapes[inner].append(_shape(member, role))
        names[inner][member.attribute] = path
    options: dict[str, Any] = {"forbid_unknown_fields": True, "gc": False}
    if has_data:
        inner_record = msgspec.defstruct("Data", sorted(shapes[True], key=len), rename=names[True], **options)
        shapes[False].append(("data", inner_record))
        names[False]["data"] = at_paths["data"]
    options["namespace"] = {role: msgspec.UNSET for role in _ADMITTED if role not in roles}
    options |= {"tag": name, "tag_field": at_paths["type"], "rename": names[False]}
    record = msgspec.defstruct("Record", sorted(shapes[False], key=len), **options)
    return Layout(name, record, 1 + len(members) + has_data, roles, fields, has_data)
