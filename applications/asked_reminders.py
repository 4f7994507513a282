"""The reminders that anybody may ask for: planned and sent like the others, to the address of their subscription."""

from collections.abc import Iterator
from datetime import timedelta

from applications.models import Round, Subscription
from applications.services.subscriptions import deadline_dues, deadline_remind, opening_tell
from mastery_hub.common import clock
from mastery_hub.messaging.models import Email, Reminder
from mastery_hub.messaging.reminders import Planned, ReminderKind


def subscription_of(reminder: Reminder) -> Subscription | None:
    """Locked, so that whoever stops it meanwhile waits and finds it sent; none that is over or deleted."""
    confirmed = Subscription.objects.confirmed().filter(pk=reminder.target_id)
    return confirmed.with_subject().select_for_update(of=("self",)).first()


def deadline_plan() -> Iterator[Planned]:
    now = clock.now()
    waiting = Subscription.objects.confirmed().filter(round__closes_at__gt=now).with_subject()
    for subscription in waiting.order_by("pk"):
        round, confirmed_at = subscription.round, subscription.confirmed_at
        for due_at in deadline_dues(round) if round else ():
            if confirmed_at and due_at > max(confirmed_at, now - timedelta(days=1)):
                yield Planned(target=subscription, recipient_id=None, due_at=due_at, occasion=f"{due_at:%Y-%m-%d}")


def deadline_still_wanted(reminder: Reminder) -> bool:
    subscription = subscription_of(reminder)
    return subscription is not None and subscription.round is not None and subscription.round.is_open()


def deadline_send(reminder: Reminder) -> Email:
    subscription = subscription_of(reminder)
    assert subscription, "still wanted"
    return deadline_remind(subscription=subscription)


def rounds_to_come() -> list[Round]:
    """Open ones and those that open next, in that order."""
    rounds = Round.objects.published().filter(closes_at__gt=clock.now()).with_programme()
    return list(rounds.order_by("opens_at", "pk"))


def next_round(subscription: Subscription, rounds: list[Round]) -> Round | None:
    """The first of the programme that was not open already when it was asked for."""
    for round in rounds:
        if round.cohort.programme_id == subscription.programme_id and round.pk != subscription.open_round_id:
            return round
    return None


def opening_plan() -> Iterator[Planned]:
    rounds = rounds_to_come()
    for subscription in Subscription.objects.confirmed().filter(programme__isnull=False).order_by("pk"):
        if round := next_round(subscription, rounds):
            yield Planned(target=subscription, recipient_id=None, due_at=round.opens_at, occasion=round.code)


def opened(reminder: Reminder) -> tuple[Subscription | None, Round | None]:
    subscription = subscription_of(reminder)
    round = next_round(subscription, rounds_to_come()) if subscription else None
    return subscription, round if round and round.is_open() else None


def opening_still_wanted(reminder: Reminder) -> bool:
    return all(opened(reminder))


def opening_send(reminder: Reminder) -> Email:
    subscription, round = opened(reminder)
    assert subscription, "still wanted"
    assert round, "still wanted"
    return opening_tell(subscription=subscription, round=round)


KINDS = (
    ReminderKind("asked_deadline", deadline_plan, deadline_still_wanted, deadline_send),
    ReminderKind("asked_opened", opening_plan, opening_still_wanted, opening_send),
)
