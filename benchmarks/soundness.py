"""Is what is told of logs with missing records true, would a fault be noticed, and how often is nothing told for nothing?

python benchmarks/soundness.py [--logs N] [--faults SEEDS] [--tight LOGS] [--only TEXT]

Three tables. (1) N random logs that lack nothing are judged by the program and by an independent judge
(`tests/backends/truth.py`), then judged again with records hidden: contradictions, and how often each kind is left open.
(2) Faults planted in a copy of the program, one at a time: whether the same logs show them, and how many it took.
(3) Small logs with one record hidden, and everything that may stand in its place tried: how often a constraint is
inconclusive though whatever is missing leads to the same verdict. 0 leaves a part out.
"""

import argparse
import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "backends"))

import damage  # noqa: E402
import truth  # noqa: E402

NAMES = [kind.split()[1].rstrip(",") for kind in damage.KINDS]
"""The kind of each constraint."""


class Fault(NamedTuple):
    """One place of the program and what stands there instead."""

    what: str
    file: str
    old: str
    new: str


REFERENCE = "backends/reference/"
FAULTS = [
    Fault("decide: at the limit is beyond it", "obligation.py",
          "return margin <= 0 if exclusive else margin < 0", "return margin <= 0"),
    Fault("decide: exclusive as inclusive", "obligation.py",
          "return margin <= 0 if exclusive else margin < 0", "return margin < 0"),
    Fault("decide: a microsecond is forgiven", "obligation.py",
          "return margin <= 0 if exclusive else margin < 0", "return margin < 0 if exclusive else margin < -1"),
    Fault("decide: what may not have been is violated", "obligation.py",
          "if certain and below(margin.high, limit.exclusive):", "if below(margin.high, limit.exclusive):"),
    Fault("Holds: 1 for what does not match", REFERENCE + "single.py",
          "measured = as_count(measure.pattern.test(occasion.item, self._trace.registers))",
          "measured = as_count(not measure.pattern.test(occasion.item, self._trace.registers))"),
    Fault("Holds: what is open is 0", REFERENCE + "base.py",
          "return Bounds(0, 1) if truth is None else", "return Bounds(0, 0) if truth is None else"),
    Fault("Within: the instant after", REFERENCE + "base.py",
          "cover = self._around.cover(spell, get, event.earliest, event.latest + 1, match)",
          "cover = self._around.cover(spell, get, event.earliest + 1, event.latest + 2, match)"),
    Fault("Within: the instant before", REFERENCE + "base.py",
          "cover = self._around.cover(spell, get, event.earliest, event.latest + 1, match)",
          "cover = self._around.cover(spell, get, event.earliest - 1, event.latest, match)"),
    Fault("Within: what possibly covers does", REFERENCE + "base.py",
          "return None if cover.possibly else False", "return True if cover.possibly else False"),
    Fault("Value: one more", REFERENCE + "single.py",
          "measured = as_bounds(value)\n            reason", "measured = as_bounds(value + 1)\n            reason"),
    Fault("Distance: a millimetre more", "geodesy.py",
          "return Bounds.exactly(exact), name", "return Bounds.exactly(exact + _MILLIMETRE), name"),
    Fault("Distance: the border is outside", "geodesy.py", "return sides[0] >= 0 and", "return sides[0] > 0 and"),
    Fault("Length: a microsecond more", "interval.py",
          "max(0, minus(self.end.high, self.start.low)))", "max(0, minus(self.end.high, self.start.low) + 1))"),
    Fault("Length: from the latest start", "interval.py",
          "max(0, minus(self.end.high, self.start.low)))", "max(0, minus(self.end.high, self.start.high)))"),
    Fault("Length: to the latest end", "interval.py",
          "low = minus(self.end.low, self.start.high)", "low = minus(min(self.end.high, 1 << 60), self.start.high)"),
    Fault("Portion: what possibly covers does", REFERENCE + "single.py",
          "bad_possibly = complement(cover.surely, low, high)", "bad_possibly = complement(cover.possibly, low, high)"),
    Fault("Portion: a microsecond more at the end", REFERENCE + "single.py",
          "cover = self._around.cover(measure.spell, occasion.get, low, high, measure.match)",
          "high += 1\n            cover = self._around.cover(measure.spell, occasion.get, low, high, measure.match)"),
    Fault("Portion: an uncertain part counts", REFERENCE + "single.py",
          "bad_surely = intersect(bad_surely, interval.alike(ours for _, ours in measure.match or ()).surely)", "pass"),
    Fault("Lead: not at the same instant", REFERENCE + "candidates.py",
          "until = bisect_right(self.all.starts, asked)", "until = bisect_left(self.all.starts, asked)"),
    Fault("Lead: a hidden one is none", REFERENCE + "partners.py",
          "if best is not None:\n                measured = measured.or_(best[0])\n                others.append(best[0])\n            before",
          "before"),
    Fault("Lead: a hidden one is there", REFERENCE + "partners.py",
          "measured = self._nothing_before(rule, occasion) if sure is None else sure[0]",
          "measured = (self._nothing_before(rule, occasion) if best is None else best[0]) if sure is None else sure[0]"),
    Fault("Lag: not at the same instant", REFERENCE + "candidates.py",
          "return event.latest >= self.since and", "return event.latest > self.since and"),
    Fault("Lag: a hidden answer is none", REFERENCE + "partners.py",
          "best = _serving(lags, limit, first=True)",
          "best = _serving([lag for lag in lags if lag[1].hidden is None], limit, first=True)"),
    Fault("Lag: silence a microsecond longer", REFERENCE + "partners.py",
          "silence = Bounds(max(0, minus(self._until, begun.high)), INFINITY)",
          "silence = Bounds(max(0, minus(self._until, begun.high) + 1), INFINITY)"),
    Fault("Lag: lifted a microsecond too late", REFERENCE + "partners.py",
          "until = done if due is None else min(done, due)", "until = done if due is None else min(done, due + 1_000_000)"),
    Fault("Lag, once: serves two", REFERENCE + "partners.py",
          "left.use(surely)", "pass"),
    Fault("Lag, once: what may not have asked took nothing", REFERENCE + "partners.py",
          "enumerate(asked) if one.is_loose)", "enumerate(asked) if False)"),
    Fault("Lag, once: what only may serve is taken", REFERENCE + "partners.py",
          "if sure and one.served_by(event):", "if True:"),
    Fault("Lead, once: what may not have asked takes", REFERENCE + "partners.py",
          "if found is None or not one.occasion.certain or (unseen and unseen[at]):", "if found is None:"),
    Fault("Spacing: a microsecond more", REFERENCE + "rows.py",
          "Bounds(min(one.end.low for one in possibly), max(one.end.high for one in possibly))",
          "Bounds(min(one.end.low for one in possibly) - 1, max(one.end.high for one in possibly) - 1)"),
    Fault("Spacing: only the last one seen", REFERENCE + "rows.py",
          "Bounds(min(one.end.low for one in possibly), max(one.end.high for one in possibly))", "possibly[-1].end"),
    Fault("Spacing: hidden beats are none", REFERENCE + "rows.py",
          "silence = Bounds(_silent(since, until, maybe, surely), longest)", "silence = Bounds.exactly(longest)"),
    Fault("Spacing: hidden beats are one less", REFERENCE + "rows.py",
          "longest = max(longest, (last - first) // (int(beats) + 1))",
          "longest = max(longest, (last - first) // max(1, int(beats)))"),
    Fault("Spacing: the last silence is none", REFERENCE + "rows.py",
          "points.append((Bounds.exactly(last), None))", "pass"),
    Fault("Spacing, along: one more", REFERENCE + "rows.py",
          "step = minus(after, before)", "step = minus(after, before) + 1"),
    Fault("Total: the window a microsecond shorter", "rolling.py",
          "(start + window, -1), (end + window, 1)", "(start + window - 1, -1), (end + window - 1, 1)"),
    Fault("Total: the window closed at both ends", REFERENCE + "sums.py",
          "enters, leaves = (early, late + window) if wide else (late, early + window)",
          "enters, leaves = (early, late + window + 1) if wide else (late, early + window + 1)"),
    Fault("Total: hidden ones are one less", REFERENCE + "sums.py",
          "amount = Bounds.exactly(occasion.many)", "amount = Bounds.exactly(occasion.many - occasion.hidden)"),
    Fault("Total: hidden ones count in any case", REFERENCE + "sums.py",
          "return amount if certain else amount.or_(Bounds.exactly(0))", "return amount"),
    Fault("Total: beyond at the limit", "rolling.py",
          "above = excess >= 0 if exclusive else excess > 0", "above = excess >= 0"),
    Fault("Total: a calendar window with the beginning of the next", REFERENCE + "sums.py",
          "inside = meeting.of(start, ends)", "ends += 1\n            inside = meeting.of(start, ends)"),
    Fault("Total: what possibly goes on is left out", REFERENCE + "sums.py",
          "possibly = _merged_by_key((i for _, i in intervals), key)",
          "possibly = [(*i.possibly, 1) for _, i in intervals if i.certain]"),
    Fault("Level: what ends counts with what begins", REFERENCE + "sums.py",
          "(max(start, first), max(end, first), amount)", "(max(start, first), max(end + 1, first), amount)"),
    Fault("Level: one less", REFERENCE + "sums.py", "weight = Bounds.exactly(1)\n", "weight = Bounds.exactly(0)\n"),
    Fault("Level: what is hidden counts not at all", REFERENCE + "sums.py",
          "times = interval.many - interval.apart", "times = 0 if interval.hidden else interval.many - interval.apart"),
    Fault("Step: every step is allowed from anywhere", REFERENCE + "states.py",
          "origin in (UNKNOWN, one) and to in", "to in"),
    Fault("Step: the last but one state", REFERENCE + "states.py",
          "state, doubt = {to}, WITHHELD if isinstance(to, Unknown) else \"\"",
          "state, doubt = state | {to}, WITHHELD if isinstance(to, Unknown) else \"\""),
    Fault("Clashes: all pairs but the first", REFERENCE + "states.py",
          "for at in sorted(found))", "for at in sorted(found)[1:])"),
    Fault("Clashes: hidden records clash with none", REFERENCE + "states.py",
          "for role, event in self._first.items():", "for role, event in ():"),
    Fault("Deviation: one more", REFERENCE + "compared.py",
          "return ours - scaled if measure.signed else _absolute(ours - scaled)",
          "return (ours - scaled if measure.signed else _absolute(ours - scaled)) + Bounds.exactly(1)"),
    Fault("Deviation: the first after, not the last before", REFERENCE + "compared.py",
          "final = partners.last_sure(start.high, start.low, item)",
          "final = partners.last_sure(start.high - 1, start.low, item)"),
    Fault("Deviation: compared with what is seen alone", REFERENCE + "compared.py",
          "for one in found[1:]:\n                measured = measured.or_(one)", "measured = found[-1]"),
    Fault("Standing: not at the instant itself", REFERENCE + "compared.py",
          "if event.earliest <= on and event.get", "if event.earliest < on and event.get"),
    Fault("Standing: a hidden one is passed over", REFERENCE + "compared.py",
          "if final is not None and self._supersedes(final, event):",
          "if final is not None and (event.hidden or self._supersedes(final, event)):"),
    Fault("occasions: none at the end of observation", REFERENCE + "base.py",
          "return [o for o in asked if o.start.low <= self._until and", "return [o for o in asked if o.start.low < self._until and"),
    Fault("occasions: hidden events are not asked", REFERENCE + "base.py",
          "for event, truth in self._matching(on.pattern):\n            certain",
          "for event, truth in self._matching(on.pattern):\n            if event.hidden:\n                continue\n            certain"),
    Fault("rules: in force at their end", REFERENCE + "__init__.py",
          "if rule.start <= obligation.at < rule.end]", "if rule.start <= obligation.at <= rule.end]"),
    Fault("registers: until the day itself", "register.py",
          "return self.start <= instant < self.end", "return self.start <= instant <= self.end"),
    Fault("registers: closed though a gap may hide amendments", "register.py",
          "if self._open_from is not None and latest >= self._open_from:", "if False:"),
    Fault("patterns: more than is at least", "pattern.py",
          "return value >= self.value", "return value > self.value"),
    Fault("pairing: hidden events are not asked", "pairing.py",
          "return sorted([*known, *hidden], key=self.rank) if hidden else known", "return known"),
    Fault("pairing: narrowed too far", "pairing.py",
          "if near.first_touching(gap.start, gap.end) is None:",
          "if near.first_touching(gap.start + 1, gap.end - 1) is None:"),
    Fault("pairing: what may cover does", "pairing.py",
          "if _discharges(interval):\n                surely +=",
          "if True:\n                surely += [(first, last)] or"),
    Fault("pairing: what goes on does not at the last instant", "pairing.py",
          "return [(start, end + 1)]", "return [(start, end)]"),
    Fault("pairing: holes are not asked", "pairing.py",
          "theirs = [hole for hole in holes if hole.key not in others] if others else holes", "theirs = []"),
    Fault("turns: by the earliest time alone", "turns.py",
          "if all(mark[4].earliest == mark[4].latest for mark in ordered):", "if True:"),
    Fault("walk: what begins comes before what ends", "pairing.py",
          "(spell.closes, \"close\"),\n            (spell.at_latest, \"latest\"),\n            (spell.opens, \"open\"),",
          "(spell.opens, \"open\"),\n            (spell.at_latest, \"latest\"),\n            (spell.closes, \"close\"),"),
    Fault("walk: a gap touches no record at its ends", "walk.py",
          "if not hole.gap.comes_before(before) and", "if hole.gap.start < until and since < hole.gap.end and not hole.gap.comes_before(before) and"),
    Fault("walk: room for one less", "walk.py", "room = plus(room, hole.gap.missing)", "room = plus(room, hole.gap.missing - 1)"),
    Fault("walk: a closing needs three records", "walk.py",
          "ends = closes and ((room >= 2 and opens)", "ends = closes and ((room >= 3 and opens)"),
    Fault("walk: nothing begins again", "walk.py", "if opens and (ends or loose) and room >=", "if False and opens and room >="),
    Fault("walk: a hidden closing at its latest", "walk.py",
          "within = Bounds(max(hiding[0].low, within.low), max(within.low, min(hiding[0].high, within.high)))",
          "within = Bounds.exactly(max(within.low, min(hiding[0].high, within.high)))"),
    Fault("walk: a hidden opening at its latest", "walk.py",
          "since = Bounds(hiding[0].low, max(hiding[0].low, min(hiding[0].high, closing.latest)))",
          "since = Bounds.exactly(max(hiding[0].low, min(hiding[0].high, closing.latest)))"),
    Fault("walk: ties as if nothing were hidden", "walk.py",
          "self._opens_hidden = any(hole.opens for hole in holes)", "self._opens_hidden = False"),
    Fault("walk: no more pairs than one", "walk.py",
          "if count >= 2:\n        yield replace(interval, many=count - 1)", "if False:\n        yield replace(interval, many=count - 1)"),
    Fault("gaps: of several records one alone is missing", "gaps.py",
          "max(before.latest, after.latest), count, before, after)", "max(before.latest, after.latest), 1, before, after)"),
    Fault("gaps: begins a microsecond late", "gaps.py",
          "start = min(before.earliest, after.earliest)", "start = min(before.earliest, after.earliest) + 1"),
    Fault("gaps: ends a microsecond early", "gaps.py",
          "return Gap(source, start, max(before.latest, after.latest), count, before, after)",
          "return Gap(source, start, max(before.latest, after.latest) - 1, count, before, after)"),
    Fault("gaps: the silence of a source is none", "gaps.py", "if until - since > every:", "if until - since > 4 * every:"),
]  # fmt: skip


# ---- logs ------------------------------------------------------------------------------------------------


def contradictions(seed: int) -> list[str]:
    """What one seed shows: the program against the truth on a complete log, then on one with records hidden."""
    chance = random.Random(f"complete {seed}")
    book = chance.choice(damage.books())
    rows = damage.complete(chance, 2 + seed % 2)
    told = {name: {str(verdict)} for name, verdict in damage.verdicts(damage.judge(rows, book)).items()}
    true = damage.true_of(rows, book)
    found = [f"{name} {told[name]} is {true[name]}" for name in told if told[name] != true[name]]
    sample = damage.sample(seed, 2 + seed % 2)
    return found + [str(one) for one in (sample.wrong if sample is not None else [])]


def hunt(seeds: int) -> int:
    """The number of seeds after which a fault shows; 0 if none does."""
    for seed in range(seeds):
        try:
            found = bool(contradictions(seed))
        except Exception:  # a fault that lets the program fail is found
            found = True
        if found:
            return seed + 1
    return 0


def judged(logs: int) -> bool:
    """Table 1."""
    started = time.perf_counter()
    wrong: Counter[str] = Counter()
    open_: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    shown = 0
    for seed in range(logs):
        for one in contradictions(seed):
            wrong[one.split("'kind: ")[0]] += 1
            print(f"seed {seed}: {one}")
        sample = damage.sample(seed, 2 + seed % 2)
        if sample is not None:
            shown += 1
            for name, verdict in damage.verdicts(sample.damaged).items():
                asked[NAMES[int(name[2:])]] += 1
                open_[NAMES[int(name[2:])]] += verdict == "inconclusive"
    print(f"{logs:,} complete logs and {shown:,} with records hidden, {len(NAMES)} constraints each: ", end="")
    print(f"{wrong.total():,} contradictions ({time.perf_counter() - started:.0f} s)\n")
    print(f"{'kind':<14}{'constraints':>12}{'inconclusive':>14}")
    for kind in sorted(asked):
        print(f"{kind:<14}{NAMES.count(kind):>12}{open_[kind] / asked[kind]:>14.1%}")
    return not wrong


# ---- planted faults --------------------------------------------------------------------------------------


@contextlib.contextmanager
def planted(fault: Fault) -> Iterator[str]:
    """A copy of the program with the fault in it."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "checker", Path(folder) / "checker", ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("constraints",):
            if (ROOT / name).is_dir():
                shutil.copytree(ROOT / name, Path(folder) / name)
        path = Path(folder) / "checker" / fault.file
        text = path.read_text(encoding="utf-8")
        if fault.old not in text:
            raise SystemExit(f"{fault.what}: {fault.file} no longer holds {fault.old!r}")
        path.write_text(text.replace(fault.old, fault.new, 1), encoding="utf-8")
        yield folder


def hunted_by(script: str, fault: Fault, seeds: int, *more: str) -> list[str]:
    """What a script that hunts tells of a copy of the program with the fault in it; nothing if it does not even start."""
    with planted(fault) as folder:
        ran = subprocess.run(
            [sys.executable, script, "--hunt", str(seeds), *more], capture_output=True, text=True, check=False,
            env={**os.environ, "PYTHONPATH": folder},
        )  # fmt: skip
        if ran.returncode:
            return []
        where, *told = ran.stdout.split()
        if not where.startswith(folder):
            raise SystemExit(f"looked at {where}, not at the copy")
        return told


def found(fault: Fault, seeds: int) -> int:
    """After how many seeds the fault shows, looked for by another process; 0 if it does not."""
    told = hunted_by(__file__, fault, seeds)
    return int(told[0]) if told else 1


def hunted(seeds: int, only: str, jobs: int) -> bool:
    """Table 2."""
    started = time.perf_counter()
    faults = [fault for fault in FAULTS if only in fault.what]
    with ThreadPoolExecutor(jobs) as pool:
        counts = list(pool.map(lambda fault: found(fault, seeds), faults))
    print(f"{'planted fault':<62}{'found after':>12}")
    for fault, count in zip(faults, counts, strict=True):
        print(f"{fault.what:<62}{count or 'NOT FOUND':>12}")
    print(f"{sum(map(bool, counts))} of {len(faults)} found within {seeds} seeds", end=" ")
    print(f"({time.perf_counter() - started:.0f} s)")
    return all(counts)


# ---- tightness -------------------------------------------------------------------------------------------


def completions(gone: damage.Row, before: float, after: float, rows: list[damage.Row]) -> Iterator[list[damage.Row]]:
    """The log with everything in the place of one record that may have stood there; openings and closings in turn."""
    given = [row for row in rows if row["id"] != gone["id"]]
    for step in range(round(2 * before), round(2 * after) + 1):
        second = step / 2
        here = {"time": damage.stamp(second), "id": gone["id"], "seq": gone["seq"], "source": gone["source"]}
        for subject in "AB":
            for name in ("X_ON", "X_OFF", "Y_ON", "Y_OFF", "T", "N", "V", "AMEND"):
                for data in choices(name, second):
                    row = {**here, "type": name, "subject": subject, "data": data}
                    if in_turns([*given, row], subject, name[0]) or "_" not in name:
                        yield [*given, row]
        yield [*given, {**here, "type": "BEAT"}]


def choices(name: str, second: float) -> list[dict[str, Any]]:
    """A few values of every field that a record of the type carries."""
    if name in ("X_ON", "Y_ON"):
        return [{"w": w, "k": "x"} for w in (1, 3)]
    if name == "T":
        here = [{"type": "Point", "coordinates": [x, 0]} for x in (0, 1, 2)]
        ends = [(0, "p", 0), (4, "q", 1), (2, "r", 2)]
        return [{"n": n, "k": k, "to": to, "here": here[x]} for k in "xy" for n, to, x in ends]
    if name == "N":
        return [{"n": n, "k": k, "to": to} for k in "xy" for n, to in ((0, "p"), (4, "q"), (2, "r"))]
    if name == "V":
        return [{"until": damage.stamp(second + length), "k": k} for length in (0, 2, 6) for k in "xy"]
    if name == "AMEND":
        entries = (("ks", "x"), ("ks", "y"), ("places", "P"))
        return [{"register": r, "entry": e, "action": a} for r, e in entries for a in ("add", "remove")]
    return [{}]


def in_turns(rows: list[damage.Row], subject: str, name: str) -> bool:
    """Whether openings and closings of an asset take turns, whatever is at one instant in either order."""
    marks = [row for row in rows if row.get("subject") == subject and row["type"] in (f"{name}_ON", f"{name}_OFF")]
    marks.sort(key=lambda row: row["time"])
    states = {False}
    for time_ in dict.fromkeys(row["time"] for row in marks):
        now = [row["type"].endswith("_ON") for row in marks if row["time"] == time_]
        ons, offs = now.count(True), now.count(False)
        states = {
            end
            for going in states
            for end in (
                [going ^ (ons != offs)] if ons - offs in ((0,) if ons == offs else (-1,) if going else (1,)) else []
            )
        }
    return bool(states)


def tight(logs: int) -> None:
    """Table 3."""
    started = time.perf_counter()
    asked: Counter[str] = Counter()
    open_: Counter[str] = Counter()
    needless: Counter[str] = Counter()
    worst: Counter[str] = Counter()
    tried = 0
    seed = count = 0
    while count < logs:
        seed += 1
        chance = random.Random(f"tight {seed}")
        which = chance.randrange(len(damage.SETTINGS))
        rows = damage.complete(chance, 1)
        able = [row for row in rows[1:-1] if row["type"] not in ("BEAT", "SEEN", "DONE")]
        if not able:
            continue
        gone = chance.choice(able)
        left = [row for row in rows if row is not gone]
        check = damage.judge(left, damage.books()[which])
        gaps = check.trace.gaps
        if len(gaps) != 1 or not damage.shows(check, rows, left):
            continue
        count += 1
        first, last = ((at - damage.BASE) / damage.S for at in (gaps[0].start, gaps[0].end))
        head, kinds = damage.plain()[which]
        told = [damage.verdicts(check)[f"C-{n}"] for n in range(len(kinds))]
        undecided = [n for n, verdict in enumerate(told) if verdict == "inconclusive"]
        seen: dict[int, set[str]] = {n: set() for n in undecided}
        for whole in completions(gone, first, last, rows):
            tried += 1
            still = [n for n in undecided if len(seen[n]) < 2]
            if not still:
                break
            found = truth.verdicts(
                head, [kinds[n] for n in still], whole, (damage.BASE, damage.BASE + damage.END * damage.S)
            )
            for n, verdicts in zip(still, found, strict=True):
                kept = {"violated" if v == "violated" else v if v == "inconclusive" else "kept" for v in verdicts}
                seen[n] |= kept
        for n, name in enumerate(NAMES):
            asked[name] += 1
            open_[name] += n in seen
            if n in seen and len(seen[n]) == 1 and seen[n] != {"inconclusive"}:
                needless[name] += 1
                worst[damage.KINDS[n]] += 1
    print(
        f"{logs:,} small logs with one record hidden, {tried:,} completions tried ({time.perf_counter() - started:.0f} s)\n"
    )
    print(f"{'kind':<14}{'judged':>8}{'inconclusive':>14}{'for nothing':>13}{'share of all':>14}")
    for kind in sorted(asked):
        share = needless[kind] / open_[kind] if open_[kind] else 0
        print(f"{kind:<14}{asked[kind]:>8}{open_[kind]:>14}{share:>13.1%}{needless[kind] / asked[kind]:>14.1%}")
    whole = needless.total() / open_.total() if open_ else 0
    print(f"{'all':<14}{asked.total():>8}{open_.total():>14}{whole:>13.1%}{needless.total() / asked.total():>14.1%}")
    print("\nmost often for nothing:")
    for kind, often in worst.most_common(8):
        print(f"{often:>6}  {kind}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logs", type=int, default=1000, help="how many seeds are judged (1000)")
    parser.add_argument(
        "--faults", type=int, default=300, help="with how many seeds at most a fault is looked for (300)"
    )
    parser.add_argument("--tight", type=int, default=150, help="how many small logs are completed in every way (150)")
    parser.add_argument("--only", default="", help="only faults whose name holds this text")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many faults are looked for at once")
    parser.add_argument("--hunt", type=int, default=0, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.hunt:
        print(Path(damage.pipeline.__file__).parent, hunt(asked.hunt))
        return
    well = True
    if asked.logs:
        well = judged(asked.logs)
        print()
    if asked.faults:
        well = hunted(asked.faults, asked.only, asked.jobs) and well
        print()
    if asked.tight:
        tight(asked.tight)
    sys.exit(not well)


if __name__ == "__main__":
    main()
