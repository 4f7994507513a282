"""Arranging a lesson observation or an interview, moving and cancelling it, and what its two people write down.

Locks go Application, Assessment, then the two people by key: whoever books one of them waits for the booking before.
"""

from dataclasses import dataclass
from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import transaction

from applications import permissions
from applications.enums import AssessmentAction, AssessmentKind, AssessmentState, Shown
from applications.models import Application, Assessment, AssessmentScore, Criterion
from applications.services import notices
from applications.services.engines import ASSESSMENT
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.forms.wording import listed
from mastery_hub.common.writing import unseen_refused


@dataclass(frozen=True)
class Booking:
    """When, where and by whom."""

    starts_at: datetime
    ends_at: datetime
    first: User
    second: User
    place: str = ""
    link: str = ""


@transaction.atomic
def assessment_arrange(
    *, application: Application, by: User, kind: AssessmentKind, booking: Booking, knowingly: bool = False
) -> Assessment:
    """Tells the applicant, the headteacher, who releases them from class, and both people.

    Raises DomainError `not-allowed`, `arranged-already`, and what `_booking_check` raises.
    """
    application = _lock(application)
    if not permissions.can_arrange(by, application):
        message = "You cannot arrange this: the application has been decided, or is another hub’s."
        raise DomainError(message, code="not-allowed")
    if application.assessments.live().filter(hub=application.hub_id, kind=kind).exists():
        raise DomainError(f"There is {_an(kind)} already. Move it or cancel it.", code="arranged-already")
    _booking_check(booking, application, by=by, knowingly=knowingly)
    assert application.hub, "whoever arranges does so at the application's hub"
    assessment = Assessment.objects.create(application=application, hub=application.hub, kind=kind, **vars(booking))
    assessment.events.create(action="arrange", to_state=AssessmentState.SCHEDULED, by=by, at=clock.now())
    notices.assessment_arranged(assessment)
    return assessment


@transaction.atomic
def assessment_move(
    *, assessment: Assessment, by: User, booking: Booking, words: str = "", knowingly: bool = False
) -> Assessment:
    """To another time, place or other people. Everybody is told, and whoever no longer takes part. The same booking
    again is a second click.

    Raises what `_booking_check` and `Engine.move` raise.
    """
    application = _lock(assessment.application)
    before = Assessment.objects.select_related("first", "second").get(pk=assessment.pk)
    if before.state == AssessmentState.SCHEDULED and _of(before) == booking:
        return before
    if permissions.can_act_on_assessment(by, before, AssessmentAction.MOVE):
        _booking_check(booking, application, by=by, knowingly=knowingly, besides=before)
    told = f"Was {before.when}. {words}".strip()
    moved, _ = ASSESSMENT.move(assessment, AssessmentAction.MOVE, by=by, reason=told, **vars(booking))
    notices.assessment_arranged(moved, before=before, words=words)
    return moved


@transaction.atomic
def assessment_cancel(*, assessment: Assessment, by: User, words: str = "") -> Assessment:
    """`words` go to everybody. Raises what `Engine.move` raises."""
    _lock(assessment.application)
    assessment, _ = ASSESSMENT.move(assessment, AssessmentAction.CANCEL, by=by, reason=words)
    notices.assessment_cancelled(assessment, words=words)
    return assessment


@transaction.atomic
def assessment_hold(*, assessment: Assessment, by: User) -> Assessment:
    """Raises what `Engine.move` raises."""
    assessment, _ = ASSESSMENT.move(assessment, AssessmentAction.HOLD, by=by)
    return assessment


def assessments_end(*, application: Application) -> None:
    """For the withdrawal that has just moved `application`, under its lock: the two people need not come."""
    by, words = User.objects.system(), "The application has been withdrawn."
    for assessment in application.assessments.scheduled():
        assessment, _ = ASSESSMENT.move(assessment, AssessmentAction.CANCEL, by=by, reason=words)
        notices.assessment_cancelled(assessment, words=words, withdrawn=True)


@transaction.atomic
def assessment_scores_save(
    *, assessment: Assessment, by: User, scores: dict[Criterion, int | None], notes: str, seen: str | None
) -> Assessment:
    """One record of both people: `seen` is the fingerprint of what the page was filled from, so that neither overwrites
    the other unseen. The first to write says that it was held.

    Raises DomainError `not-allowed`, `not-scored` for another round's criterion, `cancelled`, ChangedElsewhereError,
    and what `Engine.move` raises.
    """
    assessment = Assessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
    if not permissions.can_score_assessment(by, assessment):
        raise DomainError("Only its two people and the hub’s leads write scores.", code="not-allowed")
    if assessment.state == AssessmentState.CANCELLED:
        raise DomainError("This has been cancelled, so there is nothing to score.", code="cancelled")
    asked = set(assessment.application.terms.criteria.filter(shown=Shown.EVIDENCED))
    if unknown := set(scores) - asked:
        raise DomainError(f"“{unknown.pop()}” is not scored.", code="not-scored")
    stored = assessment_written(assessment)
    wanted = {score_name(criterion): scores.get(criterion) for criterion in asked} | {"notes": notes}
    unseen_refused("What was written was", seen=seen, stored=stored, wanted=wanted)
    if assessment.state == AssessmentState.SCHEDULED:
        assessment, _ = ASSESSMENT.move(assessment, AssessmentAction.HOLD, by=by)
    if assessment.notes != notes:
        assessment.notes = notes
        assessment.save(update_fields=["notes"])
    for criterion in asked:
        _score(assessment, criterion, scores.get(criterion), by)
    return assessment


def assessment_written(assessment: Assessment) -> dict[str, int | str | None]:
    """What a page is filled from, by the names of its fields."""
    asked = assessment.application.terms.criteria.filter(shown=Shown.EVIDENCED)
    found: dict[str, int | str | None] = {score_name(criterion): None for criterion in asked}
    found |= {f"score-{score.criterion_id}": score.value for score in assessment.scores.all()}
    return found | {"notes": assessment.notes}


def score_name(criterion: Criterion) -> str:
    return f"score-{criterion.pk}"


def _score(assessment: Assessment, criterion: Criterion, value: int | None, by: User) -> None:
    given = assessment.scores.filter(criterion=criterion).first()
    if value is None:
        assessment.scores.filter(criterion=criterion).delete()
    elif given is None or given.value != value:
        changed = {"value": value, "by": by, "at": clock.now()}
        AssessmentScore.objects.update_or_create(assessment=assessment, criterion=criterion, defaults=changed)


def _lock(application: Application) -> Application:
    return Application.objects.select_for_update(of=("self",)).get(pk=application.pk)


def _of(assessment: Assessment) -> Booking:
    return Booking(**{name: getattr(assessment, name) for name in Booking.__dataclass_fields__})


def _an(kind: AssessmentKind) -> str:
    return "an interview" if kind == AssessmentKind.INTERVIEW else "a lesson observation"


def _booking_check(
    booking: Booking, application: Application, *, by: User, knowingly: bool, besides: Assessment | None = None
) -> None:
    """Raises DomainError `time-wrong`, `place-missing`, `link-wrong`, `one-person`, `person-wrong`, and `double-booked`
    unless it is meant so."""
    if booking.ends_at <= booking.starts_at:
        raise DomainError("It must end after it begins.", code="time-wrong")
    if booking.starts_at <= clock.now():
        raise DomainError("It must begin in the future.", code="time-past")
    if not (booking.place or booking.link):
        raise DomainError("Enter a place, or a link for a video call.", code="place-missing")
    _link_check(booking.link)
    if booking.first == booking.second:
        raise DomainError("Choose two different people.", code="one-person")
    people = {booking.first.pk, booking.second.pk}
    locked = list(User.objects.filter(pk__in=people).order_by("pk").select_for_update(of=("self",), no_key=True))
    able = permissions.who_can_assess(locked, application)
    for person in locked:
        if person.pk not in able:
            raise DomainError(f"{person} cannot take part: choose somebody else of your hub.", code="person-wrong")
    busy = [] if knowingly else _clashes(locked, booking, besides)
    if busy:
        message = f"{listed(busy)}. Choose another time or person, or tick to book all the same."
        raise DomainError(message, code="double-booked")


def _clashes(people: list[User], booking: Booking, besides: Assessment | None) -> list[str]:
    """“Sam Okoro has an interview 9am to 10am on Friday 28 May 2027”."""
    taken = Assessment.objects.taking_up(people, booking.starts_at, booking.ends_at)
    rows = list(taken.exclude(pk=besides.pk) if besides else taken)
    return [
        f"{person} has {_an(AssessmentKind(row.kind))} {row.when}"
        for person in people
        for row in rows
        if person.pk in (row.first_id, row.second_id)
    ]


def _link_check(link: str) -> None:
    try:
        URLValidator(schemes=["https"])(link or "https://example.org/")
    except ValidationError:
        raise DomainError("Enter a link that begins with https://", code="link-wrong") from None
