"""Blocks read by several processes: this one cuts the log into blocks and puts together what the others make of them.

Each is a fresh interpreter at the other end of two pipes, so that neither threads nor the caller's main module matter.
What passes through the pipes comes from this program alone.
"""

import os
import pickle
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from checker.errors import LogError, Problem
from checker.location import Location
from checker.logs.opening import Block
from checker.scan.codes import Codes, Question, Unscannable
from checker.scan.interning import Interned
from checker.scan.part import Part
from checker.scan.reader import Reader

_AHEAD = 2  # blocks that wait at each process
_PROGRAM = "import sys; sys.path[:0] = [sys.argv[1]]; from checker.scan.workers import serve; serve()"

Task = tuple[str, Block, bool]


class Workers:
    """Processes that read blocks in turn."""

    def __init__(self, question: Question, codes: Codes, count: int, stretch: int) -> None:
        """Each begins its codes anew after a `stretch` of rows.

        Raises whatever says that the question cannot be passed on.
        """
        asked = pickle.dumps((question, stretch))
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

    def _send(self, worker: int, data: bytes) -> None:
        pipe = self._processes[worker].stdin
        if pipe is not None:
            _write(pipe, data)

    def _asked(self, worker: int, task: Task) -> Any:
        self._send(worker, pickle.dumps(task, protocol=5))
        pipe = self._processes[worker].stdout
        return None if pipe is None else pickle.loads(_read(pipe))  # noqa: S301 - from a process of ours

    def _part(self, worker: int, name: str, future: Future[Any]) -> Part:
        try:
            answer = future.result()
        except (OSError, EOFError):
            raise LogError([Problem(Location(name), "a process that read the log ended before its time")]) from None
        if isinstance(answer, Exception):
            raise answer
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


def serve() -> None:
    """Read blocks as they come on standard input, and write what is kept of them to standard output."""
    import gc
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the process that started this one ends it
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr
    try:
        question, stretch = pickle.loads(_read(source))  # noqa: S301 - from the process that started this one
    except EOFError:
        return
    reader = Reader(question)
    told = [0 for _ in _all_of(reader.codes)]
    rows = 0
    gc.freeze()
    while True:
        try:
            task: Task = pickle.loads(_read(source))  # noqa: S301
        except EOFError:
            return
        fresh = rows >= stretch
        if fresh:
            reader.renew()
            told[2:] = [0 for _ in told[2:]]
            rows = 0
        try:
            part = reader.part(*task)
        except (Unscannable, LogError) as error:
            _write(sink, pickle.dumps(error))
            continue
        news = []
        for place, interned in enumerate(_all_of(reader.codes)):
            news.append(interned.values[told[place] :])
            told[place] = len(interned.values)
        part.news = (fresh, news)
        _write(sink, pickle.dumps(part, protocol=5))
        rows += len(part.rows.chosen)


def _all_of(codes: Codes) -> list[Interned]:
    return [codes.types, codes.sources, *codes.fields.values()]


def _told(known: Any, codes: Any) -> Any:
    """Codes of another process as codes of this one; what is no code stays."""
    if not len(known):
        return codes
    found = known[np.maximum(codes, 0)]
    return np.where(codes < 0, codes, found)


def _write(pipe: IO[bytes], data: bytes) -> None:
    pipe.write(len(data).to_bytes(8, "little"))
    pipe.write(data)
    pipe.flush()


def _read(pipe: IO[bytes]) -> bytes:
    size = pipe.read(8)
    if len(size) < 8:
        raise EOFError
    data = pipe.read(int.from_bytes(size, "little"))
    if len(data) < int.from_bytes(size, "little"):
        raise EOFError
    return data
