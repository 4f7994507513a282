"""The open state-funded schools of a hub and of its neighbours: counted, and on a map."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from math import dist
from typing import NamedTuple

from mastery_hub.common import clock
from mastery_hub.common.maps import FAINT, DotMap, Dots, Frame, Pin, Place, Table, known
from mastery_hub.directory.areas import AreasOfDay
from mastery_hub.directory.enums import PhaseOfEducation
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.directory.models.schools import SchoolQuerySet

MILE = 1609.344
FIRST_TOWNS = 4  # are written on a map before the neighbours' names, the others after them
TOO_WIDE = 3  # a post town in so many authorities, such as London, tells less than their names
SEEN = 3  # schools of a neighbour on the map, at least, for its name to stand there


class Row(NamedTuple):
    authority: int
    district: str
    easting: int | None
    northing: int | None
    phase: int
    town: str
    authority_name: str


def rows_of(schools: SchoolQuerySet) -> list[Row]:
    return [Row(*values) for values in schools.order_by().values_list(*Row._fields[:-1], "authority__name")]


class HubSchools:
    """Two queries, whatever the number of schools."""

    def __init__(self, hub: MathsHub, neighbours: Iterable[MathsHub] = ()) -> None:
        self.hub, self.neighbours = hub, list(neighbours)

    @cached_property
    def by_hub(self) -> dict[int | None, list[Row]]:
        areas = AreasOfDay(clock.today())
        schools = School.objects.open().state_funded().filter(areas.held_by([self.hub, *self.neighbours]))
        found = defaultdict(list)
        for row in rows_of(schools):
            found[areas.hub_of(row.authority, row.district)].append(row)
        return found

    @property
    def own(self) -> list[Row]:
        return self.by_hub[self.hub.pk]

    def phases(self) -> list[tuple[str, int]]:
        return by_phase(Counter(row.phase for row in self.own))

    def map(self, pin: School | None = None) -> DotMap:
        others = [row for hub in self.neighbours for row in self.by_hub[hub.pk]]
        dots = [Dots(f"Schools of {self.hub}", points(self.own))]
        around = [Dots("Schools of neighbouring hubs", points(others), FAINT)] if others else []
        authorities = Counter(row.authority_name for row in self.own)
        sheet = DotMap(
            f"Schools of {self.hub}",
            dots=[*around, *dots],
            pins=[Pin(pin.name, pin.easting, pin.northing)] if pin else [],
            table=Table("Local authority", ["Schools"], [(name, [authorities[name]]) for name in sorted(authorities)]),
        )
        return replace(sheet, places=self._places(sheet.frame)) if sheet.frame else sheet

    def _places(self, frame: Frame) -> list[Place]:
        towns = places(self.own)
        seen = [(hub.name, within(frame, self.by_hub[hub.pk])) for hub in self.neighbours]
        centre = middle(known(points(self.own)))
        areas = [Place(name, *middle(outer(each, centre)), is_area=True) for name, each in seen if len(each) >= SEEN]
        return [*towns[:FIRST_TOWNS], *areas, *towns[FIRST_TOWNS:]]

    def miles_from(self, school: School) -> dict[int, float]:
        """By neighbour: how far the nearest of its schools is. Without those whose whereabouts nobody knows."""
        reach = {hub.pk: known(points(self.by_hub[hub.pk])) for hub in self.neighbours}
        return {
            pk: min(dist(here, each) for each in found) / MILE
            for here in known([(school.easting, school.northing)])
            for pk, found in reach.items()
            if found
        }


def by_phase(counts: Counter[int]) -> list[tuple[str, int]]:
    """Those that have none, such as special schools, come last."""
    names = {phase: phase.label for phase in PhaseOfEducation if phase}
    names[PhaseOfEducation.NOT_APPLICABLE] = "Special and others without a phase"
    return [(name, counts[phase]) for phase, name in names.items() if counts[phase]]


def miles_in_words(miles: float | None) -> str:
    """As far as a crow flies, and no finer than one would say it."""
    if miles is None:
        return ""
    return "less than a mile away" if miles < 1 else f"about {miles:.0f} mile{'s' if round(miles) > 1 else ''} away"


def points(rows: Iterable[Row]) -> list[tuple[int | None, int | None]]:
    return [(row.easting, row.northing) for row in rows]


def within(frame: Frame, rows: Iterable[Row]) -> list[tuple[int, int]]:
    return [point for point in known(points(rows)) if frame.holds(*point)]


def outer(found: Sequence[tuple[int, int]], centre: tuple[int, int]) -> list[tuple[int, int]]:
    """The half of them that is further from there, so that a neighbour's name stands at the map's rim."""
    return sorted(found, key=lambda point: (-dist(point, centre), point))[: (len(found) + 1) // 2]


def middle(found: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """The one nearest to the mean, which may itself lie in somebody else's land."""
    mean = [sum(axis) / len(found) for axis in zip(*found, strict=True)]
    return min(found, key=lambda point: (dist(point, mean), point))


def places(rows: Sequence[Row]) -> list[Place]:
    """Towns, the one with most schools first; instead of a town that is too wide, its authorities."""
    authorities = defaultdict(set)
    for row in rows:
        authorities[row.town].add(row.authority)
    name: Callable[[Row], str] = lambda row: (  # noqa: E731
        row.town if len(authorities[row.town]) < TOO_WIDE else row.authority_name
    )
    found = defaultdict(list)
    for row in rows:
        if row.easting and row.northing:
            found[name(row)].append((row.easting, row.northing))
    found.pop("", None)
    return [
        Place(town, *middle(each)) for town, each in sorted(found.items(), key=lambda item: (-len(item[1]), item[0]))
    ]
