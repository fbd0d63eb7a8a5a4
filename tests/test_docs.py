"""The documents are true: commands print what the README shows, examples load, generated parts are up to date.

`UPDATE_DOCS=1 pytest tests/test_docs.py` writes what the commands print now into the documents.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from small import without_engine_notice

from checker.kinds import KINDS
from checker.rulebook import parse_rulebook
from checker.rulebook.examples import parse_examples
from checker.rulebook.reading import field_names
from checker.testing import run as run_examples

ROOT = Path(__file__).resolve().parents[1]
UPDATE = bool(os.environ.get("UPDATE_DOCS"))
DOCUMENTS = [
    "README.md",
    "CONTRIBUTING.md",
    "ARCHITECTURE.md",
    "constraints/README.md",
    "docs/mappings.md",
    "docs/integrations.md",
    "docs/lint.md",
    "docs/simulate.md",
]

_CONSOLE = re.compile(r"```console\n\$ (.*?)\n(.*?)```", re.DOTALL)


def _shell(command: str) -> str:
    arguments = command.split()
    assert arguments[0] == "checker"
    done = subprocess.run(
        [sys.executable, "-m", *arguments], cwd=ROOT, capture_output=True, encoding="utf-8", timeout=60, check=False
    )
    return without_engine_notice(done.stdout)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_print_what_is_shown(name: str) -> None:
    path = ROOT / name
    text = path.read_text()
    made = _CONSOLE.sub(lambda m: f"```console\n$ {m.group(1)}\n{_shell(m.group(1))}```", text)
    if UPDATE:
        path.write_text(made)
    assert path.read_text() == made


def test_readme_shows_at_least_one_real_output() -> None:
    shown = _CONSOLE.findall((ROOT / "README.md").read_text())
    assert any("VIOLATED" in output for _, output in shown)


def test_ci_runs_the_test_command_of_the_readme() -> None:
    commands = re.findall(r"```sh\n(.*?)\n```", (ROOT / "README.md").read_text())
    assert len(commands) == 2
    assert commands[1] in (ROOT / ".ci/run").read_text()


def test_python_example_of_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    code = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    printed = re.search(r"prints\n\n```\n(.*?)```", text, re.DOTALL)
    assert code is not None
    assert printed is not None
    done = subprocess.run([sys.executable, "-c", code.group(1)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == printed.group(1)


def _kinds() -> str:
    lines = []
    for name, kind in KINDS.items():
        module = sys.modules[kind.__module__]
        title, _, rest = (module.__doc__ or "").partition("\n\n")
        told = title.removeprefix(f"{name}: ").replace("\n", " ").strip()
        lines += [f"### {name}", "", told[:1].upper() + told[1:], ""]
        if rest.strip():
            lines += [rest.strip(), ""]
        lines += ["| field | meaning |", "|---|---|"]
        for alias, field in zip(field_names(kind), kind.model_fields.values(), strict=True):
            if alias != "kind":
                needed = " (required)" if field.is_required() else ""
                lines.append(f"| `{alias}` | {field.description}{needed} |")
        body = re.search(r"( *)constraint:(.*?)\n *holds:", kind.example, re.DOTALL)
        assert body is not None
        lines += ["", "```yaml", _dedented(body.group(2), len(body.group(1))), "```", ""]
    return "\n".join(lines)


def _dedented(text: str, indent: int) -> str:
    text = text.strip("\n")
    if text.lstrip().startswith("{"):
        return " ".join(part.strip() for part in text.splitlines()).strip()
    return "\n".join(line[indent + 2 :] for line in text.splitlines())


def test_kinds_are_documented_as_they_are() -> None:
    path = ROOT / "constraints/README.md"
    text = path.read_text()
    before, rest = text.split("<!-- kinds -->\n")
    _, after = rest.split("<!-- /kinds -->")
    made = f"{before}<!-- kinds -->\n{_kinds()}<!-- /kinds -->{after}"
    if UPDATE:
        path.write_text(made)
    assert path.read_text() == made


def test_small_rulebook_of_the_guide_loads() -> None:
    text = (ROOT / "constraints/README.md").read_text()
    block = re.search(r"## A whole small rulebook\n\n```yaml\n(.*?)```", text, re.DOTALL)
    assert block is not None
    assert [c.id for c in parse_rulebook(block.group(1)).constraints] == ["H-1", "H-2", "H-3"]


def test_the_rulebook_of_drivers_hours_in_the_guide_loads_and_its_examples_come_out() -> None:
    text = (ROOT / "constraints/README.md").read_text()
    block = re.search(r"### Changes of activity\n.*?```yaml\n(.*?)```", text, re.DOTALL)
    assert block is not None
    assert [c.id for c in parse_rulebook(block.group(1)).constraints] == ["H-1", "H-2", "H-3"]
    made = run_examples(
        parse_examples(block.group(1)),
        lambda position, parameters: parse_rulebook(block.group(1), position=position, parameters=parameters),
    )
    assert (made.passed, made.good) == (3, True)


def test_assessments_of_the_guide_load() -> None:
    text = (ROOT / "constraints/README.md").read_text()
    small = re.search(r"## A whole small rulebook\n\n```yaml\n(.*?)```", text, re.DOTALL)
    rules = re.search(r"```yaml\n(assessments:\n.*?)```", text, re.DOTALL)
    when = re.search(r"```yaml\n(when:\n.*?)```", text, re.DOTALL)
    assert small is not None
    assert rules is not None
    assert when is not None
    alone = "  - {id: X-06, title: T, text: T., source: s, conclude: {conclusion: c, text: T.}, "
    condition = " ".join(line.strip() for line in when.group(1).splitlines()[1:])
    condition = condition.replace("- finding: {severity: minor} as: minor", "{finding: {severity: minor}, as: minor}, ")
    condition = condition.replace("- none: ", "{none: ") + "}"
    made = parse_rulebook(f"{small.group(1)}\n{rules.group(1)}{alone}when: [{condition}]}}\n")
    assert [(rule.id, len(rule.when)) for rule in made.assessments.rules] == [("X-01", 1), ("X-05", 1), ("X-06", 2)]


def test_links_lead_somewhere() -> None:
    for name in DOCUMENTS:
        path = ROOT / name
        for target in re.findall(r"\]\(([^)#:]+)\)", path.read_text()):
            assert (path.parent / target).exists(), f"{name}: {target}"


def test_options_and_commands_are_all_in_the_readme() -> None:
    text = (ROOT / "README.md").read_text()
    shown = _shell("checker check --help")
    for option in set(re.findall(r"--[a-z][a-z-]*", shown)) - {"--help"}:
        assert f"`{option}" in text or f"`-r`, `{option}" in text or f", `{option}`" in text, option
    from checker.cli import COMMANDS

    for command in COMMANDS:
        assert f"`checker {command}" in text
