"""The hub's writes: score, propose, release; and the jobs that lapse offers."""

from datetime import datetime, time, timedelta

from django.db import transaction

from applications import permissions
from applications.enums import Action, Outcome, Shown
from applications.models import Application, Criterion, Decision, Offer, Review, Score
from applications.services import notices
from applications.services.engines import application_move, for_each
from applications.services.school_changes import school_change_end
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
    *, application: Application, by: User, outcome: Outcome, feedback: str, reason: str = ""
) -> Decision:
    """Replaces a proposal that is not released yet. A proposed offer holds one of the hub's places from now on.

    Raises DomainError `feedback-missing` and `no-places`, and what `Engine.move` raises.
    """
    if outcome == Outcome.UNSUCCESSFUL and not feedback.strip():
        raise DomainError("Write feedback for the applicant.", code="feedback-missing")
    application, _ = application_move(application=application, action=PROPOSE[outcome], by=by, reason=reason)
    _close_open_decision(application)
    return Decision.objects.create(
        application=application, outcome=outcome, feedback=feedback, reason=reason, proposed_by=by
    )


@transaction.atomic
def decision_take_back(*, application: Application, by: User, reason: str = "") -> Application:
    """Undo of a proposal; one who waits on the reserve list stays there."""
    waits = application.shown_state == "reserved"
    action = Action.RETURN_TO_RESERVE if waits else Action.RETRACT
    application, _ = application_move(application=application, action=action, by=by, reason=reason)
    _close_open_decision(application)
    return application


def reply_by_from(released: datetime, days: int) -> datetime:
    """11:59pm in London, `days` calendar days after the release: nobody misreads that as they misread midnight."""
    day = clock.london(released).date() + timedelta(days=days)
    return datetime.combine(day, time(23, 59), tzinfo=clock.LONDON)


@transaction.atomic
def decision_release(*, application: Application, by: User, read: int | None = None) -> Decision:
    """From here on the applicant knows: state, timeline and letter at once. `read` is the key of the decision whose
    letter was before the releaser's eyes; if a colleague has replaced it meanwhile, nothing is released.

    Raises DomainError `nothing-proposed` and `replaced`, and what `Engine.move` raises.
    """
    unreleased = application.decisions.filter(released_at=None, closed_at=None)
    decision = unreleased.first()
    if decision is None:
        message = "There is no proposed decision to release. A colleague may have acted before you."
        raise DomainError(message, code="nothing-proposed")
    application, _ = application_move(application=application, action=RELEASE[Outcome(decision.outcome)], by=by)
    if not unreleased.filter(pk=read or decision.pk).exists():  # asked again under the lock
        raise DomainError("The proposal has changed since you read it. Read the new letter first.", code="replaced")
    decision.refresh_from_db()
    decision.released_by, decision.released_at = by, clock.now()
    decision.save(update_fields=["released_by", "released_at"])
    if decision.outcome == Outcome.OFFER:
        Offer.objects.create(
            decision=decision,
            application=application,
            made_at=decision.released_at,
            reply_by=reply_by_from(decision.released_at, application.round.reply_days),
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
