"""An exception from an essential rule: asked for, decided."""

from typing import Any

from applications.models import EligibilityException
from applications.services.notices.facts import application_facts, hub_leads, paragraphs, to_applicant
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_queue


def exception_asked(exception: EligibilityException) -> None:
    application, facts = exception.application, _to_decide(exception)
    for lead in hub_leads(application, exception.hub):
        email_queue(kind="exception_asked", to=lead.email, context=facts, about=application)


def exception_undecided(exception: EligibilityException, lead: User) -> Email:
    """Without the reason: it was told once, and is on the page."""
    facts = _to_decide(exception) | {"asked_on": clock.london(exception.asked_at).date()}
    return email_queue(kind="exception_undecided", to=lead.email, context=facts, about=exception.application)


def _to_decide(exception: EligibilityException) -> dict[str, Any]:
    page = site_link("hub_exception", hub=exception.hub.slug, pk=exception.pk)
    return application_facts(exception.application) | _exception_facts(exception) | {"page": page}


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
