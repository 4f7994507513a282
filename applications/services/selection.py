"""The hub's writes: score, propose, release; and the jobs that lapse offers."""

from datetime import datetime

from django.db import transaction

from applications import permissions
from applications.enums import PROPOSED, Action, Outcome, Shown
from applications.models import Application, Criterion, Decision, Offer, Review, Score
from applications.services import notices
from applications.services.engines import application_move, for_each
from applications.services.letters import letter_of, reply_by_from
from applications.services.school_changes import school_change_end
from applications.services.score_order import score_order
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.errors import DomainError

PROPOSE = {
    Outcome.OFFER: Action.PROPOSE_OFFER,
    Outcome.RESERVE: Action.PROPOSE_RESERVE,
    Outcome.UNSUCCESSFUL: Action.PROPOSE_UNSUCCESSFUL,
}
RELEASE = {
    Outcome.OFFER: Action.RELEASE_OFFER,
    Outcome.RESERVE: Action.RELEASE_RESERVE,
    Outcome.UNSUCCESSFUL: Action.RELEASE_UNSUCCESSFUL,
}


@transaction.atomic
def review_save(
    *, application: Application, by: User, scores: dict[Criterion, tuple[int, str]], submit: bool
) -> Review:
    """Keeps one reviewer's scores, `{criterion: (0 to 4, comment)}`; submitting needs every evidenced criterion scored.

    Raises DomainError `not-allowed`, `stale` when it was submitted before, `scores-missing`.
    """
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if not permissions.can_score(by, application):
        raise DomainError("This application cannot be scored by you, or not at this stage.", code="not-allowed")
    review, _ = Review.objects.get_or_create(application=application, reviewer=by)
    if review.submitted_at:
        raise DomainError("You have already submitted your scores.", code="stale")
    wanted = set(application.terms.criteria.filter(shown=Shown.EVIDENCED))
    if unknown := set(scores) - wanted:
        raise DomainError(f"“{unknown.pop()}” is not scored.", code="not-scored")
    if submit and (missing := len(wanted - set(scores))):
        raise DomainError(f"Score every criterion: {missing} of {len(wanted)} not yet scored.", code="scores-missing")
    Score.objects.bulk_create(
        [Score(review=review, criterion=c, value=value, comment=comment) for c, (value, comment) in scores.items()],
        update_conflicts=True,
        unique_fields=["review", "criterion"],
        update_fields=["value", "comment"],
    )
    if submit:
        review.submitted_at = clock.now()
        review.save(update_fields=["submitted_at"])
    return review


def _close_open_decision(application: Application) -> None:
    application.decisions.filter(released_at=None, closed_at=None).update(closed_at=clock.now())


@transaction.atomic
def decision_propose(
    *, application: Application, by: User, outcome: Outcome, feedback: str, reason: str = "", departure: str = ""
) -> Decision:
    """Replaces a proposal that is not released yet, for a reason. A proposed offer holds one of the hub's places from
    now on. Where the candidate stands by score is kept, and `departure` says why somebody with a lower score comes
    before somebody with a higher one.

    Raises DomainError `feedback-missing`, `reason-missing`, `departure-missing` and `no-places`, and what `Engine.move`
    raises.
    """
    if outcome == Outcome.UNSUCCESSFUL and not feedback.strip():
        raise DomainError("Write feedback for the applicant.", code="feedback-missing")
    application, event = application_move(application=application, action=PROPOSE[outcome], by=by, reason=reason)
    if event.from_state in PROPOSED and not reason.strip():
        raise DomainError("Say why the proposal changes.", code="reason-missing")
    order = score_order(application)
    departs = order.departs(outcome)
    if departs and not departure.strip():
        message = "This departs from the order of the scores. Say why, from your hub’s strategic plan."
        raise DomainError(message, code="departure-missing")
    _close_open_decision(application)
    return Decision.objects.create(
        application=application,
        outcome=outcome,
        feedback=feedback,
        reason=reason,
        proposed_by=by,
        score_place=order.place,
        score_of=order.of,
        departure=departure.strip() if departs else "",
    )


@transaction.atomic
def decision_take_back(*, application: Application, by: User, reason: str = "") -> Application:
    """Undo of a proposal; one who waits on the reserve list stays there."""
    waits = application.shown_state == "reserved"
    action = Action.RETURN_TO_RESERVE if waits else Action.RETRACT
    application, _ = application_move(application=application, action=action, by=by, reason=reason)
    _close_open_decision(application)
    return application


@transaction.atomic
def decision_release(*, application: Application, by: User, read: str | None = None) -> Decision:
    """From here on the applicant knows: state, timeline and letter at once. `read` is the mark of the letter that was
    before the releaser's eyes; if it would say anything else by now, nothing is released.

    Raises DomainError `nothing-proposed` and `replaced`, and what `Engine.move` raises.
    """
    decision = application.decisions.open().first()
    if decision is None:
        message = "There is no proposed decision to release. A colleague may have acted before you."
        raise DomainError(message, code="nothing-proposed")
    application, event = application_move(application=application, action=RELEASE[Outcome(decision.outcome)], by=by)
    unchanged = application.decisions.open().filter(pk=decision.pk).first()  # asked again under the lock
    letter = letter_of(application, unchanged, at=event.at) if unchanged else None
    if unchanged is None or letter is None or (read and letter.mark != read):
        message = "The proposal or its letter has changed since you read it. Read the new letter first."
        raise DomainError(message, code="replaced")
    return decision_send(application, unchanged, by=by, at=event.at, words=letter.words)


def decision_send(application: Application, decision: Decision, *, by: User, at: datetime, words: str) -> Decision:
    """For whoever has just moved the application: the offer, and the letters."""
    decision.released_by, decision.released_at, decision.letter = by, at, words
    decision.save(update_fields=["released_by", "released_at", "letter"])
    if decision.outcome == Outcome.OFFER:
        Offer.objects.create(
            decision=decision,
            application=application,
            made_at=at,
            reply_by=reply_by_from(at, application.round.reply_days),
        )
    notices.decision_released(application, decision)
    return decision


def offers_lapse() -> int:
    """Job: ends the offers that nobody answered in time, GRACE after it, so that a late queue harms nobody."""
    due = Offer.objects.filter(replied_at=None, reply_by__lte=clock.now() - GRACE, application__state="offered")
    by = User.objects.system()

    def lapse(offer: Offer) -> None:
        application, _ = application_move(application=offer.application, action=Action.LAPSE, by=by)
        school_change_end(application=application, by=by)
        notices.offer_lapsed(application)

    return for_each(due.select_related("application__round", "application__hub").order_by("pk"), lapse)
