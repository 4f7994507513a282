"""A place of the next cohort that two want at once, on two real connections."""

import pytest

from applications.enums import DeferralState, Outcome, State, WithdrawalReason
from applications.models import Application, Deferral
from applications.services.deferrals import deferral_decide
from applications.services.selection import decision_propose
from applications.services.withdrawal import application_withdraw
from cohorts.models import HubPlaces, Specialist
from tests.applications.test_concurrency import at_once, taken
from tests.applications.test_withdrawal import accepted
from tests.counts import count
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, DeferralFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("attempt", range(count(3, 100)))
def test_last_place_of_the_next_cohort_goes_to_one_of_two(attempt) -> None:
    hub = MathsHubFactory()
    lead, colleague = UserFactory(hub_lead=hub), UserFactory(hub_lead=hub)
    application = accepted(hub=hub)
    deferral = DeferralFactory(application=application)
    cohort = application.round.cohort
    coming = RoundFactory(complete=True, cohort__programme=cohort.programme, cohort__starts=cohort.starts + 1)
    row = HubPlacesFactory(cohort=coming.cohort, hub=hub, places=1)
    other = ApplicationFactory(state=State.COMPLETE, hub=hub, round=coming)

    granted, proposed = at_once(
        lambda: deferral_decide(deferral=deferral, by=lead, grant=True, reason="Yes."),
        lambda: decision_propose(application=other, by=colleague, outcome=Outcome.OFFER, feedback=""),
    )

    won = isinstance(granted, Deferral)
    application.refresh_from_db()
    deferral.refresh_from_db()
    assert (granted == "no-places", proposed == "no-places") == (not won, won)
    assert HubPlaces.objects.get(pk=row.pk).taken == 1
    assert (application.state, deferral.state) == (
        (State.DEFERRED, DeferralState.TAKEN_UP) if won else (State.ACCEPTED, DeferralState.ASKED)
    )
    assert taken(application) == int(not won)
    assert Specialist.objects.get().cohort == (coming.cohort if won else cohort)


@pytest.mark.parametrize("attempt", range(count(3, 100)))
def test_granted_while_the_applicant_withdraws_keeps_the_counts_true(attempt) -> None:
    hub = MathsHubFactory()
    lead = UserFactory(hub_lead=hub)
    application = accepted(hub=hub)
    deferral = DeferralFactory(application=application)

    at_once(
        lambda: deferral_decide(deferral=deferral, by=lead, grant=True, reason="Yes."),
        lambda: application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL),
    )

    deferral.refresh_from_db()
    assert Application.objects.get(pk=application.pk).state == State.WITHDRAWN
    assert deferral.state in (DeferralState.TAKEN_BACK, DeferralState.GIVEN_UP)
    assert (taken(application), Specialist.objects.count()) == (0, 0)
