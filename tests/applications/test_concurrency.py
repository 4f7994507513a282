"""Two people at once, on two real connections: caps hold, halves meet, nothing is done twice."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains

from applications.enums import Outcome, State, SupportState, WithdrawalReason
from applications.models import Application, CaseHolder, HeadteacherSupport
from applications.services.applications import application_start, application_submit, offer_accept
from applications.services.casework import case_give
from applications.services.rounds import rounds_close
from applications.services.selection import decision_propose, decision_release, offers_lapse
from applications.services.support import support_decline, support_sign
from applications.services.withdrawal import application_withdraw
from cohorts.models import Commitment, HubPlaces, Specialist
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.applications.supporters import signature, with_link
from tests.counts import count
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, ExtensionFactory, HeadteacherSupportFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory
from tests.threads import overtaken, together

pytestmark = [pytest.mark.soak, pytest.mark.django_db(transaction=True)]


def at_once(*calls: Callable[[], object]) -> list[object]:
    """A DomainError is returned as its code."""

    def told(call: Callable[[], object]) -> object:
        try:
            return call()
        except DomainError as error:
            return error.code

    return together(*(partial(told, call) for call in calls))


def test_last_place_is_given_once_when_two_leads_press_together() -> None:
    hub, round = MathsHubFactory(), RoundFactory(complete=True)
    places = HubPlacesFactory(cohort=round.cohort, hub=hub, places=1)
    leads = [UserFactory(hub_lead=hub), UserFactory(hub_lead=hub)]
    candidates = [ApplicationFactory(state=State.COMPLETE, hub=hub, round=round) for _ in leads]

    results = at_once(
        *(
            lambda lead=lead, candidate=candidate: decision_propose(
                application=Application.objects.get(pk=candidate.pk), by=lead, outcome=Outcome.OFFER, feedback=""
            )
            for lead, candidate in zip(leads, candidates, strict=True)
        )
    )

    assert results.count("no-places") == 1
    assert sorted(Application.objects.values_list("state", flat=True)) == [State.COMPLETE, State.OFFER_PROPOSED]
    assert HubPlaces.objects.get(pk=places.pk).taken == 1


def taken(application: Application) -> int:
    return HubPlaces.objects.get(cohort=application.round.cohort, hub=application.hub).taken


@pytest.mark.parametrize("attempt", range(count(3, 100)))
def test_offer_accepted_and_lapsed_together_ends_one_way(attempt, time_machine) -> None:
    """The acceptance arrived in time and waited in a queue until the lapsing job ran."""
    application = ApplicationFactory(state=State.OFFERED)
    offer = application.offers.get()
    time_machine.move_to(offer.reply_by + GRACE)

    accepted, lapsed = at_once(
        lambda: offer_accept(
            application=application, by=application.applicant, at=offer.reply_by - timedelta(seconds=1)
        ),
        offers_lapse,
    )

    application.refresh_from_db()
    won = isinstance(accepted, Application)
    assert (accepted == "stale", lapsed) == (not won, 0 if won else 1)
    assert application.state == (State.ACCEPTED if won else State.LAPSED)
    assert taken(application) == int(won)
    assert Specialist.objects.count() == int(won)


def test_offer_accepted_twice_at_once_makes_one_specialist() -> None:
    application = ApplicationFactory(state=State.OFFERED)
    accept = partial(offer_accept, application=application, by=application.applicant, at=clock.now())

    results = at_once(accept, accept)

    assert results.count("stale") == 1
    assert Specialist.objects.filter(person=application.applicant).count() == 1
    assert Email.objects.filter(kind="offer_accepted").count() == 1


@pytest.mark.parametrize("attempt", range(count(3, 100)))
def test_submitted_and_signed_at_once_is_complete_once(attempt) -> None:
    application = ApplicationFactory(ready=True)
    support = application.supports.get()
    HeadteacherSupport.objects.filter(pk=support.pk).update(state=SupportState.OPENED)
    support.refresh_from_db()
    headteacher = UserFactory(email=support.email)
    criteria = set(application.terms.criteria.filter(shown="headteacher"))
    commitments = Commitment.objects.filter(commitment_set__whose="headteacher").values_list("pk", flat=True)
    sign = partial(
        support_sign,
        support=support,
        by=headteacher,
        at=clock.now(),
        statement="A fine teacher.",
        confirmed=criteria,
        agreed=set(commitments),
        signed_as="Helen Marsh",
    )

    at_once(sign, lambda: application_submit(application=application, by=application.applicant, at=clock.now()))

    application.refresh_from_db()
    assert application.state == State.COMPLETE
    assert application.events.filter(action="complete").count() == 1
    assert Email.objects.filter(kind="application_complete").count() == 1


def test_draft_that_gets_more_time_while_its_round_is_closed_stays(time_machine) -> None:
    draft = ApplicationFactory()
    time_machine.move_to(draft.round.closes_at + GRACE)

    def give_more_time() -> None:
        Application.objects.select_for_update(of=("self",)).get(pk=draft.pk)
        later = clock.now() + timedelta(days=1)
        ExtensionFactory(round=draft.round, hub=None, applicant=draft.applicant, closes_at=later)

    assert overtaken(rounds_close, by=give_more_time) == (0, 0)
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


def test_headteacher_who_signs_what_was_declined_meanwhile_is_told(client: Client) -> None:
    support = with_link(client, application__round__statement_words=None)
    decline = partial(support_decline, support=support, by=support.person, at=clock.now(), reason="No release days")

    answer = overtaken(lambda: client.post(reverse("support_commitments"), signature(support), follow=True), by=decline)

    assertContains(answer, "Somebody may have acted before you")
    support.refresh_from_db()
    assert support.state == SupportState.DECLINED


def test_application_started_twice_at_once_is_one_draft() -> None:
    round, teacher = RoundFactory(complete=True), UserFactory()
    start = partial(application_start, by=teacher, round=round, document=round.current_document, at=clock.now())

    first, second = at_once(start, start)

    assert first == second
    assert Application.objects.count() == 1


@pytest.mark.parametrize("attempt", range(count(3, 100)))
def test_offer_proposed_while_applicant_withdraws_keeps_the_count_true(attempt) -> None:
    hub = MathsHubFactory()
    lead = UserFactory(hub_lead=hub)
    application = ApplicationFactory(state=State.COMPLETE, hub=hub)

    at_once(
        lambda: decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback=""),
        lambda: application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL),
    )

    application.refresh_from_db()
    assert application.state == State.WITHDRAWN
    assert taken(application) == 0
    assert application.decisions.filter(released_at=None, closed_at=None).count() == 0


@pytest.mark.parametrize("attempt", range(count(3, 100)))
def test_offer_released_while_applicant_withdraws_ends_one_way(attempt) -> None:
    hub = MathsHubFactory()
    lead = UserFactory(hub_lead=hub)
    application = ApplicationFactory(state=State.OFFER_PROPOSED, hub=hub)
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    withdraw = partial(
        application_withdraw, application=application, by=application.applicant, why=WithdrawalReason.PERSONAL
    )

    withdrawn, released = at_once(withdraw, lambda: decision_release(application=application, by=lead))

    application.refresh_from_db()
    won = isinstance(withdrawn, Application)
    assert application.state == (State.WITHDRAWN if won else State.OFFERED)
    assert (withdrawn == "stale") != won
    assert (released in ("stale", "nothing-proposed")) == won
    assert taken(application) == int(not won)
    assert application.offers.count() == int(not won)


@pytest.mark.parametrize("attempt", range(count(3, 100)))
def test_place_given_back_while_a_lead_wants_it_is_held_once_at_most(attempt) -> None:
    hub, round = MathsHubFactory(), RoundFactory(complete=True)
    lead = UserFactory(hub_lead=hub)
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=1)
    accepted = ApplicationFactory(state=State.ACCEPTED, hub=hub, round=round)
    waits = ApplicationFactory(state=State.COMPLETE, hub=hub, round=round)

    withdrawn, proposed = at_once(
        lambda: application_withdraw(application=accepted, by=accepted.applicant, why=WithdrawalReason.RELEASE),
        lambda: decision_propose(application=waits, by=lead, outcome=Outcome.OFFER, feedback=""),
    )

    assert isinstance(withdrawn, Application)
    assert taken(waits) == int(proposed != "no-places")


def test_case_is_in_one_pair_of_hands_when_two_give_it_away_together() -> None:
    hub = MathsHubFactory()
    application = ApplicationFactory(state=State.COMPLETE, hub=hub)
    leads = [UserFactory(hub_lead=hub), UserFactory(hub_lead=hub)]

    given = at_once(*(partial(case_give, application=application, by=lead, person=lead) for lead in leads))

    assert {type(each) for each in given} == {CaseHolder}
    assert application.holders.current().count() == 1
    assert [each.ended_by == application.holders.current().get().given_by for each in application.holders.all()] == [
        False,
        True,
    ]
