"""A draft that its applicant deletes is gone: its words, their history and their files; that it was is not."""

from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import State, SupportState
from applications.models import Application, HeadteacherStatement, PledgeRenewal
from applications.services.deletion import application_delete
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.applications.applicants import signed_in, url
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    HeadteacherStatementFactory,
    HeadteacherSupportFactory,
    PledgeRenewalFactory,
)

pytestmark = pytest.mark.django_db
SECRET = "Words that nobody may find again"


def rows_with_secret() -> list[str]:
    """Every table of ours, history included, that holds the words."""
    return [
        model._meta.label
        for model in apps.get_models()
        if model._meta.app_label in ("applications", "cohorts", "directory")
        for row in model._base_manager.values()
        if SECRET in str(row)
    ]


@pytest.fixture
def draft() -> Application:
    """Written, written anew, declared, signed and half supported."""
    application = ApplicationFactory(ready=True)
    support = application.supports.get()
    HeadteacherStatementFactory(support=support, text=SECRET)
    for text in (SECRET, "In its place", SECRET):
        application.answers.update(text=text)
        HeadteacherStatement.objects.update(text=text)
        Application.objects.filter(pk=application.pk).update(job_title=text)
    return application


def test_confirming_deletes_for_good(client: Client, draft: Application) -> None:
    client.force_login(draft.applicant)
    asked = client.get(url(draft, "delete"))
    assertContains(asked, "Delete this draft?")
    assertContains(asked, "We tell Helen Marsh.")
    assert set(rows_with_secret()) >= {"applications.Answer", "applications.AnswerHistory"}

    done = client.post(url(draft, "delete"), follow=True)

    assertContains(done, f"You have deleted the draft of application {draft.reference}.")
    assertNotContains(client.get("/applications/"), draft.reference)
    assert rows_with_secret() == []
    draft.refresh_from_db()
    assert (draft.state, draft.school, draft.hub, draft.pledge) == (State.DELETED, None, None, None)
    assert not draft.answers.exists()
    assert not draft.declarations.exists()
    event = draft.events.get(action="delete")
    assert (event.by, event.from_state, event.reason) == (draft.applicant, State.DRAFT, "")


@pytest.mark.parametrize("page", ["page", "check", "answer", "delete"])
def test_nothing_of_it_is_found_afterwards(client: Client, draft: Application, page: str) -> None:
    application_delete(application=draft, by=draft.applicant)
    client.force_login(draft.applicant)

    found = client.get(url(draft, page, **({"number": 1} if page == "answer" else {})))

    assert found.status_code == (302 if page == "delete" else 404)


def test_second_click_is_told_that_it_is_done(client: Client, draft: Application) -> None:
    client.force_login(draft.applicant)
    client.post(url(draft, "delete"))

    assertContains(client.post(url(draft, "delete"), follow=True), "This draft is deleted.")
    assert draft.events.filter(action="delete").count() == 1


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (SupportState.REQUESTED, True),
        (SupportState.OPENED, True),
        (SupportState.SIGNED, True),
        (SupportState.DECLINED, False),
    ],
)
def test_headteacher_who_was_asked_is_told_and_their_link_is_dead(state: str, told: bool) -> None:
    application = ApplicationFactory()
    support = HeadteacherSupportFactory(application=application, state=state, decline_reason="Not this year")

    application_delete(application=application, by=application.applicant)

    support.refresh_from_db()
    assert (support.state, support.decline_reason) == (SupportState.CANCELLED, "")
    kinds = Email.objects.filter(to=support.email).values_list("kind", flat=True)
    assert list(kinds) == ["application_withdrawn_headteacher"] * told


def test_another_application_may_be_begun_and_others_keep_theirs(client: Client, draft: Application) -> None:
    other = ApplicationFactory(round=draft.round, ready=True)
    application_delete(application=draft, by=draft.applicant)
    client.force_login(draft.applicant)

    begun = client.post(
        f"/applications/start/{draft.round.code}/", {"document": draft.document.pk, "read": "on"}, follow=True
    )

    assertContains(begun, "You have completed 0 of")
    assert other.answers.count() == 2


@pytest.mark.parametrize("state", [s for s in State if s not in (State.DRAFT, State.DELETED)])
def test_only_a_draft_is_deleted(client: Client, state: Any) -> None:
    application = signed_in(client, state=state)

    assertRedirects(client.get(url(application, "delete")), url(application))
    with pytest.raises(DomainError):
        application_delete(application=application, by=application.applicant)


def test_nobody_else_deletes_it(client: Client, draft: Application) -> None:
    for person in (UserFactory(), UserFactory(ncetm=True), UserFactory(hub_lead=draft.hub)):
        client.force_login(person)
        assert client.post(url(draft, "delete")).status_code == 404
        with pytest.raises(DomainError):
            application_delete(application=draft, by=person)


def test_school_that_was_typed_in_goes_too() -> None:
    application = ApplicationFactory(unlisted=True, school__name=SECRET)

    application_delete(application=application, by=application.applicant)

    assert rows_with_secret() == []


def test_page_of_a_draft_leads_to_deleting_it(client: Client) -> None:
    application = signed_in(client)

    assertContains(client.get(url(application)), url(application, "delete"))


def test_what_was_signed_again_goes_with_the_draft(draft: Application) -> None:
    support = draft.supports.get()
    PledgeRenewalFactory(support=support, declined=True, decline_reason=SECRET, person=UserFactory())
    assert "applications.PledgeRenewal" in rows_with_secret()

    application_delete(application=draft, by=draft.applicant)

    assert PledgeRenewal.objects.count() == 0
    assert rows_with_secret() == []
