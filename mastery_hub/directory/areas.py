"""Whose an area is on a day, told from its authority's rows alone.

What a school is answered, what a preview foretells and what a save then does rest on these few lines;
`School.objects.with_hub()` says the same in SQL for many schools at once, and a test holds the two together.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from mastery_hub.directory.models import HubArea, LocalAuthority, MathsHub


def areas_of(authority: int | LocalAuthority) -> list[HubArea]:
    """All rows of an authority, past and to come, in the order of their days."""
    areas = HubArea.objects.filter(authority=authority).select_related("hub", "authority")
    return list(areas.order_by("district", "from_on"))


def area_in(areas: Iterable[HubArea], district: str, on: date) -> HubArea | None:
    """The row that decides for a district of their authority on that day: its own, else the whole authority's."""
    held = [area for area in areas if area.is_on(on) and area.district in ("", district)]
    return max(held, key=lambda area: area.district, default=None)


def hub_in(areas: Iterable[HubArea], district: str, on: date) -> MathsHub | None:
    area = area_in(areas, district, on)
    return area.hub if area else None


def next_move(areas: Sequence[HubArea], district: str, after: date) -> tuple[date, MathsHub | None] | None:
    """The first day after that one on which a district has another hub, or none; None where no move is foreseen."""
    today = hub_in(areas, district, after)
    days = {day for area in areas for day in (area.from_on, area.until_on) if day and day > after}
    moves = ((day, hub_in(areas, district, day)) for day in sorted(days))
    return next(((day, hub) for day, hub in moves if hub != today), None)


class AreasOfDay:
    """Every hub's area on one day, in one query: for many schools, where asking for each of them would take long."""

    def __init__(self, on: date) -> None:
        rows = HubArea.objects.on(on).order_by().values_list("authority", "district", "hub")
        self.hubs = {(authority, district): hub for authority, district, hub in rows}

    def hub_of(self, authority: int, district: str) -> int | None:
        return self.hubs.get((authority, district)) or self.hubs.get((authority, ""))

    def held_by(self, hubs: Iterable[MathsHub]) -> Q:
        """For `School.objects.filter`: the schools whose home hub is one of these."""
        keys = {hub.pk for hub in hubs}
        found = Q(authority__in=[])
        for (authority, district), hub in self.hubs.items():
            if hub in keys and district:
                found |= Q(authority=authority, district=district)
            elif hub in keys:
                others = [name for (of, name), other in self.hubs.items() if of == authority and other not in keys]
                found |= Q(authority=authority) & ~Q(district__in=others)
        return found


@dataclass(frozen=True)
class AreaChange:
    """An edit of one authority's areas that nobody has saved yet: its rows as they are and as they would be."""

    authority: LocalAuthority
    area: HubArea  # the one it is about
    day: date  # from which it shows
    before: Sequence[HubArea]
    after: Sequence[HubArea]  # copies; one without a key is new

    def hubs(self, district: str) -> tuple[MathsHub | None, MathsHub | None]:
        """A district's hub on the day without the edit, and with it."""
        return hub_in(self.before, district, self.day), hub_in(self.after, district, self.day)

    @property
    def gone(self) -> list[HubArea]:
        return [area for area in self.before if area not in self.after]

    @property
    def changed(self) -> list[HubArea]:
        ends = {area.pk: area.until_on for area in self.before}
        return [area for area in self.after if area.pk and area.until_on != ends[area.pk]]

    @property
    def new(self) -> list[HubArea]:
        return [area for area in self.after if not area.pk]
