"""What a cohort is told to expect and is promised, sentence by sentence: shown on the round's page."""

from collections.abc import Mapping, Sequence

from django.db import transaction

from applications.enums import RoundAction
from applications.models import Round
from applications.services.round_log import checked, meanwhile_refuse, round_lock, round_note
from cohorts.enums import Section
from cohorts.models import Cohort, CohortPoint
from mastery_hub.accounts.models import User


def points_of(cohort: Cohort) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {section.value: [] for section in Section}
    for point in CohortPoint.objects.filter(cohort=cohort):
        found[point.section].append(point.text)
    return found


@transaction.atomic
def round_set_points(*, round: Round, by: User, wanted: Mapping[str, Sequence[str]], seen: int) -> Round:
    """`wanted` is every sentence of each section, in order; the log keeps those that went. Nobody signs for these.

    Raises ChangedMeanwhileError.
    """
    round = round_lock(round=round, by=by)
    before = points_of(round.cohort)
    changed = [section for section in Section if before[section] != list(wanted[section])]
    if changed:
        meanwhile_refuse(round=round, seen=seen, about=(RoundAction.CHANGE_POINTS,))
        round.cohort.points.filter(section__in=changed).delete()
        CohortPoint.objects.bulk_create(
            CohortPoint(cohort=round.cohort, section=section, order=order, text=text)
            for section in changed
            for order, text in enumerate(wanted[section], 1)
        )
        lines = [line for section in changed for line in _told(section, before[section], wanted[section])]
        round_note(round=round, action=RoundAction.CHANGE_POINTS, by=by, changes=lines)
    checked(round, "points")
    return round


def _told(section: Section, before: Sequence[str], after: Sequence[str]) -> list[str]:
    gone = [f"{section.label}: “{text}” removed" for text in before if text not in after]
    new = [f"{section.label}: “{text}” added" for text in after if text not in before]
    return [*gone, *new] or [f"{section.label}: in another order"]
