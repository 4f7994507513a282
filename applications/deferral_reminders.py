"""To leads, while somebody waits to hear whether they may begin later: once the cohort begins it is too late."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime, time, timedelta

from django.db.models import QuerySet

from applications.enums import DeferralState
from applications.models import Deferral
from applications.services.notices import deferral_undecided, hub_leads
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Membership
from mastery_hub.common import clock
from mastery_hub.common.academic_year import AcademicYear
from mastery_hub.messaging.models import Email, Reminder
from mastery_hub.messaging.reminders import Planned, ReminderKind

DAYS = (14, 3)
HOUR = time(9)  # in London
LATE = timedelta(days=1)


def undecided() -> QuerySet[Deferral]:
    begun = AcademicYear.of(clock.today()).starts
    asked = Deferral.objects.filter(state=DeferralState.ASKED, application__round__cohort__starts__gt=begun)
    return asked.select_related("application__round__cohort__programme", "application__applicant", "hub")


def moments(deferral: Deferral) -> list[datetime]:
    first = deferral.application.round.cohort.academic_year.first_day
    mornings = (datetime.combine(first - timedelta(days=n), HOUR, tzinfo=clock.LONDON) for n in DAYS)
    return [morning for morning in mornings if morning > deferral.asked_at]


def plan() -> Iterator[Planned]:
    waiting, oldest = list(undecided().order_by("pk")), clock.now() - LATE
    leads = defaultdict(list)
    held = Membership.objects.current().filter(hub__in=[each.hub_id for each in waiting], role=Role.HUB_LEAD)
    for hub, lead in held.order_by("pk").values_list("hub", "user"):
        leads[hub].append(lead)
    for deferral in waiting:
        for lead in leads[deferral.hub_id]:
            if lead != deferral.application.applicant_id:
                for due_at in moments(deferral):
                    if due_at > oldest:
                        yield Planned(deferral, lead, due_at, f"{due_at:%Y-%m-%d}")


def still_wanted(reminder: Reminder) -> bool:
    deferral = undecided().filter(pk=reminder.target_id).first()
    if deferral is None or reminder.recipient not in hub_leads(deferral.application, deferral.hub):
        return False
    due = [moment for moment in moments(deferral) if moment <= clock.now()]
    return bool(due) and reminder.due_at == max(due)  # after an outage only the newest goes


def send(reminder: Reminder) -> Email:
    assert reminder.recipient, "planned for a lead"
    return deferral_undecided(undecided().get(pk=reminder.target_id), reminder.recipient)


KIND = ReminderKind("deferral_undecided", plan, still_wanted, send)
