"""A nomination is accepted, declined, withdrawn or lapses; what accepting begins."""

from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress

from applications.enums import NominationState, State
from applications.models import Application, Nomination, Round
from applications.models.nominations import LINK_LASTS
from applications.services.applications import application_start
from applications.services.nominations import (
    nomination_accept,
    nomination_decline,
    nomination_person,
    nomination_withdraw,
    nominations_lapse,
)
from applications.tasks import nominations_lapse as lapse_task
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_body
from tests.applications.nominations.steps import INSTANT, refused, told
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, ExtensionFactory, NominationFactory

pytestmark = pytest.mark.django_db


# Answering


@pytest.fixture
def invited(round: Round, school: School, hub: MathsHub) -> Nomination:
    return NominationFactory(round=round, school=school, home_hub=hub, token="the-token", reason="She is the best")


def accept(nomination: Nomination, by: User, at: Any = None) -> Application:
    document = nomination.round.current_document
    return nomination_accept(nomination=nomination, by=by, document=document, at=at or clock.now())


def test_accepting_begins_an_application_with_name_and_school(invited: Nomination, school: School) -> None:
    teacher = UserFactory(email=invited.email, first_name="", last_name="")

    application = accept(invited, teacher)

    invited.refresh_from_db()
    assert (invited.state, invited.nominee) == ("accepted", teacher)
    assert (application.state, application.school, application.nomination) == (State.DRAFT, school, invited)
    assert User.objects.get(pk=teacher.pk).full_name == "Sam Okoro"
    assert told("nomination_accepted") == [invited.nominated_by.email]


def test_known_name_stays(invited: Nomination) -> None:
    teacher = UserFactory(email=invited.email, first_name="Samantha", last_name="O")
    accept(invited, teacher)
    assert User.objects.get(pk=teacher.pk).full_name == "Samantha O"


def test_nominee_of_a_hub_says_which_school(round: Round, hub: MathsHub) -> None:
    invited = NominationFactory(round=round, by_hub=True, home_hub=hub)
    assert accept(invited, UserFactory(email=invited.email)).school is None


def test_only_whoever_has_proven_the_address_accepts(invited: Nomination) -> None:
    unproven = UserFactory(email=invited.email, proven=False)
    unproven.emailaddress_set.create(email=invited.email, verified=False)

    refused(lambda: accept(invited, unproven), "not-allowed")
    refused(lambda: accept(invited, UserFactory()), "not-allowed")
    unproven.emailaddress_set.update(verified=True)
    accept(invited, unproven)


def test_nominator_who_proves_the_address_later_may_not_answer(invited: Nomination) -> None:
    by = invited.nominated_by
    EmailAddress.objects.create(user=by, email=invited.email, verified=True)

    refused(lambda: accept(invited, by), "not-allowed")
    refused(lambda: nomination_decline(nomination=invited, by=by, at=clock.now(), reason="No"), "not-allowed")


def test_answer_is_in_time_to_the_instant(invited: Nomination) -> None:
    teacher, end = UserFactory(email=invited.email), invited.link_expires_at

    refused(lambda: accept(invited, teacher, at=end), "expired")
    refused(lambda: nomination_decline(nomination=invited, by=teacher, at=end, reason="No"), "expired")
    accept(invited, teacher, at=end - INSTANT)


def test_refusal_to_begin_leaves_the_nomination_as_it_was(invited: Nomination) -> None:
    teacher = UserFactory(email=invited.email)
    old = invited.round.current_document
    type(old).objects.create(round=invited.round, version=old.version + 1, title="New", body="New")

    with pytest.raises(DomainError) as error:
        nomination_accept(nomination=invited, by=teacher, document=old, at=clock.now())
    invited.refresh_from_db()
    assert (error.value.code, invited.state, Application.objects.count()) == ("document-outdated", "invited", 0)


def test_second_nomination_of_one_person_is_not_accepted(invited: Nomination) -> None:
    teacher = UserFactory(email=invited.email)
    EmailAddress.objects.create(user=teacher, email="sam@home.example", verified=True)
    given = {"round": invited.round, "school": invited.school, "home_hub": invited.home_hub}
    second = NominationFactory(**given, email="sam@home.example")
    application = accept(invited, teacher)

    refused(lambda: accept(second, teacher), "already")
    Application.objects.filter(pk=application.pk).update(state=State.DELETED)
    refused(lambda: accept(second, teacher), "already")
    Nomination.objects.filter(pk=invited.pk).update(state="withdrawn")
    accept(second, teacher)


def test_whoever_writes_already_accepts_nothing(invited: Nomination) -> None:
    """Begun before the round was by nomination."""
    teacher = UserFactory(email=invited.email)
    begun = ApplicationFactory(round=invited.round, applicant=teacher)

    refused(lambda: accept(invited, teacher), "already")
    Application.objects.filter(pk=begun.pk).update(state=State.WITHDRAWN)
    accept(invited, teacher)


@pytest.mark.parametrize("left", [False, True])
def test_what_a_hub_nominated_is_told_to_whoever_leads_it(round: Round, hub: MathsHub, left: bool) -> None:
    by = UserFactory() if left else UserFactory(hub_lead=hub)
    lead = UserFactory(hub_lead=hub)
    made = NominationFactory(round=round, by_hub=True, home_hub=hub, nominated_by=by)

    nomination_decline(nomination=made, by=nomination_person(made), at=clock.now(), reason="My health")

    letter = Email.objects.get(kind="nomination_declined")
    assert (letter.to, "My health" in email_body(letter).text) == ((lead.email, False) if left else (by.email, True))


def test_declining_tells_the_nominator_why(invited: Nomination) -> None:
    by = nomination_person(invited)
    refused(lambda: nomination_decline(nomination=invited, by=by, at=clock.now(), reason=" "), "reason-missing")
    nomination_decline(nomination=invited, by=by, at=clock.now(), reason="Not this year")

    invited.refresh_from_db()
    assert (invited.state, invited.nominee, invited.decline_reason) == ("declined", by, "Not this year")
    assert (
        "Not this year" in email_body(Email.objects.get(kind="nomination_declined", to=invited.nominated_by.email)).text
    )


def test_withdrawing_tells_the_teacher(invited: Nomination) -> None:
    nomination_withdraw(nomination=invited, by=invited.nominated_by)

    assert told("nomination_withdrawn") == [invited.email]
    refused(lambda: accept(invited, UserFactory(email=invited.email)), "stale")


# Beginning


def test_round_by_nomination_is_begun_by_nominees_alone(round: Round) -> None:
    teacher = UserFactory()

    def start(by: User) -> Application:
        return application_start(by=by, round=round, document=round.current_document, at=clock.now())

    refused(lambda: start(teacher), "not-nominated")
    NominationFactory(round=round, email=teacher.email)  # which is not accepted
    refused(lambda: start(teacher), "not-nominated")
    NominationFactory(state="accepted", nominee=teacher, email="elsewhere@school.example")  # to another round
    refused(lambda: start(teacher), "not-nominated")

    accepted = NominationFactory(round=round, state="accepted")
    application = start(accepted.nominee)
    assert application.nomination == accepted
    Application.objects.filter(pk=application.pk).update(state=State.DELETED)
    assert start(accepted.nominee).nomination == accepted


# Lapsing


def test_unanswered_nomination_lapses_after_its_link(invited: Nomination, time_machine: Any) -> None:
    Round.objects.update(closes_at=clock.now() + timedelta(days=90))
    invited.round.refresh_from_db()
    end = invited.sent_at + LINK_LASTS

    time_machine.move_to(end + GRACE - timedelta(seconds=1), tick=False)
    assert nominations_lapse() == 0
    time_machine.move_to(end + GRACE, tick=False)
    lapse_task()

    invited.refresh_from_db()
    assert invited.state == "lapsed"
    assert "The round is still open" in email_body(Email.objects.get(kind="nomination_lapsed")).text


def test_unanswered_nomination_lapses_with_its_round_or_its_hubs_time(
    invited: Nomination, hub: MathsHub, time_machine: Any
) -> None:
    Nomination.objects.update(sent_at=invited.round.closes_at - timedelta(days=2))
    given = ExtensionFactory(round=invited.round, hub=hub)

    time_machine.move_to(invited.round.closes_at + GRACE, tick=False)
    assert nominations_lapse() == 0
    time_machine.move_to(given.closes_at + GRACE, tick=False)
    assert nominations_lapse() == 1
    assert "The round has closed" in email_body(Email.objects.get(kind="nomination_lapsed")).text


@pytest.mark.parametrize("state", [s for s in NominationState if s != NominationState.INVITED])
def test_only_what_waits_lapses(state: str, time_machine: Any) -> None:
    made = NominationFactory(state=state)
    time_machine.move_to(made.round.closes_at + GRACE, tick=False)

    assert nominations_lapse() == 0


def test_whoever_has_an_application_keeps_it() -> None:
    """The twin of `not-nominated`."""
    nomination = NominationFactory(state="accepted")
    application = ApplicationFactory(round=nomination.round, applicant=nomination.nominee, nomination=nomination)
    Nomination.objects.update(state="withdrawn")
    again = application_start(
        by=application.applicant,
        round=application.round,
        document=application.round.current_document,
        at=clock.now(),
    )
    assert again == application
