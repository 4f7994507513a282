"""Publishing a round, closing it before its time, and opening it again."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import transaction

from applications import set_up
from applications.enums import AnnouncementKind, RoundAction, RoundStage, State
from applications.models import AnnouncementNotice, Application, Round
from applications.services.announcements import announce
from applications.services.round_dates import DatesError, RoundDates, dates_problems
from applications.services.round_log import round_lock, round_note
from applications.services.taking_up import applications_take_up
from applications.services.terms import drafts_follow
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.templatetags.moments import deadline
from mastery_hub.messaging.reminders import reminders_nudge


@transaction.atomic
def round_publish(*, round: Round, by: User) -> Round:
    """From now on everybody sees the round; it opens by itself. Raises DomainError `missing` with all that is."""
    round = round_lock(round=round, by=by)
    if round.published_at:
        raise DomainError(f"This round was published already, at {deadline(round.published_at)}.", code="stale")
    if missing := set_up.missing(round):
        raise DomainError(f"The round cannot be published yet. {'. '.join(missing)}.", code="missing")
    round.published_at = clock.now()
    round.save(update_fields=["published_at"])
    round_note(round=round, action=RoundAction.PUBLISH, by=by, before=RoundStage.SETTING_UP)
    return round


@transaction.atomic
def round_close_early(*, round: Round, by: User, reason: str) -> Round:
    """Nobody can submit from this instant on. Headteachers of what was submitted keep the time that they were told, and
    so does whoever was given an extension. Drafts end as after any closing, by the job; their writers are told now.

    Raises DomainError `not-open`, or `reason` without one.
    """
    round = round_lock(round=round, by=by)
    now = clock.now()
    if not round.is_open(now) or now == round.opens_at:
        raise DomainError(f"This round is not open: it is “{round.stage.label.lower()}”.", code="not-open")
    if not reason.strip():
        raise DomainError("Say why the round closes early: applicants are told.", code="reason")
    was = round.closes_at
    round.support_closes_at, round.closes_at, round.closed_early_at = round.support_deadline, now, now
    round.save(update_fields=["support_closes_at", "closes_at", "closed_early_at"])
    writing = Application.objects.with_deadlines(closes_at__lte=now).filter(round=round, state=State.DRAFT)
    facts: dict[str, Any] = {"closed_at": now.isoformat(), "was": was.isoformat(), "reason": reason}
    told = announce(round=round, kind=AnnouncementKind.CLOSED_EARLY, to=writing, **facts)
    changes = [f"Applications close: {deadline(now)} (was {deadline(was)})", f"Told by email: {_people(told)}"]
    round_note(
        round=round, action=RoundAction.CLOSE_EARLY, by=by, before=RoundStage.OPEN, changes=changes, reason=reason
    )
    reminders_nudge()
    return round


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number} people"


@transaction.atomic
def round_reopen(
    *, round: Round, by: User, closes_at: datetime, support_closes_at: datetime | None, reason: str
) -> Round:
    """Open again until `closes_at`. Whatever the closing had ended unfinished stands where it stood, and its writers
    are told: a draft is a draft, and what waited for a headteacher waits again.

    Raises DomainError `not-closed` or `reason`, or DatesError.
    """
    round = round_lock(round=round, by=by)
    if round.stage != RoundStage.CLOSED:
        raise DomainError(f"This round is not closed: it is “{round.stage.label.lower()}”.", code="not-closed")
    if not reason.strip():
        raise DomainError("Say why the round opens again.", code="reason")
    before = RoundDates.of(round)
    dates = replace(before, closes_at=closes_at, support_closes_at=support_closes_at)
    if problems := dates_problems(dates, cohort=round.cohort):
        raise DatesError(problems)
    told_closed = _told_closed(round)
    round.closes_at, round.support_closes_at, round.closed_early_at = closes_at, support_closes_at, None
    round.save(update_fields=["closes_at", "support_closes_at", "closed_early_at"])
    back = applications_take_up(Application.objects.filter(round=round))
    to = Application.objects.filter(pk__in=[*back, *told_closed])
    announce(round=round, kind=AnnouncementKind.REOPENED, to=to)
    if terms := round.current_terms:  # what is taken up may have been begun under an earlier version
        drafts_follow(terms=terms)
    changes = [
        f"Applications close: {deadline(closes_at)} (was {deadline(before.closes_at)})",
        f"Applications taken up again: {len(back)}",
    ]
    round_note(round=round, action=RoundAction.REOPEN, by=by, before=RoundStage.CLOSED, changes=changes, reason=reason)
    reminders_nudge()
    return round


def _told_closed(round: Round) -> list[int]:
    """Drafts that no job has ended yet, whose writers were told that the round closed early."""
    if round.closed_early_at is None:
        return []
    told = {"announcement__kind": AnnouncementKind.CLOSED_EARLY, "announcement__round": round}
    told |= {"announcement__facts__closed_at": round.closed_early_at.isoformat()}
    notices = AnnouncementNotice.objects.filter(application__state=State.DRAFT, **told)
    return list(notices.values_list("application", flat=True))
