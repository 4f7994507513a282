from datetime import date

import pytest
from django.db import IntegrityError, transaction

from mastery_hub.directory.models import HubNeighbour
from tests.factories.directory import HubAreaFactory, HubNeighbourFactory, MathsHubFactory

pytestmark = pytest.mark.django_db


def test_area_may_move_to_another_hub_but_never_belong_to_two():
    area = HubAreaFactory(from_on=date(2020, 9, 1), until_on=date(2027, 9, 1))

    HubAreaFactory(authority=area.authority, from_on=date(2027, 9, 1))

    with pytest.raises(IntegrityError, match="one_hub_for_an_area_a_day"), transaction.atomic():
        HubAreaFactory(authority=area.authority, from_on=date(2027, 8, 31), until_on=date(2027, 9, 1))
    assert area.authority.hub_areas.count() == 2


def test_hub_closes_after_it_opens():
    MathsHubFactory(opened_on=date(2020, 9, 1), closed_on=date(2020, 9, 2))

    with pytest.raises(IntegrityError, match="hub_closes_after_opening"), transaction.atomic():
        MathsHubFactory(opened_on=date(2020, 9, 1), closed_on=date(2020, 9, 1))


def test_neighbours_that_are_no_more_are_remembered():
    hub, neighbour, stays = MathsHubFactory(name="A"), MathsHubFactory(name="B"), MathsHubFactory(name="C")
    hub.neighbours.add(neighbour, stays)
    history = HubNeighbour._meta.get_field("history").related_model.objects

    hub.neighbours.set([stays])

    gone = history.values_list("pgh_label", "from_mathshub__name", "to_mathshub__name")
    assert sorted(gone) == [("delete", "A", "B"), ("delete", "B", "A")]
    assert str(HubNeighbourFactory(from_mathshub=hub, to_mathshub=neighbour)) == "B Maths Hub beside A Maths Hub"
