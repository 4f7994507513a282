"""The hub's writes: scores, proposals that nobody else sees, releases, and offers that lapse."""

from datetime import datetime, timedelta

import pytest
from django.db import transaction

from applications.enums import Outcome, State, SupportState
from applications.models import Application, Decision
from applications.services.letters import letter_of, reply_by_from
from applications.services.selection import (
    decision_propose,
    decision_release,
    decision_take_back,
    offers_lapse,
    review_save,
)
from cohorts.models import HubPlaces
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.clock import LONDON
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory
from tests.factories.cohorts import HubPlacesFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def application():
    return ApplicationFactory(state=State.COMPLETE)


@pytest.fixture
def lead(application):
    return UserFactory(hub_lead=application.hub)


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def evidenced(application):
    return list(application.terms.criteria.filter(shown="evidenced"))


def test_review_is_a_draft_until_every_criterion_is_scored(application, lead) -> None:
    first, second = evidenced(application)
    review = review_save(application=application, by=lead, scores={first: (3, "Clear")}, submit=False)
    assert review.submitted_at is None
    with refused("scores-missing"):
        review_save(application=application, by=lead, scores={first: (4, "")}, submit=True)

    review = review_save(application=application, by=lead, scores={first: (4, ""), second: (2, "Thin")}, submit=True)

    assert review.submitted_at is not None
    assert list(review.scores.values_list("value", "comment")) == [(4, ""), (2, "Thin")]
    with refused("stale"):
        review_save(application=application, by=lead, scores={first: (1, "")}, submit=False)


def test_review_scores_what_is_evidenced_alone(application, lead) -> None:
    declared = application.terms.criteria.get(shown="declared")
    with refused("not-scored"):
        review_save(application=application, by=lead, scores={declared: (4, "")}, submit=False)


@pytest.mark.parametrize(("role", "may"), [("hub_lead", True), ("hub_reviewer", True), ("hub_administrator", False)])
def test_review_is_for_leads_and_reviewers(application, role, may) -> None:
    person = UserFactory(**{role: application.hub})
    if may:
        assert review_save(application=application, by=person, scores={}, submit=False).reviewer == person
    else:
        with refused("not-allowed"):
            review_save(application=application, by=person, scores={}, submit=False)


def test_proposed_offer_holds_a_place_and_tells_nobody(application, lead) -> None:
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="Strong")

    application.refresh_from_db()
    assert (application.state, application.shown_state) == (State.OFFER_PROPOSED, State.COMPLETE)
    assert HubPlaces.objects.get(hub=application.hub).taken == 1
    assert not Email.objects.exists()
    assert not application.events.for_applicant().exists()


def test_proposal_without_a_place_left_is_refused(application, lead) -> None:
    HubPlaces.objects.filter(hub=application.hub).update(places=1)
    ApplicationFactory(round=application.round, hub=application.hub, state=State.OFFERED)
    with refused("no-places"):
        decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="")
    application.refresh_from_db()
    assert application.state == State.COMPLETE
    assert not Decision.objects.filter(application=application).exists()


def test_another_proposal_replaces_the_first_and_frees_its_place(application, lead) -> None:
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="")
    decision_propose(application=application, by=lead, outcome=Outcome.UNSUCCESSFUL, feedback="Not yet", reason="X")
    assert HubPlaces.objects.get(hub=application.hub).taken == 0
    assert application.decisions.get(closed_at=None).outcome == Outcome.UNSUCCESSFUL


def test_unsuccessful_without_feedback_is_refused(application, lead) -> None:
    with refused("feedback-missing"):
        decision_propose(application=application, by=lead, outcome=Outcome.UNSUCCESSFUL, feedback=" ")


def test_proposal_taken_back_leaves_no_trace_for_the_applicant(application, lead) -> None:
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="")
    taken_back = decision_take_back(application=application, by=lead)
    assert (taken_back.state, taken_back.shown_state) == (State.COMPLETE, State.COMPLETE)
    assert HubPlaces.objects.get(hub=application.hub).taken == 0
    with refused("nothing-proposed"):
        decision_release(application=application, by=lead)
    assert not application.events.for_applicant().exists()
    assert not Email.objects.exists()


def test_offer_proposed_from_the_reserve_list_falls_back_to_it(lead, application) -> None:
    reserve = ApplicationFactory(state=State.RESERVED, hub=application.hub, round=application.round)
    decision_propose(application=reserve, by=lead, outcome=Outcome.OFFER, feedback="")
    reserve.refresh_from_db()
    assert (reserve.state, reserve.shown_state) == (State.OFFER_PROPOSED, State.RESERVED)
    assert decision_take_back(application=reserve, by=lead).state == State.RESERVED


@pytest.mark.parametrize(
    ("outcome", "state"),
    [
        (Outcome.OFFER, State.OFFERED),
        (Outcome.RESERVE, State.RESERVED),
        (Outcome.UNSUCCESSFUL, State.UNSUCCESSFUL),
    ],
)
def test_release_tells_applicant_and_headteacher(application, lead, outcome, state) -> None:
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED, email="head@school.example")
    decision_propose(application=application, by=lead, outcome=outcome, feedback="You wrote well.")

    decision_release(application=application, by=lead)

    application.refresh_from_db()
    assert (application.state, application.shown_state) == (state, state)
    assert set(Email.objects.values_list("kind", "to")) == {
        (f"outcome_{outcome}", application.applicant.email),
        (f"outcome_{outcome}_headteacher", "head@school.example"),
    }
    assert "You wrote well." in Email.objects.get(kind=f"outcome_{outcome}").text
    assert "You wrote well." not in Email.objects.get(kind=f"outcome_{outcome}_headteacher").text
    assert list(application.events.for_applicant().values_list("action", flat=True)) == [f"release_{outcome}"]


def test_release_twice_says_so(application, lead) -> None:
    decision_propose(application=application, by=lead, outcome=Outcome.RESERVE, feedback="")
    decision_release(application=application, by=lead)
    with refused("nothing-proposed"):
        decision_release(application=application, by=lead)
    assert Email.objects.count() == 1


@pytest.mark.parametrize(
    ("released", "reply_by"),
    [
        (datetime(2027, 3, 20, 10, tzinfo=LONDON), datetime(2027, 4, 3, 23, 59, tzinfo=LONDON)),  # clocks go forward
        (datetime(2027, 10, 25, 10, tzinfo=LONDON), datetime(2027, 11, 8, 23, 59, tzinfo=LONDON)),  # clocks go back
        (datetime(2027, 6, 1, 23, 30, tzinfo=LONDON), datetime(2027, 6, 15, 23, 59, tzinfo=LONDON)),
    ],
)
def test_reply_by_counts_london_days(released, reply_by) -> None:
    assert reply_by_from(released, 14) == reply_by


@pytest.mark.parametrize(("wait", "lapses"), [(GRACE - timedelta(microseconds=1), 0), (GRACE, 1)])
def test_offer_lapses_after_the_grace(wait, lapses, time_machine) -> None:
    application = ApplicationFactory(state=State.OFFERED)
    lead = UserFactory(hub_lead=application.hub)
    time_machine.move_to(application.offers.get().reply_by + wait, tick=False)

    assert offers_lapse() == lapses

    application.refresh_from_db()
    assert application.state == (State.LAPSED if lapses else State.OFFERED)
    assert HubPlaces.objects.get(hub=application.hub).taken == 1 - lapses
    told = {("offer_lapsed", application.applicant.email), ("offer_lapsed_hub", lead.email)} if lapses else set()
    assert set(Email.objects.values_list("kind", "to")) == told


def test_offer_that_cannot_lapse_keeps_no_other_from_it(time_machine) -> None:
    broken, sound = ApplicationFactory(state=State.OFFERED), ApplicationFactory(state=State.OFFERED)
    HubPlaces.objects.filter(hub=broken.hub).update(taken=0)  # the place that it would give back is not there
    time_machine.move_to(sound.offers.get().reply_by + GRACE)

    assert offers_lapse() == 1
    assert set(Application.objects.values_list("pk", "state")) == {(broken.pk, State.OFFERED), (sound.pk, State.LAPSED)}


def test_answered_offers_never_lapse(time_machine) -> None:
    application = ApplicationFactory(state=State.OFFERED)
    application.offers.update(replied_at=clock.now())
    time_machine.move_to(clock.now() + timedelta(days=60))
    assert offers_lapse() == 0


def test_places_of_another_cohort_do_not_help(application, lead) -> None:
    HubPlaces.objects.filter(hub=application.hub).update(places=0)
    HubPlacesFactory(hub=application.hub, places=5)
    with refused("no-places"):
        decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="")


def test_release_of_a_letter_that_was_replaced_is_refused(application, lead) -> None:
    first = decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="Old letter")
    read = letter_of(application, first, at=clock.now()).mark
    decision_propose(application=application, by=lead, outcome=Outcome.RESERVE, feedback="", reason="Changed")
    decision_propose(application=application, by=lead, outcome=Outcome.OFFER, feedback="New letter", reason="Again")

    with pytest.raises(DomainError) as refusal, transaction.atomic():
        decision_release(application=application, by=lead, read=read)

    application.refresh_from_db()
    assert (refusal.value.code, application.state) == ("replaced", State.OFFER_PROPOSED)
    assert not Email.objects.exists()
    mark = letter_of(application, application.decisions.get(closed_at=None), at=clock.now()).mark
    assert decision_release(application=application, by=lead, read=mark).feedback == "New letter"
