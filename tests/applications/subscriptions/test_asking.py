"""What anybody may ask to be told of: confirmed by a button alone, and stopped by every link."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from django.urls import reverse

from applications.models import Round, Subscription
from applications.services.subscriptions import subscription_ask
from mastery_hub.common import clock
from mastery_hub.messaging.models import Email
from tests.applications.subscriptions.steps import (
    ADDRESS,
    CLOSES,
    OPENS,
    ask,
    ask_path,
    follow,
    link_in,
    press,
    said,
    send_what_is_due,
)
from tests.factories.applications import RoundFactory, SubscriptionFactory
from tests.threads import together

pytestmark = pytest.mark.django_db


# Asking


def test_asking_sends_a_question_and_nothing_else(client: Client, round: Round, at: Any) -> None:
    response = ask(client, round, " Jo.Bell@Example.org ")
    at(CLOSES - timedelta(days=1))

    assert response["Location"] == reverse("reminder_asked")
    assert list(Email.objects.values_list("kind", "to")) == [("asked_confirm", ADDRESS)]
    assert send_what_is_due() == []


@pytest.mark.parametrize(
    "email", ["", "jo", "jo@", "a b@example.org", "jo@example.org\nBcc: x@example.org", "jo\0@example.org", "x" * 300]
)
def test_bad_address_is_told_and_stays_in_its_field(client: Client, round: Round, email: str) -> None:
    response = ask(client, round, email)

    assert (response.status_code, bool(response.context["form"].errors["email"])) == (200, True)
    assert response.context["form"]["email"].value() == email
    assert not Subscription.objects.exists()


def test_known_address_gets_the_same_page_as_a_new_one(client: Client, round: Round) -> None:
    SubscriptionFactory(round=round, email=ADDRESS)

    known, new = ask(client, round), ask(client, round, "new@example.org")

    assert (known.status_code, known["Location"]) == (new.status_code, new["Location"])
    assert Email.objects.get(to=ADDRESS).subject == "You have already asked for this reminder"
    assert Subscription.objects.filter(email=ADDRESS).count() == 1


def test_asking_again_gives_a_new_link_and_the_first_still_works(client: Client, round: Round) -> None:
    for _ in range(2):
        ask(client, round)

    pages = [follow(client, link_in(email)) for email in Email.objects.all()]

    assert ["Confirm your reminder" in said(page) for page in pages] == [True, True]
    assert Subscription.objects.count() == 1


@pytest.mark.parametrize("left", [timedelta(hours=31), timedelta(0), timedelta(days=-1)])
def test_reminder_for_which_no_time_is_left_is_not_offered(client: Client, round: Round, at: Any, left: Any) -> None:
    at(CLOSES - left)
    page = reverse("round_page", kwargs={"code": round.code})

    assert client.get(ask_path(round))["Location"] == page
    assert "no time left" in said(ask(client, round))
    assert ask_path(round) not in said(client.get(page))
    at(CLOSES - timedelta(hours=33))
    assert ask_path(round) in said(client.get(page))


def test_unpublished_round_cannot_be_asked_about(client: Client) -> None:
    hidden = RoundFactory(published_at=None)

    assert [client.get(ask_path(hidden)).status_code, ask(client, hidden).status_code] == [404, 404]


def test_one_network_is_told_to_wait(client: Client, round: Round, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"reminder": "2/h/ip"}

    answers = [ask(client, round, f"reader{number}@example.org") for number in range(3)]

    assert [answer.status_code for answer in answers] == [302, 302, 200]
    assert ("Try again in an hour" in said(answers[2]), Subscription.objects.count()) == (True, 2)


def test_one_address_gets_three_questions_a_day_and_nobody_is_told(round: Round) -> None:
    answers = [ask(Client(REMOTE_ADDR=f"10.0.{number}.1"), round)["Location"] for number in range(5)]

    assert set(answers) == {reverse("reminder_asked")}
    assert Email.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_leave_one_row() -> None:
    round = RoundFactory()

    together(*[lambda: subscription_ask(email=ADDRESS, about=round)] * 2)

    assert (Subscription.objects.count(), Email.objects.count()) == (1, 2)
    assert len(Subscription.objects.get().link_hashes) == 2


def test_database_keeps_one_standing_row_an_address() -> None:
    first = SubscriptionFactory()
    SubscriptionFactory(round=first.round, email=first.email, cancelled_at=clock.now())

    with pytest.raises(IntegrityError, match="one_reminder_of_a_deadline_an_address"):
        SubscriptionFactory(round=first.round, email=first.email)


# By the link


def test_link_alone_confirms_nothing(client: Client, round: Round) -> None:
    ask(client, round)

    shown = follow(client, link_in(Email.objects.first()))
    gets = [client.get(reverse(name)).status_code for name in ("reminder_confirm", "reminder_stop")]

    assert ("Yes, send it" in said(shown), gets) == (True, [405, 405])
    row = Subscription.objects.get()
    assert (row.confirmed_at, row.cancelled_at) == (None, None)


def test_button_confirms_and_a_second_press_changes_nothing(client: Client, round: Round, at: Any) -> None:
    ask(client, round)
    follow(client, link_in(Email.objects.first()))

    words = press(client, "confirm")
    at(OPENS + timedelta(hours=1))
    again = press(client, "confirm")

    assert words == again
    assert "You have confirmed it" in words
    assert Subscription.objects.get().confirmed_at == OPENS
    assert "Stop this reminder" in said(client.get(reverse("reminder")))


def test_link_of_a_week_ago_confirms_no_more(client: Client, round: Round, at: Any) -> None:
    ask(client, round)
    link = link_in(Email.objects.first())
    at(OPENS + timedelta(days=7) - timedelta(microseconds=1))
    in_time = follow(client, link)
    at(OPENS + timedelta(days=7))

    refused = press(client, "confirm")

    assert ("Yes, send it" in said(in_time), "expired" in refused) == (True, True)
    assert "This link has expired" in said(follow(client, link))
    assert Subscription.objects.get().confirmed_at is None


@pytest.mark.parametrize("known", [True, False])
def test_wrong_link_opens_nothing(client: Client, round: Round, known: bool) -> None:
    made = SubscriptionFactory(round=round)

    page = follow(client, f"/reminders/{made.link_hashes[0] if known else 'x' * 43}/")
    presses = [client.post(reverse(f"reminder_{button}"))["Location"] for button in ("confirm", "stop")]

    assert (page.status_code, made.email in said(page)) == (410, False)
    assert presses == [reverse("reminder_gone")] * 2
    made.refresh_from_db()
    assert made.cancelled_at is None


def test_stopping_works_by_every_link_and_twice(client: Client, round: Round, at: Any) -> None:
    ask(client, round)
    first = link_in(Email.objects.first())
    follow(client, first)
    press(client, "confirm")
    at(CLOSES - timedelta(days=7))
    assert send_what_is_due() == [("asked_deadline", ADDRESS)]
    second = link_in(Email.objects.filter(kind="asked_deadline").first())

    words = []
    for link in (second, first):
        reader = Client()
        follow(reader, link)
        words.append(press(reader, "stop"))
    at(CLOSES - timedelta(days=1))

    assert words == ["We will send you nothing more for this reminder."] * 2
    assert "You have stopped" in press(reader, "confirm")
    assert send_what_is_due() == []
    assert "This reminder is stopped" in said(follow(client, second))


def test_link_shows_no_other_address(client: Client, round: Round) -> None:
    own, other = SubscriptionFactory(round=round), SubscriptionFactory(round=round)
    Subscription.objects.filter(pk=own.pk).update(link_hashes=[], cancelled_at=clock.now())
    again = subscription_ask(email=own.email, about=round)

    page = said(follow(client, link_in(Email.objects.get())))

    assert (again.email in page, other.email in page) == (True, False)
