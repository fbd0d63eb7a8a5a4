"""What processes tell each other, as bytes: plain values, arrays, and objects of a closed list of classes.

Reading them back runs nothing that the bytes name: an object is made of its members without calling its class.
"""

from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import IO, Any

import msgspec
import numpy as np

from checker import pattern
from checker.catalogue import Catalogue, EventType, Field, Lookup
from checker.columns import Wanted
from checker.errors import Problem
from checker.event import UNKNOWN, Record, Rejected, Unknown
from checker.location import Location
from checker.logs.opening import Block
from checker.mapping import Mapping
from checker.refused import read, written
from checker.register import Entry, Place, Register
from checker.scan.codes import Question
from checker.scan.part import Part, Rows
from checker.scan.remarks import Remarked, Remarks
from checker.timeline import Zone
from checker.yamltree import Text

_COLLECTIONS: dict[str, Any] = {one.__name__: one for one in (list, tuple, set, frozenset)}
_CLASSES: dict[str, Any] = {
    one.__name__: one
    for one in (
        Block, Catalogue, Entry, EventType, Field, Location, Lookup, Mapping, Part, Place, Problem, Question, Record,
        Register, Rejected, Remarked, Remarks, Rows, Wanted, Zone, pattern.AllOf, pattern.AnyOf, pattern.Compare,
        pattern.HasText, pattern.Inside, pattern.Is, pattern.IsType, pattern.Listed, pattern.Not, pattern.Present,
        pattern.SameAs,
    )
}  # fmt: skip
"""Without `Matches`: what RE2 compiled has no members."""

_HALF = 1 << 63
_UNIT = 8  # arrays begin at multiples of so many bytes


class Unpassable(TypeError):
    """A value that has no form here."""


def packed(value: Any) -> list[bytes]:
    """The pieces of bytes that a value is passed as. Raises Unpassable where it has no form."""
    arrays: list[bytes] = []
    head = msgspec.msgpack.encode(_told(value, arrays))
    return [len(head).to_bytes(8, "little"), sum(map(len, arrays)).to_bytes(8, "little"), head, *arrays]


def send(pipe: IO[bytes], pieces: list[bytes]) -> None:
    """Write what `packed` made."""
    for piece in pieces:
        pipe.write(piece)
    pipe.flush()


def receive(pipe: IO[bytes]) -> Any:
    """The next value. Raises EOFError where the pipe ends before it does."""
    sizes = _read(pipe, 16)
    head, body = (_read(pipe, int.from_bytes(size, "little")) for size in (sizes[:8], sizes[8:]))
    return _Body(body).value(msgspec.msgpack.decode(head))


def _read(pipe: Any, size: int) -> bytearray:
    data = bytearray(size)
    if size and pipe.readinto(data) < size:
        raise EOFError
    return data


def _told(value: Any, arrays: list[bytes]) -> Any:
    """The value of nothing but texts, bytes, flags, numbers and lists, each of which begins with what it stands for."""
    if isinstance(value, Text):
        value = str(value)  # where it stands in a rulebook is of no use elsewhere
    kind: Any = type(value)
    name = kind.__name__
    members: Any
    if value is None or kind in (bool, bytes) or (kind is str and value.isascii()):
        return value
    if kind is int:
        return value if -_HALF <= value < _HALF else [name, hex(value)]
    if kind is str:
        members = (value.encode(errors="surrogatepass"),)
    elif kind is Decimal:
        members = (str(value),)
    elif kind is Unknown:
        members = ()
    elif kind is np.ndarray:
        data = value.tobytes()
        arrays.append(data + bytes(-len(data) % _UNIT))
        return [name, value.dtype.str, len(value)]
    elif kind is list and all(type(one) is str for one in value):
        try:
            return ["texts", msgspec.Raw(msgspec.msgpack.encode(value))]
        except UnicodeEncodeError:  # half a surrogate pair
            members = value
    elif kind is list and all(type(one) is Rejected for one in value):
        names: dict[str, int] = {}
        return ["unread", msgspec.Raw(msgspec.msgpack.encode(written(value, names))), _told(list(names), arrays)]
    elif name in _COLLECTIONS and _COLLECTIONS[name] is kind:
        members = value
    elif kind is dict:
        members = (one for pair in value.items() for one in pair)
    elif _CLASSES.get(name) is kind:
        members = value if isinstance(value, tuple) else _members(value)
    else:
        raise Unpassable(f"no form for a {name}")
    return [name, *(_told(one, arrays) for one in members)]


def _members(value: Any) -> list[Any]:
    return [getattr(value, one.name) for one in fields(value)] if is_dataclass(value) else [vars(value)]


class _Body:
    """The arrays of a message, in the order in which they are asked for."""

    def __init__(self, data: bytearray) -> None:
        self._data, self._at = data, 0

    def value(self, told: Any) -> Any:
        """What `_told` made this of."""
        if type(told) is not list:
            return told
        name, *given = told
        if name == "ndarray":
            # a copy: whoever keeps one array would keep the whole message
            found = np.frombuffer(self._data, given[0], given[1], self._at).copy()
            self._at += found.nbytes + -found.nbytes % _UNIT
            return found
        if name == "texts":
            return given[0]
        if name == "unread":
            return list(read(given[0], self.value(given[1])))
        members = [self.value(one) for one in given]
        if name in _COLLECTIONS:
            return _COLLECTIONS[name](members)
        if name == "dict":
            return dict(zip(members[::2], members[1::2], strict=True))
        if name == "int":
            return int(members[0], 16)
        if name == "str":
            return members[0].decode(errors="surrogatepass")
        if name == "Decimal":
            return Decimal(members[0])
        return UNKNOWN if name == "Unknown" else _object(_CLASSES[name], members)


def _object(kind: Any, members: list[Any]) -> Any:
    if issubclass(kind, tuple):
        return kind._make(members)
    if kind is Mapping:
        return kind.model_construct(**members[0])
    made = object.__new__(kind)
    named = zip((one.name for one in fields(kind)), members, strict=True) if is_dataclass(kind) else members[0].items()
    for name, member in named:
        setattr(made, name, member)
    return made
