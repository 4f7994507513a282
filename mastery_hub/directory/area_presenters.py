"""What NCETM's pages show of a hub's area: its rows with what can be done to them, and what an edit would change."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.urls import reverse

from mastery_hub.common import clock
from mastery_hub.common.maps import DOT, RING, SQUARE, DotMap, Dots, Table
from mastery_hub.common.templatetags.moments import day
from mastery_hub.directory.area_plans import Moves
from mastery_hub.directory.areas import AreaChange, AreasOfDay
from mastery_hub.directory.hub_schools import Row, by_phase, places, points, rows_of
from mastery_hub.directory.models import HubArea, MathsHub, School

SHOWN = 50  # schools; all of them are in the CSV
CSV_HEADS = ("URN", "Name", "Phase", "Town", "Postcode", "District", "Hub before", "Hub after")
NO_HUB = "No hub"


@dataclass(frozen=True)
class AreaRow:
    area: HubArea  # with_next
    hub: MathsHub
    then: MathsHub | None  # whose it is from the day on which it ends here

    @property
    def last_day(self) -> date | None:
        return self.area.until_on - timedelta(days=1) if self.area.until_on else None

    @property
    def is_over(self) -> bool:
        return self.area.until_on is not None and self.area.until_on < clock.today()

    @property
    def actions(self) -> list[dict[str, str]]:
        today, area = clock.today(), self.area
        offered = [
            (area.until_on is None, "Move", "national_area_move"),
            (area.until_on is None, "End", "national_area_end"),
            (area.until_on is not None and not self.is_over and not self.then, "Keep", "national_area_keep"),
            (area.from_on >= today, "Remove", "national_area_remove"),
        ]
        return [
            {"text": text, "href": reverse(route, args=[self.hub.slug, area.pk])} for may, text, route in offered if may
        ]


class AreaPreview:
    """Which schools an edit would move, and what would be saved, before anything is."""

    def __init__(self, change: AreaChange) -> None:
        self.change = change
        self.moves = Moves(change)

    @property
    def seen(self) -> str:
        return self.moves.seen

    @property
    def number(self) -> int:
        return len(self.moves.schools)

    @property
    def leaves_without_hub(self) -> bool:
        return bool(self.moves.schools) and not any(move.after for move in self.moves.schools)

    @property
    def who(self) -> str:
        return "Schools that will have no home hub" if self.leaves_without_hub else "Schools that move"

    @property
    def shown(self) -> list[Any]:
        return self.moves.schools[:SHOWN]

    @property
    def day_has_passed(self) -> bool:
        return self.change.day < clock.today()

    @property
    def saved(self) -> list[str]:
        """The rows that would be written, as sentences."""
        gone = [f"{area.hub} does not get {area}." for area in self.change.gone]
        changed = [f"{area.hub} has {area} {self._until(area)}." for area in self.change.changed]
        new = [f"{area.hub} has {area} from {day(area.from_on)}." for area in self.change.new]
        return [*new, *changed, *gone]

    @staticmethod
    def _until(area: HubArea) -> str:
        return f"until {day(area.until_on - timedelta(days=1))}" if area.until_on else "without an end"

    @cached_property
    def ways(self) -> list[dict[str, Any]]:
        """From which hub to which, how many schools, by phase."""
        found: dict[tuple[MathsHub | None, MathsHub | None], Counter[int]] = {}
        for school, before, after in self.moves.schools:
            found.setdefault((before, after), Counter())[school.phase] += 1
        return [
            {
                "before": before,
                "after": after,
                "phases": by_phase(counts),
                "number": counts.total(),
            }
            for (before, after), counts in found.items()
        ]

    @cached_property
    def map(self) -> DotMap | None:
        """The schools that move, beside those of the hubs that gain and lose them."""
        if not self.moves.schools:
            return None
        areas, moving = AreasOfDay(self.change.day), {move.school.pk for move in self.moves.schools}
        losing = {way["before"] for way in self.ways if way["before"]}
        gaining = {way["after"] for way in self.ways if way["after"]}
        schools = School.objects.open_or_proposed()
        move = rows_of(schools.filter(pk__in=moving))
        others = rows_of(schools.filter(areas.held_by(losing | gaining)).exclude(pk__in=moving))
        by_hub: dict[int | None, list[Row]] = {}
        for row in others:
            by_hub.setdefault(areas.hub_of(row.authority, row.district), []).append(row)
        stay = [(f"{hub}: stay", hub, RING) for hub in losing]
        there = [(f"{hub}: there already", hub, DOT) for hub in gaining - losing]
        kinds = [Dots(name, points(by_hub[hub.pk]), look) for name, hub, look in [*stay, *there] if hub.pk in by_hub]
        districts = Counter(row.district or "District not known" for row in move)
        return DotMap(
            "Where they are",
            dots=[*kinds, Dots(self.who, points(move), SQUARE)],
            places=[*places(move), *places(others)],
            table=Table("District", [self.who], [(name, [districts[name]]) for name in sorted(districts)]),
        )

    def csv_rows(self) -> Iterator[list[Any]]:
        for school, before, after in self.moves.schools:
            yield [
                school.urn, school.name, school.get_phase_display(), school.town, school.postcode, school.district,
                before or NO_HUB, after or NO_HUB,
            ]  # fmt: skip
