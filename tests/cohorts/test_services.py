"""Who is appointed, and once; what a set of commitments keeps."""

import pytest

from cohorts.enums import Whose
from cohorts.models import Commitment, Placement
from cohorts.services import commitment_remove, specialist_appoint
from cohorts.versions import row_seen
from mastery_hub.common.errors import DomainError
from tests.factories.accounts import UserFactory
from tests.factories.cohorts import CohortFactory, CommitmentFactory, CommitmentSetFactory
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


def test_set_in_force_keeps_a_commitment_for_people_to_sign() -> None:
    ncetm = UserFactory(ncetm=True)
    in_force = CommitmentSetFactory(whose=Whose.HEADTEACHER)
    in_force.commitments.all().delete()
    one, other = (CommitmentFactory(commitment_set=in_force) for _ in range(2))
    which = {"cohort": in_force.cohort, "whose": Whose.HEADTEACHER, "by": ncetm}

    commitment_remove(**which, key=one.key, seen=row_seen(one))
    with pytest.raises(DomainError) as refused:
        commitment_remove(**which, key=other.key, seen=row_seen(other))

    assert refused.value.code == "empty"
    assert list(Commitment.objects.filter(commitment_set=in_force)) == [other]
