"""Rulebooks by name: those that come with the program beside the built-in one, those that installed packages offer.

A package offers one by an entry point of the group `checker.rulebooks`, whose value is the dotted name of the folder
(or of the YAML file, without its ending) within the package. Nothing of the package is imported: a rulebook is no code.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from checker.errors import UsageError, nearest

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "checker.rulebooks"
PREFIX = "package:"
"""Before a name: that of an installed rulebook, even if something of that name lies at hand."""

SHELF = "regimes"
"""The folder of further rulebooks beside the built-in one, and what their names begin with."""

ENDINGS = (".yaml", ".yml")


def located(path: str | Path, shipped: Path) -> Path:
    """Where a rulebook lies: a path, else a name; what is neither stays as it is, for whoever reads it to tell.

    `shipped` is the folder of the built-in one. Raises UsageError where a name has several meanings or leads nowhere.
    """
    name = path if isinstance(path, str) else path.as_posix()
    if name.startswith(PREFIX):
        return _offered(name.removeprefix(PREFIX))
    here = Path(path)
    if here.exists() or here.is_absolute():
        return here
    if name in (known := _shipped(shipped)):
        return known[name]
    if any(entry.name == name for entry in _entries()):
        return _offered(name)
    return here


def named_otherwise(path: str | Path, shipped: Path) -> str:
    """The known name nearest to one that leads nowhere; empty where it looks like a path of something else."""
    name = path if isinstance(path, str) else path.as_posix()
    known = [*_shipped(shipped), *(entry.name for entry in _entries())]
    if not known:
        return ""
    told = nearest(name.removesuffix(".yaml"), known)
    return f"as the name of a rulebook: {told}" if told.startswith("did you mean") else ""


def names(shipped: Path) -> list[str]:
    """The names that can stand for a rulebook."""
    return sorted({*_shipped(shipped), *(entry.name for entry in _entries())})


def _shipped(shipped: Path) -> dict[str, Path]:
    folder = shipped / SHELF
    if not folder.is_dir():
        return {}
    found = (file for file in sorted(folder.iterdir()) if not file.name.startswith("."))
    return {f"{SHELF}/{file.stem}": file for file in found if file.suffix in ENDINGS}


def _entries() -> "Iterator[EntryPoint]":
    from importlib.metadata import entry_points

    yield from entry_points(group=GROUP)


def _offered(name: str) -> Path:
    offers = sorted({(entry.value.strip(), _of(entry)) for entry in _entries() if entry.name == name})
    if not offers:
        known = [entry.name for entry in _entries()]
        otherwise = f"none is installed; packages offer them by the entry points {GROUP!r}"
        raise UsageError(f"no installed package offers a rulebook {name!r}", nearest(name, known) or otherwise)
    if len({value for value, _ in offers}) > 1:
        by = ", ".join(package for _, package in offers)
        raise UsageError(f"several installed packages offer a rulebook {name!r}: {by}", "remove all but one of them")
    value, package = offers[0]
    for place in _places(value):
        for found in (place, *(place.with_name(place.name + ending) for ending in ENDINGS)):
            if found.exists():
                return found
    raise UsageError(
        f"the package {package} offers the rulebook {name!r} as {value!r}, where nothing is",
        "the value is the dotted name of a folder of YAML files in the package, or of one file without its ending",
    )


def _of(entry: "EntryPoint") -> str:
    return entry.dist.name if entry.dist is not None else "(unknown)"


def _places(value: str) -> Iterator[Path]:
    """Where the dotted name may lie: only the outermost package is looked for, which does not import it."""
    from importlib.util import find_spec

    top, *inner = value.replace(":", ".").split(".")
    try:
        spec = find_spec(top)
    except (ImportError, ValueError):
        return
    for folder in (spec.submodule_search_locations or ()) if spec is not None else ():
        yield Path(folder).joinpath(*inner)
