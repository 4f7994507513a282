"""Where a hub has specialists, where it has none, and where its candidates teach: on a map and as a list."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.db.models import Q

from applications.models import Application
from cohorts.models import Placement
from mastery_hub.common import clock
from mastery_hub.common.maps import DOT, RING, SQUARE, DotMap, Dots, Table
from mastery_hub.directory.hub_schools import HubSchools, places, points
from mastery_hub.directory.models import MathsHub


class Reach:
    """Three queries, whatever the number of schools. An area is a district of a local authority."""

    def __init__(self, hub: MathsHub, candidates: Iterable[Application]) -> None:
        self.rows = HubSchools(hub).own
        self.candidates = [each.school for each in candidates if each.school]
        self.schools = Counter(_area(row.district, row.authority_name) for row in self.rows)
        self.specialists = _specialists(hub)
        self.taught = Counter(_area(school.district, str(school.authority)) for school in self.candidates)

    @property
    def without(self) -> list[str]:
        """Areas in which no specialist teaches."""
        return [area for area in sorted(self.schools) if not self.specialists[area]]

    @property
    def map(self) -> DotMap:
        empty = set(self.without)
        there = [row for row in self.rows if _area(row.district, row.authority_name) not in empty]
        none = [row for row in self.rows if _area(row.district, row.authority_name) in empty]
        kinds: list[tuple[str, list[Any], str]] = [
            ("Schools in areas with a specialist", points(there), DOT),
            ("Schools in areas without a specialist", points(none), SQUARE),
            ("Candidates’ schools", [(each.easting, each.northing) for each in self.candidates], RING),
        ]
        return DotMap(
            "Where your hub has specialists",
            dots=[Dots(name, found, look) for name, found, look in kinds if found],
            places=places(self.rows),
            table=Table("Area", ["Schools", "Specialists", "Candidates"], self._table()),
        )

    def _table(self) -> list[tuple[str, list[int]]]:
        """Areas without a specialist first."""
        areas = sorted(self.schools | self.taught, key=lambda area: (self.specialists[area] > 0, area))
        return [(area, [self.schools[area], self.specialists[area], self.taught[area]]) for area in areas]


def _area(district: str, authority: str) -> str:
    return district or authority


def _specialists(hub: MathsHub) -> Counter[str]:
    """How many teach in each area today."""
    today = clock.today()
    now = Placement.objects.filter(Q(until_on=None) | Q(until_on__gt=today), hub=hub, from_on__lte=today).order_by()
    found = now.values_list("school__district", "school__authority__name")
    return Counter(_area(district, authority) for district, authority in found)
