"""Telling everybody with a draft what NCETM did: the request writes rows in one statement, a worker renders the emails.

A worker takes a lot of rows under their locks, which others skip, and writes each row's email and its end together: one
that is killed leaves the lot as it was, and nobody is told twice. Beat does what no nudge did.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, models, transaction
from django.db.models import QuerySet, Value

from applications.enums import AnnouncementKind, State
from applications.models import (
    Announcement,
    AnnouncementNotice,
    Application,
    Extension,
    InformationDocument,
    Round,
    RoundTerms,
)
from applications.services import notices
from mastery_hub.celery import nudge
from mastery_hub.common import clock
from mastery_hub.messaging.models import Email

log = logging.getLogger(__name__)
READ = ("answers__question", "supports__renewals", "declarations", "terms__criteria")
LOT = 50  # emails rendered in one transaction: what a worker holds in hand, and what one that is killed does again

WAITING = frozenset({State.DRAFT, State.SUBMITTED})
CONCERNED: dict[str, frozenset[State]] = {
    AnnouncementKind.TERMS_CHANGED: frozenset({State.DRAFT}),
    AnnouncementKind.INFORMATION_CHANGED: frozenset({State.DRAFT}),
    AnnouncementKind.CLOSED_EARLY: frozenset({State.DRAFT, State.EXPIRED}),  # which hear of it once
    AnnouncementKind.REOPENED: WAITING,
    AnnouncementKind.EXTENSION_GIVEN: WAITING,
    AnnouncementKind.EXTENSION_CANCELLED: WAITING,
}

INSERT = """
    INSERT INTO applications_announcementnotice (announcement_id, application_id, since)
    SELECT %s, told.application, told.since FROM ({told}) AS told (application, since) ORDER BY told.application
    ON CONFLICT DO NOTHING
"""


def announce(
    *,
    round: Round,
    kind: AnnouncementKind,
    to: "QuerySet[Application]",
    since: models.expressions.Combinable | None = None,
    **facts: Any,
) -> int:
    """In the caller's transaction and in two statements however many there are; returns how many are being told."""
    zero = Value(0, output_field=models.PositiveSmallIntegerField())
    found = to.order_by().annotate(told_since=since or zero).values_list("pk", "told_since")
    announcement = Announcement.objects.create(round=round, kind=kind, facts=facts)
    try:
        told, params = found.query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(INSERT.format(told=told), [announcement.pk, *params])
        number = int(cursor.rowcount)
    queued = (call for _, call, _ in transaction.get_connection().run_on_commit)
    if number and _nudge not in queued:
        transaction.on_commit(_nudge, robust=True)
    return number


def _nudge() -> None:
    nudge("applications.tasks.announcements_send")


def announcements_send() -> int:
    """Job: renders and queues what waits, lot by lot; returns how many emails it wrote. One that fails is logged, keeps
    no other waiting and is tried by the next run."""
    sent, failed = 0, list[int]()
    while (lot := _lot_send(failed)) is not None:
        sent += lot
    return sent


@transaction.atomic
def _lot_send(failed: list[int]) -> int | None:
    waiting = AnnouncementNotice.objects.waiting().exclude(pk__in=failed).order_by("pk")
    lot = list(waiting.select_related("announcement__round").select_for_update(skip_locked=True, of=("self",))[:LOT])
    if not lot:
        return None
    people = Application.objects.with_people().with_deadlines().prefetch_related(*READ)
    applications = people.in_bulk([notice.application_id for notice in lot])
    sent = 0
    for notice in lot:
        try:
            with transaction.atomic():
                sent += _send(notice, applications[notice.application_id])
        except Exception:  # one that cannot be rendered must not keep the others waiting
            log.exception("Notice %s could not be written", notice.pk)
            failed.append(notice.pk)
    return sent


def _send(notice: AnnouncementNotice, application: Application) -> bool:
    """Nothing where it concerns them no longer: submitted, withdrawn or deleted meanwhile; and nothing that is no
    longer so, which each writer asks."""
    kind = notice.announcement.kind
    if application.state in CONCERNED[kind]:
        notice.email = WRITERS[kind](application, notice)
    notice.done_at = clock.now()
    notice.save(update_fields=["done_at", "email"])
    return notice.email is not None


def _terms_changed(application: Application, notice: AnnouncementNotice) -> Email | None:
    """However many versions the draft had missed when this one came into force."""
    newest = RoundTerms.objects.get(pk=notice.announcement.facts["terms"])
    missed = RoundTerms.objects.in_force().filter(round=newest.round_id, version__gt=notice.since)
    versions = missed.filter(version__lte=newest.version).order_by("version")
    return notices.terms_changed(application, [change for version in versions for change in version.changes])


def _information_changed(application: Application, notice: AnnouncementNotice) -> Email | None:
    document = InformationDocument.objects.get(pk=notice.announcement.facts["document"])
    return notices.information_changed(application, document)


def _closed_early(application: Application, notice: AnnouncementNotice) -> Email | None:
    facts, round = notice.announcement.facts, notice.announcement.round
    closed_at = datetime.fromisoformat(facts["closed_at"])
    if round.closed_early_at != closed_at or _may_act(application):
        return None
    was = datetime.fromisoformat(facts["was"])
    return notices.round_closed_early(application, closed_at=closed_at, was=was, reason=facts["reason"])


def _reopened(application: Application, notice: AnnouncementNotice) -> Email | None:
    later = application.announcement_notices.filter(announcement__kind=AnnouncementKind.REOPENED, pk__gt=notice.pk)
    return notices.round_reopened(application) if _may_act(application) and not later.exists() else None


def _extension_given(application: Application, notice: AnnouncementNotice) -> Email | None:
    stands = Extension.objects.standing().filter(pk=notice.announcement.facts["extension"]).exists()
    return notices.extension_given(application) if stands and _may_act(application) else None


def _extension_cancelled(application: Application, notice: AnnouncementNotice) -> Email | None:
    """Nothing where they were never told that it was given."""
    facts, kind = notice.announcement.facts, AnnouncementKind.EXTENSION_GIVEN
    untold = application.announcement_notices.filter(done_at__isnull=False, email=None, announcement__kind=kind)
    if untold.filter(announcement__facts__extension=facts["extension"]).exists():
        return None
    return notices.extension_cancelled(application, reason=facts["reason"])


def _may_act(application: Application) -> bool:
    """Whether there is time: to submit it, or for its headteacher where it is submitted."""
    ends = application.closes_at if application.submitted_at is None else application.support_closes_at
    return ends > clock.now()


WRITERS: dict[str, Callable[[Application, AnnouncementNotice], Email | None]] = {
    AnnouncementKind.TERMS_CHANGED: _terms_changed,
    AnnouncementKind.INFORMATION_CHANGED: _information_changed,
    AnnouncementKind.CLOSED_EARLY: _closed_early,
    AnnouncementKind.REOPENED: _reopened,
    AnnouncementKind.EXTENSION_GIVEN: _extension_given,
    AnnouncementKind.EXTENSION_CANCELLED: _extension_cancelled,
}
