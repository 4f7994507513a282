"""Telling of a move to another school by whoever holds a place. Locks go Application, then SchoolChange."""

from datetime import date, timedelta

from django.db import transaction

from applications import permissions
from applications.enums import SchoolChangeAction, SchoolChangeState
from applications.models import Application, SchoolChange
from applications.rules import Answers, answers_to, essential, rules_not_met, school_not_met, unanswered
from applications.services import notices
from applications.services.eligibility import answers_told
from applications.services.engines import SCHOOL_CHANGE
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.directory.models import School
from mastery_hub.directory.services.areas import hub_of_school

EARLIEST = timedelta(days=366)  # before the cohort begins


def application_locked(application: Application) -> Application:
    return Application.objects.select_for_update(of=("self",)).get(pk=application.pk)


@transaction.atomic
def school_change_ask(
    *,
    application: Application,
    by: User,
    school: School,
    from_on: date,
    job_title: str,
    head: dict[str, str],
    answers: Answers,
    words: str = "",
) -> SchoolChange:
    """`head` is the new headteacher: first_name, last_name, email; `words` ask for an exception from whatever essential
    rule is not met at the new school. The place stays held meanwhile.

    Raises DomainError `not-allowed`, `asked-already`, `deferring`, `from-on`, `same-school`, `no-hub`, `own-address`,
    `answers-missing` and, where an exception is needed and not asked for, `words-missing`.
    """
    application = application_locked(application)
    if not permissions.can_ask_to_move(by, application):
        raise DomainError("You can change the school of a place that you hold, until its cohort begins.", "not-allowed")
    if application.school_changes.open().exists():
        raise DomainError("You have already told us of a change of school. Take that back first.", code="asked-already")
    if application.deferrals.live().exists():
        message = f"You asked {application.hub} to begin in the next cohort. Wait for its answer, or take that back."
        raise DomainError(message, code="deferring")
    year = application.round.cohort.academic_year
    if not year.first_day - EARLIEST <= from_on <= year.last_day:
        raise DomainError(f"Your first day there must be in the time of {application.round.cohort}.", code="from-on")
    if school.pk == application.school_id:
        raise DomainError(f"{school.name} is the school of your application already.", code="same-school")
    after, before, email = hub_of_school(school), application.hub, head["email"].strip().lower()
    if after is None or before is None:
        message = f"We do not know the Maths Hub of {school.name}. Contact NCETM to put this right."
        raise DomainError(message, code="no-hub")
    if User.objects.with_address(email) == by:
        raise DomainError("This is your own address. Enter your new headteacher’s.", code="own-address")
    rules, given = application.eligibility_rules, answers_to(application.eligibility_rules, answers)
    if unanswered(rules, given):
        raise DomainError("Answer every question about eligibility.", code="answers-missing")
    failures = [*school_not_met(school, application.round.cohort.programme), *rules_not_met(rules, given)]
    if failing := [] if words.strip() else essential(failures):
        message = " ".join(failure.message for failure in failing)
        raise DomainError(f"{message} Say why your hub should make an exception.", code="words-missing")
    assert application.school, "who was offered a place has a school"
    change = SchoolChange.objects.create(
        application=application,
        school_before=application.school,
        school=school,
        hub_before=before,
        hub_after=after,
        from_on=from_on,
        job_title=job_title,
        answers=answers_told(rules, given),
        failures=[failure.as_json for failure in failures],
        words=words.strip(),
        asked_at=clock.now(),
        **(head | {"email": email}),
    )
    change.events.create(action="ask", to_state=SchoolChangeState.ASKED, by=by, at=change.asked_at)
    notices.change_asked(change)
    return change


@transaction.atomic
def school_change_take_back(*, application: Application, by: User) -> SchoolChange:
    """Nothing changes. Raises DomainError `nothing-asked` and what `Engine.move` raises."""
    application = application_locked(application)
    change = application.school_changes.open().first()
    if change is None:
        raise DomainError("There is no change to take back: it has been decided.", code="nothing-asked")
    change, _ = SCHOOL_CHANGE.move(change, SchoolChangeAction.TAKE_BACK, by=by)
    notices.change_taken_back(change)
    return change


def school_change_end(*, application: Application, by: User) -> None:
    """For whatever has just ended the hold on the place, under the application's lock: no request outlives it."""
    change = application.school_changes.open().first()
    if change:
        change, _ = SCHOOL_CHANGE.move(change, SchoolChangeAction.TAKE_BACK, by=by)
        notices.change_taken_back(change)
