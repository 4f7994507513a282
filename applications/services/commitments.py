"""Commitments of the cohort that a round recruits into, as the round's log tells of them."""

from django.db import transaction

from applications.enums import RoundAction
from applications.models import Round
from applications.services.round_log import round_lock, round_note
from cohorts import services
from cohorts.enums import Whose
from cohorts.models import CommitmentSet
from cohorts.versions import version_changes
from mastery_hub.accounts.models import User


@transaction.atomic
def round_commitments_put_in_force(*, round: Round, whose: Whose, by: User, seen: str) -> CommitmentSet:
    """Raises what `commitments_put_in_force` does."""
    round = round_lock(round=round, by=by)
    before = CommitmentSet.objects.in_force().filter(cohort=round.cohort_id, whose=whose).order_by("-version").first()
    made = services.commitments_put_in_force(cohort=round.cohort, whose=whose, by=by, seen=seen)
    changes = version_changes(before, made) if before else []
    told = [f"{change.what}: {change.name}".removesuffix(": ") for change in changes]
    round_note(round=round, action=RoundAction.COMMITMENTS_IN_FORCE, by=by, changes=[str(made), *told])
    return made
