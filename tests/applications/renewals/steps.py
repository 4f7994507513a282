"""Steps that the tests of renewals share."""

from datetime import date, timedelta
from typing import Any

import pytest

from applications.enums import State, SupportState
from applications.models import HeadteacherSupport, PledgeRenewal
from applications.services.renewals import pledges_ask_again, renewal_person
from cohorts.enums import Whose
from cohorts.models import CommitmentSet
from cohorts.terms import terms_mark, terms_of
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from tests.factories.applications import HeadteacherSupportFactory
from tests.factories.cohorts import ReleaseTermsFactory, ResidentialFactory

NEW_HEAD = {"first_name": "Joan", "last_name": "Hill", "email": "joan@school.example"}


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def signed(state: str = State.ACCEPTED, **kwargs: Any) -> HeadteacherSupport:
    """A signature under one residential and fifteen days of release."""
    support = HeadteacherSupportFactory(state=SupportState.SIGNED, application__state=state, **kwargs)
    cohort = support.application.round.cohort
    ReleaseTermsFactory(cohort=cohort)
    ResidentialFactory(cohort=cohort)
    support.pledge.terms = terms_of(cohort)
    support.pledge.save()
    return support


def move_residential(support: HeadteacherSupport, starts_on: date = date(2027, 11, 17)) -> None:
    residentials = support.application.round.cohort.residentials
    residentials.update(starts_on=starts_on, ends_on=starts_on + timedelta(days=1))


def asked(**kwargs: Any) -> PledgeRenewal:
    support = signed(**kwargs)
    move_residential(support)
    pledges_ask_again()
    return support.renewals.get()


def signature(renewal: PledgeRenewal, **changed: Any) -> dict[str, Any]:
    cohort = renewal.support.application.round.cohort
    commitments = CommitmentSet.objects.get(cohort=cohort, whose=Whose.HEADTEACHER).commitments.all()
    return {
        "renewal": renewal,
        "by": renewal_person(renewal),
        "at": clock.now(),
        "read": terms_mark(terms_of(cohort)),
        "agreed": {each.pk for each in commitments},
        "signed_as": "Helen Marsh",
    } | changed
