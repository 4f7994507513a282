"""Who decides on an exception from an essential rule, and who reads why it was asked for."""

from applications.enums import ENDED, ExceptionAction
from applications.models import EligibilityException
from applications.permissions.applications import can_edit
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User


def can_act_on_exception(user: User, exception: EligibilityException, action: str) -> bool:
    """A lead of the hub that was asked grants or refuses; the applicant's own changes in the draft take it back,
    and the system does when a submitted application moves to a school that it does not cover."""
    if action == ExceptionAction.CANCEL:
        return user.is_system or can_edit(user, exception.application)
    return user.pk != exception.application.applicant_id and exception.hub_id in user.hub_ids(Role.HUB_LEAD)


def can_read_reason(user: User, exception: EligibilityException) -> bool:
    """Why an exception was asked for, and what was answered, which may be about somebody's health: leads and reviewers
    of the hub that was asked, and NCETM; administrators see that there is one."""
    if user.pk == exception.application.applicant_id:
        return False
    return user.is_national or exception.hub_id in user.hub_ids(Role.HUB_LEAD, Role.HUB_REVIEWER)


def what_bars_exception(exception: EligibilityException, action: str) -> str:
    return "This application is over, so there is nothing to decide." if exception.application.state in ENDED else ""
