"""A hub grants, refuses and takes up what it has promised."""

import pytest

from applications.enums import DeferralState, State
from applications.models import Deferral
from applications.services.deferrals import deferral_decide, deferral_take_up
from cohorts.models import HubPlaces, Specialist
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.applications.deferrals.steps import ask, next_places, taken, told
from tests.factories.applications import ApplicationFactory, RoundFactory
from tests.factories.cohorts import CohortFactory, HubPlacesFactory

pytestmark = pytest.mark.django_db


def test_refusal_leaves_the_place(application, lead) -> None:
    deferral = ask(application)
    Email.objects.all().delete()

    deferral_decide(deferral=deferral, by=lead, grant=False, reason="We have none next year.")

    application.refresh_from_db()
    assert (application.state, taken(application), Specialist.objects.count()) == (State.ACCEPTED, 1, 1)
    assert told() == {"deferral_refused": application.applicant.email}
    assert "We have none next year." in Email.objects.get().text
    assert ask(application).state == DeferralState.ASKED  # plans may change


def test_granted_before_the_next_cohort_is_set_up_is_a_promise(application, lead) -> None:
    deferral = ask(application)
    ApplicationFactory(state=State.RESERVED, hub=application.hub, round=application.round)
    Email.objects.all().delete()

    deferral = deferral_decide(deferral=deferral, by=lead, grant=True, reason="With pleasure.")

    application.refresh_from_db()
    assert (application.state, application.shown_state) == (State.DEFERRED, State.DEFERRED)
    assert (deferral.state, deferral.places, taken(application)) == (DeferralState.GRANTED, None, 0)
    assert Specialist.objects.count() == 0
    assert told() == {
        "deferral_granted": application.applicant.email,
        "deferral_granted_headteacher": application.supports.get().email,
        "deferral_granted_hub": lead.email,
    }
    assert "On your reserve list for this round: 1." in Email.objects.get(kind="deferral_granted_hub").text


def test_granted_takes_a_place_of_the_next_cohort_at_once(application, lead) -> None:
    row, beyond = (
        next_places(application, places=1),
        CohortFactory(programme=application.round.cohort.programme, starts=2030),
    )
    HubPlacesFactory(cohort=beyond, hub=application.hub)

    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")

    row.refresh_from_db()
    assert (deferral.state, deferral.places, row.taken, taken(application)) == (DeferralState.TAKEN_UP, row, 1, 0)
    specialist = Specialist.objects.get()
    assert (specialist.cohort, specialist.placement.school) == (row.cohort, application.school)
    assert specialist.placement.from_on == row.cohort.academic_year.first_day
    assert f"Your place in {row.cohort} is taken for you." in Email.objects.get(kind="deferral_granted").text


def test_granting_is_refused_when_every_place_of_the_next_cohort_is_taken(application, lead) -> None:
    row = next_places(application, places=1, taken=1)
    deferral = ask(application)

    with pytest.raises(DomainError, match=f"{application.hub} has no place left in") as refusal:
        deferral_decide(deferral=deferral, by=lead, grant=True, reason="Yes.")

    assert refusal.value.code == "no-places"
    application.refresh_from_db()
    deferral.refresh_from_db()
    row.refresh_from_db()
    assert (application.state, deferral.state, taken(application), row.taken) == (State.ACCEPTED, "asked", 1, 1)
    assert Specialist.objects.get().cohort == application.round.cohort


def test_places_of_another_hub_or_programme_are_not_taken(application, lead) -> None:
    cohort = application.round.cohort
    following = CohortFactory(programme=cohort.programme, starts=cohort.starts + 1)
    HubPlacesFactory(cohort=following)
    HubPlacesFactory(cohort=CohortFactory(starts=cohort.starts + 1, programme=RoundFactory().cohort.programme))

    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")

    assert deferral.state == DeferralState.GRANTED
    assert set(HubPlaces.objects.values_list("taken", flat=True)) == {0}


def test_decision_needs_its_reason(application, lead) -> None:
    with pytest.raises(DomainError) as refusal:
        deferral_decide(deferral=ask(application), by=lead, grant=True, reason=" ")
    assert refusal.value.code == "reason-missing"


def test_promise_is_taken_up_once_there_are_places(application, lead) -> None:
    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    with pytest.raises(DomainError) as refusal:
        deferral_take_up(deferral=deferral, by=lead)
    assert refusal.value.code == "no-cohort-yet"
    row = next_places(application, places=2)
    assert list(Deferral.objects.promised(row.cohort)) == [deferral]
    assert list(Deferral.objects.promised(application.round.cohort)) == []
    Email.objects.all().delete()

    deferral = deferral_take_up(deferral=deferral, by=lead)

    row.refresh_from_db()
    assert (deferral.state, deferral.places, row.taken) == (DeferralState.TAKEN_UP, row, 1)
    assert Specialist.objects.get().cohort == row.cohort
    assert list(Deferral.objects.promised(row.cohort)) == []
    assert set(told()) == {"deferral_taken_up", "deferral_taken_up_headteacher"}
    with pytest.raises(DomainError, match="Nothing was changed"):
        deferral_take_up(deferral=deferral, by=lead)
