"""What the database itself refuses, and who sees a specialist."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from cohorts.models import HubPlaces, Specialist
from mastery_hub.common.errors import DomainError
from tests.factories.accounts import UserFactory
from tests.factories.cohorts import (
    CohortFactory,
    HubPlacesFactory,
    PlacementFactory,
    ReleaseTermsFactory,
    SpecialistFactory,
)

pytestmark = pytest.mark.django_db


def test_cohort_13_is_2027_28() -> None:
    assert str(CohortFactory(number=13, starts=2027).academic_year) == "2027/28"


def test_release_terms_cost_what_they_cost() -> None:
    first_year = ReleaseTermsFactory()
    later = ReleaseTermsFactory(programme_year=2, days_least=12, days_most=37, rate=None)
    assert (first_year.days, first_year.total) == ("15 days", Decimal(3000))
    assert (later.days, later.total) == ("12 to 37 days", None)


def test_places_are_taken_to_the_last_and_no_further() -> None:
    places = HubPlacesFactory(places=2)
    mine = HubPlaces.objects.filter(pk=places.pk)
    mine.take()
    mine.take()
    with pytest.raises(DomainError) as refusal:
        mine.take()
    assert refusal.value.code == "no-places"
    mine.give_back()
    assert mine.get().left == 1


def test_database_refuses_more_taken_than_places() -> None:
    places = HubPlacesFactory(places=1)
    with pytest.raises(IntegrityError, match="no_more_taken_than_places"), transaction.atomic():
        HubPlaces.objects.filter(pk=places.pk).update(taken=2)


def test_placements_may_follow_but_not_overlap() -> None:
    first = PlacementFactory(from_on=date(2027, 9, 1), until_on=date(2028, 9, 1))
    PlacementFactory(specialist=first.specialist, from_on=date(2028, 9, 1))
    with pytest.raises(IntegrityError, match="placements_do_not_overlap"), transaction.atomic():
        PlacementFactory(specialist=first.specialist, from_on=date(2028, 8, 31), until_on=date(2028, 9, 1))


def test_placement_of_today_is_the_one_not_ended(time_machine) -> None:
    specialist = SpecialistFactory()
    old = PlacementFactory(specialist=specialist, from_on=date(2027, 9, 1), until_on=date(2028, 9, 1))
    new = PlacementFactory(specialist=specialist, from_on=date(2028, 9, 1))
    for today, placement in ((date(2027, 5, 1), old), (date(2028, 8, 31), old), (date(2028, 9, 1), new)):
        time_machine.move_to(today)
        assert specialist.placement == placement


def test_specialist_is_seen_by_self_hub_school_and_ncetm() -> None:
    placement = PlacementFactory()
    specialist = placement.specialist
    seen = [
        specialist.person,
        UserFactory(hub_reviewer=placement.hub),
        UserFactory(headteacher=placement.school),
        UserFactory(ncetm=True),
    ]
    unseen = [UserFactory(), UserFactory(hub_lead=True), UserFactory(headteacher=True)]
    for person in seen:
        assert Specialist.objects.visible_to(person).get() == specialist
    for person in unseen:
        assert not Specialist.objects.visible_to(person).exists()
