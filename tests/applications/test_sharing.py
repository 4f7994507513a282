"""A reader sends a public page to their headteacher: fixed words, a name that can carry nothing, and seldom."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from applications.checking import next_round_words
from applications.enums import State
from applications.models import Round
from applications.outlook import outlook
from applications.services.notices import application_expired
from cohorts.expected import expected_words
from cohorts.models import Programme
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.clock import LONDON
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, RoundFactory
from tests.factories.cohorts import CohortFactory, ProgrammeFactory

pytestmark = pytest.mark.django_db
GIVEN = {"sender": "Amina Rahman", "email": "head@school.example"}


@pytest.fixture
def round() -> Round:
    return RoundFactory()


def path(round: Round) -> str:
    return reverse("round_send", kwargs={"code": round.code})


def test_headteacher_gets_the_page_and_who_sent_it(client: Client, round: Round) -> None:
    people = User.objects.count()

    response = client.post(path(round), GIVEN)

    email = Email.objects.get()
    assert (response["Location"], email.kind, email.to) == (round.get_absolute_url(), "page_sent", GIVEN["email"])
    assert [words in email.text for words in ("Amina Rahman", round.get_absolute_url(), "Applications close")] == [
        True
    ] * 3
    assert (email.about, User.objects.count()) == (None, people)


def test_programme_can_be_sent_too(client: Client, round: Round) -> None:
    programme = round.cohort.programme

    response = client.post(reverse("programme_send", kwargs={"programme": programme.slug}), GIVEN)

    assert response["Location"] == programme.get_absolute_url()
    assert (programme.name in Email.objects.get().subject, "Applications close" in Email.objects.get().text) == (
        True,
        False,
    )


# Where a subject leader has a part in the round


def asking(**part: bool) -> tuple[str, ...]:
    """Where the round's page and its programme's are sent from."""
    round = RoundFactory(complete=True, **part)
    return path(round), reverse("programme_send", kwargs={"programme": round.cohort.programme.slug})


@pytest.mark.parametrize("part", ["asks_subject_leader", "by_nomination"])
def test_subject_leader_is_written_to_as_one(client: Client, part: str) -> None:
    for number, place in enumerate(asking(**{part: True})):
        assertContains(client.get(place.removesuffix("send/")), "to my headteacher or subject leader")
        assertContains(client.get(place), "Send this page to my headteacher or subject leader")
        assert list(client.post(place, GIVEN).context["form"].errors) == ["reader"]
        for reader in ("headteacher", "subject_leader"):
            client.post(place, {**GIVEN, "email": f"{reader}{number}@school.example", "reader": reader})

    sent = [(email.to, email.text.splitlines()[0]) for email in Email.objects.order_by("pk")]
    assert sent == [
        (f"{reader}{number}@school.example", f"Dear {words}")
        for number in range(2)
        for reader, words in (("headteacher", "headteacher"), ("subject_leader", "subject leader"))
    ]
    assert ["a headteacher commits to" in email.text for email in Email.objects.order_by("pk")] == [True, False] * 2


def test_elsewhere_only_a_headteacher_is_written_to(client: Client) -> None:
    for number, place in enumerate(asking()):
        assertNotContains(client.get(place.removesuffix("send/")), "subject leader")
        assertNotContains(client.get(place), "subject leader")
        client.post(place, {**GIVEN, "email": f"{number}@school.example", "reader": "subject_leader"})

    assert [email.text.splitlines()[0] for email in Email.objects.all()] == ["Dear headteacher"] * 2


@pytest.mark.parametrize(
    "given",
    [
        {"sender": ""},
        {"sender": "x" * 61},
        {"sender": "Win at prizes.example"},
        {"sender": "prizes。example"},
        {"sender": "https://prizes"},
        {"sender": "Call 0800 123"},
        {"sender": "Amina\0"},
        {"sender": "Amina\nBuy this"},
        {"sender": "[Amina](prizes)"},
        {"email": ""},
        {"email": "head"},
        {"email": "head@school.example, all@school.example"},
    ],
)
def test_what_is_wrong_is_told_nothing_typed_is_lost_and_nothing_sent(
    client: Client, round: Round, given: dict[str, str]
) -> None:
    response = client.post(path(round), GIVEN | given)

    form = response.context["form"]
    assert set(form.errors) == set(given)
    assert {name: form[name].value() for name in GIVEN} == GIVEN | given
    assert not Email.objects.exists()


@pytest.mark.parametrize("name", ["J.R. Smith", "Zoë O’Neill-Şahin", "أمينة رحمن", "王小明"])
def test_names_are_names(client: Client, round: Round, name: str) -> None:
    client.post(path(round), GIVEN | {"sender": name})

    assert name in Email.objects.get().subject


def test_one_address_gets_it_once_a_day_and_nobody_is_told(round: Round) -> None:
    answers = [Client(REMOTE_ADDR=f"10.0.{number}.1").post(path(round), GIVEN) for number in range(2)]

    assert [answer["Location"] for answer in answers] == [round.get_absolute_url()] * 2
    assert Email.objects.count() == 1


def test_one_network_sends_five_an_hour(client: Client, round: Round) -> None:
    answers = [client.post(path(round), GIVEN | {"email": f"head{number}@school.example"}) for number in range(6)]

    assert [answer.status_code for answer in answers] == [302] * 5 + [200]
    assert (Email.objects.count(), answers[5].context["form"]["sender"].value()) == (5, "Amina Rahman")


def test_unpublished_page_is_sent_to_nobody(client: Client) -> None:
    assert client.post(path(RoundFactory(published_at=None)), GIVEN).status_code == 404


# What is known of the next round


@pytest.mark.parametrize(
    ("opens", "closes", "words"),
    [
        ((2027, 1, 4), (2027, 3, 26), "from January to March 2027"),
        ((2026, 11, 2), (2027, 1, 8), "from November 2026 to January 2027"),
        ((2027, 3, 1), (2027, 3, 26), "in March 2027"),
    ],
)
def test_without_a_date_the_last_round_is_the_only_hint(opens: Any, closes: Any, words: str, time_machine: Any) -> None:
    time_machine.move_to(datetime(2027, 6, 1, tzinfo=LONDON))
    dates = {"opens_at": datetime(*opens, 9, tzinfo=LONDON), "closes_at": datetime(*closes, 17, tzinfo=LONDON)}
    last = RoundFactory(**dates)

    seen = outlook(last.cohort.programme)

    assert seen.next_words == f"No date is set for the next round yet. The last one was open {words}."
    assert seen.closed_words.startswith(f"{last.cohort.name} closed at 5pm on")


def test_outlook_tells_what_is_published_and_no_more() -> None:
    now, programme = clock.now(), ProgrammeFactory()
    assert outlook(programme).next_words == "No round of applications has been announced yet."
    cohort, hidden = CohortFactory(programme=programme), CohortFactory(programme=programme)
    RoundFactory(cohort=hidden, opens_at=now + timedelta(days=1), published_at=None)
    assert outlook(programme).next is None
    coming = RoundFactory(cohort=cohort, opens_at=now + timedelta(days=9), published_at=now)
    assert outlook(programme).next == coming
    assert outlook(programme).next_words.startswith(f"{cohort.name} opens at")


def test_closed_pages_say_what_is_next_and_offer_to_tell(client: Client) -> None:
    closed = RoundFactory(opens_at=clock.now() - timedelta(days=90), complete=True)
    programme = closed.cohort.programme
    teacher = Client()
    teacher.force_login(UserFactory())
    start = reverse("application_start", kwargs={"code": closed.code})

    pages = [
        client.get(closed.get_absolute_url()),
        client.get(programme.get_absolute_url()),
        teacher.get(start),
        client.get("/"),
    ]

    tell = reverse("programme_tell", kwargs={"programme": programme.slug})
    assert [tell in page.content.decode() for page in pages] == [True] * 4
    assert ["No date is set for the next round yet" in page.content.decode() for page in pages] == [True] * 4
    assert ["losed at" in page.content.decode() for page in pages[:3]] == [True] * 3


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("in January 2028", True),
        ("in June 2027", True),
        ("on 1 June 2027", True),
        ("in May 2027", False),
        ("between 20 May 2027 and 31 May 2027", False),
        ("in May or June 2027", True),
        ("in spring 2027", True),
        ("in 2026", False),
        ("soon", False),
        ("on 99 June 2027", True),
        ("", False),
    ],
)
def test_what_is_expected_is_said_until_it_is_over(words: str, shown: bool, time_machine: Any) -> None:
    time_machine.move_to(datetime(2027, 6, 1, 12, tzinfo=LONDON))
    programme = ProgrammeFactory(next_expected=words)

    assert expected_words(programme) == (f"is expected to open {words}" if shown else "")


def test_ncetm_says_when_the_next_round_is_expected(client: Client) -> None:
    closed = RoundFactory(opens_at=clock.now() - timedelta(days=90), complete=True)
    programme, year = closed.cohort.programme, clock.today().year + 2
    ncetm = Client()
    ncetm.force_login(UserFactory(ncetm=True))
    place = reverse("national_programme_details", args=[programme.slug])
    form = ncetm.get(place).context["form"]
    typed = {name: form[name].value() for name in form.fields}
    assert place in ncetm.get(reverse("national_round", args=[closed.code])).content.decode()

    for bad, told in (("soon", "Name the year"), ("in May 2020", "a time that is not over")):
        assert told in ncetm.post(place, typed | {"next_expected": bad}).content.decode()
    assert ncetm.post(place, typed | {"next_expected": f" in  January {year}. "}).status_code == 302

    expected = f"is expected to open in January {year}"
    tell = reverse("programme_tell", kwargs={"programme": programme.slug})
    pages = [client.get(path) for path in (closed.get_absolute_url(), programme.get_absolute_url(), "/", tell)]
    assert [expected in page.content.decode() for page in pages] == [True] * 4
    closed = Round.objects.with_programme().get(pk=closed.pk)
    assert next_round_words(closed) == f"apply another year: the round after {closed.cohort.name} {expected}"
    application_expired(ApplicationFactory(round=closed, state=State.EXPIRED))
    assert expected in Email.objects.get(kind="application_expired").text
    Programme.objects.update(next_expected="")
    assert expected not in client.get(closed.get_absolute_url()).content.decode()
    closed = Round.objects.with_programme().get(pk=closed.pk)
    application_expired(ApplicationFactory(round=closed, state=State.EXPIRED))
    assert "expected" not in Email.objects.filter(kind="application_expired").first().text


def test_landing_keeps_quiet_while_a_round_is_open(client: Client, round: Round) -> None:
    assert "Tell me when it opens" not in client.get("/").content.decode()
