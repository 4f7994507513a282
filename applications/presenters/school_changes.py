"""Where a change of school stands: who has it, what happens next and by when."""

from typing import Any

from django.urls import reverse

from applications.enums import ONCE_OFFERED, SchoolChangeAction, SchoolChangeState, State
from applications.models import Application, SchoolChange, SchoolChangeEvent
from applications.services.engines import SCHOOL_CHANGE
from mastery_hub.common.templatetags.moments import day, moment

CHANGE_COLOURS: dict[str, str] = {
    SchoolChangeState.ASKED: "orange",
    SchoolChangeState.HANDED_ON: "blue",
    SchoolChangeState.AGREED: "green",
    SchoolChangeState.REFUSED: "red",
    SchoolChangeState.TAKEN_BACK: "grey",
}
EVENT_TITLES = {
    "ask": "Asked to take the place to another school",
    SchoolChangeAction.AGREE: "Change of school agreed",
    SchoolChangeAction.HAND_ON: "The new school’s hub asked to take them",
    SchoolChangeAction.TAKE: "Taken by the new school’s hub",
    SchoolChangeAction.SEND_BACK: "Not taken by the new school’s hub",
    SchoolChangeAction.REFUSE: "Change of school refused",
    SchoolChangeAction.TAKE_BACK: "Change of school taken back",
}
DECISIONS = tuple(action for action in SchoolChangeAction if action != SchoolChangeAction.TAKE_BACK)


def change_tag(change: SchoolChange) -> dict[str, str]:
    state = SchoolChangeState(change.state)
    return {"text": state.label, "colour": CHANGE_COLOURS[state]}


def latest_change(application: Application) -> SchoolChange | None:
    """Asks nothing where the page has learnt that there is none."""
    if application.state not in ONCE_OFFERED or not getattr(application, "has_school_changes", True):
        return None
    related = ("school", "school_before", "hub_before", "hub_after", "decided_by", "renewal")
    return application.school_changes.select_related(*related).first()


def pledge_words(change: SchoolChange) -> str:
    if change.state != SchoolChangeState.AGREED:
        return ""
    renewal = change.renewal
    if renewal and renewal.pledge_id:
        return f"{renewal.full_name} signed on {moment(renewal.answered_at)}"
    if renewal and renewal.answered_at:
        return f"{renewal.full_name} declined on {moment(renewal.answered_at)}: the hub talks to the school"
    return f"{change.head_name} is asked to sign by {day(change.pledge_by)}"


def change_told(application: Application) -> dict[str, Any] | None:
    """For the applicant's own page, while the place is held."""
    change = latest_change(application) if application.shown_state in (State.OFFERED, State.ACCEPTED) else None
    if change is None or change.state == SchoolChangeState.TAKEN_BACK:
        return None
    begins = f"Before your cohort begins on {day(application.round.cohort.academic_year.first_day)}"
    hub, school = change.deciding_hub, change.school
    waits = change.state in (SchoolChangeState.ASKED, SchoolChangeState.HANDED_ON)
    what = f"{hub} decides whether you take the place along to {school}. It is held for you meanwhile."
    if application.shown_state == State.OFFERED:
        what += " Answer your offer by its date all the same."
    who, when = str(hub), begins
    if change.state == SchoolChangeState.REFUSED:
        what = f"{hub} did not agree. You keep the place at {change.school_before}, or give it up."
        who, when = "You", ""
    elif change.state == SchoolChangeState.AGREED:
        signed = bool(change.renewal and change.renewal.pledge_id)
        what, who, when = f"{pledge_words(change)}. Your place goes along to {school}.", "", ""
        if not signed:
            what = f"{pledge_words(change)}. Your place is held, subject to this pledge."
            who, when = change.head_name, day(change.pledge_by)
    pairs = (
        ("New school", f"{school}, from {day(change.from_on)}"),
        ("Who has it now", who),
        ("What happens next", what),
        ("When", when),
        ("The hub writes", change.decision_reason),
    )
    return {"rows": [{"key": key, "value": value} for key, value in pairs if value], "waits": waits}


def change_rows(change: SchoolChange) -> list[dict[str, str]]:
    """For the hubs that decide."""
    not_met = [f"{failure.question} {failure.answer}" for failure in change.essential]
    decided = f"{moment(change.decided_at)} by {change.decided_by}" if change.decided_at else ""
    pairs = (
        ("Asked", moment(change.asked_at)),
        ("School now", f"{change.school_before}, {change.hub_before}"),
        ("New school", f"{change.school}, {change.hub_after}"),
        ("First day there", day(change.from_on)),
        ("Role there", change.job_title),
        ("New headteacher", f"{change.head_name}, {change.email}"),
        ("Eligibility", "\n".join(f"{said['question']} {said['answer']}" for said in change.answers)),
        ("Not met, essential", "\n".join(not_met)),
        ("Asks for an exception", change.words),
        ("Decided", decided),
        ("The hub’s reason", change.decision_reason),
        ("Pledge", pledge_words(change)),
    )
    return [{"key": key, "value": value} for key, value in pairs if value]


def change_shown(application: Application) -> dict[str, Any] | None:
    """On the page of one application, for its hub."""
    change = latest_change(application)
    if change is None or change.state == SchoolChangeState.TAKEN_BACK:
        return None
    href = reverse("hub_school_change", args=[change.hub_before.slug, change.pk])
    if application.hub_id != change.hub_before_id:
        href = reverse("hub_school_change", args=[change.hub_after.slug, change.pk])
    return {"tag": change_tag(change), "rows": change_rows(change), "href": href}


def change_steps(application: Application) -> list[dict[str, Any]]:
    if application.state not in ONCE_OFFERED:
        return []
    events = SchoolChangeEvent.objects.filter(school_change__application=application).select_related("by")
    return [{"title": EVENT_TITLES[e.action], "at": e.at, "by": str(e.by), "text": e.reason} for e in events]


def decisions_open_to(change: SchoolChange, user: Any) -> list[str]:
    return [action for action in SCHOOL_CHANGE.available(change, user) if action in DECISIONS]
