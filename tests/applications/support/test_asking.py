"""Which headteacher may be asked, and which link lives."""

from datetime import timedelta

import pytest

from applications.enums import State, SupportState
from applications.models import HeadteacherSupport
from applications.models.support import AFTER_SENDING, BETWEEN_REMINDERS, LINK_LASTS
from applications.services.support import REQUESTS_AN_HOUR, support_new_link, support_remind, support_request
from mastery_hub.common import clock
from mastery_hub.common.references import token_hash
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.services import email_body
from tests.applications.support.steps import HEAD, MICROSECOND, refused
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, RoundFactory

pytestmark = pytest.mark.django_db


def ask(application, **changes) -> HeadteacherSupport:
    return support_request(
        **{"application": application, "by": application.applicant, "at": clock.now()} | HEAD | changes
    )


def link_in(email: Email) -> str:
    return email_body(email).text.split("/support/")[1].split("/")[0]


def test_request_emails_a_link_whose_token_is_stored_as_a_hash() -> None:
    support = ask(ApplicationFactory())
    email = Email.objects.get()
    assert (email.kind, email.to) == ("support_requested", "head@school.example")
    assert support.token_hash == token_hash(link_in(email))
    assert "/support/" not in email.text


def test_request_before_the_school_is_refused() -> None:
    with refused("school-first"):
        ask(ApplicationFactory(placed=False))


def test_request_to_oneself_is_refused() -> None:
    application = ApplicationFactory()
    with refused("own-address"):
        ask(application, email=application.applicant.email.upper())


def test_request_to_another_address_of_ones_own_is_refused() -> None:
    application = ApplicationFactory()
    application.applicant.emailaddress_set.create(email="me@home.example", verified=True)
    with refused("own-address"):
        ask(application, email="Me@home.example")


def test_requests_to_one_address_after_another_end() -> None:
    application = ApplicationFactory()
    for number in range(REQUESTS_AN_HOUR):
        ask(application, email=f"head{number}@school.example")

    with refused("too-many"):
        ask(application)
    application.supports.update(requested_at=clock.now() - timedelta(hours=1))
    assert ask(application).state == SupportState.REQUESTED


def test_naming_another_headteacher_cancels_the_first_request() -> None:
    application = ApplicationFactory()
    first = ask(application)
    second = ask(application, email="deputy@school.example")
    first.refresh_from_db()
    assert (first.state, second.state) == (SupportState.CANCELLED, SupportState.REQUESTED)
    assert application.supports.current().get() == second


def test_naming_another_after_the_signature_is_refused() -> None:
    application = ApplicationFactory()
    HeadteacherSupportFactory(application=application, state=SupportState.SIGNED)
    with refused("already-signed"):
        ask(application)


def test_naming_another_after_a_refusal_is_possible_until_support_closes() -> None:
    application = ApplicationFactory(state=State.SUBMITTED)
    HeadteacherSupportFactory(application=application, state=SupportState.DECLINED)
    deadline = application.round.support_deadline
    with refused("closed"):
        ask(application, at=deadline)
    assert ask(application, at=deadline - MICROSECOND).state == SupportState.REQUESTED


def test_reminder_makes_the_old_link_die_and_goes_once_in_five_days(time_machine) -> None:
    time_machine.move_to(clock.now(), tick=False)
    support = ask(ApplicationFactory())
    old = support.token_hash

    def remind() -> None:
        support_remind(support=support, by=support.application.applicant, at=clock.now())

    with refused("too-soon"):
        remind()
    time_machine.shift(AFTER_SENDING)
    remind()
    support.refresh_from_db()
    reminder = Email.objects.get(kind="support_reminder")
    assert (reminder.to, reminder.about) == (support.email, support)
    assert old != support.token_hash == token_hash(link_in(reminder))

    time_machine.shift(BETWEEN_REMINDERS - MICROSECOND)
    with refused("too-soon"):
        remind()
    time_machine.shift(MICROSECOND)
    remind()
    assert list(support.events.values_list("action", flat=True)) == ["request", "remind", "remind"]


def test_reminder_is_the_applicants_and_before_the_answer() -> None:
    support = HeadteacherSupportFactory()
    with refused("stale"):
        support_remind(support=support, by=UserFactory(), at=clock.now())
    answered = HeadteacherSupportFactory(state=SupportState.DECLINED)
    with refused("stale"):
        support_remind(support=answered, by=answered.application.applicant, at=clock.now())


def test_reminders_end_with_the_time_for_support() -> None:
    support = HeadteacherSupportFactory()
    deadline = support.application.round.support_deadline
    remind = {"support": support, "by": support.application.applicant}

    with refused("closed"):
        support_remind(**remind, at=deadline)
    support_remind(**remind, at=deadline - MICROSECOND)

    assert Email.objects.filter(to=support.email).count() == 1


def test_same_address_is_no_new_request_but_may_get_another_name() -> None:
    application = ApplicationFactory()
    first = ask(application)

    with refused("already-asked"):
        ask(application, email="HEAD@school.example")
    renamed = ask(application, first_name="Helena")

    assert (renamed.pk, renamed.full_name, renamed.token_hash) == (first.pk, "Helena Marsh", first.token_hash)
    assert Email.objects.count() == 1


def test_address_that_declined_may_be_asked_anew() -> None:
    application = ApplicationFactory()
    first = HeadteacherSupportFactory(application=application, email=HEAD["email"], state=SupportState.DECLINED)

    assert ask(application).pk != first.pk


# The link's time


def test_link_lasts_thirty_days_and_never_past_the_end_of_support() -> None:
    now = clock.now()
    long, short = (RoundFactory(complete=True, closes_at=now + timedelta(days=days)) for days in (60, 20))
    early = HeadteacherSupportFactory(application__round=long, sent_at=now)
    late = HeadteacherSupportFactory(application__round=short, sent_at=now)
    answered = HeadteacherSupportFactory(application__round=short, sent_at=now, state=SupportState.SIGNED)

    assert early.link_expires_at == now + LINK_LASTS
    assert late.link_expires_at == short.closes_at
    assert answered.link_expires_at == now + LINK_LASTS


def expired(**kwargs) -> HeadteacherSupport:
    now = clock.now()
    round = RoundFactory(complete=True, opens_at=now - timedelta(days=50), closes_at=now + timedelta(days=10))
    return HeadteacherSupportFactory(application__round=round, sent_at=now - LINK_LASTS, **kwargs)


@pytest.mark.parametrize("state", [SupportState.REQUESTED, SupportState.OPENED, SupportState.SIGNED])
def test_expired_link_asks_once_for_a_new_one_to_the_same_address(state) -> None:
    support = expired(state=state)
    fresh = {"support": support, "hashed": support.token_hash}
    with refused("not-expired"):
        support_new_link(**fresh, at=support.link_expires_at - MICROSECOND)

    support_new_link(**fresh, at=support.link_expires_at)

    email = Email.objects.get(kind="support_new_link")
    support.refresh_from_db()
    assert email.to == support.email
    assert (support.token_hash, support.former_token_hash) == (token_hash(link_in(email)), "")
    with refused("stale"):
        support_new_link(**fresh, at=clock.now())
    assert Email.objects.count() == 1


@pytest.mark.parametrize("how", ["cancelled", "round", "withdrawn"])
def test_expired_link_of_what_is_over_gets_no_new_one(how) -> None:
    state = SupportState.CANCELLED if how == "cancelled" else SupportState.REQUESTED
    support = expired(state=state, application__state=State.WITHDRAWN if how == "withdrawn" else State.DRAFT)
    at = support.application.round.closes_at if how == "round" else clock.now()

    with refused("stale" if how == "cancelled" else "closed"):
        support_new_link(support=support, hashed=support.token_hash, at=at)
    assert not Email.objects.filter(to=support.email).exists()
