"""What a party that wishes the program to fail may hand in: each file comes to what is written beside it.

Files and expectations stand in fixtures/hostile; what is too large for that is made here. `UPDATE_DOCS=1` writes the
table of docs/hostile.md anew.
"""

import contextlib
import gzip
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import small

import checker
from checker.backends import BACKENDS
from checker.cli import run
from checker.errors import CheckerError
from checker.logs import opening

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "fixtures" / "hostile"
EXPECTED: dict[str, dict[str, Any]] = small.values(small.read((FOLDER / "expected.yaml").read_text(encoding="utf-8")))
BOOKS, LOGS = EXPECTED["rulebooks"], EXPECTED["logs"]
MODES = FOLDER / "modes.jsonl"
"""Records that hold the texts of the rulebooks on YAML 1.1, and an emission of ten minutes."""


@pytest.fixture(autouse=True)
def _there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(FOLDER)


def check(capfd: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = run(["check", *arguments])
    out, err = capfd.readouterr()
    return status, out, err


def options(expected: dict[str, Any]) -> list[str]:
    """What a log is checked with, as options of the command."""
    names = {"observed_until": "--until", "mapping": "--mapping"}
    return [text for name, value in expected.get("with", {}).items() for text in (names[name], value)]


def test_every_file_has_an_expectation_and_the_other_way_round() -> None:
    for name, expected in EXPECTED.items():
        assert {path.name for path in (FOLDER / name).iterdir()} == set(expected)


@pytest.mark.parametrize("name", BOOKS)
def test_a_hostile_rulebook(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    expected = BOOKS[name]
    status, _, err = check(capfd, "modes.jsonl", "-r", f"rulebooks/{name}")
    assert status == expected["status"], err
    for said in expected.get("says", ()):
        assert said in err
    assert "Traceback" not in err
    assert "defect" not in err
    assert "\x1b" not in err
    if status == 2:
        assert f"error: rulebooks/{name}" in err, "a mistake has a place"
        with pytest.raises(CheckerError) as caught:
            checker.check(MODES, FOLDER / "rulebooks" / name)
        assert caught.value.problems
    assert not (FOLDER / "hostile-was-here").exists(), "nothing was run"


@pytest.mark.parametrize("backend", [None, *BACKENDS])
@pytest.mark.parametrize("name", LOGS)
def test_a_hostile_log(name: str, backend: str | None, capfd: pytest.CaptureFixture[str]) -> None:
    expected = LOGS[name]
    chosen = options(expected) + ([] if backend is None else ["--backend", backend])
    status, out, err = check(capfd, f"logs/{name}", "-r", "rules.yaml", "--format", "json", *chosen)
    assert status == expected["status"], err
    report = json.loads(out)
    rejected = [(entry["line"], entry["reason"]) for entry in report["rejected"]]
    wanted = expected.get("rejected", [])
    assert len(rejected) == len(wanted), rejected
    for (line, reason), one in zip(rejected, wanted, strict=True):
        assert one["line"] in ("any", line)
        assert one["reason"] in reason
    if "records" in expected:
        assert report["logs"][0]["records"] == expected["records"]
    for said in expected.get("says", ()):
        assert said in out
    if rejected or not report["logs"][0]["records"]:
        assert report["verdict"] != "satisfied"
    assert "Traceback" not in err
    made = checker.check(f"logs/{name}", "rules.yaml", backend=backend, **expected.get("with", {}))
    assert made.to_dict() == report, "from Python the same"


@pytest.mark.parametrize("name", LOGS)
def test_what_a_hostile_log_prints_is_legible(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    for format_ in ("text", "github", "markdown"):
        _, out, err = check(capfd, f"logs/{name}", "-r", "rules.yaml", "--format", format_, *options(LOGS[name]))
        for text in (out, err):
            assert not {c for c in text if (c < " " and c != "\n") or c in "\x7f\u202e\u2066\ufeff"}
        if format_ == "text":
            assert not any(line.lstrip().startswith("::") for line in out.splitlines())


# ---- what is too large for a file, or is none ----


def nested_book() -> bytes:
    return b"rulebook: " + b"[" * 25_000 + b"]" * 25_000


def many_constraints() -> bytes:
    head, _, one = (FOLDER / "rules.yaml").read_text(encoding="utf-8").partition("constraints:\n")
    return (head + "constraints:\n" + "".join(one.replace("X-1", f"X-{n}") for n in range(10_000))).encode()


def large_book() -> bytes:
    return b"# " + b"x" * (9 * 1024 * 1024) + b"\nrulebook: {}\n"


MADE_BOOKS: dict[str, tuple[Callable[[], bytes], int, str, str]] = {
    "nested 25,000 deep": (nested_book, 2, "nested deeper than 32 levels", "refused before it is built"),
    "9 MB": (large_book, 2, "more than 8388608 bytes", "refused before it is read"),
}


@pytest.mark.parametrize("name", MADE_BOOKS)
def test_a_large_rulebook(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    make, wanted, said, _ = MADE_BOOKS[name]
    book = tmp_path / "book.yaml"
    book.write_bytes(make())
    started = time.monotonic()
    status, _, err = check(capfd, "modes.jsonl", "-r", str(book))
    assert (status, said in err) == (wanted, True), err
    assert time.monotonic() - started < 10


def test_ten_thousand_constraints(tmp_path: Path) -> None:
    book = tmp_path / "book.yaml"
    book.write_bytes(many_constraints())
    done = limited(["check", "modes.jsonl", "-r", str(book), "--format", "csv"], memory=2 << 30)
    assert done.returncode == 0, done.stderr


def limited(arguments: list[str], *, memory: int, given: bytes | None = None) -> "subprocess.CompletedProcess[bytes]":
    """Run the program with so much address space at most."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))

    return subprocess.run(
        [sys.executable, "-m", "checker", *arguments], cwd=FOLDER, input=given, capture_output=True, timeout=300,
        check=False, preexec_fn=limit, env={**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip


ON = b'{"time": "2031-05-01T08:00:00Z", "type": "RADAR_ON", "subject": "A"}\n'
OFF = b'{"time": "2031-05-01T08:30:00Z", "type": "RADAR_OFF", "subject": "A"}\n'


def bomb(ending: str, opened: Callable[..., Any]) -> Callable[[Path], str]:
    def made(path: Path) -> str:
        path = path / f"bomb.jsonl.{ending}"
        with opened(path, "wb") as file:
            file.write(ON + OFF)
            for _ in range(300):
                file.write((b" " * 1023 + b"\n") * 1024)
        return str(path)

    return made


def zstd_cut(path: Path) -> str:
    path = path / "cut.jsonl.zst"
    path.write_bytes(opening._zstd().compress(ON + OFF + random.Random(1).randbytes(100_000).hex().encode())[:50_000])
    return str(path)


def no_records(path: Path) -> str:
    path = path / "none.jsonl"
    path.write_bytes(ON + b"x\n" * 200_000 + OFF)
    return str(path)


def long_line(path: Path) -> str:
    path = path / "line.jsonl"
    with path.open("wb") as file:
        file.write(ON + b'{"time": "')
        for _ in range(256):
            file.write(b"x" * (1 << 20))
        file.write(b'"}\n' + OFF)
    return str(path)


def pipe(path: Path) -> str:
    os.mkfifo(path / "pipe.jsonl")
    return str(path / "pipe.jsonl")


def folder(path: Path) -> str:
    (path / "folder.jsonl").mkdir()
    return str(path / "folder.jsonl")


def nothing(path: Path) -> str:
    return str(path / "nothing.jsonl")


def device(path: Path) -> str:
    return "/dev/zero"


def many_lines(path: Path) -> str:
    """As many records as take a second or two to read; how memory grows with them is measured in benchmarks/long.py."""
    path = path / "many.jsonl"
    with path.open("wb") as file:
        file.write((ON + OFF) * 50_000 + b"\n" * 2_000_000)
    return str(path)


def loop(path: Path) -> str:
    (path / "loop.jsonl").symlink_to(path / "loop.jsonl")
    return str(path / "loop.jsonl")


MADE_LOGS: dict[str, tuple[Callable[[Path], str], int, str, str]] = {
    "gzip bomb": (bomb("gz", gzip.open), 3, "expands", "what came before counts, the rest is missing"),
    "zstd bomb": (bomb("zst", opening._zstd().open), 3, "expands", "what came before counts, the rest is missing"),
    "zstd that ends early": (zstd_cut, 3, "ends early", "what came before counts, the rest is missing"),
    "200,000 lines that are no records": (no_records, 3, "none.jsonl:200001", "each is listed"),
    "a line of 256 MB": (long_line, 3, "longer than", "it is no record; those around it are read"),
    "2,100,000 lines": (
        many_lines,
        0,
        "stood in the logs more than once",
        "copies count once, blank lines are none",
    ),
    "a FIFO": (pipe, 2, "not a regular file", "nothing waits for it"),
    "a folder": (folder, 2, "folder", "a log is a file"),
    "no file": (nothing, 2, "no such file", "a log is a file"),
    "a device": (device, 2, "not a regular file", "nothing is read from it"),
    "a link to itself": (loop, 2, "loop.jsonl", "it leads nowhere"),
}


@pytest.mark.parametrize("name", MADE_LOGS)
@pytest.mark.parametrize("backend", BACKENDS)
def test_a_log_that_is_large_or_none(name: str, backend: str, tmp_path: Path) -> None:
    make, wanted, said, _ = MADE_LOGS[name]
    done = limited(["check", make(tmp_path), "-r", "rules.yaml", "--backend", backend], memory=1 << 30)
    told = " ".join((done.stdout + done.stderr).decode().split())  # wherever a line ends
    assert done.returncode == wanted, told[:2000]
    assert said in told
    assert "Traceback" not in told


def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    """As somebody who is not everywhere allowed to read."""
    log, book = tmp_path / "log.jsonl", tmp_path / "book.yaml"
    for path, like in ((log, "modes.jsonl"), (book, "rules.yaml")):
        path.write_bytes((FOLDER / like).read_bytes())
        path.chmod(0)
    script = (
        "import os, sys, traceback; from checker.cli import run; run(['check', 'modes.jsonl', '-r', 'rules.yaml']); "
    )
    script += "os.geteuid() or os.seteuid(65534); sys.exit(run(sys.argv[1:]))"
    tmp_path.chmod(0o755)
    for given in ((str(log), "-r", "rules.yaml"), ("modes.jsonl", "-r", str(book))):
        done = subprocess.run(
            [sys.executable, "-c", script, "check", *given], cwd=FOLDER, capture_output=True, check=False, timeout=60,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.returncode == 2, done.stderr
        assert b"ermission" in done.stderr
        assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("mode", [0o000, 0o444, 0o111])
def test_a_rulebook_folder_that_may_not_be_read(
    mode: int, entered_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Neither the folder, nor one above it."""
    book = entered_path / "book"
    (book / "inner").mkdir(parents=True)
    for path in (book, book / "inner"):
        (path / "rules.yaml").write_bytes((FOLDER / "rules.yaml").read_bytes())
    assert check(capfd, "modes.jsonl", "-r", str(book))[0] == 0
    book.chmod(mode)
    root = os.geteuid() == 0
    try:
        for given in (book, book / "inner", book / "rules.yaml"):
            if root:
                os.seteuid(65534)
            status, _, err = check(capfd, "modes.jsonl", "-r", str(given))
            with contextlib.suppress(CheckerError):
                checker.load_rulebook(given)
            if root:
                os.seteuid(0)
            if mode == 0o111 and given != book:
                assert status == 0, err  # what is named may be read though the folder may not be listed
                continue
            assert (status, f"error: {given}" in err, "Permission denied" in err) == (2, True, True), err
            assert "Traceback" not in err
    finally:
        if root:
            os.seteuid(0)
        book.chmod(0o755)


NAMES = {
    "too long": "a" * 5000,
    "too long, in a folder": "a" * 5000 + "/b",
    "with a NUL": "a\0.jsonl",
    "no text": "\udcff",
}


@pytest.mark.parametrize("backend", [None, *BACKENDS])
@pytest.mark.parametrize("name", NAMES)
def test_names_that_no_file_has(name: str, backend: str | None, tmp_path: Path) -> None:
    """Through the API any text may come as a path: it is told which file cannot be read, as of one that is not there."""
    path = NAMES[name]
    asked: list[Callable[[], Any]] = [
        lambda: checker.check(path, "rules.yaml", backend=backend),
        lambda: checker.check(["modes.jsonl", path], "rules.yaml", backend=backend),
        lambda: checker.check(f"{path}*", "rules.yaml", backend=backend),
        lambda: checker.check("modes.jsonl", path, backend=backend),
        lambda: checker.check("modes.jsonl", "rules.yaml", mapping=path),
        lambda: checker.check("modes.jsonl", "rules.yaml", waivers=path),
        lambda: checker.load_rulebook(path),
        lambda: checker.read_log(path),
    ]
    for ask in asked:
        with pytest.raises(CheckerError) as caught:
            ask()
        assert caught.value.problems


BAD_PLACES = {"a FIFO": pipe, "no file": nothing, "a device": device, "a link to itself": loop}


@pytest.mark.parametrize("name", BAD_PLACES)
def test_a_rulebook_that_is_no_file(name: str, tmp_path: Path) -> None:
    done = limited(["check", "modes.jsonl", "-r", BAD_PLACES[name](tmp_path)], memory=1 << 30)
    assert done.returncode == 2, done.stderr
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("name", BAD_PLACES)
@pytest.mark.parametrize("option", ["--waivers", "--mapping", "diff", "simulate"])
def test_other_files_that_are_none(name: str, option: str, tmp_path: Path) -> None:
    """Whatever is read whole is a regular file: nothing waits for a pipe, and a device is not read without end."""
    place = BAD_PLACES[name](tmp_path)
    asked = {
        "diff": ["diff", place, place], "simulate": ["simulate", "--scenario", place, "-r", "rules.yaml"],
    }.get(option, ["check", "modes.jsonl", "-r", "rules.yaml", option, place])  # fmt: skip
    done = limited(asked, memory=1 << 30)
    assert done.returncode == 2, done.stderr
    assert b"Traceback" not in done.stderr
    assert Path(place).name.encode() in done.stderr


def test_a_rulebook_folder_without_rulebooks(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notes.txt").write_text("rulebook:")
    status, _, err = check(capfd, "modes.jsonl", "-r", str(tmp_path))
    assert status == 2
    assert "holds no rulebook file" in err


def test_a_report_goes_where_it_is_told_to(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Names with spaces, dots and line ends are names."""
    place = tmp_path / "a b" / "c\n::error d"
    place.mkdir(parents=True)
    out = f"{place}/../c\n::error d/re port.json"
    status, _, err = check(capfd, "logs/paths-in-texts.jsonl", "-r", "rules.yaml", "--output", f"json:{out}")
    assert status == 0, err
    assert [path.name for path in place.iterdir()] == ["re port.json"]
    status, _, err = check(capfd, str(place / "none.jsonl"), "-r", "rules.yaml")
    assert status == 2
    assert not any(line.startswith("::error") for line in err.splitlines())


def test_a_rulebook_folder_holds_links_into_itself_only(tmp_path: Path) -> None:
    """A link that leads out of the folder would let one party make the other read what it never sent."""
    (tmp_path / "secret.yaml").write_text((FOLDER / "rules.yaml").read_text(encoding="utf-8"))
    inside = tmp_path / "book"
    inside.mkdir()
    (inside / "a.yaml").symlink_to(tmp_path / "secret.yaml")
    done = limited(["check", "modes.jsonl", "-r", str(inside)], memory=1 << 30)
    assert done.returncode == 2
    assert b"leads out of the folder" in done.stderr


# ---- faults: no half report, a right status, and a second run works ----


@contextlib.contextmanager
def started(*arguments: str, **more: Any) -> Iterator["subprocess.Popen[bytes]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "checker", *arguments], cwd=FOLDER, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, **more,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def long_log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One that takes a few seconds to check."""
    path = tmp_path_factory.mktemp("long") / "long.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for n in range(150_000):
            day, second = divmod(n * 40, 86_400)
            at = f"2031-{1 + day // 28:02d}-{1 + day % 28:02d}T{second // 3600:02d}:{second // 60 % 60:02d}:{second % 60:02d}Z"
            kind = "RADAR_ON" if n % 2 == 0 else "RADAR_OFF"
            file.write(f'{{"time": "{at}", "type": "{kind}", "subject": "A"}}\n')
    return path


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("after", [0.05, 0.4, 1.2, "any"])
def test_a_signal_at_any_moment(
    sent: signal.Signals, status: int, after: float | str, backend: str, long_log: Path, tmp_path: Path
) -> None:
    out = tmp_path / "report.json"
    arguments = ["check", str(long_log), "-r", "rules.yaml", "--backend", backend, "--output", f"json:{out}"]
    moment = random.uniform(0.2, 3) if isinstance(after, str) else after
    with started(*arguments) as process:
        time.sleep(moment)
        process.send_signal(sent)
        _, err = process.communicate(timeout=60)
        ended = process.returncode
    # before the program has begun to run nothing of it catches a signal: the system or Python ends the process
    began = b"init_import_site" not in err and ended != -sent
    assert not began or ended in (status, 0), (moment, err)
    assert not began or b"Traceback" not in err
    if ended != 0:
        assert not out.exists()
    left = [path.name for path in tmp_path.iterdir() if path != out]
    assert left == [], "nothing half is left"


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_while_a_report_is_written(sent: signal.Signals, status: int, long_log: Path, tmp_path: Path) -> None:
    log, out = tmp_path / "log.jsonl", tmp_path / "out"
    log.write_bytes(b"".join(long_log.read_bytes().splitlines(True)[:20_000]))
    out.mkdir()
    arguments = ["check", str(log), "-r", "rules.yaml", "--all", "--output", f"html:{out / 'a.html'}"]
    for _ in range(10):  # on a busy machine the report may be written before the signal is sent
        with started(*arguments) as process:
            while process.poll() is None and not any(out.iterdir()):
                time.sleep(0.002)
            process.send_signal(sent)
            _, err = process.communicate(timeout=60)
        assert b"Traceback" not in err
        if process.returncode != 0:
            break
        (out / "a.html").unlink()
    assert process.returncode == status, err
    assert list(out.iterdir()) == []
    again = limited(["check", "modes.jsonl", *arguments[2:]], memory=2 << 30)  # a second run works
    assert again.returncode == 0, again.stderr
    assert [path.name for path in out.iterdir()] == ["a.html"]


def test_a_folder_that_is_read_only_and_a_disk_that_is_full(tmp_path: Path) -> None:
    for target in ("/proc/report.json", "/dev/full/report.json", str(tmp_path / "none" / "report.json")):
        done = limited(["check", "modes.jsonl", "-r", "rules.yaml", "--output", f"json:{target}"], memory=1 << 30)
        assert done.returncode == 2, (target, done.stderr)
        assert b"cannot be written" in done.stderr
    with open("/dev/full", "wb") as full:  # results that cannot be printed
        done_full = subprocess.run(
            [sys.executable, "-m", "checker", "check", "logs/hostile-text.jsonl", "-r", "rules.yaml"], cwd=FOLDER,
            stdout=full, stderr=subprocess.PIPE, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
    assert done_full.returncode == 2, done_full.stderr
    assert b"Traceback" not in done_full.stderr


def test_a_reader_that_goes_away(long_log: Path) -> None:
    with started("check", str(long_log), "-r", "rules.yaml", "--all", "--format", "json") as process:
        assert process.stdout is not None
        process.stdout.read(100)
        process.stdout.close()
        process.wait(timeout=120)
        assert process.returncode == 141
        assert process.stderr is not None
        assert process.stderr.read() == b""


@pytest.mark.parametrize("change", ["grows", "is truncated", "is replaced"])
def test_a_log_that_changes_while_it_is_read(change: str, long_log: Path, tmp_path: Path) -> None:
    """What was read when the check began is judged, or it is refused; never half of each."""
    log = tmp_path / "log.jsonl"
    content = long_log.read_bytes()
    log.write_bytes(content)
    with started("check", str(log), "-r", "rules.yaml", "--backend", "columnar", "--format", "json") as process:
        time.sleep(0.6)
        if change == "grows":
            with log.open("ab") as file:
                file.write(OFF)
        elif change == "is truncated":
            os.truncate(log, len(content) // 3)
        else:
            other = tmp_path / "other"
            other.write_bytes(content[: len(content) // 2])
            other.replace(log)
        out, err = process.communicate(timeout=120)
        assert process.returncode in (0, 1, 2, 3)
        assert b"Traceback" not in err
        assert b"defect" not in err
        if process.returncode == 2:
            assert b"log.jsonl" in err
        else:
            assert json.loads(out)["logs"][0]["records"] in (150_000, 150_001, 50_000, 50_001, 75_000)
    again = limited(["check", str(log), "-r", "rules.yaml"], memory=2 << 30)
    assert again.returncode in (0, 3)


# ---- the table ----


def test_the_table_in_the_documents_is_up_to_date() -> None:
    words = {0: "satisfied", 1: "violated", 2: "refused", 3: "not concluded"}

    def cell(text: str) -> str:
        return text.replace("|", "\\|").replace("<", "&lt;")

    lines = []
    for title, files, made in (("Rulebooks", BOOKS, MADE_BOOKS), ("Logs", LOGS, MADE_LOGS)):
        lines += [f"## {title}", "", "| file | status | what becomes of it |", "|---|---|---|"]
        lines += [f"| `{n}` | {e['status']} {words[e['status']]} | {cell(e['why'])} |" for n, e in files.items()]
        lines += [f"| {n} | {status} {words[status]} | {cell(why)} |" for n, (_, status, _, why) in made.items()]
        lines.append("")
    path = ROOT / "docs" / "hostile.md"
    before, _, _ = path.read_text(encoding="utf-8").partition("## Rulebooks\n")
    text = before + "\n".join(lines).rstrip() + "\n"
    if os.environ.get("UPDATE_DOCS"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text
