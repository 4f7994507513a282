"""The copy of one's own application: for its applicant, in every state, with nothing of the headteacher's."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertContains

from applications.applicant_presenters.copy import copy_of
from applications.enums import State, SupportState
from tests.applications.applicants import signed_in, url
from tests.factories.applications import (
    AnswerFactory,
    ApplicationFactory,
    HeadteacherStatementFactory,
    HeadteacherSupportFactory,
    SupportingDocumentFactory,
)

pytestmark = pytest.mark.django_db
STATEMENT = "Confidential: the best teacher I have worked with"


def texts(copy: dict[str, Any]) -> str:
    return str(copy)


@pytest.mark.parametrize("state", [State.DRAFT, State.COMPLETE, State.OFFER_PROPOSED, State.WITHDRAWN])
def test_copy_is_a_file_of_ones_own(client: Client, state: str) -> None:
    application = signed_in(client, state=state)

    copy = client.get(url(application, "copy"))

    assert copy.content.startswith(b"%PDF-")
    assert copy["Content-Type"] == "application/pdf"
    assert copy["Content-Disposition"] == f'attachment; filename="{application.reference}.pdf"'
    assert "no-store" in copy["Cache-Control"]
    assertContains(client.get(url(application, "check")), url(application, "copy"))


def test_copy_tells_what_the_applicant_wrote_and_when() -> None:
    application = ApplicationFactory(ready=True, applicant__first_name="Zoë", applicant__last_name="O’Brien")
    application.answers.all().delete()
    AnswerFactory(application=application, text="First.\r\n\r\n#panic() <b>Second</b>")
    SupportingDocumentFactory(application=application)

    copy = copy_of(application, timezone.now())

    assert copy["name"] == "Zoë O’Brien"
    assert copy["facts"][1].startswith("Draft. Not submitted. Last saved on ")
    evidence = next(card for card in copy["cards"] if card["title"] == "Your evidence")
    assert evidence["rows"][0]["lines"] == ["First.", "#panic() <b>Second</b>", "3 of 50 words"]
    assert evidence["rows"][1]["lines"] == ["Not answered"]
    assert "Lesson plan.pdf" in texts(copy)


def test_copy_stops_where_a_text_is_too_long_for_any() -> None:
    application = ApplicationFactory()
    AnswerFactory(application=application, text="words " * 10_000)

    lines = copy_of(application, timezone.now())["cards"][3]["rows"][0]["lines"]

    assert lines[1:] == ["This text is too long for a copy: read the rest in the service.", "10000 of 50 words"]


@pytest.mark.parametrize("state", [State.COMPLETE, State.OFFER_PROPOSED, State.UNSUCCESSFUL_PROPOSED])
def test_copy_tells_neither_the_statement_nor_a_proposal(state: str) -> None:
    application = ApplicationFactory(state=state, ready=True)
    application.supports.all().delete()
    support = HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    HeadteacherStatementFactory(support=support, text=STATEMENT)

    copy = texts(copy_of(application, timezone.now()))

    assert STATEMENT not in copy
    assert "proposed" not in copy.lower()
    assert "With the hub. Submitted on " in copy


def test_copy_is_nobody_elses(client: Client) -> None:
    application = ApplicationFactory(state=State.COMPLETE)

    assert client.get(url(application, "copy")).status_code == 302
    signed_in(client)
    assert client.get(url(application, "copy")).status_code == 404
