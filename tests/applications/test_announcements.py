"""What NCETM does to a round is told to everybody by a worker: in a request of constant length, once, whatever dies."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django.asserts import assertContains

from applications.enums import AnnouncementKind, State
from applications.models import Announcement, AnnouncementNotice, Application, Extension, Question, Round
from applications.services import announcements
from applications.services.announcements import CONCERNED, WRITERS, announce, announcements_send
from applications.services.extensions import extension_cancel, extension_give
from applications.services.round_documents import information_document_publish
from applications.services.round_life import round_close_early, round_reopen
from applications.services.rounds import rounds_close
from applications.services.terms import terms_part_save, terms_put_in_force
from applications.tasks import announcements_send as task
from cohorts.versions import row_seen, version_seen
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.templatetags.moments import day
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    AnnouncementFactory,
    AnnouncementNoticeFactory,
    ApplicationFactory,
    ExtensionFactory,
    RoundFactory,
)
from tests.threads import together

pytestmark = pytest.mark.django_db
MANY = 300
DAY = timedelta(days=1)


@pytest.fixture
def round() -> Round:
    return RoundFactory(complete=True)


@pytest.fixture
def ncetm() -> User:
    return UserFactory(ncetm=True)


def drafts(round: Round, number: int) -> Application:
    """Like the first of them, which is answered."""
    first = ApplicationFactory(round=round)
    people = User.objects.bulk_create(User(email=f"teacher{n}@{round.code.lower()}.example") for n in range(number - 1))
    kept = ("round", "terms", "document", "document_read_at", "privacy_notice", "school", "hub", "home_hub")
    same = {name: getattr(first, name) for name in kept}
    Application.objects.bulk_create(Application(applicant=person, **same) for person in people)
    return first


def reworded(round: Round, ncetm: User, words: str = "What else?") -> None:
    question = Question.objects.filter(terms=round.working_terms or round.current_terms).first()
    assert question
    told = {"round": round, "by": ncetm, "key": question.key, "seen": row_seen(question)}
    terms_part_save(model=Question, values={"text": words}, **told)


def terms(round: Round, ncetm: User, first: Application) -> None:
    working = round.working_terms
    assert working
    terms_put_in_force(round=round, by=ncetm, seen=version_seen(working))


def closing(round: Round, ncetm: User, first: Application) -> None:
    round_close_early(round=round, by=ncetm, reason="Funding")


def more_time(round: Round, ncetm: User, first: Application) -> None:
    extension_give(round=round, by=ncetm, hub=first.hub, closes_at=round.closes_at + DAY, reason="Floods")


def time_taken_back(round: Round, ncetm: User, first: Application) -> None:
    extension_cancel(extension=Extension.objects.get(round=round), by=ncetm, reason="Another hub")


def document(round: Round, ncetm: User, first: Application) -> None:
    information_document_publish(round=round, by=ncetm, title="Information", body="New", changes="The dates")


ACTS: dict[AnnouncementKind, tuple[Callable[..., None] | None, Callable[..., None]]] = {
    AnnouncementKind.TERMS_CHANGED: (lambda round, ncetm, first: reworded(round, ncetm), terms),
    AnnouncementKind.CLOSED_EARLY: (None, closing),
    AnnouncementKind.EXTENSION_GIVEN: (None, more_time),
    AnnouncementKind.EXTENSION_CANCELLED: (more_time, time_taken_back),
    AnnouncementKind.INFORMATION_CHANGED: (None, document),
}


@pytest.mark.parametrize("kind", ACTS)
def test_request_asks_as_often_for_three_hundred_drafts_as_for_one(kind: AnnouncementKind, ncetm: User) -> None:
    first_of_all, act = ACTS[kind]
    asked = []
    for number in (1, 1, MANY):  # what a process asks once and remembers is asked first
        round = RoundFactory(complete=True)
        first = drafts(round, number)
        if first_of_all:
            first_of_all(round, ncetm, first)
        with CaptureQueriesContext(connection) as taken:
            act(Round.objects.with_programme().get(pk=round.pk), ncetm, first)
        asked.append(len(taken))
        notices = AnnouncementNotice.objects.waiting().filter(announcement__round=round, announcement__kind=kind)
        assert notices.count() == number
        assert not Email.objects.filter(to=first.applicant.email).exists()

    assert asked[1] == asked[2]


def test_every_kind_says_whom_it_concerns_and_what_is_written() -> None:
    assert set(CONCERNED) == set(WRITERS) == set(AnnouncementKind)


def test_worker_that_dies_leaves_the_lot_as_it_was_and_nobody_is_told_twice(
    round: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    announcement = AnnouncementFactory(round=round)
    for _ in range(5):
        AnnouncementNoticeFactory(announcement=announcement)
    monkeypatch.setattr(announcements, "LOT", 2)
    written, killed = WRITERS[AnnouncementKind.REOPENED], []

    def dies(application: Application, notice: AnnouncementNotice) -> Any:
        email = written(application, notice)
        killed.append(email)
        if len(killed) == 4:
            raise KeyboardInterrupt
        return email

    monkeypatch.setitem(WRITERS, AnnouncementKind.REOPENED, dies)
    with pytest.raises(KeyboardInterrupt):
        announcements_send()
    assert (AnnouncementNotice.objects.waiting().count(), Email.objects.count()) == (3, 2)

    assert (announcements_send(), announcements_send()) == (3, 0)
    told = sorted(Email.objects.values_list("to", flat=True))
    assert told == sorted(User.objects.filter(applications__round=round).values_list("email", flat=True))


@pytest.mark.django_db(transaction=True)
def test_two_workers_tell_each_once() -> None:
    announcement = AnnouncementFactory()
    for _ in range(12):
        AnnouncementNoticeFactory(announcement=announcement)

    sent = together(announcements_send, announcements_send)

    assert sum(sent) == Email.objects.count() == 12
    assert len(set(Email.objects.values_list("to", flat=True))) == 12
    assert not AnnouncementNotice.objects.waiting().exists()


def test_one_that_cannot_be_written_keeps_no_other_waiting(
    round: Round, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    announcement = AnnouncementFactory(round=round)
    broken, whole = (AnnouncementNoticeFactory(announcement=announcement) for _ in range(2))
    written = WRITERS[AnnouncementKind.REOPENED]

    def fails(application: Application, notice: AnnouncementNotice) -> Any:
        if notice.pk == broken.pk:
            raise ValueError("no such words")
        return written(application, notice)

    monkeypatch.setitem(WRITERS, AnnouncementKind.REOPENED, fails)
    assert announcements_send() == 1
    assert "could not be written" in caplog.text
    monkeypatch.setitem(WRITERS, AnnouncementKind.REOPENED, written)
    assert announcements_send() == 1
    assert {email.about for email in Email.objects.all()} == {broken.application, whole.application}


@pytest.mark.parametrize("kind", AnnouncementKind)
@pytest.mark.parametrize("state", [State.DRAFT, State.SUBMITTED, State.COMPLETE, State.EXPIRED, State.WITHDRAWN])
def test_whom_it_concerns_no_longer_is_told_nothing(round: Round, kind: AnnouncementKind, state: State) -> None:
    now = clock.now()
    facts = {"closed_at": now.isoformat(), "was": now.isoformat(), "reason": "Funding"}
    facts |= {"terms": round.current_terms.pk, "document": round.current_document.pk}
    facts["extension"] = ExtensionFactory(round=round).pk
    announcement = AnnouncementFactory(round=round, kind=kind, facts=facts)
    application = ApplicationFactory(round=round, state=state)
    if kind == AnnouncementKind.CLOSED_EARLY:
        Round.objects.filter(pk=round.pk).update(closes_at=now, closed_early_at=now)
    notice = AnnouncementNoticeFactory(announcement=announcement, application=application)
    wanted = {
        AnnouncementKind.TERMS_CHANGED: {State.DRAFT},
        AnnouncementKind.INFORMATION_CHANGED: {State.DRAFT},
        AnnouncementKind.CLOSED_EARLY: {State.DRAFT, State.EXPIRED},
    }.get(kind, {State.DRAFT, State.SUBMITTED})

    assert announcements_send() == (state in wanted)

    notice.refresh_from_db()
    assert notice.done_at is not None
    assert (notice.email is not None) == (state in wanted)


# What is no longer so when the worker comes


def told(application: Application) -> list[str]:
    announcements_send()
    return list(Email.objects.filter(to=application.applicant.email).order_by("pk").values_list("kind", flat=True))


def opened_again(round: Round, ncetm: User, days: int = 9) -> None:
    until = clock.now() + days * DAY
    round_reopen(round=round, by=ncetm, closes_at=until, support_closes_at=None, reason="A mistake")


@pytest.mark.parametrize("worker", ["between", "afterwards"])
@pytest.mark.parametrize("job", [True, False])
def test_round_that_is_open_again_is_not_said_to_have_closed(round: Round, ncetm: User, worker: str, job: bool) -> None:
    first = drafts(round, 1)
    closing(round, ncetm, first)
    if worker == "between":
        assert told(first) == ["round_closed_early"]
    if job:
        rounds_close()
    opened_again(round, ncetm)

    expected = ["round_closed_early"] * (worker == "between") + ["round_reopened"]
    assert told(first) == expected


def test_round_that_closed_again_is_not_said_to_be_open(round: Round, ncetm: User, time_machine: Any) -> None:
    first = drafts(round, 1)
    closing(round, ncetm, first)
    opened_again(round, ncetm)
    time_machine.move_to(clock.now() + DAY)
    closing(round, ncetm, first)

    assert told(first) == ["round_closed_early"]
    email = Email.objects.get(to=first.applicant.email)
    assert day(clock.now()) in email.text


def test_round_opened_twice_is_told_once_with_what_holds(round: Round, ncetm: User) -> None:
    first = drafts(round, 1)
    for days in (9, 12):
        closing(round, ncetm, first)
        opened_again(round, ncetm, days)

    assert told(first) == ["round_reopened"]
    assert day(clock.now() + 12 * DAY) in Email.objects.get(to=first.applicant.email).text


def test_hub_with_more_time_is_not_told_that_it_can_no_longer_submit(round: Round, ncetm: User) -> None:
    first, another = drafts(round, 1), ApplicationFactory(round=round)
    closing(round, ncetm, first)
    more_time(Round.objects.with_programme().get(pk=round.pk), ncetm, first)

    assert told(first) == ["extension_given"]
    assert told(another) == ["round_closed_early"]


@pytest.mark.parametrize(("worker", "expected"), [(True, ["extension_given", "extension_cancelled"]), (False, [])])
def test_time_that_was_taken_back_before_anybody_heard_of_it_is_not_told(
    round: Round, ncetm: User, worker: bool, expected: list[str]
) -> None:
    first = drafts(round, 1)
    more_time(round, ncetm, first)
    if worker:
        announcements_send()
    time_taken_back(round, ncetm, first)

    assert told(first) == expected


@pytest.mark.parametrize(("state", "expected"), [(State.DRAFT, []), (State.SUBMITTED, ["extension_given"])])
def test_time_that_has_run_out_is_not_told(
    round: Round, ncetm: User, time_machine: Any, state: State, expected: list[str]
) -> None:
    application = ApplicationFactory(round=round, state=state)
    until = round.closes_at + DAY
    ends = {"closes_at": until, "support_closes_at": until + DAY}
    extension_give(round=round, by=ncetm, hub=application.hub, reason="Floods", **ends)
    time_machine.move_to(until)

    assert told(application) == expected


def test_two_versions_before_the_worker_comes_are_told_apart(round: Round, ncetm: User) -> None:
    first = drafts(round, 1)
    for words in ("What else?", "What more?"):
        reworded(round, ncetm, words)
        terms(round, ncetm, first)

    assert announcements_send() == 2

    newest, older = Email.objects.filter(kind="terms_changed").order_by("-pk")
    assert ("What more?" in newest.text, "What more?" in older.text) == (True, False)
    assert "What else?" in older.text


def test_same_rows_twice_are_told_once(round: Round) -> None:
    drafts(round, 3)
    writing = Application.objects.filter(round=round)

    assert announce(round=round, kind=AnnouncementKind.REOPENED, to=writing) == 3
    assert announce(round=round, kind=AnnouncementKind.REOPENED, to=writing.filter(pk__in=[])) == 0
    assert announce(round=round, kind=AnnouncementKind.REOPENED, to=writing.none()) == 0
    assert AnnouncementNotice.objects.count() == 3


def test_worker_is_nudged_once_on_commit(
    round: Round, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(announcements, "nudge", asked.append)
    drafts(round, 2)
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(2):
            announce(round=round, kind=AnnouncementKind.REOPENED, to=Application.objects.filter(round=round))

    assert asked == ["applications.tasks.announcements_send"]
    task()
    assert Email.objects.count() == 2


def test_page_says_how_many_are_being_told(client: Client, round: Round, ncetm: User) -> None:
    client.force_login(ncetm)
    drafts(round, 3)
    close = reverse("national_round_close", args=[round.code])

    page = client.post(close, {"reason": "Funding", "sure": "on"}, follow=True)

    assertContains(page, "The round is closed. 3 people are being told by email.")
    assertContains(page, "Told by email: 3 people")
    assert Announcement.objects.get().facts["reason"] == "Funding"
