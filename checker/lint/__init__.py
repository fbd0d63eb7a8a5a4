"""What is wrong with a rulebook as an agreement, without any log: each check of the shelf under each position.

What is said of several positions in the same words is one remark. An author can mark what is meant: a constraint by
`meant`, with the reason for each code, anything else in the section `meant`. That is listed as such and does not fail.
"""

from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Any

from checker.answers import VERSION, BookOf, Lint, RemarkOf, Schedule, SpanOf
from checker.errors import UsageError, nearest
from checker.legible import legible
from checker.lint.book import Book
from checker.lint.checks import CHECKS
from checker.lint.remark import LEVELS, NOTE, WARNING, Remark, Witness
from checker.lint.showing import shown
from checker.location import Location
from checker.report import ToolOf
from checker.rulebook import Rulebook
from checker.rulebook.reading import Files
from checker.timeline import format_instant
from checker.version import __version__

NAME = "checker"

_SAID_ONCE = ("duplicate", "wrong-side", "dominated", "vacuous")
"""Codes of which the first that fits says all of a limit that makes no difference."""


def lint(
    books: Sequence[Rulebook], files: Files, *, position: str | None = None, only: Sequence[str] = (),
    fail_on: str = WARNING,
) -> Lint:  # fmt: skip
    """Look at the rulebook under one position, or under all; `only` keeps what is said of these constraints.

    Raises UsageError for a position, constraint or group that there is not.
    """
    looked = _chosen(books, position)
    found: dict[tuple[object, ...], tuple[Remark, list[str]]] = {}
    for rulebook in looked:
        book = Book(rulebook, books, files)
        for remark in _remarks(book):
            text = remark.at.message.replace(f" under {rulebook.position}", "")
            key = (remark.code, remark.at.location, text, remark.constraints)
            if key not in found:
                found[key] = (shown(book, remark), [])
            found[key][1].append(rulebook.position or "")
    names = [rulebook.position for rulebook in looked if rulebook.position is not None]
    meaning = _Meaning(books, files)
    told = [_told(remark, under, names, meaning) for remark, under in found.values()]
    if position is None:
        told += meaning.unused(names)
    kept = _selected(told, looked[0], only)
    order = {name: at for at, name in enumerate(files.names)}
    kept.sort(key=lambda r: (-LEVELS.index(r.level), order.get(r.file, -1), r.line, r.column, r.code, r.text))
    open_ = [remark.level for remark in kept if remark.meant is None]
    first = looked[0]
    return Lint(
        lint_version=VERSION, tool=ToolOf(NAME, __version__),
        rulebook=BookOf(first.id, first.version, first.title, first.digest), positions=names, fail_on=fail_on,
        failed=any(LEVELS.index(level) >= LEVELS.index(fail_on) for level in open_),
        errors=open_.count("error"), warnings=open_.count("warning"), notes=open_.count("note"),
        meant=len(kept) - len(open_), remarks=kept,
    )  # fmt: skip


def _chosen(books: Sequence[Rulebook], position: str | None) -> Sequence[Rulebook]:
    if position is None:
        return books
    found = [book for book in books if book.position == position]
    if not found:
        known = [book.position for book in books if book.position is not None]
        raise UsageError(f"the rulebook has no position {position!r}", nearest(position, [*known, "all"]))
    return found


def _remarks(book: Book) -> list[Remark]:
    """What the checks say under one position; of a limit that makes no difference only once."""
    found = [remark for check in CHECKS.values() for remark in check(book)]
    rank = {code: at for at, code in enumerate(_SAID_ONCE)}
    first: dict[int, int] = {}
    for remark in found:
        if remark.code in rank and remark.rule is not None:
            first[remark.rule] = min(first.get(remark.rule, len(rank)), rank[remark.code])
    whole = {remark.constraints[0] for remark in found if remark.code == "duplicate" and remark.constraints}
    return [
        remark for remark in found
        if remark.code not in rank or remark.rule is None
        or (rank[remark.code] == first[remark.rule] and remark.constraints[0] not in whole)
    ]  # fmt: skip


def _selected(told: list[RemarkOf], book: Rulebook, only: Sequence[str]) -> list[RemarkOf]:
    if not only:
        return told
    chosen = {constraint.id for constraint in book.only(only).constraints}
    return [remark for remark in told if chosen & set(remark.constraints)]


def _told(remark: Remark, under: list[str], names: list[str], meaning: "_Meaning") -> RemarkOf:
    place = remark.at.location or Location("")
    text = remark.at.message
    where = [name for name in under if name]
    if len(where) > 1:  # said in the same words under each
        listed = "every position" if where == names else f"{', '.join(where[:-1])} and {where[-1]}"
        text = text.replace(f" under {where[0]}", f" under {listed}")
    return RemarkOf(
        remark.code, remark.level, legible(place.file), place.line, place.column, remark.at.excerpt,
        list(remark.constraints), list(remark.about), where, text,
        remark.at.hint, meaning.of(remark), _schedule(remark.witness),
    )  # fmt: skip


def _schedule(witness: Witness | None) -> Schedule | None:
    if witness is None:
        return None
    spans = [SpanOf(subject, format_instant(start), format_instant(end)) for subject, start, end in witness.spans]
    return Schedule(witness.text, spans, [dict(record) for record in witness.records], dict(witness.verdicts))


class _Meaning:
    """What the author of the rulebook means, and what of that was met."""

    def __init__(self, books: Sequence[Rulebook], files: Files) -> None:
        self._book = books[0]
        self._files = files
        self._by_constraint = {c.id: dict(c.meant) for c in self._book.constraints if c.meant}
        self._met: set[tuple[str, str]] = set()
        self._met_names: set[tuple[int, str]] = set()

    def of(self, remark: Remark) -> str | None:
        """Why a remark is meant: what the constraint that it points at says, or the section `meant`."""
        reason = None
        first = remark.constraints[0] if remark.constraints else ""
        if remark.code in self._by_constraint.get(first, {}):
            self._met.add((first, remark.code))
            reason = self._by_constraint[first][remark.code]
        names = [*remark.constraints[:1], *remark.about]
        for at, entry in enumerate(self._book.meant):
            fitting = [name for name in entry.about if any(fnmatchcase(known, name) for known in names)]
            if entry.code == remark.code and fitting:
                self._met_names |= {(at, name) for name in fitting}
                reason = reason or entry.reason
        return reason

    def unused(self, positions: list[str]) -> list[RemarkOf]:
        """What is marked as meant, and is not said."""
        made = []
        for constraint, codes in self._by_constraint.items():
            made += [
                self._idle(code, [constraint], [],
                f"{constraint} says that a remark {code!r} is meant, and there is none")
                for code in codes if (constraint, code) not in self._met
            ]  # fmt: skip
        for at, entry in enumerate(self._book.meant):
            idle = [name for name in entry.about if (at, name) not in self._met_names]
            if idle:
                text = f"a remark {entry.code!r} on {', '.join(idle)} is said to be meant, and there is none"
                made.append(self._idle(entry.code, [], idle, text, at))
        return made

    def _idle(self, code: str, constraints: list[str], about: list[str], text: str, at: int | None = None) -> RemarkOf:
        if at is None:
            node: Any = Book(self._book, [self._book], self._files).nodes[constraints[0]]["meant"]
        else:
            node = self._files.items["meant"][at][0]
        problem = self._files.pointed(node, text)
        place = problem.location or Location("")
        return RemarkOf(
            "unused", NOTE, legible(place.file), place.line, place.column, problem.excerpt,
            constraints, about, [], text, "leave it out, or correct the code", None, None,
        )  # fmt: skip


__all__ = ["CHECKS", "LEVELS", "lint"]
