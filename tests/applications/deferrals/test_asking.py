"""Asking to begin in the next cohort, and taking it back."""

from datetime import timedelta

import pytest

from applications import permissions
from applications.enums import DeferralAction, DeferralState, State
from applications.models import Deferral
from applications.services.deferrals import deferral_ask, deferral_decide, deferral_take_back, deferral_take_up
from applications.services.engines import DEFERRAL
from applications.views.hub.deferrals import next_places_words
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.applications.deferrals.steps import ask, next_places, taken, told
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, DeferralFactory
from tests.factories.cohorts import CohortFactory, HubPlacesFactory

pytestmark = pytest.mark.django_db


def test_asking_tells_the_hub_and_changes_nothing(application, lead) -> None:
    Email.objects.all().delete()

    deferral = ask(application)

    application.refresh_from_db()
    assert (application.state, taken(application), deferral.state) == (State.ACCEPTED, 1, DeferralState.ASKED)
    assert told() == {"deferral_asked_hub": lead.email, "deferral_asked": application.applicant.email}
    assert "I am expecting a child." in Email.objects.get(kind="deferral_asked_hub").text
    assert list(deferral.events.values_list("action", "to_state")) == [("ask", "asked")]


def test_asking_twice_is_one_request(application) -> None:
    ask(application)
    with pytest.raises(DomainError) as refusal:
        ask(application)
    assert refusal.value.code == "asked-already"


def test_asking_needs_a_reason(application) -> None:
    with pytest.raises(DomainError) as refusal:
        deferral_ask(application=application, by=application.applicant, reason="  ")
    assert (refusal.value.code, Deferral.objects.count()) == ("reason-missing", 0)


@pytest.mark.parametrize("state", sorted(State))
def test_only_an_accepted_place_is_deferred_and_only_by_its_holder(state) -> None:
    application = ApplicationFactory(state=state)
    who = (application.applicant, UserFactory(hub_lead=application.hub), UserFactory(ncetm=True))
    assert [permissions.can_ask_to_defer(user, application) for user in who] == [state == State.ACCEPTED, False, False]
    if state != State.ACCEPTED:
        with pytest.raises(DomainError, match="that you have accepted"):
            ask(application)


@pytest.mark.parametrize("days", [-1, 0])
def test_asking_and_granting_end_when_the_cohort_begins(application, lead, days, time_machine) -> None:
    deferral = DeferralFactory(application=application)
    time_machine.move_to(application.round.cohort.academic_year.first_day + timedelta(days=days))
    may = days < 0

    assert permissions.can_ask_to_defer(application.applicant, application) == may
    wanted = {DeferralAction.GRANT, DeferralAction.REFUSE} if may else {DeferralAction.REFUSE}
    assert set(DEFERRAL.available(deferral, lead)) == wanted
    barred = {action for action in DeferralAction if permissions.what_bars_deferral(deferral, action)}
    assert barred == (set() if may else {DeferralAction.GRANT})


@pytest.mark.parametrize("days", [-1, 0])
def test_promise_is_taken_up_in_a_cohort_that_has_not_begun(application, lead, days, time_machine) -> None:
    """One that was left lying goes to the cohort after it, on the page as in the service."""
    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    row = next_places(application)
    cohort = CohortFactory(programme=row.cohort.programme, starts=row.cohort.starts + 1)
    none_yet = CohortFactory(programme=row.cohort.programme, starts=row.cohort.starts + 1)
    HubPlacesFactory(cohort=none_yet, hub=application.hub, places=0)
    later = HubPlacesFactory(cohort=cohort, hub=application.hub)
    time_machine.move_to(row.cohort.academic_year.first_day + timedelta(days=days))

    wanted = row if days < 0 else later
    assert next_places_words(deferral).startswith(f"{wanted.cohort}: ")
    assert [list(Deferral.objects.promised(each.cohort)) for each in (row, later)] == (
        [[deferral], []] if days < 0 else [[], [deferral]]
    )
    assert deferral_take_up(deferral=deferral, by=lead).places == wanted


def test_promise_left_lying_waits_for_a_cohort_that_has_not_begun(application, lead, time_machine) -> None:
    deferral = deferral_decide(deferral=ask(application), by=lead, grant=True, reason="Yes.")
    row = next_places(application)
    time_machine.move_to(row.cohort.academic_year.first_day)

    with pytest.raises(DomainError) as refusal:
        deferral_take_up(deferral=deferral, by=lead)

    assert refusal.value.code == "no-cohort-yet"
    assert "is not set up yet" in next_places_words(deferral)


def test_request_is_taken_back_until_it_is_answered(application, lead) -> None:
    ask(application)
    Email.objects.all().delete()

    deferral = deferral_take_back(application=application, by=application.applicant)

    assert (deferral.state, told()) == (DeferralState.TAKEN_BACK, {"deferral_taken_back_hub": lead.email})
    with pytest.raises(DomainError) as refusal:
        deferral_take_back(application=application, by=application.applicant)
    assert refusal.value.code == "nothing-asked"
    assert ask(application).state == DeferralState.ASKED
