"""Simulated logs of every shipped scenario, checked: is every labelled breach found, with its size, and nothing else?

    python benchmarks/simulation.py [--logs 10000] [--open 2000] [--jobs 2] [--seed 1] [--scenario FILE]...

`--logs` complete logs (every fifth shuffled) and `--open` with missing or contradicting records, shared out among the
scenarios. Ends with 1 if a log came out otherwise than labelled.
"""

import argparse
import multiprocessing
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from checker.rulebook import Rulebook, builtin, load_rulebook
from checker.rulebook.scenarios import load_scenario
from checker.scenario import Scenario
from checker.simulating import checked
from checker.simulation import Simulated, simulate

CHUNK = 25


class Part(NamedTuple):
    """Some logs of one scenario; `sort` says of which sort."""

    scenario: Path
    sort: str
    first: int
    count: int


def rulebook_of(scenario: Path) -> Path | None:
    """The rulebook of the same name beside the folder, else the folder itself, if that is one."""
    beside = scenario.parent.parent
    named = beside / scenario.name
    if named.is_file():
        return named
    return None if (beside.parent / "00-rulebook.yaml").is_file() else beside


def shipped() -> list[Path]:
    """Every scenario that comes with a rulebook: in a folder `scenarios` beside it."""
    return [path for path in sorted(builtin().rglob("scenarios/*.yaml")) if rulebook_of(path) is not None]


@cache
def loaded(path: Path) -> tuple[Scenario, Rulebook]:
    book = rulebook_of(path)
    return load_scenario(path, lambda position, set_: load_rulebook(book, position=position, parameters=set_))


def made(part: Part) -> Iterator[Simulated]:
    scenario, _ = loaded(part.scenario)
    for seed in range(part.first, part.first + part.count):
        if part.sort == "complete":
            yield simulate(scenario, seed, shuffle=seed % 5 == 0)
        elif seed % 2 and scenario.contradictions:
            yield simulate(scenario, seed, contradictions=1 + seed % 3)
        else:
            yield simulate(scenario, seed, gaps=1 + seed % 5)


def judged(part: Part) -> tuple[Part, str, dict[str, Any]]:
    scenario, book = loaded(part.scenario)
    found = checked(scenario, book, part.scenario.name, made(part))
    return part, f"{book.id} {book.position or ''}".strip(), found.to_dict()


def parts(scenarios: list[Path], logs: int, open_: int, seed: int) -> Iterator[Part]:
    for sort, many in (("complete", logs), ("open", open_)):
        for at, path in enumerate(scenarios):
            mine = many // len(scenarios) + (at < many % len(scenarios))
            for first in range(0, mine, CHUNK):
                yield Part(path, sort, seed + first, min(CHUNK, mine - first))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--logs", type=int, default=10_000)
    parser.add_argument("--open", dest="open_", type=int, default=2_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--scenario", type=Path, action="append", default=[])
    given = parser.parse_args()
    began = time.monotonic()
    totals: dict[str, dict[str, Counter[str]]] = {sort: defaultdict(Counter) for sort in ("complete", "open")}
    recall: dict[str, Counter[str]] = defaultdict(Counter)
    misses: list[str] = []
    asked = list(parts(given.scenario or shipped(), given.logs, given.open_, given.seed))
    with multiprocessing.get_context("spawn").Pool(given.jobs) as pool:
        for done, (part, book, found) in enumerate(pool.imap_unordered(judged, asked), 1):
            row = totals[part.sort][book]
            for name in ("logs", "records", "labels", "found", "open", "false"):
                row[name] += found[name]
            for one in found["recall"]:
                recall[book][one["constraint"]] += one["labels"]
            misses += [
                f"{part.scenario.name} seed {m['seed']} ({part.sort}): {m['differences']}" for m in found["misses"]
            ]
            if done % 20 == 0:
                print(f"{done} of {len(asked)} parts, {time.monotonic() - began:.0f} s", file=sys.stderr)
    print(f"{'':46}{'logs':>7}{'records':>11}{'labels':>9}{'found':>9}{'open':>7}{'false':>7}")
    for sort, books in totals.items():
        whole: Counter[str] = sum(books.values(), Counter())
        for book, row in [*sorted(books.items()), ("all", whole)]:
            print(
                f"{sort:9} {book:36}{row['logs']:>7,}{row['records']:>11,}{row['labels']:>9,}{row['found']:>9,}"
                f"{row['open']:>7,}{row['false']:>7,}"
            )
    print("constraints broken, by rulebook: " + ", ".join(f"{book} {len(of)}" for book, of in sorted(recall.items())))
    for told in misses[:20]:
        print(told)
    print(f"{len(misses)} logs otherwise than labelled, {time.monotonic() - began:.0f} s")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
