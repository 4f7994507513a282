"""A hub that has left a request for an exception undecided is reminded: each of its leads, 7 and 14 days after it was
asked for, and only while there is something to decide."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.db.models import QuerySet

from applications.models import EligibilityException
from applications.services.notices import exception_undecided, hub_leads
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Membership
from mastery_hub.common import clock
from mastery_hub.messaging.models import Email, Reminder
from mastery_hub.messaging.reminders import Planned, ReminderKind

DAYS = (7, 14)
HOUR = time(9)  # in London
LATE = timedelta(days=1)


def undecided() -> QuerySet[EligibilityException]:
    """Of a draft or of a submitted application alike: the hub may decide before it is submitted."""
    related = ("application__round__cohort__programme", "application__applicant", "application__school", "outcome")
    return EligibilityException.objects.to_decide().select_related("hub", *related)


def moments(exception: EligibilityException) -> list[datetime]:
    asked = clock.london(exception.asked_at).date()
    return [datetime.combine(asked + timedelta(days=n), HOUR, tzinfo=clock.LONDON) for n in DAYS]


def plan() -> Iterator[Planned]:
    oldest = clock.now() - LATE
    waiting = list(EligibilityException.objects.to_decide().select_related("application").order_by("pk"))
    leads = defaultdict(list)
    held = Membership.objects.current().filter(hub__in={each.hub_id for each in waiting}, role=Role.HUB_LEAD)
    for hub, lead in held.order_by("pk").values_list("hub", "user"):
        leads[hub].append(lead)
    for exception in waiting:
        for lead in leads[exception.hub_id]:
            if lead != exception.application.applicant_id:
                for due_at in moments(exception):
                    if due_at > oldest:
                        yield Planned(exception, lead, due_at, f"{due_at:%Y-%m-%d}")


def still_wanted(reminder: Reminder) -> bool:
    """Asked under the exception's lock: a lead who decides in this very moment is not reminded of it."""
    exception = undecided().select_for_update(of=("self",)).filter(pk=reminder.target_id).first()
    if exception is None or reminder.recipient not in hub_leads(exception.application, exception.hub):
        return False
    due = [moment for moment in moments(exception) if moment <= clock.now()]
    return bool(due) and reminder.due_at == max(due)  # after an outage only the newest goes


def send(reminder: Reminder) -> Email:
    assert reminder.recipient, "planned for a lead"
    return exception_undecided(undecided().get(pk=reminder.target_id), reminder.recipient)


KIND = ReminderKind("exception_undecided", plan, still_wanted, send)
