"""Whose area is where: the one question that every other app asks, and what changes its answer."""

from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.templatetags.moments import day
from mastery_hub.directory.models import HubArea, LocalAuthority, MathsHub, School
from mastery_hub.directory.permissions import can_edit_hub


def hub_of_school(school: School, on: date | None = None) -> MathsHub | None:
    """The home hub on that day (today when none is named): its district's, else its authority's.

    For a list of schools there is `School.objects.with_hub()`.
    """
    areas = HubArea.objects.on(on or clock.today()).filter(
        authority=school.authority_id, district__in=["", school.district]
    )
    area = areas.select_related("hub").order_by("-district").first()
    return area.hub if area else None


def _editable(by: Any, hub: MathsHub) -> None:
    if not can_edit_hub(by, hub):
        raise DomainError("Only NCETM can change a hub’s area.", "not-allowed")


@transaction.atomic
def area_add(*, hub: MathsHub, authority: LocalAuthority, district: str = "", from_on: date, by: Any) -> HubArea:
    """Gives the hub an authority or one district of it from a day on; a hub that has it until then loses it that day.

    Raises DomainError `not-allowed`, `unknown-district` (no school is filed under it), `has-it` (this hub already), or
    `later` (a hub has it from that day or a later one, so that the change would have no day to begin on).
    """
    _editable(by, hub)
    area = HubArea(hub=hub, authority=authority, district=_district(authority, district), from_on=from_on)
    LocalAuthority.objects.select_for_update(of=("self",)).get(
        pk=authority.pk
    )  # two people at once: one after the other
    for held in HubArea.objects.filter(
        Q(until_on=None) | Q(until_on__gt=from_on), authority=authority, district=area.district
    ):
        if held.hub_id == hub.pk:
            raise DomainError(f"{hub} has {area} already.", "has-it")
        if held.from_on >= from_on:
            raise DomainError(f"{held.hub} has {area} from {day(held.from_on)}: choose a later day.", "later")
        held.until_on = from_on
        held.save(update_fields=["until_on"])
    area.save()
    return area


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


@transaction.atomic
def area_end(*, area: HubArea, until_on: date, by: Any) -> None:
    """Raises DomainError `not-allowed`, `ended` (by then it is over anyway) or `before-start`."""
    _editable(by, area.hub)
    area = HubArea.objects.select_for_update(of=("self",)).select_related("hub", "authority").get(pk=area.pk)
    if area.until_on and area.until_on <= until_on:
        raise DomainError(f"{area} is {area.hub}’s only until {day(area.until_on)}.", "ended")
    if until_on <= area.from_on:
        raise DomainError(f"Enter a day after {day(area.from_on)}, on which it became {area.hub}’s.", "before-start")
    area.until_on = until_on
    area.save(update_fields=["until_on"])


def area_confirm(*, area: HubArea, by: Any) -> None:
    """Somebody who knows has looked: the area is no longer shown as to be confirmed."""
    _editable(by, area.hub)
    HubArea.objects.filter(pk=area.pk, certain=False).update(certain=True)
