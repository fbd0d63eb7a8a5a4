import copy
import pickle
import time
import unicodedata
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from checker import yamltree
from checker.errors import Problem
from checker.limits import limit, using
from checker.yamltree import Document, Items, Node, Source, Table, Text, core_value, load, locate


@pytest.fixture(params=["libyaml", "python"])
def _parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever holds must hold with and without libyaml."""
    if request.param == "python":
        monkeypatch.setattr(yamltree, "_parser", yamltree._PythonParser)
    elif yamltree._parser is yamltree._PythonParser:
        pytest.skip("PyYAML without libyaml")


both_parsers = pytest.mark.usefixtures("_parser")


def read(content: str | bytes) -> tuple[Document | None, list[Problem]]:
    problems: list[Problem] = []
    return load(content, "rules.yaml", problems), problems


def root_of(content: str | bytes) -> Any:
    document, problems = read(content)
    assert problems == []
    assert document is not None
    return document.root


def places(problems: list[Problem]) -> list[tuple[int, int, str]]:
    return [(p.location.line, p.location.column, p.message) for p in problems if p.location]


# --- the tree ---


@both_parsers
@pytest.mark.parametrize(
    ("content", "tree"),
    [
        ("a: 1\nb: [x, y]\nc: {d: e}\n", {"a": "1", "b": ["x", "y"], "c": {"d": "e"}}),
        ("on: no\nat: 12:30\nday: 2026-01-02\n", {"on": "no", "at": "12:30", "day": "2026-01-02"}),
        ("[010, 1.10, 0x1F, 1_000, 1e5, .nan, ~, null, True]",
         ["010", "1.10", "0x1F", "1_000", "1e5", ".nan", "~", "null", "True"]),
        ("a:\nb: ''\n", {"a": "", "b": ""}),
        ("a: |\n  x\n  y\nb: >-\n  x\n  y\n", {"a": "x\ny\n", "b": "x y"}),
        ('"a\\u202eb": "\\0\\x1b\\U0001F600"', {"a\u202eb": "\0\x1b\U0001f600"}),
        ("'<<': '*a'\n\"\": '&b !c'\n", {"<<": "*a", "": "&b !c"}),
        ("---\na: b\n...\n", {"a": "b"}),
        ("# only\n\n- a # comment\n-\n  b: c#d\n", ["a", {"b": "c#d"}]),
        ("? a\n: b\n", {"a": "b"}),
        ("[a: b, c: d]", [{"a": "b"}, {"c": "d"}]),
        ("just text", "just text"),
        ("- a\n  - b\n", ["a - b"]),  # that is YAML: a text without quotes goes on in deeper lines
        ("{}", {}),
        ("~", "~"),
        ('""', ""),
        ('{"json": [true, null, 1.50, "x"]}', {"json": ["true", "null", "1.50", "x"]}),
        ("a: b\r\nc:\r\n- d\r\n", {"a": "b", "c": ["d"]}),
        ("日本: é\n", {"日本": "é"}),
        (b"\xef\xbb\xbfa: \xc3\xa9", {"a": "é"}),
        ("\ufeffa: b", {"a": "b"}),
    ],
)  # fmt: skip
def test_what_is_read(content: str | bytes, tree: object) -> None:
    assert root_of(content) == tree


def test_order_of_the_file_is_kept() -> None:
    assert list(root_of("z: 1\na: 2\nm: 3\n")) == ["z", "a", "m"]


@both_parsers
def test_everything_knows_its_place() -> None:
    root = root_of(b"\xef\xbb\xbf# c\na: x\n\xc3\xa9\xe6\x97\xa5: 'y'\r\nlist:\n  - |\n    z\n  - {k: [v]}\nend:\n")
    assert (root.line, root.column) == (2, 1)
    keys = [(str(key), key.line, key.column, key.plain) for key in root]
    assert keys == [("a", 2, 1, True), ("é日", 3, 1, True), ("list", 4, 1, True), ("end", 8, 1, True)]
    quoted, items, end = root["é日"], root["list"], root["end"]
    assert (quoted.line, quoted.column, quoted.plain) == (3, 5, False)
    assert (items.line, items.column) == (5, 3)
    assert (items[0].line, items[0].column, items[0].plain) == (5, 5, False)
    assert (items[1].line, items[1].column) == (7, 5)
    assert (items[1]["k"].line, items[1]["k"].column) == (7, 9)
    assert (items[1]["k"][0].line, items[1]["k"][0].column) == (7, 10)
    assert (end, end.line, end.column, end.plain) == ("", 8, 5, True)
    assert root.key("list").line == 4
    with pytest.raises(KeyError):
        root.key("nothing")


@pytest.mark.parametrize("duplicate", [copy.deepcopy, copy.copy, lambda node: pickle.loads(pickle.dumps(node))])  # noqa: S301
def test_nodes_can_be_copied(duplicate: Any) -> None:
    root = root_of("a: ['b']")
    twin = duplicate(root)
    assert twin == root
    assert (twin.line, twin.column) == (1, 1)
    assert (twin["a"].line, twin["a"].column) == (1, 4)
    assert (twin["a"][0].column, twin["a"][0].plain, twin.key("a").plain) == (5, False, True)


def test_text_is_made_by_hand_too() -> None:
    assert (Text("x"), Text("x").plain, Text("x").line) == ("x", True, 0)
    assert Text("x", 3, 4, plain=False).column == 4


# --- values ---


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("true", True), ("True", True), ("TRUE", True), ("false", False), ("False", False), ("FALSE", False),
        ("null", None), ("Null", None), ("NULL", None), ("~", None), ("", None),
        ("0", 0), ("7", 7), ("-7", -7), ("+7", 7), ("-0", 0), ("1" * 100, int("1" * 100)),
        ("1.5", Decimal("1.5")), ("1.10", Decimal("1.10")), ("-0.50", Decimal("-0.50")), ("+2.0", Decimal("2.0")),
    ],
)  # fmt: skip
def test_core_values(written: str, value: object) -> None:
    found = core_value(Text(written))
    assert found == value
    assert type(found) is type(value)
    assert str(found) == str(value)


@pytest.mark.parametrize(
    "written",
    [
        "yes", "no", "on", "off", "y", "n", "tRUE", "nULL", "none", "010", "00123", "00", "-01", "01.5", "1.", ".5",
        "1.2.3", "1e5", "1.5e5", "1E5", ".nan", ".inf", "-.inf", "nan", "Infinity", "0x1F", "0o17", "0b1", "1_000",
        "1,5", "12:30", "2026-01-02", "+", "-", "--1", "1 ", "1\n", " 1", "٣", "１", "1.٣",
        "9" * 101, "0." + "1" * 5000,
    ],
)  # fmt: skip
def test_what_stays_text(written: str) -> None:
    assert core_value(Text(written)) == written
    assert type(core_value(Text(written))) is str


@pytest.mark.parametrize("content", ["'1'", '"true"', "''", "|-\n  1", ">-\n  null", "'1.5'"])
def test_text_in_quotes_and_blocks_stays_text(content: str) -> None:
    root = root_of(content)
    assert core_value(root) == str(root)
    assert type(core_value(root)) is str


# --- what is refused ---

TWICE = "'a' stands here twice, first in line 1, column 1"


@both_parsers
@pytest.mark.parametrize(
    ("content", "expected", "tree"),
    [
        ("a: 1\nb: 2\na: 3\n", [(3, 1, TWICE)], {"a": "1", "b": "2"}),
        ("a: 1\n'a': {b: c}\n\"\\x61\": 3\n", [(2, 1, TWICE), (3, 1, TWICE)], {"a": "1"}),
        ("- {a: 1, a: 2}\n", [(1, 10, "'a' stands here twice, first in line 1, column 4")], [{"a": "1"}]),
        ("a: {a: 1}\nb: {a: 1}\n", [], {"a": {"a": "1"}, "b": {"a": "1"}}),
        ("a: !x 1\n", [(1, 4, "the tag '!x' is not allowed")], {"a": "1"}),
        ("!!map {a: !!str 1}\n", [(1, 1, "the tag 'tag:yaml.org,2002:map' is not allowed"),
                                  (1, 11, "the tag 'tag:yaml.org,2002:str' is not allowed")], {"a": "1"}),
        ("a: !!python/object/apply:os.system [ls]",
         [(1, 4, "the tag 'tag:yaml.org,2002:python/object/apply:os.system' is not allowed")], {"a": ["ls"]}),
        ("- ! x", [(1, 3, "the tag '!' is not allowed")], ["x"]),
        ("a: !<tag:x,%2e%1b%5b> x", [(1, 4, "the tag 'tag:x,.\\x1b[' is not allowed")], {"a": "x"}),
        ("a: &n 1\nb: *n\n", [(1, 4, "the anchor '&n' is not allowed"), (2, 4, "the alias '*n' is not allowed")],
         {"a": "1", "b": ""}),
        ("- &n [*n]\n", [(1, 3, "the anchor '&n' is not allowed"), (1, 7, "the alias '*n' is not allowed")], [[""]]),
        ("*n : 1\nb: 2\n", [(1, 1, "the alias '*n' is not allowed")], {"b": "2"}),
        ("*n\n", [(1, 1, "the alias '*n' is not allowed")], ""),
        ("&k a: 1\n", [(1, 1, "the anchor '&k' is not allowed")], {"a": "1"}),
        ("a: &n !x\n  b: 1\n", [(1, 4, "the tag '!x' is not allowed"), (1, 4, "the anchor '&n' is not allowed")],
         {"a": {"b": "1"}}),
        ("a: 1\n<<: {b: 2}\n", [(2, 1, "the merge key '<<' is not allowed")], {"a": "1"}),
        ("<<: *x\nc: 1", [(1, 1, "the merge key '<<' is not allowed"), (1, 5, "the alias '*x' is not allowed")],
         {"c": "1"}),
        ("? [a, b]\n: 1\nc: 2\n", [(1, 3, "a name must be a text, not a list or a mapping")], {"c": "2"}),
        ("a: {{b}}\n", [(1, 5, "a name must be a text, not a list or a mapping")], {"a": {}}),
        ("? {a: {b: c}}\n: {d: e}\n", [(1, 3, "a name must be a text, not a list or a mapping")], {}),
        ("?\n: 1\n? ''\n: 2\n", [(1, 2, "a name is missing before the ':'")], {"": "2"}),
        ("a: 1\n---\nb: !x 2\n", [(2, 1, "a second document begins here")], {"a": "1"}),
        ("a\n---\n", [(2, 1, "a second document begins here")], "a"),
    ],
)  # fmt: skip
def test_refused_but_read_on(content: str, expected: list[tuple[int, int, str]], tree: object) -> None:
    document, problems = read(content)
    assert places(problems) == expected
    assert all(problem.hint for problem in problems)
    assert document is not None
    assert document.root == tree


@both_parsers
def test_all_problems_at_once_in_the_order_of_the_file() -> None:
    document, problems = read("a: 1\na: &x 2\nb: !t 3\n<<: *x\nc: 'never closed\n")
    assert document is None
    assert [problem.location.line for problem in problems if problem.location] == [2, 2, 3, 4, 4, 5]


@both_parsers
@pytest.mark.parametrize("content", ["", "\n\n", "# nothing\n", "   ", "---\n", "---\n...\n", "\ufeff", b""])
def test_empty(content: str | bytes) -> None:
    document, problems = read(content)
    assert document is None
    assert [str(problem) for problem in problems] == ["rules.yaml: the file is empty"]


def test_empty_root_with_a_problem_is_not_called_empty() -> None:
    document, problems = read("&a\n")
    assert document is not None
    assert len(problems) == 1


@both_parsers
@pytest.mark.parametrize(
    ("content", "line", "column", "message"),
    [
        ("a:\n\tb: 1\n", 2, 1, "a tab cannot stand here"),
        ("a:\n  b: 1\n\tc: 2\n", 3, 1, "a tab cannot stand here"),
        ("a:\n- x\n\t- y\n", 3, 1, "a tab cannot stand here"),
        ("a: |\n\tx\n", 2, 1, "a tab cannot stand here"),
        ("a: @x", 1, 4, "a value cannot begin with '@'"),
        ("a: `x`", 1, 4, "a value cannot begin with '`'"),
        ("- %x", 1, 3, "a value cannot begin with '%'"),
        ("a: *.csv", 1, 4, "a value cannot begin with '*'"),
        ("a: & b", 1, 4, "a value cannot begin with '&'"),
        ("a: [*]", 1, 5, "a value cannot begin with '*'"),
        ("a: ]", 1, 4, "a value cannot begin with ']'"),
        ("[a,,b]", 1, 4, "a value cannot begin with ','"),
        ("%YAML 1.1\n---\na: 1", 1, 1, "directives such as %YAML and %TAG are not allowed"),
        ("# c\n\n%TAG ! x\n---\na: 1", 3, 1, "directives such as %YAML and %TAG are not allowed"),
        ("%FOO\n---\na: 1", 1, 1, "directives such as %YAML and %TAG are not allowed"),
        ("a: b\n%x: y", 2, 1, "directives such as %YAML and %TAG are not allowed"),
        ("a: 1\n...\nb: 2", 3, 1, "nothing can follow the end of the document"),
        ("a: 1\nb: 'x\n", 2, 4, "the quote that opens here is not closed"),
        ('a: "x\n---\ny"', 1, 4, "the quote that opens here is not closed"),
        ('a: "\\x4"', 1, 7, "an escape in double quotes is not a character"),
        ("a: !!", 1, 4, "tags are not allowed"),
        ("a: !b!c d", 1, 4, "tags are not allowed"),
        ("a: |x\n y", 1, 5, "only one of + - 1…9 can follow '|' or '>' here"),
        ("a: [1, 2\nb: 3\n", 2, 2, "neither ',' nor the ']' of the list that opens in line 1"),
        ("a: {b: 1]", 1, 9, "neither ',' nor the '}' of the mapping that opens in line 1"),
        ("a:\n  [1, 2\n", 2, 3, "the bracket that opens here is not closed"),
        ("a: {b: c\n\n", 1, 4, "the bracket that opens here is not closed"),
        ("a: [1,\n", 1, 7, "the file ends before every bracket is closed"),
        ("a: b: c", 1, 5, "a ':' cannot stand here"),
        ("a: 1\n b: 2", 2, 3, "a ':' cannot stand here"),
        ("a: - b", 1, 4, "a '- ' cannot stand here"),
        ("a: ? b", 1, 4, "a '? ' cannot stand here"),
        ("a: 1\nb\nc: 2\n", 2, 1, "neither 'name: value' nor '- item'"),
        ("x: 1\na:\n  b: 1\n c: 2", 4, 2, "expected the next 'name: value' of the mapping that begins in line 1"),
        ("a: 'it's'", 1, 8, "expected the next 'name: value' of the mapping that begins in line 1"),
        ("- a\nb: 1", 2, 1, "expected the next '- item' of the list that begins in line 1"),
    ],
)  # fmt: skip
def test_what_cannot_be_parsed(content: str, line: int, column: int, message: str) -> None:
    document, problems = read(content)
    assert document is None
    assert places(problems) == [(line, column, message)]
    assert problems[0].hint
    assert problems[0].excerpt


@both_parsers
@pytest.mark.parametrize("escape", ["\\d", "\\ud83d", "\\U00110000", "\\UFFFFFFFF", "\\"])
def test_impossible_escapes(escape: str) -> None:
    document, problems = read(f'a: "{escape}"')
    assert document is None
    assert len(problems) == 1


# --- bytes ---


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"a: b\nc: d\xff\n", "rules.yaml:2:5: the byte 0xFF is not valid UTF-8\n    c: d�\n        ^\n"),
        ("a: é\n".encode("latin-1"), "rules.yaml:1:4: the byte 0xE9 is not valid UTF-8"),
        (b"\xef\xbb\xbf\xc3\xa9: \x80", "rules.yaml:1:4: the byte 0x80 is not valid UTF-8"),
        (b"a: \xed\xa0\x80", "rules.yaml:1:4: the byte 0xED is not valid UTF-8"),
        ("a: b".encode("utf-16"), "rules.yaml: the file is UTF-16, not UTF-8"),
        (b"\xfe\xff\0a", "rules.yaml: the file is UTF-16, not UTF-8"),
        ("a: b".encode("utf-32"), "rules.yaml: the file is UTF-32, not UTF-8"),
        ("a: b".encode("utf-16-le"), "rules.yaml:1:2: a NUL character is not allowed"),
        (b"a: b\nc: \0", "rules.yaml:2:4: a NUL character is not allowed"),
        ("# x\u2028a: b", "rules.yaml:1:4: the hidden character U+2028 (LINE SEPARATOR) is not allowed"),
        ("# x\x85a: b", "rules.yaml:1:4: the hidden character U+0085 (a control character) is not allowed"),
        ("# x\ra: b\r\n", "rules.yaml:1:4: a carriage return without a line feed is not allowed"),
        ("\n- 'a\u202eb'", "rules.yaml:2:5: the hidden character U+202E (RIGHT-TO-LEFT OVERRIDE) is not allowed"),
        ("a: \x1b[31m", "rules.yaml:1:4: the hidden character U+001B (a control character) is not allowed"),
        ("\ufeff\ufeffa: b", "rules.yaml:1:1: the hidden character U+FEFF (ZERO WIDTH NO-BREAK SPACE) is not allowed"),
        ("a: \ud800", "rules.yaml:1:4: U+D800, half of a character, is not allowed"),
    ],
)
def test_bytes_that_are_no_text(content: str | bytes, expected: str) -> None:
    document, problems = read(content)
    assert document is None
    assert str(problems[0]).startswith(expected)
    assert problems[0].hint
    assert len(problems) == 1


def test_every_kind_of_hidden_character_is_named_once() -> None:
    _, problems = read("a: \x01\x02\x01\nb: \u2066\x01\n")
    assert [(line, column) for line, column, _ in places(problems)] == [(1, 4), (1, 5), (2, 4)]


def test_too_large() -> None:
    content = b"a: " + b"x" * limit("rulebook_bytes")
    document, problems = read(content)
    assert document is None
    assert [problem.message for problem in problems] == ["the file has more than 8388608 bytes, the limit"]
    assert read("é" * (limit("rulebook_bytes") // 2 + 1))[0] is None
    assert read(content[: limit("rulebook_bytes")])[0] is not None


# --- what is too much ---

N = 100_000


@pytest.mark.parametrize(
    "content",
    [
        "[" * N, "[" * N + "]" * N, "{a: " * N, "- " * N, "? " * N, "{? " * N, "[{a: " * N, "[\n" * N, "{a:\n" * N,
        "{" * N,
        "- [" + "[" * N, "a: - " + "- " * N, "a:\n - " + "- " * N,
        "".join(" " * depth + "a:\n" for depth in range(2000)),
        "".join(" " * depth + "-\n" for depth in range(2000)),
    ],
    ids=lambda content: repr(content[:12]),
)  # fmt: skip
def test_endless_nesting(content: str) -> None:
    started = time.perf_counter()
    document, problems = read(content)
    assert time.perf_counter() - started < 1
    assert document is None
    assert problems


@both_parsers
@pytest.mark.parametrize(
    ("opening", "closing", "column", "levels"),
    [("[", "]", 1, 32), ("{a: ", "}", 4, 32), ("- ", "", 2, 32), ("[{a: ", "}]", 5, 16)],
)
def test_depth(opening: str, closing: str, column: int, levels: int) -> None:
    root_of(opening * levels + "x" + closing * levels)
    document, problems = read(opening * (levels + 1) + "x" + closing * (levels + 1))
    assert document is None
    assert places(problems) == [(1, levels * column + 1, "nested deeper than 32 levels")]


def test_number_of_nodes() -> None:
    with using(rulebook_values=7):
        assert root_of("a: [x, y]\nb: z\n") == {"a": ["x", "y"], "b": "z"}  # the mapping, the list, 2 keys, 3 values
        document, problems = read("a: [x, y]\nb: z\nc: w\n")
        assert document is None
        assert places(problems) == [(3, 1, "more than 7 values")]


def test_number_of_problems() -> None:
    document, problems = read("a: 1\n" * (yamltree.MAX_PROBLEMS * 3))
    assert document is None
    assert len(problems) == yamltree.MAX_PROBLEMS + 1
    assert problems[-1].message == "too many problems: the rest of the file was not read"


def test_a_large_rulebook_is_read_fast() -> None:
    rule = "  - name: r{}\n    events: [login, 'log out']\n    where: {{user: on}}\n    limit:\n      at_most: 10\n"
    content = "rules:\n" + "".join(rule.format(number) for number in range(1000))
    assert len(content) > 95_000
    times = []
    for _ in range(5):
        started = time.perf_counter()
        root_of(content)
        times.append(time.perf_counter() - started)
    assert min(times) < 0.5  # it takes 0.03 s; the margin is for a busy machine and for PyYAML without libyaml


# --- excerpts ---


def caret_of(problem: Problem) -> str:
    """The character above the caret, counted in terminal cells."""
    _, excerpt, caret, *_ = str(problem).split("\n")
    cells = "".join(char * (2 if unicodedata.east_asian_width(char) in "WF" else 1) for char in excerpt)
    return cells[caret.index("^")]


@pytest.mark.parametrize(
    ("line", "excerpt"),
    [
        ("a: X", "a: X"),
        ("\ta:\tX", "␉a:␉X"),
        ("a: \x1b[31m X", "a: ␛[31m X"),
        ("\u202e\u2066\u200b\xa0\x7f\x9b X", "������ X"),
        ("e\u0301\u0302 X e\u0301", "e�� X e�"),
        ("日本: X", "… : X"),
        ("   日本: X", "…日本: X"),
        ("      日本: X", "…   日本: X"),
        ("😀😀😀 X日", "…😀 X日"),
        ("a: X" + "y" * 200, "a: X" + "y" * 155 + "…"),
        ("a: X" + "日" * 200, "a: X" + "日" * 77 + "…"),
        ("y" * 158 + "X", "y" * 158 + "X"),
        ("y" * 158 + "Xzz", "y" * 158 + "X…"),
        ("y" * 159 + "X", ""),
        ("y" * 100_000 + "X", ""),
    ],
)
def test_excerpts_are_safe_and_the_caret_is_right(line: str, excerpt: str) -> None:
    column = line.index("X") + 1
    problem = Source("f", f"first\n{line}\r\nlast").problem(2, column, "message")
    assert problem.excerpt == excerpt
    if "X" in excerpt:
        assert caret_of(problem) == "X"


def test_places_without_an_excerpt() -> None:
    source = Source("f", "a\n")
    assert source.problem(1, 0, "m").excerpt == ""
    assert source.problem(0, 0, "m").excerpt == ""
    assert source.problem(9, 9, "m").excerpt == ""
    assert source.problem(1, 9, "m").excerpt == "a"


@given(st.text(max_size=200), st.integers(1, 220))
def test_any_line_has_a_safe_excerpt(line: str, column: int) -> None:
    excerpt = Source("f", line.replace("\n", " ")).problem(1, column, "m").excerpt
    assert excerpt.isprintable()
    assert sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in excerpt) <= yamltree.EXCERPT_WIDTH


def test_messages_quote_names_safely() -> None:
    _, problems = read('"\\e[2J\\u202e": 1\n"\\e[2J\\u202e": 2\n"' + "x" * 500 + '": 1\n"' + "x" * 500 + '": 1\n')
    assert problems[0].message.startswith("'\\x1b[2J\\u202e' stands here twice")
    assert problems[1].message.startswith("'" + "x" * 59 + "…' stands here twice")


# --- places for pydantic's errors ---

RULES = """\
name: n
rules:
  - kind: count
    count: 3
  - kind: limit
    limit:
      at_most: 1
      per: {hours: 2}
  - list
'1': one
"""


@pytest.mark.parametrize(
    ("path", "at_key", "place"),
    [
        ((), False, (1, 1)),
        (("name",), False, (1, 7)),
        (("name",), True, (1, 1)),
        (("missing",), False, (1, 1)),
        (("missing",), True, (1, 1)),
        (("rules",), False, (3, 3)),
        (("rules",), True, (2, 1)),
        (("rules", 0), False, (3, 5)),
        (("rules", 0), True, (3, 5)),
        (("rules", 0, "missing"), False, (3, 5)),
        (("rules", 7), False, (3, 3)),
        (("rules", -1), False, (3, 3)),
        (("rules", 1, "limit", "at_most"), False, (7, 16)),
        (("rules", 1, "Limit", "limit", "at_most"), False, (7, 16)),
        (("rules", 1, "limit", "limit", "at_most"), False, (7, 16)),
        (("rules", 1, "limit", "function-after[f(), int]", "per", "dict[str,int]", "hours"), True, (8, 13)),
        (("rules", 1, "limit", "per", "[key]"), False, (8, 7)),
        (("rules", 1, "limit", "missing"), False, (7, 7)),
        (("rules", 2, "x"), False, (9, 5)),
        (("1",), False, (10, 6)),
        ((1,), False, (10, 6)),
        (("Wrapped", "rules", "list[Rule]", 0, "count", "count"), False, (4, 12)),
    ],
)
def test_locate(path: tuple[str | int, ...], at_key: bool, place: tuple[int, int]) -> None:
    assert locate(root_of(RULES), path, at_key=at_key) == place


def test_the_input_decides_where_a_union_member_is_named_like_a_key() -> None:
    root = root_of(RULES)
    missing_in = root["rules"][0]
    assert locate(root, ("rules", 0, "count", "by")) == (4, 12)
    assert locate(root, ("rules", 0, "count", "by"), found=missing_in) == (3, 5)
    assert locate(root, ("name", "by"), found=root) == (1, 1)


def test_locate_ends_in_a_tree_with_very_many_ways() -> None:
    tree = "a: [x]"
    for _ in range(14):
        tree = f"a: [{{{tree}}}, {{{tree}}}]"
        if len(tree) > 100_000:
            break
    started = time.process_time()
    locate(root_of(tree), ("a", 0, "a", 1) * 30)
    assert time.process_time() - started < 2


def resolved(value: object) -> object:
    return core_value(value) if isinstance(value, Text) else value


class Limit(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["limit"]
    at_most: int
    rate: Decimal | None = None


class Count(BaseModel):
    model_config = ConfigDict(extra="forbid")
    kind: Literal["count"]
    count: int


class Rulebook(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    number: int = 0
    amount: Decimal = Decimal(0)
    words: list[str] = []
    sizes: dict[str, int] = {}
    by_number: dict[int, str] = {}
    rules: list[Annotated[Limit | Count, Field(discriminator="kind")]] = []
    either: int | list[int] = 0
    exact: Annotated[str | int | Decimal | bool | None, BeforeValidator(resolved)] = None


def test_pydantic_takes_the_tree() -> None:
    rulebook = Rulebook.model_validate(
        root_of(
            "name: on\nnumber: 12\namount: 1.50\nwords: [010, 'x']\nsizes: {a: 1}\nby_number: {3: c}\n"
            "rules:\n- {kind: count, count: 3}\n- kind: limit\n  at_most: 2\n  rate: 0.10\neither: [1]\nexact: 1.10\n"
        )
    )
    assert rulebook == Rulebook(
        name="on",
        number=12,
        amount=Decimal("1.50"),
        words=["010", "x"],
        sizes={"a": 1},
        by_number={3: "c"},
        rules=[Count(kind="count", count=3), Limit(kind="limit", at_most=2, rate=Decimal("0.10"))],
        either=[1],
        exact=Decimal("1.10"),
    )
    assert str(rulebook.exact) == "1.10"
    assert {type(text) for text in (rulebook.name, *rulebook.words, *rulebook.sizes)} == {str}


def test_pydantic_errors_find_their_place() -> None:
    root = root_of(
        "number: x\n"
        "amount: [1]\n"
        "words: {a: b}\n"
        "sizes: {a: 1, b: y}\n"
        "by_number: {k: v}\n"
        "rules:\n"
        "  - {kind: count, count: z}\n"
        "  - {kind: count, other: 4}\n"
        "  - kind: unknown\n"
        "either: [1, w]\n"
        "unknown: 1\n"
    )
    with pytest.raises(ValidationError) as caught:
        Rulebook.model_validate(root)
    found = {
        (error["type"], locate(root, error["loc"], at_key=error["type"] == "extra_forbidden", found=error["input"]))
        for error in caught.value.errors()
    }
    assert found == {
        ("missing", (1, 1)),
        ("int_parsing", (1, 9)),
        ("decimal_type", (2, 9)),
        ("list_type", (3, 8)),
        ("int_parsing", (4, 18)),
        ("int_parsing", (5, 13)),
        ("int_parsing", (7, 26)),
        ("missing", (8, 5)),
        ("extra_forbidden", (8, 19)),
        ("union_tag_invalid", (9, 5)),
        ("int_type", (10, 9)),
        ("int_parsing", (10, 13)),
        ("extra_forbidden", (11, 1)),
    }


# --- whatever comes ---

Tree = Any
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=50), inner), max_leaves=30
)


def quoted(text: str) -> str:
    """A double-quoted YAML scalar; json.dumps would write pairs of surrogates, which YAML does not have."""
    return '"' + "".join(c if " " <= c <= "~" and c not in '"\\' else f"\\U{ord(c):08X}" for c in text) + '"'


def flow(tree: Tree) -> str:
    if isinstance(tree, str):
        return quoted(tree)
    if isinstance(tree, list):
        return "[" + ", ".join(map(flow, tree)) + "]"
    return "{" + ", ".join(f"? {quoted(key)} : {flow(value)}" for key, value in tree.items()) + "}"


def block(tree: Tree, indent: str = "") -> str:
    if isinstance(tree, list) and tree:
        return "".join(f"\n{indent}-{block(value, indent + ' ')}" for value in tree)
    if isinstance(tree, dict) and tree:
        deeper = indent + " "
        return "".join(f"\n{indent}? {quoted(key)}\n{indent}:{block(value, deeper)}" for key, value in tree.items())
    return " " + flow(tree)


def plain(node: Node) -> Tree:
    """The tree without our classes; checks that there is nothing else in it."""
    if isinstance(node, Text):
        assert not node.plain
        assert node.line
        assert node.column
        return str(node)
    if isinstance(node, Items):
        return [plain(value) for value in node]
    assert isinstance(node, Table)
    assert all(isinstance(key, Text) for key in node)
    return {str(key): plain(value) for key, value in node.items()}


@given(TREES, st.sampled_from([flow, block]))
def test_quoted_trees_are_read_back(tree: Tree, write: Any) -> None:
    root = root_of(write(tree))
    assert plain(root) == tree


PIECES = st.sampled_from(
    ["a", "b", ": ", "- ", "? ", "\n", "\n  ", "[", "]", "{", "}", ",", " ", "'", '"', "#", "|", ">", "\\", "\\ud800",
     "&a", "*a", "!t", "<<", "---", "...", "%", "%YAML 1.1\n", "\t", "é", "日", "@", "1.5", "~",
     "\r\n", "\r", "\u2028", "\0"]
)  # fmt: skip
ANYTHING = st.one_of(
    st.binary(max_size=300),
    st.text(st.characters(codec=None, exclude_categories=()), max_size=300),
    st.lists(PIECES, max_size=25).map("".join),
)


@both_parsers
@given(content=ANYTHING)
@example(content="\ud800")
@example(content='"\\UFFFFFFFF"')
@example(content="%YAML 1." + "9" * 5000 + "\n---\na")
@example(content="a\n...\n%YAML 1." + "9" * 5000 + "\n---\na")
def test_nothing_is_ever_raised(content: str | bytes) -> None:
    document, problems = read(content)
    assert document is not None or problems
    for problem in problems:
        assert problem.location is not None
        assert problem.message
        assert all(line.isprintable() for line in str(problem).split("\n"))
    assert [problem.message for problem in problems if "not readable as YAML" in problem.message] == []
