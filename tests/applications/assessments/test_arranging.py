"""Arranging, moving and cancelling an observation or an interview: every action by every role."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import transaction

from applications.enums import TO_ASSESS, AssessmentAction, AssessmentKind, AssessmentState, State, WithdrawalReason
from applications.services.assessments import (
    Booking,
    assessment_arrange,
    assessment_cancel,
    assessment_hold,
    assessment_move,
)
from applications.services.engines import ASSESSMENT
from applications.services.withdrawal import application_withdraw
from applications.workflow import ASSESSMENT_TRANSITIONS
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.applications.assessments.steps import booking, refusal, told
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
)
from tests.factories.assessments import AssessmentFactory

pytestmark = pytest.mark.django_db
OBSERVATION, INTERVIEW = AssessmentKind.OBSERVATION, AssessmentKind.INTERVIEW


def test_arranged_tells_everybody_who_has_to_come_or_to_let_go(application, people, lead) -> None:
    when = booking(people)

    assessment = assessment_arrange(application=application, by=lead, kind=OBSERVATION, booking=when)

    assert (assessment.state, assessment.hub, assessment.people) == ("scheduled", application.hub, list(people))
    assert [(each.action, each.by) for each in assessment.events.all()] == [("arrange", lead)]
    assert told() == sorted(
        [
            ("assessment_arranged", application.applicant.email),
            ("assessment_arranged_headteacher", "head@school.example"),
            *(("assessment_arranged_hub", person.email) for person in people),
        ]
    )
    for email in Email.objects.all():
        assert assessment.when in email.subject
    assert "/calendar.ics" in Email.objects.get(kind="assessment_arranged").text


@pytest.mark.parametrize("state", [state for state in State if state != State.DELETED])
def test_arranged_only_while_it_may_still_be_chosen(hub, lead, people, state) -> None:
    application = ApplicationFactory(state=state, hub=hub)
    arrange = partial(assessment_arrange, application=application, by=lead, kind=INTERVIEW, booking=booking(people))

    if state in TO_ASSESS:
        assert arrange().state == AssessmentState.SCHEDULED
    else:
        assert refusal(arrange) == "not-allowed"


@pytest.mark.parametrize(
    ("role", "may"),
    [
        ("hub_lead", True),
        ("hub_administrator", True),
        ("hub_reviewer", False),
        ("ncetm", False),
        ("headteacher", False),
    ],
)
def test_leads_and_administrators_arrange(application, hub, people, role, may) -> None:
    by = UserFactory(**{role: hub if role.startswith("hub") else True})
    arrange = partial(assessment_arrange, application=application, by=by, kind=INTERVIEW, booking=booking(people))

    if may:
        assert arrange().kind == INTERVIEW
    else:
        assert refusal(arrange) == "not-allowed"


def test_nobody_arranges_their_own(hub, people) -> None:
    own = ApplicationFactory(state=State.COMPLETE, hub=hub, applicant=UserFactory(hub_lead=hub))
    arrange = partial(assessment_arrange, application=own, kind=INTERVIEW, booking=booking(people))

    assert refusal(partial(arrange, by=own.applicant)) == "not-allowed"
    assert arrange(by=UserFactory(hub_lead=hub)).application == own


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"hours": 24, "place": ""}, "place-missing"),
        ({"hours": 24, "place": "", "link": "javascript:alert(1)"}, "link-wrong"),
        ({"hours": 24, "place": "", "link": "http://calls.example/1"}, "link-wrong"),
        ({"hours": -1}, "time-past"),
    ],
)
def test_booking_that_cannot_be_kept_is_refused(application, people, lead, changes, code) -> None:
    arrange = partial(assessment_arrange, application=application, by=lead, kind=INTERVIEW)

    assert refusal(partial(arrange, booking=booking(people, **changes))) == code
    assert arrange(booking=booking(people, place="", link="https://calls.example/1")).link


def test_booking_ends_after_it_begins(application, people, lead) -> None:
    wrong = booking(people)
    same = Booking(**{**vars(wrong), "ends_at": wrong.starts_at})

    assert (
        refusal(partial(assessment_arrange, application=application, by=lead, kind=INTERVIEW, booking=same))
        == "time-wrong"
    )


def test_two_different_people_of_the_hub_and_never_the_applicant(application, hub, people, lead) -> None:
    arrange = partial(assessment_arrange, application=application, by=lead, kind=INTERVIEW)
    stranger, former = UserFactory(hub_reviewer=True), UserFactory(hub_reviewer=hub)
    former.memberships.update(until_on=clock.today())

    assert refusal(partial(arrange, booking=booking((people[0], people[0])))) == "one-person"
    assert refusal(partial(arrange, booking=booking((people[0], stranger)))) == "person-wrong"
    assert refusal(partial(arrange, booking=booking((people[0], former)))) == "person-wrong"
    assert refusal(partial(arrange, booking=booking((people[0], application.applicant)))) == "person-wrong"
    assert arrange(booking=booking(people))


def test_applicant_who_works_for_the_hub_is_not_one_of_the_two(hub, people, lead) -> None:
    application = ApplicationFactory(state=State.COMPLETE, hub=hub, applicant=UserFactory(hub_reviewer=hub))
    arrange = partial(assessment_arrange, application=application, by=lead, kind=INTERVIEW)

    assert refusal(partial(arrange, booking=booking((people[0], application.applicant)))) == "person-wrong"


def test_one_of_a_kind_besides_what_was_cancelled(application, people, lead) -> None:
    arrange = partial(assessment_arrange, application=application, by=lead)
    first = arrange(kind=INTERVIEW, booking=booking(people))

    assert refusal(partial(arrange, kind=INTERVIEW, booking=booking(people, 48))) == "arranged-already"
    assert arrange(kind=OBSERVATION, booking=booking(people, 72)).kind == OBSERVATION
    assessment_cancel(assessment=first, by=lead)
    assert arrange(kind=INTERVIEW, booking=booking(people, 48)).kind == INTERVIEW


@pytest.mark.parametrize(("hours", "clashes"), [(-1, False), (-0.5, True), (0, True), (0.5, True), (1, False)])
def test_person_booked_twice_is_pointed_out_and_booked_only_knowingly(application, hub, people, lead, hours, clashes):
    other = ApplicationFactory(state=State.COMPLETE, hub=hub)
    assessment_arrange(application=other, by=lead, kind=OBSERVATION, booking=booking(people))
    third = UserFactory(hub_reviewer=hub)
    arrange = partial(assessment_arrange, application=application, by=lead, kind=INTERVIEW)
    wanted = booking((third, people[1]), 24 + hours)

    if clashes:
        assert refusal(partial(arrange, booking=wanted)) == "double-booked"
        assert arrange(booking=wanted, knowingly=True)
    else:
        assert arrange(booking=wanted)


def test_moved_tells_everybody_and_whoever_is_spared(application, hub, people, lead) -> None:
    assessment = assessment_arrange(application=application, by=lead, kind=INTERVIEW, booking=booking(people))
    was, third = assessment.when, UserFactory(hub_reviewer=hub)
    Email.objects.all().delete()

    moved = assessment_move(
        assessment=assessment, by=lead, booking=booking((people[0], third), 48), words="Sorry for that."
    )

    assert (moved.state, moved.people) == ("scheduled", [people[0], third])
    assert moved.events.last().reason == f"Was {was}. Sorry for that."
    assert told() == sorted(
        [
            ("assessment_arranged", application.applicant.email),
            ("assessment_arranged_headteacher", "head@school.example"),
            ("assessment_arranged_hub", people[0].email),
            ("assessment_arranged_hub", third.email),
            ("assessment_cancelled_hub", people[1].email),
        ]
    )
    letter = Email.objects.get(kind="assessment_arranged").text
    assert ("Sorry for that." in letter, was in letter, moved.when in letter) == (True, True, True)


def test_moved_to_where_it_is_already_is_a_second_click(application, people, lead) -> None:
    assessment = assessment_arrange(application=application, by=lead, kind=INTERVIEW, booking=booking(people))
    Email.objects.all().delete()

    assessment_move(assessment=assessment, by=lead, booking=booking(people))

    assert (assessment.events.count(), Email.objects.count()) == (1, 0)


def test_moving_within_its_own_time_clashes_with_nothing(application, people, lead) -> None:
    assessment = assessment_arrange(application=application, by=lead, kind=INTERVIEW, booking=booking(people))

    assert assessment_move(assessment=assessment, by=lead, booking=booking(people, 24.5)).events.count() == 2


def test_cancelled_tells_everybody_why(application, people, lead) -> None:
    assessment = assessment_arrange(application=application, by=lead, kind=INTERVIEW, booking=booking(people))
    Email.objects.all().delete()

    assessment_cancel(assessment=assessment, by=lead, words="The school is closed.")

    assert told() == sorted(
        [
            ("assessment_cancelled", application.applicant.email),
            ("assessment_cancelled_headteacher", "head@school.example"),
            *(("assessment_cancelled_hub", person.email) for person in people),
        ]
    )
    assert all("The school is closed." in email.text for email in Email.objects.all())


def test_withdrawing_cancels_and_tells_the_two_people_alone(application, people, lead) -> None:
    assessment = assessment_arrange(application=application, by=lead, kind=INTERVIEW, booking=booking(people))
    Email.objects.all().delete()

    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)

    assessment.refresh_from_db()
    assert (assessment.state, assessment.events.last().by) == ("cancelled", User.objects.system())
    kinds = [kind for kind, _ in told() if kind.startswith("assessment")]
    assert kinds == ["assessment_cancelled_hub"] * 2


ROLES = ("lead", "administrator", "first", "second", "reviewer", "lead of another hub", "ncetm", "applicant", "system")
MAY = {
    AssessmentAction.MOVE: {"lead", "administrator"},
    AssessmentAction.HOLD: {"lead", "first", "second"},
    AssessmentAction.CANCEL: {"lead", "administrator", "system"},
}


@pytest.mark.parametrize("action", AssessmentAction)
def test_every_action_in_every_state_as_every_role(hub, action) -> None:
    first, second = UserFactory(hub_reviewer=hub), UserFactory(hub_reviewer=hub)
    actors = {
        "lead": UserFactory(hub_lead=hub),
        "administrator": UserFactory(hub_administrator=hub),
        "first": first,
        "second": second,
        "reviewer": UserFactory(hub_reviewer=hub),
        "lead of another hub": UserFactory(hub_lead=True),
        "ncetm": UserFactory(ncetm=True),
        "applicant": UserFactory(hub_lead=hub),
        "system": User.objects.system(),
    }
    assert set(actors) == set(ROLES)
    sources, target = ASSESSMENT_TRANSITIONS[action]
    application = ApplicationFactory(state=State.COMPLETE, hub=hub, applicant=actors["applicant"])
    for state in AssessmentState:
        begun = clock.now() - timedelta(hours=2)
        row = AssessmentFactory(application=application, state=state, first=first, second=second, starts_at=begun)
        for role, by in actors.items():
            legal = state in sources and role in MAY[action]
            with transaction.atomic():
                try:
                    moved, event = ASSESSMENT.move(row, action, by=by)
                    found: Any = (moved.state, event.from_state, event.by)
                except DomainError as refused:
                    found = refused.code
                    row.refresh_from_db()
                    assert (row.state, row.events.count()) == (state, 0)
                transaction.set_rollback(True)
            if legal:
                assert found == (target, state, by), (state, role)
            else:
                assert found == ("not-allowed" if state in sources else "stale"), (state, role)
        row.delete()


def test_nothing_is_held_before_it_begins(application, people, lead) -> None:
    assessment = assessment_arrange(application=application, by=lead, kind=INTERVIEW, booking=booking(people))
    with time_machine.travel(assessment.starts_at - timedelta(microseconds=1), tick=False):
        assert refusal(partial(assessment_hold, assessment=assessment, by=lead)) == "barred"
    with time_machine.travel(assessment.starts_at, tick=False):
        assert assessment_hold(assessment=assessment, by=lead).state == "held"
