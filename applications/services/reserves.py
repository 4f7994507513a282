"""A place that is free again goes to the next on a hub's reserve list, by a job, where the hub wants it."""

import logging

from django.db import transaction
from django.db.models import F

from applications.enums import Action, Outcome, State
from applications.models import Application, Decision, PanelOrder, ReserveSkip, Round, SelectionPlan
from applications.services import notices
from applications.services.engines import application_move
from applications.services.letters import letter_words
from applications.services.reserve_list import offers_by_itself, places_for_reserves
from applications.services.selection import decision_send
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub

log = logging.getLogger(__name__)
BY_LIST = "Next on the hub’s reserve list, in the order that its leads gave it."


def reserves_offer() -> int:
    """Job: how many places it offered, each in a transaction of its own. Whoever is killed between two of them leaves
    the rest to the next run."""
    offered = 0
    for plan in _plans():
        try:
            while reserve_offer_next(round=plan.round, hub=plan.hub):
                offered += 1
        except Exception:
            log.exception("The reserve list of %s could not be offered places", plan)
    return offered


def _plans() -> list[SelectionPlan]:
    """Of hubs that turned it on, have a place left and somebody on the list."""
    left = HubPlaces.objects.filter(taken__lt=F("places")).values_list("cohort", "hub")
    waiting = Application.objects.filter(state=State.RESERVED).order_by().values_list("round", "hub").distinct()
    free, lists = set(left), set(waiting)
    plans = SelectionPlan.objects.filter(offers_reserves=True).select_related("round__cohort__programme", "hub")
    return [
        plan
        for plan in plans.order_by("pk")
        if (plan.round.cohort_id, plan.hub_id) in free and (plan.round_id, plan.hub_id) in lists
    ]


@transaction.atomic
def reserve_offer_next(*, round: Round, hub: MathsHub) -> bool:
    """Offers one place to the first on the list who can be offered one; whoever cannot is passed over, and the hub is
    told why. Two workers, one place: the second waits for the hub's places and finds none."""
    quota = HubPlaces.objects.filter(cohort=round.cohort_id, hub=hub).select_for_update(of=("self",)).first()
    if quota is None or round.cohort.has_begun or not offers_by_itself(round, hub):
        return False
    if places_for_reserves(round, hub, quota) < 1:
        return False
    for application in PanelOrder.objects.reserves(hub, round).with_people():
        try:
            with transaction.atomic():
                _offer(application)
        except DomainError as refused:
            _pass_over(application, refused)
        else:
            return True
    return False


def _offer(application: Application) -> None:
    """As a lead would propose and release it; the letter has the hub's words for an offer."""
    by = User.objects.system()
    moved, event = application_move(application=application, action=Action.OFFER_RESERVE, by=by)
    decision = Decision.objects.create(
        application=moved, outcome=Outcome.OFFER, reason=BY_LIST, proposed_by=by, proposed_at=event.at
    )
    decision_send(moved, decision, by=by, at=event.at, words=letter_words(moved, decision))
    notices.reserve_offered(moved)


def _pass_over(application: Application, refused: DomainError) -> None:
    """Once for each reason; whoever has just withdrawn is not passed over."""
    if refused.code != "barred":
        return
    told = {"application": application, "why": refused.message}
    _, new = ReserveSkip.objects.get_or_create(**told, defaults={"at": clock.now()})
    if new:
        notices.reserve_passed_over(application, refused.message)
