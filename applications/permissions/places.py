"""Who keeps a place for the next cohort or takes it along to another school."""

from applications.enums import DeferralAction, SchoolChangeAction, State
from applications.models import Application, Deferral, SchoolChange
from applications.permissions.applications import has_begun
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User


def can_ask_to_defer(user: User, application: Application) -> bool:
    """Whoever has accepted, until the cohort begins: an offer is accepted first, so that its reply-by date stands."""
    own = user.pk == application.applicant_id and application.state == State.ACCEPTED
    return own and not has_begun(application)


def can_act_on_deferral(user: User, deferral: Deferral, action: str) -> bool:
    """The applicant takes the request back or gives the kept place up; a lead of the hub decides and takes up."""
    if action in (DeferralAction.TAKE_BACK, DeferralAction.GIVE_UP):
        return user.pk == deferral.application.applicant_id
    return user.pk != deferral.application.applicant_id and deferral.hub_id in user.hub_ids(Role.HUB_LEAD)


def what_bars_deferral(deferral: Deferral, action: str) -> str:
    if action == DeferralAction.GRANT and has_begun(deferral.application):
        return "The cohort has begun, so that its places can no longer be kept for the next one."
    if action == DeferralAction.GRANT and deferral.application.school_changes.open().exists():
        return "Decide first on the change of school that this person has asked for."
    return ""


MOVING = frozenset({State.OFFERED, State.ACCEPTED})


def can_ask_to_move(user: User, application: Application) -> bool:
    """Takes an offer or an accepted place along to another school, until the cohort begins."""
    return user.pk == application.applicant_id and application.state in MOVING and not has_begun(application)


def can_act_on_school_change(user: User, change: SchoolChange, action: str) -> bool:
    """A lead of the hub that holds the place decides; one of the new school's hub takes the candidate or does not.
    The system takes back what was asked of a place that has lapsed."""
    if action == SchoolChangeAction.TAKE_BACK:
        return user.is_system or user.pk == change.application.applicant_id
    asked = (SchoolChangeAction.TAKE, SchoolChangeAction.SEND_BACK)
    hub = change.hub_after_id if action in asked else change.hub_before_id
    return user.pk != change.application.applicant_id and hub in user.hub_ids(Role.HUB_LEAD)


def what_bars_school_change(change: SchoolChange, action: str) -> str:
    """A refusal is always open, and so is whatever changes no place."""
    if action == SchoolChangeAction.HAND_ON and not change.is_to_another_hub:
        return f"{change.school} is in the area of {change.hub_before} too, so there is no other hub to ask."
    if action not in (SchoolChangeAction.AGREE, SchoolChangeAction.TAKE, SchoolChangeAction.HAND_ON):
        return ""
    if change.application.state not in MOVING:
        return "This application holds no place any more, so there is nothing to decide."
    if has_begun(change.application):
        return "The cohort has begun, so that the place is a matter of the cohort now."
    if change.application.deferrals.live().exists():
        return "Decide first whether this person may begin in the next cohort."
    return ""
