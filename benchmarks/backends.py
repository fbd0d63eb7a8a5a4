"""Do both backends tell the same of random logs, how much do columns tell, and would a fault in them be noticed?

python benchmarks/backends.py [--logs N] [--faults SEEDS] [--only TEXT] [--jobs 2]
python benchmarks/backends.py --properties [--only TEXT] [--jobs 2]
python benchmarks/backends.py --coverage

Two tables. (1) N random logs (`tests/backends/twice.py`) are judged by both backends: reports that differ (none may), and
for each measure how many occasions columns tell of and how many they leave to the reference backend. (2) Faults planted
in a copy of the program, one at a time: after how many logs they show, and in which measure. 0 leaves a part out.
With --properties instead: which of the faults that name a measure does the property of that measure find
(`tests/backends/test_columnar.py`), as the tests run it? At least three of each.
With --coverage instead: which rules of the shipped rulebooks columns can tell of, and of each other one why they cannot.
"""

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, get_args

import soundness
import twice
from soundness import ROOT, Fault

from checker.backends.columnar import Columnar, Table, fields_of, from_trace
from checker.measure import Measure
from checker.rulebook import load_rulebook
from checker.trace import Trace

MEASURES = sorted(one.__name__ for one in get_args(Measure))
TOGETHER = "Together"
"""What all assets come to together, bin by bin of a scanned log: logs and a property of its own (`test_together`)."""
NAMED = [*MEASURES, TOGETHER]
COLUMNAR = "backends/columnar/"
FAULTS = [
    # one event or one interval
    Fault("Holds: what is open is kept", COLUMNAR + "single.py",
          "kept & (truths != -1) & ~occasions.loose, margins, COUNT", "kept & ~occasions.loose, margins, COUNT"),
    Fault("Holds: an inexact time is plain", COLUMNAR + "single.py",
          "kept & (truths != -1) & ~occasions.loose, margins, COUNT", "kept & (truths != -1), margins, COUNT"),
    Fault("Holds: what does not match is kept", COLUMNAR + "single.py",
          "compared(rule.limit, truths.astype(np.int64))", "compared(rule.limit, 1 - truths.astype(np.int64))"),
    Fault("Within: outside for inside", COLUMNAR + "single.py",
          "value = inside if measure.inside else 1 - inside", "value = inside"),
    Fault("Within: what surrounds the others is not left", COLUMNAR + "single.py",
          "return self._left(rule, occasions, kept, margins, COUNT, [near])",
          "return self._left(rule, occasions, kept, margins, COUNT)"),
    Fault("Value: an inexact time is plain", COLUMNAR + "single.py",
          "kept & (known == 1) & ~occasions.loose, margins", "kept & (known == 1), margins"),
    Fault("Value: an inexact time is plain where numbers are not whole", COLUMNAR + "single.py",
          "(codes >= 0) & ~occasions.loose, decided", "(codes >= 0), decided"),
    Fault("Value: what is decided on one number holds for all", COLUMNAR + "single.py",
          "distinct([(codes, len(column.values))])", "distinct([(codes * 0, len(column.values))])"),
    Fault("Length: what goes on has ended", COLUMNAR + "single.py",
          "kept & ~occasions.going, margins, DURATION", "kept, margins, DURATION"),
    Fault("Portion: what lasts no time lies inside", COLUMNAR + "single.py",
          "kept &= (outside if measure.inside else inside) & long", "kept &= outside if measure.inside else inside"),
    Fault("Portion: inside for outside", COLUMNAR + "single.py",
          "outside if measure.inside else inside", "inside if measure.inside else outside"),
    Fault("Portion: its record is not asked about", COLUMNAR + "single.py",
          "np.where(short, np.minimum(lows, shown), lows)", "lows"),
    Fault("Distance: one listing for all", COLUMNAR + "single.py",
          "distinct([*parts, (since, len(edges) + 1)])", "distinct([*parts, (since * 0, len(edges) + 1)])"),
    Fault("Distance: an inexact time is plain", COLUMNAR + "single.py",
          "plain, parts = ~occasions.loose, []", "plain, parts = np.ones(len(occasions), np.bool_), []"),
    Fault("Distance: the accuracy is not looked at", COLUMNAR + "single.py",
          "for name in (measure.field, measure.accuracy):", "for name in (measure.field, None):"),
    # before and after
    Fault("Lead: the record itself leads", COLUMNAR + "partners.py",
          "place = np.where(mine, place - 1, place)", "place = np.where(mine, place, place)"),
    Fault("Lead: one serves two", COLUMNAR + "partners.py",
          "kept &= (first == last) & _alone(partners)", "pass"),
    Fault("Lead: of two sides of a limit the first of all serves best", COLUMNAR + "partners.py",
          "best = self._midmost(occasions, partners, last, starts, int(limit.at_least), int(limit.at_most))", "pass"),
    Fault("Lead: what is nearer to the other side serves best", COLUMNAR + "partners.py",
          "most - lead >= shorter - least", "most - lead <= shorter - least"),
    Fault("Lag: an answer that may be lifted", COLUMNAR + "partners.py",
          "plain &= ~lifting.touched(begun, np.where(first >= 0, answered, begun))", "pass"),
    Fault("Lag: too soon at the limit", COLUMNAR + "partners.py",
          "int(limit.at_least) + limit.exclusive", "int(limit.at_least) + 1"),
    Fault("Lag: what came too soon is not left", COLUMNAR + "partners.py",
          "if measure.once else (early, first + 1)", "if measure.once else (first, first + 1)"),
    Fault("Lag: what came before any other", COLUMNAR + "partners.py",
          "plain &= (stop < 0) | same | (stops.time(stop) > answered)", "pass"),
    Fault("partners: records that are not authentic", COLUMNAR + "partners.py",
          "genuine = table.authentic[rows]", "genuine = np.ones(len(rows), np.bool_)"),
    Fault("Lead: counted back from the occasion, whatever the dates", COLUMNAR + "partners.py",
          "starts = dates.beginning(measure.deadline, starts)", "pass"),
    Fault("Lag: the end of the day as its start", COLUMNAR + "dates.py",
          "begun = _at_window(dates, times, 1)", "begun = _at_window(dates, times, 1) + 86_400_000_000"),
    # one after the other
    Fault("Spacing: one that begins at once is plain", COLUMNAR + "rows.py",
          "loose[1:] |= (key[1:] == key[:-1]) & (occasions.starts[1:] == occasions.starts[:-1])", "pass"),
    Fault("Spacing: groups of odd keys are plain", COLUMNAR + "rows.py",
          "loose = occasions.loose | np.isin(key, odd)", "loose = occasions.loose"),
    Fault("Spacing: those are asked, too, of whom the event cannot be", COLUMNAR + "rows.py",
          "table.trace.subjects_of(pattern) if ((", "table.trace.subjects if (("),
    Fault("Spacing, along: in the order of time", COLUMNAR + "rows.py",
          "np.lexsort((np.arange(len(key)), values, key))", "np.lexsort((values, np.arange(len(key)), key))"),
    Fault("Spacing: a beat at the beginning is none", COLUMNAR + "rows.py",
          "due.highs, inclusive=True) + 1", "due.highs, inclusive=False) + 1"),
    Fault("Spacing: the first silence is a later one", COLUMNAR + "rows.py",
          'heads[stretch[begins]]) == (measure.only == "first")', 'heads[stretch[begins]]) != (measure.only == "first")'),
    # totals and levels
    Fault("Total: the window a microsecond longer", COLUMNAR + "sums.py",
          "occasions.starts + window, amounts", "occasions.starts + window + 1, amounts"),
    Fault("Total: beyond a limit with fractions", COLUMNAR + "base.py",
          "sides.append(sign * (int(side * scale) - given * factor))",
          "sides.append(sign * (int(side) * scale - given * factor))"),
    Fault("Total: the least at the end alone", COLUMNAR + "steps.py",
          "np.minimum.at(lowest, steps.group[within], steps.values[within])", "pass"),
    Fault("Total: at least, before the window is full", COLUMNAR + "sums.py",
          "due = max(first, self._from + back)", "due = first"),
    Fault("Total: silent assets owe nothing", COLUMNAR + "sums.py",
          "more = self._silent(rule, names, per)", "more = []"),
    Fault("Total: those are asked, too, of whom the event cannot be", COLUMNAR + "sums.py",
          "self._table.trace.subjects_of(pattern) if (key", "self._table.trace.subjects if (key"),
    Fault("Total: records that are not authentic count where something is due", COLUMNAR + "sums.py",
          "odd[of[:count][~self._table.authentic[occasions.rows]]] = True", "pass"),
    Fault("Total: nothing lies before the log", COLUMNAR + "sums.py",
          "if first <= last and self._began + window > first:", "if False:"),
    Fault("Total: nothing lies before the log, in a calendar window", COLUMNAR + "sums.py",
          "plain &= begins >= self._began", "pass"),
    Fault("Total: a calendar window that is not over", COLUMNAR + "sums.py",
          "end <= min(self._until, bound(rule.end)) for", "True for"),
    Fault("Total: a group without a record in the window", COLUMNAR + "sums.py",
          "chosen[example[asked[shown]]] = True", "pass"),
    Fault("Total: what is as a calendar window begins is not in it", COLUMNAR + "sums.py",
          "np.maximum(occasions.ends, occasions.starts + 1), side=", "occasions.ends, side="),
    Fault("Total: nothing goes on when it starts anew", COLUMNAR + "sums.py",
          "starts = np.maximum(occasions.starts[places], segments.starts[at])",
          "starts = np.maximum(occasions.starts[places], segments.starts[at] + 1)"),
    Fault("Total: only what is too much is left of a group, not when it starts anew", COLUMNAR + "sums.py",
          "np.append(left, False)[anew.of]", "np.append(left & False, False)[anew.of]"),
    Fault("Total: what is open starts a total anew", COLUMNAR + "renewed.py",
          "sure = np.where(going, long & (spell.most is None), long & short)", "sure = np.where(going, short, long & short)"),
    Fault("Total: a total starts anew with the second, whatever came first", COLUMNAR + "renewed.py",
          "for span in _renewals(known)", "for parts in known for span in _renewals([parts[-1:]])"),
    Fault("Total: time apart begins with the log alone", COLUMNAR + "renewed.py",
          "np.where(first, self._began, before)", "np.where(first, self._began, before + 1_000_000)"),
    Fault("Level: numbers that cannot be read are 0", COLUMNAR + "sums.py",
          "groups.odd[groups.of[(known == -1) | (values < 0)]] = True", "pass"),
    Fault("Level: what ends counts with what begins", COLUMNAR + "sums.py",
          "steps = jumps(of[long], starts[long], ends[long], amounts[long])",
          "steps = jumps(of[long], starts[long], ends[long] + 1, amounts[long])"),
    # states and roles
    Fault("Step: from nowhere in particular", COLUMNAR + "states.py",
          "kept = fits & ((claimed == NONE) | (claimed == before) | (before == NONE)) & ~odd", "kept = fits & ~odd"),
    Fault("Step: the first comes from nowhere", COLUMNAR + "states.py",
          "initial = NONE if measure.initial is None else states.of(measure.initial)", "initial = NONE"),
    Fault("Step: the one before is not left", COLUMNAR + "states.py",
          "more = [self._around(rule, occasions.take(earlier))]", "more = []"),
    Fault("Step: what is declared is a step", COLUMNAR + "states.py", "& ~declares & ((origin", "& ((origin"),
    Fault("Step: inexact records are in order", COLUMNAR + "states.py",
          "odd = occasions.loose | ~table.authentic", "odd = ~table.authentic"),
    Fault("Clashes: only one after the other", COLUMNAR + "states.py",
          "left[_sharing(group, values, part)] = True", "left[_sharing(group[::2], values[::2], part[::2])] = True"),
    Fault("Clashes: what cannot be read is no clash", COLUMNAR + "states.py", "left[group[~plain]] = True", "pass"),
    Fault("Clashes: asked whenever it is observed", COLUMNAR + "states.py",
          "within & (np.arange(len(rows)) >= since[group])", "within"),
    # compared
    Fault("Deviation: the first instead of the last", COLUMNAR + "compared.py",
          "chosen = np.where(last >= 0, last, later)", "chosen = np.where(later >= 0, later, last)"),
    Fault("Deviation: never negative", COLUMNAR + "compared.py",
          "apart if measure.signed else np.abs(apart)", "np.abs(apart)"),
    Fault("Deviation: what goes on has ended", COLUMNAR + "compared.py",
          "read = np.where(occasions.going, -1, read)", "pass"),
    Fault("Deviation: only the own value is looked at", COLUMNAR + "compared.py",
          "distinct([(one, len(column.values)) for one, column in zip(pairs, columns, strict=True)])",
          "distinct([(pairs[0], len(columns[0].values))])"),
    Fault("Standing: the first instead of the last", COLUMNAR + "compared.py",
          "last[:-1] = key[1:] != key[:-1]", "last[1:] = key[1:] != key[:-1]"),
    Fault("Standing: records that are not authentic stand", COLUMNAR + "compared.py",
          "plain = sure & table.exact[rows] & table.authentic[rows]", "plain = sure & table.exact[rows]"),
    Fault("Standing: not at the instant itself", COLUMNAR + "compared.py",
          "(table.time[rows] <= on)", "(table.time[rows] < on)"),
    Fault("Standing: nobody stands where nothing was said", COLUMNAR + "compared.py", "groups[()] = None", "pass"),
    # what all share
    Fault("intervals: openings before closings", COLUMNAR + "intervals.py",
          "order = np.lexsort((rows, opens, table.time[rows], key))",
          "order = np.lexsort((rows, ~opens, table.time[rows], key))"),
    Fault("intervals: records that are not authentic open", COLUMNAR + "intervals.py",
          "plain = np.concatenate([one.sure for one in marked]) & table.exact[rows] & table.authentic[rows]",
          "plain = np.concatenate([one.sure for one in marked])"),
    Fault("intervals: still on at their end", COLUMNAR + "runs.py",
          "found: Mask = (place >= 0) & (np.append(self.ends, -FAR)[place] > lows)",
          "found: Mask = (place >= 0) & (np.append(self.ends, -FAR)[place] >= lows)"),
    Fault("intervals: odd keys are not on", COLUMNAR + "intervals.py",
          "found = np.where(self.odd_keys[comb], -1, inside)", "found = np.where(self.odd_keys[comb], 0, inside)"),
    Fault("base: at the limit is beyond it", COLUMNAR + "base.py",
          "return margins > 0 if limit.exclusive else margins >= 0, margins", "return margins > 0, margins"),
    Fault("base: exclusive as inclusive", COLUMNAR + "base.py",
          "return margins > 0 if limit.exclusive else margins >= 0, margins", "return margins >= 0, margins"),
    Fault("base: what opens is left without what closes", COLUMNAR + "base.py",
          "rows = np.unique(np.concatenate([rows, pairs]))", "pass"),
    Fault("base: the rule was always in force", COLUMNAR + "base.py",
          "keep &= found.loose | (", "keep &= True | ("),
    # what one rule has found and others are given
    Fault("Lag: what is found for one limit serves another that asks for a later answer", COLUMNAR + "partners.py",
          "self._answers(measure, occasions, soon), soon)", "self._answers(measure, occasions, soon))"),
    Fault("Lead: the occasions of one time in force serve another", COLUMNAR + "base.py",
          '("occasions", name, first, last)', '("occasions", name)'),
    Fault("Lead: what is found for some occasions serves others", COLUMNAR + "base.py",
          'f"{found.name} in {first} to {last}"', "found.name"),
    Fault("Spacing: who ends a pause is the same for every limit", COLUMNAR + "rows.py",
          "self._in_turn(rule, measure, every, most), most)", "self._in_turn(rule, measure, every, most))"),
    Fault("Spacing: the stretches of one time in force serve another", COLUMNAR + "rows.py",
          "self._stretches(rule, measure, occasions, first, last), first, last",
          "self._stretches(rule, measure, occasions, first, last)"),
    Fault("Total: what is due and what is not are one", COLUMNAR + "sums.py",
          'reached, "course", *span, owed, at_all)', 'reached, "course")'),
    Fault("Level: groups are the same where something is due", COLUMNAR + "sums.py",
          '("groups", occasions.name, per, due)', '("groups", occasions.name, per)'),
    Fault("Total: groups are kept by whatever fields", COLUMNAR + "sums.py",
          '("groups", occasions.name, per, due)', '("groups", occasions.name, due)'),
    Fault("partners: of keys that others have too", COLUMNAR + "partners.py",
          "until = np.where(none, since, np.searchsorted", "until = np.where(none & False, since, np.searchsorted"),
    Fault("partners: of whom columns do not tell are plain", COLUMNAR + "partners.py",
          "bad[key[~sure]] = True", "pass"),
    Fault("intervals: what closes is left without what opens", COLUMNAR + "intervals.py",
          "openings[np.searchsorted(ends, rows[mine])], again])", "openings[:0], again])"),
    Fault("Length: the first record ends nothing", COLUMNAR + "intervals.py",
          "plain &= turns | ~first | spell.switches", "pass"),
    Fault("intervals: what opens is left without what closes", COLUMNAR + "intervals.py",
          "np.concatenate([closings[closings >= 0], openings[", "np.concatenate([closings[:0], openings["),
    # where records are missing
    Fault("gaps: they hide nothing", COLUMNAR + "__init__.py",
          "if measure is None or (self._hides and not _is_local(rule, trace)):", "if measure is None:"),
    Fault("gaps: what they may hide is not asked about", COLUMNAR + "__init__.py",
          "found._replace(rows=rows, hidden=True)", "found._replace(rows=rows, hidden=False)"),
    Fault("gaps: what no record shows is not asked about", "backends/reference/base.py",
          "self.of_cause(occasion.cause) or occasion.hidden", "self.of_cause(occasion.cause)"),
    Fault("gaps: a microsecond too short", COLUMNAR + "holes.py",
          'np.searchsorted(self.starts, highs, side="right")', 'np.searchsorted(self.starts, highs, side="left")'),
    Fault("gaps: over a microsecond too soon", COLUMNAR + "holes.py",
          'np.searchsorted(self.ends, lows, side="left")', 'np.searchsorted(self.ends, lows, side="right")'),
    Fault("Length: what is touched has ended", COLUMNAR + "single.py",
          "kept &= ~occasions.loose  # else, if it ended before", "pass  # else, if it ended before"),
    Fault("Length: two missing records change nothing", COLUMNAR + "intervals.py",
          "np.where(going | tied, 1, 2)", "np.where(going | tied, 1, 3)"),
    Fault("Within: what goes on at the end is not touched by one", COLUMNAR + "intervals.py",
          "np.where(going | tied, 1, 2)", "np.where(tied, 1, 2)"),
    Fault("Length: what follows at once tells nothing", COLUMNAR + "intervals.py",
          "np.where(going | tied, 1, 2)", "np.where(going, 1, 2)"),
    Fault("Length: what follows at once is not touched", COLUMNAR + "intervals.py",
          "bad[run[touched]] = True", "bad[run[touched & ~tied]] = True"),
    Fault("Within: there is no room for two between", COLUMNAR + "intervals.py",
          "holes.room(ends[between], nexts[between]) >= 2]", "holes.room(ends[between], nexts[between]) >= 9]"),
    Fault("Within: nothing comes before the first", COLUMNAR + "intervals.py",
          "head & holes.touch(np.full(len(starts), -FAR), starts)", "head & False"),
    Fault("Within: nothing comes after the last", COLUMNAR + "intervals.py",
          "after = np.flatnonzero(tail & ~going)", "after = np.flatnonzero(tail & False)"),
    Fault("Within: who is not shown has none", COLUMNAR + "intervals.py", "keyless=True,", "keyless=False,"),
    Fault("Portion: a missing record states nothing", COLUMNAR + "intervals.py",
          "if holes:  # of a field nothing is known that says when it was", "if False:"),
    Fault("Portion: what a missing record states is over at once", COLUMNAR + "intervals.py",
          "holes.ends + spell.lasts if", "holes.ends if"),
    Fault("Within: what a missing record states is not widened", COLUMNAR + "intervals.py",
          "lows, highs) | self.unseen.anywhere(lows - self._after, highs + self._before)",
          "lows, highs) | self.unseen.anywhere(lows, highs)"),
    Fault("Portion: what is touched is sure", COLUMNAR + "intervals.py",
          "sure, unseen = ~self._paired.touched[self.order], self.unseen",
          "sure, unseen = ~self._paired.touched[self.order] | True, self.unseen"),
    Fault("Lag: a missing record stops nothing", COLUMNAR + "partners.py",
          "plain &= ~self._table.holes(measure.next_among).touch(begun, np.maximum(answered, begun))", "pass"),
    Fault("Lag: what may be missing is answered by nothing", COLUMNAR + "partners.py",
          "found = [self._beside(hidden, measure.pattern, measure.match, answering)]", "found = [EMPTY]"),
    Fault("Lag: what surely answers all that may be missing is not left", COLUMNAR + "partners.py",
          "is None:\n        return _first_from(times, np.concatenate([lows, highs]))",
          "is None:\n        return _first_from(times, lows)"),
    Fault("Lag: what surely keeps both limits is not left", COLUMNAR + "partners.py",
          "for one in (serving, turn) for edge", "for one in (turn,) for edge"),
    Fault("Lag: what comes just too soon for both limits is not left", COLUMNAR + "partners.py",
          "np.concatenate(firsts)), _last_before(times, turn)]", "np.concatenate(firsts))]"),
    Fault("Lag: what serves what may be missing best comes late enough for its last instant", COLUMNAR + "partners.py",
          "turn = np.minimum(level, (level + highs) // 2)", "pass"),
    Fault("Lag: what stops what may be missing need not come after it", COLUMNAR + "partners.py",
          "return _first_from(times, np.concatenate([lows, highs]))\n\n\ndef _lifting", "return _first_from(times, lows)\n\n\ndef _lifting"),
    Fault("Lag: what stops all that may be missing is not left", COLUMNAR + "partners.py",
          "found.append(self._beside(hidden, measure.next_among, measure.match, _stopping))", "pass"),
    Fault("Lag: what lifts the duty is neither the occasion nor its answer", COLUMNAR + "partners.py",
          "_STOPPING, _LIFTING = 2, 3", "_STOPPING, _LIFTING = 2, 1"),
    Fault("Lag: what stops something is not the occasion", COLUMNAR + "partners.py",
          "_STOPPING, _LIFTING = 2, 3", "_STOPPING, _LIFTING = 1, 3"),
    Fault("Lead: what serves before the middle is not left", COLUMNAR + "partners.py",
          "np.concatenate([[0], _last_before(times, turn + 1), _first", "np.concatenate([[0], _first"),
    Fault("Lead: what serves after the middle is not left", COLUMNAR + "partners.py",
          "_last_before(times, turn + 1), _first_from(times, turn + 1)])", "_last_before(times, turn + 1)])"),
    Fault("Lead: what came first of all is not left", COLUMNAR + "partners.py",
          "np.concatenate([[0], _last_before", "np.concatenate([_last_before"),
    Fault("Spacing: nothing is missing between", COLUMNAR + "rows.py",
          "kept &= ~open_(later, starts[later - 1])", "pass"),
    Fault("Spacing: nothing is missing before the first", COLUMNAR + "rows.py",
          "alone = alone[open_(alone, np.full(len(alone), -FAR))]", "alone = alone[:0]"),
    Fault("Spacing: no beat is missing", COLUMNAR + "rows.py",
          "clean &= ~holes.touch(due.lows, due.highs)", "pass"),
    Fault("Total: nothing is missing in a calendar window", COLUMNAR + "sums.py",
          "hidden = self._hidden_in(",
          "hidden = 0 * self._hidden_in("),
    Fault("Total: what is touched counts in its calendar window", COLUMNAR + "sums.py",
          "kept[of_cell[occasions.loose[places]]] = False", "pass"),
    Fault("Total: nothing is hidden beside what is there", COLUMNAR + "sums.py",
          "return ~(touched | runs.touch(of, lows, highs + 1))", "return ~touched"),
    Fault("Total: what is stated is not missing", COLUMNAR + "sums.py",
          "touched = unseen.anywhere(lows, highs)", "touched = lows != lows"),
    Fault("Total: a missing event is over a second too soon", COLUMNAR + "sums.py",
          "guests.ends + window, guests.many", "guests.ends + window - 1_000_000, guests.many"),
    Fault("Total: one missing event stands for all", COLUMNAR + "sums.py",
          "int(min(event.many, _ENDLESS)) if counted", "1 if counted"),
    Fault("Total: what is missing carries nothing", COLUMNAR + "sums.py",
          'measure.of == "count")\n                own,',
          'True)\n                own,'),
    Fault("Total: whom only a gap shows is told", COLUMNAR + "sums.py",
          "clean &= self._seen(groups, course.guests, since, last, back)", "pass"),
    Fault("Total: a group without a record beside a gap", COLUMNAR + "sums.py",
          "chosen[example[left[shown]]] = True", "pass"),
    Fault("Total: the reach of a window is not looked at", COLUMNAR + "sums.py",
          "_near(of, plain, hot, back) |",
          "_near(of, plain, hot, 0) |"),
    Fault("Total: what is shown beside gaps is all there is", COLUMNAR + "sums.py",
          "np.concatenate([parts.amounts, more.amounts])", "np.concatenate([parts.amounts, 0 * more.amounts])"),
    Fault("Total: what lies apart from gaps counts twice", COLUMNAR + "weighing.py",
          "plain &= ~contained(rows, every.rows)", "rows = rows.copy()"),
    Fault("Total: what has no bound is kept", COLUMNAR + "sums.py",
          "clean = kept & asked & told & ~unbound",
          "clean = kept & asked & told"),
    Fault("Total: what may be of a group that is shown is of none", COLUMNAR + "weighing.py",
          " or (per & own and not own <= per and own - per <= _KNOWN)", ""),
    Fault("Total: only what is too much is left where something is due", COLUMNAR + "sums.py",
          "if limit.at_least is None:  # else", "if True:  # else"),
    Fault("Total: what is missing of a calendar window is not left", COLUMNAR + "sums.py",
          "chosen[example] = True  # so", "pass  # so"),
    Fault("Total: what is missing carries nothing in a calendar window", COLUMNAR + "sums.py",
          'measure.of == "count"), len(begins)', "True), len(begins)"),
    Fault("Total: what is missing at an instant is in no calendar window", COLUMNAR + "sums.py",
          "np.where(guests.starts == guests.ends, guests.ends + 1, guests.ends)", "guests.ends"),
    Fault("Total: what has no bound has one once it is over", COLUMNAR + "sums.py",
          "endless.keys, endless.starts, endless.ends + lasting", "endless.keys, endless.starts, endless.ends"),
    Fault("Total: what stands beside gaps is not left of a calendar window", COLUMNAR + "sums.py",
          "rows = np.concatenate([rows, self._intervals.standing(rule.on.spell)])", "pass"),
    Fault("Level: what lies apart from gaps is not asked about", COLUMNAR + "sums.py", "asked[of[asking]] = True", "pass"),
    Fault("Level: whom no record shows is told", COLUMNAR + "sums.py", "clean = kept & asked & told &", "clean = kept & asked &"),
    Fault("Level: what is near is not left where it is too much", COLUMNAR + "sums.py",
          "self._around(rule, plain.take(chosen))", "self._around(rule, plain.take(chosen[:0]))"),
    Fault("Level: numbers that cannot be read are 0, beside gaps", COLUMNAR + "weighing.py",
          "plain = (known == 1) & (amounts >= 0)", "plain = known == known"),
    Fault("Total: what is missing in a calendar window has the fields of another", COLUMNAR + "sums.py",
          "if set(spell.per) != set(per):",
          "if not set(spell.per) <= set(per):"),
    Fault("Before: the window a microsecond less", COLUMNAR + "single.py",
          "lows, highs = occasions.starts - measure.back, occasions.starts",
          "lows, highs = occasions.starts - measure.back + 1, occasions.starts"),
    Fault("Before: nothing lies before the log", COLUMNAR + "single.py", "kept &= lows >= self._began", "pass"),
    Fault("Before: what may have been is not", COLUMNAR + "intervals.py",
          "sure &= self._maybe.total(comb, lows, highs) == whole", "pass"),
    Fault("Before: what a missing record states is not", COLUMNAR + "intervals.py",
          "sure &= ~self.unseen.anywhere(lows - self._after, highs + self._before)", "pass"),
    Fault("Before: who is not shown has none", COLUMNAR + "intervals.py", "sure &= ~self._elsewhere[comb]", "pass"),
    Fault("Before: the last pause is none", COLUMNAR + "runs.py",
          "found[many > 0] = np.maximum(found[many > 0], highs[many > 0] - ends[last])", "pass"),
    Fault("Before: what began before the window is left out", COLUMNAR + "runs.py",
          "since = np.maximum(self.last_before(comb, lows), first)", "since = np.maximum(self.last_before(comb, lows) + 1, first)"),
    Fault("Spacing: a missing number changes no least step", COLUMNAR + "rows.py",
          " or (self._hides and rule.limit.at_least is not None)", ""),
    Fault("Standing: nothing came after the last", COLUMNAR + "compared.py",
          "known = fine & ~table.holes(measure.pattern).touch(table.time[finals], np.full(len(finals), on))",
          "known = fine"),
    Fault("Standing: a gap that ends at the instant of the last", COLUMNAR + "compared.py",
          "touch(table.time[finals], np.full", "touch(table.time[finals] + 1, np.full"),
    Fault("Deviation: nothing is missing between", COLUMNAR + "compared.py",
          "plain &= ~holes.touch(since, ", "plain &= ~holes.touch(begun, "),
    Fault("Deviation: nothing is missing before the first after it", COLUMNAR + "compared.py",
          "np.maximum(begun, partners.time(later))", "begun"),
    Fault("Deviation: what only something missing may belong to is not asked about", COLUMNAR + "compared.py",
          " | bool(holes))", ")"),
    Fault("Step: nothing is missing between", COLUMNAR + "states.py", "kept &= ~touched", "pass"),
    Fault("Step: nothing is missing before the first", COLUMNAR + "states.py", "(origin != NONE) | touched)", "(origin != NONE))"),
    Fault("Step: what is hidden is not asked about", "backends/reference/base.py",
          "event is None or event.hidden is not None or event in", "event is None or event in"),
    Fault("Spacing: what is touched is due in every case", COLUMNAR + "rows.py", "clean &= due.sure", "pass"),
    # all assets together, bin by bin
    Fault("Together: an interval whose other side is missing is told beside the others", COLUMNAR + "base.py",
          "whole=not one_by_one(rule))", "whole=False)"),
    Fault("Together: numbers of fewer digits are taken as they are", COLUMNAR + "together.py",
          "changes.astype(np.int64) * 10 ** (digits - one.digits)", "changes.astype(np.int64)"),
    Fault("Together: what odd keys come to is left out", COLUMNAR + "together.py",
          "self._add(np.array([piece.start for piece in pieces], np.int64), values, changes, digits)", "pass"),
    Fault("Together: at an exclusive limit is within it", COLUMNAR + "together.py",
          "highest >= most if exclusive else highest > most", "highest > most"),
    Fault("Together: each stretch of time begins with nothing", COLUMNAR + "together.py",
          "value, since = int(values[-1]), int(times[-1])", "value, since = 0, int(times[-1])"),
    Fault("Together: no stretch of time goes on rising", COLUMNAR + "together.py", "slope = int(slopes[-1])", "slope = 0"),
    Fault("Together: pieces that meet end where the first of them does", COLUMNAR + "together.py",
          "until[np.append(begins[1:], True)[: len(since)]]", "until[begins]"),
    Fault("Together: too little is not looked for", COLUMNAR + "together.py",
          "owed = judging.limit.at_least is not None", "owed = False"),
    Fault("Spacing: what a gap may add to a stretch is shown", COLUMNAR + "rows.py", "clean &= due.shown", "pass"),
    Fault("Spacing: a silence between two stretches is one", COLUMNAR + "rows.py",
          "found &= due.scope.encloses(combs, beats.points[before], beats.points[after])", "pass"),
    Fault("Spacing: only beats within what is shown are left", COLUMNAR + "rows.py",
          "whole = occasions.rows[elsewhere | beats", "whole = occasions.rows[beats"),
    Fault("Spacing: what settles is not left", COLUMNAR + "rows.py",
          "inside[1:] = settled[1:] & settled[:-1]", "inside = settled"),
    Fault("Spacing: of a key no beat is left", COLUMNAR + "rows.py", "whole, due.examples]\n", "whole]\n"),
    Fault("Portion: what ended it says of what it is", COLUMNAR + "single.py",
          "found &= self._table.codes(name)[occasions.rows] >= 0", "pass"),
    Fault("Within: what is beside a record whose other side is missing is not left", COLUMNAR + "base.py",
          "rows = np.union1d(rows, paired.lone.beside(rows))", "pass"),
    Fault("Within: at one instant, too, the other side is missing", COLUMNAR + "intervals.py",
          "bad[group[tied]] = True", "pass"),
    Fault("Within: nothing went on where a side is missing", COLUMNAR + "intervals.py",
          "unseen = unseen.joined(lone.rows, lone.since, lone.until)", "pass"),
    Fault("Within: beside gaps no interval need be there", COLUMNAR + "intervals.py",
          "bad[np.bincount(group[~alone], minlength=len(bad)) == 0] = True", "pass"),
    Fault("Before: what a gap hides begins after what it touches", COLUMNAR + "holes.py",
          "return np.where(self.touch(times, times), times, following)", "return following"),
    Fault("Within: what a gap hides ends before what it touches", COLUMNAR + "holes.py",
          "return np.where(self.touch(times, times), times, earlier)", "return earlier"),
    Fault("Lag: one by one, whomever each serves", COLUMNAR + "base.py", "return not rule.measure.once", "return True"),
    Fault("Portion: what a gap may hide before the end that is shown is covered by nothing", COLUMNAR + "__init__.py",
          "unseen = paired.unseen.joined(paired.openings[touched], paired.starts[touched], paired.ends[touched])",
          "unseen = paired.unseen"),
    Fault("Portion: of an asset that only a gap is about nothing else matters", COLUMNAR + "__init__.py",
          "if of_known or measure.inside", "if measure.inside"),
    Fault("Before: of a key that is shown no interval is left", COLUMNAR + "intervals.py",
          "return np.union1d(self.standing(spell.part), paired.openings[first])", "return self.standing(spell.part)"),
    Fault("Spacing: the intervals that a scope is made of are not left", COLUMNAR + "rows.py",
          "for part in (scope, *primitives(scope))]", "for part in (scope,)]"),
    Fault("Spacing: of whom nothing is shown nothing is hidden", COLUMNAR + "rows.py",
          "whole = due.odd | (due.combs == len(due.scope.keys))", "whole = due.odd"),
    Fault("Within: nothing goes on where a gap lies", COLUMNAR + "intervals.py",
          "near = holes.touch(paired.starts - before - 1, ends)", "near = np.zeros(len(ends), np.bool_)"),
    Fault("Within: only what is touched is beside a gap", COLUMNAR + "intervals.py",
          "near |= holes.touch(since, np.where(tail, FAR, nexts))", "pass"),
    Fault("Spacing: with one more beat no part of the first silence is a later one", COLUMNAR + "rows.py",
          "clean &= ~holes.touch(points[heads], points[heads + 1])", "pass"),
    Fault("Spacing: nobody is known by a record whose silences are all told", COLUMNAR + "rows.py",
          "np.unique(np.concatenate([beats.shown[asked], odd, due.examples[keys]]))",
          "np.unique(np.concatenate([beats.shown[asked], odd]))"),
    Fault("Spacing: of keys that columns do not tell nothing is left", COLUMNAR + "rows.py",
          "np.concatenate([beats.shown[asked], odd, due", "np.concatenate([beats.shown[asked], due"),
    Fault("Spacing: nothing of a first silence is left", COLUMNAR + "rows.py",
          "(beats.shown[:-1] >= 0) & (beats.shown[1:] >= 0)", "(beats.shown[:-1] >= 0) | (beats.shown[1:] >= 0)"),
    Fault("Lead: what may be missing is counted back from itself, whatever the dates", COLUMNAR + "partners.py",
          "return dates.beginning(measure.deadline, lows), dates.beginning(measure.deadline, highs)",
          "return lows, highs"),
    Fault("Lag: what may be missing ends no later than its gap, whatever the dates", COLUMNAR + "partners.py",
          "np.maximum(highs - lows, dates.apart(measure.deadline, lows, highs, int(limit.at_most)))", "highs - lows"),
    Fault("Lead: what serves once nothing missing takes", COLUMNAR + "partners.py",
          "return ~holes.touch(times, times)", "return np.ones(len(times), np.bool_)"),
    Fault("Lag: what serves once is taken within the gap alone", COLUMNAR + "partners.py",
          "holes = holes._replace(ends=holes.ends + reach)", "pass"),
    Fault("Lead: what serves once is taken within the gap alone", COLUMNAR + "partners.py",
          "holes = holes._replace(starts=holes.starts - reach)", "pass"),
    Fault("Lag: what serves once serves nothing that may be missing", COLUMNAR + "partners.py",
          "rows.append(self._left_to_missing(rule, measure, rows[0]))", "pass"),
    Fault("Lag: what is asked before a rule is in force takes nothing", COLUMNAR + "partners.py",
          "found = self._occasions(rule._replace(start=-INFINITY, end=INFINITY))", "found = self._occasions(rule)"),
    Fault("Clashes: nothing that is missing comes before", COLUMNAR + "states.py",
          "reached |= ends >= event.earliest", "pass"),
    Fault("Clashes: nothing that is missing comes after", COLUMNAR + "states.py",
          "counts &= not (within and rule.start <= event.latest and event.earliest < rule.end)", "pass"),
    Fault("Clashes: what is missing is of nobody who is known", COLUMNAR + "states.py", "reached |= fits", "pass"),
    Fault("Clashes: nothing tells that what is missing may clash with what came before", COLUMNAR + "states.py",
          "left[_first_of_each(part[over], group[over], times[over])] = True", "pass"),
    Fault("Clashes: what began first tells of all that is missing", COLUMNAR + "states.py",
          "(part == one for one in np.unique(part))", "[part == part]"),
    Fault("Clashes: of whom nothing is known nothing is asked", COLUMNAR + "states.py", "groups={**keys, **unseen}", "groups=keys"),
    Fault("Clashes: what a gap tells names nobody", COLUMNAR + "states.py",
          "if not all(isinstance(event.get(role.field), Unknown) for role in roles):", "if False:"),
    Fault("Spacing: between intervals nothing is missing", COLUMNAR + "rows.py",
          "touched = holes.touch(since, starts[at])", "touched = np.zeros(len(at), np.bool_)"),
    Fault("Spacing: what a gap touches has ended as shown", COLUMNAR + "rows.py",
          "touched |= occasions.loose[at] | ((since > -FAR) & occasions.loose[at - 1])", "pass"),
    Fault("Spacing: where a side is missing nothing came between", COLUMNAR + "rows.py",
          "touched | spread.touch(key[at], since, starts[at])", "touched"),
    Fault("Spacing: of fewer fields than intervals, one by one", COLUMNAR + "base.py",
          "and set(spell.per) == set(rule.measure.per)", ""),
    Fault("Spacing: beside gaps intervals need not be there", COLUMNAR + "__init__.py",
          "found = [rows, self._intervals.standing(spell)]", "found = [rows]"),
    Fault("Spacing: beside gaps events need not be there", COLUMNAR + "rows.py",
          "return occasions.rows[first | holes.touch(occasions.starts, nexts)]", "return occasions.rows[first]"),
    Fault("Spacing: the first events of groups need not be there", COLUMNAR + "rows.py",
          "return occasions.rows[first | holes.touch(occasions.starts, nexts)]",
          "return occasions.rows[holes.touch(occasions.starts, nexts)]"),
    Fault("Spacing: a silence that is settled is asked about", "backends/reference/rows.py",
          "if before in self._focus.settled:", "if False:"),
]  # fmt: skip


class Part(NamedTuple):
    """What some logs came to: the seeds that differ, and of each measure what columns told of and what they left."""

    differing: list[tuple[int, str]]
    told: Counter[str]
    left: Counter[str]
    rules: Counter[str]
    whole: Counter[str]


def judged(seeds: range) -> Part:
    part = Part([], Counter(), Counter(), Counter(), Counter())
    with twice.counted() as counts:
        for seed in seeds:
            drawn = twice.lacking if seed % 3 == 2 else twice.sample
            try:
                found = twice.differing(seed, drawn=drawn)
            except Exception as error:  # what one of them cannot judge is a difference too
                found = [repr(error)]
            if found:
                part.differing.append((seed, found[0]))
    for name, told in counts.items():
        part.told[name] += told.columns
        part.left[name] += told.left
        part.rules[name] += told.rules
        part.whole[name] += told.whole
    return part


def compared(logs: int, jobs: int) -> bool:
    """Table 1."""
    started = time.perf_counter()
    chunk = max(1, min(250, -(-logs // jobs)))
    whole = Part([], Counter(), Counter(), Counter(), Counter())
    with ProcessPoolExecutor(jobs) as pool:
        for part in pool.map(judged, [range(at, min(at + chunk, logs)) for at in range(0, logs, chunk)]):
            for seed, line in part.differing:
                print(f"seed {seed}: {line}")
            whole.differing.extend(part.differing)
            for all_, some in zip(whole[1:], part[1:], strict=True):
                all_.update(some)
    seconds = time.perf_counter() - started
    print(f"{logs:,} logs, {len(twice.KINDS)} constraints each: ", end="")
    print(f"{len(whole.differing):,} told differently ({seconds:.0f} s)\n")
    print(f"{'measure':<12}{'told by columns':>16}{'left':>12}{'share':>8}{'rules left whole':>18}")
    for name in sorted(whole.rules):
        told, left = whole.told[name], whole.left[name]
        share = told / (told + left) if told + left else 0
        print(f"{name:<12}{told:>16,}{left:>12,}{share:>8.0%}{whole.whole[name] / whole.rules[name]:>18.0%}")
    return not whole.differing


def covered() -> None:
    """Which rules of each shipped rulebook columns do not leave whole whatever the log is."""
    told = every = 0
    for path in (ROOT / "constraints", *sorted((ROOT / "constraints" / "regimes").glob("*.yaml"))):
        book = load_rulebook(path)
        rules = [(c.id, clause.kind, rule) for c in book.constraints for clause in c.clauses for rule in clause.rules]
        trace = Trace((), 0, 1 << 50, book.definitions.registers)
        columns = Columnar(Table(from_trace(trace, sorted(set().union(*(fields_of(r) for *_, r in rules)))), trace, 0))
        left = [(*name, type(rule.measure).__name__) for *name, rule in rules if columns.screen(rule).is_whole]
        told, every = told + len(rules) - len(left), every + len(rules)
        print(f"{path.stem:<30}{len(rules) - len(left):>5} of {len(rules):>3}  ", end="")
        print(", ".join(f"{name} ({kind}: {measure})" for name, kind, measure in left))
    print(f"{told} of {every} rules are told by columns")


def hunt(seeds: int, measure: str) -> str:
    """After how many seeds a fault shows, and in which measures; 0 if it does not. Of one measure, if it is named."""
    if measure == TOGETHER:
        return next((f"{seed + 1} {TOGETHER}" for seed in range(seeds) if _differs_together(seed)), "0 -")
    measures = [measure] if measure else MEASURES
    for seed in range(seeds):
        if _differs(seed, twice.measuring(measure) if measure else ()):
            return f"{seed + 1} " + ",".join(name for name in measures if _differs(seed, twice.measuring(name)))
    return "0 -"


def _differs(seed: int, only: tuple[str, ...] = ()) -> bool:
    try:
        return any(twice.differing(seed, only, drawn) for drawn in (twice.sample, twice.lacking, twice.vague))
    except Exception:  # a fault that lets the program fail is found
        return True


def _differs_together(seed: int) -> bool:
    import test_together

    with TemporaryDirectory() as folder:
        try:
            return any(test_together.differs(rule, seed, Path(folder)) for rule in test_together.RULES)
        except Exception:  # a fault that lets the program fail is found
            return True


def looked_for(fault: Fault, seeds: int) -> list[str]:
    """In the constraints of the measure that a fault names, if it names one: so many more logs take no longer."""
    name = measure_of(fault)
    more = ["--only", name] if name in NAMED else []
    return soundness.hunted_by(__file__, fault, seeds, *more)


def measure_of(fault: Fault) -> str:
    """What a fault names: a measure, or what several share."""
    return fault.what.split(":")[0].split(",")[0]


def hunted(seeds: int, only: str, jobs: int) -> bool:
    """Table 2."""
    started = time.perf_counter()
    faults = [fault for fault in FAULTS if only in fault.what]
    print(f"{'planted fault':<66}{'found after':>12}  in", flush=True)
    missed = 0
    with ThreadPoolExecutor(jobs) as pool:
        for fault, told in zip(faults, pool.map(lambda fault: looked_for(fault, seeds), faults), strict=True):
            count, *measures = told or ["1", "does not start"]
            missed += count == "0"
            print(f"{fault.what:<66}{count if count != '0' else 'NOT FOUND':>12}  {' '.join(measures)}", flush=True)
    print(f"{len(faults) - missed} of {len(faults)} found within {seeds} logs ({time.perf_counter() - started:.0f} s)")
    return not missed


def refuted(measure: str) -> bool:
    """Whether the property of a measure fails, as the tests run it, but for the search for the smallest log."""
    if measure == TOGETHER:
        import test_together

        return any(map(_differs_together, test_together.SEEDS))
    from hypothesis import Phase, settings

    settings.register_profile("hunt", deadline=None, phases=[Phase.generate])
    settings.load_profile("hunt")
    import test_columnar

    [name] = [one for one in vars(test_columnar) if one.startswith(f"test_{measure.lower()}_")]
    try:
        getattr(test_columnar, name)()
    except Exception:  # a fault that lets the program fail is found
        return True
    return False


def found_by_properties(only: str, jobs: int) -> bool:
    """Of each measure at least three."""
    started = time.perf_counter()
    faults = [fault for fault in FAULTS if only in fault.what and measure_of(fault) in NAMED]
    found: Counter[str] = Counter({measure_of(fault): 0 for fault in faults})

    def look(fault: Fault) -> bool:
        told = soundness.hunted_by(__file__, fault, 1, "--only", measure_of(fault), "--properties")
        return told != ["False"]  # a program that does not even start is found

    with ThreadPoolExecutor(jobs) as pool:
        for fault, well in zip(faults, pool.map(look, faults), strict=True):
            found[measure_of(fault)] += well
            print(f"{fault.what:<86}{'found' if well else 'NOT FOUND':>10}", flush=True)
    print(f"{found.total()} of {len(faults)} found by the property of their measure: ", end="")
    print(", ".join(f"{name} {count}" for name, count in found.items()), end=" ")
    print(f"({time.perf_counter() - started:.0f} s)")
    return bool(only) or min(found.values()) >= 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--logs", type=int, default=1000, help="how many logs both judge (1000)")
    parser.add_argument(
        "--faults", type=int, default=1000, help="in how many logs at most a fault is looked for (1000)"
    )
    parser.add_argument("--only", default="", help="only faults whose name holds this text")
    parser.add_argument("--jobs", type=int, default=2, help="how many processes work at once (2)")
    parser.add_argument("--hunt", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--coverage", action="store_true", help="which rules of the shipped rulebooks columns tell of")
    parser.add_argument("--properties", action="store_true", help="which faults the property of their measure finds")
    asked = parser.parse_args()
    sys.path.insert(0, str(ROOT / "tests"))
    if asked.coverage:
        covered()
        return
    if asked.hunt:
        told = refuted(asked.only) if asked.properties else hunt(asked.hunt, asked.only)
        print(Path(twice.pipeline.__file__).parent, told)
        return
    if asked.properties:
        sys.exit(not found_by_properties(asked.only, asked.jobs))
    well = True
    if asked.logs:
        well = compared(asked.logs, asked.jobs)
        print()
    if asked.faults:
        well = hunted(asked.faults, asked.only, asked.jobs) and well
    sys.exit(not well)


if __name__ == "__main__":
    main()
