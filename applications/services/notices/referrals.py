"""Who is told what of a referral, so that each knows who has the application, what comes next and by when."""

from decimal import Decimal
from typing import Any

from applications.enums import ReferralState
from applications.models import Referral
from applications.services.notices.facts import application_facts, hub_leads, paragraphs, to_applicant, to_headteacher
from mastery_hub.accounts.models import User
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_queue


def _facts(referral: Referral) -> dict[str, Any]:
    return {
        "from_hub": str(referral.from_hub),
        "to_hub": str(referral.to_hub),
        "reply_by": referral.reply_by,
        "reason": paragraphs(referral.words),
        "decision": paragraphs(referral.decision_reason),
        "on_reserve": referral.application.shown_state == "reserved",
    }


def _to_hub(kind: str, referral: Referral, hub: MathsHub, **extra: Any) -> None:
    page = site_link("hub_referral", hub=hub.slug, pk=referral.pk)
    facts = application_facts(referral.application) | _facts(referral) | {"page": page} | extra
    for lead in hub_leads(referral.application, hub):
        email_queue(kind=kind, to=lead.email, context=facts, about=referral.application)


def _told_sender(referral: Referral, standing: str) -> None:
    _to_hub("referral_news_hub", referral, referral.from_hub, standing=standing)


def _ask(kind: str, referral: Referral) -> Email:
    page = site_link("application_referral", reference=referral.application.reference)
    return to_applicant(kind, referral.application, **(_facts(referral) | {"page": page}))


def referral_proposed(referral: Referral, *, miles: Decimal) -> None:
    _to_hub("referral_proposed_hub", referral, referral.from_hub, miles=miles)


def referral_asked(referral: Referral) -> None:
    _ask("referral_asked", referral)


def referral_unanswered(referral: Referral) -> Email:
    return _ask("referral_unanswered", referral)


def referral_consented(referral: Referral) -> None:
    _to_hub("referral_received_hub", referral, referral.to_hub)
    _told_sender(referral, f"The applicant has consented. {referral.to_hub} reads the application now and answers.")


def referral_refused(referral: Referral) -> None:
    _told_sender(referral, "The applicant does not want to be referred. Nothing else has changed.")


def referral_accepted(referral: Referral) -> None:
    to_applicant("referral_accepted", referral.application, **_facts(referral))
    to_headteacher("referral_accepted_headteacher", referral.application, **_facts(referral))
    _told_sender(referral, f"{referral.to_hub} has taken the application on. It is in your list no longer.")


def referral_declined(referral: Referral) -> None:
    to_applicant("referral_declined", referral.application, **_facts(referral))
    _told_sender(referral, f"{referral.to_hub} cannot take the application on. It is with your hub, as it was.")


def referral_taken_back(referral: Referral, *, by: User, was: str) -> None:
    """Whoever took it back knows; the other hub loses sight of what it was reading."""
    referral_gone(referral, was=was)
    if by.pk == referral.application.applicant_id:
        _told_sender(referral, "The applicant has taken their consent back. The application is with your hub.")
    else:
        to_applicant("referral_taken_back", referral.application, **_facts(referral))


def referral_gone(referral: Referral, *, was: str) -> None:
    """To the other hub, where it has read what it can read no longer."""
    if was == ReferralState.CONSENTED:
        page = site_link("hub_referral_list", hub=referral.to_hub.slug)
        _to_hub("referral_gone_hub", referral, referral.to_hub, page=page)


def referral_lapsed(referral: Referral, *, was: str) -> None:
    if was == ReferralState.PROPOSED:  # the applicant never heard of it
        _told_sender(referral, "Nobody at your hub has answered what NCETM proposed in time.")
        return
    late = {"late": str(referral.to_hub) if was == ReferralState.CONSENTED else ""}
    to_applicant("referral_lapsed", referral.application, **(_facts(referral) | late))
    referral_gone(referral, was=was)
    who = referral.to_hub if was == ReferralState.CONSENTED else "The applicant"
    _told_sender(referral, f"{who} has not answered in time. The application is with your hub, as it was.")
