"""What was asked for is told once: a deadline, and the next round."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from applications.models import Round
from mastery_hub.common import clock
from mastery_hub.common.clock import LONDON
from mastery_hub.messaging.models import Email, Reminder
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from tests.applications.subscriptions.steps import (
    ADDRESS,
    CLOSES,
    OPENS,
    ask,
    follow,
    link_in,
    press,
    said,
    send_what_is_due,
)
from tests.factories.applications import RoundFactory, SubscriptionFactory
from tests.factories.cohorts import CohortFactory
from tests.threads import together

pytestmark = pytest.mark.django_db


# The deadline


def test_deadline_is_told_seven_days_and_one_day_before(round: Round, at: Any) -> None:
    SubscriptionFactory(round=round, email=ADDRESS)
    sent = []
    for day in (22, 23, 24, 29, 30):
        at(datetime(2027, 3, day, 9, tzinfo=LONDON))
        sent += [(day, kind) for kind, _ in send_what_is_due()]

    subjects = [email.subject.split(":")[0] for email in Email.objects.order_by("pk")]
    assert sent == [(23, "asked_deadline"), (29, "asked_deadline")]
    assert subjects == ["Applications close in 7 days", "Applications close tomorrow"]


def test_reminder_that_was_due_before_it_was_confirmed_is_not_sent(round: Round, at: Any) -> None:
    at(datetime(2027, 3, 23, 9, 1, tzinfo=LONDON))
    SubscriptionFactory(round=round)

    assert send_what_is_due() == []
    assert [row.due_at.astimezone(LONDON).day for row in Reminder.objects.all()] == [29]


def test_deadline_that_moves_moves_its_reminders(round: Round, at: Any) -> None:
    SubscriptionFactory(round=round)
    reminders_plan()
    Round.objects.update(closes_at=CLOSES - timedelta(days=7))
    reminders_plan()

    standing = Reminder.objects.filter(state="planned").order_by("due_at")
    assert [row.due_at.astimezone(LONDON).day for row in standing] == [16, 22]


def test_date_that_moves_after_the_last_reminder_is_told_of_again(round: Round, at: Any) -> None:
    SubscriptionFactory(round=round, email=ADDRESS)
    at(datetime(2027, 3, 29, 9, tzinfo=LONDON))
    assert send_what_is_due() == [("asked_deadline", ADDRESS)]
    Round.objects.update(closes_at=CLOSES + timedelta(days=14))

    sent = []
    for day in (5, 6, 12):
        at(datetime(2027, 4, day, 9, tzinfo=LONDON))
        sent.append(len(send_what_is_due()))

    assert sent == [0, 1, 1]


def test_link_says_after_the_closing_that_it_is_over(client: Client, round: Round, at: Any) -> None:
    ask(client, round)
    link = link_in(Email.objects.first())
    at(CLOSES)

    page = said(follow(client, link))

    assert ("This reminder is over" in page, "Yes, send it" in page) == (True, False)
    over = "This reminder is over. We will send nothing more for it."
    assert [press(client, button) for button in ("confirm", "stop")] == [over, over]


def test_round_that_closed_early_is_not_announced_to_close(round: Round, at: Any) -> None:
    SubscriptionFactory(round=round)
    reminders_plan()
    Round.objects.update(closes_at=OPENS + timedelta(days=2))
    at(CLOSES - timedelta(days=7))

    reminders_send()  # before the planner has come by

    assert not Email.objects.exists()


# The next round


@pytest.fixture
def programme(round: Round) -> Any:
    return round.cohort.programme


def next_round(programme: Any, **dates: Any) -> Round:
    later = {"opens_at": OPENS + timedelta(days=365), "published_at": OPENS + timedelta(days=340)}
    return RoundFactory(cohort=CohortFactory(programme=programme), **(later | dates))


def test_next_round_is_told_once_when_it_opens(programme: Any, at: Any) -> None:
    at(CLOSES + timedelta(days=1))
    row = SubscriptionFactory(round=None, programme=programme, email=ADDRESS)
    coming = next_round(programme)
    RoundFactory(opens_at=CLOSES)  # of another programme

    sent = []
    for moment in (CLOSES + timedelta(days=2), coming.opens_at - timedelta(minutes=1), coming.opens_at):
        at(moment)
        sent.append(send_what_is_due())

    row.refresh_from_db()
    assert (sent, send_what_is_due()) == ([[], [], [("asked_opened", ADDRESS)]], [])
    assert (row.sent_at, coming.cohort.name in Email.objects.get().subject) == (coming.opens_at, True)


def test_round_that_was_open_when_it_was_asked_is_not_the_next_one(client: Client, programme: Any, at: Any) -> None:
    ask(client, programme)
    follow(client, link_in(Email.objects.first()))
    press(client, "confirm")

    assert send_what_is_due() == []
    coming = next_round(programme)
    at(coming.opens_at)
    assert send_what_is_due() == [("asked_opened", ADDRESS)]


def test_round_that_opens_again_is_told_to_who_asked_when_it_was_closed(
    client: Client, programme: Any, at: Any
) -> None:
    at(CLOSES)
    ask(client, programme)
    follow(client, link_in(Email.objects.first()))
    press(client, "confirm")
    Round.objects.update(closes_at=CLOSES + timedelta(days=7))

    assert send_what_is_due() == [("asked_opened", ADDRESS)]


def test_who_was_told_may_ask_for_the_round_after(client: Client, programme: Any, at: Any) -> None:
    SubscriptionFactory(round=None, programme=programme, email=ADDRESS, sent_at=clock.now())

    ask(client, programme)

    assert Email.objects.get().subject == "Confirm your reminder"


@pytest.mark.django_db(transaction=True)
def test_two_workers_send_it_once() -> None:
    round = RoundFactory()
    SubscriptionFactory(round=None, programme=round.cohort.programme)
    together(reminders_plan, reminders_plan)

    assert sum(together(reminders_send, reminders_send)) == 1
    assert Email.objects.count() == 1


def test_planning_takes_as_many_queries_for_thirty_as_for_one(programme: Any, round: Round) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as taken:
            reminders_plan()
        return len(taken)

    def more(number: int) -> None:
        SubscriptionFactory.create_batch(number, round=round)
        SubscriptionFactory.create_batch(number, round=None, programme=programme)

    more(1)
    reminders_plan()  # what is looked up once
    Reminder.objects.all().delete()
    one = queries()
    more(29)
    Reminder.objects.all().delete()

    assert queries() == one
    assert Reminder.objects.count() == 30 * 3
