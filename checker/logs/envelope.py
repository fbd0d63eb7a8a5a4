"""From the members of a log entry to a record: the one place where it is accepted or rejected."""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Mapping as AnyMapping
from datetime import date
from decimal import Clamped, Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow, Rounded, Subnormal
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from checker.event import Record, Rejected
from checker.legible import shown
from checker.limits import limit
from checker.location import Location
from checker.timeline import EpochUnit, parse_epoch, parse_format, parse_instant, parse_zone

if TYPE_CHECKING:  # pydantic is slow to import and not needed to read a log
    from checker.mapping import Mapping

MAX_NESTING = limit("log_nesting")
"""Levels of objects and lists in a record, the record itself included."""

MAX_WHOLE_DIGITS = limit("whole_digits")
"""Digits of a whole number."""

MAX_DECIMAL_DIGITS = limit("decimal_digits")
"""Digits of a decimal number, leading zeros not counted."""

MAX_EXPONENT = limit("exponent")
"""Power of ten of a decimal number's first digit, either way."""


Take = Callable[[Location, dict[str, Any]], Record | Rejected]
"""Makes a record of the members at a place, or says why not. The members are used up."""

_NOWHERE = "\0"  # no member has this name: formats refuse NUL
_WHOLE = 10**MAX_WHOLE_DIGITS
_DECIMAL = Context(
    prec=MAX_DECIMAL_DIGITS,
    Emin=-MAX_EXPONENT,
    Emax=MAX_EXPONENT,
    traps=[Clamped, Inexact, InvalidOperation, Overflow, Rounded, Subnormal],
)


def acceptance(mapping: "Mapping", *, texts: bool = False) -> Take:
    """What makes records of a log that `mapping` describes; `texts`: the format has no type but text.

    Members are plain values: texts without NUL and surrogates, int, Decimal, bool, None, dict, list.
    """
    paths = {role: path or _NOWHERE for role, path in mapping.paths().items()}
    time_key, type_key, subject_key, data_key = paths["time"], paths["type"], paths["subject"], paths["data"]
    id_key, source_key, seq_key = paths["id"], paths["source"], paths["seq"]
    recorded_key, received_key = paths["recorded_at"], paths["received_at"]
    text_keys = (id_key, source_key, subject_key)
    dotted = tuple(path for path in paths.values() if "." in path)
    sentinels = tuple((path, _Sentinels(values)) for path, values in mapping.sentinels.items())
    rename = tuple((str(old), str(new)) for old, new in mapping.rename.items())
    types = {str(foreign): str(ours) for foreign, ours in mapping.types.items()}
    joined = tuple((str(new), tuple(map(str, parts))) for new, parts in mapping.join.items())
    fitted = bool(dotted or sentinels or joined)
    instant, count = _clocks(mapping)
    of_all = mapping.type_of_all

    def take(at: Location, members: dict[str, Any]) -> Record | Rejected:
        if fitted:
            for path in dotted:
                _hoist(members, path)
            for path, unavailable in sentinels:
                _drop(members, path, unavailable)
                if type(inner := members.get(data_key)) is dict:
                    _drop(inner, path, unavailable)
            for new, parts in joined:
                if reason := _join(members, new, parts):
                    return Rejected(at, reason)
        pop = members.pop

        written = pop(time_key, None)
        try:
            if type(written) is str and written:
                earliest, latest = instant(written)
            else:
                earliest, latest = count(written)
        except ValueError as error:
            return Rejected(at, f"{shown(time_key)}: {error}")

        name = of_all or pop(type_key, None)
        if types and type(name) in _NAMES:
            name = types.get(str(name), str(name))
        if type(name) is not str or not name:
            return Rejected(at, f"{shown(type_key)}: {_no_text(name)}", earliest, latest)

        ident = pop(id_key, None)
        source = pop(source_key, None)
        subject = pop(subject_key, None)
        if not (
            (type(ident) is str or ident is None)
            and (type(source) is str or source is None)
            and (type(subject) is str or subject is None)
        ):
            found = zip(text_keys, (ident, source, subject), strict=True)
            return Rejected(at, _not_texts(found), earliest, latest)

        seq = pop(seq_key, None)
        if seq is not None and (type(seq) is not int or not 0 <= seq < _WHOLE):
            if texts and type(seq) is str and seq.isascii() and seq.isdigit() and len(seq) <= MAX_WHOLE_DIGITS:
                seq = int(seq)
            else:
                return Rejected(at, f"{shown(seq_key)}: {_no_count(seq)}", earliest, latest)

        data = pop(data_key, None)
        if type(data) is not dict:
            if data is not None:
                return Rejected(
                    at, f"{shown(data_key)}: an object is expected, found {kind_of(data)}", earliest, latest
                )
            data = {}
        elif reason := out_of_bounds(data, 3):
            return Rejected(at, reason, earliest, latest)

        recorded = received = None
        if members:
            recorded = pop(recorded_key, None)
            received = pop(received_key, None)
            key = recorded_key
            try:
                recorded = _moment(recorded, instant, count)
                key = received_key
                received = _moment(received, instant, count)
            except ValueError as error:
                return Rejected(at, f"{shown(key)}: {error}", earliest, latest)
            if reason := out_of_bounds(members, 2):
                return Rejected(at, reason, earliest, latest)
        if rename and (reason := _rename(data, rename, data_key) or _rename(members, rename, "")):
            return Rejected(at, reason, earliest, latest)

        return Record(
            at,
            earliest,
            latest,
            name,
            ident or None,
            source or None,
            seq,
            subject or None,
            recorded,
            received,
            data,
            members or {},  # emptied, it would keep the space of all it held
        )

    return take


def plain(value: object, depth: int = 1) -> Any:
    """A copy of a Python value that holds only str, int, Decimal, bool, None, dict and list.

    Raises ValueError where that cannot be.
    """
    if isinstance(value, str):
        return _text(value)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float | Decimal):
        number = Decimal(float.__repr__(value)) if isinstance(value, float) else Decimal(value)
        if not number.is_finite():
            raise ValueError("NaN and Infinity are not numbers of a log")
        return number
    if isinstance(value, date):  # datetime is one
        return value.isoformat()
    if isinstance(value, AnyMapping | Sequence) and depth > MAX_NESTING:
        raise ValueError(f"nested deeper than {MAX_NESTING} levels")
    if isinstance(value, AnyMapping):
        return {_name(name): plain(item, depth + 1) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes | bytearray | memoryview):
        return [plain(item, depth + 1) for item in value]
    raise ValueError(f"a value of type {type(value).__name__} has no place in a log")


def kind_of(value: object) -> str:
    """What a value is, in the words of a reason."""
    return _KINDS.get(type(value), "something else")


def number_out_of_bounds(value: int | Decimal) -> str:
    """Why a number is too long or too large to be taken, or nothing."""
    if isinstance(value, int):
        return "" if -_WHOLE < value < _WHOLE else f"a whole number of more than {MAX_WHOLE_DIGITS} digits"
    if not value.is_finite():
        return "not a finite number"
    try:
        _DECIMAL.plus(value)
    except DecimalException:
        if abs(value.adjusted()) > MAX_EXPONENT:
            return f"a number beyond 10 to the power of ±{MAX_EXPONENT}"
        return f"a number of more than {MAX_DECIMAL_DIGITS} digits"
    return ""


_NAMES = frozenset((str, int))
_KINDS: dict[type, str] = {
    str: "a text",
    int: "a number",
    Decimal: "a number",
    bool: "true or false",
    dict: "an object",
    list: "a list",
    type(None): "null",
}

_Interval = tuple[int, int]


class _Sentinels:
    """The values that say of one member that it is not available."""

    def __init__(self, values: Iterable[str]) -> None:
        self.texts = frozenset(map(str, values))
        self.numbers = frozenset(number for text in self.texts if (number := _number(text)) is not None)

    def hold(self, value: Any) -> bool:
        kind = type(value)
        if kind is str:
            # a number written in another way, as -999.0 for -999, is no measurement either
            return value in self.texts or (bool(self.numbers) and _number(value) in self.numbers)
        return kind in (int, Decimal) and value in self.numbers


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _clocks(mapping: "Mapping") -> tuple[Callable[[str], _Interval], Callable[[Any], _Interval]]:
    """What reads a time written as text (not empty), and what reads or refuses any other value."""
    zone = None if mapping.zone is None else parse_zone(mapping.zone)
    layout = mapping.time_format
    if layout is None:
        return parse_instant if zone is None else partial(parse_instant, zone=zone), _refuse
    if not layout.startswith("epoch_"):
        return lambda text: parse_format(text, layout, zone), _refuse

    unit = cast(EpochUnit, layout.removeprefix("epoch_"))

    def count(value: Any) -> _Interval:
        if type(value) not in (int, Decimal):
            return _refuse(value, "a number")
        if reason := number_out_of_bounds(value):
            raise ValueError(reason)
        return parse_epoch(value, unit)

    def text_count(text: str) -> _Interval:
        number = _number(text) if text.isascii() and "_" not in text else None
        if number is None:
            raise ValueError(f"a number is expected, found {shown(text)}")
        return count(number)

    return text_count, count


def _refuse(value: Any, wanted: str = "a text") -> _Interval:
    raise ValueError(_no_text(value, wanted))


def _no_text(value: Any, wanted: str = "a text") -> str:
    return "missing" if value is None or value == "" else f"{wanted} is expected, found {kind_of(value)}"


def _no_count(value: Any) -> str:
    if type(value) is int and value >= _WHOLE:
        return number_out_of_bounds(value)
    what = {int: "a negative number", Decimal: "a decimal number"}.get(type(value)) or kind_of(value)
    return f"a whole number from 0 is expected, found {shown(value) if type(value) is str else what}"


def _not_texts(members: Iterable[tuple[str, Any]]) -> str:
    wrong = next((key, value) for key, value in members if value is not None and type(value) is not str)
    return f"{shown(wrong[0])}: a text is expected, found {kind_of(wrong[1])}"


def _moment(value: Any, instant: Callable[[str], _Interval], count: Callable[[Any], _Interval]) -> int | None:
    """The instant of a member that has room for only one. Raises ValueError where it is open by more than 1 us."""
    if value is None or value == "":
        return None
    earliest, latest = instant(value) if type(value) is str else count(value)
    if latest - earliest > 1:
        raise ValueError("the time leaves more than a microsecond open; it has to be exact")
    return earliest


def out_of_bounds(members: dict[str, Any], depth: int) -> str:
    """Why something in the members of an object, at this depth of its record, is too long or deep, or nothing."""
    for name, value in members.items():
        kind = type(value)
        if kind is str:
            continue
        if kind is int:
            if -_WHOLE < value < _WHOLE:
                continue
        elif kind is bool or value is None:
            continue
        if reason := _value_out_of_bounds(value, depth):
            return f"{shown(name)}: {reason}"
    return ""


def _value_out_of_bounds(value: Any, depth: int) -> str:
    if isinstance(value, dict | list):
        if depth > MAX_NESTING:
            return f"nested deeper than {MAX_NESTING} levels"
        for item in value.values() if isinstance(value, dict) else value:
            if reason := _value_out_of_bounds(item, depth + 1):
                return reason
        return ""
    return number_out_of_bounds(value) if isinstance(value, int | Decimal) else ""


def _reach(members: dict[str, Any], path: str) -> tuple[dict[str, Any], str] | None:
    """The object that holds the member at `path`, and its name there; a name with dots in it comes first."""
    if path in members:
        return members, path
    *outer, name = path.split(".")
    for part in outer:
        inner = members.get(part)
        if type(inner) is not dict:
            return None
        members = inner
    return (members, name) if name in members else None


def _hoist(members: dict[str, Any], path: str) -> None:
    found = _reach(members, path)
    if found is not None:
        holder, name = found
        members[path] = holder.pop(name)


def _drop(members: dict[str, Any], path: str, unavailable: _Sentinels) -> None:
    found = _reach(members, path)
    if found is not None and unavailable.hold(found[0][found[1]]):
        del found[0][found[1]]


def _join(members: dict[str, Any], new: str, parts: tuple[str, ...]) -> str:
    """Makes a member of several, if all are there; why that is not possible, or nothing. The parts stay."""
    texts = []
    for path in parts:
        found = _reach(members, path)
        value = None if found is None else found[0][found[1]]
        if type(value) is not str or not value:
            return "" if value is None or value == "" else f"{shown(path)}: {_no_text(value)}"
        texts.append(value)
    if new in members:
        return f"{shown(new)}: given already, beside what it is to be made of"
    members[new] = " ".join(texts)
    return ""


def _rename(members: dict[str, Any], names: tuple[tuple[str, str], ...], holder: str) -> str:
    """Gives fields their new names, all at once; why that is not possible, or nothing."""
    renamed: dict[str, Any] = {}
    for old, new in names:
        inner = old.removeprefix(holder + ".") if holder else old
        found = _reach(members, inner)
        if found is not None:
            renamed[new] = found[0].pop(found[1])
    for new, value in renamed.items():
        if new in members:
            return f"{shown(new)}: given already, and by another name that means the same"
        members[new] = value
    return ""


def _name(name: object) -> str:
    if not isinstance(name, str):
        raise ValueError(f"a member name of type {type(name).__name__}; texts are expected")
    return _text(name)


def _text(text: str) -> str:
    if "\0" in text:
        raise ValueError(f"{shown(text)}: a NUL character inside a text")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError(f"{shown(text)}: half of a surrogate pair inside a text") from None
    return str(text)
