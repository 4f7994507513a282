"""Who may give and take away which role. Hub roles of lead come from NCETM, the rest from the hub's leads."""

from mastery_hub.accounts.enums import HUB_ROLES, Role
from mastery_hub.accounts.models import Invitation, Membership, User
from mastery_hub.common.access import HUB, Access
from mastery_hub.directory.models import MathsHub

FROM_NCETM = frozenset({Role.HUB_LEAD, Role.NCETM_ADMINISTRATOR})

PEOPLE = Access("people of the hub named, else NCETM", allows=HUB.allows)  # nobody is of no hub


def roles_to_give(user: User, hub: MathsHub | None) -> list[Role]:
    """What this person may invite others to be: in this hub, or in NCETM where there is none."""
    return [role for role in Role if can_invite(user, role, hub)]


def can_invite(user: User, role: str, hub: MathsHub | None) -> bool:
    if role in FROM_NCETM:
        return user.is_national and (role in HUB_ROLES) == (hub is not None)
    return role in HUB_ROLES and hub is not None and hub.pk in user.hub_ids(Role.HUB_LEAD)


def can_manage_invitation(user: User, invitation: Invitation) -> bool:
    return can_invite(user, invitation.role, invitation.hub)


def can_end_membership(user: User, membership: Membership) -> bool:
    """Nobody ends their own: a hub or NCETM is never left without the last one who could let others in."""
    others = membership.user_id != user.pk
    return others and (user.is_national or can_invite(user, membership.role, membership.hub))


def can_confirm_headteacher(user: User, hub: MathsHub) -> bool:
    return hub.pk in user.hub_ids(Role.HUB_LEAD)
