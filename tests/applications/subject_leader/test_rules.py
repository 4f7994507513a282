"""What must not slip past a subject leader’s signature: other windows, other names of one person, lost words."""

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client
from pytest_django.asserts import assertContains

from applications.applicant_presenters.timeline import timeline_of
from applications.enums import State
from applications.models import Application, SubjectLeaderStatement, SubjectLeaderSupport
from applications.services.extensions import extension_cancel
from applications.services.leaders import leader_request, leader_sign
from applications.services.support import support_request, support_save_statement, support_sign
from cohorts.enums import Whose
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from tests.applications.applicants import url
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    ExtensionFactory,
    HeadteacherSupportFactory,
    SubjectLeaderStatementFactory,
    SubjectLeaderSupportFactory,
)
from tests.threads import overtaken

pytestmark = pytest.mark.django_db
OWEN = {"first_name": "Owen", "last_name": "Fairbank", "email": "owen@school.example", "role": "Head of maths"}


@pytest.fixture
def draft() -> Application:
    return ApplicationFactory(round__asks_subject_leader=True)


def ask(application: Application, **changed: Any) -> SubjectLeaderSupport:
    given = OWEN | changed
    return leader_request(application=application, by=application.applicant, at=clock.now(), **given)


def sign(support: SubjectLeaderSupport, **changed: Any) -> Application:
    given = {"role": "Head of maths", "declared": True, "signed_as": "Owen Fairbank", "at": clock.now()}
    return leader_sign(support=support, by=support.person, **(given | changed))


def code(call: Any) -> str:
    try:
        call()
    except DomainError as error:
        return error.code
    return "done"


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("saved", "answer"), [("word " * 900, "statement-too-long"), ("", "statement-missing")])
def test_what_another_window_saves_meanwhile_is_what_is_checked(saved: str, answer: str) -> None:
    support = SubjectLeaderSupportFactory(state="opened")
    SubjectLeaderStatementFactory(support=support)
    save = partial(support_save_statement, support=support, by=support.person, text=saved)

    assert overtaken(lambda: code(partial(sign, support)), by=save) == answer
    support.refresh_from_db()
    assert support.state == "opened"


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("field", ["answered_at", "requested_at"])
def test_time_that_a_subject_leader_used_is_not_taken_back(late: bool, field: str) -> None:
    application = ApplicationFactory(round__asks_subject_leader=True, state=State.SUBMITTED)
    ends = application.support_closes_at
    extension = ExtensionFactory(
        round=application.round, hub=application.hub, closes_at=None, support_closes_at=ends + timedelta(days=3)
    )
    support = SubjectLeaderSupportFactory(application=application, state="signed")
    when = {field: ends if late else ends - timedelta(seconds=1)}
    SubjectLeaderSupport.objects.filter(pk=support.pk).update(**when)
    take_back = partial(extension_cancel, extension=extension, by=UserFactory(ncetm=True), reason="A mistake")

    assert code(take_back) == ("relied-on" if late else "done")


def test_request_that_was_cancelled_relies_on_no_extra_time() -> None:
    application = ApplicationFactory(round__asks_subject_leader=True, state=State.SUBMITTED)
    ends = application.support_closes_at
    extension = ExtensionFactory(
        round=application.round, hub=application.hub, closes_at=None, support_closes_at=ends + timedelta(days=3)
    )
    SubjectLeaderSupportFactory(application=application, state="cancelled", requested_at=ends)

    assert extension_cancel(extension=extension, by=UserFactory(ncetm=True), reason="A mistake").cancelled_at


# Asked again


def test_words_of_one_address_go_on_with_it(draft: Application) -> None:
    first = ask(draft)
    SubjectLeaderStatementFactory(support=first, text="Half a page")
    other = ask(draft, email="other@school.example")
    assert not SubjectLeaderStatement.objects.filter(support=other).exists()

    assert ask(draft).statement.text == "Half a page"


def test_name_and_role_are_put_right_without_a_letter(client: Client, draft: Application) -> None:
    support = ask(draft)
    client.force_login(draft.applicant)
    page = url(draft, "subject_leader")
    said = OWEN | {"last_name": "Fairbanks", "role": "KS3 lead"}

    answer = client.post(page, said, follow=True)

    assertContains(answer, "We have put the details right: Owen Fairbanks, KS3 lead.")
    fresh = SubjectLeaderSupport.objects.get()
    assert (fresh.pk, fresh.token_hash, fresh.full_name, fresh.role) == (
        support.pk,
        support.token_hash,
        "Owen Fairbanks",
        "KS3 lead",
    )
    assert [event.action for event in fresh.events.all()] == ["request", "correct_details"]
    assert timeline_of(draft)[0]["title"] == "You corrected the name or the role of Owen Fairbanks"
    again = client.post(page, said)
    assert "already asked this address" in str(again.context["form"].errors["email"])


# One person, two signatures


def test_a_label_after_a_plus_makes_no_second_person(draft: Application) -> None:
    name, _, domain = draft.applicant.email.partition("@")
    EmailAddress.objects.create(user=draft.applicant, email="jo@home.example", verified=True)
    assert code(lambda: ask(draft, email=f"{name}+maths@{domain}")) == "own-address"
    assert code(lambda: ask(draft, email="jo+maths@home.example")) == "own-address"

    HeadteacherSupportFactory(application=draft, email="h@school.example")
    assert code(lambda: ask(draft, email="h+maths@school.example")) == "same-person"
    assert code(lambda: ask(draft, email="h2@school.example")) == "done"
    names = {"first_name": "Helen", "last_name": "Marsh", "email": "h2+head@school.example"}
    ask_head = partial(support_request, application=draft, by=draft.applicant, at=clock.now())
    assert code(lambda: ask_head(**names)) == "same-person"
    assert code(lambda: ask_head(**names | {"email": "h3@school.example"})) == "done"


@pytest.mark.parametrize("same", [False, True])
def test_one_person_gives_one_signature_whoever_signs_last(same: bool) -> None:
    """Two addresses when they were asked, and since then both proven by one person."""
    application = ApplicationFactory(round__asks_subject_leader=True, state=State.SUBMITTED)
    leader = SubjectLeaderSupportFactory(application=application, state="signed")
    head = HeadteacherSupportFactory(application=application, state="opened")
    if same:
        EmailAddress.objects.create(user=leader.person, email=head.email, verified=True)
    commitments = application.round.cohort.commitment_sets.get(whose=Whose.HEADTEACHER).commitments

    answer = code(
        lambda: support_sign(
            support=head,
            by=leader.person if same else head.person,
            at=clock.now(),
            statement="A fine teacher.",
            confirmed=set(application.terms.criteria.filter(shown="headteacher")),
            agreed=set(commitments.values_list("pk", flat=True)),
            signed_as="Helen Marsh",
        )
    )

    assert answer == ("same-person" if same else "done")


def test_hub_is_shown_what_is_odd_about_the_address(client: Client) -> None:
    application = ApplicationFactory(round__asks_subject_leader=True, state=State.COMPLETE, ready=True)
    SubjectLeaderSupportFactory(application=application, state="signed", email="owen.fairbank@gmail.com")
    page = f"/hub/{application.hub.slug}/applications/{application.reference}/"
    client.force_login(UserFactory(hub_lead=application.hub))

    words = "owen.fairbank@gmail.com is at a provider where anybody can have a mailbox, not at the school."
    assertContains(client.get(page), words)
    SubjectLeaderSupport.objects.update(email="owen@school.example")
    assert words not in client.get(page).content.decode()


@pytest.mark.parametrize("name", ["subject_leader", "headteacher"])
@pytest.mark.parametrize(
    ("field", "value"),
    [("first_name", "Win at www.example.org"), ("last_name", "Call 0800 123"), ("role", "Head, see example.org")],
)
def test_no_letter_carries_an_advertisement(
    client: Client, draft: Application, name: str, field: str, value: str
) -> None:
    client.force_login(draft.applicant)
    page = url(draft, name) + "?head=yes"

    assert list(client.post(page, OWEN | {field: value}).context["form"].errors) == [field]
    assert client.post(page, OWEN | {"role": "KS3 lead, Year 9"}).status_code == 302


def test_home_shows_a_subject_leader_what_waits_for_them(client: Client, draft: Application) -> None:
    support = SubjectLeaderSupportFactory(application=draft)
    client.force_login(UserFactory(email=support.email))

    assertContains(client.get("/"), "Waiting for your support")
    assertContains(client.get("/"), str(draft.applicant))
    SubjectLeaderSupport.objects.update(state="cancelled")
    assert "Waiting for your support" not in client.get("/").content.decode()
