"""How a foreign log fits: which of its members are the envelope, and what its names and texts mean."""

from collections.abc import Mapping as Members
from pathlib import Path as FilePath
from typing import Annotated, Any, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from checker.errors import Problem, RulebookError, nearest
from checker.timeline import check_format, parse_zone

ROLES = ("time", "type", "subject", "id", "source", "seq", "recorded_at", "received_at", "data")
"""The members of the envelope, each a field of `Mapping` that holds its path in the log."""

_SHIPPED = FilePath(__file__).resolve().parent / "mappings"

EPOCHS = ("epoch_s", "epoch_ms", "epoch_us", "epoch_ns")
"""The time formats that are counts since 1970-01-01T00:00:00Z."""


def _path(text: str) -> str:
    if text and not all(text.split(".")):
        raise ValueError(f"{text!r} is not a path: names are separated by single dots")
    if "\0" in text:
        raise ValueError("a path has no NUL in it")
    return text


def _known_zone(name: str | None) -> str | None:
    if name is not None:
        parse_zone(name)
    return name


def _known_format(text: str | None) -> str | None:
    if text is not None and text not in EPOCHS:
        if "%" not in text:
            raise ValueError(f"{text!r} is neither a strptime format nor one of {', '.join(EPOCHS)}")
        check_format(text)
    return text


def shipped_names() -> list[str]:
    """The names of the mappings that come with the program."""
    return sorted(file.stem for file in _SHIPPED.glob("*.yaml"))


def _shipped(name: str) -> dict[str, Any]:
    """What the shipped mapping of that name says, not yet validated."""
    from checker.yamltree import load

    problems: list[Problem] = []
    document = load((_SHIPPED / f"{name}.yaml").read_bytes(), f"{name}.yaml", problems)
    if document is None or problems:
        raise RulebookError(problems)
    return dict[str, Any](document.root)  # type: ignore[arg-type]  # a mapping: tests read each


def _known_base(name: str | None) -> str | None:
    if name is not None and name not in shipped_names():
        raise ValueError(f"there is no shipped mapping {str(name)!r}; {nearest(str(name), shipped_names())}")
    return name


def _none() -> dict[str, Any]:
    return {}  # as `dict` itself, whose signature pydantic would have Python parse


Path = Annotated[str, AfterValidator(_path)]
"""A member of a record: its name, or names from the outside in with dots between them."""


class Mapping(BaseModel):
    """Where a log keeps the envelope and how its texts are read; the default is the standard envelope.

    An envelope path left empty says that the log has no such member. Raises pydantic's ValidationError.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, defer_build=True)

    base: Annotated[str | None, AfterValidator(_known_base)] = Field(
        default=None,
        description="The shipped mapping (ecs, ocsf, timesheet, xes) that holds where nothing is said.",
    )
    time: Path = Field(default="time", min_length=1, description="Path of the time of the event.")
    type: Path = Field(default="type", min_length=1, description="Path of the type of the event.")
    type_of_all: str | None = Field(
        default=None, min_length=1, description="The type of every record, where the log has no member that says one."
    )
    subject: Path = Field(default="subject", description="Path of what the event is about.")
    id: Path = Field(default="id", description="Path of the record's identifier.")
    source: Path = Field(default="source", description="Path of who wrote the record.")
    seq: Path = Field(default="seq", description="Path of the record's sequence number within its source.")
    recorded_at: Path = Field(default="recorded_at", description="Path of the time at which it was written down.")
    received_at: Path = Field(default="received_at", description="Path of the time at which it arrived.")
    data: Path = Field(default="data", description="Path of the object that holds the fields.")
    zone: Annotated[str | None, AfterValidator(_known_zone)] = Field(
        default=None, description="Time zone of times written without an offset; without it they are refused."
    )
    time_format: Annotated[str | None, AfterValidator(_known_format)] = Field(
        default=None,
        description="How times are written: a strptime format, or epoch_s, _ms, _us or _ns; RFC 3339 by default.",
    )
    join: dict[Path, tuple[Path, ...]] = Field(
        default_factory=_none,
        description="New members made of several that are texts, with a blank between them: a date and a time of day.",
    )
    types: dict[str, str] = Field(
        default_factory=_none, description="Event types by the log's names for them; other types stay as they are."
    )
    rename: dict[Path, str] = Field(
        default_factory=_none, description="Field names by the log's names (paths within the fields) for them."
    )
    sentinels: dict[Path, tuple[str, ...]] = Field(
        default_factory=_none,
        description="By the log's name of a member, the texts or numbers that say that it is not available.",
    )

    @model_validator(mode="before")
    @classmethod
    def _on_base(cls, given: Any) -> Any:
        if not isinstance(given, Members) or given.get("base") is None or given["base"] not in shipped_names():
            return given
        made = _shipped(str(given["base"]))
        if "type_of_all" in given:
            made.pop("type", None)
            made.pop("types", None)
        for name, value in given.items():
            held = made.get(name)
            both = isinstance(held, Members) and isinstance(value, Members)
            made[name] = {**held, **value} if both and name != "join" else value  # type: ignore[dict-item]
        return made

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        paths: dict[str, str] = {}
        for role, path in self.paths().items():
            if path in paths:
                raise ValueError(f"{paths[path]} and {role} are both read from {path!r}")
            if path:
                paths[path] = role
        for old in self.rename:
            if old in paths:
                raise ValueError(f"rename: {old!r} is the log's {paths[old]}, not a field")
        targets = list(self.rename.values())
        for new in targets:
            if not new or targets.count(new) > 1:
                raise ValueError(f"rename: {new!r} is given to several fields" if new else "rename: an empty name")
        for new, parts in self.join.items():
            if not new or "." in new or len(parts) < 2 or not all(parts):
                raise ValueError(f"join: {new!r} is to be a name without dots, made of two members or more")
        if "" in self.rename or "" in self.sentinels:
            raise ValueError("rename and sentinels: an empty name")
        if self.type_of_all is not None and (self.types or "type" in self.model_fields_set):
            raise ValueError("type_of_all: goes with neither `type` nor `types`")
        if not all(self.types.values()):
            raise ValueError("types: an empty name")
        return self

    def paths(self) -> dict[str, str]:
        """The path of each of `ROLES` in the log, empty where the log has none."""
        found = {role: str(getattr(self, role)) for role in ROLES}
        return found if self.type_of_all is None else {**found, "type": ""}

    @property
    def one_by_one(self) -> bool:
        """Whether its records are another shape than their members have, so that each is looked at by itself."""
        paths = self.paths().values()
        made = self.rename or self.sentinels or self.time_format or self.join or self.type_of_all
        return bool(made) or any("." in path for path in paths)
