"""The kinds of reminder of recruitment."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta

from applications.eligibility import submission_check
from applications.enums import State
from applications.models import Application
from mastery_hub.common import clock
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.models import Email, Reminder
from mastery_hub.messaging.reminders import Planned, ReminderKind, register
from mastery_hub.messaging.services import email_queue

DAYS_BEFORE = (14, 7, 3, 1)  # London calendar days before the closing day
HOUR = time(9)


def days_left(application: Application) -> int:
    return (clock.london(application.closes_at).date() - clock.today()).days


def draft_unfinished_plan() -> Iterator[Planned]:
    """For every draft of an open round, the reminders still ahead."""
    now = clock.now()
    drafts = Application.objects.with_deadlines(closes_at__gt=now).filter(state=State.DRAFT)
    for application in drafts.order_by("pk"):
        closing = clock.london(application.closes_at).date()
        for days in DAYS_BEFORE:
            due_at = datetime.combine(closing - timedelta(days=days), HOUR, tzinfo=clock.LONDON)
            if due_at > application.started_at and due_at > now - timedelta(days=1):
                yield Planned(
                    target=application, recipient_id=application.applicant_id, due_at=due_at, occasion=f"{days} days"
                )


def draft_of(reminder: Reminder) -> Application:
    assert isinstance(reminder.target, Application)
    return reminder.target


def draft_unfinished_still_wanted(reminder: Reminder) -> bool:
    application = draft_of(reminder)
    return application.state == State.DRAFT and application.is_open(clock.now())


def draft_unfinished_send(reminder: Reminder) -> Email:
    application = draft_of(reminder)
    cohort = application.round.cohort
    applicant = application.applicant
    return email_queue(
        kind="application_draft_unfinished",
        to=applicant.email,
        about=application,
        context={
            "applicant": str(applicant),
            "programme": cohort.programme.name,
            "cohort": cohort.name,
            "deadline": application.closes_at,
            "days_left": days_left(application),
            "missing": [failure.message for failure in submission_check(application)],
            "page": site_link("application_page", reference=application.reference),
        },
    )


register(
    ReminderKind("draft_unfinished", draft_unfinished_plan, draft_unfinished_still_wanted, draft_unfinished_send),
)
