"""Who is appointed, and once."""

import pytest

from cohorts.models import Placement
from cohorts.services import specialist_appoint
from mastery_hub.common.errors import DomainError
from tests.factories.accounts import UserFactory
from tests.factories.cohorts import CohortFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db


def test_specialist_is_appointed_to_a_cohort_once() -> None:
    person, cohort = UserFactory(), CohortFactory(starts=2027)
    place = {"hub": MathsHubFactory(), "school": SchoolFactory()}

    specialist = specialist_appoint(by=person, person=person, cohort=cohort, **place)
    with pytest.raises(DomainError) as refused:
        specialist_appoint(by=person, person=person, cohort=cohort, **place)

    placed = Placement.objects.get(specialist=specialist)
    assert refused.value.code == "already-specialist"
    assert (placed.hub, placed.school, placed.from_on) == (
        place["hub"],
        place["school"],
        cohort.academic_year.first_day,
    )
