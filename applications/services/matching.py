"""NCETM proposes who might move to a free place, and sends the proposal to the hubs, who decide one by one."""

from collections import Counter
from decimal import Decimal

from django.db import transaction

from applications import permissions
from applications.enums import ReferralState
from applications.matching import propose
from applications.models import Application, MatchingMove, MatchingProposal, Referral, Round
from applications.services import notices
from applications.services.letters import reply_by_from
from applications.unplaced import Unplaced
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError


def _by_ncetm(by: User) -> None:
    if not permissions.can_match(by):
        raise DomainError("Only NCETM proposes moves between hubs.", code="not-allowed")


@transaction.atomic
def matching_propose(
    *, round: Round, by: User, least_score: Decimal, reach: int | None, miles_a_point: int
) -> MatchingProposal:
    """Moves nobody and tells nobody. Raises DomainError `not-allowed`."""
    _by_ncetm(by)
    unplaced = Unplaced(round)
    candidates = unplaced.candidates(least_score=float(least_score), reach=reach)
    free = {hub: each.free for hub, each in unplaced.hubs.items() if each.free}
    proposal = MatchingProposal.objects.create(
        round=round,
        made_by=by,
        made_at=clock.now(),
        least_score=least_score,
        reach=reach,
        miles_a_point=miles_a_point,
        places=sum(free.values()),
        candidates=len(candidates),
    )
    known, people = {each.pk: each for each in unplaced.strong}, {each.key: each for each in candidates}
    MatchingMove.objects.bulk_create(
        MatchingMove(
            proposal=proposal,
            application_id=move.candidate,
            from_hub_id=known[move.candidate].hub_id,
            to_hub_id=move.hub,
            miles=round_to(people[move.candidate].miles[move.hub], 1),
            score=round_to(people[move.candidate].score, 2),
        )
        for move in propose(candidates, free, miles_a_point=miles_a_point)
    )
    return proposal


def round_to(number: float, places: int) -> Decimal:
    return Decimal(f"{number:.{places}f}")


@transaction.atomic
def matching_send(*, proposal: MatchingProposal, by: User) -> MatchingProposal:
    """Each move becomes a referral that the candidate's hub is asked for; where the candidate or the place has gone
    meanwhile, it stays out. Locks go HubPlaces by key, then the applications by key, then the proposal.

    Raises DomainError `not-allowed`, and `stale` for one that was sent, or when a newer one was.
    """
    _by_ncetm(by)
    moves = list(proposal.moves.select_related("from_hub", "to_hub", "application__round__cohort"))
    cohort = proposal.round.cohort_id
    rows = HubPlaces.objects.filter(cohort=cohort, hub__in={move.to_hub_id for move in moves}).order_by("pk")
    list(rows.select_for_update(of=("self",)))
    people = Application.objects.filter(pk__in=[move.application_id for move in moves]).order_by("pk")
    list(people.select_for_update(of=("self",)))
    locked = MatchingProposal.objects.select_for_update(of=("self",)).get(pk=proposal.pk)
    if locked.sent_at:
        raise DomainError("This proposal has been sent already.", code="stale")
    unplaced = Unplaced(locked.round)
    free = Counter({hub: each.free for hub, each in unplaced.hubs.items()})
    waiting = {each.pk: each for each in unplaced.strong}
    for move in moves:
        candidate = waiting.get(move.application_id)
        if candidate is not None and candidate.hub_id == move.from_hub_id and free[move.to_hub_id] > 0:
            free[move.to_hub_id] -= 1
            _send(move, by)
    locked.sent_by, locked.sent_at = by, clock.now()
    locked.save(update_fields=["sent_by", "sent_at"])
    return locked


def _send(move: MatchingMove, by: User) -> None:
    now = clock.now()
    referral = Referral.objects.create(
        application=move.application,
        state=ReferralState.PROPOSED,
        from_hub=move.from_hub,
        to_hub=move.to_hub,
        made_at=now,
        reply_by=reply_by_from(now, move.application.round.reply_days),
    )
    referral.events.create(action="propose", to_state=referral.state, by=by, at=now)
    move.referral = referral
    move.save(update_fields=["referral"])
    notices.referral_proposed(referral, miles=move.miles)
