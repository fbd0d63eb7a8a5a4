"""How far long work is, for someone who sits at a terminal."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TextIO

from checker.profile import NoProfile

PATIENCE = 1.0
"""Seconds of one stage before anything is shown."""


class Progress(NoProfile):
    """Shows the share, the rate and the time left of stages that take long, and leaves nothing behind."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._stage = ""
        self._began = 0.0
        self._bar: Any = None
        self._done = 0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Show what runs inside under this name."""
        if name == self._stage:
            yield
            return
        outer, self._stage, began = self._stage, name, self._began
        self._clear()
        self._began = time.monotonic()
        try:
            yield
        finally:
            self._clear()
            self._stage, self._began = outer, began

    def reached(self, done: int, of: int, unit: str = "") -> None:
        """Show how much is done, of how much; with a unit, how much of it in a second."""
        spent = time.monotonic() - self._began
        if spent < PATIENCE:
            return
        if self._bar is None:
            import click

            self._done = 0
            self._bar = click.progressbar(
                length=of, label=self._stage, file=self._file, show_eta=True, fill_char="=", empty_char=" ", width=24
            )
            self._bar.start = time.time() - spent  # the time left is told by all that was done
        if unit:
            self._bar.label = f"{self._stage}, {done / spent:,.1f} {unit}/s"
        self._bar.update(max(done - self._done, 0))
        self._done = done

    def _clear(self) -> None:
        if self._bar is not None:
            self._bar = None
            self._file.write("\r\x1b[K\x1b[?25h")
            self._file.flush()
