"""What NCETM and the jobs do with a hub’s decisions, places and reserve list; and a letter that was sent in error."""

from typing import Any

from applications.models import Application, Decision, PlaceMove, Round
from applications.services.notices.facts import paragraphs, round_facts, to_applicant, to_headteacher, to_hub
from applications.services.reserve_list import reserve_facts
from cohorts.models import HubPlaces
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Membership, User
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.services import email_queue


def _to_leads(kind: str, round: Round, hub: MathsHub, page: str, **extra: Any) -> None:
    """About the round as such, so all of the hub's leads."""
    facts = round_facts(round) | {"hub": str(hub), "page": site_link(page, hub=hub.slug, code=round.code)} | extra
    held = Membership.objects.current().filter(hub=hub, role=Role.HUB_LEAD)
    for lead in User.objects.filter(pk__in=held.values("user")):
        email_queue(kind=kind, to=lead.email, context=facts, about=round)


def decisions_confirmed(round: Round, hub: MathsHub, number: int) -> None:
    _to_leads("decisions_confirmed_hub", round, hub, "hub_decisions", number=number, releases_at=round.releases_at)


def decisions_returned(round: Round, hub: MathsHub, number: int, reason: str) -> None:
    _to_leads("decisions_returned_hub", round, hub, "hub_decisions", number=number, why=paragraphs(reason))


def places_moved(move: PlaceMove) -> None:
    """The hub that receives reads who is next on its reserve list."""
    told = {"number": move.number, "why": paragraphs(move.reason)}
    told |= {"from_hub": str(move.from_hub), "to_hub": str(move.to_hub)}
    nobody = {"reserves": 0, "next_reserve": "", "automatic": False}
    quotas = {each.hub_id: each for each in HubPlaces.objects.filter(cohort=move.round.cohort_id)}
    for hub in (move.from_hub, move.to_hub):
        receives, quota = hub == move.to_hub, quotas[hub.pk]
        now: dict[str, Any] = {"receives": receives, "places": quota.places, "places_left": quota.left}
        now |= reserve_facts(move.round, hub) if receives else nobody
        _to_leads("places_moved_hub", move.round, hub, "hub_reserves", **told, **now)


def reserve_offered(application: Application) -> None:
    offer = application.offers.first()
    assert offer, "who was offered a place has an offer"
    to_hub("reserve_offered_hub", application, offer=offer)


def reserve_passed_over(application: Application, why: str) -> None:
    to_hub("reserve_passed_over_hub", application, why=[why])


def decision_undone(application: Application, decision: Decision) -> None:
    """To everybody who was sent the letter that is taken back."""
    told = {"reserve": decision.outcome == "reserve", "why": paragraphs(decision.undo_reason)}
    to_applicant("decision_undone", application, **told)
    to_headteacher("decision_undone_headteacher", application, **told)
