"""Two windows, two devices, a network that breaks: what was written is never overwritten unseen (rule 8)."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import PhaseTaught, State
from applications.models import Answer, Application
from applications.services.applications import application_save_answer
from mastery_hub.common.writing import ChangedElsewhereError, Seen, mark_new
from tests.applications.applicants import LATER, saved, seen, signed_in, url
from tests.factories.accounts import UserFactory
from tests.factories.applications import AnswerFactory, ApplicationFactory, DeclarationFactory, QuestionFactory
from tests.threads import overtaken

pytestmark = pytest.mark.django_db
SCRIPT = {"accept": "application/json"}
MINE, THEIRS = "Written on the laptop, <b>last</b>.", "Written on the phone, first."


def place_of(application: Application) -> str:
    return url(application, "answer", number=1)


def text_of(application: Application) -> str:
    return Answer.objects.get(application=application, question__order=1).text


@pytest.fixture
def overtaken_page(client: Client) -> tuple[str, dict[str, str]]:
    """The address of a question, and what a page carries that was opened before another window saved."""
    application = signed_in(client)
    AnswerFactory(application=application, text="Begun.")
    carried = seen(application)
    Answer.objects.get().write(THEIRS, page=None, at=datetime(2027, 2, 3, 14, 31, tzinfo=UTC))
    return place_of(application), carried


@pytest.mark.parametrize("extra", [{}, LATER], ids=["continue", "later"])
def test_older_page_is_shown_both_texts_and_overwrites_nothing(client: Client, overtaken_page: Any, extra: Any) -> None:
    place, carried = overtaken_page

    page = client.post(place, {"text": MINE} | carried | extra)

    assertContains(page, "Your answer was changed in another window or on another device. Compare both, then save")
    assertContains(page, "in another window or on another device on 3 February 2027 at 2:31pm")
    assertContains(page, "Written on the laptop, &lt;b&gt;last&lt;/b&gt;.")
    assertContains(page, THEIRS)
    assert Answer.objects.get().text == THEIRS


def test_whoever_has_seen_both_texts_may_save_either(client: Client, overtaken_page: Any) -> None:
    place, carried = overtaken_page
    page = client.post(place, {"text": MINE} | carried)
    shown = {"seen": page.context["form"]["seen"].value()}

    assert client.post(place, {"text": MINE} | shown).status_code == 302

    answer = Answer.objects.get()
    assert answer.text == MINE
    assert THEIRS in answer.history.values_list("text", flat=True)


def test_a_third_save_between_is_shown_too(client: Client, overtaken_page: Any) -> None:
    place, carried = overtaken_page
    shown = {"seen": client.post(place, {"text": MINE} | carried).context["form"]["seen"].value()}
    Answer.objects.get().write("From the tablet.", page=None, at=Answer.objects.get().saved_at)

    assertContains(client.post(place, {"text": MINE} | shown), "From the tablet.")
    assert Answer.objects.get().text == "From the tablet."


def test_one_page_that_saves_itself_leaves_one_row_of_history(client: Client) -> None:
    """Not one for each pause in typing: what stood there when it was opened, and what a save cuts short."""
    application = signed_in(client)
    AnswerFactory(application=application, text="Begun.")
    known, answer = seen(application)["seen"], Answer.objects.get()

    def autosaved(text: str) -> None:
        nonlocal known
        reply = client.post(place_of(application), {"text": text, "seen": known, "mark": mark_new()}, headers=SCRIPT)
        known = f"{known} {reply.json()['seen']}"

    for words in ("Begun. I", "Begun. I plan", "Begun. I plan lessons in small steps."):
        autosaved(words)
    assert list(answer.history.values_list("text", flat=True)) == ["Begun."]
    autosaved("Begun. I")
    assert answer.history.count() == 2
    assert answer.history.filter(text="Begun. I plan lessons in small steps.").exists()

    known = seen(application)["seen"]  # opened anew
    autosaved("Begun. I ask")
    autosaved("Begun. I ask why")
    assert answer.history.count() == 3
    Answer.objects.update(text="Begun. I ask whyever")
    assert answer.history.filter(text="Begun. I ask why").exists()
    Answer.objects.update(text="Begun. I ask whyever")
    assert answer.history.count() == 4


@pytest.fixture
def autosaved(client: Client) -> Callable[[str], list[str]]:
    """Saves a text by one page that stays open, and returns what is kept of those it saved before, oldest first."""
    application = signed_in(client)
    AnswerFactory(application=application, text="Begun.")
    known = [seen(application)["seen"]]

    def save(text: str) -> list[str]:
        carried = {"seen": " ".join(known), "mark": mark_new()}
        reply = client.post(place_of(application), {"text": text} | carried, headers=SCRIPT)
        known.append(reply.json()["seen"])
        begun, *kept = Answer.objects.get().history.order_by("pgh_id").values_list("text", flat=True)
        assert begun == "Begun."
        return kept

    return save


LONG = " ".join(f"word{number}" for number in range(100))
WRONG = " ".join(f"else{number}" for number in range(100))


@pytest.mark.parametrize(
    ("new", "kept"),
    [
        (WRONG, True),
        (LONG[:300] + WRONG[300:], True),
        (WRONG[:300] + LONG[300:], True),
        ("Pasted before. " + WRONG + " Pasted behind.", True),
        (LONG[:300] + " with more words between " + LONG[300:], False),
        (LONG[:300] + "instead of" + LONG[320:], False),
        (f"Before. {LONG} Behind.", False),
    ],
)
def test_text_with_other_words_in_its_place_is_kept(autosaved: Any, new: str, kept: bool) -> None:
    autosaved(LONG[:-10])
    autosaved(LONG)

    assert autosaved(new) == [LONG] * kept


def test_text_that_is_cut_bit_by_bit_is_kept(autosaved: Any) -> None:
    left, found = LONG, autosaved(LONG)
    for _ in range(4):
        left = left[: len(left) * 4 // 5]
        found = autosaved(left)

    assert [len(text) for text in found] == [551, 352]
    assert autosaved("") == [*found, left]


def test_rewriting_bit_by_bit_leaves_a_row_for_each_quarter(autosaved: Any) -> None:
    text, found = LONG, autosaved(LONG)
    for place in range(0, len(LONG), 20):
        text = text[:place] + "-" * 20 + text[place + 20 :]
        found = autosaved(text)

    assert 3 <= len(found) <= 4


def test_save_of_a_text_leaves_no_row_of_the_application(client: Client) -> None:
    application = signed_in(client)
    for words in ("One", "One two"):
        client.post(place_of(application), {"text": words, "seen": "", "mark": mark_new()}, headers=SCRIPT)
        application.refresh_from_db()

    assert application.history.count() == 0
    Application.objects.update(job_title="Maths lead")
    assert application.history.count() == 1


def test_second_click_and_same_text_from_two_windows_are_no_conflict(client: Client) -> None:
    answer = AnswerFactory(application=signed_in(client), text="Begun.")
    place, carried = place_of(answer.application), seen(answer.application)

    for _ in range(2):
        assert client.post(place, {"text": MINE} | carried).status_code == 302
    assert answer.history.count() == 1


def test_nothing_is_asked_about_an_answer_that_was_empty(client: Client) -> None:
    application = signed_in(client)
    AnswerFactory(application=application, text=" ")

    assert client.post(place_of(application), {"text": MINE, "seen": ""}).status_code == 302
    assert text_of(application) == MINE


@pytest.mark.parametrize("carried", [{}, {"seen": ""}, {"seen": "no-such-mark \0 ' x"}])
def test_page_that_does_not_say_what_it_has_seen_overwrites_nothing(client: Client, carried: dict[str, str]) -> None:
    answer = AnswerFactory(application=signed_in(client), text=THEIRS)

    assertContains(client.post(place_of(answer.application), {"text": MINE} | carried), THEIRS)
    assert text_of(answer.application) == THEIRS


def test_too_long_answer_can_be_shortened_on_the_page_that_said_so(client: Client) -> None:
    application = signed_in(client)
    page = client.post(place_of(application), {"text": "maths " * 60, "seen": ""})

    shortened = client.post(place_of(application), {"text": "maths", "seen": page.context["form"]["seen"].value()})

    assert shortened.status_code == 302
    assert text_of(application) == "maths"


def test_answer_meant_for_a_question_that_has_moved_is_not_saved_under_another(client: Client) -> None:
    application = signed_in(client)

    page = client.post(place_of(application), {"text": MINE, "question": str(QuestionFactory().pk)})

    assertContains(page, "The questions of this round have changed since you opened this page")
    assertContains(page, "Written on the laptop")
    assert not Answer.objects.filter(application=application).exists()
    again = {"text": MINE, "question": page.context["form"]["question"].value()}
    assert client.post(place_of(application), again).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_two_windows_that_save_in_the_same_moment_do_not_lose_one(client: Client) -> None:
    application = signed_in(client)
    AnswerFactory(application=application, text="Begun.")
    place, carried = place_of(application), seen(application)
    by = application.applicant

    def first() -> None:
        question = application.terms.questions.get(order=1)
        application_save_answer(application=application, by=by, question=question, text=THEIRS)

    page = overtaken(lambda: client.post(place, {"text": MINE} | carried), by=first)

    assertContains(page, THEIRS)
    assert text_of(application) == THEIRS


# Other sections


def test_details_changed_elsewhere_are_shown_before_they_are_overwritten(client: Client) -> None:
    application = signed_in(client, applicant__first_name="Sam", applicant__last_name="Okoro")
    older = client.get(url(application, "about")).context["form"].initial["seen"]
    common = {"first_name": "Sam", "last_name": "Okoro", "trn": "1234567"}
    client.post(url(application, "about"), common | {"job_title": "Deputy head", "phase": PhaseTaught.MIXED})

    mine = common | {"job_title": "Class teacher", "phase": PhaseTaught.KEY_STAGE_2}
    page = client.post(url(application, "about"), mine | {"seen": older})

    assertContains(page, "These details were changed in another window or on another device")
    assertContains(page, "Deputy head")
    assertContains(page, "More than one phase")
    assertContains(page, 'value="Class teacher"')
    assert saved(application)[0].job_title == "Deputy head"
    again = client.post(url(application, "about"), mine | {"seen": page.context["form"]["seen"].value()})
    assertRedirects(again, url(application))
    assert saved(application)[0].job_title == "Class teacher"


def test_details_that_only_add_to_what_is_saved_ask_nothing(client: Client) -> None:
    application = signed_in(client, applicant__first_name="Sam", applicant__last_name="Okoro")
    older = client.get(url(application, "about")).context["form"].initial["seen"]
    client.post(url(application, "about"), {"first_name": "Sam", "last_name": "Okoro", "job_title": "Head"} | LATER)

    both = {"first_name": "Sam", "last_name": "Okoro", "job_title": "Head", "trn": "1234567"}
    assertRedirects(client.post(url(application, "about"), both | LATER | {"seen": older}), url(application))
    assert saved(application)[1].trn == "1234567"


def test_declaration_changed_elsewhere_is_shown_before_it_is_overwritten(client: Client) -> None:
    application = signed_in(client)
    older = client.get(url(application, "declarations")).context["form"].initial["seen"]
    declaration = DeclarationFactory(application=application, met=False)
    name = f"criterion-{declaration.criterion.key}"

    page = client.post(url(application, "declarations"), {name: "yes", "seen": older})

    assertContains(page, "Your declarations were changed in another window or on another device")
    assert page.context["form"].changed_rows == [{"key": declaration.criterion.declaration, "value": "No"}]
    declaration.refresh_from_db()
    assert declaration.met is False
    again = {name: "yes", "seen": page.context["form"]["seen"].value()}
    assertRedirects(client.post(url(application, "declarations"), again), url(application))


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
