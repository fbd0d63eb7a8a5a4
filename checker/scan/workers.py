"""Blocks read by several processes: this one cuts the log into blocks and puts together what the others make of them.

Each is a fresh interpreter at the other end of two pipes, so that neither threads nor the caller's main module matter.
What passes through the pipes is data (see `passing`).
"""

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from checker.errors import LogError, Problem
from checker.location import Location
from checker.logs.opening import Block
from checker.scan.codes import Codes, Question, Unscannable
from checker.scan.interning import Interned
from checker.scan.part import Part
from checker.scan.passing import packed, receive, send
from checker.scan.reader import Reader

_AHEAD = 2  # blocks that wait at each process
_PROGRAM = "import sys; sys.path[:0] = [sys.argv[1]]; from checker.scan.workers import serve; serve()"

_PATIENCE = 5.0  # seconds until a process whose pipe ended has ended itself
_TROUBLES: dict[str, Any] = {one.__name__: one for one in (Unscannable, LogError, MemoryError)}

Task = tuple[str, Block, bool]


class Workers:
    """Processes that read blocks in turn."""

    def __init__(self, question: Question, codes: Codes, count: int, stretch: int) -> None:
        """Each begins its codes anew after a `stretch` of rows.

        Raises Unpassable where the question cannot be passed on.
        """
        asked = packed((question, stretch))
        self._codes = codes
        # keys of records are made of hashes: all processes have to make the same ones
        seed = str(int.from_bytes(os.urandom(4), "little"))
        folder = str(Path(__file__).parents[2])
        self._processes: list[subprocess.Popen[bytes]] = []
        self._known: list[list[Any]] = []
        self._met: list[list[list[Any]]] = []
        self._threads: list[ThreadPoolExecutor] = []
        for _ in range(count):
            process = subprocess.Popen(  # noqa: S603 - this interpreter, with a fixed program
                [sys.executable, "-c", _PROGRAM, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                stderr=None if os.environ.get("CHECKER_TRACEBACK") else subprocess.DEVNULL,
                env=os.environ | {"PYTHONHASHSEED": seed},
            )  # fmt: skip
            self._processes.append(process)
            self._threads.append(ThreadPoolExecutor(1))
            self._known.append([np.zeros(0, np.int32) for _ in _all_of(codes)])
            self._met.append([[] for _ in _all_of(codes)])
        for worker, thread in enumerate(self._threads):
            thread.submit(self._send, worker, asked)

    def parts(self, tasks: Iterable[Task]) -> Iterator[Part]:
        """The part of each block, in their order; a few are read ahead."""
        waiting: deque[tuple[int, str, Future[Any]]] = deque()
        for number, task in enumerate(tasks):
            worker = number % len(self._processes)
            waiting.append((worker, task[0], self._threads[worker].submit(self._asked, worker, task)))
            if len(waiting) > _AHEAD * len(self._processes):
                yield self._part(*waiting.popleft())
        while waiting:
            yield self._part(*waiting.popleft())

    def renew(self) -> None:
        """The codes of fields have begun anew here: what the other processes have met is met again."""
        for known, met in zip(self._known, self._met, strict=True):
            for place, interned in enumerate(_all_of(self._codes)[2:], 2):
                known[place] = np.fromiter(map(interned.code, met[place]), np.int32, len(met[place]))

    def close(self) -> None:
        """End the processes."""
        for process in self._processes:
            process.kill()
        for thread in self._threads:
            thread.shutdown(cancel_futures=True)
        for process in self._processes:
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    with suppress(OSError):  # what was left in it has nowhere to go
                        pipe.close()
            process.wait()

    def _send(self, worker: int, pieces: list[bytes]) -> None:
        pipe = self._processes[worker].stdin
        if pipe is not None:
            send(pipe, pieces)

    def _asked(self, worker: int, task: Task) -> Any:
        self._send(worker, packed(task))
        pipe = self._processes[worker].stdout
        return None if pipe is None else receive(pipe)

    def _part(self, worker: int, name: str, future: Future[Any]) -> Part:
        try:
            answer = future.result()
        except (OSError, EOFError):
            raise self._ended(worker, name) from None
        if isinstance(answer, tuple):
            raise _TROUBLES[answer[0]](answer[1])
        part: Part = answer
        known, met = self._known[worker], self._met[worker]
        fresh, news = part.news
        if fresh:
            met[2:] = [[] for _ in met[2:]]
            known[2:] = [np.zeros(0, np.int32) for _ in known[2:]]
        for place, (interned, values) in enumerate(zip(_all_of(self._codes), news, strict=True)):
            if values:
                more = np.fromiter(map(interned.code, values), np.int32, len(values))
                known[place] = np.concatenate((known[place], more))
                met[place] += values
        rows = part.rows
        rows.types = _told(known[0], rows.types)
        rows.sources = _told(known[1], rows.sources)
        rows.fields = {
            name: _told(ours, codes) for ours, (name, codes) in zip(known[2:], rows.fields.items(), strict=True)
        }
        part.pairs = {(int(known[1][source]) if source >= 0 else source, text) for source, text in part.pairs}
        return part

    def _ended(self, worker: int, name: str) -> LogError:
        """What to raise for a process that is gone."""
        try:
            code = self._processes[worker].wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            code = 0
        how = f", by signal {-code}" if code < 0 else ""
        hint = "did memory run out? Nothing was concluded: check the log again, or in parts"
        return LogError([Problem(Location(name), f"a process that read the log ended before its time{how}", hint)])


def serve() -> None:
    """Read blocks as they come on standard input, and write what is kept of them to standard output."""
    import gc
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    try:
        question, stretch = receive(source)
    except EOFError:
        return
    reader = Reader(question)
    told = [0 for _ in _all_of(reader.codes)]
    rows = 0
    gc.freeze()
    while True:
        try:
            task: Task = receive(source)
        except EOFError:
            return
        fresh = rows >= stretch
        if fresh:
            reader.renew()
            told[2:] = [0 for _ in told[2:]]
            rows = 0
        try:
            part = reader.part(*task)
            answer = packed(_with_news(part, reader.codes, told, fresh))
        except (Unscannable, LogError, MemoryError) as error:
            kind = next(name for name, one in _TROUBLES.items() if isinstance(error, one))
            send(sink, packed((kind, error.problems if isinstance(error, LogError) else str(error))))
            return
        send(sink, answer)
        rows += len(part.rows.chosen)


def _with_news(part: Part, codes: Codes, told: list[int], fresh: bool) -> Part:
    """The part, with the values that have not been told yet."""
    news = []
    for place, interned in enumerate(_all_of(codes)):
        news.append(interned.values[told[place] :])
        told[place] = len(interned.values)
    part.news = (fresh, news)
    return part


def _all_of(codes: Codes) -> list[Interned]:
    return [codes.types, codes.sources, *codes.fields.values()]


def _told(known: Any, codes: Any) -> Any:
    """Codes of another process as codes of this one; what is no code stays."""
    if not len(known):
        return codes
    found = known[np.maximum(codes, 0)]
    return np.where(codes < 0, codes, found)
