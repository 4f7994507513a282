"""Closing a round, and publishing what applicants must read."""

from collections.abc import Callable

from django.db import transaction
from django.db.models import QuerySet

from applications.enums import Action, State
from applications.models import Application, InformationDocument, Round
from applications.services import notices
from applications.services.engines import application_move, for_each
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.arrival import GRACE


def _end(applications: QuerySet[Application], action: Action, notice: Callable[[Application], None]) -> int:
    def end(application: Application) -> None:
        application, _ = application_move(application=application, action=action, by=User.objects.system())
        notice(application)

    return for_each(applications.select_related("round__cohort__programme", "applicant").order_by("pk"), end)


def rounds_close() -> tuple[int, int]:
    """Job: GRACE after each deadline, expires the drafts left and ends what no headteacher supported."""
    before = clock.now() - GRACE
    expired = _end(
        Application.objects.filter(state=State.DRAFT, round__closes_at__lte=before),
        Action.EXPIRE,
        notices.application_expired,
    )
    waiting = Application.objects.filter(state=State.SUBMITTED)
    closed = waiting.filter(round__support_closes_at=None, round__closes_at__lte=before) | waiting.filter(
        round__support_closes_at__lte=before
    )
    return expired, _end(closed, Action.MARK_INCOMPLETE, notices.application_incomplete)


@transaction.atomic
def information_document_publish(*, round: Round, title: str, body: str) -> InformationDocument:
    """A later version is a new row: what applicants read stays as it was."""
    Round.objects.select_for_update(of=("self",)).get(pk=round.pk)
    latest = round.current_document
    return InformationDocument.objects.create(
        round=round, version=latest.version + 1 if latest else 1, title=title, body=body, published_at=clock.now()
    )
