"""What every email says of its round and application, and to whom it goes."""

from typing import Any

from applications.enums import State
from applications.models import Application, HeadteacherSupport, PledgeRenewal, Round
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Membership, User
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_queue


def round_facts(round: Round) -> dict[str, Any]:
    cohort = round.cohort
    return {
        "programme": cohort.programme.name,
        "cohort": cohort.name,
        "academic_year": str(cohort.academic_year),
        "round": round,
    }


def application_facts(application: Application) -> dict[str, Any]:
    return round_facts(application.round) | {
        "reference": application.reference,
        "applicant": application.applicant.full_name or application.applicant.email,
        "school": application.school.name if application.school else "",
        "hub": str(application.hub or ""),
    }


def to_applicant(kind: str, application: Application, **extra: Any) -> Email:
    link = site_link("application_page", reference=application.reference)
    return email_queue(
        kind=kind,
        to=application.applicant.email,
        context=application_facts(application) | {"page": link} | extra,
        about=application,
    )


def hub_leads(application: Application, hub: MathsHub | None = None) -> list[User]:
    """Leads of the application's hub, or of another one, except an applicant who is one of them."""
    held = (
        Membership.objects.current()
        .filter(hub=hub or application.hub_id, role=Role.HUB_LEAD)
        .exclude(user=application.applicant_id)
    )
    return list(User.objects.filter(pk__in=held.values("user")))


def to_hub(kind: str, application: Application, **extra: Any) -> None:
    assert application.hub, "what was submitted has a hub"
    page = site_link("hub_application", hub=application.hub.slug, reference=application.reference)
    for lead in hub_leads(application):
        email_queue(
            kind=kind, to=lead.email, context=application_facts(application) | {"page": page} | extra, about=application
        )


def signs_no_more(signer: HeadteacherSupport | PledgeRenewal, application: Application) -> bool:
    """Whoever signed for the school before, while the one after has yet to sign: nothing is told them of it."""
    return signer.pledge is not None and signer.pledge.school_id != application.school_id


def to_headteacher(kind: str, application: Application, **extra: Any) -> None:
    support = application.supports.filter(state="signed").first()
    signer = support.newest_signer if support else None
    if signer and not signs_no_more(signer, application):
        facts = application_facts(application) | {"headteacher": signer.full_name}
        email_queue(kind=kind, to=signer.email, context=facts | extra, about=application)


def reserves(application: Application, hub: MathsHub | None = None) -> int:
    """How many wait for a place that is free again, at the application's hub or at the one that it has left."""
    at = hub.pk if hub else application.hub_id
    return Application.objects.filter(hub=at, round=application.round_id, state=State.RESERVED).count()


def paragraphs(text: str) -> list[str]:
    return [" ".join(part.split()) for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
