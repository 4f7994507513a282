"""More time for one hub or one applicant: given by NCETM with a reason, and taken back while nobody relies on it.

Locks go Round, then Application, then Extension. Whoever submits or answers after the round's own deadline locks the
extension that lets them (`extensions_rely`), so that it is not taken back in the same moment.
"""

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from applications import permissions
from applications.enums import AnnouncementKind, State
from applications.models import Application, Extension, HeadteacherSupport, Round, SubjectLeaderSupport
from applications.models.extensions import Deadlines, deadlines
from applications.services import notices
from applications.services.announcements import announce
from applications.services.taking_up import TAKEN_UP, applications_take_up
from applications.services.terms import drafts_follow
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.templatetags.moments import day, deadline, moment
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.reminders import reminders_nudge

WAITING = (State.DRAFT, State.SUBMITTED)  # those whom a deadline still concerns
REQUESTS: tuple[Any, ...] = (HeadteacherSupport, SubjectLeaderSupport)


class ExtensionError(DomainError):
    """`problems` is a sentence for each field that is wrong."""

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__("No more time was given.", code="extension")
        self.problems = problems


def deadlines_of(round: Round, *, hub: MathsHub | None = None, applicant: User | None = None) -> Deadlines:
    """What a hub's applicants have now, or one person, the hub of their application counted."""
    if applicant is None:
        return deadlines(round, Extension.objects.standing().filter(round=round, hub=hub))
    own = Application.objects.filter(round=round, applicant=applicant).order_by("-started_at").first()
    return own.deadlines if own else deadlines(round, round.extensions.standing().filter(applicant=applicant))


def extension_problems(
    has: Deadlines, round: Round, *, closes_at: datetime | None, support_closes_at: datetime | None
) -> dict[str, str]:
    """Every problem at once, one for each field."""
    found, starts = {}, round.cohort.academic_year.first_day
    if not (closes_at or support_closes_at):
        found["closes_at"] = "Enter a new closing time for applicants, for headteachers, or for both"
    for field, wanted, now_has in (
        ("closes_at", closes_at, has.closes_at),
        ("support_closes_at", support_closes_at, has.support_closes_at),
    ):
        if wanted is None:
            continue
        if wanted <= now_has:
            found[field] = f"Choose a time after {deadline(now_has)}, which is what they have already"
        elif wanted <= clock.now():
            found[field] = "Choose a time in the future"
        elif clock.london(wanted).date() >= starts:
            found[field] = f"Choose a time before {round.cohort.name} starts on {day(starts)}"
    if closes_at and support_closes_at and support_closes_at < closes_at:
        found.setdefault("support_closes_at", "Headteachers must have at least as long as applicants")
    return found


@transaction.atomic
def extension_give(
    *,
    round: Round,
    by: User,
    reason: str,
    hub: MathsHub | None = None,
    applicant: User | None = None,
    closes_at: datetime | None = None,
    support_closes_at: datetime | None = None,
) -> Extension:
    """What the deadline had already ended unfinished is taken up again, and everybody concerned is told.

    Raises ExtensionError, or DomainError `not-allowed`, `reason`, `not-taking-part` or `whose`.
    """
    if not permissions.can_extend_deadlines(by):
        raise DomainError("You do not have permission to do this.", code="not-allowed")
    if (hub is None) == (applicant is None):
        raise DomainError("Give more time to one hub or to one applicant.", code="whose")
    if not reason.strip():
        raise DomainError("Say why more time is given.", code="reason")
    round = Round.objects.select_for_update(of=("self",), no_key=True).get(pk=round.pk)
    if hub and not round.cohort.hub_places.filter(hub=hub).exists():
        raise DomainError(f"{hub} does not take part in this round.", code="not-taking-part")
    touched = _covered(round, hub, applicant)
    has = deadlines_of(round, hub=hub, applicant=applicant)
    if problems := extension_problems(has, round, closes_at=closes_at, support_closes_at=support_closes_at):
        raise ExtensionError(problems)
    before = _deadlines_now(touched)
    extension = Extension.objects.create(
        round=round,
        hub=hub,
        applicant=applicant,
        closes_at=closes_at,
        support_closes_at=support_closes_at,
        reason=reason.strip(),
        by=by,
    )
    applications_take_up(Application.objects.filter(pk__in=before))
    moved = _moved(before)
    announce(round=round, kind=AnnouncementKind.EXTENSION_GIVEN, to=moved, extension=extension.pk)
    if terms := round.current_terms:  # what was taken up may have been begun under an earlier version
        drafts_follow(terms=terms)
    if applicant and not before:
        notices.extension_given_to_begin(extension)
    if hub:
        notices.extension_given_hub(extension)
    reminders_nudge()
    return extension


def _covered(round: Round, hub: MathsHub | None, applicant: User | None) -> QuerySet[Application]:
    whose = {"applicant": applicant} if applicant else {"hub": hub}
    return Application.objects.filter(round=round, state__in=[*WAITING, *TAKEN_UP], **whose)


def _deadlines_now(applications: QuerySet[Application]) -> dict[int, Deadlines]:
    """By key, with the applications locked."""
    locked = list(applications.select_for_update(of=("self",)).order_by("pk").values_list("pk", flat=True))
    found = Application.objects.with_deadlines().filter(pk__in=locked)
    return {each.pk: Deadlines(each.closes_at, each.support_closes_at) for each in found}


def _moved(before: dict[int, Deadlines]) -> QuerySet[Application]:
    """Those who still wait and whose deadlines are no longer what they were."""
    now = _deadlines_now(Application.objects.filter(pk__in=before, state__in=WAITING))
    return Application.objects.filter(pk__in=[pk for pk, each in now.items() if each != before[pk]])


def extensions_rely(*, application: Application, at: datetime) -> Deadlines:
    """The deadlines by which something that arrived at `at` counts: what lets it happen stays until it is written.

    The application need not have been begun, and is locked where it has.
    """
    round = application.round
    covering = Extension.objects.covering(round=round.pk, hub=application.hub_id, applicant=application.applicant_id)
    if at >= round.closes_at:
        covering = covering.select_for_update(of=("self",)).order_by("pk")
    return deadlines(round, covering)


def extension_relied_on(extension: Extension) -> str:
    """Why it can no longer be taken back, as a sentence: somebody did under it what would have been too late without
    it. Empty as long as nobody has."""
    round = extension.round
    without = deadlines(
        round,
        round.extensions.standing()
        .filter(hub=extension.hub_id, applicant=extension.applicant_id)
        .exclude(pk=extension.pk),
    )
    late = Q(started_at__gte=without.closes_at) | Q(saved_at__gte=without.closes_at)
    late |= Q(submitted_at__gte=without.closes_at)
    for_support = Q(requested_at__gte=without.support_closes_at) | Q(answered_at__gte=without.support_closes_at)
    for kind in REQUESTS:
        late |= Q(Exists(kind.objects.current().filter(for_support, application=OuterRef("pk"))))
    whose = {"applicant": extension.applicant_id} if extension.applicant_id else {"hub": extension.hub_id}
    if Application.objects.filter(late, round=round, **whose).exists():
        return "Somebody has already used the extra time, so it can no longer be taken back."
    return ""


@transaction.atomic
def extension_cancel(*, extension: Extension, by: User, reason: str) -> Extension:
    """Ends a mistake. Those who were told of more time are told that there is none.

    Raises DomainError `not-allowed`, `reason`, `stale` when a colleague was faster, or `relied-on`.
    """
    if not permissions.can_extend_deadlines(by):
        raise DomainError("You do not have permission to do this.", code="not-allowed")
    if not reason.strip():
        raise DomainError("Say why the extra time is taken back: those who have it are told.", code="reason")
    Round.objects.select_for_update(of=("self",), no_key=True).get(pk=extension.round_id)
    before = _deadlines_now(_covered(extension.round, extension.hub, extension.applicant))
    extension = Extension.objects.select_for_update(of=("self",)).get(pk=extension.pk)
    if extension.cancelled_at:
        message = f"{extension.cancelled_by} already took this back on {moment(extension.cancelled_at)}."
        raise DomainError(message, code="stale")
    if sentence := extension_relied_on(extension):
        raise DomainError(sentence, code="relied-on")
    extension.cancelled_at, extension.cancelled_by, extension.cancel_reason = clock.now(), by, reason.strip()
    extension.save(update_fields=["cancelled_at", "cancelled_by", "cancel_reason"])
    moved, kind = _moved(before), AnnouncementKind.EXTENSION_CANCELLED
    announce(round=extension.round, kind=kind, to=moved, extension=extension.pk, reason=extension.cancel_reason)
    if extension.hub:
        notices.extension_cancelled_hub(extension)
    reminders_nudge()
    return extension
