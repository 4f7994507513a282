"""What NCETM changes in a round: terms, documents, dates, more time."""

from datetime import datetime
from typing import Any

from applications.eligibility import who_to_ask_again
from applications.models import Application, Extension, InformationDocument
from applications.services.notices.facts import paragraphs, round_facts, to_applicant
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Membership, User
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_queue


def terms_changed(application: Application, changes: list[Any]) -> Email:
    asked_no_more = [a for a in application.answers.all() if a.question.terms_id != application.terms_id]
    kept = sum(bool(answer.text.strip()) for answer in asked_no_more)
    told_of = {"changes": changes, "kept": kept, "ask_again": who_to_ask_again(application)}
    return to_applicant("terms_changed", application, **told_of)


def round_closed_early(application: Application, *, closed_at: datetime, was: datetime, reason: str) -> Email:
    told = {"closed_at": closed_at, "was": was, "why": paragraphs(reason)}
    return to_applicant("round_closed_early", application, **told)


def round_reopened(application: Application) -> Email:
    return to_applicant(
        "round_reopened",
        application,
        submitted=application.submitted_at is not None,
        closes_at=application.closes_at,
        support_closes_at=application.support_closes_at,
    )


def information_changed(application: Application, document: InformationDocument) -> Email:
    link = site_link("round_information", code=application.round.code)
    news = paragraphs(document.changes)
    return to_applicant("information_changed", application, version=document.version, news=news, document=link)


def extension_given(application: Application) -> Email:
    return to_applicant("extension_given", application, **_windows(application))


def extension_cancelled(application: Application, *, reason: str) -> Email:
    return to_applicant("extension_cancelled", application, why=paragraphs(reason), **_windows(application))


def _windows(application: Application) -> dict[str, Any]:
    return {"draft": application.is_draft, "deadline": application.closes_at, "support": application.support_closes_at}


def extension_given_to_begin(extension: Extension) -> None:
    """To one who was given more time and has nothing in hand yet."""
    if extension.applicant and extension.closes_at:
        link = site_link("application_start", code=extension.round.code)
        facts = round_facts(extension.round) | {
            "applicant": extension.applicant.full_name or extension.applicant.email,
            "deadline": extension.closes_at,
            "page": link,
        }
        kind = "extension_given_to_begin"
        email_queue(kind=kind, to=extension.applicant.email, context=facts, about=extension)


def extension_given_hub(extension: Extension) -> None:
    _extension_to_hub("extension_given_hub", extension, extension.reason)


def extension_cancelled_hub(extension: Extension) -> None:
    _extension_to_hub("extension_cancelled_hub", extension, extension.cancel_reason)


def _extension_to_hub(kind: str, extension: Extension, reason: str) -> None:
    assert extension.hub, "only a hub has leads"
    facts = round_facts(extension.round) | {
        "hub": str(extension.hub),
        "deadline": extension.closes_at,
        "support": extension.support_closes_at,
        "why": paragraphs(reason),
        "page": site_link("hub_application_list", hub=extension.hub.slug),
    }
    held = Membership.objects.current().filter(hub=extension.hub, role=Role.HUB_LEAD)
    for lead in User.objects.filter(pk__in=held.values("user")):
        email_queue(kind=kind, to=lead.email, context=facts, about=extension)
