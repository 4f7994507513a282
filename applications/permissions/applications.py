"""Who may do what with an application."""

from django.db.models import Exists

from applications.eligibility import current_support
from applications.enums import ENDED, HOLDING_A_PLACE, REFERABLE, UNDER_WAY, Action, Eligibility, ReferralState, State
from applications.models import Application, Deferral
from applications.permissions.releases import what_bars_release, what_bars_undo
from applications.workflow import OFFERS, PROMISES, PROPOSALS, RELEASES, STANDS_AGAIN
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User

APPLICANTS = frozenset({Action.SUBMIT, Action.ACCEPT, Action.DECLINE, Action.WITHDRAW, Action.DELETE})

JOBS = frozenset(
    {
        Action.COMPLETE,
        Action.LAPSE,
        Action.EXPIRE,
        Action.MARK_INCOMPLETE,
        Action.REOPEN,
        Action.AWAIT_AGAIN,
        Action.OFFER_RESERVE,
    }
)


def can_act(user: User, application: Application, action: str) -> bool:
    """Asked together with the table of transitions; a hub lead never decides about themselves."""
    if action in JOBS:
        return user.is_system
    if action in APPLICANTS:
        return user.pk == application.applicant_id
    if action == Action.TAKE_ON:
        return can_take_on(user, application)
    waits_on_reserve = application.shown_state == State.RESERVED
    if action == Action.RETURN_TO_RESERVE and not waits_on_reserve:
        return False
    if action in (Action.RETRACT, Action.PROPOSE_RESERVE) and waits_on_reserve:
        return False  # the applicant already knows of the reserve list: `return_to_reserve` is the way back
    return can_decide(user, application)


def _place_has_begun(application: Application) -> bool:
    """The cohort in which a place is accepted, or kept and taken up."""
    if application.state == State.DEFERRED:
        kept = application.deferrals.live().filter(places__isnull=False).select_related("places__cohort").first()
        return kept is not None and kept.has_begun
    return application.state == State.ACCEPTED and has_begun(application)


def _has_a_place_kept(application: Application) -> bool:
    """Of the applicant's, in the cohort or promised: in one query, since many stand again at once."""
    kept = Exists(Deferral.objects.keeping_from_outer())
    return Application.objects.filter(kept, pk=application.pk).exists()


EXCEPTION_FIRST = {
    Eligibility.ASKED: "Decide first whether to make an exception: the applicant does not meet an essential rule.",
    Eligibility.REFUSED: "The hub has refused an exception from an essential rule, so no place can be given.",
}


REFERRAL_FIRST = PROPOSALS | {Action.OFFER_RESERVE, Action.UNDO_RELEASE}


def has_begun(application: Application) -> bool:
    """From the first day of its cohort on, what happens to a place is the cohort's."""
    return application.round.cohort.has_begun


def can_decide(user: User, application: Application) -> bool:
    return user.pk != application.applicant_id and application.hub_id in user.hub_ids(Role.HUB_LEAD)


def can_take_on(user: User, application: Application) -> bool:
    """A lead of the hub that has just accepted its referral."""
    hubs = user.hub_ids(Role.HUB_LEAD) if getattr(application, "has_referrals", True) else []
    if not hubs or user.pk == application.applicant_id:
        return False
    latest = application.referrals.first()
    if latest is None or latest.state != ReferralState.ACCEPTED:
        return False
    return latest.from_hub_id == application.hub_id and latest.to_hub_id in hubs


def what_comes_first(application: Application, action: str) -> str:
    """What bars an action whoever takes it, as a sentence; empty where nothing does."""
    if action == Action.WITHDRAW and _place_has_begun(application):
        return f"Your cohort has begun. Talk to {application.hub} about leaving it."
    if action in STANDS_AGAIN and _has_a_place_kept(application):
        return "A place is kept for this person, so this application does not stand again: nobody holds two."
    if action in RELEASES and (sentence := what_bars_release(application)):
        return sentence
    if action in REFERRAL_FIRST and is_referred(application):
        return "This candidate is referred to another hub. Take the referral back first."
    if action == Action.UNDO_RELEASE:
        return what_bars_undo(application)
    return what_bars_place(application, action)


def what_bars_place(application: Application, action: str) -> str:
    """Of what comes first, what keeps an offer or a place on the reserve list from somebody."""
    if action in OFFERS and application.has_unlisted_school:
        return "Say first which school this is: a place cannot be offered at a school that is not in the register."
    if action in PROMISES and application.eligibility in EXCEPTION_FIRST:
        return EXCEPTION_FIRST[Eligibility(application.eligibility)]
    support = current_support(application) if action in OFFERS else None
    if support and support.waits_for_agreement:
        who = f"{support.full_name}, {support.role_words}"
        return f"Agree first that {who}, signs for the school: its headteacher applies."
    return ""


def is_referred(application: Application) -> bool:
    """Asks nothing where the page has learnt that it never was."""
    waits = application.state in REFERABLE and getattr(application, "has_referrals", True)
    return waits and any(each.state in UNDER_WAY for each in application.referrals.all())


def can_match_school(user: User, application: Application) -> bool:
    """Says which school of the register a typed-in one is, or corrects it, for as long as no place hangs on it."""
    submitted = application.submitted_at is not None and application.state not in ENDED | HOLDING_A_PLACE
    return submitted and application.typed_school_id is not None and can_decide(user, application)


def can_edit(user: User, application: Application) -> bool:
    return user.pk == application.applicant_id and application.state == State.DRAFT


def can_answer_equality(user: User, application: Application) -> bool:
    """After submitting, so that nobody thinks it part of the application; whatever became of it since."""
    return user.pk == application.applicant_id and application.submitted_at is not None


def may_be_asked_again(application: Application) -> bool:
    """A pledge holds for the cohort to come, be it the one in which a deferred place was taken up: once that has begun,
    or the application is over, nobody is asked anew."""
    cohort = application.place_cohort
    return cohort is not None and not cohort.has_begun
