"""Who nominates, and who answers or takes a nomination back."""

from applications.enums import NominationAction
from applications.models import Nomination
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.directory.models import MathsHub


def can_nominate_for(user: User, hub: MathsHub) -> bool:
    """In a hub's name; in a school's anybody may, whom the school's hub is told of."""
    return hub.pk in user.hub_ids(Role.HUB_LEAD)


def can_manage_nomination(user: User, nomination: Nomination) -> bool:
    """Whoever made it or, of a hub's own, any lead of that hub, and nobody who was one; nobody of a nomination of
    themselves."""
    if user.pk == nomination.nominee_id or user == User.objects.with_address(nomination.email):
        return False
    if nomination.hub_id is None:
        return user.pk == nomination.nominated_by_id
    return nomination.hub_id in user.hub_ids(Role.HUB_LEAD)


def can_act_on_nomination(user: User, nomination: Nomination, action: str) -> bool:
    """The nominee answers: to accept, the address must be proven; to decline, the link is enough. Who nominated takes
    it back."""
    if action == NominationAction.LAPSE:
        return user.is_system
    if action == NominationAction.WITHDRAW:
        return can_manage_nomination(user, nomination)
    if user.pk == nomination.nominated_by_id:
        return False
    if action == NominationAction.ACCEPT:
        return nomination.email in user.emailaddress_set.filter(verified=True).values_list("email", flat=True)
    return user == User.objects.with_address(nomination.email)
