"""What SECURITY.md promises of the program itself: it runs nothing that a file holds, opens no connection, and reads and
writes only what it should."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from checker.render import FORMATS

ROOT = Path(__file__).resolve().parents[1]
HOSTILE = ROOT / "fixtures" / "hostile"

MODULES = {
    "pickle", "cPickle", "marshal", "shelve", "dill", "socket", "ssl", "http", "urllib", "ftplib", "smtplib", "requests",
    "httpx", "asyncio", "subprocess", "multiprocessing", "concurrent", "ctypes", "cffi", "code", "runpy", "pty",
    "webbrowser", "xmlrpc", "socketserver", "imp", "importlib", "yaml", "jinja2",
}  # fmt: skip
"""What could run code, open a connection, or start a program."""

CALLS = {"eval", "exec", "compile", "__import__", "breakpoint", "input"}
ON_OS = re.compile(r"system|popen|exec\w*|spawn\w*|posix_spawn\w*|fork\w*|startfile")

MEANT = {
    # each of these places, with what it is for
    ("checker/yamltree.py", "yaml"): "libyaml's events; no constructor is imported",
    (
        "checker/render/html/__init__.py",
        "jinja2",
    ): "pages made of templates of the program's own, with every text escaped",
    ("checker/render/parts.py", "urllib"): "urllib.parse: quoting paths for URIs",
    ("checker/starter/__init__.py", "importlib"): "files that come with the program",
    ("checker/timeline/zone.py", "importlib"): "zones of the tzdata package",
    ("checker/rulebook/named.py", "importlib"): "where an installed package keeps its rulebook; it is not imported",
    ("checker/__init__.py", "importlib"): "modules of this program by fixed names",
    ("checker/cli/__init__.py", "importlib"): "modules of this program by fixed names",
    ("checker/render/__init__.py", "importlib"): "modules of this program by fixed names",
    ("checker/render/answers.py", "importlib"): "modules of this program by fixed names",
    ("checker/assessment/__init__.py", "importlib"): "the rule engine, if it is there",
}

WORKERS = {"checker/scan/workers.py", "checker/scan/__init__.py"}
"""Processes of the program's own read large logs."""


def found(tree: ast.AST) -> list[str]:
    """The modules that are imported and the dangerous names that are called."""
    told = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            told += [alias.name.partition(".")[0] for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            told.append((node.module or "").partition(".")[0])
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            told.append(node.func.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            if node.value.id == "os" and ON_OS.fullmatch(node.attr):
                told.append(f"os.{node.attr}")
            if node.value.id == "builtins" and node.attr in CALLS:
                told.append(node.attr)
    return [name for name in told if name in MODULES or name in CALLS or name.startswith("os.")]


def test_nothing_in_the_source_runs_code_or_opens_connections() -> None:
    places = {
        (path.relative_to(ROOT).as_posix(), name)
        for path in (ROOT / "checker").rglob("*.py")
        for name in found(ast.parse(path.read_text(encoding="utf-8")))
    }
    assert {place for place in places if place[0] not in WORKERS} == set(MEANT)
    # that processes are started is meant in one file; no shell is asked to do it
    assert {name for path, name in places if path in WORKERS} <= {"subprocess", "concurrent", "pickle", "importlib"}
    assert not [path for path in (ROOT / "checker").rglob("*.py") if "shell=True" in path.read_text(encoding="utf-8")]


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "from urllib import request",
        "eval('1')",
        "import os\nos.system('x')",
        "def f():\n from socket import *",
        "builtins.exec('')",
    ],
)
def test_what_is_looked_for_is_found(source: str) -> None:
    assert found(ast.parse(source))


def test_yaml_is_read_as_events_only() -> None:
    for node in ast.walk(ast.parse((ROOT / "checker/yamltree.py").read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("yaml"):
            assert node.module in {
                "yaml.error",
                "yaml.events",
                "yaml.parser",
                "yaml.reader",
                "yaml.scanner",
                "yaml._yaml",
            }


WATCHED = """
import os, sys, json
root, out = sys.argv[1], os.path.realpath(".")
seen = []
def hook(event, args):
    name = event.partition(".")[0]
    if name in ("socket", "subprocess", "ftplib", "smtplib", "urllib", "http", "webbrowser", "pty"):
        seen.append([event, str(args)[:200]])
    elif event == "ctypes.dlopen" and args[0] is not None:
        seen.append([event, str(args)])
    elif event in ("os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "pickle.find_class"):
        seen.append([event, str(args)[:200]])
    elif event == "open" and isinstance(args[0], (str, bytes)):
        path, mode, flags = args
        writes = isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC)
        if writes and path != os.devnull and not os.path.realpath(os.fsdecode(path)).startswith(out + os.sep):
            seen.append([event, f"{path} {mode} {flags:o}"])
    elif event in ("os.remove", "os.rename", "os.rmdir", "os.mkdir", "shutil.rmtree"):
        if not os.path.realpath(os.fsdecode(args[0])).startswith(out + os.sep):
            seen.append([event, str(args)[:200]])
    elif event in ("exec", "compile"):
        # the import system runs modules, and the standard library makes classes so; nothing of this program does
        by = sys._getframe(1).f_code.co_filename
        if by.startswith(os.path.join(root, "checker") + os.sep):
            seen.append([event, by])
sys.dont_write_bytecode = True
from checker.cli import run
sys.addaudithook(hook)
for asked in json.loads(sys.stdin.read()):
    status = run(asked)
    print(status, file=sys.stderr)
    if seen:
        break
open("seen.json", "w").write(json.dumps(seen))
"""
"""A check under an audit hook, which sees what the interpreter itself does; the working folder is that of the output."""


def watched(folder: Path, asked: list[list[str]], more: str = "") -> list[list[str]]:
    done = subprocess.run(
        [sys.executable, "-c", more + WATCHED, str(ROOT)], cwd=folder, input=json.dumps(asked).encode(), capture_output=True,
        check=False, timeout=120, env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    events: list[list[str]] = json.loads((folder / "seen.json").read_text())
    return events


def test_a_check_opens_no_connection_starts_nothing_and_writes_only_what_it_is_told_to(tmp_path: Path) -> None:
    log, outputs = str(ROOT / "fixtures/logs/s2_violating.jsonl"), [f"--output={name}:out.{name}" for name in FORMATS]
    rules = ["-r", str(HOSTILE / "rules.yaml")]
    asked = [
        ["check", log, "--position", "intermediate", *outputs],
        ["check", log, "--position", "intermediate", "--backend", "columnar"],
        ["explain", "R-03", log, "--position", "intermediate"],
        *(["check", str(path), *rules] for path in sorted((HOSTILE / "logs").iterdir())[::8]),
        *(
            ["check", str(HOSTILE / "modes.jsonl"), "-r", str(path)]
            for path in sorted((HOSTILE / "rulebooks").iterdir())[::8]
        ),
        ["check", str(HOSTILE / "modes.jsonl"), "-r", str(HOSTILE / "rulebooks/tag-python.yaml")],
    ]
    assert watched(tmp_path, asked) == []
    assert {path.name for path in tmp_path.iterdir()} == {"seen.json", *(f"out.{name}" for name in FORMATS)}


@pytest.mark.parametrize(
    "fault",
    [
        "import socket; socket.socket()",
        "import subprocess; subprocess.run(['true'])",
        "open('../elsewhere', 'w').close()",
        "import os; os.fork() or os._exit(0)",
        "eval('1')",
    ],
)
def test_the_hook_sees_what_it_is_for(fault: str, tmp_path: Path) -> None:
    planted = (
        "import checker.route as route\nfrom checker.errors import UsageError\n"
        f"def _fault(*a, **k):\n    {fault}\n    raise UsageError('done')\n"
    )
    here = str(ROOT / "checker" / "planted.py")
    script = f"names = {{}}; exec(compile({planted!r}, {here!r}, 'exec'), names); names['route'].judged_files = names['_fault']\n"
    inside = tmp_path / "inside"
    inside.mkdir()
    assert watched(inside, [["check", str(HOSTILE / "modes.jsonl"), "-r", str(HOSTILE / "rules.yaml")]], script)
