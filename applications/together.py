"""What may be done to several applications at once. Each is one of the services of one application, called for each in
its own transaction; `bar` says beforehand, on the check page, why it would be refused."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from applications import permissions
from applications.enums import ScreeningOutcome
from applications.models import Application, HeadteacherSupport, Screening
from applications.services.casework import case_give, headteacher_remind, screening_record
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.templatetags.moments import moment

MOST = 50  # a page of the list


@dataclass(frozen=True)
class Together:
    """`done` is told with the number of those it was done to."""

    key: str
    button: str
    question: str
    one: str
    many: str
    bar: Callable[[User, Application, datetime], str]
    act: Callable[..., Any]

    def done(self, number: int) -> str:
        return self.one if number == 1 else self.many.format(number)


def with_what_bars(applications: QuerySet[Application]) -> QuerySet[Application]:
    """All that `bar` asks, in as many queries for fifty as for one."""
    supports = Prefetch("supports", HeadteacherSupport.objects.current())
    found: Any = applications.select_related("applicant", "school", "hub", "round")
    return found.with_deadlines().prefetch_related(supports, Prefetch("screenings", Screening.objects.all()))


def bars_giving(user: User, application: Application, at: datetime) -> str:
    return "" if permissions.can_give_case(user, application) else "You cannot say who has this case."


def bars_screening(user: User, application: Application, at: datetime) -> str:
    if not permissions.can_screen(user, application):
        return "It cannot be screened at this stage."
    latest = next(iter(application.screenings.all()), None)
    if latest and latest.outcome == ScreeningOutcome.QUERY:
        return "Something is to be cleared up: screen it by itself."
    return "It is screened already." if latest else ""


def bars_reminding(user: User, application: Application, at: datetime) -> str:
    support = next(iter(application.supports.all()), None)
    if support is None or not permissions.can_remind_headteacher(user, support):
        return "It does not wait for its headteacher."
    if at >= application.support_closes_at:
        return "The time for support has passed."
    too_soon = clock.now() < support.reminder_from
    return f"The headteacher can be reminded from {moment(support.reminder_from)}." if too_soon else ""


def give(*, application: Application, by: User, at: datetime, person: User | None) -> None:
    case_give(application=application, by=by, person=person)


def screen(*, application: Application, by: User, at: datetime) -> None:
    """Asked again under no lock: a query that a colleague has raised meanwhile stands."""
    [application] = with_what_bars(Application.objects.filter(pk=application.pk))
    if words := bars_screening(by, application, at):
        raise DomainError(words, code="barred")
    screening_record(application=application, by=by, outcome=ScreeningOutcome.OK)


ACTIONS = (
    Together(
        key="give",
        button="Give to somebody",
        question="Give these cases to somebody",
        one="1 case is handed over.",
        many="{} cases are handed over.",
        bar=bars_giving,
        act=give,
    ),
    Together(
        key="screen",
        button="Mark as screened",
        question="Mark these applications as screened",
        one="1 application is marked as screened.",
        many="{} applications are marked as screened.",
        bar=bars_screening,
        act=screen,
    ),
    Together(
        key="remind",
        button="Remind headteachers",
        question="Remind these headteachers",
        one="We are sending a reminder to 1 headteacher.",
        many="We are sending reminders to {} headteachers.",
        bar=bars_reminding,
        act=headteacher_remind,
    ),
)
BY_KEY = {action.key: action for action in ACTIONS}


def act_together(
    action: Together, applications: Iterable[Application], *, by: User, at: datetime, **asked: Any
) -> tuple[int, list[tuple[Application, str]]]:
    """How many it was done to, and what was refused and why: one that is refused keeps no other from it."""
    done, refused = 0, []
    for application in applications:
        try:
            action.act(application=application, by=by, at=at, **asked)
        except DomainError as refusal:
            refused.append((application, refusal.message))
        else:
            done += 1
    return done, refused
