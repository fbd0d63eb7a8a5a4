"""A mapping in a file of its own, or one that comes with the program: how a foreign log fits, beside any rulebook."""

from pathlib import Path

from pydantic import ValidationError

from checker.errors import Problem, RulebookError, nearest
from checker.location import Location
from checker.mapping import Mapping, shipped_names
from checker.rulebook.reading import Files
from checker.whole import content
from checker.yamltree import load


def load_mapping(path: str | Path) -> Mapping:
    """Read a mapping: a file, else the shipped one of that name. Raises RulebookError with every problem found."""
    name = Path(path).as_posix()
    shipped = shipped_names()
    if name in shipped and not Path(path).exists():
        return Mapping.model_validate({"base": name})
    files = Files()
    try:
        given = content(path, "rulebook_bytes")
    except FileNotFoundError:
        hint = f"{nearest(name, shipped)} (of those that come with the program)"
        message = "there is no such file, and no shipped mapping of that name"
        raise RulebookError([Problem(Location(name), message, hint)]) from None
    except OSError as error:
        raise RulebookError([Problem(Location(name), f"cannot be read: {error.strerror}")]) from None
    document = load(given, name, files.problems)
    files.stop_if_wrong()
    assert document is not None  # noqa: S101 - no document comes with a problem
    files.claim(document)
    try:
        return Mapping.model_validate(document.root)
    except ValidationError as error:
        files.invalid(error, document.root, Mapping)
    files.stop_if_wrong()
    raise AssertionError("an invalid mapping has problems")
