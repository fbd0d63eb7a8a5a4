"""Rulebooks: from YAML files to the constraints of one position, or to every mistake in them at once."""

from collections.abc import Iterable, Mapping
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from checker.assessment.rules import Assessments
from checker.catalogue import Catalogue
from checker.clock import Clock
from checker.constraint import Constraint
from checker.correction import Corrections
from checker.definitions import Definitions
from checker.errors import UsageError, nearest
from checker.quick import dataclass
from checker.register import Register
from checker.rulebook.build import Builder
from checker.rulebook.reading import BUILTIN, Files
from checker.timeline import Zone

if TYPE_CHECKING:
    from checker.mapping import Mapping as LogMapping
    from checker.rulebook.models import MeantOf
    from checker.waiver import Waiver

__all__ = ["Rulebook", "builtin", "load_positions", "load_rulebook", "parse_rulebook"]


@dataclass(frozen=True)
class Rulebook:
    """The constraints of one rulebook under one position, with what they refer to.

    `parameters` are the values under that position, as texts; `digest` is of the files as they are.
    """

    id: str
    version: str
    title: str
    digest: str
    position: str | None
    positions: tuple[str, ...]
    parameters: Mapping[str, str]
    constraints: tuple[Constraint, ...]
    definitions: Definitions = field(repr=False)
    mapping: "LogMapping | None" = None
    waivers: "tuple[Waiver, ...]" = ()
    assessments: Assessments = field(default_factory=Assessments)
    corrections: Corrections | None = None
    clock: Clock | None = None
    meant: "tuple[MeantOf, ...]" = ()

    @property
    def catalogue(self) -> Catalogue:
        """The event types."""
        return self.definitions.catalogue

    @property
    def zone(self) -> Zone:
        """The zone of its days, months and calendars."""
        return self.definitions.zone

    @property
    def registers(self) -> Mapping[str, Register]:
        """The registers by name."""
        return self.definitions.registers

    def only(self, names: Iterable[str]) -> "Rulebook":
        """The same rulebook with only the constraints named: by id, by exception or by group.

        Upper and lower case are the same; `*` stands for anything. Raises UsageError for a name that fits none.
        """
        wanted = list(names)
        if not wanted:
            return self
        chosen: set[str] = set()
        for name in wanted:
            fits = [c.id for c in self.constraints if _fits(c, name)]
            if not fits:
                known = {text for c in self.constraints for text in (c.id, c.group, c.exception or c.id)}
                raise UsageError(f"the rulebook has no constraint, exception or group {name!r}", nearest(name, known))
            chosen.update(fits)
        from dataclasses import replace

        return replace(
            self,
            constraints=tuple(c for c in self.constraints if c.id in chosen),
            assessments=self.assessments.judging(frozenset(chosen)),
        )


def _fits(constraint: Constraint, name: str) -> bool:
    from fnmatch import fnmatchcase

    wanted = name.casefold()
    names = (constraint.id, constraint.group, constraint.exception or "")
    return any(fnmatchcase(known.casefold(), wanted) or known.casefold() == wanted for known in names if known)


def builtin() -> Path:
    """The folder of the rulebook that comes with the program: the S-400 limited-use proposal."""
    return BUILTIN


def load_rulebook(
    path: str | Path | None = None,
    *,
    position: str | None = None,
    parameters: Mapping[str, str] | None = None,
) -> Rulebook:
    """Read a rulebook file or folder (the built-in one by default) under a position, single parameters set.

    The path may be a name: `regimes/…` for one that comes with the program, or what an installed package offers.
    Raises RulebookError with every problem found, UsageError for a position that it does not have.
    """
    files = Files()
    files.read(builtin() if path is None else Path(path))
    return _built(files, position, parameters or {})


def parse_rulebook(
    text: str, *, name: str = "rulebook", position: str | None = None, parameters: Mapping[str, str] | None = None
) -> Rulebook:
    """The same from a text."""
    files = Files()
    files.read_text(text, name)
    return _built(files, position, parameters or {})


def load_positions(
    path: str | Path | None = None, *, parameters: Mapping[str, str] | None = None
) -> tuple[list[Rulebook], Files]:
    """The rulebook under each of its positions (once if it has none), and its files, which know where what stands.

    Raises RulebookError with every problem found under the first position that has any.
    """
    files = Files()
    files.read(builtin() if path is None else Path(path))
    first = _built(files, None, parameters or {})
    others = [_built(files, name, parameters or {}) for name in first.positions if name != first.position]
    by_name = {book.position: book for book in (first, *others)}
    return [by_name[name] for name in first.positions or (first.position,)], files


def _built(files: Files, position: str | None, parameters: Mapping[str, str]) -> Rulebook:
    builder = Builder(files)
    builder.choose_position(position, dict(parameters))
    made: dict[str, Any] = builder.build()
    files.stop_if_wrong()
    return Rulebook(digest=files.digest, **made)
