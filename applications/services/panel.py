"""A hub's leads put its candidates of a round in order."""

from collections.abc import Collection

from django.db import transaction

from applications import permissions
from applications.enums import IN_THE_RUNNING
from applications.models import Application, PanelOrder
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError


@transaction.atomic
def panel_order_move(
    *,
    application: Application,
    by: User,
    to: int | None = None,
    up: bool | None = None,
    among: Collection[str] = IN_THE_RUNNING,
    seen: int | None = None,
) -> int:
    """Moves a candidate to the place `to`, counted from 1, or one `up` (or down, where it is False) in the order of
    those in the states of `among`; says the place. Whoever has no place keeps their place by score, behind all others,
    unless the candidate moves past them. `seen` is the place that the page showed. Two leads move one after the other:
    the hub's places are locked first (rule 2).

    Raises DomainError `not-allowed`, `not-ranked` for one who is not among them, `order-changed`, and `place-wrong`.
    """
    application = Application.objects.select_related("round").get(pk=application.pk)
    if not permissions.can_decide(by, application):
        raise DomainError("Only a lead of the hub puts its candidates in order.", code="not-allowed")
    assert application.hub_id, "whoever decides does so at the application's hub"
    hub, round = application.hub_id, application.round_id
    quota = HubPlaces.objects.filter(hub=hub, cohort=application.round.cohort_id)
    if quota.select_for_update(of=("self",)).first() is None:
        raise DomainError("Your hub does not take part in this cohort.", code="not-ranked")
    candidates = list(PanelOrder.objects.candidates(hub, round))
    ranked = {each.pk for each in candidates if getattr(each, "panel_place", None)} | {application.pk}
    order = [each.pk for each in candidates]
    within = [each.pk for each in candidates if each.state in among and each.applicant_id != by.pk]
    if application.pk not in within:
        raise DomainError("This application is not in the list any more.", code="not-ranked")
    place = within.index(application.pk) + 1
    if seen is not None and seen != place:
        raise DomainError("Nothing was moved: the order has changed. Look at it again.", code="order-changed")
    if to is None:
        to = place - 1 if up else place + 1
    if not 1 <= to <= len(within):
        raise DomainError("There is no such place in the list.", code="place-wrong")
    target = order.index(within[to - 1])
    order.remove(application.pk)
    order.insert(target, application.pk)
    kept = max(len(ranked), order.index(application.pk) + 1)
    _save(hub, round, order[:kept])
    return to


def _save(hub: int, round: int, order: list[int]) -> None:
    """Candidates who are out of the running lose their place."""
    PanelOrder.objects.filter(hub=hub, round=round).exclude(application__in=order).delete()
    PanelOrder.objects.bulk_create(
        [PanelOrder(hub_id=hub, round_id=round, application_id=pk, place=place) for place, pk in enumerate(order, 1)],
        update_conflicts=True,
        unique_fields=["hub", "application"],
        update_fields=["place"],
    )
