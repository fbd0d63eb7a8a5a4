"""A comparison as one page that opens offline: totals, constraints by position, what differs, and whose findings."""

from checker.answers import Comparison, OnlyIn
from checker.legible import inert
from checker.render import comparison as words
from checker.render.html import environment, policy, style


def render(comparison: Comparison, width: int = 0) -> str:
    """The page; it has no script."""
    made = environment()
    page = made.get_template("comparison.html.j2").render(
        comparison=comparison,
        book=comparison.rulebooks[0],
        differing=[row for row in comparison.constraints if not row.same],
        pairs=_by_pair(comparison.only_in),
        cell=words.cell,
        word=words.word,
        counts=words.counts,
        parts=[
            ("totals", "Positions"),
            ("table", "Constraints"),
            ("differing", "What differs"),
            ("only", "Findings of one position only"),
            ("method", "Method"),
        ],
        style=made.filters["marked"](style()),
        policy=policy(style()),
    )
    return "\n".join(map(inert, page.split("\n")))


def _by_pair(only_in: list[OnlyIn]) -> dict[tuple[str, str], list[OnlyIn]]:
    found: dict[tuple[str, str], list[OnlyIn]] = {}
    for one in only_in:
        found.setdefault((one.position, one.other), []).append(one)
    return found
