"""Small rulebooks as the tests of lint write them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from small import HEAD, written

from checker.answers import Lint
from checker.lint import lint
from checker.rulebook import load_positions

WAIVER = {"title": "An exception", "text": "It is excused.", "source": "illustrative"}


def text_of(given: Mapping[str, Any]) -> str:
    """Sections as a rulebook; `constraints` and `waivers` get what every one says of itself."""
    sections: dict[str, Any] = {"rulebook": {"id": "small", "version": "1", "title": "Small"}, **given}
    sections["constraints"] = [{**HEAD, **body, "id": name} for name, body in given["constraints"].items()]
    if "waivers" in given:
        sections["waivers"] = [{**WAIVER, **waiver} for waiver in given["waivers"]]
    return "".join(f"{name}: {_block(node, 1)}" for name, node in sections.items())


def _block(node: Any, depth: int) -> str:
    """Two levels in lines of their own, so that what is pointed at can be shown."""
    indent = "  " * depth
    if depth < 3 and isinstance(node, Mapping) and node:
        return "\n" + "".join(f"{indent}{written(name)}: {_block(value, depth + 1)}" for name, value in node.items())
    if depth < 2 and isinstance(node, list) and node:
        return "\n" + "".join(_item(item, indent, depth) for item in node)
    return f"{written(node)}\n"


def _item(item: Any, indent: str, depth: int) -> str:
    if not isinstance(item, Mapping):
        return f"{indent}- {written(item)}\n"
    lines = [f"{written(name)}: {_block(value, depth + 2)}" for name, value in item.items()]
    return f"{indent}- " + f"{indent}  ".join(lines)


def lint_text(text: str, tmp_path: Path, **options: Any) -> Lint:
    """What lint says of a rulebook in one file."""
    path = tmp_path / "rulebook.yaml"
    path.write_text(text, encoding="utf-8")
    return lint(*load_positions(path), **options)


def lint_of(given: Mapping[str, Any], tmp_path: Path, **options: Any) -> Lint:
    """What lint says of a rulebook of these sections."""
    return lint_text(text_of(given), tmp_path, **options)
