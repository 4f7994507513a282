"""A round's document, its life, its copy and its preview, on the pages of NCETM."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from applications.enums import RoundStage, State
from applications.models import InformationDocument, Round
from applications.services.announcements import announcements_send
from mastery_hub.common import clock
from mastery_hub.common.clock import LONDON
from mastery_hub.messaging.models import Email
from tests.applications.round_pages.steps import at, errors, sent
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, EligibilityQuestionFactory, HubRuleFactory, RoundFactory
from tests.factories.cohorts import CohortFactory, HubPlacesFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db


# The information document


def test_document_is_previewed_before_it_is_published(ncetm: Client, round: Round) -> None:
    typed = {"title": "Information", "body": "## New part\n\n<script>alert(1)</script>"}

    page = ncetm.post(at(round, "information/"), typed | {"preview": "1"}).content.decode()
    assert "New part</h3>" in page
    assert "<script>alert(1)" not in page
    assert InformationDocument.objects.get().body != typed["body"]

    assert ncetm.post(at(round, "information/"), typed)["Location"] == at(round)
    assert InformationDocument.objects.get().body == typed["body"]


def test_whoever_writes_is_told_what_changed_and_says_that_they_read_it(ncetm: Client) -> None:
    draft = ApplicationFactory()
    typed = {"title": "Information", "body": "New words"}
    path = at(draft.round, "information/")
    assert "1 person is writing" in ncetm.get(path).content.decode()
    assert list(errors(ncetm.post(path, typed))) == ["changes"]
    ncetm.post(path, typed | {"changes": "The second residential is in Manchester."})
    announcements_send()
    assert [email.to for email in Email.objects.all()] == [draft.applicant.email]

    applicant = Client()
    applicant.force_login(draft.applicant)
    page = applicant.get(draft.get_absolute_url())
    assert "The second residential is in Manchester." in page.content.decode()
    newer = draft.round.current_document
    read = applicant.post(f"{draft.get_absolute_url()}information/", {"version": newer.version})

    assert read["Location"] == draft.get_absolute_url()
    draft.refresh_from_db()
    assert draft.document == newer
    assert "The second residential is in Manchester." not in applicant.get(draft.get_absolute_url()).content.decode()


# Its life


def test_round_is_published_from_its_page(ncetm: Client, round: Round) -> None:
    assert "Say which hubs take part" in ncetm.get(at(round)).content.decode()
    refused = ncetm.post(at(round, "publish/"))
    assert errors(refused)["__all__"][0].startswith("The round cannot be published yet.")

    HubPlacesFactory(cohort=round.cohort)
    assert "Nothing is missing." in ncetm.get(at(round)).content.decode()
    ncetm.post(at(round, "publish/"))

    round.refresh_from_db()
    assert round.stage == RoundStage.PUBLISHED
    assert "was published already" in errors(ncetm.post(at(round, "publish/")))["__all__"][0]


def test_round_is_closed_early_and_opened_again(ncetm: Client) -> None:
    draft = ApplicationFactory()
    round = draft.round
    assert "1 draft can no longer be submitted" in ncetm.get(at(round, "close/")).content.decode()
    assert list(errors(ncetm.post(at(round, "close/"), {}))) == ["reason", "sure"]
    ncetm.post(at(round, "close/"), {"reason": "No more funding", "sure": "on"})
    round.refresh_from_db()
    assert round.stage == RoundStage.CLOSED
    assert "cannot be closed" in ncetm.get(at(round, "close/")).content.decode()
    assert "it is “closed”" in errors(ncetm.post(at(round, "close/"), {"reason": "Again", "sure": "on"}))["__all__"][0]

    until = {
        "closes_at_on-day": "14",
        "closes_at_on-month": "1",
        "closes_at_on-year": "2027",
        "closes_at_time": "17:00",
    }
    assert list(errors(ncetm.post(at(round, "reopen/"), until))) == ["reason"]
    ncetm.post(at(round, "reopen/"), until | {"reason": "Funding again"})
    round.refresh_from_db()
    assert (round.stage, round.closes_at) == (RoundStage.OPEN, datetime(2027, 1, 14, 17, tzinfo=LONDON))
    page = ncetm.get(at(round)).content.decode()
    assert all(words in page for words in ("Reason: Funding again", "Reason: No more funding", "Closed early"))


def test_copied_parts_are_marked_as_checked(ncetm: Client, round: Round) -> None:
    Round.objects.update(to_check=["dates", "places"])
    assert "To be checked" in ncetm.get(at(round)).content.decode()

    ncetm.post(at(round, "check/"), {"keys": ["dates", "places"]})

    round.refresh_from_db()
    assert round.to_check == []


PAGES = ("", "details/", "dates/", "places/", "information/", "publish/", "close/", "reopen/", "check/")


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_a_round_are_for_ncetm_alone(client: Client, round: Round, page: str) -> None:
    for stranger in (UserFactory(), UserFactory(hub_lead=True)):
        client.force_login(stranger)
        assert client.get(at(round, page)).status_code == 404


def test_page_of_a_round_asks_as_often_however_much_was_done(
    ncetm: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    round = RoundFactory(complete=True)
    for _ in range(30):
        HubPlacesFactory(cohort=round.cohort)
    ApplicationFactory(round=round, state=State.COMPLETE)

    for page in ("", "places/"):
        ncetm.get(at(round, page))
        with django_assert_max_num_queries(20):
            ncetm.get(at(round, page))


def test_programmes_and_cohorts_ask_as_often_for_many_as_for_one(
    ncetm: Client, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(10):
        CohortFactory(programme=ProgrammeFactory())
        RoundFactory()

    with django_assert_max_num_queries(10):
        assert ncetm.get("/national/programmes/").status_code == 200


# Copy and preview


def test_round_is_copied_with_one_button(ncetm: Client, round: Round) -> None:
    number = round.cohort.number
    asked = sent(ncetm.get(at(round, "copy/")), project_code="ncp28-01")
    assert (asked["number"], asked["starts"]) == (number + 1, round.cohort.starts + 1)

    copied = ncetm.post(at(round, "copy/"), asked)

    assert copied["Location"] == "/national/rounds/NCP28-01/"
    page = ncetm.get(copied["Location"]).content.decode()
    assert "Check what was copied" in page
    again = ncetm.post(at(round, "copy/"), asked)
    assert "has a Cohort" in errors(again)["__all__"][0]


def test_preview_shows_every_page_and_can_send_nothing(ncetm: Client, round: Round) -> None:
    terms = round.current_terms
    assert terms
    told = [q.text for q in terms.questions.all()]
    told += [c.declaration for c in terms.criteria.all() if c.declaration]
    told += [c.text for each in round.cohort.commitment_sets.all() for c in each.commitments.all()]

    asked = [
        EligibilityQuestionFactory(terms=terms, key="days", least=3),
        EligibilityQuestionFactory(terms=terms, key="by", options=["A school", "An agency"], accepted=["A school"]),
    ]
    told += [each.text for each in asked] + ["An agency", "1 hub has rules of its own."]
    HubRuleFactory(round=round)
    with_document = terms.criteria.filter(shown="evidenced").first()
    terms.criteria.filter(pk=with_document.pk).update(allows_document=True)
    told += ["Choose a document", f"Document for “{with_document}”"]

    response = ncetm.get(at(round, "preview/"))

    page = response.content.decode()
    assert [words for words in told if words not in page] == []
    main = page[page.index("<main") : page.index("</main>")]
    assert "<form" not in main
    assert "<button" not in main
    assert page.count('id="question-') == len(set(page.split('id="question-')[1:]))
    assert ncetm.post(at(round, "preview/")).status_code == 405


def test_public_page_of_a_round_being_set_up_says_that_it_is_a_preview(ncetm: Client, round: Round) -> None:
    words = "Only NCETM sees this page until the round is published."
    assert words in ncetm.get(round.get_absolute_url()).content.decode()

    Round.objects.update(published_at=clock.now())
    assert words not in ncetm.get(round.get_absolute_url()).content.decode()


def test_preview_of_an_empty_round_is_a_page_too(ncetm: Client) -> None:
    assert ncetm.get(at(RoundFactory(published_at=None), "preview/")).status_code == 200
