"""Distances on the ground: from a reported position to places, on the WGS 84 ellipsoid.

Lines between two corners of a polygon are straight in longitude and latitude, as RFC 7946 says.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

from checker.bounds import INFINITY, Bounds, minus, plus
from checker.register import Entry, Place

_MILLIMETRE = Decimal("0.001")
_STEPS = 64  # enough halvings to place the nearest point of an edge to well under a millimetre

Ring = Sequence[tuple[Decimal, Decimal]]


def position_of(value: Any) -> tuple[Decimal, Decimal] | None:
    """(longitude, latitude) of a GeoJSON Point; None if it is not one, or off the globe."""
    if not isinstance(value, dict) or value.get("type") != "Point":
        return None
    coordinates = value.get("coordinates")
    if not isinstance(coordinates, list) or len(coordinates) not in (2, 3):
        return None
    longitude, latitude = coordinates[:2]
    for number in (longitude, latitude):
        if isinstance(number, bool) or not isinstance(number, (int, Decimal)):
            return None
    if abs(longitude) > 180 or abs(latitude) > 90:
        return None
    return Decimal(longitude), Decimal(latitude)


def is_readable(value: Any, accuracy: Any) -> bool:
    """Whether the value is a position and the accuracy, if there is one, a number of metres."""
    metres = isinstance(accuracy, (int, Decimal)) and not isinstance(accuracy, bool) and accuracy >= 0
    return position_of(value) is not None and (accuracy is None or metres)


def distance_to(value: Any, entries: Iterable[Entry], accuracy: Any) -> tuple[Bounds, str]:
    """How far (m, to the millimetre) the position is from the nearest place, and which; from no place, infinitely far.

    `accuracy` (m) widens the bounds both ways, without end if it is there and cannot be read: what lies deeper inside
    than that is surely inside. What lies outside is never 0 away, however near.
    """
    places = [(entry.place, entry.member) for entry in entries if entry.place is not None]
    if not places:
        return Bounds.exactly(INFINITY), ""
    here = position_of(value)
    if here is None or not is_readable(value, accuracy):
        return Bounds(0, INFINITY), ""
    metres, name = min((_metres(here, place, bool(accuracy)), member) for place, member in places)
    exact = Decimal(repr(metres)).quantize(_MILLIMETRE)
    if exact == 0 < metres:
        exact = _MILLIMETRE
    if accuracy is None:
        return Bounds.exactly(exact), name
    return Bounds(max(Decimal(0), minus(exact, accuracy)), max(Decimal(0), plus(exact, accuracy))), name


@lru_cache(maxsize=4096)  # what does not move reports the same position again and again
def _metres(here: tuple[Decimal, Decimal], place: Place, depth: bool) -> float:
    """How far it is to the place; inside 0, or with `depth` how far it is to the border, below zero."""
    if place.point is not None:
        return _between(here, (float(place.point[0]), float(place.point[1])))
    around = [polygon for polygon in place.polygons if _contains(polygon, here)]
    if around:
        return -max(_to_border(here, polygon) for polygon in around) if depth else 0.0
    return min(_to_border(here, polygon) for polygon in place.polygons)


def _to_border(here: tuple[Decimal, Decimal], polygon: Sequence[Ring]) -> float:
    return min(_to_edge(here, a, b) for ring in polygon for a, b in zip(ring, [*ring[1:], ring[0]], strict=True))


def _between(here: tuple[Decimal, Decimal], there: tuple[float, float]) -> float:
    from geographiclib.geodesic import Geodesic  # only rulebooks with places need it

    solved = Geodesic.WGS84.Inverse(float(here[1]), float(here[0]), there[1], there[0], Geodesic.DISTANCE)
    return float(solved["s12"])


def _contains(polygon: Sequence[Ring], here: tuple[Decimal, Decimal]) -> bool:
    """Inside the outer ring and in none of the holes; the border belongs to the polygon. Exact arithmetic."""
    outer, *holes = polygon
    sides = [_side(ring, here) for ring in (outer, *holes)]
    return sides[0] >= 0 and all(side <= 0 for side in sides[1:])


def _side(ring: Ring, here: tuple[Decimal, Decimal]) -> int:
    """1 inside, 0 on the border, -1 outside."""
    x, y = here
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, [*ring[1:], ring[0]], strict=True):
        cross = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
        if cross == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
            return 0
        if (y1 > y) != (y2 > y) and (cross > 0) == (y2 > y1):
            inside = not inside
    return 1 if inside else -1


def _to_edge(here: tuple[Decimal, Decimal], a: tuple[Decimal, Decimal], b: tuple[Decimal, Decimal]) -> float:
    """The least distance to a straight edge, by ternary search: along an edge the distance falls, then rises."""
    (ax, ay), (bx, by) = (float(a[0]), float(a[1])), (float(b[0]), float(b[1]))

    def at(share: float) -> float:
        return _between(here, (ax + share * (bx - ax), ay + share * (by - ay)))

    low, high = 0.0, 1.0
    for _ in range(_STEPS):
        third = (high - low) / 3
        if at(low + third) <= at(high - third):
            high -= third
        else:
            low += third
    return at((low + high) / 2)
