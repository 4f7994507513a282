"""Who is told what of a place that is kept for the next cohort."""

from collections.abc import Collection
from typing import Any

from applications.models import Deferral, Round
from applications.services.notices.facts import (
    application_facts,
    hub_leads,
    paragraphs,
    round_facts,
    to_applicant,
    to_headteacher,
    to_hub,
)
from applications.services.reserve_list import reserve_facts
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Membership, User
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_queue


def _facts(deferral: Deferral) -> dict[str, Any]:
    return {
        "hub": str(deferral.hub),
        "reason": paragraphs(deferral.decision_reason or deferral.reason),
        "until": deferral.until,
        "next_cohort": str(deferral.places.cohort) if deferral.places else "",
    }


def _to_decide(deferral: Deferral) -> dict[str, Any]:
    page = site_link("hub_deferral", hub=deferral.hub.slug, pk=deferral.pk)
    return application_facts(deferral.application) | _facts(deferral) | {"page": page}


def deferral_asked(deferral: Deferral) -> None:
    application, facts = deferral.application, _to_decide(deferral)
    for lead in hub_leads(application, deferral.hub):
        email_queue(kind="deferral_asked_hub", to=lead.email, context=facts, about=application)
    to_applicant("deferral_asked", application, **_facts(deferral))


def deferral_undecided(deferral: Deferral, lead: User) -> Email:
    begins = deferral.application.round.cohort.academic_year.first_day
    facts = _to_decide(deferral) | {"begins": begins}
    return email_queue(kind="deferral_undecided", to=lead.email, context=facts, about=deferral.application)


def deferral_taken_back(deferral: Deferral) -> None:
    to_hub("deferral_taken_back_hub", deferral.application)


def deferral_refused(deferral: Deferral) -> None:
    to_applicant("deferral_refused", deferral.application, **_facts(deferral))


def deferral_granted(deferral: Deferral) -> None:
    """The hub hears what a withdrawal would tell it: a place of this cohort is free for its reserve list."""
    application, told = deferral.application, _facts(deferral)
    to_applicant("deferral_granted", application, **told)
    to_headteacher("deferral_granted_headteacher", application, **told)
    to_hub("deferral_granted_hub", application, **(told | reserve_facts(application.round, application.hub)))


def deferral_taken_up(deferral: Deferral) -> None:
    to_applicant("deferral_taken_up", deferral.application, **_facts(deferral))
    to_headteacher("deferral_taken_up_headteacher", deferral.application, **_facts(deferral))


def promises_due(round: Round, hubs: Collection[int]) -> None:
    """To the leads of those hubs, which have just been given places: what they have promised can be taken up. Nobody
    is told of their own."""
    promised: dict[int, list[Deferral]] = {}
    for deferral in Deferral.objects.promised(round.cohort).filter(hub__in=hubs).select_related("application", "hub"):
        promised.setdefault(deferral.hub_id, []).append(deferral)
    leading = Membership.objects.current().filter(hub__in=list(promised), role=Role.HUB_LEAD)
    for membership in leading.select_related("user", "hub"):
        assert membership.hub, "a lead leads a hub"
        number = sum(each.application.applicant_id != membership.user_id for each in promised[membership.hub.pk])
        if number:
            page = site_link("hub_deferral_list", hub=membership.hub.slug)
            facts = round_facts(round) | {"hub": str(membership.hub), "number": number, "page": page}
            email_queue(kind="promises_due_hub", to=membership.user.email, context=facts, about=round)
