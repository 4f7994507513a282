"""Reminders of recruitment: when each is due, whom it reaches, what it says, and that it comes once."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from applications.enums import State, SupportState, WithdrawalReason
from applications.models import Application, HeadteacherSupport, Offer
from applications.services.applications import offer_accept
from applications.services.extensions import extension_cancel, extension_give
from applications.services.school_choice import application_save_school
from applications.services.support import support_decline, support_remind, support_request
from applications.services.withdrawal import application_withdraw
from mastery_hub.common import clock
from mastery_hub.common.clock import LONDON
from mastery_hub.messaging.models import Email, Reminder
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from mastery_hub.messaging.services import email_body
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    ApplicationFactory,
    DecisionFactory,
    ExtensionFactory,
    HeadteacherSupportFactory,
    OfferFactory,
    RoundFactory,
)
from tests.factories.directory import HubAreaFactory, SchoolFactory
from tests.threads import together

pytestmark = pytest.mark.django_db
OPENS = datetime(2027, 2, 28, 9, tzinfo=LONDON)
CLOSES = datetime(2027, 3, 30, 17, tzinfo=LONDON)  # two days after the clocks go forward
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def london(month: int, day: int, hour: int = 9, minute: int = 0) -> datetime:
    return datetime(2027, month, day, hour, minute, tzinfo=LONDON)


@pytest.fixture
def round(time_machine):
    time_machine.move_to(OPENS, tick=False)
    return RoundFactory(complete=True, opens_at=OPENS, closes_at=CLOSES)


@pytest.fixture
def draft(round) -> Application:
    return ApplicationFactory(round=round)


def planned(kind: str) -> list[datetime]:
    reminders_plan()
    return list(Reminder.objects.filter(kind=kind, state="planned").values_list("due_at", flat=True))


def sent_at(time_machine: Any, *moments: datetime) -> list[tuple[str, str]]:
    """What beat sends if it runs at these moments, planning first each time."""
    before = set(Email.objects.values_list("pk", flat=True))
    for at in moments:
        time_machine.move_to(at, tick=False)
        reminders_plan()
        reminders_send()
    return list(Email.objects.exclude(pk__in=before).order_by("pk").values_list("kind", "to"))


# Draft unfinished


def test_draft_is_reminded_by_london_days_and_in_its_last_hours(draft) -> None:
    days = [london(3, day) for day in (2, 16, 23, 27, 29)]
    assert planned("draft_unfinished") == [*days, CLOSES - 3 * HOUR]


def test_round_that_ends_at_midnight_ends_with_the_day_before(draft) -> None:
    draft.round.closes_at = london(3, 31, 0)
    draft.round.save()
    assert planned("draft_unfinished")[-2:] == [london(3, 29), london(3, 30, 21)]


@pytest.mark.parametrize(
    ("begun", "first"),
    [
        (london(3, 16, 9) - timedelta(microseconds=1), london(3, 16)),
        (london(3, 16, 9), london(3, 23)),
        (london(3, 30, 13), CLOSES - 3 * HOUR),
        (london(3, 30, 14), None),
    ],
)
def test_nothing_comes_of_a_moment_before_the_draft_was_begun(begun, first, round, time_machine) -> None:
    time_machine.move_to(begun, tick=False)
    ApplicationFactory(round=round)
    assert planned("draft_unfinished")[:1] == ([first] if first else [])


def test_planning_twice_changes_nothing(draft) -> None:
    HeadteacherSupportFactory(application=draft)
    reminders_plan()
    before = list(Reminder.objects.order_by("pk").values_list("key", "due_at", "state"))
    reminders_plan()
    assert list(Reminder.objects.order_by("pk").values_list("key", "due_at", "state")) == before


def test_reminder_says_what_is_missing_alone_and_comes_once(draft, time_machine) -> None:
    draft.job_title = "Class teacher"
    draft.save()
    reminders_plan()
    time_machine.move_to(london(3, 23), tick=False)
    reminders_plan()
    assert reminders_send() == 1
    assert reminders_send() == 0
    email = Email.objects.get()
    assert (email.kind, email.to) == ("application_draft_unfinished", draft.applicant.email)
    assert "Select the phase you teach" in email.text
    assert "Enter your role" not in email.text
    assert email.subject == "Finish your application: it closes in 7 days at 5pm"


def test_last_hours_say_today(draft, time_machine) -> None:
    time_machine.move_to(CLOSES - 3 * HOUR, tick=False)
    reminders_plan()
    reminders_send()
    assert Email.objects.get().subject == "Finish your application: it closes today at 5pm"


def test_after_an_outage_only_the_newest_goes(draft, time_machine) -> None:
    reminders_plan()
    time_machine.move_to(london(3, 29, 12), tick=False)
    reminders_send()
    assert [email.subject for email in Email.objects.all()] == ["Finish your application: it closes tomorrow at 5pm"]


def test_extension_moves_the_reminders_at_once_and_its_end_moves_them_back(draft, time_machine) -> None:
    ncetm = UserFactory(ncetm=True)
    before = planned("draft_unfinished")
    extension = extension_give(
        round=draft.round, by=ncetm, hub=draft.hub, closes_at=CLOSES + 7 * DAY, reason="Floods in the region"
    )
    later = [london(3, 9), london(3, 23), london(3, 30), london(4, 3), london(4, 5), london(4, 6, 14)]
    assert planned("draft_unfinished") == later
    extension_cancel(extension=extension, by=ncetm, reason="It was for another hub")
    assert planned("draft_unfinished") == before


def test_reminder_that_an_extension_made_untrue_is_not_sent_even_before_planning(draft, time_machine) -> None:
    reminders_plan()
    ExtensionFactory(round=draft.round, hub=draft.hub, closes_at=CLOSES + 5 * DAY)
    time_machine.move_to(london(3, 27), tick=False)
    assert reminders_send() == 0


def test_planner_is_nudged_when_an_extension_is_committed(
    draft, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    nudged: list[str] = []
    monkeypatch.setattr("mastery_hub.messaging.reminders.nudge", nudged.append)
    with django_capture_on_commit_callbacks(execute=True):
        extension_give(
            round=draft.round, by=UserFactory(ncetm=True), hub=draft.hub, closes_at=CLOSES + DAY, reason="Floods"
        )
    assert nudged == ["mastery_hub.messaging.tasks.reminders_plan"]


def test_finished_draft_is_left_alone(draft, time_machine) -> None:
    reminders_plan()
    application_withdraw(application=draft, by=draft.applicant, why=WithdrawalReason.PERSONAL)
    Email.objects.all().delete()
    time_machine.move_to(CLOSES - HOUR, tick=False)
    assert reminders_send() == 0
    assert not Email.objects.exists()


def test_submitted_applications_are_not_reminded_of_a_draft(draft) -> None:
    ApplicationFactory(round=draft.round, state=State.SUBMITTED)
    reminders_plan()
    assert set(Reminder.objects.values_list("recipient", flat=True)) == {draft.applicant.pk}


# Headteacher not answered


@pytest.fixture
def support(draft) -> HeadteacherSupport:
    return HeadteacherSupportFactory(application=draft, requested_at=OPENS, sent_at=OPENS, token="first")


HEAD = [london(3, 7), london(3, 14), london(3, 27), london(3, 29)]


def test_headteacher_is_reminded_after_asking_and_before_the_end(support) -> None:
    assert planned("headteacher_unanswered") == HEAD


def test_headteacher_who_is_asked_late_is_reminded_once_a_day_and_never_after_the_end(round, time_machine) -> None:
    time_machine.move_to(london(3, 22, 12), tick=False)
    HeadteacherSupportFactory(application=ApplicationFactory(round=round), sent_at=clock.now())
    a_week_later_too = london(3, 29)
    assert planned("headteacher_unanswered") == [london(3, 27), a_week_later_too]


def test_late_support_window_moves_the_last_reminders_alone(support) -> None:
    support.application.round.support_closes_at = CLOSES + 7 * DAY
    support.application.round.save()
    assert planned("headteacher_unanswered") == [*HEAD[:2], london(4, 3), london(4, 5)]


@pytest.mark.parametrize(
    ("state", "moments"), [(State.DRAFT, HEAD[:2]), (State.SUBMITTED, HEAD)], ids=["draft", "submitted"]
)
def test_applicant_hears_that_nobody_answered(state, moments, round) -> None:
    application = ApplicationFactory(round=round, state=state)
    HeadteacherSupportFactory(application=application, requested_at=OPENS, sent_at=OPENS)
    assert planned("headteacher_silent") == moments


def test_reminder_brings_a_link_that_works_and_leaves_in_whoever_is_in(support, time_machine, client) -> None:
    first = client.get("/support/first/", follow=True)
    assert first.status_code == 200
    assert sent_at(time_machine, HEAD[0]) == [
        ("headteacher_unanswered", support.email),
        ("headteacher_silent", support.application.applicant.email),
    ]
    email = Email.objects.get(kind="headteacher_unanswered")
    token = email_body(email).text.split("/support/")[1].split("/")[0]
    assert Client().get(f"/support/{token}/", follow=True).status_code == 200
    assert client.get("/support/").status_code == 200
    assert Client().get("/support/first/", follow=True).status_code == 410
    assert [event.action for event in support.events.all()] == ["remind_automatically"]
    assert "statement" not in Email.objects.get(kind="headteacher_silent").text


def test_whoever_was_just_written_to_is_left_in_peace(support, time_machine) -> None:
    time_machine.move_to(HEAD[0] - 20 * HOUR, tick=False)
    support_remind(support=support, by=support.application.applicant, at=clock.now())
    assert planned("headteacher_unanswered") == HEAD[1:]


def answered(support: HeadteacherSupport) -> None:
    HeadteacherSupport.objects.filter(pk=support.pk).update(state=SupportState.OPENED)
    head = UserFactory(email=support.email)
    opened = HeadteacherSupport.objects.get(pk=support.pk)
    support_decline(support=opened, by=head, at=clock.now(), reason="Not this year")


def another_headteacher(support: HeadteacherSupport) -> None:
    names = {"first_name": "Omar", "last_name": "Hassan", "email": "omar@school.example"}
    support_request(application=support.application, by=support.application.applicant, at=clock.now(), **names)


def another_school(support: HeadteacherSupport) -> None:
    school = SchoolFactory()
    HubAreaFactory(authority=school.authority)
    application_save_school(application=support.application, by=support.application.applicant, school=school)


def withdrawn(support: HeadteacherSupport) -> None:
    application_withdraw(
        application=support.application, by=support.application.applicant, why=WithdrawalReason.PERSONAL
    )


@pytest.mark.parametrize("change", [answered, another_headteacher, another_school, withdrawn])
@pytest.mark.parametrize("planned_anew", [True, False])
def test_nobody_is_reminded_of_what_has_changed(change, planned_anew, support, time_machine) -> None:
    reminders_plan()
    time_machine.move_to(HEAD[0] - HOUR, tick=False)
    change(support)
    Email.objects.all().delete()
    time_machine.move_to(HEAD[0], tick=False)
    if planned_anew:
        reminders_plan()
    reminders_send()
    assert not Email.objects.filter(to=support.email).exists()


# Offer unanswered


@pytest.fixture
def offer(round) -> Offer:
    application = ApplicationFactory(round=round, state=State.RESERVED)
    Application.objects.filter(pk=application.pk).update(state=State.OFFERED, shown_state=State.OFFERED)
    decision = DecisionFactory(application=application, released=True)
    return OfferFactory(application=application, decision=decision, made_at=OPENS, reply_by=london(3, 30, 0))


def test_offer_is_chased_before_its_last_day_and_in_its_last_hours(offer, time_machine) -> None:
    moments = [london(3, 22), london(3, 26), london(3, 28), london(3, 29, 21)]
    assert planned("offer_unanswered") == moments
    assert sent_at(time_machine, *moments) == 4 * [("offer_unanswered", offer.application.applicant.email)]
    assert Email.objects.first().subject == "Answer the offer of a place: it lapses today at midnight"


def test_answered_offer_is_left_alone(offer, time_machine) -> None:
    reminders_plan()
    Application.objects.filter(pk=offer.application_id).update(state=State.OFFERED)
    offer_accept(application=offer.application, by=offer.application.applicant, at=clock.now())
    Email.objects.all().delete()
    assert sent_at(time_machine, london(3, 26)) == []


# All of them


def test_planning_takes_constant_queries(draft, django_assert_num_queries, django_assert_max_num_queries) -> None:
    HeadteacherSupportFactory(application=draft)
    reminders_plan()
    Reminder.objects.all().delete()
    with django_assert_max_num_queries(99) as one:
        reminders_plan()
    for _ in range(29):
        HeadteacherSupportFactory(application=ApplicationFactory(round=draft.round))
    Reminder.objects.all().delete()
    with django_assert_num_queries(len(one)):
        reminders_plan()
    assert Reminder.objects.filter(kind="draft_unfinished").count() == 6 * 30


@pytest.mark.django_db(transaction=True)
def test_two_planners_and_two_senders_remind_everybody_once(time_machine) -> None:
    """The lock of planning, the reminder's row and the request's, each on connections of their own."""
    time_machine.move_to(OPENS, tick=False)
    round = RoundFactory(complete=True, opens_at=OPENS, closes_at=CLOSES)
    for _ in range(3):
        HeadteacherSupportFactory(application=ApplicationFactory(round=round), requested_at=OPENS, sent_at=OPENS)
    time_machine.move_to(HEAD[0], tick=False)
    together(reminders_plan, reminders_plan)
    together(reminders_send, reminders_send, reminders_plan)
    kinds = ["headteacher_silent", "headteacher_unanswered"]
    assert sorted(Email.objects.values_list("kind", flat=True)) == sorted(3 * kinds)
    assert Email.objects.values("to").distinct().count() == 6
