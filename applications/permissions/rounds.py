"""Who sets up a round, and what of it may no longer change."""

from applications.models import Round
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub


def can_set_up_round(user: User) -> bool:
    return user.is_national or user.is_system


def can_write_hub_rules(user: User, hub: MathsHub) -> bool:
    """Its leads alone: NCETM reads them."""
    return hub.pk in user.hub_ids(Role.HUB_LEAD)


def can_extend_deadlines(user: User) -> bool:
    return user.is_national


def round_locks(round: Round) -> dict[str, str]:
    """What of a round, or of its cohort, may no longer change and why, by the name of the field. Times of closing may
    still move on while the round is open; places may always change, as long as those taken fit.
    """
    locks = {}
    if round.published_at is not None:
        locks["code"] = "People have been given an address with this code in it"
        if round.has_opened:
            locks["opens_at"] = "Applications have opened already"
        if clock.now() >= round.closes_at:
            locks["closes_at"] = "The round has closed: open it again to give it a new closing time"
    if round.is_relied_upon or round.nominations.exists():
        begun = "Teachers have been nominated for this round, or have begun applications"
        locks["by_nomination"] = locks["asks_subject_leader"] = begun
    if round.is_relied_upon:
        locks["number"] = locks["starts"] = locks["programme"] = "Teachers have begun applications to this cohort"
    return locks
