"""Writes of cohorts that touch more than one row."""

from typing import Any

from django.db import transaction

from cohorts.models import Cohort, CommitmentSet, Placement, Pledge, Specialist
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub, School


@transaction.atomic
def specialist_appoint(*, by: Any, person: Any, cohort: Cohort, hub: MathsHub, school: School) -> Specialist:
    """Whoever accepts a place is a specialist of the cohort, placed from the first day of its development year.

    Raises DomainError `already-specialist` for a second appointment to the same cohort.
    """
    specialist, created = Specialist.objects.get_or_create(
        person=person, cohort=cohort, defaults={"appointed_at": clock.now()}
    )
    if not created:
        raise DomainError(f"{person} is already a specialist of this cohort.", code="already-specialist")
    Placement.objects.create(specialist=specialist, hub=hub, school=school, from_on=cohort.academic_year.first_day)
    return specialist


def pledge_sign(*, by: Any, school: School, commitment_set: CommitmentSet, agreed: set[int], signed_as: str) -> Pledge:
    """Signs a whole set; `agreed` holds the keys of the commitments ticked one by one.

    Raises DomainError `commitments-missing` unless every commitment of the set is among them.
    """
    wanted = set(commitment_set.commitments.values_list("pk", flat=True))
    if not signed_as.strip():
        raise DomainError("Type your full name to sign.", code="signature-missing")
    if missing := len(wanted - agreed):
        raise DomainError(
            f"Agree to every commitment: {missing} of {len(wanted)} not yet agreed.", code="commitments-missing"
        )
    return Pledge.objects.create(
        person=by, school=school, commitment_set=commitment_set, signed_as=signed_as.strip(), signed_at=clock.now()
    )
