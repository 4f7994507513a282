"""Answers of an earlier application, offered where the same question is asked again and nothing is written yet."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import State
from applications.models import Answer, Application
from applications.services.deletion import application_delete
from tests.applications.applicants import signed_in, url
from tests.factories.accounts import UserFactory
from tests.factories.applications import AnswerFactory, ApplicationFactory, RoundFactory
from tests.factories.cohorts import CohortFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db
OLD, OFFER = "Last year I wrote <b>this</b>.", "You have answered this before"


@pytest.fixture
def application(client: Client) -> Application:
    return signed_in(client)


def before(application: Application, *, same: str = "key", programme: Any = None, **kwargs: Any) -> Answer:
    """An answer to the first question, in an earlier round that asks it by the same key or in the same words."""
    cohort = CohortFactory(programme=programme or application.round.cohort.programme)
    kwargs = {"applicant": application.applicant, "state": State.UNSUCCESSFUL} | kwargs
    earlier = ApplicationFactory(round=RoundFactory(cohort=cohort, complete=True), **kwargs)
    now, then = (each.terms.questions.get(order=1) for each in (application, earlier))
    then.text = now.text.upper() if same == "words" else "Something else?"
    then.key = now.key if same == "key" else then.key
    then.save()
    return AnswerFactory(application=earlier, question=then, text=OLD)


@pytest.mark.parametrize("same", ["key", "words"])
def test_earlier_answer_is_offered_and_becomes_a_start(client: Client, application: Application, same: str) -> None:
    earlier = before(application, same=same)
    page = url(application, "answer", number=1)
    assertContains(client.get(page), OFFER)
    assertContains(client.get(page), "Last year I wrote &lt;b&gt;this&lt;/b&gt;.")

    assertRedirects(client.post(url(application, "reuse", number=1)), page)

    assert application.answers.get().text == OLD
    assertNotContains(client.get(page), OFFER)
    earlier.refresh_from_db()
    assert earlier.text == OLD


def test_newest_is_offered(client: Client, application: Application) -> None:
    before(application)
    newer = before(application)
    newer.write("Newer.", page=None, at=newer.saved_at)

    assertContains(client.get(url(application, "answer", number=1)), "Newer.")


@pytest.mark.parametrize("case", ["another question", "another person", "another programme", "empty", "deleted"])
def test_nothing_else_is_offered(client: Client, application: Application, case: str) -> None:
    earlier = before(
        application,
        same="nothing" if case == "another question" else "key",
        programme=ProgrammeFactory() if case == "another programme" else None,
        **({"applicant": UserFactory()} if case == "another person" else {}),
        **({"state": State.DRAFT} if case == "deleted" else {}),
    )
    if case == "empty":
        Answer.objects.update(text=" \n")
    if case == "deleted":
        application_delete(application=earlier.application, by=application.applicant)

    assertNotContains(client.get(url(application, "answer", number=1)), OFFER)
    client.post(url(application, "reuse", number=1))
    assert not application.answers.exists()


def test_what_is_written_already_stays(client: Client, application: Application) -> None:
    before(application)
    AnswerFactory(application=application, text="New.")

    assertNotContains(client.get(url(application, "answer", number=1)), OFFER)
    done = client.post(url(application, "reuse", number=1), follow=True)

    assertContains(done, "Nothing was changed: this question has an answer already.")
    assert application.answers.get().text == "New."


def test_second_click_changes_nothing(client: Client, application: Application) -> None:
    before(application)

    for _ in range(2):
        client.post(url(application, "reuse", number=1))
    assert application.answers.get().history.count() == 0


def test_withdrawn_application_of_the_same_round_counts(client: Client, application: Application) -> None:
    earlier = ApplicationFactory(round=application.round, applicant=application.applicant, state=State.WITHDRAWN)
    AnswerFactory(application=earlier, text=OLD)

    assertContains(client.get(url(application, "answer", number=1)), OFFER)
