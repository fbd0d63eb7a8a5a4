"""A rulebook as pages: everything a constraint says, links that lead somewhere, and hostile texts that stay texts."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
import small
from click.testing import CliRunner
from markdown_it import MarkdownIt

from checker import load_rulebook
from checker.cli import root
from checker.documenting import line_of, pages
from checker.plainly import rule_text, spell_text
from checker.render.documents import FORMATS
from checker.rulebook import Rulebook, builtin, parse_rulebook
from checker.rulebook.examples import load_examples, parse_examples
from checker.rulebook.shorthand import record

HOSTILE = """
rulebook: {id: x, version: "1", title: "<script>alert(1)</script> [x](y) `z` ![](http://a.example/b)"}
events: {A: {n: number, "<b>": text}}
constraints:
  - id: X-1
    title: "<img src=x onerror=alert(1)>"
    text: "A \\u202e [link](javascript:alert) | **bold** \\e[31m"
    note: "</main><script>alert(2)</script>"
    group: "`g` | h"
    severity: minor
    source: "http://a.example/?a=1&b=<i>"
    kind: always
    event: A
    field: n
    at_most: 3
examples:
  - name: "<script>alert(3)</script>"
    log: ["08:00 A S n=4"]
    expect: {X-1: violated}
"""


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]


def _load(name: str) -> Rulebook:
    return load_rulebook(builtin(), position=name)


def test_every_constraint_and_kind_has_a_page_and_every_link_leads_to_one(tmp_path: Path) -> None:
    for format_, (ending, _) in FORMATS.items():
        folder = tmp_path / format_
        done = CliRunner().invoke(
            root, ["docs", "--format", format_, "--output", str(folder), "-r", str(builtin())], standalone_mode=False
        )
        assert done.return_value == 0, done.output
        written = {path.relative_to(folder).as_posix() for path in folder.rglob("*" + ending)}
        book = _load("intermediate")
        assert {f"constraints/{one.id}{ending}" for one in book.constraints} <= written
        assert f"index{ending}" in written
        for name in written:
            text = (folder / name).read_text(encoding="utf-8")
            links = re.findall(r'href="([^"]+)"' if format_ == "html" else r"\]\(([^)]+)\)", text)
            for link in links:
                assert (folder / name).parent.joinpath(link).resolve().is_file(), (name, link)


def test_a_page_says_what_the_constraint_says() -> None:
    book = _load("intermediate")
    made = {page.name: page for page in pages(book, _load, load_examples(builtin()), ["R-03", "E-01a"])}
    assert set(made) == {"constraints/R-03", "constraints/E-01a"}
    text = FORMATS["markdown"][1](made["constraints/R-03"])
    for part in (
        "# R-03 Single-emission duration", "> Each emission lasts no longer than the limit.", "illustrative",
        "Under `intermediate`:\n\n- Each `emission` lasts at most 1 h.", "It is not in force.",
        "| `emission_limit` | none | 240 min | 120 min | 60 min |", "| RADAR\\_ON |", "E-01 (", "`emission` is from RADAR\\_ON",
    ):  # fmt: skip
        assert part in text
    assert "condition precedent of E-01" in FORMATS["markdown"][1](made["constraints/E-01a"])


@pytest.mark.parametrize("position", ["us-demand", "turkish-limited-use", "crete-model", "intermediate"])
def test_every_rule_reads_as_a_sentence(position: str) -> None:
    for constraint in _load(position).constraints:
        for clause in constraint.clauses:
            for rule in clause.rules:
                told = rule_text(rule)
                assert re.fullmatch(r"[A-Z`].*[a-z`0-9).A-Z']\.", told), told
                assert not re.search(r"  |None|NamedTuple|\bany record with [A-Z_]+ with|  ", told), told


def test_hostile_texts_stay_texts() -> None:
    book = parse_rulebook(HOSTILE)
    for page in pages(book, lambda name: book, parse_examples(HOSTILE)):
        made = FORMATS["html"][1](page)
        seen = Tags()
        seen.feed(made)
        assert not {"script", "img", "b", "i"} & set(seen.tags)
        assert all(re.fullmatch(r"(\.\./)?(index|kinds/[a-z_]+|constraints/X-1)\.html", link) for link in seen.links)
        assert "\u202e" not in made
        assert "\x1b" not in made
        rendered = MarkdownIt("commonmark", {"html": True}).enable("table").render(FORMATS["markdown"][1](page))
        seen = Tags()
        seen.feed(rendered)
        assert not {"script", "img", "b", "i", "strong"} & set(seen.tags), page.name
        assert all(re.fullmatch(r"(\.\./)?(index|kinds/[a-z_]+|constraints/X-1)\.md", link) for link in seen.links)


def test_records_are_written_as_examples_read_them() -> None:
    for example in load_examples(builtin()):
        for one in example.records:
            assert record(line_of(one)) == one, line_of(one)
    odd = {
        "time": "2031-01-01T00:00:00Z",
        "type": "A",
        "data": {"a": "x y", "b": ["p", 1], "c": None, "d": True, "e": "[z"},
    }
    assert record(line_of(odd)) == odd


def test_an_unknown_name_or_format_is_told() -> None:
    from checker.errors import UsageError

    for arguments, told in ((["docs", "R-99"], "R-99"), (["docs", "--format", "pdf"], "unknown format 'pdf'")):
        with pytest.raises(UsageError, match=told):
            CliRunner().invoke(root, arguments, standalone_mode=False, catch_exceptions=False)


def test_what_switches_says_so() -> None:
    book = small.rulebook(
        small.read("""
events: {ACTIVITY: {activity: text}}
intervals:
  rest: {from: {type: ACTIVITY, activity: REST}, until: {type: ACTIVITY, activity: {not: REST}}, repeat: switches}
constraint: {kind: duration, of: rest, at_most: 15 h}
""")
    )
    told = spell_text(book.definitions.intervals["rest"], by_name=False)
    assert told.endswith(
        "until ACTIVITY with `activity` other than REST, where each record says what goes on from then on"
    )
