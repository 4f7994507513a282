"""Scoring: one's own until submitted, whole when submitted, never of a decided application."""

from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertNotContains

from applications.enums import Shown, State
from applications.models import Application
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub
from tests.applications.hubs import address, signed_in
from tests.factories.applications import ApplicationFactory, ReviewFactory

pytestmark = pytest.mark.django_db


# Scoring


def scores_of(application: Application, value: int = 3, **extra: str) -> dict[str, Any]:
    criteria = application.terms.criteria.filter(shown=Shown.EVIDENCED)
    return {f"score-{criterion.pk}": value for criterion in criteria} | extra


def test_review_draft_is_kept_and_ones_own(client: Client, application: Application) -> None:
    reviewer = signed_in(client, hub_reviewer=application.hub)
    first = application.terms.criteria.filter(shown=Shown.EVIDENCED)[0]

    client.post(address(application, "hub_review"), {f"score-{first.pk}": 2, f"comment-{first.pk}": "Clear, but short"})

    review = application.reviews.get()
    assert (review.reviewer, review.submitted_at) == (reviewer, None)
    assertContains(client.get(address(application, "hub_review")), "Clear, but short")
    signed_in(client, hub_reviewer=application.hub)
    assertNotContains(client.get(address(application, "hub_review")), "Clear, but short")


def test_review_is_submitted_with_every_score(client: Client, application: Application) -> None:
    signed_in(client, hub_reviewer=application.hub)

    response = client.post(address(application, "hub_review"), scores_of(application, submit="1"), follow=True)

    assertContains(response, "Your scores are submitted")
    assert sorted(application.reviews.get().scores.values_list("value", flat=True)) == [3, 3]


def test_review_with_missing_scores_names_each_and_keeps_the_rest(client: Client, application: Application) -> None:
    signed_in(client, hub_reviewer=application.hub)
    first, second = application.terms.criteria.filter(shown=Shown.EVIDENCED)

    response = client.post(address(application, "hub_review"), {f"score-{first.pk}": 4, "submit": "1"})

    assertContains(response, f"Score “{second.text}”")
    assert response.context["form"][f"score-{first.pk}"].value() == "4"
    assert not application.reviews.exists()


def test_review_asks_for_the_score_of_a_comment(client: Client, application: Application) -> None:
    signed_in(client, hub_reviewer=application.hub)
    first = application.terms.criteria.filter(shown=Shown.EVIDENCED)[0]

    response = client.post(address(application, "hub_review"), {f"comment-{first.pk}": "Clear, but short"})

    assertContains(response, f"Give a score with your comment on “{first.text}”")
    assertContains(response, "Clear, but short")


def test_review_of_an_application_decided_meanwhile_loses_nothing(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_reviewer=hub)
    application = ApplicationFactory(state=State.OFFERED, hub=hub)
    first = application.terms.criteria.filter(shown=Shown.EVIDENCED)[0]

    response = client.post(
        address(application, "hub_review"), scores_of(application, **{f"comment-{first.pk}": "Clear"})
    )

    assertContains(response, "This application cannot be scored by you, or not at this stage.")
    assert response.context["form"][f"comment-{first.pk}"].value() == "Clear"


def test_review_once_submitted_is_no_page(client: Client, application: Application) -> None:
    reviewer = signed_in(client, hub_reviewer=application.hub)
    ReviewFactory(application=application, reviewer=reviewer, scored=1, submitted_at=clock.now())

    response = client.get(address(application, "hub_review"), follow=True)

    assertContains(response, "You have already submitted your scores")


def test_review_shows_ticked_criteria_to_nobody_for_scoring(client: Client, application: Application) -> None:
    signed_in(client, hub_reviewer=application.hub)

    form = client.get(address(application, "hub_review")).context["form"]

    assert {criterion.shown for criterion in form.criteria} == {Shown.EVIDENCED}


@pytest.mark.parametrize("value", ["5", "-1", "two", ""])
def test_review_refuses_a_score_out_of_range(client: Client, application: Application, value: str) -> None:
    signed_in(client, hub_reviewer=application.hub)

    response = client.post(address(application, "hub_review"), scores_of(application, value, submit="1"))

    assert (response.status_code, application.reviews.count()) == (200, 0)


def test_review_submitted_twice_gets_a_sentence(client: Client, application: Application) -> None:
    reviewer = signed_in(client, hub_reviewer=application.hub)
    ReviewFactory(application=application, reviewer=reviewer, scored=1, submitted_at=clock.now())

    response = client.post(address(application, "hub_review"), scores_of(application, submit="1"), follow=True)

    assertContains(response, "You have already submitted your scores")
    assert set(application.reviews.get().scores.values_list("value", flat=True)) == {1}


def test_review_of_decided_application_gets_a_sentence(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_reviewer=hub)
    application = ApplicationFactory(state=State.OFFERED, hub=hub)

    response = client.get(address(application, "hub_review"), follow=True)

    assertContains(response, "can no longer be scored: it is now “place offered”")


@pytest.mark.parametrize("role", ["hub_administrator", "ncetm"])
def test_review_is_refused_to_those_who_do_not_score(client: Client, application: Application, role: str) -> None:
    signed_in(client, **{role: True if role == "ncetm" else application.hub})

    assert client.get(address(application, "hub_review")).status_code == 403
    assert client.post(address(application, "hub_review"), scores_of(application)).status_code == 403
    assert not application.reviews.exists()


def test_review_takes_few_queries(client: Client, application: Application, django_assert_max_num_queries: Any) -> None:
    signed_in(client, hub_reviewer=application.hub)

    with django_assert_max_num_queries(12):
        assert client.get(address(application, "hub_review")).status_code == 200
