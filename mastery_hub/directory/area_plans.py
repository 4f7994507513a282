"""Edits of hub areas, planned: what cannot be is refused, and one sees which rows would differ, which schools move.

The service of the same name (services/areas.py) locks the authority, plans anew and saves just that. A preview
therefore shows what a save does, without saving anything, and takes no lock.
"""

from copy import copy
from datetime import date
from hashlib import sha256
from typing import NamedTuple

from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.templatetags.moments import day
from mastery_hub.directory.areas import AreaChange, areas_of
from mastery_hub.directory.models import HubArea, LocalAuthority, MathsHub, School


def area_add_plan(*, hub: MathsHub, authority: LocalAuthority, district: str = "", from_on: date) -> AreaChange:
    """The hub gets an authority or one district of it from a day on; a hub that has it until then loses it that day.

    Raises DomainError `closed` (by then the new hub is), `unknown-district` (no school is filed under it), `has-it`
    (this hub already), or `later` (a hub has it from that day or a later one, so that the change would have no day to
    begin on).
    """
    if hub.closed_on and hub.closed_on <= from_on:
        raise DomainError(f"{hub} is closed from {day(hub.closed_on)}.", "closed")
    new = HubArea(hub=hub, authority=authority, district=_district(authority, district), from_on=from_on)
    before = areas_of(authority)
    after = []
    for area in before:
        if area.district == new.district and (area.until_on is None or area.until_on > from_on):
            if area.hub_id == hub.pk and area.from_on <= from_on:
                raise DomainError(f"{hub} has {area} already.", "has-it")
            if area.from_on >= from_on:
                raise DomainError(f"{area.hub} has {area} from {day(area.from_on)}: choose a later day.", "later")
            after.append(_until(area, from_on))
        else:
            after.append(area)
    return AreaChange(authority, new, from_on, before, [*after, new])


def area_end_plan(*, area: HubArea, until_on: date) -> AreaChange:
    """The hub loses an area on a day. Raises DomainError `gone`, `ended` (by then it is over) or `before-start`."""
    before = areas_of(area.authority_id)
    area = _still(area, before)
    if area.until_on and area.until_on <= until_on:
        raise DomainError(f"{area} is {area.hub}’s only until {day(area.until_on)}.", "ended")
    if until_on <= area.from_on:
        raise DomainError(f"Enter a day after {day(area.from_on)}, on which it became {area.hub}’s.", "before-start")
    after = [_until(each, until_on) if each == area else each for each in before]
    return AreaChange(area.authority, area, until_on, before, after)


def area_remove_plan(*, area: HubArea) -> AreaChange:
    """An area given by mistake goes as if it had never come: the hub that had it until that day keeps it.

    Raises DomainError `gone` or `begun`: after its first day schools have had this hub, and history stays.
    """
    before = areas_of(area.authority_id)
    area = _still(area, before)
    if area.from_on < clock.today():
        raise DomainError(f"{area.hub} has had {area} since {day(area.from_on)}: end it instead.", "begun")
    after = [
        _until(each, area.until_on) if each.district == area.district and each.until_on == area.from_on else each
        for each in before
        if each != area
    ]
    return AreaChange(area.authority, area, area.from_on, before, after)


def area_keep_plan(*, area: HubArea) -> AreaChange:
    """An end to come is taken back: the hub keeps the area, until the next hub's first day if there is one.

    Raises DomainError `gone`, `no-end`, `ended` (that day has come) or `taken` (another hub has it from that very day).
    """
    before = areas_of(area.authority_id)
    area = _still(area, before)
    if area.until_on is None:
        raise DomainError(f"{area} has no end.", "no-end")
    if area.until_on < clock.today():
        raise DomainError(f"{area} has not been {area.hub}’s since {day(area.until_on)}.", "ended")
    later = [each for each in before if each.district == area.district and each.from_on >= area.until_on]
    if later and later[0].from_on == area.until_on:
        raise DomainError(f"{later[0].hub} has {area} from {day(area.until_on)}: remove it there first.", "taken")
    until_on = later[0].from_on if later else None
    after = [_until(each, until_on) if each == area else each for each in before]
    return AreaChange(area.authority, area, area.until_on, before, after)


def _still(area: HubArea, areas: list[HubArea]) -> HubArea:
    found = next((each for each in areas if each == area), None)
    if not found:
        raise DomainError(f"{area} is no longer in {area.hub}’s list: somebody has removed it.", "gone")
    return found


def _until(area: HubArea, until_on: date | None) -> HubArea:
    changed = copy(area)
    changed.until_on = until_on
    return changed


def _district(authority: LocalAuthority, typed: str) -> str:
    """As the register spells it. Without any school of the authority there is nothing to check against."""
    known = {
        name.casefold(): name
        for name in authority.schools.exclude(district="")
        .order_by("district")
        .values_list("district", flat=True)
        .distinct()
    }
    typed = " ".join(typed.split())
    if typed and known and typed.casefold() not in known:
        raise DomainError(
            f"No school of {authority} is in “{typed}”. Its districts are: {', '.join(known.values())}.",
            "unknown-district",
        )
    return known.get(typed.casefold(), typed)


class Move(NamedTuple):
    school: School
    before: MathsHub | None
    after: MathsHub | None


class Moves:
    """The schools whose hub an edit changes on its day: those that are open or about to open."""

    def __init__(self, change: AreaChange) -> None:
        self.change = change
        found = School.objects.open_or_proposed().filter(authority=change.authority).order_by("name", "urn")
        hubs = {district: change.hubs(district) for district in {school.district for school in found}}
        self.schools = [Move(school, *hubs[school.district]) for school in found if len({*hubs[school.district]}) > 1]

    @property
    def seen(self) -> str:
        """In short what somebody has looked at: the authority's rows before and after, and the schools on the way."""
        rows = [
            [(area.pk, area.hub_id, area.district, area.from_on, area.until_on) for area in areas]
            for areas in (self.change.before, self.change.after)
        ]
        schools = [(move.school.pk, *(hub and hub.pk for hub in move[1:])) for move in self.schools]
        return sha256(repr((rows, schools)).encode()).hexdigest()
