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
    return "\n".join(f"{name}: {written(node)}" for name, node in sections.items()) + "\n"


def lint_text(text: str, tmp_path: Path, **options: Any) -> Lint:
    """What lint says of a rulebook in one file."""
    path = tmp_path / "rulebook.yaml"
    path.write_text(text, encoding="utf-8")
    return lint(*load_positions(path), **options)


def lint_of(given: Mapping[str, Any], tmp_path: Path, **options: Any) -> Lint:
    """What lint says of a rulebook of these sections."""
    return lint_text(text_of(given), tmp_path, **options)
