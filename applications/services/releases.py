"""A hub's decisions of a round go out together; and its own day, where that is later than the round's."""

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import transaction

from applications import permissions
from applications.enums import State
from applications.models import Application, Decision, ReleaseDelay, Round
from applications.services.selection import decision_release
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.templatetags.moments import day
from mastery_hub.directory.models import MathsHub

log = logging.getLogger(__name__)
KEY = re.compile(r"[1-9][0-9]{0,17}")


@dataclass
class Released:
    """What became of the letters that were read: `refused` says of each that stayed behind whose it is, and why."""

    released: int = 0
    before: int = 0
    refused: list[tuple[Application, str]] = field(default_factory=list)


def decisions_release(*, round: Round, hub: MathsHub, by: User, read: Iterable[str]) -> Released:
    """Releases what was read, by the marks of the letters. Each goes out in a transaction of its own, so that one that
    cannot go keeps no other back, and whoever is interrupted begins again with those that are left.

    Raises DomainError `not-allowed`, and `too-early` before the round's day.
    """
    if not permissions.can_lead_selection(by, hub):
        raise DomainError("Only a lead of the hub releases its decisions.", code="not-allowed")
    if sentence := permissions.release_day_words(round):
        raise DomainError(sentence, code="too-early")
    marks = {mark.partition("-")[0]: mark for mark in read}
    found = Decision.objects.at(hub, round).filter(pk__in=[key for key in marks if KEY.fullmatch(key)])
    told = Released()
    for decision in found.select_related("application__round", "application__applicant").order_by("pk"):
        if decision.released_at:
            told.before += 1
            continue
        try:
            decision_release(application=decision.application, by=by, read=marks[str(decision.pk)])
        except DomainError as refused:
            told.refused.append((decision.application, refused.message))
        except Exception:
            log.exception("Decision %s could not be released", decision.pk)
            told.refused.append((decision.application, "Something went wrong. Try again."))
        else:
            told.released += 1
    return told


@transaction.atomic
def release_delay_set(*, round: Round, hub: MathsHub, by: User, until: date, note: str) -> ReleaseDelay:
    """Says when the hub writes, to applicants who have not heard; another day replaces the first.

    Raises DomainError `not-allowed`, `note-missing`, `day-wrong` and `nobody-waits`.
    """
    if not permissions.can_lead_selection(by, hub):
        raise DomainError("Only a lead of the hub says when it writes.", code="not-allowed")
    Round.objects.select_for_update(of=("self",), no_key=True).get(pk=round.pk)
    if not note.strip():
        raise DomainError("Say why your hub writes later.", code="note-missing")
    planned = clock.london(round.releases_at).date() if round.releases_at else clock.today()
    if until < max(planned, clock.today()):
        raise DomainError(f"Choose a day from {day(max(planned, clock.today()))} on.", code="day-wrong")
    if until >= round.cohort.academic_year.first_day:
        begins = day(round.cohort.academic_year.first_day)
        raise DomainError(f"Choose a day before the cohort begins, {begins}.", code="day-wrong")
    if not Application.objects.filter(hub=hub, round=round, shown_state=State.COMPLETE).exists():
        raise DomainError("Everybody who applied to your hub has heard already.", code="nobody-waits")
    _end_standing(round, hub)
    return ReleaseDelay.objects.create(round=round, hub=hub, by=by, at=clock.now(), until=until, note=note.strip())


@transaction.atomic
def release_delay_end(*, round: Round, hub: MathsHub, by: User) -> None:
    """Raises DomainError `not-allowed`, and `stale` where there is none."""
    if not permissions.can_lead_selection(by, hub):
        raise DomainError("Only a lead of the hub says when it writes.", code="not-allowed")
    if not _end_standing(round, hub):
        raise DomainError("There is no later day to take back.", code="stale")


def _end_standing(round: Round, hub: MathsHub) -> int:
    return ReleaseDelay.objects.standing().filter(round=round, hub=hub).update(ended_at=clock.now())
