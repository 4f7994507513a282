"""An exception from an essential rule: asked for, decided."""

from typing import Any

from applications.models import EligibilityException
from applications.services.notices.facts import application_facts, hub_leads, paragraphs, to_applicant
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.services import email_queue


def exception_asked(exception: EligibilityException) -> None:
    application = exception.application
    page = site_link("hub_exception", hub=exception.hub.slug, pk=exception.pk)
    facts = application_facts(application) | _exception_facts(exception) | {"page": page}
    for lead in hub_leads(application, exception.hub):
        email_queue(kind="exception_asked", to=lead.email, context=facts, about=application)


def exception_decided(exception: EligibilityException) -> None:
    kind = f"exception_{exception.state}"
    to_applicant(kind, exception.application, **_exception_facts(exception), decided_by=str(exception.decided_by))


def _exception_facts(exception: EligibilityException) -> dict[str, Any]:
    return {
        "hub": str(exception.hub),
        "rules": [f"{failure.question} {failure.answer}" for failure in exception.outcome.essential],
        "reason": paragraphs(exception.decision_reason or exception.reason),
        "submitted": exception.application.submitted_at is not None,
        "closes_at": exception.application.closes_at,
    }
