"""Deadlines that depend on dates, of many instants at once: each distinct one is asked about once."""

import numpy as np

from checker import deadline
from checker.calendaring import MOST
from checker.columns import Whole
from checker.measure import Deadline
from checker.timeline import DAY, calendar_window, calendar_windows


def due(dates: Deadline, times: Whole, length: int) -> Whole:
    """The last instant at which what occasions at some instants ask for is in time."""
    begun = _at_window(dates, times, 1)
    moments, place = np.unique(begun, return_inverse=True)
    left = dates._replace(unit=None)
    found: Whole = np.array([deadline.due(left, at, length) for at in moments.tolist()], np.int64)[place]
    return found


def apart(dates: Deadline, lows: Whole, highs: Whole, length: int) -> Whole:
    """How far apart the first and the last such instant of occasions between two instants each are."""
    spans, place = np.unique(np.stack([lows, highs]), axis=1, return_inverse=True)
    found = [deadline.due_between(dates, low, high, length) for low, high in spans.T.tolist()]
    return np.array([0 if latest is None else latest - soonest for soonest, latest in found], np.int64)[place.ravel()]


def beginning(dates: Deadline, times: Whole) -> Whole:
    """From when what has to come before occasions at some instants is counted back."""
    return _at_window(dates, times, 0)


def _at_window(dates: Deadline, times: Whole, side: int) -> Whole:
    """The start (0) or the end (1) of the calendar window that each instant falls into; the instant, of none."""
    if dates.unit is None or not len(times):
        return times
    moments = np.unique(times)
    if moments[-1] - moments[0] <= MOST * DAY:
        windows = calendar_windows(dates.unit, dates.zone, int(moments[0]), int(moments[-1]) + 1)
    else:  # those between are more than are needed
        windows = []
        for at in moments.tolist():
            if not windows or at >= windows[-1][1]:
                windows.append(calendar_window(dates.unit, dates.zone, at))
    both = np.array(windows, np.int64)
    found: Whole = both[np.searchsorted(both[:, 0], times, side="right") - 1, side]
    return found
