"""Whose area is where: the one question that every other app asks, and what changes its answer.

Who saves an edit after its preview hands back what they have seen (`Moves.seen`): if anything differs by now, nothing
is saved.
"""

from datetime import date
from typing import Any

from django.db import transaction

from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.area_plans import Moves, area_add_plan, area_end_plan, area_keep_plan, area_remove_plan
from mastery_hub.directory.areas import AreaChange, area_in, areas_of
from mastery_hub.directory.models import HubArea, LocalAuthority, MathsHub, School
from mastery_hub.directory.permissions import can_edit_hub


def area_of_school(school: School, on: date | None = None) -> HubArea | None:
    """The area that decides a school's hub on that day (today when none is named)."""
    return area_in(areas_of(school.authority_id), school.district, on or clock.today())


def hub_of_school(school: School, on: date | None = None) -> MathsHub | None:
    """The home hub on that day (today when none is named): its district's, else its authority's.

    For a list of schools there is `School.objects.with_hub()`.
    """
    area = area_of_school(school, on)
    return area.hub if area else None


def _begin(by: Any, hub: MathsHub, authority: int) -> None:
    """Refuses with `not-allowed`; lets two people who edit one authority do so one after the other."""
    if not can_edit_hub(by, hub):
        raise DomainError("Only NCETM can change a hub’s area.", "not-allowed")
    LocalAuthority.objects.select_for_update(of=("self",)).get(pk=authority)


def _save(change: AreaChange, seen: str | None) -> HubArea:
    """Rows that go make room first: no two may have an area on one day."""
    if seen is not None and seen != Moves(change).seen:
        raise DomainError("This has changed since you looked at it. Look again before you confirm.", "changed")
    for area in change.gone:
        area.delete()
    for area in change.changed:
        area.save(update_fields=["until_on"])
    for area in change.new:
        area.save()
    return change.area


@transaction.atomic
def area_add(
    *, hub: MathsHub, authority: LocalAuthority, district: str = "", from_on: date, by: Any, seen: str | None = None
) -> HubArea:
    """Raises DomainError `not-allowed`, `changed`, or what `area_add_plan` refuses."""
    _begin(by, hub, authority.pk)
    return _save(area_add_plan(hub=hub, authority=authority, district=district, from_on=from_on), seen)


@transaction.atomic
def area_end(*, area: HubArea, until_on: date, by: Any, seen: str | None = None) -> HubArea:
    """Raises DomainError `not-allowed`, `changed`, or what `area_end_plan` refuses."""
    _begin(by, area.hub, area.authority_id)
    return _save(area_end_plan(area=area, until_on=until_on), seen)


@transaction.atomic
def area_remove(*, area: HubArea, by: Any, seen: str | None = None) -> HubArea:
    """Raises DomainError `not-allowed`, `changed`, or what `area_remove_plan` refuses."""
    _begin(by, area.hub, area.authority_id)
    return _save(area_remove_plan(area=area), seen)


@transaction.atomic
def area_keep(*, area: HubArea, by: Any, seen: str | None = None) -> HubArea:
    """Raises DomainError `not-allowed`, `changed`, or what `area_keep_plan` refuses."""
    _begin(by, area.hub, area.authority_id)
    return _save(area_keep_plan(area=area), seen)


def area_confirm(*, area: HubArea, by: Any) -> None:
    """Somebody who knows has looked: the area is no longer shown as to be confirmed."""
    if not can_edit_hub(by, area.hub):
        raise DomainError("Only NCETM can change a hub’s area.", "not-allowed")
    HubArea.objects.filter(pk=area.pk, certain=False).update(certain=True)
