"""Who sees what a decision rests on, and who scores it."""

from applications.enums import REFERABLE, ReferralState, State
from applications.models import Application, Review
from applications.permissions.applications import can_decide
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User


def can_see_evidence(user: User, application: Application) -> bool:
    """Answers, statement and scores: leads and reviewers of the hub, leads of the one that it is referred to, and
    NCETM; administrators see the list only."""
    if user.pk == application.applicant_id:
        return False
    own = user.is_national or application.hub_id in user.hub_ids(Role.HUB_LEAD, Role.HUB_REVIEWER)
    return own or can_read_referred(user, application)


def can_read_referred(user: User, application: Application) -> bool:
    """A lead of the hub to which it is referred: from the applicant's consent until that hub has answered."""
    hubs = user.hub_ids(Role.HUB_LEAD)
    if not hubs or application.pk is None or application.state not in REFERABLE:
        return False
    waiting = application.referrals.filter(state=ReferralState.CONSENTED, to_hub__in=hubs)
    return user.pk != application.applicant_id and waiting.exists()


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
    if can_decide(user, application) or user.is_national or can_read_referred(user, application):
        return True
    return any(r.reviewer_id == user.pk and r.submitted_at for r in application.reviews.all())
