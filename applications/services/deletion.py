"""A draft that its applicant deletes is gone, and not only hidden: docs/decisions/0016-a-deleted-draft-is-gone.md."""

from typing import Any

from django.db import models, transaction

from applications.eligibility import current_leader, current_support
from applications.enums import Action, Eligibility, SupportAction
from applications.models import (
    Application,
    EligibilityException,
    HeadteacherRank,
    HeadteacherStatement,
    HeadteacherSupport,
    HeadteacherSupportEvent,
    PledgeRenewal,
    SubjectLeaderStatement,
    SubjectLeaderSupport,
)
from applications.services import notices
from applications.services.drafts import draft_lock
from applications.services.engines import LEADER, SUPPORT, application_move
from mastery_hub.accounts.models import User
from mastery_hub.common.history import history_erase
from mastery_hub.directory.services.unlisted import unlisted_school_drop

EMPTY: dict[str, Any] = {
    "job_title": "",
    "phase": "",
    "phases": [],
    "school": None,
    "typed_school": None,
    "hub": None,
    "home_hub": None,
    "hub_reason": "",
    "pledge": None,
    "eligibility": Eligibility.UNCHECKED,
}


@transaction.atomic
def application_delete(*, application: Application, by: User) -> None:
    """Only one that was never submitted. Its headteacher, if asked, is told; that it was begun and deleted stays."""
    application = draft_lock(application, by)
    typed, support = application.typed_school, current_support(application)
    if support:
        notices.headteacher_released(application)
        SUPPORT.move(support, SupportAction.CANCEL, by=by, reason="The draft was deleted")
    if leader := current_leader(application):
        notices.leader_released(application)
        LEADER.move(leader, SupportAction.CANCEL, by=by, reason="The draft was deleted")
    application, _ = application_move(application=application, action=Action.DELETE, by=by)
    _erase(EligibilityException.objects.filter(application=application))  # before the outcomes that they name
    for owned in Application._meta.related_objects:
        if owned.on_delete is models.CASCADE:
            _erase(owned.related_model._base_manager.filter(**{owned.field.name: application}))
    supports = HeadteacherSupport.objects.filter(application=application)
    _erase(HeadteacherStatement.objects.filter(support__in=supports))
    _erase(PledgeRenewal.objects.filter(support__in=supports))
    HeadteacherRank.objects.filter(support__in=supports).delete()
    HeadteacherSupportEvent.objects.filter(support__in=supports, action=SupportAction.PASS_ON).update(reason="")
    supports.update(decline_reason="")
    history_erase(HeadteacherSupport, list(supports.values_list("pk", flat=True)))
    leaders = SubjectLeaderSupport.objects.filter(application=application)
    _erase(SubjectLeaderStatement.objects.filter(support__in=leaders))
    leaders.update(decline_reason="")
    history_erase(SubjectLeaderSupport, list(leaders.values_list("pk", flat=True)))
    for name, value in EMPTY.items():
        setattr(application, name, value)
    application.save(update_fields=list(EMPTY))
    history_erase(Application, [application.pk])
    if typed:
        unlisted_school_drop(unlisted=typed)


def _erase(rows: models.QuerySet[models.Model]) -> None:
    """With the files that the rows own, and what they said before."""
    keys = list(rows.values_list("pk", flat=True))
    rows.delete()
    history_erase(rows.model, keys)
