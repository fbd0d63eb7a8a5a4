"""Fuzz targets: the corpus, what fuzzing found before, and a few seconds of coverage-guided search for more."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz.targets import CORPUS, TARGETS

ROOT = Path(__file__).resolve().parents[1]
INPUTS = [
    pytest.param(name, path, id=f"{name}/{path.name}") for name in TARGETS for path in sorted((CORPUS / name).iterdir())
]
FOUND: list[tuple[str, bytes]] = [
    ("rulebook", b"rulebook: \xa6"),  # a text with half a character had no digest
    ("xes", b"\n\x00\x00\xba"),  # UTF-16 or not: the reader of XML tells by two bytes
]


def test_the_corpus_is_small_and_every_target_has_one() -> None:
    assert {path.name for path in CORPUS.iterdir()} == set(TARGETS)
    assert sum(path.stat().st_size for path in CORPUS.rglob("*") if path.is_file()) < 200_000


@pytest.mark.parametrize(("name", "path"), INPUTS)
def test_an_input_of_the_corpus(name: str, path: Path) -> None:
    TARGETS[name](path.read_bytes())


@pytest.mark.parametrize(("name", "data"), FOUND)
def test_what_fuzzing_found(name: str, data: bytes) -> None:
    TARGETS[name](data)


@pytest.mark.skipif(sys.platform != "linux", reason="atheris has wheels for Linux")
def test_a_few_seconds_of_search(tmp_path: Path) -> None:
    seconds = os.environ.get("FUZZ_SECONDS", "3")
    done = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.targets", "all", seconds, str(tmp_path / "corpus"), f"-artifact_prefix={tmp_path}/"],
        cwd=ROOT, capture_output=True, encoding="utf-8", errors="replace", check=False,
        timeout=int(seconds) * 3 * len(TARGETS) + 120, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    crashes = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    assert done.returncode == 0, (crashes, done.stderr[-3000:])
    assert done.stderr.count("Done ") == len(TARGETS)
    assert [line for line in done.stderr.splitlines() if line.startswith("== ")] == [f"== {name}" for name in TARGETS]
