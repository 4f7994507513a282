"""A hub’s leads are reminded of an exception that nobody has decided: when, whom, once, and of nothing that is over."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.urls import reverse

from applications.enums import Eligibility, ExceptionAction, State, WithdrawalReason
from applications.models import Application, EligibilityException
from applications.services.eligibility import exception_decide
from applications.services.engines import EXCEPTION, application_move
from applications.services.withdrawal import application_withdraw
from mastery_hub.accounts.models import Membership, User
from mastery_hub.common import clock
from mastery_hub.common.clock import LONDON
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.models import Email, Reminder
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    EligibilityExceptionEventFactory,
    EligibilityExceptionFactory,
    RoundFactory,
)
from tests.factories.directory import MathsHubFactory
from tests.threads import overtaken, together

pytestmark = pytest.mark.django_db
ASKED = datetime(2027, 3, 16, 15, 30, tzinfo=LONDON)  # the clocks go forward between the two reminders
FIRST, SECOND = datetime(2027, 3, 23, 9, tzinfo=LONDON), datetime(2027, 3, 30, 9, tzinfo=LONDON)
CLOSES = datetime(2027, 4, 20, 17, tzinfo=LONDON)


@pytest.fixture
def exception(time_machine: Any) -> EligibilityException:
    return asked(time_machine)


def asked(time_machine: Any, hub: MathsHub | None = None) -> EligibilityException:
    """Of a draft, by somebody who is asked nothing else."""
    time_machine.move_to(ASKED, tick=False)
    round = RoundFactory(complete=True, opens_at=ASKED - timedelta(days=9), closes_at=CLOSES)
    application = ApplicationFactory(ready=True, round=round, hub=hub or MathsHubFactory())
    Application.objects.filter(pk=application.pk).update(eligibility=Eligibility.ASKED)
    made = EligibilityExceptionFactory(application=application, asked_at=ASKED)
    EligibilityExceptionEventFactory(exception=made)
    return made


@pytest.fixture
def lead(exception: EligibilityException) -> User:
    return UserFactory(hub_lead=exception.hub)


def told(time_machine: Any, at: datetime) -> list[str]:
    """Whom beat reminds when it runs then, planning first."""
    time_machine.move_to(at, tick=False)
    before = set(Email.objects.values_list("pk", flat=True))
    reminders_plan()
    reminders_send()
    sent = Email.objects.filter(kind="exception_undecided").exclude(pk__in=before)
    return sorted(sent.values_list("to", flat=True))


def test_each_lead_is_reminded_after_a_week_and_after_two(exception, lead, time_machine) -> None:
    colleague = UserFactory(hub_lead=exception.hub)
    UserFactory(hub_reviewer=exception.hub)
    UserFactory(hub_administrator=exception.hub)
    UserFactory(hub_lead=True)
    both = sorted([lead.email, colleague.email])

    assert told(time_machine, FIRST - timedelta(microseconds=1)) == []
    assert told(time_machine, FIRST) == both
    assert told(time_machine, FIRST + timedelta(days=1)) == []
    assert told(time_machine, SECOND) == both
    assert told(time_machine, SECOND + timedelta(days=30)) == []


def test_email_says_what_is_asked_and_leads_to_it_without_the_reason(exception, lead, time_machine) -> None:
    told(time_machine, FIRST)

    email = Email.objects.get(kind="exception_undecided")
    assert f"asked {exception.hub} on 16 March 2027 for an exception" in email.text
    assert "to be submitted before 20 April 2027 at 5pm" in email.text
    assert reverse("hub_exception", args=[exception.hub.slug, exception.pk]) in email.text
    assert exception.reason
    assert exception.reason not in email.text


def test_after_an_outage_only_the_newest_goes(exception, lead, time_machine) -> None:
    reminders_plan()

    assert told(time_machine, SECOND + timedelta(hours=2)) == [lead.email]
    assert sorted(Reminder.objects.filter(kind="exception_undecided").values_list("state", flat=True)) == [
        "cancelled",
        "sent",
    ]


def decided(exception: EligibilityException, lead: User) -> None:
    exception_decide(exception=exception, by=lead, grant=False, reason="No.")


def taken_back(exception: EligibilityException, lead: User) -> None:
    EXCEPTION.move(exception, ExceptionAction.CANCEL, by=exception.application.applicant)


def withdrawn(exception: EligibilityException, lead: User) -> None:
    application = exception.application
    application_withdraw(application=application, by=application.applicant, why=WithdrawalReason.PERSONAL)


def expired(exception: EligibilityException, lead: User) -> None:
    application_move(application=exception.application, action="expire", by=User.objects.system())


def lead_gone(exception: EligibilityException, lead: User) -> None:
    Membership.objects.filter(user=lead).update(until_on=clock.today())


OVER = [decided, taken_back, withdrawn, expired, lead_gone]


@pytest.mark.parametrize("planned_anew", [True, False])
@pytest.mark.parametrize("over", OVER)
def test_nobody_is_reminded_of_what_is_over(
    over: Callable[..., None], planned_anew: bool, exception, lead, time_machine
) -> None:
    reminders_plan()
    over(exception, lead)
    if planned_anew:
        reminders_plan()
        assert set(Reminder.objects.filter(kind="exception_undecided").values_list("state", flat=True)) == {"cancelled"}

    time_machine.move_to(FIRST, tick=False)
    reminders_send()

    assert not Email.objects.filter(kind="exception_undecided").exists()


def test_draft_that_was_taken_up_again_is_reminded_of_again(exception, lead, time_machine) -> None:
    expired(exception, lead)
    assert told(time_machine, FIRST) == []
    application_move(application=exception.application, action="reopen", by=User.objects.system())

    assert exception.application.state == State.DRAFT
    assert told(time_machine, SECOND) == [lead.email]


def test_lead_who_applies_hears_nothing_of_their_own(exception, lead, time_machine) -> None:
    Membership.objects.create(user=exception.application.applicant, role="hub_lead", hub=exception.hub)

    assert told(time_machine, FIRST) == [lead.email]


def test_planning_takes_constant_queries(exception, lead, time_machine, django_assert_num_queries) -> None:
    from applications.exception_reminders import plan  # noqa: PLC0415  its name is too short to stand alone

    with django_assert_num_queries(2):
        assert len(list(plan())) == 2
    for _ in range(9):
        asked(time_machine, hub=exception.hub)
    with django_assert_num_queries(2):
        assert len(list(plan())) == 20


@pytest.mark.django_db(transaction=True)
def test_two_planners_and_two_senders_remind_each_lead_once(exception, lead, time_machine) -> None:
    colleague = UserFactory(hub_lead=exception.hub)
    time_machine.move_to(FIRST, tick=False)
    together(reminders_plan, reminders_plan)
    together(reminders_send, reminders_send, reminders_plan)

    sent = Email.objects.filter(kind="exception_undecided").values_list("to", flat=True)
    assert sorted(sent) == sorted([lead.email, colleague.email])


@pytest.mark.django_db(transaction=True)
def test_whoever_decides_in_that_moment_is_not_reminded_of_it(exception, lead, time_machine) -> None:
    reminders_plan()
    Reminder.objects.exclude(kind="exception_undecided").delete()
    time_machine.move_to(FIRST, tick=False)

    overtaken(reminders_send, by=lambda: decided(exception, lead))

    assert not Email.objects.filter(kind="exception_undecided").exists()
