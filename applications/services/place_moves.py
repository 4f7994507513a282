"""NCETM moves places from one hub of a round to another. Locks go Round, then HubPlaces by key (rule 2)."""

from django.db import transaction
from django.db.models import Count

from applications.enums import RoundAction
from applications.models import Deferral, PlaceMove, Round
from applications.services.notices import places_moved, promises_due
from applications.services.round_log import round_lock, round_note
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub


@transaction.atomic
def places_move(*, round: Round, by: User, from_hub: MathsHub, to_hub: MathsHub, number: int, reason: str) -> PlaceMove:
    """Only what is left moves: neither what is taken nor what is kept for people who deferred. A hub that had no places
    takes part from now on.

    Raises DomainError `not-allowed`, `reason-missing`, `same-hub`, `number-wrong`, `no-places`, `places-kept`.
    """
    round = round_lock(round=round, by=by)
    if not reason.strip():
        raise DomainError("Say why the places move.", code="reason-missing")
    if from_hub == to_hub:
        raise DomainError("Choose two different hubs.", code="same-hub")
    if number < 1:
        raise DomainError("Enter how many places move, 1 or more.", code="number-wrong")
    HubPlaces.objects.get_or_create(cohort=round.cohort, hub=to_hub, defaults={"places": 0})
    both = HubPlaces.objects.filter(cohort=round.cohort, hub__in=(from_hub, to_hub)).order_by("pk")
    rows = {row.hub_id: row for row in both.select_for_update(of=("self",))}
    giver = rows.get(from_hub.pk)
    left = giver.left if giver else 0
    if giver is None or number > left:
        raise DomainError(f"{from_hub} has {left or 'no'} place{'s' * (left != 1)} left.", code="no-places")
    promised = Deferral.objects.promised(round.cohort).filter(hub=from_hub).aggregate(n=Count("pk"))["n"]
    if number > left - promised:
        message = f"{from_hub} has {left} left, but keeps {promised} for people who deferred."
        raise DomainError(message, code="places-kept")
    receiver = rows[to_hub.pk]
    giver.places, receiver.places = giver.places - number, receiver.places + number
    for row in (giver, receiver):
        row.save(update_fields=["places"])
    move = PlaceMove.objects.create(
        round=round, from_hub=from_hub, to_hub=to_hub, number=number, reason=reason.strip(), by=by, at=clock.now()
    )
    changes = [f"{from_hub}: {giver.places} (was {giver.places + number})"]
    changes.append(f"{to_hub}: {receiver.places} (was {receiver.places - number})")
    round_note(round=round, action=RoundAction.MOVE_PLACES, by=by, changes=changes, reason=reason)
    places_moved(move)
    promises_due(round, [to_hub.pk])
    return move
