"""Who is written to once a pledge has been asked for again: the hub of what was submitted, and whoever signed last."""

import pytest

from applications.enums import Outcome, State, SupportState
from applications.models import PledgeRenewal
from applications.services.renewals import renewal_decline, renewal_person
from applications.services.selection import decision_propose, decision_release
from mastery_hub.common import clock
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import HeadteacherSupportFactory, PledgeRenewalFactory

pytestmark = pytest.mark.django_db
HELEN = "helen@school.example"
JOAN = {"first_name": "Joan", "last_name": "Hill", "email": "joan@school.example"}


def renewal_of(state: str, **kwargs: object) -> PledgeRenewal:
    support = HeadteacherSupportFactory(application__state=state, state=SupportState.SIGNED, email=HELEN)
    return PledgeRenewalFactory(support=support, **JOAN, **kwargs)


@pytest.mark.parametrize(("state", "told"), [(State.DRAFT, False), (State.COMPLETE, True), (State.ACCEPTED, True)])
def test_hub_hears_of_a_renewal_only_where_it_knows_the_application(state: str, told: bool) -> None:
    renewal = renewal_of(state)
    lead = UserFactory(hub_lead=renewal.support.application.hub)

    renewal_decline(renewal=renewal, by=renewal_person(renewal), at=clock.now(), reason="We have no cover")

    assert Email.objects.filter(kind="renewal_declined_hub", to=lead.email).exists() is told
    assert Email.objects.filter(kind="renewal_declined").count() == 1


@pytest.mark.parametrize(
    ("answer", "to"),
    [
        ({"signed": True}, "joan@school.example"),
        ({"declined": True}, "helen@school.example"),
        ({}, "helen@school.example"),
    ],
    ids=["signed", "declined", "not answered"],
)
def test_outcome_letter_goes_to_whoever_signed_last(answer: dict[str, bool], to: str) -> None:
    renewal = renewal_of(State.COMPLETE, **answer)
    application = renewal.support.application
    lead = UserFactory(hub_lead=application.hub)
    decision_propose(application=application, by=lead, outcome=Outcome.RESERVE, feedback="")

    decision_release(application=application, by=lead)

    assert list(Email.objects.filter(kind="outcome_reserve_headteacher").values_list("to", flat=True)) == [to]
