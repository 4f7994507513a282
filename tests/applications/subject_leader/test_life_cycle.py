"""Every action, state and role of a subject leader's request, what signing needs, and what hangs on it."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertContains

from applications.eligibility import submission_check, support_awaited
from applications.enums import State, SupportAction, SupportState
from applications.models import Application, HeadteacherSupport, SubjectLeaderStatement, SubjectLeaderSupport
from applications.services.deletion import application_delete
from applications.services.engines import LEADER
from applications.services.leaders import leader_sign
from applications.services.rounds import rounds_close
from applications.services.support import support_decline, support_save_statement, support_sign
from applications.services.withdrawal import application_withdraw
from applications.workflow import LEADER_TRANSITIONS, SUPPORT_TRANSITIONS
from cohorts.enums import Whose
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from mastery_hub.messaging.services import email_body
from tests.applications.applicants import url
from tests.applications.subject_leader.steps import ask, refused, sent
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    HeadteacherSupportFactory,
    SubjectLeaderStatementFactory,
    SubjectLeaderSupportFactory,
)
from tests.factories.directory import SchoolFactory

pytestmark = pytest.mark.django_db


def sign(support: SubjectLeaderSupport, **changed: Any) -> Application:
    given = {"role": "Head of maths", "declared": True, "signed_as": "Owen Fairbank", "at": clock.now()}
    return leader_sign(support=support, by=support.person, **(given | changed))


# The life cycle


def test_table_is_the_headteachers_without_passing_on() -> None:
    assert set(SUPPORT_TRANSITIONS) - set(LEADER_TRANSITIONS) == {SupportAction.PASS_ON}
    assert all(SUPPORT_TRANSITIONS[action] == move for action, move in LEADER_TRANSITIONS.items())


@pytest.mark.parametrize("state", list(SupportState))
def test_every_action_state_and_role(state: str) -> None:
    draft = ApplicationFactory(round__asks_subject_leader=True)
    support = SubjectLeaderSupportFactory(application=draft, state=state)
    leader = User.objects.for_person(email=support.email, first_name="Owen", last_name="Fairbank")
    people = {
        "leader": leader,
        "applicant": draft.applicant,
        "stranger": UserFactory(),
        "ncetm": UserFactory(ncetm=True),
    }
    for action, (sources, _) in LEADER_TRANSITIONS.items():
        who = "applicant" if action == SupportAction.CANCEL else "leader"
        able = {role for role, person in people.items() if action in LEADER.available(support, person)}
        assert able == ({who} if state in sources else set()), f"{action} of what is {state}"


@pytest.mark.parametrize("first", ["headteacher", "leader"])
def test_both_signatures_complete_it_in_either_order(first: str) -> None:
    application = ApplicationFactory(round__asks_subject_leader=True, state=State.SUBMITTED)
    head = HeadteacherSupportFactory(application=application, state="opened")
    leader = SubjectLeaderSupportFactory(application=application, state="opened")
    SubjectLeaderStatementFactory(support=leader)
    signing = {"headteacher": partial(head_signs, head), "leader": partial(sign, leader)}
    [last] = signing.keys() - {first}

    assert signing[first]().state == State.SUBMITTED
    assert support_awaited(Application.objects.get()) == [last.replace("leader", "subject leader")]
    assert signing[last]().state == State.COMPLETE


def head_signs(support: HeadteacherSupport) -> Application:
    commitments = support.application.round.cohort.commitment_sets.get(whose=Whose.HEADTEACHER).commitments
    return support_sign(
        support=support,
        by=support.person,
        at=clock.now(),
        statement="A fine teacher.",
        confirmed=set(support.application.terms.criteria.filter(shown="headteacher")),
        agreed=set(commitments.values_list("pk", flat=True)),
        signed_as="Helen Marsh",
    )


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"role": ""}, "role-missing"),
        ({"declared": False}, "declaration-missing"),
        ({"signed_as": " "}, "signature-missing"),
        ({"at": "late"}, "closed"),
    ],
)
def test_signature_is_whole_and_in_time(draft: Application, changed: dict[str, Any], code: str) -> None:
    support = SubjectLeaderSupportFactory(application=draft, state="opened")
    SubjectLeaderStatementFactory(support=support)
    changed = {"at": draft.support_closes_at} if "at" in changed else changed

    refused(lambda: sign(support, **changed), code)
    sign(support, at=draft.support_closes_at - timedelta(microseconds=1))
    support.refresh_from_db()
    assert (support.state, support.signed_as) == ("signed", "Owen Fairbank")
    assert (sent("leader_copy"), sent("leader_signed")) == ([support.email], [draft.applicant.email])


def test_signature_needs_its_statement(draft: Application) -> None:
    support = SubjectLeaderSupportFactory(application=draft, state="opened")
    refused(lambda: sign(support), "statement-missing")
    support_save_statement(support=support, by=support.person, text="word " * 301)
    refused(lambda: sign(support), "statement-too-long")
    support_save_statement(support=support, by=support.person, text="Fine.")
    sign(support)


def test_nobody_but_the_person_asked_signs_or_writes(draft: Application) -> None:
    support = SubjectLeaderSupportFactory(application=draft, state="opened")
    for stranger in (draft.applicant, UserFactory()):
        refused(lambda by=stranger: support_save_statement(support=support, by=by, text="Mine"), "stale")
    support_save_statement(support=support, by=support.person, text="Mine")
    for stranger in (draft.applicant, UserFactory()):
        with pytest.raises(DomainError) as error:
            leader_sign(
                support=support, by=stranger, at=clock.now(), role="Head", declared=True, signed_as="Somebody Else"
            )
        assert error.value.code == "not-allowed"


def test_declining_tells_the_applicant_but_not_why(draft: Application) -> None:
    support = SubjectLeaderSupportFactory(application=draft, state="opened")
    refused(lambda: support_decline(support=support, by=support.person, at=clock.now(), reason=" "), "reason-missing")
    support_decline(support=support, by=support.person, at=clock.now(), reason="Not ready yet")

    letter = Email.objects.get(kind="leader_declined")
    assert (letter.to, "Not ready yet" in email_body(letter).text) == (draft.applicant.email, False)
    whole = Application.objects.get(pk=draft.pk)
    assert "declined: talk to them, or name another senior colleague" in str(submission_check(whole))


# What hangs on it


def test_draft_is_ready_only_once_the_subject_leader_is_asked() -> None:
    ready = ApplicationFactory(round__asks_subject_leader=True, ready=True)
    missing = [failure.message for failure in submission_check(ready)]
    assert missing[-1] == "Name your subject leader and send the request"

    ask(ready)
    assert "subject leader" not in str(submission_check(Application.objects.get(pk=ready.pk)))


def test_round_closes_on_what_no_subject_leader_supported(time_machine: Any) -> None:
    application = ApplicationFactory(round__asks_subject_leader=True, state=State.SUBMITTED)
    HeadteacherSupportFactory(application=application, state="signed")
    SubjectLeaderSupportFactory(application=application, state="opened")
    time_machine.move_to(application.support_closes_at + GRACE)

    rounds_close()

    application.refresh_from_db()
    assert application.state == State.INCOMPLETE
    assert "without your subject leader’s" in email_body(Email.objects.get(kind="application_incomplete")).text


def test_another_school_ends_the_request(draft: Application, client: Client) -> None:
    support = SubjectLeaderSupportFactory(application=draft, state="signed")
    school = SchoolFactory(in_hub=draft.hub)
    client.force_login(draft.applicant)
    place = url(draft, "school")
    assertContains(client.get(f"{place}?change=1"), "You have already asked Owen Fairbank to support your application")

    page = client.post(f"{place}?q={school.urn}", {"school": school.pk}, follow=True)

    words = "We cancelled your request to Owen Fairbank. Ask the headteacher and the subject leader of this school."
    assertContains(page, words)
    support.refresh_from_db()
    assert support.state == "cancelled"


def test_withdrawing_and_deleting_release_the_subject_leader(draft: Application) -> None:
    support = SubjectLeaderSupportFactory(application=draft, state="opened")
    SubjectLeaderStatementFactory(support=support)
    application_delete(application=draft, by=draft.applicant)

    support.refresh_from_db()
    assert (support.state, SubjectLeaderStatement.objects.count()) == ("cancelled", 0)
    other = SubjectLeaderSupportFactory()
    application_withdraw(application=other.application, by=other.application.applicant)
    assert sent("leader_released") == [support.email, other.email]


def test_leader_and_applicant_are_reminded_until_there_is_an_answer(draft: Application, time_machine: Any) -> None:
    support = ask(draft)
    kinds = []
    for _ in range(8):
        time_machine.move_to(clock.now() + timedelta(days=1))
        reminders_plan()
        reminders_send()
        kinds = sorted(set(Email.objects.values_list("kind", "to")))
    assert ("leader_unanswered", support.email) in kinds
    assert ("leader_silent", draft.applicant.email) in kinds

    SubjectLeaderSupport.objects.update(state="cancelled")
    before = Email.objects.filter(kind__startswith="leader_").count()
    time_machine.move_to(clock.now() + timedelta(days=8))
    reminders_plan()
    reminders_send()
    assert Email.objects.filter(kind__startswith="leader_").count() == before


def test_email_that_came_back_is_told_to_the_applicant(draft: Application) -> None:
    ask(draft)
    Email.objects.filter(kind="leader_requested").update(status="failed")
    reminders_plan()
    reminders_send()
    assert sent("leader_undelivered") == [draft.applicant.email]
