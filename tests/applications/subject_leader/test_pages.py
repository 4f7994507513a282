"""The pages of a subject leader, by link, and what applicant and hub see of their part."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.applicant_presenters.copy import copy_of
from applications.enums import State
from applications.models import Application, HeadteacherSupport, SubjectLeaderStatement, SubjectLeaderSupportEvent
from applications.models.support import LINK_LASTS
from applications.services.support import support_new_link, support_open
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from tests.applications.applicants import url
from tests.applications.subject_leader.steps import OWEN, refused, sent
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    HeadteacherSupportFactory,
    SubjectLeaderStatementFactory,
    SubjectLeaderSupportFactory,
)

pytestmark = pytest.mark.django_db
STATEMENT = "Confidential: the department follows this teacher."
LINK = "/subject-leader/the-token/"


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
