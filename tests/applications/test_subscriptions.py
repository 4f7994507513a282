"""What anybody may ask to be told of: confirmed by a button alone, sent once, stopped by every link, and then gone."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.messages import get_messages
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from applications.models import Round, Subscription
from applications.services.subscriptions import (
    deadline_remind,
    subscription_ask,
    subscription_confirm,
    subscriptions_clear,
)
from mastery_hub.common import clock
from mastery_hub.common.clock import LONDON
from mastery_hub.messaging.kinds import all_kinds
from mastery_hub.messaging.models import Email, Reminder
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from mastery_hub.messaging.services import email_body, emails_send
from tests.factories.applications import RoundFactory, SubscriptionFactory
from tests.factories.cohorts import CohortFactory, ProgrammeFactory
from tests.threads import together

pytestmark = pytest.mark.django_db
OPENS = datetime(2027, 3, 1, 9, tzinfo=LONDON)
CLOSES = datetime(2027, 3, 30, 17, tzinfo=LONDON)  # two days after the clocks go forward
ADDRESS = "jo.bell@example.org"


@pytest.fixture
def at(time_machine: Any) -> Callable[[datetime], None]:
    return lambda moment: time_machine.move_to(moment, tick=False)


@pytest.fixture
def round(at: Callable[[datetime], None]) -> Round:
    at(OPENS)
    return RoundFactory(opens_at=OPENS, closes_at=CLOSES)


def ask(client: Client, about: Any, email: str = ADDRESS) -> Any:
    return client.post(ask_path(about), {"email": email})


def ask_path(about: Any) -> str:
    if isinstance(about, Round):
        return reverse("round_remind", kwargs={"code": about.code})
    return reverse("programme_tell", kwargs={"programme": about.slug})


def link_in(email: Email | None) -> str:
    assert email
    [path] = re.findall(r"(/reminders/[\w-]{20,}/)", email_body(email).text)
    return path


def follow(client: Client, path: str) -> Any:
    return client.get(path, follow=True)


def press(client: Client, button: str) -> str:
    response = client.post(reverse(f"reminder_{button}"))
    *_, newest = get_messages(response.wsgi_request)
    return str(newest)


def said(response: Any) -> str:
    return response.content.decode()


def send_what_is_due() -> list[tuple[str, str]]:
    before = set(Email.objects.values_list("pk", flat=True))
    reminders_plan()
    reminders_send()
    return list(Email.objects.exclude(pk__in=before).values_list("kind", "to"))


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


# Afterwards


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
