"""Who puts candidates on the shortlist, who sees them at work and in interview, and who compares them."""

from collections.abc import Iterable

from applications.enums import IN_THE_RUNNING, TO_ASSESS, AssessmentAction
from applications.models import Application, Assessment
from applications.permissions.applications import can_decide
from mastery_hub.accounts.enums import HUB_ROLES, Role
from mastery_hub.accounts.models import Membership, User
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub


def can_see_shortlist(user: User, hub: MathsHub) -> bool:
    """Administrators too, who arrange what follows from it; reviewers see what is given to them."""
    return user.is_national or hub.pk in user.hub_ids(Role.HUB_LEAD, Role.HUB_ADMINISTRATOR)


def can_shortlist(user: User, application: Application) -> bool:
    return application.state in IN_THE_RUNNING and can_decide(user, application)


def can_see_panel(user: User, hub: MathsHub) -> bool:
    """Its leads, who decide there, and NCETM."""
    return user.is_national or hub.pk in user.hub_ids(Role.HUB_LEAD)


def can_arrange(user: User, application: Application) -> bool:
    """An observation or an interview."""
    arranges = application.hub_id in user.hub_ids(Role.HUB_LEAD, Role.HUB_ADMINISTRATOR)
    return arranges and user.pk != application.applicant_id and application.state in TO_ASSESS


def who_can_assess(people: Iterable[User], application: Application) -> set[int]:
    """Which of them, by key, may be one of the two people who see the candidate: whoever is of the hub today."""
    held = Membership.objects.current().filter(hub=application.hub_id, role__in=HUB_ROLES, user__in=people)
    return set(held.exclude(user=application.applicant_id).values_list("user", flat=True))


def can_act_on_assessment(user: User, assessment: Assessment, action: str) -> bool:
    """Leads and administrators of the hub move and cancel; whoever scores says that it was held. The system cancels
    what a withdrawal leaves without a candidate."""
    if action == AssessmentAction.HOLD:
        return can_score_assessment(user, assessment)
    if action == AssessmentAction.CANCEL and user.is_system:
        return True
    arranges = assessment.hub_id in user.hub_ids(Role.HUB_LEAD, Role.HUB_ADMINISTRATOR)
    return arranges and user.pk != assessment.application.applicant_id


def can_score_assessment(user: User, assessment: Assessment) -> bool:
    """The two people, for as long as they are of the hub, and its leads."""
    if user.pk == assessment.application.applicant_id:
        return False
    if assessment.hub_id in user.hub_ids(Role.HUB_LEAD):
        return True
    return user.pk in (assessment.first_id, assessment.second_id) and assessment.hub_id in user.hub_ids()


def can_see_assessment_scores(user: User, assessment: Assessment) -> bool:
    own = user.pk == assessment.application.applicant_id
    return not own and (user.is_national or can_score_assessment(user, assessment))


def what_bars_assessment(assessment: Assessment, action: str) -> str:
    if action == AssessmentAction.HOLD and clock.now() < assessment.starts_at:
        return f"This has not begun yet: it is arranged for {assessment.when}."
    if action == AssessmentAction.MOVE and assessment.application.state not in TO_ASSESS:
        return "This application has been decided, so there is nothing to move. Cancel this instead."
    return ""
