"""A referral beside whatever else happens at the same moment, on two real connections."""

import pytest

from applications.enums import State, WithdrawalReason
from applications.models import Application, Referral
from applications.services.referrals import (
    referral_accept,
    referral_ask,
    referral_consent,
    referral_decline,
    referral_take_back,
    referrals_lapse,
)
from applications.services.withdrawal import application_withdraw
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.messaging.models import Email
from tests.applications.test_concurrency import at_once
from tests.counts import count
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, ReferralFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]
TIMES = range(count(3, 100))


def consented(**more: object) -> Referral:
    referral = ReferralFactory(state="consented", **more)
    HubPlacesFactory(cohort=referral.application.round.cohort, hub=referral.to_hub, places=1)
    return referral


def codes(results: list[object]) -> list[str]:
    return sorted(result if isinstance(result, str) else "done" for result in results)


def test_candidate_is_referred_once_when_two_leads_press_for_two_hubs() -> None:
    application = ApplicationFactory(state=State.RESERVED)
    hubs = [MathsHubFactory(), MathsHubFactory()]
    application.hub.neighbours.add(*hubs)
    for hub in hubs:
        HubPlacesFactory(cohort=application.round.cohort, hub=hub, places=1)
    leads = [UserFactory(hub_lead=application.hub) for _ in hubs]

    results = at_once(
        *(
            lambda lead=lead, hub=hub: referral_ask(application=application, by=lead, to_hub=hub, reason="Strong.")
            for lead, hub in zip(leads, hubs, strict=True)
        )
    )

    assert codes(results) == ["asked-already", "done"]
    assert Referral.objects.count() == Email.objects.filter(kind="referral_asked").count() == 1


@pytest.mark.parametrize("attempt", TIMES)
def test_two_leads_of_the_other_hub_answer_at_once(attempt: int) -> None:
    referral = consented()
    leads = [UserFactory(hub_lead=referral.to_hub) for _ in range(2)]

    results = at_once(
        lambda: referral_accept(referral=referral, by=leads[0], reason="Yes."),
        lambda: referral_decline(referral=referral, by=leads[1], reason="No."),
    )

    assert codes(results) == ["done", "stale"]
    referral.refresh_from_db()
    here = referral.to_hub if referral.state == "accepted" else referral.from_hub
    assert Application.objects.get().hub == here
    assert Email.objects.filter(kind__in=("referral_accepted", "referral_declined")).count() == 1


@pytest.mark.parametrize("attempt", TIMES)
def test_withdrawn_while_it_is_taken_on(attempt: int) -> None:
    referral = consented()
    lead, application = UserFactory(hub_lead=referral.to_hub), referral.application

    results = at_once(
        lambda: referral_accept(referral=referral, by=lead, reason="Yes."),
        lambda: application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL),
    )

    if "moved" in results:  # told that the application has just gone to another hub, and tries again
        application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)
    after = Application.objects.get(pk=application.pk)
    referral.refresh_from_db()
    assert codes(results) in (["done", "done"], ["done", "moved"], ["done", "stale"])
    assert (after.state, referral.is_open) == ("withdrawn", False)
    assert after.hub == (referral.to_hub if referral.state == "accepted" else referral.from_hub)


@pytest.mark.parametrize("attempt", TIMES)
def test_two_hubs_take_on_for_their_last_places_at_once(attempt: int) -> None:
    """Each with a candidate of the other: neither waits for the other for ever."""
    one = consented()
    application = ApplicationFactory(state=State.RESERVED, hub=one.to_hub, round=one.application.round)
    two = ReferralFactory(application=application, to_hub=one.from_hub, state="consented")
    leads = [UserFactory(hub_lead=each.to_hub) for each in (one, two)]

    results = at_once(
        lambda: referral_accept(referral=one, by=leads[0], reason="Yes."),
        lambda: referral_accept(referral=two, by=leads[1], reason="Yes."),
    )

    assert codes(results) == ["done", "done"]
    assert set(Application.objects.values_list("hub", flat=True)) == {one.from_hub_id, one.to_hub_id}


@pytest.mark.parametrize("attempt", TIMES)
def test_job_and_an_answer_at_the_last_moment(attempt: int) -> None:
    referral = consented()
    lead = UserFactory(hub_lead=referral.to_hub)
    Referral.objects.update(reply_by=clock.now() - GRACE)

    at_once(lambda: referral_accept(referral=referral, by=lead, reason="Yes."), referrals_lapse)

    referral.refresh_from_db()
    assert referral.state in ("accepted", "lapsed")
    assert Email.objects.filter(kind__in=("referral_accepted", "referral_lapsed")).count() == 1
    assert referral.events.count() == 1


@pytest.mark.parametrize("attempt", TIMES)
def test_taken_back_while_the_applicant_consents(attempt: int) -> None:
    referral = ReferralFactory()
    HubPlacesFactory(cohort=referral.application.round.cohort, hub=referral.to_hub, places=1)
    lead = UserFactory(hub_lead=referral.from_hub)

    results = at_once(
        lambda: referral_take_back(referral=referral, by=lead),
        lambda: referral_consent(referral=referral, by=referral.application.applicant, at=clock.now()),
    )

    referral.refresh_from_db()
    assert referral.state == "taken_back"
    assert codes(results) in (["done", "done"], ["done", "stale"])
    assert not Application.objects.visible_to(UserFactory(hub_lead=referral.to_hub)).exists()
