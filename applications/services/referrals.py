"""A candidate without a place is referred to another hub: asked by their own, consented to, taken on or declined.

Locks go HubPlaces, then Application, then Referral. No place is held until the hub that takes them on offers one.
"""

from datetime import datetime
from typing import Any

from django.db import transaction

from applications import permissions
from applications.enums import (
    OPEN_EXCEPTION,
    Action,
    Eligibility,
    ExceptionAction,
    ExceptionState,
    ReferralAction,
    ReferralState,
)
from applications.models import Application, Deferral, EligibilityException, Referral
from applications.services import notices
from applications.services.casework import case_ends
from applications.services.engines import EXCEPTION, REFERRAL, application_move, for_each
from applications.services.letters import reply_by_from
from applications.services.school_changes import application_locked
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import MathsHub


def has_place(row: HubPlaces | None) -> bool:
    """One that is not kept for somebody who deferred."""
    return row is not None and row.left > Deferral.objects.promised(row.cohort).filter(hub=row.hub_id).count()


def _place_check(referral: Referral, row: HubPlaces | None) -> None:
    if row is None:
        raise DomainError(f"{referral.to_hub} does not take part in this cohort.", code="not-recruiting")
    if not has_place(row):
        message = f"{referral.to_hub} has no place left at the moment. Nothing was changed."
        raise DomainError(message, code="no-places")


def _places(referral: Referral) -> HubPlaces | None:
    """Locked: whoever takes the last place at this moment does so before, or after."""
    rows = HubPlaces.objects.filter(cohort=referral.application.round.cohort_id, hub=referral.to_hub_id)
    return rows.select_for_update(of=("self",)).select_related("cohort").first()


def _reply_by(application: Application) -> dict[str, Any]:
    return {"reply_by": reply_by_from(clock.now(), application.round.reply_days)}


def _reason(words: str, who: str) -> str:
    if not words.strip():
        raise DomainError(f"Write why: {who} reads it.", code="reason-missing")
    return words.strip()


@transaction.atomic
def referral_ask(*, application: Application, by: User, to_hub: MathsHub, reason: str) -> Referral:
    """By a lead of the hub, to a neighbour with places. The applicant is asked; that hub knows nothing yet.

    Raises DomainError `reason-missing`, `not-recruiting`, `no-places`, `not-allowed`, `asked-already`, `not-neighbour`,
    and `barred` with what `what_bars_referring` says.
    """
    reason = _reason(reason, "the applicant")
    made = {"from_hub": application.hub, "to_hub": to_hub, "application": application}
    referral = Referral(**made, state=ReferralState.ASKED, made_at=clock.now())
    _place_check(referral, _places(referral))
    application = application_locked(application)
    if not permissions.can_refer(by, application):
        message = "A lead of the hub refers whoever is on the reserve list or was not successful."
        raise DomainError(message, code="not-allowed")
    if bar := permissions.what_bars_referring(application, referral.from_hub_id):
        raise DomainError(bar, code="barred")
    if not referral.from_hub.neighbours.filter(pk=to_hub.pk).exists():
        raise DomainError(f"{to_hub} is no neighbour of {referral.from_hub}.", code="not-neighbour")
    if application.referrals.open().exists():
        raise DomainError("This candidate is referred already. Look at that referral first.", code="asked-already")
    for name, value in _asked(application, by, reason).items():
        setattr(referral, name, value)
    referral.application = application
    referral.save()
    referral.events.create(action="ask", to_state=referral.state, by=by, at=referral.made_at, reason=reason)
    notices.referral_asked(referral)
    return referral


def _asked(application: Application, by: User, reason: str) -> dict[str, Any]:
    return {"asked_by": by, "asked_at": clock.now(), "words": reason} | _reply_by(application)


@transaction.atomic
def referral_agree(*, referral: Referral, by: User, reason: str) -> Referral:
    """To what NCETM proposes: from here on it is like the hub's own. Raises DomainError `reason-missing`,
    `not-recruiting`, `no-places`, and what `Engine.move` raises."""
    reason = _reason(reason, "the applicant")
    _place_check(referral, _places(referral))
    application = application_locked(referral.application)
    asked = _asked(application, by, reason)
    referral, _ = REFERRAL.move(referral, ReferralAction.AGREE, by=by, reason=reason, **asked)
    notices.referral_asked(referral)
    return referral


@transaction.atomic
def referral_dismiss(*, referral: Referral, by: User, reason: str) -> Referral:
    """Of what NCETM proposes; the applicant never hears of it."""
    decided = _decided(by, _reason(reason, "NCETM"))
    application_locked(referral.application)
    referral, _ = REFERRAL.move(referral, ReferralAction.DISMISS, by=by, reason=reason.strip(), **decided)
    return referral


def _decided(by: User, reason: str) -> dict[str, Any]:
    return {"decided_by": by, "decided_at": clock.now(), "decision_reason": reason}


@transaction.atomic
def referral_consent(*, referral: Referral, by: User, at: datetime) -> Referral:
    """From here on the other hub's leads read the application with its scores. Raises DomainError `late`, `no-places`
    while that hub has none, and what `Engine.move` raises."""
    if at >= referral.reply_by:
        raise DomainError("The time to answer has passed.", code="late")
    _place_check(referral, _places(referral))
    application = application_locked(referral.application)
    changes = {"consented_at": clock.now()} | _reply_by(application)
    referral, _ = REFERRAL.move(referral, ReferralAction.CONSENT, by=by, **changes)
    notices.referral_consented(referral)
    return referral


@transaction.atomic
def referral_refuse(*, referral: Referral, by: User) -> Referral:
    """By the applicant, who need not say why."""
    application_locked(referral.application)
    referral, _ = REFERRAL.move(referral, ReferralAction.REFUSE, by=by)
    notices.referral_refused(referral)
    return referral


@transaction.atomic
def referral_take_back(*, referral: Referral, by: User, reason: str = "") -> Referral:
    """By the hub that asked, or by the applicant who had consented: all is as it was."""
    application_locked(referral.application)
    referral, event = REFERRAL.move(referral, ReferralAction.TAKE_BACK, by=by, reason=reason.strip())
    notices.referral_taken_back(referral, by=by, was=event.from_state)
    return referral


@transaction.atomic
def referral_accept(*, referral: Referral, by: User, reason: str) -> Referral:
    """The application is the other hub's from now on, and complete there: it holds no place until that hub offers one.

    Raises DomainError `reason-missing`, `not-recruiting`, `no-places`, and what `Engine.move` raises.
    """
    reason = _reason(reason, "the applicant")
    _place_check(referral, _places(referral))
    application = application_locked(referral.application)
    referral, _ = REFERRAL.move(referral, ReferralAction.ACCEPT, by=by, reason=reason, **_decided(by, reason))
    _take_on(referral, application, by)
    notices.referral_accepted(referral)
    return referral


def _take_on(referral: Referral, application: Application, by: User) -> None:
    """An exception that was made goes along: whoever takes them on makes it too."""
    home = application.home_hub_id == referral.to_hub_id
    words = "" if home else f"Referred by {referral.from_hub}: {referral.words}"
    moved = {"hub": referral.to_hub, "hub_reason": words}
    reason = f"From {referral.from_hub} to {referral.to_hub}"
    application_move(application=application, action=Action.TAKE_ON, by=by, reason=reason, **moved)
    case_ends(application, by)
    if application.eligibility == Eligibility.GRANTED:
        _exception_along(referral, application, by)


def _exception_along(referral: Referral, application: Application, by: User) -> None:
    before = application.exceptions.filter(state__in=OPEN_EXCEPTION).first()
    if before is None:
        return
    reason = f"{referral.to_hub} takes the applicant on"
    EXCEPTION.move(before, ExceptionAction.CANCEL, by=User.objects.system(), reason=reason)
    exception = EligibilityException.objects.create(
        application=application,
        outcome=before.outcome,
        hub=referral.to_hub,
        reason=before.reason,
        asked_at=before.asked_at,
    )
    exception.events.create(
        action="ask", to_state=ExceptionState.ASKED, by=application.applicant, reason=before.reason, at=before.asked_at
    )
    EXCEPTION.move(exception, ExceptionAction.GRANT, by=by, reason=reason, **_decided(by, reason))


@transaction.atomic
def referral_decline(*, referral: Referral, by: User, reason: str) -> Referral:
    """Back as it was: the other hub reads the application no longer. Raises DomainError `reason-missing`, and what
    `Engine.move` raises."""
    reason = _reason(reason, "the other hub and the applicant")
    application_locked(referral.application)
    referral, _ = REFERRAL.move(referral, ReferralAction.DECLINE, by=by, reason=reason, **_decided(by, reason))
    notices.referral_declined(referral)
    return referral


def referral_end(*, application: Application) -> None:
    """For whatever has just ended the application, under its lock: no referral outlives it."""
    referral = application.referrals.open().select_related("from_hub", "to_hub").first()
    if referral is None:
        return
    system = User.objects.system()
    action = ReferralAction.LAPSE if referral.state == ReferralState.PROPOSED else ReferralAction.TAKE_BACK
    referral, event = REFERRAL.move(referral, action, by=system, reason="The application has ended")
    notices.referral_gone(referral, was=event.from_state)


def referrals_lapse() -> int:
    """Job: ends what nobody answered in time, GRACE after it; the application stays as it was."""
    due = Referral.objects.open().filter(reply_by__lte=clock.now() - GRACE).order_by("pk")
    by = User.objects.system()

    def lapse(referral: Referral) -> None:
        application_locked(referral.application)
        referral, event = REFERRAL.move(referral, ReferralAction.LAPSE, by=by)
        notices.referral_lapsed(referral, was=event.from_state)

    return for_each(due.with_all(), lapse)
