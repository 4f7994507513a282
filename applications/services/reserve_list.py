"""Who is next on a hub's reserve list, and how many places there are for it."""

from typing import Any

from django.db.models import QuerySet, Sum

from applications import permissions
from applications.enums import HOLDING_A_PLACE, PROPOSED, Action, Outcome, State
from applications.models import Application, Decision, Deferral, Offer, PanelOrder, PlaceMove, Round, SelectionPlan
from cohorts.models import HubPlaces
from mastery_hub.directory.models import MathsHub


def places_for_reserves(round: Round, hub: MathsHub, quota: HubPlaces) -> int:
    """Of those left, none that is kept for people who deferred; and while the hub is still deciding, no more than were
    free again. Why a place is free is told by what happened: an offer that ended, a place given back, or one that NCETM
    moved in."""
    left = quota.left - Deferral.objects.promised(round.cohort).filter(hub=hub).count()
    here = Application.objects.filter(hub=hub, round=round)
    if left < 1 or not here.filter(state__in=PROPOSED | {State.COMPLETE}).exists():
        return left
    over = Offer.objects.filter(application__hub=hub, application__round=round)
    over = over.exclude(application__state__in=sorted(HOLDING_A_PLACE))
    moved = PlaceMove.objects.filter(round=round, to_hub=hub).aggregate(n=Sum("number"))["n"] or 0
    offers = Decision.objects.at(hub, round).filter(outcome=Outcome.OFFER, released_at__isnull=False)
    refilled = offers.filter(application__decisions__in=_once_reserved()).distinct().count()
    return min(left, over.count() + moved - refilled)


def _once_reserved() -> QuerySet[Decision]:
    return Decision.objects.filter(outcome=Outcome.RESERVE, released_at__isnull=False, undone_at=None)


def offers_by_itself(round: Round, hub: MathsHub | int | None) -> bool:
    """Where the hub wants it, and NCETM does not confirm each decision of the round first."""
    wanted = SelectionPlan.objects.filter(round=round, hub=hub, offers_reserves=True)
    return not round.confirms_decisions and wanted.exists()


def next_reserve(round: Round, hub: MathsHub | int | None) -> Application | None:
    """The first on the list whom nothing keeps from being offered a place."""
    application: Application
    for application in PanelOrder.objects.reserves(hub, round).with_people():
        if not permissions.what_bars_place(application, Action.PROPOSE_OFFER):
            return application
    return None


def reserve_facts(round: Round, hub: MathsHub | int | None) -> dict[str, Any]:
    """For emails that tell of a place that is free again; the next one's name goes to nobody who may be that one."""
    number = Application.objects.filter(hub=hub, round=round, state=State.RESERVED).count()
    first = next_reserve(round, hub) if number else None
    named = first and hub and not first.applicant.memberships.current().filter(hub=hub).exists()
    return {
        "reserves": number,
        "next_reserve": str(first.applicant) if first and named else "",
        "automatic": bool(first) and offers_by_itself(round, hub),
    }
