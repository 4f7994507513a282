"""Who may do what with an application: the only permission system. View, template and service ask these predicates."""

from applications.eligibility import current_support
from applications.enums import (
    ENDED,
    HOLDING_A_PLACE,
    Action,
    DeferralAction,
    Eligibility,
    ExceptionAction,
    NominationAction,
    SchoolChangeAction,
    Signatory,
    State,
    SupportAction,
    SupportState,
)
from applications.models import (
    Application,
    Deferral,
    EligibilityException,
    HeadteacherSupport,
    Nomination,
    PledgeRenewal,
    Review,
    Round,
    SchoolChange,
    SubjectLeaderSupport,
)
from applications.workflow import OFFERS, PROMISES
from mastery_hub.accounts import permissions as accounts
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub

APPLICANTS = frozenset({Action.SUBMIT, Action.ACCEPT, Action.DECLINE, Action.WITHDRAW, Action.DELETE})
JOBS = frozenset(
    {Action.COMPLETE, Action.LAPSE, Action.EXPIRE, Action.MARK_INCOMPLETE, Action.REOPEN, Action.AWAIT_AGAIN}
)


def can_act(user: User, application: Application, action: str) -> bool:
    """Asked together with the table of transitions; a hub lead never decides about themselves."""
    if action in JOBS:
        return user.is_system
    if action in APPLICANTS:
        return user.pk == application.applicant_id
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


EXCEPTION_FIRST = {
    Eligibility.ASKED: "Decide first whether to make an exception: the applicant does not meet an essential rule.",
    Eligibility.REFUSED: "The hub has refused an exception from an essential rule, so no place can be given.",
}


def has_begun(application: Application) -> bool:
    """From the first day of its cohort on, what happens to a place is the cohort's."""
    return application.round.cohort.has_begun


def can_decide(user: User, application: Application) -> bool:
    return user.pk != application.applicant_id and application.hub_id in user.hub_ids(Role.HUB_LEAD)


def what_comes_first(application: Application, action: str) -> str:
    """What bars an action whoever takes it, as a sentence; empty where nothing does."""
    if action == Action.WITHDRAW and _place_has_begun(application):
        return f"Your cohort has begun. Talk to {application.hub} about leaving it."
    if action in OFFERS and application.has_unlisted_school:
        return "Say first which school this is: a place cannot be offered at a school that is not in the register."
    if action in PROMISES and application.eligibility in EXCEPTION_FIRST:
        return EXCEPTION_FIRST[Eligibility(application.eligibility)]
    support = current_support(application) if action in OFFERS else None
    if support and support.waits_for_agreement:
        who = f"{support.full_name}, {support.role_words}"
        return f"Agree first that {who}, signs for the school: its headteacher applies."
    return ""


def can_match_school(user: User, application: Application) -> bool:
    """Says which school of the register a typed-in one is, or corrects it, for as long as no place hangs on it."""
    submitted = application.submitted_at is not None and application.state not in ENDED | HOLDING_A_PLACE
    return submitted and application.typed_school_id is not None and can_decide(user, application)


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


def can_edit(user: User, application: Application) -> bool:
    return user.pk == application.applicant_id and application.state == State.DRAFT


def can_answer_equality(user: User, application: Application) -> bool:
    """After submitting, so that nobody thinks it part of the application; whatever became of it since."""
    return user.pk == application.applicant_id and application.submitted_at is not None


def can_name_headteacher(user: User, application: Application) -> bool:
    """In the draft, and after submitting for as long as no headteacher has signed."""
    return user.pk == application.applicant_id and application.state in (State.DRAFT, State.SUBMITTED)


def can_act_on_support(user: User, support: HeadteacherSupport | SubjectLeaderSupport, action: str) -> bool:
    """Whoever it was sent to answers it; the applicant may take it back: unsigned, or in the draft even signed."""
    application = support.application
    if action == SupportAction.CANCEL:
        return can_name_headteacher(user, application) and (
            support.state != SupportState.SIGNED or application.state == State.DRAFT
        )
    asked = application.state in (State.DRAFT, State.SUBMITTED)
    return asked and user.pk != application.applicant_id and user == User.objects.with_address(support.email)


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


def can_confirm_headteacher(user: User, support: HeadteacherSupport) -> bool:
    """A link gives one request, never a school: the hub confirms that the signer is the school's head, once it has said
    which school that is. Nobody does so under their own application."""
    application, hub = support.application, support.application.hub
    if support.state != SupportState.SIGNED or application.has_unlisted_school or user.pk == application.applicant_id:
        return False
    if support.signatory == Signatory.HEAD_APPLIES:
        return False  # whoever signs in a headteacher's place is not the headteacher
    if support.pledge and support.pledge.school_id != application.school_id:
        return False  # who signed for the school before is not the head of the one after
    return hub is not None and accounts.can_confirm_headteacher(user, hub)


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


def may_be_asked_again(application: Application) -> bool:
    """A pledge holds for the cohort to come: once it has begun, or the application has ended, nobody is asked anew."""
    return application.state not in ENDED and not has_begun(application)


def can_ask_again(user: User, support: HeadteacherSupport) -> bool:
    """The hub says that the school has a new headteacher, or sends the link once more."""
    signed = support.state == SupportState.SIGNED and support.application.submitted_at is not None
    return signed and may_be_asked_again(support.application) and can_decide(user, support.application)


def can_renew(user: User, renewal: PledgeRenewal) -> bool:
    """Whoever it was sent to signs or declines; nobody signs for their own application."""
    support, application = renewal.support, renewal.support.application
    asked = renewal.is_open and support.state == SupportState.SIGNED and application.state not in ENDED
    return asked and user.pk != application.applicant_id and user == User.objects.with_address(renewal.email)


def can_agree_signatory(user: User, support: HeadteacherSupport) -> bool:
    """That somebody signs in place of a headteacher who applies."""
    return (
        support.waits_for_agreement
        and support.state != SupportState.CANCELLED
        and can_decide(user, support.application)
    )


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
