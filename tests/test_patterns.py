"""The property patterns of the literature, as constraints: each holds on a log, and is broken by another.

`UPDATE_DOCS=1` writes the table of docs/patterns.md anew.
"""

import os
import re
from pathlib import Path
from typing import Any

import pytest
import small

from checker.backends import BACKENDS

ROOT = Path(__file__).resolve().parents[1]
FILE: Any = small.read((ROOT / "fixtures" / "patterns.yaml").read_text(encoding="utf-8"))
GIVEN, ROWS = FILE["given"], FILE["patterns"]
PATTERNS = [one for one in ROWS if "cannot" not in one]  # of those that cannot be expressed the table says why
IDS = [f"{one['family']}: {one['name']}, {one['scope']}" for one in PATTERNS]
_EVENT = re.compile(r"([A-Z])(\d*)(!?)@(\d+)")


def log(text: str) -> list[str]:
    """`P@3 Q!@4 A12@5` as lines of one case; observation ends a minute after the last."""
    lines = []
    for name, amount, not_ok, minute in _EVENT.findall(text):
        more = f" amount={amount}" if amount else " ok=false" if not_ok else " ok=true" if name == "P" else ""
        lines.append(f"2031-05-01T08:{int(minute):02d}:00Z {name} CASE{more}")
    assert len(lines) == len(text.split()), text
    return lines


def judged(one: Any, text: str, backend: str) -> str:
    last = max(int(minute) for *_, minute in _EVENT.findall(text))
    given = {**GIVEN, "constraint": one["constraint"]}
    given["observed"] = {"from": "2031-05-01T08:00:00Z", "until": f"2031-05-01T08:{last + 1:02d}:00Z"}
    return small.check(given, log(text), backend=backend).verdict


def texts(node: Any) -> list[str]:
    return [str(text) for text in (node if isinstance(node, list) else [node])]


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("one", PATTERNS, ids=IDS)
def test_a_pattern_holds_and_is_broken(one: Any, backend: str) -> None:
    for text in texts(one["holds"]):
        assert judged(one, text, backend) in ("satisfied", "not_applicable", "pending"), text
    for text in texts(one["breaks"]):
        # where only the end of a case would break it, it is not yet kept, and never called so
        allowed = ("violated", "pending") if _asks_for_more(one) else ("violated",)
        assert judged(one, text, backend) in allowed, text


def _asks_for_more(one: Any) -> bool:
    """Whether a duty has no deadline: what never comes is pending then."""
    return "followed_by" in str(one["constraint"]) or "at_least" in str(one["constraint"])


def test_every_pattern_is_there() -> None:
    names = {(str(one["family"]), str(one["name"]).partition(",")[0].partition("(")[0]) for one in PATTERNS}
    scopes = {(str(one["name"]), str(one["scope"])) for one in ROWS if "chain," in str(one["name"])}
    assert len(scopes) == 8 * 5, "each chain, constrained or not, in each scope"
    wanted = {
        "Dwyer": "Absence Universality Existence|Bounded existence|Precedence Response|Precedence chain|Response chain",
        "Konrad-Cheng": "Minimum duration|Maximum duration|Bounded recurrence|Bounded response|Bounded invariance",
        "Declare": "Existence Absence Exactly Init End Choice|Exclusive choice|Responded existence|Co-existence"
        "|Not co-existence|Response Precedence Succession|Alternate response|Alternate precedence|Alternate succession"
        "|Chain response|Chain precedence|Chain succession|Not succession|Not chain succession",
    }
    for family, text in wanted.items():
        for part in text.split("|"):
            for name in part.split(" ") if part[0].isupper() and part.istitle() else [part]:
                assert (family, name) in names, name


def _flow(node: Any) -> str:
    if isinstance(node, dict):
        return "{" + ", ".join(f"{name}: {_flow(value)}" for name, value in node.items()) + "}"
    if isinstance(node, list):
        return "[" + ", ".join(map(_flow, node)) + "]"
    return str(node)


def test_the_table_in_the_documents_is_up_to_date() -> None:
    lines = ["## Intervals", "", "| name | interval |", "|---|---|"]
    lines += [f"| `{name}` | `{_flow(node)}` |" for name, node in GIVEN["intervals"].items()]
    for family in dict.fromkeys(str(one["family"]) for one in PATTERNS):
        lines += [
            "",
            f"## {family}",
            "",
            "| pattern | scope | constraint | holds | does not |",
            "|---|---|---|---|---|",
        ]
        for one in ROWS:
            if one["family"] == family and "cannot" in one:
                lines.append(f"| {one['name']}: {one['reads']} | {one['scope']} | {one['cannot']} | | |")
            elif one["family"] == family:
                holds, breaks = (", ".join(f"`{text}`" for text in texts(one[side])) for side in ("holds", "breaks"))
                told = f"{one['name']}: {one['reads']}"
                lines.append(f"| {told} | {one['scope']} | `{_flow(one['constraint'])}` | {holds} | {breaks} |")
    path = ROOT / "docs" / "patterns.md"
    before, _, _ = path.read_text(encoding="utf-8").partition("## Intervals\n")
    text = before + "\n".join(lines) + "\n"
    if os.environ.get("UPDATE_DOCS"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
