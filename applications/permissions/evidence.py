"""Who sees what a decision rests on, and who scores it."""

from applications.enums import State
from applications.models import Application, Review
from applications.permissions.applications import can_decide
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User


def can_see_evidence(user: User, application: Application) -> bool:
    """Answers, statement and scores: leads and reviewers of the hub, and NCETM; administrators see the list only."""
    if user.pk == application.applicant_id:
        return False
    return user.is_national or application.hub_id in user.hub_ids(Role.HUB_LEAD, Role.HUB_REVIEWER)


def can_score(user: User, application: Application) -> bool:
    if user.pk == application.applicant_id or application.state != State.COMPLETE:
        return False
    return application.hub_id in user.hub_ids(Role.HUB_LEAD, Role.HUB_REVIEWER)


def can_see_review(user: User, review: Review) -> bool:
    """One's own always; others' once submitted, and to reviewers only after they have submitted their own."""
    if review.reviewer_id == user.pk:
        return True
    application = review.application
    if review.submitted_at is None or not can_see_evidence(user, application):
        return False
    if can_decide(user, application) or user.is_national:
        return True
    return any(r.reviewer_id == user.pk and r.submitted_at for r in application.reviews.all())
