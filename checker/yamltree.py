"""Strict YAML for files that come from an untrusted party: a tree of texts that know where they stand.

Only libyaml's event stream is used, never PyYAML's constructors or resolvers: nothing in a file can create an
object, and nothing is converted (`on`, `no`, `12:30`, `010` and `1.10` stay what they look like). Whoever knows
that a place holds a number asks `core_value`. What a reader could overlook or would have to expand in the head
is refused: anchors, aliases, merge keys, tags, directives, repeated names, further documents, hidden characters.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from decimal import Decimal
from typing import Any, NoReturn, Protocol, Self, TypeAlias

from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from yaml.parser import Parser
from yaml.reader import Reader
from yaml.scanner import Scanner, ScannerError

from checker.errors import Problem
from checker.legible import shown
from checker.limits import limit
from checker.location import Location
from checker.quick import dataclass

MAX_DEPTH = limit("rulebook_nesting")
"""How many lists and mappings may stand inside each other."""

MAX_PROBLEMS = limit("rulebook_problems")
"""After so many problems the rest of a file is not read."""

MAX_NUMBER_LENGTH = limit("rulebook_number")
"""Longer rows of digits are text: converting them costs more than their length."""

EXCERPT_WIDTH = limit("excerpt")
"""The widest excerpt, in terminal cells."""


class Text(str):
    """A scalar exactly as written, with its place; `plain` is true without quotes and without `|` or `>`."""

    __slots__ = ("column", "line", "plain")
    line: int
    column: int
    plain: bool

    def __new__(cls, value: str, line: int = 0, column: int = 0, plain: bool = True) -> Self:
        """A text that stands at a place, as tests and defaults need it."""
        self = str.__new__(cls, value)
        self.line = line
        self.column = column
        self.plain = plain
        return self


class Table(dict[str, "Node"]):
    """A mapping in the order of the file, with its place. The keys are `Text`, and equal to plain `str`."""

    __slots__ = ("column", "line")
    line: int
    column: int

    def key(self, name: str) -> Text:
        """The key as it stands in the file, which knows its place; `KeyError` when it is not there."""
        for key in self:
            if key == name and isinstance(key, Text):
                return key
        raise KeyError(name)


class Items(list["Node"]):
    """A list, with its place."""

    __slots__ = ("column", "line")
    line: int
    column: int


Node: TypeAlias = Text | Table | Items
"""What a file consists of."""


class Source:
    """The text of a file, to make problems that show the line they are about."""

    __slots__ = ("_lines", "file", "text")

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self._lines: list[str] | None = None

    def line(self, number: int) -> str:
        """A line counted from 1 without its end; empty when there is none of that number."""
        if self._lines is None:
            self._lines = self.text.split("\n")
        return self._lines[number - 1].removesuffix("\r") if 0 < number <= len(self._lines) else ""

    def problem(self, line: int, column: int, message: str, hint: str = "") -> Problem:
        """A problem at a place of this file, with an excerpt that is safe to print."""
        excerpt = _excerpt(self.line(line), column) if column else ""
        return Problem(Location(self.file, line, column), message, hint, excerpt)


@dataclass(frozen=True, slots=True)
class Document:
    """A file that was read: its tree and its text."""

    root: Node
    source: Source


def load(content: str | bytes, file: str, problems: list[Problem]) -> Document | None:
    """Read a file, appending everything that is wrong with it to `problems`.

    None comes back when the structure could not be read to its end. A document can come back although problems
    were appended: its refused aliases are then empty texts, and entries under refused names are left out, so that
    what is built on it may have further, spurious problems at the same places.
    """
    source = _decode(content, file, problems)
    if source is None:
        return None
    findings: list[_Finding] = []
    root: Node | None = None
    try:
        root = _build(_parser(source.text), source, findings)
        if root is None or (isinstance(root, Text) and root.plain and not root and not findings):
            findings.append((0, 0, "the file is empty", ""))
            root = None
    except _StopReading:
        root = None
    except YAMLError as error:
        findings.append(_syntax_finding(error, source))
    problems.extend(source.problem(*finding) for finding in findings)
    return None if root is None else Document(root, source)


_LEADING_ZERO_FREE = r"[-+]?(?:0|[1-9][0-9]*)"
_INTEGER = re.compile(_LEADING_ZERO_FREE)
_DECIMAL = re.compile(_LEADING_ZERO_FREE + r"\.[0-9]+")
_WORDS = {
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys(("null", "Null", "NULL", "~", ""), None),
}


def core_value(text: Text) -> str | int | Decimal | bool | None:
    """What one scalar means by the core schema of YAML 1.2, narrowed to what cannot be misread.

    Text in quotes or blocks stays text. So do numbers with leading zeros (`007`), with exponents, in other bases,
    `.inf` and `.nan`. Decimals keep every digit as written.
    """
    if text.plain:
        if text in _WORDS:
            return _WORDS[text]
        if len(text) <= MAX_NUMBER_LENGTH:
            if _INTEGER.fullmatch(text):
                return int(text)
            if _DECIMAL.fullmatch(text):
                return Decimal(text)
    return str(text)


def locate(root: Node, path: Sequence[str | int], *, at_key: bool = False, found: object = None) -> tuple[int, int]:
    """Line and column of the deepest node that a path leads to, such as the `loc` of a pydantic error.

    Elements that fit nowhere are skipped: pydantic puts the names of union members and functions between the real
    ones, and ends the path of a missing field with its name (the place is then that of the mapping it misses in).
    `found` is the `input` of the error: where it is a node of the tree it decides between several ways to walk, as
    the name of a union member may also be that of a key. `at_key` asks for the place of the key instead of the
    value, as for a key that nobody knows; `[key]` at the end of the path, which pydantic writes for a bad key of a
    mapping, does so too.
    """
    rank = (root is found, 0)
    node, owner, name = root, None, ""
    for matched, step, step_owner, step_name in _walks(root, path):
        if (step is found, matched) > rank:
            rank, node, owner, name = (step is found, matched), step, step_owner, step_name
    if owner is not None and (at_key or path[-1] == "[key]"):
        key = owner.key(name)
        return key.line, key.column
    return node.line, node.column


_MAX_STEPS = limit("place_steps")
"""Bounds the search for the best walk in a tree made to have very many."""


def _walks(root: Node, path: Sequence[str | int]) -> Iterator[tuple[int, Node, Table | None, str]]:
    """Every node that part of a path leads to: how many elements led there, the node, whose entry it is, its key.

    The walk that takes every element as soon as it fits comes first.
    """
    pending: list[tuple[Node, int, int]] = [(root, 0, 0)]
    seen = set()
    for _ in range(_MAX_STEPS):
        if not pending:
            return
        node, start, matched = pending.pop()
        if start == len(path) or (id(node), start, matched) in seen:
            continue
        seen.add((id(node), start, matched))
        pending.append((node, start + 1, matched))
        part = path[start]
        step: Node | None = None
        owner: Table | None = None
        if isinstance(node, Table):
            step, owner = node.get(str(part)), node
        elif isinstance(node, Items) and isinstance(part, int) and 0 <= part < len(node):
            step = node[part]
        if step is not None:
            yield matched + 1, step, owner, str(part)
            pending.append((step, start + 1, matched + 1))


# --- from bytes to text ---

_BOMS = {b"\xff\xfe\0\0": "UTF-32", b"\0\0\xfe\xff": "UTF-32", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}

# Control characters would be refused by libyaml too. The others would change what a reader sees and libyaml does
# not see, or the other way round: NEL, LS, PS and a lone CR end a line, even a comment, for libyaml only.
_HIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff\ufffe\uffff]|\r(?!\n)"
)
_LONE_CR = re.compile("\r(?!\n)")
_SURROGATE = re.compile("[\ud800-\udfff]")


def _decode(content: str | bytes, file: str, problems: list[Problem]) -> Source | None:
    """The text of a file that is fit for parsing, or None with the reasons."""
    size = len(content) if isinstance(content, bytes) else len(content.encode("utf-8", "surrogatepass"))
    if size > (most := limit("rulebook_bytes")):
        message = f"the file has more than {most} bytes, the limit"
        problems.append(Problem(Location(file), message, "split it into several files"))
        return None
    if isinstance(content, bytes):
        for bom, encoding in _BOMS.items():
            if content.startswith(bom):
                problems.append(Problem(Location(file), f"the file is {encoding}, not UTF-8", "save it as UTF-8"))
                return None
        try:
            text = content.decode("utf-8")
        except UnicodeDecodeError as error:
            source = Source(file, content.decode("utf-8", "replace").removeprefix("\ufeff"))
            before = content[: error.start].decode("utf-8").removeprefix("\ufeff")
            message = f"the byte 0x{content[error.start]:02X} is not valid UTF-8"
            problems.append(source.problem(*_place(before, len(before)), message, "save the file as UTF-8"))
            return None
    else:
        text = content
    source = Source(file, text.removeprefix("\ufeff"))
    if _report_hidden(source, problems):
        return None
    if match := _STARTS_WITH_DIRECTIVE.match(source.text):  # not all of them come with an event
        problems.append(source.problem(*_place(source.text, match.end() - 1), _DIRECTIVE, _DIRECTIVE_HINT))
        return None
    return source


_DIRECTIVE = "directives such as %YAML and %TAG are not allowed"
_DIRECTIVE_HINT = "remove the line; text that begins with '%' needs quotes"
_STARTS_WITH_DIRECTIVE = re.compile(r"(?:[ \t]*(?:#[^\n]*)?\r?\n)*+%")


def _report_hidden(source: Source, problems: list[Problem]) -> bool:
    """Report every hidden character at its first place; whether there were any."""
    text = source.text
    if text.replace("\n", "").isprintable():  # nothing hidden is, and this takes a quarter of the time
        return False
    if not _HIDDEN.search(text):
        return False
    hidden = [char for char in set(text) if _HIDDEN.match(char)]
    places = {char: text.find(char) for char in hidden if char != "\r"}
    if match := _LONE_CR.search(text):
        places["\r"] = match.start()
    for char, index in sorted(places.items(), key=lambda place: place[1])[:MAX_PROBLEMS]:
        code = f"U+{ord(char):04X}"
        what = f"the hidden character {code} ({unicodedata.name(char, 'a control character')})"
        hint = f'remove it, or write it in double quotes as "\\u{ord(char):04X}"'
        if char == "\r":
            what, hint = "a carriage return without a line feed", "end lines with a line feed"
        elif char == "\0":
            what, hint = "a NUL character", "the file is binary or not UTF-8: save it as UTF-8 text"
        elif _SURROGATE.match(char):
            what, hint = f"{code}, half of a character,", "remove it"
        problems.append(source.problem(*_place(text, index), f"{what} is not allowed", hint))
    return True


def _place(text: str, index: int) -> tuple[int, int]:
    """Line and column of a character."""
    return text.count("\n", 0, index) + 1, index - text.rfind("\n", 0, index)


# --- from events to the tree ---

_Finding: TypeAlias = tuple[int, int, str, str]
"""What a problem is made of later: line, column, message, hint."""


class _StopReading(Exception):
    """The rest of the file must not be read; the last finding says why."""


class _EventParser(Protocol):
    def get_event(self) -> Any: ...  # an event, whose attributes depend on its class, or None at the end


class _PythonParser(Reader, Scanner, Parser):
    """The parser where PyYAML was built without libyaml: some twenty times slower, and refuses a few tabs more."""

    def __init__(self, text: str) -> None:
        Reader.__init__(self, text)
        Scanner.__init__(self)
        Parser.__init__(self)

    def get_event(self) -> Event | None:
        try:
            event: Event | None = super().get_event()  # type: ignore[no-untyped-call]
        except (ValueError, OverflowError):  # a number in an escape or a directive beyond all bounds
            raise ScannerError(problem=_BAD_ESCAPE, problem_mark=self.get_mark()) from None
        if isinstance(event, ScalarEvent) and _SURROGATE.search(event.value):
            raise ScannerError(problem=_BAD_ESCAPE, problem_mark=self.get_mark())
        return event


_BAD_ESCAPE = "found invalid Unicode character escape code"

_parser: Callable[[str], _EventParser] = _PythonParser
with suppress(ImportError):
    from yaml._yaml import CParser

    _parser = CParser


_DROPPED = Text("")
"""Stands for the key of an entry that is left out."""

_SHARED_HINT = "write the value out, or make it a parameter or a definition; text that begins with {!r} needs quotes"
_ONE_DOCUMENT = "a file holds one document: remove the rest, and '...' or '---' before it"


def _build(parser: _EventParser, source: Source, findings: list[_Finding]) -> Node | None:
    """The tree of the first document; None when there is none. The loop runs for every scalar: it is kept flat."""

    def refuse(line: int, column: int, message: str, hint: str) -> None:
        findings.append((line, column, message, hint))
        if len(findings) == MAX_PROBLEMS:
            stop(line, column, "too many problems: the rest of the file was not read", "")

    def stop(line: int, column: int, message: str, hint: str) -> NoReturn:
        findings.append((line, column, message, hint))
        raise _StopReading

    get_event = parser.get_event
    new_text = str.__new__
    root: Node | None = None
    table: Table | None = None  # the innermost open collection is one of these two
    items: Items | None = None
    key: Text | None = None  # the key that waits for its value
    outer: list[tuple[Table | None, Items | None, Text | None]] = []
    nodes, most = 0, limit("rulebook_values")
    node: Node
    while (event := get_event()) is not None:
        kind = type(event)
        mark = event.start_mark
        line = mark.line + 1
        column = mark.column + 1

        if kind is ScalarEvent:
            node = text = new_text(Text, event.value)
            text.plain = not event.style
            tag = event.tag
        elif kind is MappingStartEvent or kind is SequenceStartEvent:
            if len(outer) == MAX_DEPTH:
                stop(line, column, f"nested deeper than {MAX_DEPTH} levels", "give inner parts a name of their own")
            node = Table() if kind is MappingStartEvent else Items()
            tag = event.tag
        elif kind is MappingEndEvent or kind is SequenceEndEvent:
            table, items, key = outer.pop()
            continue
        elif kind is AliasEvent:
            refuse(line, column, f"the alias {shown('*' + event.anchor)} is not allowed", _SHARED_HINT.format("*"))
            node = text = new_text(Text)
            text.plain = True
            tag = None
        elif kind is DocumentStartEvent:
            if root is not None:
                refuse(line, column, "a second document begins here", _ONE_DOCUMENT)
                return root
            continue
        else:
            continue

        node.line = line
        node.column = column
        nodes += 1
        if nodes > most:
            stop(line, column, f"more than {most} values", "split the file into several files")
        if tag is not None:
            hint = "remove it: no value needs one; text that begins with '!' needs quotes"
            refuse(line, column, f"the tag {shown(tag)} is not allowed", hint)
        if event.anchor is not None and kind is not AliasEvent:
            refuse(line, column, f"the anchor {shown('&' + event.anchor)} is not allowed", _SHARED_HINT.format("&"))

        if table is None:
            if items is not None:
                items.append(node)
            else:
                root = node
        elif key is not None:
            if key is not _DROPPED:
                table.setdefault(key, node)  # of a repeated key the first value is kept
            key = None
        elif kind is ScalarEvent:
            key = text
            if text in table:
                first = table.key(text)
                message = f"{shown(text)} stands here twice, first in line {first.line}, column {first.column}"
                refuse(line, column, message, "keep one of the two")
            elif len(text) < 3 and text.plain and (not text or text == "<<"):
                key = _DROPPED
                if text:
                    refuse(line, column, "the merge key '<<' is not allowed", "write the entries out")
                else:
                    refuse(line, column, "a name is missing before the ':'", 'an empty name would be written as ""')
        else:
            key = _DROPPED
            if kind is not AliasEvent:
                hint = "text that begins with '{' or '[' needs quotes"
                refuse(line, column, "a name must be a text, not a list or a mapping", hint)

        if kind is ScalarEvent:
            continue
        if isinstance(node, Table):
            outer.append((table, items, key))
            table, items, key = node, None, None
        elif isinstance(node, Items):
            outer.append((table, items, key))
            table, items, key = None, node, None
    return root


# --- what cannot be parsed ---

_QUOTES = "text that begins with it, or holds ': ' or ' #', needs quotes"
_BRACKETS = "close every bracket; text that holds one of , [ ] { } needs quotes"

# A pattern of what libyaml and PyYAML say (context: problem), whether the place where the construct began is the
# better one, what we say, and what to do. The first row that fits counts; {char} is the character at the place,
# {begin} the line where the construct began.
_SYNTAX: tuple[tuple[str, bool, str, str], ...] = (
    ("tab character", False, "a tab cannot stand here", "indent with spaces only"),
    ("cannot start any token", False, "a value cannot begin with {char}", _QUOTES),
    ("scanning an? (alias|anchor)", True, "a value cannot begin with {char}", _QUOTES),
    ("directive|incompatible YAML|version number", True, _DIRECTIVE, _DIRECTIVE_HINT),
    ("<document start>", False, "nothing can follow the end of the document", _ONE_DOCUMENT),
    ("scanning a quoted.*(stream|document)", True, "the quote that opens here is not closed",
     "close it with the same sign; a ' inside of '...' is written twice"),
    ("escape character", False, "an unknown escape in double quotes",
     "use single quotes, in which a backslash is only a backslash"),
    ("escape|hexa?decimal", False, "an escape in double quotes is not a character",
     "write \\xNN, \\uNNNN or \\UNNNNNNNN, or use single quotes"),
    ("a (%TAG|tag)|tag handle", True, "tags are not allowed", "text that begins with '!' needs quotes"),
    ("scanning a block scalar", False, "only one of + - 1…9 can follow '|' or '>' here",
     "begin the text in the next line; text that begins with '|' or '>' needs quotes"),
    ("expected ',' or ']'", False, "neither ',' nor the ']' of the list that opens in line {begin}", _BRACKETS),
    ("expected ',' or '}'", False, "neither ',' nor the '}}' of the mapping that opens in line {begin}", _BRACKETS),
    ("unexpected ':'", False, "':' cannot stand in this text without quotes", _QUOTES),
    ("mapping values", False, "a ':' cannot stand here",
     "text that holds ': ' needs quotes; the names of one mapping stand in the same column"),
    ("sequence entries", False, "a '- ' cannot stand here",
     "begin the list in a line of its own; text that begins with '- ' needs quotes"),
    ("mapping keys", False, "a '? ' cannot stand here", "text that begins with '? ' needs quotes"),
    ("expected ':'", True, "neither 'name: value' nor '- item'",
     "is a ':' missing, or the indentation of a text that goes on?"),
    ("a block mapping", False, "expected the next 'name: value' of the mapping that begins in line {begin}",
     "check the indentation here, and the quotes of the value before"),
    ("a block collection", False, "expected the next '- item' of the list that begins in line {begin}",
     "check the indentation here, and the quotes of the value before"),
    ("node content", False, "a value cannot begin with {char}", _BRACKETS),
)  # fmt: skip


def _syntax_finding(error: YAMLError, source: Source) -> _Finding:
    """Why the parser stopped, in plain words."""
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return 1, 0, f"not readable as YAML: {error}", ""
    mark = error.problem_mark
    begin = error.context_mark or mark
    said = f"{error.context or ''}: {error.problem or ''}"
    if source.line(mark.line + 1)[mark.column : mark.column + 1] == "\t":
        said = "tab character"
    row = next((row for row in _SYNTAX if re.search(row[0], said)), None)
    if row is None:
        return mark.line + 1, mark.column + 1, f"not readable as YAML: {said.strip(': ')}", ""
    _, at_begin, message, hint = row
    line, column = mark.line + 1, mark.column + 1
    if at_begin:
        line, column = begin.line + 1, begin.column + 1
    elif "flow" in said and mark.index >= len(source.text.rstrip()):
        line, column = _place(source.text, len(source.text.rstrip()))
        message = "the file ends before every bracket is closed"
        if begin.index < mark.index:
            line, column = begin.line + 1, begin.column + 1
            message = "the bracket that opens here is not closed"
    char = shown(source.line(line)[column - 1 : column])
    return line, column, message.format(char=char, begin=begin.line + 1), hint


# --- what is safe to print ---


def _excerpt(line: str, column: int) -> str:
    """The line in at most `EXCERPT_WIDTH` cells, with the character of `column` in the cell of that number.

    Whoever draws the caret counts characters. Therefore every character that could move the cursor or take no cell
    becomes a sign of one cell, and as much is cut off on the left as wide characters take too much. Where the
    column lies beyond the width there is no excerpt.
    """
    if column >= EXCERPT_WIDTH:
        return ""
    if line.isascii() and line.isprintable():
        return line if len(line) <= EXCERPT_WIDTH else line[: EXCERPT_WIDTH - 1] + "…"
    cells = [_cell(char) for char in line[: EXCERPT_WIDTH + 1]]
    before, after = cells[: column - 1], cells[column - 1 :]
    if _width(before) > column - 1:
        while _width(before) > column - 2:
            del before[0]
        before = ["…", " " * (column - 2 - _width(before)), *before]
    if _width(before) + _width(after) > EXCERPT_WIDTH:
        while _width(before) + _width(after) > EXCERPT_WIDTH - 1:
            del after[-1]
        after.append("…")
    return "".join(before + after)


def _cell(char: str) -> str:
    """The character, or a sign of one cell for what is not printed as one: controls, bidi, marks above others."""
    if char < " ":
        return chr(0x2400 + ord(char))
    if not char.isprintable() or unicodedata.category(char) in ("Mn", "Me") or "\u1160" <= char <= "\u11ff":
        return "\ufffd"
    return char


def _width(texts: Sequence[str]) -> int:
    """How many terminal cells texts take."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for text in texts for char in text)
