"""A decision released, and what becomes of an offer."""

from datetime import datetime
from types import SimpleNamespace

from applications.enums import Outcome
from applications.models import Application, Decision, Offer
from applications.services.notices.facts import (
    application_facts,
    paragraphs,
    to_applicant,
    to_headteacher,
    to_hub,
)
from applications.services.reserve_list import reserve_facts
from mastery_hub.messaging.kinds import kind_named
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.rendering import Rendered, email_render


def offer_unanswered(offer: Offer, *, left: str) -> Email:
    return to_applicant("offer_unanswered", offer.application, offer=offer, left=left)


def decision_released(application: Application, decision: Decision) -> None:
    offer = getattr(decision, "offer", None) if decision.outcome == Outcome.OFFER else None
    written = {"feedback": paragraphs(decision.feedback), "words": paragraphs(decision.letter)}
    to_applicant(f"outcome_{decision.outcome}", application, offer=offer, **written)
    to_headteacher(f"outcome_{decision.outcome}_headteacher", application, offer=offer)


def offer_accepted(application: Application) -> None:
    to_applicant("offer_accepted", application)
    to_hub("offer_accepted_hub", application)
    to_headteacher("offer_accepted_headteacher", application)


def offer_declined(application: Application) -> None:
    to_applicant("offer_declined", application)
    to_hub("offer_declined_hub", application, **reserve_facts(application.round, application.hub))


def offer_lapsed(application: Application) -> None:
    to_applicant("offer_lapsed", application)
    to_hub("offer_lapsed_hub", application, **reserve_facts(application.round, application.hub))


def outcome_letter(application: Application, decision: Decision, *, reply_by: datetime, words: str) -> Rendered:
    """The applicant's letter as it would be sent if the decision were released now; nothing is queued."""
    link = site_link("application_page", reference=application.reference)
    written = {"feedback": paragraphs(decision.feedback), "words": paragraphs(words)}
    said = {"page": link, "offer": SimpleNamespace(reply_by=reply_by)}
    return email_render(kind_named(f"outcome_{decision.outcome}"), application_facts(application) | written | said)
