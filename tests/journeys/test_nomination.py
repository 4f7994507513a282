"""A school nominates a teacher on a laptop; the teacher accepts by the emailed link and writes on a phone; headteacher
and subject leader sign, each by a link of their own; the hub has a complete application."""

from collections.abc import Callable

import pytest

from applications.models import Application, Nomination, Round
from tests.factories.accounts import UserFactory
from tests.journeys import test_application
from tests.journeys.test_application import (
    COHORT,
    HEAD,
    LAPTOP,
    PHONE,
    STATEMENT,
    TEACHER,
    headteacher_reads_and_signs,
    teacher_asks_the_headteacher,
    teacher_submits,
)
from tests.journeys.walker import Walker, code_sent_to, emails_to, link_sent_to

pytestmark = [pytest.mark.journey, pytest.mark.django_db(transaction=True)]
round, hub, walker = test_application.round, test_application.hub, test_application.walker
LEADER = "owen@larkfield.example"
WHY = "She has changed how we teach fractions."
OF_THE_LEADER = "I have taught beside her for three years."


def test_nomination_to_complete_application(round: Round, hub, walker: Callable[[int], Walker]) -> None:
    Round.objects.update(by_nomination=True, asks_subject_leader=True)
    UserFactory(email=LEADER, first_name="Owen", last_name="Fairbank")
    nominator, teacher, head, leader = walker(LAPTOP), walker(PHONE), walker(PHONE), walker(PHONE)

    school_nominates(nominator)
    nominee_accepts(teacher)
    nominee_writes_and_asks_both(teacher)
    headteacher_reads_and_signs(head)
    subject_leader_signs(leader)
    teacher_submits(teacher)
    nominator_sees_how_far_it_has_come(nominator)

    application = Application.objects.get()
    assert (application.state, application.nomination) == ("complete", Nomination.objects.get(state="accepted"))
    assert emails_to(TEACHER)[-4:] == [
        "support_signed",
        "leader_signed",
        "application_submitted",
        "application_complete",
    ]
    assert [kind for kind in emails_to(LEADER) if kind != "sign_in_code"] == [
        "nomination_accepted",
        "leader_requested",
        "leader_copy",
    ]


def school_nominates(nominator: Walker) -> None:
    nominator.signs_in(LEADER, "Hello, Owen")
    nominator.goes("/rounds/NCP27-01/", "Cohort 13, 2027/28")
    nominator.presses("Nominate a teacher", "Nominate a teacher")
    nominator.chooses_school("larkf", "Larkfield Primary School")
    nominator.fills(role="Head of maths", first_name="Amina", last_name="Rahman", email=TEACHER)
    nominator.presses("Nominate this teacher", "Nominate a teacher")
    nominator.sees_error("Say why you nominate this teacher")
    nominator.fills(reason=WHY)
    nominator.presses("Nominate this teacher", "Amina Rahman")
    nominator.sees("Invited", "Great North Maths Hub")


def nominee_accepts(teacher: Walker) -> None:
    """By the link, which is read without an account; an account proves the address."""
    teacher.goes(link_sent_to(TEACHER, "/nominated/"), "You are nominated")
    teacher.sees("Owen Fairbank, head of maths at Larkfield Primary School", WHY)
    teacher.presses("Continue to accept", "Sign in")
    teacher.follows("Create an account", "Create an account")
    teacher.fills(first_name="Amina", last_name="Rahman", email=TEACHER)
    teacher.presses("Continue", "Check your email")
    teacher.fills(code=code_sent_to(TEACHER))
    teacher.presses("Sign in", "Start your application")
    teacher.sees("By starting your application you accept")
    teacher.ticks_all()
    teacher.presses("Start your application", COHORT)


def nominee_writes_and_asks_both(teacher: Walker) -> None:
    """The school is known: it is the one that nominates."""
    teacher.follows("About you", "About you")
    teacher.fills(job_title="Year 4 teacher", trn="1234567")
    teacher.ticks("Key stage 2")
    teacher.presses("Save and continue", COHORT)
    teacher_asks_the_headteacher(teacher)
    teacher.goes_home_to_application(COHORT)
    teacher.follows("Your subject leader", "Your subject leader")
    teacher.fills(first_name="Owen", last_name="Fairbank", role="Head of maths", email=HEAD)
    teacher.presses("Send the request", "Your subject leader")
    teacher.sees_error("Helen Marsh has been asked already")
    teacher.fills(email=LEADER)
    teacher.presses("Send the request", "Your subject leader")
    teacher.sees(LEADER)


def subject_leader_signs(leader: Walker) -> None:
    leader.goes(link_sent_to(LEADER, "/subject-leader/"), "Support Amina Rahman’s application")
    leader.presses("Continue", "Your confidential statement")
    leader.does_not_see(STATEMENT)
    leader.fills(statement=OF_THE_LEADER)
    leader.presses("Save and continue", "Sign in support")
    leader.ticks_all()
    leader.fills(signed_as="Owen Fairbank")
    leader.presses("Sign and send", "Thank you for your support")


def nominator_sees_how_far_it_has_come(nominator: Walker) -> None:
    nominator.goes("/nominations/", "Your nominations")
    nominator.follows("Amina Rahman", "Amina Rahman")
    nominator.sees("With the hub")
    nominator.does_not_see("I plan in small steps", STATEMENT)
