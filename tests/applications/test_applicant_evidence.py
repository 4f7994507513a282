"""The answers and the signature of a draft: kept whatever their length, signed once and whole."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.applicant_presenters.sections import Stage
from applications.enums import Section
from applications.models import Answer, Application
from cohorts.models import Pledge
from tests.applications.applicants import LATER, saved, seen, signed_in, stages, url
from tests.factories.applications import AnswerFactory

pytestmark = pytest.mark.django_db


# Evidence


def words(number: int) -> str:
    return " ".join(["maths"] * number)


def test_answer_saves_and_goes_on_to_next_question(client: Client) -> None:
    application = signed_in(client)

    response = client.post(url(application, "answer", number=1), {"text": "One.\r\n\r\nTwo."})

    assertRedirects(response, url(application, "answer", number=2))
    assert Answer.objects.get().text == "One.\n\nTwo."
    assertRedirects(client.post(url(application, "answer", number=2), {"text": "Three"}), url(application))
    assert stages(application)[Section.EVIDENCE] is Stage.COMPLETED


def test_answer_page_shows_guidance_and_criteria(client: Client) -> None:
    application = signed_in(client)
    question = application.terms.questions.get(order=1)
    question.guidance = "Give an example"
    question.save()

    page = client.get(url(application, "answer", number=1))

    assertContains(page, "Question 1 of 2")
    assertContains(page, "Give an example")
    for criterion in question.criteria.all():
        assertContains(page, f"{criterion.text} ({criterion.importance})")


def test_answer_at_limit_goes_on_and_one_word_more_is_kept_and_said(client: Client) -> None:
    application = signed_in(client)
    place = url(application, "answer", number=1)

    assert client.post(place, {"text": words(50)}).status_code == 302
    page = client.post(place, {"text": words(51)} | seen(application))

    assertContains(page, "Your answer must be 50 words or fewer. It is 1 word too long")
    assertContains(page, "Your answer is saved as it is.")
    assertContains(page, words(51))
    assert Answer.objects.get().text == words(51)
    assert stages(application)[Section.EVIDENCE] is Stage.PROBLEM
    assertContains(client.get(url(application, "evidence")), "51 of 50 words: 1 too many")


def test_answer_too_long_is_saved_by_later(client: Client) -> None:
    application = signed_in(client)

    response = client.post(url(application, "answer", number=1), {"text": words(80)} | LATER)

    assertRedirects(response, url(application))
    assert Answer.objects.get().text == words(80)


def test_empty_answer_is_missed_by_continue_and_kept_by_later(client: Client) -> None:
    answer = AnswerFactory(application=signed_in(client), text="Before")
    place = url(answer.application, "answer", number=1)

    assertContains(client.post(place, {"text": " "}), "Enter your answer")
    answer.refresh_from_db()
    assert answer.text == "Before"
    client.post(place, {"text": ""} | LATER | seen(answer.application))
    answer.refresh_from_db()
    assert answer.text == ""


def test_answer_with_null_character_is_refused(client: Client) -> None:
    application = signed_in(client)

    assertContains(client.post(url(application, "answer", number=1), {"text": "a\x00b"}), "There is a problem")
    assert Answer.objects.count() == 0


@pytest.mark.parametrize("number", [0, 3])
def test_answer_of_unknown_question_is_404(client: Client, number: int) -> None:
    assert client.get(url(signed_in(client), "answer", number=number)).status_code == 404


def test_answer_is_escaped(client: Client) -> None:
    answer = AnswerFactory(application=signed_in(client), text="<script>alert(1)</script>")

    for page in (url(answer.application, "answer", number=1), url(answer.application, "check")):
        assertNotContains(client.get(page), "<script>alert(1)")
        assertContains(client.get(page), "&lt;script&gt;alert(1)")


# Commitments


def agreed(application: Application) -> dict[str, Any]:
    commitment_set = application.round.cohort.commitment_sets.get(whose="applicant")
    return {"agreed": [c.pk for c in commitment_set.commitments.all()], "signed_as": "Amina Rahman"}


def test_commitments_ticked_one_by_one_are_signed(client: Client) -> None:
    application = signed_in(client)

    assertRedirects(client.post(url(application, "commitments"), agreed(application)), url(application))

    pledge = saved(application)[0].pledge
    assert (pledge.person, pledge.school, pledge.signed_as) == (
        application.applicant,
        application.school,
        "Amina Rahman",
    )
    assertContains(client.get(url(application, "commitments")), "You signed as Amina Rahman")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"agreed": []}, "Tick all 2 commitments"),
        ({"signed_as": " "}, "Enter your full name to sign"),
        ({"agreed": ["0"]}, "There is a problem"),
    ],
)
def test_commitments_not_whole_are_not_signed(client: Client, changed: dict[str, Any], message: str) -> None:
    application = signed_in(client)

    for extra in ({}, LATER):
        page = client.post(url(application, "commitments"), agreed(application) | changed | extra)
        assertContains(page, message)
    assert Pledge.objects.count() == 0


def test_commitments_with_one_missing_are_not_signed(client: Client) -> None:
    application = signed_in(client)
    given = agreed(application)

    page = client.post(url(application, "commitments"), given | {"agreed": given["agreed"][:1]})

    assertContains(page, "Tick all 2 commitments: 1 not ticked yet")
    assert Pledge.objects.count() == 0


def test_commitments_signed_twice_keep_first_signature(client: Client) -> None:
    application = signed_in(client)
    client.post(url(application, "commitments"), agreed(application))
    first = saved(application)[0].pledge

    client.post(url(application, "commitments"), agreed(application) | {"signed_as": "Other"})

    assert (saved(application)[0].pledge, Pledge.objects.count()) == (first, 1)


def test_commitments_before_school_say_what_comes_first(client: Client) -> None:
    application = signed_in(client, placed=False)

    assertContains(client.get(url(application, "commitments")), "choose your school first")
    client.post(url(application, "commitments"), agreed(application))
    assert Pledge.objects.count() == 0
