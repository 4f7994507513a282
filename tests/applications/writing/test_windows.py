"""Two windows, two devices: what was written is never overwritten unseen (rule 8)."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from pytest_django.asserts import assertContains, assertRedirects

from applications.enums import PhaseTaught
from applications.models import Answer, Application
from applications.services.applications import application_save_answer
from mastery_hub.common.writing import mark_new
from tests.applications.applicants import LATER, saved, seen, signed_in, url
from tests.applications.writing.steps import MINE, SCRIPT, THEIRS, place_of, text_of
from tests.factories.applications import AnswerFactory, DeclarationFactory, QuestionFactory
from tests.threads import overtaken

pytestmark = pytest.mark.django_db


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
