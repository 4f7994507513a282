"""What the script of a page asks and is told, and what holds whatever happens (rule 8)."""

from dataclasses import dataclass, field
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.asserts import assertContains, assertNotContains

from applications.enums import State
from applications.models import Answer, Application
from applications.services.applications import application_save_answer
from mastery_hub.common.writing import ChangedElsewhereError, Seen, mark_new
from tests.applications.applicants import signed_in
from tests.applications.writing.steps import MINE, SCRIPT, THEIRS, place_of, text_of
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory

pytestmark = pytest.mark.django_db


# What the script asks


def test_script_saves_by_the_rule_of_the_form_and_is_told_when_in_london(client: Client) -> None:
    application = signed_in(client)

    with time_machine.travel("2027-06-03 13:32:00Z", tick=False):
        client.force_login(application.applicant)
        answer = client.post(place_of(application), {"text": "maths " * 60, "seen": ""}, headers=SCRIPT)

    stored = Answer.objects.get()
    assert (answer.status_code, answer.json()) == (200, {"saved": "Saved at 2:32pm", "seen": stored.mark})
    assert stored.text == ("maths " * 60).strip()


def test_script_of_an_older_page_is_refused_and_told_when_the_other_saved(client: Client, overtaken_page: Any) -> None:
    place, carried = overtaken_page

    answer = client.post(place, {"text": MINE} | carried, headers=SCRIPT)

    assert answer.status_code == 409
    assert answer.json() == {"problem": "This was changed at 2:31pm in another window or on another device."}
    assert Answer.objects.get().text == THEIRS


def test_script_that_never_heard_of_its_save_is_not_taken_for_another_window(client: Client) -> None:
    application = signed_in(client)
    marks = [mark_new() for _ in range(3)]

    for number, mark in enumerate(marks):  # no answer ever comes back
        carried = {"seen": " ".join(marks[:number]), "mark": mark}
        client.post(place_of(application), {"text": f"Version {number}"} | carried, headers=SCRIPT)

    assert text_of(application) == "Version 2"


@pytest.mark.parametrize(
    ("text", "problem"), [("a\0b", "Null characters are not allowed."), ("", None)], ids=["NUL", "empty"]
)
def test_script_is_told_what_is_wrong_with_the_text(client: Client, text: str, problem: str | None) -> None:
    answer = client.post(place_of(signed_in(client)), {"text": text}, headers=SCRIPT)

    assert answer.json().get("problem") == problem


@pytest.mark.parametrize("who", ["nobody", "somebody else"])
def test_script_of_whoever_is_not_the_applicant_saves_nothing(client: Client, who: str) -> None:
    application = ApplicationFactory()
    if who == "somebody else":
        client.force_login(UserFactory())

    answer = client.post(place_of(application), {"text": MINE}, headers=SCRIPT)

    assert (answer.status_code, Answer.objects.count()) == (401 if who == "nobody" else 404, 0)
    if who == "nobody":
        assert answer.json() == {"sign_in": "/account/sign-in/"}


def test_script_is_refused_once_the_application_is_no_draft(client: Client) -> None:
    application = signed_in(client, state=State.COMPLETE)

    answer = client.post(place_of(application), {"text": MINE}, headers=SCRIPT)

    assert (answer.status_code, answer.json()["problem"]) == (
        422,
        "This application can no longer be changed.",
    )


@pytest.mark.parametrize(("origin", "told"), [("http://testserver", True), ("https://evil.example", False)])
def test_script_whose_token_was_changed_by_signing_in_again_is_given_the_new_one(origin: str, told: bool) -> None:
    client = Client(enforce_csrf_checks=True)
    application = signed_in(client)
    sent = {"text": MINE, "csrfmiddlewaretoken": "x" * 64}

    refused = client.post(place_of(application), sent, headers=SCRIPT | {"origin": origin})

    assert refused.status_code == 403
    assert (refused.headers["Content-Type"] == "application/json") is told
    if told:
        again = sent | {"csrfmiddlewaretoken": refused.json()["token"]}
        assert client.post(place_of(application), again, headers=SCRIPT | {"origin": origin}).status_code == 200


def test_page_carries_what_the_script_needs_and_none_after_a_conflict(client: Client, overtaken_page: Any) -> None:
    place, carried = overtaken_page

    assertContains(client.get(place), 'data-autosave="MS-')
    assertContains(client.get(place), "js/autosave.js")
    assertNotContains(client.post(place, {"text": MINE} | carried), 'data-autosave="')


# Whatever happens


@dataclass
class Window:
    """A page of the answer: what it knows, and what it shows."""

    marks: set[str]
    shows: set[str] = field(default_factory=set)
    text: str = ""


STEPS = st.lists(
    st.tuples(st.integers(0, 2), st.sampled_from(["open", "type", "save", "save, answer lost", "read both"])),
    min_size=4,
    max_size=25,
)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_save_ever_goes_under_that_its_successor_had_not_shown(steps: list[tuple[int, str]]) -> None:
    """Three windows in any order: whatever was stored and is no more had been shown to whoever replaced it."""
    application = ApplicationFactory() if not Application.objects.exists() else Application.objects.get()
    Answer.objects.all().delete()
    question, by = application.terms.questions.get(order=1), application.applicant
    windows, typed = [Window(set()) for _ in range(3)], 0
    for number, what in steps:
        window, stored = windows[number], Answer.objects.first()
        if what == "open":
            windows[number] = Window({stored.mark} if stored else set(), {stored.text} if stored else set())
            windows[number].text = stored.text if stored else ""
        elif what == "type":
            typed += 1
            window.text = f"Text {typed}"
        elif what == "read both" and stored:
            window.marks.add(stored.mark)
            window.shows.add(stored.text)
        elif what.startswith("save"):
            page = Seen(frozenset(window.marks))
            before = stored.text if stored else ""
            window.marks.add(page.mark)
            refused = None
            try:
                row = application_save_answer(
                    application=application, by=by, question=question, text=window.text, page=page
                )
            except ChangedElsewhereError as error:
                refused = error.stored["text"]
            if refused is None:
                assert before in window.shows | {"", window.text}
                window.shows.add(window.text)
                if what == "save":
                    window.marks.add(row.mark)
            else:
                assert refused == before
                assert before not in window.shows
            now = Answer.objects.first()
            assert (now.text if now else "") == (window.text if refused is None else before)
