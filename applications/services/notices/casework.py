"""A case handed to a colleague."""

from applications.models import CaseHolder
from applications.services.notices.facts import round_facts
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_queue


def case_given(given: CaseHolder) -> Email:
    """Names nobody but the colleague: whoever reviews blind may have a case too."""
    application, hub = given.application, given.application.hub
    assert hub, "what was submitted has a hub"
    facts = round_facts(application.round) | {
        "reference": application.reference,
        "colleague": str(given.given_by),
        "hub": str(hub),
        "page": site_link("hub_application", hub=hub.slug, reference=application.reference),
    }
    return email_queue(kind="case_given", to=given.person.email, context=facts, about=application)
