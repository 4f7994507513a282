"""What became of the request to the headteacher, as its applicant may follow it: never what was written."""

from applications.enums import SupportAction, SupportState
from applications.models.support import SupportRequest
from mastery_hub.common.forms.wording import listed
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.messaging.enums import EmailStatus, ReminderState
from mastery_hub.messaging.models import Email, Reminder

AUTOMATIC = ("headteacher_unanswered", "leader_unanswered")  # the reminders that go by the calendar
UNDELIVERED = "Could not be delivered. Check the address with {name}, then correct it here"


def support_track(support: SupportRequest) -> list[dict[str, str]]:
    """Rows for components/summary_list.html; only what has happened or is planned has one."""
    reminders = list(Reminder.objects.about(support).filter(kind__in=AUTOMATIC).exclude(state=ReminderState.CANCELLED))
    planned = [each.due_at for each in reminders if each.state == ReminderState.PLANNED]
    rows = [
        ("Sent to", support.email),
        ("Newest email", _email_words(support)),
        ("Opened", _opened_words(support)),
        ("Reminded", _reminded_words(support, [each for each in reminders if each.state == ReminderState.SENT])),
    ]
    if support.is_waiting:
        rows.append(("Next automatic reminder", moment(min(planned)) if planned else ""))
        rows.append(("Link works until", moment(support.link_expires_at)))
    return [{"key": key, "value": value} for key, value in rows if value]


def _email_words(support: SupportRequest) -> str:
    """Of the newest alone: one that came back before may have been put right since."""
    email = Email.objects.about(support).first()
    if email is None:
        return ""
    if email.is_undelivered:
        return UNDELIVERED.format(name=support.full_name) if support.is_waiting else "Could not be delivered"
    return f"Sent on {moment(email.sent_at)}" if email.status == EmailStatus.SENT else "Waiting to be sent"


def _opened_words(support: SupportRequest) -> str:
    opened = [each.at for each in support.events.all() if each.action == SupportAction.OPEN]
    if opened:
        return moment(opened[0])
    return "Not yet" if support.state == SupportState.REQUESTED else ""


def _reminded_words(support: SupportRequest, automatic: list[Reminder]) -> str:
    by_hand = [each.at for each in support.events.all() if each.action == "remind"]
    words = [f"by you on {moment(at)}" for at in by_hand]
    words += [f"automatically on {moment(each.due_at)}" for each in automatic]
    told = listed(words) if words else ""
    return told[:1].upper() + told[1:]
