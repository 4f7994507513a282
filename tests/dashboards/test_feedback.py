"""Every page asks whether it is useful; NCETM reads the answers by page, and what forms refuse by question."""

import csv
import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError
from django.test import Client
from django.urls import reverse

from mastery_hub.common import clock
from mastery_hub.dashboards import form_counts
from mastery_hub.dashboards.models import FormCount, PageFeedback, QuestionErrorCount
from mastery_hub.dashboards.pages import page_name, page_names
from tests.applications.applicants import url
from tests.dashboards.conftest import Reader
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory
from tests.factories.dashboards import FormCountFactory, PageFeedbackFactory, QuestionErrorCountFactory
from tests.threads import together

pytestmark = pytest.mark.django_db
PATH = "/feedback/"
GIVEN = {"about": "cookies", "back": "/cookies/", "useful": "yes", "plain": "no", "comment": "Say what a cookie is."}

SignIn = Callable[..., Reader]


@pytest.fixture
def ncetm(signed_in: SignIn) -> Reader:
    return signed_in(UserFactory(ncetm=True))


@pytest.mark.parametrize("path", ["/", "/cookies/", "/account/sign-in/"])
def test_every_page_asks(anyone: Reader, path: str) -> None:
    page = anyone.gets(path)

    form = anyone.gets(page.context["feedback_href"]).context["form"]

    assert "Is this page useful" in page.content.decode()
    assert (form["back"].value(), form["about"].value() in page_names()) == (path, True)


def test_feedback_does_not_ask_about_itself(anyone: Reader) -> None:
    assert "Tell us" not in anyone.gets(f"{PATH}?about=cookies&back=/cookies/").content.decode()


def test_what_was_said_is_kept_and_leads_back(client: Client) -> None:
    response = client.post(PATH, GIVEN, follow=True)

    assert (response.request["PATH_INFO"], "Thank you" in response.content.decode()) == ("/cookies/", True)
    assert list(PageFeedback.objects.values_list("route", "useful", "plain", "comment")) == [
        ("cookies", True, False, "Say what a cookie is.")
    ]


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)", ""])
def test_nobody_is_led_elsewhere(client: Client, back: str) -> None:
    form = client.get(PATH, {"about": "cookies", "back": back})
    response = client.post(PATH, GIVEN | {"back": back})

    assert (form.context["back"], response["Location"]) == ("/", "/")


@pytest.mark.parametrize(
    ("given", "error"),
    [
        ({"useful": ""}, "Select whether the page is useful"),
        ({"plain": ""}, "Select whether it was in plain English"),
        ({"useful": "perhaps"}, "Select one of the choices shown"),
        ({"comment": "word " * 201}, "200 words or fewer"),
        ({"comment": "nul\x00"}, "Null characters"),
        ({"about": "no-such-page"}, "Go back to the page"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_typed_is_lost(client: Client, given: dict[str, str], error: str) -> None:
    response = client.post(PATH, GIVEN | given)

    assert error in response.content.decode()
    assert response.context["form"]["comment"].value() == (GIVEN | given)["comment"]
    assert not PageFeedback.objects.exists()


def test_one_network_cannot_bury_the_rest(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"feedback": "2/h/ip"}

    pages = [client.post(PATH, GIVEN).status_code for _ in range(3)]

    assert (pages, PageFeedback.objects.count()) == ([302, 302, 200], 2)


def test_ncetm_sees_each_page_with_its_shares(ncetm: Reader) -> None:
    for useful in (True, True, True, False):
        PageFeedbackFactory(route="cookies", useful=useful, plain=False, comment="" if useful else "Too long")
    PageFeedbackFactory(route="home")

    rows = {row.get_cell("page"): row for row in ncetm.gets("/national/feedback/").context["table"].rows}

    cookies = next(row for page, row in rows.items() if page_name("cookies") in str(page))
    assert [cookies.get_cell(name) for name in ("answers", "useful", "plain", "comments")] == [4, "75%", "0%", 1]
    assert len(rows) == 2


def test_ncetm_reads_one_pages_comments_and_no_others(ncetm: Reader) -> None:
    PageFeedbackFactory(route="cookies", comment="<b>Too long</b>")
    PageFeedbackFactory(route="home", comment="Lovely")

    page = ncetm.gets("/national/feedback/cookies/").content.decode()

    assert ("&lt;b&gt;Too long" in page, "Lovely" in page) == (True, False)


def test_page_that_is_none_has_no_feedback(ncetm: Reader) -> None:
    ncetm.gets("/national/feedback/no-such-page/", status=404)


def test_download_holds_all(ncetm: Reader) -> None:
    PageFeedbackFactory(route="cookies", plain=False, comment="=1+1")
    text = b"".join(ncetm.gets("/national/feedback.csv").streaming_content).decode("utf-8-sig")

    [row] = csv.DictReader(io.StringIO(text))

    assert [row[name] for name in ("Useful", "Plain English", "Comment")] == ["Yes", "No", "'=1+1"]


def test_every_route_has_a_name_for_people() -> None:
    names = page_names()

    assert len(names) > 80
    assert {route: name for route, name in names.items() if "_" in name} == {}
    assert (names["application_declarations"], names["cookies"]) == ("Your declarations", "Cookies")


# What forms refuse


def about(application: Any, client: Client, **given: str) -> None:
    client.post(url(application, "about"), {"first_name": "Amina", "last_name": "Rahman"} | given)


@pytest.fixture
def draft(client: Client) -> Any:
    application = ApplicationFactory()
    client.force_login(application.applicant)
    return application


def test_refused_and_taken_forms_are_counted(client: Client, draft: Any) -> None:
    about(draft, client)
    about(draft, client)
    about(draft, client, job_title="Teacher", phase="key_stage_1", trn="1234567")

    count = FormCount.objects.get(route="application_about")
    errors = dict(QuestionErrorCount.objects.values_list("question", "times"))
    assert (count.sent, count.refused, count.day) == (3, 2, clock.today())
    assert errors == {"Your role": 2, "Which phase do you teach?": 2, "Teacher reference number (TRN)": 2}


def test_each_question_in_writing_is_counted_by_its_words(client: Client, draft: Any) -> None:
    question = draft.terms.questions.first()
    client.post(url(draft, "answer", number=question.order), {"text": "word " * (question.word_limit + 7)})

    [counted] = QuestionErrorCount.objects.all()
    assert (counted.question, counted.error) == (
        question.text[:200],
        "Your answer must be … words or fewer. It is … words too long",
    )


def test_no_row_holds_what_was_typed(client: Client, draft: Any) -> None:
    about(draft, client, phase="secret-phase", trn="secret-trn", job_title="secret-job")

    told = "".join(question + error for question, error in QuestionErrorCount.objects.values_list("question", "error"))
    assert QuestionErrorCount.objects.count() == 2
    assert "secret" not in told


def test_refusal_of_the_whole_form_is_counted_without_its_words(client: Client, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"feedback": "1/h/ip"}
    for _ in range(2):
        client.post(PATH, GIVEN)

    [counted] = QuestionErrorCount.objects.filter(route="feedback")
    assert (counted.question, counted.error) == form_counts.WHOLE_FORM


def test_who_must_sign_in_first_is_not_counted(draft: Any) -> None:
    about(draft, Client())

    assert not FormCount.objects.exists()


def test_page_comes_even_when_it_cannot_be_counted(client: Client, draft: Any, monkeypatch: Any) -> None:
    def broken(**told: Any) -> None:
        raise DatabaseError("No room")

    monkeypatch.setattr(form_counts, "form_count", broken)
    response = client.post(url(draft, "about"), {"first_name": "Amina"})

    assert (response.status_code, FormCount.objects.count()) == (200, 0)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_both_counted() -> None:
    def count() -> None:
        FormCount.objects.add(day=clock.today(), route="home", count={"sent": 1, "refused": 1})

    together(*[count] * 6)

    assert list(FormCount.objects.values_list("sent", "refused")) == [(6, 6)]


def test_ncetm_sees_the_worst_question_first_with_its_share(ncetm: Reader) -> None:
    today = clock.today()
    FormCountFactory(sent=10, refused=8)
    FormCountFactory(sent=10, day=today - timedelta(days=27))
    QuestionErrorCountFactory(question="Few", times=2)
    QuestionErrorCountFactory(question="Many", times=5)
    QuestionErrorCountFactory(question="Many", times=3, day=today - timedelta(days=27))
    QuestionErrorCountFactory(question="Long ago", day=today - timedelta(days=28))

    rows = ncetm.gets(reverse("national_form_errors")).context["table"].rows

    assert [[row.get_cell(name) for name in ("question", "total", "sent", "share")] for row in rows] == [
        ["Many", 8, 20, "40%"],
        ["Few", 2, 20, "10%"],
    ]
