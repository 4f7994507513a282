"""What is over is deleted; a mail program's button stops what was asked for."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from applications.models import Round, Subscription
from applications.services.subscriptions import (
    deadline_remind,
    subscription_ask,
    subscription_confirm,
    subscriptions_clear,
)
from mastery_hub.messaging.kinds import all_kinds
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from mastery_hub.messaging.services import emails_send
from tests.applications.subscriptions.steps import ADDRESS, CLOSES, OPENS, follow
from tests.factories.applications import RoundFactory, SubscriptionFactory
from tests.factories.cohorts import ProgrammeFactory

pytestmark = pytest.mark.django_db


def test_what_is_over_is_deleted_and_the_rest_stays(round: Round, at: Any) -> None:
    long_ago, week = OPENS - timedelta(days=30), OPENS - timedelta(days=7)
    closed = RoundFactory(opens_at=long_ago - timedelta(days=9), closes_at=long_ago)
    programme = ProgrammeFactory()
    SubscriptionFactory(round=round, asked_at=week, confirmed_at=None)
    SubscriptionFactory(round=round, cancelled_at=long_ago)
    SubscriptionFactory(round=round, sent_at=long_ago)
    SubscriptionFactory(round=closed, asked_at=closed.opens_at)
    kept = [
        SubscriptionFactory(round=round, asked_at=week + timedelta(seconds=1), confirmed_at=None),
        SubscriptionFactory(round=round, asked_at=long_ago),
        SubscriptionFactory(round=round, cancelled_at=long_ago + timedelta(seconds=1)),
        SubscriptionFactory(round=None, programme=programme, asked_at=long_ago),
    ]

    subscriptions_clear()

    assert set(Subscription.objects.all()) == set(kept)


def test_deleted_one_leaves_no_reminder_to_send(client: Client, round: Round, at: Any) -> None:
    row = SubscriptionFactory(round=round)
    reminders_plan()
    row.delete()
    at(CLOSES - timedelta(days=7))

    assert (reminders_send(), Email.objects.count()) == (0, 0)


ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def test_button_of_a_mail_program_stops_what_was_asked_for(round: Round, at: Any, mailoutbox: list[Any]) -> None:
    """As RFC 8058 has it: an address of the header, one fixed word, no cookie and no token of a form."""
    subscription = subscription_ask(email=ADDRESS, about=round)
    subscription_confirm(subscription=subscription)
    deadline_remind(subscription=Subscription.objects.get())
    emails_send()

    kinds = dict(Email.objects.values_list("message_id", "kind"))
    sent = {kinds[message.extra_headers["Message-ID"]]: message.extra_headers for message in mailoutbox}
    question, reminder = sent["asked_confirm"], sent["asked_deadline"]
    assert "List-Unsubscribe" not in question
    assert reminder["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = urlsplit(reminder["List-Unsubscribe"].strip("<>")).path
    program = Client(enforce_csrf_checks=True)

    assert program.post(path, {"something": "else"}).status_code == 400
    assert Subscription.objects.get().cancelled_at is None
    assert "Stop this reminder" in follow(program, path).content.decode()
    assert Subscription.objects.get().cancelled_at is None
    for _ in range(2):
        answer = Client(enforce_csrf_checks=True).post(path, ONE_CLICK)
        assert (answer.status_code, answer.cookies.keys()) == (200, {}.keys())
        assert Subscription.objects.get().cancelled_at == OPENS


def test_button_of_a_mail_program_works_when_there_is_nothing_left_to_stop(client: Client, round: Round) -> None:
    subscription = SubscriptionFactory(round=round)

    assert client.post("/reminders/there-is-no-such-link-at-all/", ONE_CLICK).status_code == 200
    subscription.refresh_from_db()
    assert subscription.cancelled_at is None


def test_emails_about_an_application_cannot_be_stopped() -> None:
    assert {kind.name for kind in all_kinds() if kind.unsubscribe} == {"asked_deadline", "asked_opened"}
    assert all(kind.unsubscribe in kind.secrets for kind in all_kinds() if kind.unsubscribe)
