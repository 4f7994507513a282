"""Points on the National Grid as a map: which of them it shows, and where on the paper each one comes.

    DotMap(
        "Schools of Great Sums",
        dots=[Dots("Schools of Great Sums", points), Dots("Neighbouring hubs’ schools", others, FAINT)],
        pins=[Pin("Oak Hill School", 409000, 425000)],
        places=[Place("Halifax", 409000, 425000)],
        table=Table("Local authority", ["Schools"], [("Calderdale", [104])]),
    )

`{% dot_map it %}` (templatetags/maps.py) draws it. There is no boundary and no background: places named on it and
the dots around it tell where one is.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from math import inf
from statistics import quantiles
from typing import Any, NamedTuple

Point = tuple[int | None, int | None]  # easting and northing in metres; None or 0 where nobody knows

DOT, SQUARE, RING, FAINT = (
    "dot",
    "square",
    "ring",
    "faint",
)  # each its own shape and colour; FAINT is for what is around
WIDTH = 720  # units of the paper; text of 32 stays readable where they are squeezed into a phone's 270 pixels
LOWEST, TALLEST = 480, 800
MARGIN = 70  # shows something of what is around
LEAST = 8_000  # metres that a map shows at least, so that one school stands in a place and not on a blank sheet
FENCE = 3  # times the middle half's width; what lies further out is a slip of the register
NEAR = 50_000  # metres that are never too far
BARS = (1, 2, 5, 10, 20, 50, 100, 200)  # kilometres of the scale


class Pin(NamedTuple):
    name: str
    easting: int | None
    northing: int | None


class Place(NamedTuple):
    """A name written on the map, where there is room: the first ones win."""

    name: str
    easting: float
    northing: float
    is_area: bool = False  # a neighbour's part of the map rather than a town


class Table(NamedTuple):
    """The map's data in words and numbers."""

    first: str
    heads: Sequence[str]
    rows: Sequence[tuple[Any, Sequence[Any]]]


@dataclass(frozen=True)
class Dots:
    name: str
    points: Sequence[Point]
    look: str = DOT


@dataclass(frozen=True)
class Frame:
    """The piece of land that the paper shows."""

    west: float
    north: float
    scale: float  # units a metre
    height: int

    @classmethod
    def around(cls, points: Sequence[tuple[int, int]]) -> "Frame":
        west, east = min(e for e, _ in points), max(e for e, _ in points)
        south, north = min(n for _, n in points), max(n for _, n in points)
        across, along = max(east - west, LEAST), max(north - south, LEAST)
        inner = WIDTH - 2 * MARGIN
        scale = min(inner / across, (TALLEST - 2 * MARGIN) / along)
        height = max(LOWEST, round(along * scale) + 2 * MARGIN)
        return cls(
            west=(west + east) / 2 - WIDTH / scale / 2,
            north=(south + north) / 2 + height / scale / 2,
            scale=scale,
            height=height,
        )

    def at(self, easting: float, northing: float) -> tuple[int, int]:
        return round((easting - self.west) * self.scale), round((self.north - northing) * self.scale)

    @cached_property
    def east(self) -> float:
        return self.west + WIDTH / self.scale

    @cached_property
    def south(self) -> float:
        return self.north - self.height / self.scale

    def holds(self, easting: float, northing: float) -> bool:
        return self.west <= easting <= self.east and self.south <= northing <= self.north

    @property
    def bar(self) -> int:
        """Kilometres of the scale's bar: the longest round number that takes a third of the paper at most."""
        return max((km for km in BARS if km * 1000 * self.scale <= WIDTH / 3), default=BARS[0])

    @property
    def kilometres(self) -> tuple[int, int]:
        return round(WIDTH / self.scale / 1000), round(self.height / self.scale / 1000)


@dataclass(frozen=True)
class DotMap:
    title: str
    dots: Sequence[Dots]
    table: Table
    pins: Sequence[Pin] = ()
    places: Sequence[Place] = ()
    note: str = ""
    noun: tuple[str, str] = field(default=("school", "schools"))

    @cached_property
    def subjects(self) -> list[tuple[int, int]]:
        """What the map is about, wherever it lies: every dot that is not merely around it."""
        return [point for dots in self.dots if dots.look != FAINT for point in known(dots.points)]

    @cached_property
    def frame(self) -> Frame | None:
        """Around the subjects, without those that lie beyond the fence; None where no coordinates are known."""
        points = [*self.subjects, *known(pin[1:] for pin in self.pins)]
        if not points:
            return None
        east, north = fence([e for e, _ in points]), fence([n for _, n in points])
        near = [(e, n) for e, n in points if east[0] <= e <= east[1] and north[0] <= n <= north[1]]
        return Frame.around(near or points)

    def shown(self, dots: Dots) -> list[tuple[int, int]]:
        return [point for point in known(dots.points) if self.frame and self.frame.holds(*point)]

    def is_shown(self, pin: Pin) -> bool:
        return any(self.frame.holds(*point) for point in known([pin[1:]])) if self.frame else False

    @property
    def outside(self) -> int:
        """Subjects with coordinates that the frame leaves out."""
        return sum(not self.frame.holds(*point) for point in self.subjects) if self.frame else 0

    @property
    def unknown(self) -> int:
        """Subjects of which the register does not say where they are."""
        return sum(len(dots.points) - len(known(dots.points)) for dots in self.dots if dots.look != FAINT)


def known(points: Iterable[Sequence[Any]]) -> list[tuple[int, int]]:
    return [(easting, northing) for easting, northing in points if easting and northing]


def fence(values: Sequence[int]) -> tuple[float, float]:
    """Between these a coordinate is believed. Scilly is 40 km from Cornwall and stays in; a swapped digit does not."""
    if len(values) < 4:
        return -inf, inf
    low, _, high = quantiles(values, n=4, method="inclusive")
    reach = max(FENCE * (high - low), NEAR)
    return low - reach, high + reach
