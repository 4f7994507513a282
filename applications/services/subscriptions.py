"""What somebody without an account asks to be told of. Nothing but a question is sent before they confirm.

Whoever asks sees the same whether the address was known or not: what differs stands in the email alone.
"""

from datetime import datetime, time, timedelta
from typing import Any

from django.db import transaction

from applications.applicant_presenters.deadlines import at_words, last_day, left_words
from applications.enums import Reader
from applications.models import Round, Subscription
from applications.outlook import asked_words, cohort_words
from cohorts.models import Programme
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash, token_new
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_queue

DAYS_BEFORE = (7, 1)  # London calendar days before the last day
HOUR = time(9)


def deadline_dues(round: Round) -> list[datetime]:
    closing = last_day(round.closes_at)
    return [datetime.combine(closing - timedelta(days=days), HOUR, tzinfo=clock.LONDON) for days in DAYS_BEFORE]


def can_remind(round: Round) -> bool:
    """There is time for one reminder at least."""
    now = clock.now()
    return round.is_open(now) and any(due_at > now for due_at in deadline_dues(round))


@transaction.atomic
def subscription_ask(*, email: str, about: Round | Programme) -> Subscription:
    """Sends the question whether to tell this address; who asks again gets a new link, also when it is confirmed.

    Raises DomainError `too-late` when no reminder of the deadline could still come.
    """
    if isinstance(about, Round) and not can_remind(about):
        raise DomainError("There is no time left for a reminder: see the closing date on the round’s page.", "too-late")
    subject: dict[str, Any] = {"round" if isinstance(about, Round) else "programme": about}
    standing = Subscription.objects.standing().select_for_update(of=("self",))
    subscription, _ = standing.get_or_create(email=email.strip().lower(), **subject)
    if subscription.confirmed_at is None:
        subscription.asked_at = clock.now()
        if isinstance(about, Programme):
            subscription.open_round = Round.objects.open().filter(cohort__programme=about).first()
    _tell(subscription, "asked_confirm", known=subscription.confirmed_at is not None, expires=subscription.expires_at)
    return subscription


def _tell(subscription: Subscription, kind: str, **context: Any) -> Email:
    """Every email has a link of its own to the page that stops it; the row is saved with it."""
    token = token_new()
    subscription.link_hashes = [*subscription.link_hashes, token_hash(token)]
    subscription.save()
    return email_queue(
        kind=kind,
        to=subscription.email,
        about=subscription,
        context={"asked": asked_words(subscription.subject)} | context,
        secrets={"link": site_link("reminder_link", token=token)},
    )


def _lock(subscription: Subscription) -> Subscription:
    """Raises DomainError `gone` for one that a job has deleted meanwhile."""
    rows = Subscription.objects.with_subject().select_for_update(of=("self",))
    locked = rows.filter(pk=subscription.pk).first()
    if locked is None:
        raise DomainError("This reminder no longer exists. Nothing more will be sent for it.", code="gone")
    if locked.is_over:
        raise DomainError("This reminder is over. We will send nothing more for it.", code="over")
    return locked


@transaction.atomic
def subscription_confirm(*, subscription: Subscription) -> None:
    """A second press changes nothing. Raises DomainError `gone`, `over`, `cancelled` or `expired`."""
    subscription = _lock(subscription)
    if subscription.cancelled_at:
        raise DomainError("You have stopped this reminder. Ask for it again if you want it.", code="cancelled")
    if subscription.has_expired:
        raise DomainError("This link has expired. Ask for the reminder again to get a new one.", code="expired")
    if subscription.confirmed_at is None:
        subscription.confirmed_at = clock.now()
        subscription.save(update_fields=["confirmed_at"])


@transaction.atomic
def subscription_cancel(*, subscription: Subscription) -> None:
    """A second press changes nothing. Raises DomainError `gone` or `over`."""
    subscription = _lock(subscription)
    if subscription.cancelled_at is None:
        subscription.cancelled_at = clock.now()
        subscription.save(update_fields=["cancelled_at"])


@transaction.atomic
def deadline_remind(*, subscription: Subscription) -> Email:
    """The caller holds the row's lock. It stands until the round has closed: a later date is told of again."""
    round, now = subscription.round, clock.now()
    assert round, "it is about a deadline"
    return _tell(
        subscription,
        "asked_deadline",
        cohort=cohort_words(round),
        closing=at_words(round.closes_at),
        left=left_words(round.closes_at, now),
        page=site_link("round_page", code=round.code),
    )


@transaction.atomic
def opening_tell(*, subscription: Subscription, round: Round) -> Email:
    """The caller holds the row's lock; one email is all that was asked for."""
    subscription.sent_at = clock.now()
    return _tell(
        subscription,
        "asked_opened",
        cohort=cohort_words(round),
        closing=at_words(round.closes_at),
        page=site_link("round_page", code=round.code),
    )


def subscriptions_clear() -> None:
    Subscription.objects.done_with(clock.now()).delete()


@transaction.atomic
def page_send(*, sender: str, to: str, page: Round | Programme, reader: Reader = Reader.HEADTEACHER) -> Email:
    """Fixed words and the sender's name: nobody can make us carry a message of their own."""
    if isinstance(page, Round):
        title, link = cohort_words(page), site_link("round_page", code=page.code)
        closing = at_words(page.closes_at) if page.is_open() else ""
    else:
        title, link, closing = page.name, site_link("programme_page", programme=page.slug), ""
    return email_queue(
        kind="page_sent",
        to=to.strip().lower(),
        context={"sender": sender, "page_title": title, "page": link, "closing": closing, "reader": reader},
    )
