"""Where the time of a check goes: for each stage, and for each constraint; nothing of it enters a report."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import NamedTuple

START_UP = "start-up"
"""What came before the first stage, imports mostly."""


class Spent(NamedTuple):
    """Seconds by the clock on the wall and of the processor."""

    wall: float
    cpu: float

    def __add__(self, other: "Spent") -> "Spent":  # type: ignore[override]
        return Spent(self.wall + other.wall, self.cpu + other.cpu)

    def __sub__(self, other: "Spent") -> "Spent":
        return Spent(self.wall - other.wall, self.cpu - other.cpu)


class NoProfile:
    """Measures nothing: what a check that nobody watches is given."""

    def stage(self, name: str) -> AbstractContextManager[None]:
        """Nothing."""
        return _NOTHING

    def constraint(self, name: str) -> AbstractContextManager[None]:
        """Nothing."""
        return _NOTHING

    def reached(self, done: int, of: int, unit: str = "") -> None:
        """Take note of how much of the stage is done."""


_NOTHING: AbstractContextManager[None] = nullcontext()
NO_PROFILE = NoProfile()


class Profile(NoProfile):
    """Measures stages, each without those inside it, so that they add up; and constraints, each as a whole."""

    def __init__(self) -> None:
        # what the processor did before now is the start; when the process began, no portable clock tells
        before = time.process_time()
        self.stages: dict[str, Spent] = {START_UP: Spent(before, before)}
        self.constraints: dict[str, Spent] = {}
        self._running = [START_UP]
        self._since = _now()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Charge what runs inside to a stage."""
        self._charge()
        self._running.append(name)
        try:
            yield
        finally:
            self._charge()
            self._running.pop()

    @contextmanager
    def constraint(self, name: str) -> Iterator[None]:
        """Charge what runs inside to a constraint."""
        begun = _now()
        try:
            yield
        finally:
            self.constraints[name] = self.constraints.get(name, _NONE) + (_now() - begun)

    def _charge(self) -> None:
        now = _now()
        name = self._running[-1]
        self.stages[name] = self.stages.get(name, _NONE) + (now - self._since)
        self._since = now

    def table(self) -> str:
        """All stages in the order in which they began, then the constraints, those first that took longest."""
        self._charge()
        whole = _NONE
        for spent in self.stages.values():
            whole += spent
        width = max(map(len, ["Constraint", *self.stages, *self.constraints]))
        lines = [f"{'Stage':{width}}  {'wall s':>8}  {'CPU s':>8}  share"]
        lines += [_row(name, spent, whole, width) for name, spent in [*self.stages.items(), ("all", whole)]]
        if self.constraints:
            lines += ["", f"{'Constraint':{width}}  {'wall s':>8}  {'CPU s':>8}  share"]
            ranked = sorted(self.constraints.items(), key=lambda pair: (-pair[1].cpu, pair[0]))
            lines += [_row(name, spent, whole, width) for name, spent in ranked]
            lines.append(_SHARED)
        return "\n".join(lines) + "\n"


_SHARED = "What constraints share (their intervals, say) is charged to the one that was first to need it."
_NONE = Spent(0.0, 0.0)


def _now() -> Spent:
    return Spent(time.perf_counter(), time.process_time())


def _row(name: str, spent: Spent, whole: Spent, width: int) -> str:
    share = spent.cpu / whole.cpu if whole.cpu else 0
    return f"{name:{width}}  {spent.wall:8.3f}  {spent.cpu:8.3f}  {share:5.0%}"
