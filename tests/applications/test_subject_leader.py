"""The subject leader's part: asked besides the headteacher, confidential, and needed where the round says so."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.applicant_presenters.copy import copy_of
from applications.eligibility import submission_check, support_awaited
from applications.enums import State, SupportAction, SupportState
from applications.models import (
    Application,
    HeadteacherSupport,
    SubjectLeaderStatement,
    SubjectLeaderSupport,
    SubjectLeaderSupportEvent,
)
from applications.models.support import BETWEEN_REMINDERS, LINK_LASTS
from applications.services.deletion import application_delete
from applications.services.engines import LEADER
from applications.services.leaders import leader_request, leader_sign
from applications.services.rounds import rounds_close
from applications.services.support import (
    support_decline,
    support_new_link,
    support_open,
    support_remind,
    support_request,
    support_save_statement,
    support_sign,
)
from applications.services.withdrawal import application_withdraw
from applications.workflow import LEADER_TRANSITIONS, SUPPORT_TRANSITIONS
from cohorts.enums import Whose
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from mastery_hub.messaging.services import email_body
from tests.applications.applicants import url
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    HeadteacherSupportFactory,
    SubjectLeaderStatementFactory,
    SubjectLeaderSupportFactory,
)
from tests.factories.directory import SchoolFactory

pytestmark = pytest.mark.django_db
OWEN = {"first_name": "Owen", "last_name": "Fairbank", "email": "owen@school.example", "role": "Head of maths"}
STATEMENT = "Confidential: the department follows this teacher."
LINK = "/subject-leader/the-token/"


@pytest.fixture
def draft() -> Application:
    return ApplicationFactory(round__asks_subject_leader=True)


def ask(application: Application, **changed: Any) -> SubjectLeaderSupport:
    by = changed.pop("by", application.applicant)
    return leader_request(application=application, by=by, at=changed.pop("at", clock.now()), **(OWEN | changed))


def refused(call: Any, code: str) -> None:
    before = (SubjectLeaderSupport.objects.count(), Email.objects.count())
    with pytest.raises(DomainError) as error:
        call()
    assert (error.value.code, (SubjectLeaderSupport.objects.count(), Email.objects.count())) == (code, before)


def sent(kind: str) -> list[str]:
    return list(Email.objects.filter(kind=kind).order_by("pk").values_list("to", flat=True))


def sign(support: SubjectLeaderSupport, **changed: Any) -> Application:
    given = {"role": "Head of maths", "declared": True, "signed_as": "Owen Fairbank", "at": clock.now()}
    return leader_sign(support=support, by=support.person, **(given | changed))


# Asking


def test_applicant_asks_their_subject_leader(draft: Application) -> None:
    support = ask(draft, email=" Owen@School.example")

    assert (support.state, support.email, support.role_words) == ("requested", "owen@school.example", "head of maths")
    assert sent("leader_requested") == ["owen@school.example"]


def test_round_that_asks_for_none_has_no_subject_leader(client: Client) -> None:
    other = ApplicationFactory()
    refused(lambda: ask(other), "not-asked")
    client.force_login(other.applicant)
    assert client.get(url(other, "subject_leader")).status_code == 404
    assertNotContains(client.get(url(other)), "Your subject leader")


@pytest.mark.parametrize(
    ("changed", "code"), [({"role": " "}, "role-missing"), ({"by": None}, "not-editable"), ({"at": None}, "closed")]
)
def test_what_is_refused_and_what_is_not(draft: Application, changed: dict[str, Any], code: str) -> None:
    if "by" in changed:
        changed = {"by": UserFactory()}
    if "at" in changed:
        changed = {"at": draft.support_closes_at}
    refused(lambda: ask(draft, **changed), code)
    ask(draft)


def test_school_comes_first() -> None:
    nowhere = ApplicationFactory(round__asks_subject_leader=True, placed=False)
    refused(lambda: ask(nowhere), "school-first")


def test_subject_leader_is_neither_the_applicant_nor_the_headteacher(draft: Application) -> None:
    refused(lambda: ask(draft, email=draft.applicant.email), "own-address")
    head = HeadteacherSupportFactory(application=draft)
    refused(lambda: ask(draft, email=head.email), "same-person")
    ask(draft)

    names = {"first_name": "Owen", "last_name": "Fairbank", "email": OWEN["email"]}
    refused(lambda: support_request(application=draft, by=draft.applicant, at=clock.now(), **names), "same-person")


def test_another_one_ends_the_first_request(draft: Application) -> None:
    first = ask(draft)
    refused(lambda: ask(draft), "already-asked")
    ask(draft, email="other@school.example")

    first.refresh_from_db()
    assert first.state == "cancelled"


def test_signed_support_is_not_asked_for_again(draft: Application) -> None:
    SubjectLeaderSupportFactory(application=draft, state="signed")
    refused(lambda: ask(draft), "already-signed")


def test_many_requests_in_an_hour_are_too_many(draft: Application) -> None:
    for number in range(5):
        ask(draft, email=f"leader{number}@school.example")
    refused(lambda: ask(draft), "too-many")


def test_reminder_goes_once_in_five_days(draft: Application, time_machine: Any) -> None:
    support = SubjectLeaderSupportFactory(application=draft, token="old")
    remind = {"support": support, "by": draft.applicant}
    support_remind(**remind, at=clock.now())

    support.refresh_from_db()
    assert (sent("leader_reminder"), support.former_token_hash) == ([support.email], token_hash("old"))
    refused(lambda: support_remind(**remind, at=clock.now()), "too-soon")
    time_machine.move_to(clock.now() + BETWEEN_REMINDERS)
    refused(lambda: support_remind(support=support, by=UserFactory(), at=clock.now()), "stale")
    support_remind(**remind, at=clock.now())


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


# The pages


def test_subject_leader_opens_writes_and_signs_by_link(client: Client, draft: Application) -> None:
    support = SubjectLeaderSupportFactory(application=draft, token="the-token")
    page = client.get(LINK, follow=True)
    assertContains(page, "asks you, as head of maths")
    support.refresh_from_db()
    assert support.state == "requested"
    assertRedirects(client.get("/subject-leader/sign/"), "/subject-leader/")

    assertRedirects(client.post("/subject-leader/"), "/subject-leader/statement/")
    assert list(client.post("/subject-leader/statement/", {"statement": ""}).context["form"].errors) == ["statement"]
    assertRedirects(client.post("/subject-leader/statement/", {"statement": STATEMENT}), "/subject-leader/sign/")
    empty = client.post("/subject-leader/sign/", {})
    assert list(empty.context["form"].errors) == ["role", "declared", "signed_as"]
    told = {"role": "Head of maths", "declared": "on", "signed_as": "Owen Fairbank"}
    done = client.post("/subject-leader/sign/", told, follow=True)

    assertContains(done, "Thank you for your support")
    support.refresh_from_db()
    assert (support.state, support.statement.text) == ("signed", STATEMENT)
    assert [event.action for event in SubjectLeaderSupportEvent.objects.all()] == ["open", "sign"]


def test_statement_is_seen_by_the_hub_and_never_by_the_applicant(client: Client) -> None:
    application = ApplicationFactory(round__asks_subject_leader=True, state=State.COMPLETE, ready=True)
    support = SubjectLeaderSupportFactory(application=application, state="signed", token="the-token")
    SubjectLeaderStatementFactory(support=support, text=STATEMENT)
    page = f"/hub/{application.hub.slug}/applications/{application.reference}/"
    for role, seen in (("hub_lead", True), ("hub_reviewer", True), ("hub_administrator", False)):
        client.force_login(UserFactory(**{role: application.hub}))
        assert (STATEMENT in client.get(page).content.decode()) is seen, role

    client.force_login(application.applicant)
    for name in ("page", "check", "submitted"):
        assertNotContains(client.get(url(application, name)), STATEMENT)
    assert STATEMENT not in str(copy_of(application, clock.now()))
    assert client.get(LINK, follow=True).status_code == 403
    assert not SubjectLeaderStatement.objects.visible_to(application.applicant).exists()


def test_applicant_asks_reminds_and_names_another(client: Client, draft: Application, time_machine: Any) -> None:
    client.force_login(draft.applicant)
    page = url(draft, "subject_leader")
    assertContains(client.get(url(draft)), page)
    assertContains(client.get(page), "name another senior colleague")
    own = client.post(page, OWEN | {"email": draft.applicant.email})
    assert list(own.context["form"].errors) == ["email"]

    assertRedirects(client.post(page, OWEN), page)
    assertContains(client.get(page), "has not opened the request yet")
    time_machine.move_to(clock.now() + timedelta(days=1))
    client.force_login(draft.applicant)
    client.post(page, {"remind": "1"})
    assert sent("leader_reminder") == [OWEN["email"]]
    assertContains(client.get(f"{page}?change=1"), "the link we sent before stops working")


def test_submitted_application_says_whom_it_waits_for(client: Client) -> None:
    application = ApplicationFactory(round__asks_subject_leader=True, state=State.SUBMITTED, ready=True)
    HeadteacherSupport.objects.all().delete()
    HeadteacherSupportFactory(application=application, state="signed")
    support = SubjectLeaderSupportFactory(application=application)
    client.force_login(application.applicant)

    page = client.get(url(application))

    assertContains(page, "Your subject leader, Owen Fairbank")
    assertContains(page, url(application, "subject_leader"))
    support_open(support=support, by=User.objects.for_person(email=support.email))
    assertContains(client.get(url(application)), "has opened the request")


def test_expired_link_gets_a_new_one_at_the_same_address(client: Client, draft: Application, time_machine: Any) -> None:
    type(draft.round).objects.update(closes_at=clock.now() + timedelta(days=90))
    support = SubjectLeaderSupportFactory(application=draft, token="the-token")
    refused(lambda: support_new_link(support=support, hashed=support.token_hash, at=clock.now()), "not-expired")
    time_machine.move_to(support.sent_at + LINK_LASTS)

    assert client.get(LINK, follow=True).status_code == 410
    client.post("/subject-leader/new-link/")
    assert sent("leader_reminder") == [support.email]
    assert client.get("/subject-leader/").status_code == 410
    assert client.get(LINK, follow=True).status_code == 410


@pytest.mark.parametrize("name", ["", "statement/", "sign/", "decline/", "done/"])
def test_pages_are_for_whoever_holds_the_link(client: Client, draft: Application, name: str) -> None:
    SubjectLeaderSupportFactory(application=draft)
    assert client.get(f"/subject-leader/{name}").status_code == 410


def test_late_words_are_shown_back(client: Client, draft: Application) -> None:
    SubjectLeaderSupportFactory(application=draft, state="opened", token="the-token")
    client.get(LINK)
    Application.objects.update(state=State.WITHDRAWN)
    assertContains(client.post("/subject-leader/statement/", {"statement": "Kept"}), "Kept", status_code=403)
