"""The subject leader’s part."""

from typing import Any

from applications.models import SubjectLeaderSupport
from applications.services.notices.facts import application_facts, to_applicant
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_queue


def _leader_facts(support: SubjectLeaderSupport) -> dict[str, Any]:
    return application_facts(support.application) | {
        "leader": support.full_name,
        "role": support.role_words,
        "deadline": support.application.support_closes_at,
        "address": support.email,
    }


def leader_link(support: SubjectLeaderSupport, token: str, *, kind: str) -> Email:
    facts = _leader_facts(support) | {"expires": support.link_expires_at, "waiting": support.is_waiting}
    secrets = {"link": site_link("leader_link", token=token)}
    return email_queue(kind=kind, to=support.email, context=facts, about=support, secrets=secrets)


def leader_signed(support: SubjectLeaderSupport) -> None:
    """The signer gets a copy of what was signed, and the applicant hears that it was."""
    facts = _leader_facts(support) | {"signed_as": support.signed_as, "signed_at": support.answered_at}
    email_queue(kind="leader_copy", to=support.email, context=facts, about=support.application)
    to_applicant("leader_signed", support.application, leader=support.full_name)


def leader_declined(support: SubjectLeaderSupport) -> None:
    deadline = support.application.support_closes_at
    to_applicant("leader_declined", support.application, leader=support.full_name, deadline=deadline)


def leader_silent(support: SubjectLeaderSupport) -> Email:
    page = site_link("application_subject_leader", reference=support.application.reference)
    facts = _leader_facts(support) | {"asked_at": support.requested_at, "page": page}
    email = support.application.applicant.email
    return email_queue(kind="leader_silent", to=email, context=facts, about=support.application)


def leader_undelivered(support: SubjectLeaderSupport) -> Email:
    page = site_link("application_subject_leader", reference=support.application.reference)
    facts = _leader_facts(support) | {"page": page}
    email = support.application.applicant.email
    return email_queue(kind="leader_undelivered", to=email, context=facts, about=support.application)
