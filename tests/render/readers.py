"""Reports as their consumers read them: validated by real schemas, parsed by the rules of the tool that reads them."""

import csv
import io
import json
import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
from lxml import etree
from markdown_it import MarkdownIt

from checker.render import FORMATS, Page
from checker.report import Report

SCHEMAS = Path(__file__).resolve().parents[1] / "schemas"


_PAGES: dict[tuple[int, str], tuple[Report, str]] = {}


def page(report: Report, name: str) -> str:
    """The page, rendered once for each report; the report is kept, so that its identity stays its own."""
    if (id(report), name) not in _PAGES:
        _PAGES[id(report), name] = (report, FORMATS[name](report, Page()))
    return _PAGES[id(report), name][1]


@cache
def _validator(name: str) -> Any:
    schema = json.loads((SCHEMAS / name).read_text())
    return jsonschema.validators.validator_for(schema)(schema)


def sarif(report: Report) -> dict[str, Any]:
    """The one run of a valid log."""
    document: dict[str, Any] = json.loads(page(report, "sarif"))
    _validator("sarif-2.1.0.json").validate(document)
    (run,) = document["runs"]
    return run  # type: ignore[no-any-return]


def oscal(report: Report) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(page(report, "oscal"))
    _validator("oscal-assessment-results-1.2.1.json").validate(document)
    return document["assessment-results"]  # type: ignore[no-any-return]


def junit(report: Report) -> Any:
    """The root of a valid document."""
    schema = etree.XMLSchema(etree.parse(str(SCHEMAS / "junit-10.xsd")))
    root = etree.fromstring(page(report, "junit").encode(), etree.XMLParser(resolve_entities=False))
    schema.assertValid(root)
    return root


def rows(report: Report) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(page(report, "csv"), newline=""), strict=True))


class Command(NamedTuple):
    """A workflow command as the runner takes it."""

    name: str
    properties: dict[str, str]
    data: str


def commands(text: str) -> list[Command]:
    """What a GitHub runner makes of an output: the rules of its `ActionCommand`, both of them."""
    found = []
    for line in re.split(r"\r\n|\r|\n|\x85|\u2028|\u2029", text):
        told = line.lstrip()
        if told.startswith("::") and "::" in told[2:]:
            head, _, data = told[2:].partition("::")
            name, _, rest = head.partition(" ")
            pairs = (pair.partition("=") for pair in rest.split(",") if pair)
            properties = {key.strip(): _unescaped(value, {"%3A": ":", "%2C": ","}) for key, _, value in pairs}
            found.append(Command(name, properties, _unescaped(data, {})))
        elif "##[" in line:
            found.append(Command(line[line.index("##[") :], {}, ""))
    return found


def _unescaped(text: str, more: dict[str, str]) -> str:
    for escape, char in {"%0D": "\r", "%0A": "\n", **more, "%25": "%"}.items():
        text = text.replace(escape, char)
    return text


def tokens(report: Report) -> list[Any]:
    """The tokens of a Markdown page, inline ones too."""
    found = []
    for token in MarkdownIt("commonmark").enable(["table", "strikethrough"]).parse(page(report, "markdown")):
        found.append(token)
        found += token.children or []
    return found
