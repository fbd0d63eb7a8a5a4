"""Progress is shown on a terminal, of what takes long, and nothing of it stays."""

import io

import pytest

from checker.cli import progress
from checker.cli.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal() -> Terminal:
    return Terminal()


def test_what_takes_long_is_shown_with_its_rate_and_cleared(
    terminal: Terminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    watching = Progress(terminal)
    with watching.stage("reading"):
        for done in range(0, 101, 10):
            watching.reached(done, 100, "MB")
        assert "reading" in terminal.getvalue()
        assert "MB/s" in terminal.getvalue()
        assert "50%" in terminal.getvalue()
    assert terminal.getvalue().endswith("\x1b[K\x1b[?25h")


def test_what_is_over_at_once_is_not_shown(terminal: Terminal) -> None:
    watching = Progress(terminal)
    with watching.stage("reading"):
        watching.reached(50, 100)
    assert terminal.getvalue() == ""


def test_a_stage_within_itself_is_one(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    watching = Progress(terminal)
    with watching.stage("evaluation"):
        watching.reached(1, 4)
        with watching.stage("evaluation"):
            watching.reached(2, 4)
        assert "\x1b[K" not in terminal.getvalue()
        assert "50%" in terminal.getvalue()
