"""A lesson observation or an interview: the applicant, the headteacher, who releases them from class, and the hub's two
people hear of it when it is arranged, moved and cancelled."""

from typing import Any

from applications.enums import AssessmentKind
from applications.models import Assessment
from applications.services.notices.facts import application_facts, paragraphs, to_applicant, to_headteacher
from mastery_hub.accounts.models import User
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.services import email_queue

HUB_LINKS = {"page": "hub_assessment", "calendar": "hub_assessment_calendar"}


def assessment_arranged(assessment: Assessment, *, before: Assessment | None = None, words: str = "") -> None:
    """`before` is what it was until it was moved."""
    application, facts = assessment.application, _facts(assessment, words) | {"moved": before.when if before else ""}
    calendar = site_link("application_calendar", reference=application.reference, pk=assessment.pk)
    to_applicant("assessment_arranged", application, **(facts | {"calendar": calendar}))
    to_headteacher("assessment_arranged_headteacher", application, **facts)
    where = {"hub": assessment.hub.slug, "pk": assessment.pk}
    links = {name: site_link(route, **where) for name, route in HUB_LINKS.items()}
    for person in assessment.people:
        _to_person("assessment_arranged_hub", assessment, person, **(facts | links))
    if before is None:
        return
    for person in before.people:
        if person not in assessment.people:
            _to_person(
                "assessment_cancelled_hub",
                assessment,
                person,
                **(_facts(before, words) | _listed(before, replaced=True)),
            )


def assessment_cancelled(assessment: Assessment, *, words: str, withdrawn: bool = False) -> None:
    """Of a withdrawal the applicant and the headteacher have heard already."""
    facts = _facts(assessment, words)
    if not withdrawn:
        to_applicant("assessment_cancelled", assessment.application, **facts)
        to_headteacher("assessment_cancelled_headteacher", assessment.application, **facts)
    for person in assessment.people:
        _to_person("assessment_cancelled_hub", assessment, person, **(facts | _listed(assessment, replaced=False)))


def _listed(assessment: Assessment, *, replaced: bool) -> dict[str, Any]:
    """`replaced`: it takes place, but not with this person, who can no longer open its page."""
    return {"page": site_link("hub_assessment_list", hub=assessment.hub.slug), "replaced": replaced}


def _to_person(kind: str, assessment: Assessment, person: User, **facts: Any) -> None:
    told = application_facts(assessment.application) | {"colleague": str(person)} | facts
    email_queue(kind=kind, to=person.email, context=told, about=assessment.application)


def _facts(assessment: Assessment, words: str) -> dict[str, Any]:
    kind = assessment.get_kind_display()
    return {
        "what": kind.lower(),
        "What": kind,
        "a_what": f"{'an' if assessment.kind == AssessmentKind.INTERVIEW else 'a'} {kind.lower()}",
        "when": assessment.when,
        "place": assessment.place,
        "online": assessment.link,
        "people": [str(person) for person in assessment.people],
        "message": paragraphs(words),
    }
