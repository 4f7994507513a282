"""Who is told what of a change of school while a place is held."""

from typing import Any

from applications.enums import SchoolChangeAction
from applications.models import HeadteacherSupport, SchoolChange
from applications.services.notices.facts import application_facts, hub_leads, paragraphs, reserves, to_applicant
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.services import email_queue


def _facts(change: SchoolChange) -> dict[str, Any]:
    return {
        "school": str(change.school_before),
        "hub": str(change.hub_before),
        "new_school": str(change.school),
        "new_hub": str(change.hub_after),
        "from_on": change.from_on,
        "new_head": change.head_name,
        "pledge_by": change.pledge_by,
        "reason": paragraphs(change.decision_reason),
        "rules": [f"{failure.question} {failure.answer}" for failure in change.essential],
    }


def _to_hub(kind: str, change: SchoolChange, hub: MathsHub, **extra: Any) -> None:
    page = site_link("hub_school_change", hub=hub.slug, pk=change.pk)
    facts = application_facts(change.application) | _facts(change) | {"page": page} | extra
    for lead in hub_leads(change.application, hub):
        email_queue(kind=kind, to=lead.email, context=facts, about=change.application)


def change_asked(change: SchoolChange) -> None:
    _to_hub("school_change_asked_hub", change, change.deciding_hub, handed_on=False)


def change_taken_back(change: SchoolChange) -> None:
    for hub in {change.hub_before, *([change.hub_after] if change.handed_on else [])}:
        _to_hub("school_change_taken_back_hub", change, hub)


def change_decided(change: SchoolChange, action: str) -> None:
    if action in (SchoolChangeAction.HAND_ON, SchoolChangeAction.SEND_BACK):
        handed_on = action == SchoolChangeAction.HAND_ON
        _to_hub("school_change_asked_hub", change, change.deciding_hub, handed_on=handed_on)
        return
    application = change.application
    facts = _facts(change) | {"stays": application.hub_id == change.hub_before_id}
    to_applicant(f"school_change_{change.state}", application, **facts)
    if action == SchoolChangeAction.TAKE:
        waiting = reserves(application, change.hub_before)
        _to_hub("school_change_taken_hub", change, change.hub_before, reserves=waiting)


def change_left(change: SchoolChange, support: HeadteacherSupport) -> None:
    """To whoever signed for the school before."""
    signer = support.newest_signer
    facts = application_facts(change.application) | _facts(change) | {"headteacher": signer.full_name}
    email_queue(kind="school_change_left", to=signer.email, context=facts, about=change.application)
