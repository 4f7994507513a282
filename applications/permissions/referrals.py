"""Who refers a candidate to another hub, who consents, and who takes them on."""

from applications.enums import NO_PLACE_YET, REFERABLE, ReferralAction, ReferralState
from applications.models import Application, Referral
from applications.permissions.applications import can_decide, has_begun
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User

OF_THE_APPLICANT = frozenset({ReferralAction.CONSENT, ReferralAction.REFUSE})
OF_THE_RECEIVER = frozenset({ReferralAction.ACCEPT, ReferralAction.DECLINE})
MOVES_ON = frozenset({ReferralAction.AGREE, ReferralAction.CONSENT, ReferralAction.ACCEPT})


def can_refer(user: User, application: Application) -> bool:
    """A lead of the hub, once the candidate knows that there is no place for them."""
    return can_decide(user, application) and application.state in REFERABLE


def can_match(user: User) -> bool:
    """Proposes to the hubs who might go where."""
    return user.is_national


def can_act_on_referral(user: User, referral: Referral, action: str) -> bool:
    """A lead of the hub that refers takes it back, and so does the applicant who has consented; the system for one
    whose application has ended."""
    own = user.pk == referral.application.applicant_id
    if action == ReferralAction.LAPSE:
        return user.is_system
    if action in OF_THE_APPLICANT:
        return own
    if action == ReferralAction.TAKE_BACK and (user.is_system or own):
        return user.is_system or referral.state == ReferralState.CONSENTED
    hub = referral.to_hub_id if action in OF_THE_RECEIVER else referral.from_hub_id
    return not own and hub in user.hub_ids(Role.HUB_LEAD)


def what_bars_referral(referral: Referral, action: str) -> str:
    """Saying no, and taking back, is always open."""
    return what_bars_referring(referral.application, referral.from_hub_id) if action in MOVES_ON else ""


def what_bars_referring(application: Application, from_hub: int | None) -> str:
    """Why nobody may be referred by that hub now, as a sentence that both hubs and the applicant may read."""
    if application.state not in REFERABLE or application.hub_id != from_hub:
        return "This application has moved on, so it can no longer be referred."
    if has_begun(application):
        return "The cohort has begun, so that nobody can be referred to another hub any more."
    if application.eligibility in NO_PLACE_YET:
        return "This application does not meet an essential rule, and no exception was made."
    if application.has_unlisted_school:
        return "The school of this application has not been found in the register yet."
    others = Application.objects.filter(applicant=application.applicant_id, round=application.round_id).live()
    if others.exclude(pk=application.pk).exists():
        return "There is another application by the same person in this round."
    return ""
