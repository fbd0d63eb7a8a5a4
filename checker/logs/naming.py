"""Patterns of names, as `logs/**/*.jsonl`: the files that they fit. What may not be seen is an error."""

import os
import re
from collections.abc import Callable, Iterator
from stat import S_ISDIR
from typing import TypeVar

from checker.errors import LogError, Problem
from checker.location import Location

T = TypeVar("T")

_MARKS = re.compile(r"[*?\[]")


def is_pattern(path: str) -> bool:
    """Whether a path stands for others: it has a mark of a pattern, and is not the name of something itself."""
    return _MARKS.search(path) is not None and not os.path.lexists(path)


def fitting(pattern: str) -> list[str]:
    """The files that a pattern fits, by name: all but folders. `**` stands for any folders, or for none.

    What is neither a file nor a folder, as a link that leads nowhere, is among them: it is an error when it is read.
    Names that begin with a dot are fitted by patterns that do.
    Raises LogError for a folder, or a link in place of one, that cannot be looked into.
    """
    inner = os.path.join(pattern, "*") if os.path.basename(pattern) == "**" else pattern
    found = (path for path in _fitting(inner) if not os.path.isdir(path))
    return sorted(set(found), key=lambda path: path.replace(os.sep, "/"))


def _fitting(pattern: str) -> Iterator[str]:
    folder, name = os.path.split(pattern)
    if not _MARKS.search(pattern) or folder == pattern:
        yield pattern
    elif name == "**":
        seen: set[tuple[int, int]] = set()
        for top in _fitting(folder) if folder else [""]:
            yield from _below(top, seen)
    elif _MARKS.search(name):
        import fnmatch

        hidden = name.startswith(".")
        fits = re.compile(fnmatch.translate(name)).match  # as it is written, whatever the system does
        for top in _fitting(folder) if folder else [""]:
            for one in _names(top):
                if (hidden or not one.startswith(".")) and fits(one):
                    yield os.path.join(top, one)
    else:
        for top in _fitting(folder):
            path = os.path.join(top, name)
            if _seen(top, lambda path=path: os.lstat(path)):  # type: ignore[misc]
                yield path


def _below(top: str, seen: set[tuple[int, int]]) -> Iterator[str]:
    """A folder and all folders below it, each once: a link may lead to where one is already. Links come last."""
    folders, links = [top], list[str]()
    while folders or links:
        folder = folders.pop() if folders else links.pop()
        found = _seen(folder, lambda folder=folder: os.stat(folder or "."))  # type: ignore[misc]
        if found is None or not S_ISDIR(found.st_mode) or (found.st_dev, found.st_ino) in seen:
            continue
        seen.add((found.st_dev, found.st_ino))
        yield folder
        for name in sorted(_names(folder), reverse=True):
            if not name.startswith("."):
                path = os.path.join(folder, name)
                (links if os.path.islink(path) else folders).append(path)


def _names(folder: str) -> list[str]:
    return _seen(folder, lambda: os.listdir(folder or ".")) or []


def _seen(folder: str, look: Callable[[], T]) -> T | None:
    """What a look at or into a folder shows; None where it is no folder or no longer there. Raises LogError."""
    try:
        return look()
    except NotADirectoryError:
        return None
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not os.path.islink(folder):
            return None
        # a name of no readable characters must not stop a message from being written
        name = (folder or ".").encode(errors="surrogateescape").decode(errors="replace")
        why = f"cannot be looked into ({error.strerror or error})"
        raise LogError([Problem(Location(name), why, "which files of a pattern it holds is not known")]) from None
