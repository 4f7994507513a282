"""A lesson observation or an interview, for the hub and for the applicant."""

from typing import Any

from django.urls import reverse

from applications import permissions
from applications.enums import AssessmentAction, AssessmentState
from applications.models import Application, Assessment, AssessmentEvent, Criterion
from applications.presenters import timeline
from applications.services.engines import ASSESSMENT
from mastery_hub.accounts.models import User
from mastery_hub.common.calendars import Appointment
from mastery_hub.common.forms.wording import listed

ASSESSMENT_COLOURS: dict[str, str] = {
    AssessmentState.SCHEDULED: "blue",
    AssessmentState.HELD: "green",
    AssessmentState.CANCELLED: "grey",
}
EVENT_TITLES = {
    "arrange": "arranged",
    AssessmentAction.MOVE: "moved",
    AssessmentAction.HOLD: "held",
    AssessmentAction.CANCEL: "cancelled",
}


def assessment_tag(assessment: Assessment) -> dict[str, str]:
    state = AssessmentState(assessment.state)
    return {"text": state.label, "colour": ASSESSMENT_COLOURS[state]}


def assessment_rows(assessment: Assessment) -> list[dict[str, str]]:
    rows = [
        ("When", assessment.when),
        ("Where", assessment.place),
        ("By video", assessment.link),
        ("With", listed([str(person) for person in assessment.people])),
    ]
    return [{"key": key, "value": value} for key, value in rows if value]


def assessments_told(application: Application) -> list[dict[str, Any]]:
    """For the applicant's own page: what is arranged, and where; never what was written of it."""
    found = application.assessments.scheduled().filter(hub=application.hub_id).select_related("first", "second")
    return [
        {
            "title": assessment.get_kind_display(),
            "rows": assessment_rows(assessment),
            "calendar": reverse("application_calendar", args=[application.reference, assessment.pk]),
        }
        for assessment in found
    ]


def assessments_shown(application: Application, user: User) -> list[dict[str, Any]]:
    """On the hub's page of the application: each that this person may see, with a link to its own page."""
    found = Assessment.objects.visible_to(user).filter(application=application)
    return [
        {
            "title": assessment.get_kind_display(),
            "tag": assessment_tag(assessment),
            "rows": assessment_rows(assessment),
            "href": reverse("hub_assessment", args=[assessment.hub.slug, assessment.pk]),
        }
        for assessment in found.select_related("hub", "first", "second")
    ]


def assessment_steps(application: Application) -> list[dict[str, Any]]:
    events = AssessmentEvent.objects.filter(assessment__application=application).select_related("by", "assessment")
    return [step for event in events for step in timeline([event], titles(event.assessment))]


def titles(assessment: Assessment) -> dict[str, str]:
    return {action: f"{assessment.get_kind_display()} {done}" for action, done in EVENT_TITLES.items()}


def assessment_buttons(assessment: Assessment, user: User) -> list[dict[str, Any]]:
    """From the table and the predicates that the POST asks too."""
    can, where = set(ASSESSMENT.available(assessment, user)), [assessment.hub.slug, assessment.pk]
    found = []
    if may_score(assessment, user):
        found.append(("hub_assessment_scores", "Scores and notes"))
    if AssessmentAction.MOVE in can:
        found.append(("hub_assessment_move", "Move"))
    if AssessmentAction.CANCEL in can:
        found.append(("hub_assessment_cancel", "Cancel"))
    return [
        {"href": reverse(name, args=where), "text": text, "secondary": n > 0} for n, (name, text) in enumerate(found)
    ]


def may_score(assessment: Assessment, user: User) -> bool:
    """Before it begins there is nothing to write."""
    if assessment.state == AssessmentState.SCHEDULED:
        return AssessmentAction.HOLD in ASSESSMENT.available(assessment, user)
    return assessment.state == AssessmentState.HELD and permissions.can_score_assessment(user, assessment)


def assessment_scores(assessment: Assessment, criteria: list[Criterion]) -> list[dict[str, Any]]:
    given = {score.criterion_id: score for score in assessment.scores.select_related("by")}
    return [{"criterion": criterion, "score": given.get(criterion.pk)} for criterion in criteria]


def appointment(assessment: Assessment, *, for_hub: bool) -> Appointment:
    """As it stands in a calendar: the hub's people see whom they meet."""
    kind, application = assessment.get_kind_display(), assessment.application
    whose = f"{application.applicant}, {application.school}" if for_hub else str(assessment.hub)
    return Appointment(
        name=f"{assessment.kind}-{assessment.pk}",
        title=f"{kind}: {whose}",
        starts=assessment.starts_at,
        ends=assessment.ends_at,
        place=assessment.place or assessment.link,
        words="\n".join(f"{row['key']}: {row['value']}" for row in assessment_rows(assessment)),
        changes=assessment.events.count(),
        cancelled=assessment.state == AssessmentState.CANCELLED,
    )
