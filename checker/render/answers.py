"""The formats of answers, by the command that gives them; one line here for one more."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

Formats = Mapping[str, Callable[[Any, int], str]]


def as_json(answer: Any, width: int = 0) -> str:
    """One object, indented, ending with a newline; everything but ASCII is escaped."""
    from checker import report

    return report.as_json(answer) + "\n"


def _late(module: str, name: str) -> Callable[[Any, int], str]:
    """A format whose module is imported only when it is used."""

    def made(answer: Any, width: int) -> str:
        text: str = getattr(import_module(module), name)(answer, width)
        return text

    return made


EXPLANATIONS: Formats = {"text": _late("checker.render.explanation", "render"), "json": as_json}
COMPARISONS: Formats = {
    "text": _late("checker.render.comparison", "render"), "json": as_json,
    "html": _late("checker.render.html.comparison", "render"),
}  # fmt: skip
SWEEPS: Formats = {
    "text": _late("checker.render.sweep", "render"), "json": as_json,
    "html": _late("checker.render.html.sweep", "render"),
}  # fmt: skip
DIFFERENCES: Formats = {"text": _late("checker.render.difference", "render_text"), "json": as_json}
LINTS: Formats = {
    "text": _late("checker.render.lint", "render"), "json": as_json, "github": _late("checker.render.lint", "github"),
    "sarif": _late("checker.render.lint", "sarif"),
}  # fmt: skip
TESTS: Formats = {
    "text": _late("checker.render.tested", "render"), "json": as_json, "junit": _late("checker.render.tested", "junit"),
}  # fmt: skip
PROPOSALS: Formats = {"text": _late("checker.render.proposed", "render"), "json": as_json}
SIMULATIONS: Formats = {"text": _late("checker.render.simulated", "render"), "json": as_json}
