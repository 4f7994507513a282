"""The kinds of reminder of recruitment: before a deadline, by the calendar, saying only what is still to be done.

Each kind says which rows wait and at which moments somebody is reminded of one. The same two answers plan reminders
and are asked again as one is sent, so that nothing goes that is out of date, whatever moved meanwhile: a date, an
extension, a headteacher, a state. An occasion is a day, so that nobody hears of one thing twice in a day.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache, partial
from typing import Any, Generic, NamedTuple, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, Model, OuterRef, Prefetch, Q, QuerySet, Subquery

from applications import asked_reminders, deferral_reminders, exception_reminders
from applications.applicant_presenters.deadlines import last_day, left_words
from applications.eligibility import submission_check
from applications.enums import ReferralState, RenewalWhy, State, SupportState
from applications.models import (
    Application,
    Extension,
    HeadteacherSupport,
    Nomination,
    Offer,
    PledgeRenewal,
    Referral,
    SubjectLeaderSupport,
)
from applications.models.support import SupportRequest
from applications.services import notices
from applications.services.nominations import LINKS, nomination_lock, nomination_remind_automatically
from applications.services.renewals import renewal_remind
from applications.services.support import support_lock, support_remind_automatically
from mastery_hub.common import clock
from mastery_hub.messaging.models import UNDELIVERED, Email, Reminder
from mastery_hub.messaging.reminders import Planned, ReminderKind, register

HOUR = time(9)  # of the day, in London
HOURS_BEFORE = timedelta(hours=3)
DRAFT_DAYS = (28, 14, 7, 3, 1)  # London calendar days before the last day
OFFER_DAYS = (7, 3, 1)
HEADTEACHER_DAYS = (3, 1)
NOMINEE_DAYS = (3,)
REFERRAL_DAYS = (3, 1)
AFTER_ASKING = (7, 14)  # days
QUIET = timedelta(days=1)  # after a link was sent, whoever has it is left in peace
LATE = timedelta(days=1)  # a moment that is longer past is not caught up with
Row = TypeVar("Row", bound=Model)


class Moment(NamedTuple):
    occasion: str
    due_at: datetime


def _morning_of(on: date) -> Moment:
    return Moment(str(on), datetime.combine(on, HOUR, tzinfo=clock.LONDON))


@lru_cache(maxsize=256)
def days_before(end: datetime, days: Sequence[int]) -> tuple[Moment, ...]:
    """At nine in the morning, so many London calendar days before the last day."""
    return tuple(_morning_of(last_day(end) - timedelta(days=n)) for n in days)


@lru_cache(maxsize=256)
def before(end: datetime, days: Sequence[int]) -> tuple[Moment, ...]:
    """The same, and once more three hours before."""
    return *days_before(end, days), Moment(f"last hours of {last_day(end)}", end - HOURS_BEFORE)


@dataclass(frozen=True)
class Chase(Generic[Row]):
    """Whom to remind of each of `rows()`, and when: of what began at `since(row)` nothing earlier is due."""

    name: str
    rows: Callable[[], QuerySet[Row]]
    whom: Callable[[Row], dict[str, Any]]
    since: Callable[[Row], datetime]
    moments: Callable[[Row], Sequence[Moment]]
    send: Callable[[Row, Reminder], Email]
    lock: Callable[[int], None] | None = None

    def plan(self) -> Iterator[Planned]:
        oldest = clock.now() - LATE
        for row in self.rows().order_by("pk"):
            whom, since = self.whom(row), max(self.since(row), oldest)
            for occasion, due_at in self.moments(row):
                if due_at > since:
                    yield Planned(target=row, due_at=due_at, occasion=occasion, **whom)

    def still_wanted(self, reminder: Reminder) -> bool:
        if self.lock:
            self.lock(reminder.target_id)
        row = self.rows().filter(pk=reminder.target_id).first()
        if row is None:
            return False
        since, now = self.since(row), clock.now()
        due = [moment.due_at for moment in self.moments(row) if since < moment.due_at <= now]
        return bool(due) and reminder.due_at == max(due)  # after an outage only the newest goes

    def deliver(self, reminder: Reminder) -> Email:
        return self.send(self.rows().get(pk=reminder.target_id), reminder)

    @property
    def kind(self) -> ReminderKind:
        return ReminderKind(self.name, self.plan, self.still_wanted, self.deliver)


# The applicant's draft


def drafts() -> QuerySet[Application]:
    return Application.objects.with_deadlines(closes_at__gt=clock.now()).filter(state=State.DRAFT)


def draft_remind(application: Application, reminder: Reminder) -> Email:
    missing = [failure.message for failure in submission_check(application)]
    left = left_words(application.closes_at, clock.now())
    return notices.draft_unfinished(application, left=left, missing=missing)


# The headteacher's answer


def waiting() -> QuerySet[HeadteacherSupport]:
    return _unanswered(HeadteacherSupport.objects.all())


def leaders_waiting() -> QuerySet[SubjectLeaderSupport]:
    return _unanswered(SubjectLeaderSupport.objects.all())


def _unanswered(requests: QuerySet[Row]) -> QuerySet[Row]:
    asked = requests.filter(state__in=(SupportState.REQUESTED, SupportState.OPENED))
    applications = Application.objects.with_deadlines(support_closes_at__gt=clock.now())
    open_ones = applications.filter(state__in=(State.DRAFT, State.SUBMITTED))
    with_deadlines = Prefetch("application", Application.objects.with_deadlines())
    return asked.filter(application__in=open_ones.values("pk")).prefetch_related(with_deadlines)


def after_asking(support: SupportRequest) -> list[Moment]:
    asked, end = clock.london(support.requested_at).date(), support.application.support_closes_at
    moments = (_morning_of(asked + timedelta(days=n)) for n in AFTER_ASKING)
    return [moment for moment in moments if moment.due_at < end]


def headteachers_moments(support: SupportRequest) -> list[Moment]:
    """One a day at most, however they fall."""
    return sorted({*after_asking(support), *days_before(support.application.support_closes_at, HEADTEACHER_DAYS)})


def applicants_moments(support: SupportRequest) -> list[Moment]:
    """A draft has reminders of its own before it closes."""
    return after_asking(support) if support.application.is_draft else headteachers_moments(support)


# The applicant's answer to an offer


def offers() -> QuerySet[Offer]:
    unanswered = Offer.objects.filter(replied_at=None, reply_by__gt=clock.now(), application__state=State.OFFERED)
    return unanswered.select_related("application")


# The applicant's consent to a referral


def referrals() -> QuerySet[Referral]:
    asked = Referral.objects.filter(state=ReferralState.ASKED, reply_by__gt=clock.now())
    return asked.select_related("application__applicant", "from_hub", "to_hub")


# The nominee's answer


def nominations() -> QuerySet[Nomination]:
    """Of rounds that are open, or were longer open to somebody: whom that concerns, each one's moments tell."""
    longer = Extension.objects.standing().filter(round=OuterRef("round"), closes_at__gt=clock.now())
    open_ones = Q(round__closes_at__gt=clock.now()) | Q(Exists(longer))
    return Nomination.objects.awaited().filter(open_ones).select_related("round")


def nominations_moments(nomination: Nomination) -> list[Moment]:
    """One a day at most, however they fall."""
    made, end = clock.london(nomination.nominated_at).date(), nomination.closes_at
    if end <= clock.now():
        return []
    after = (_morning_of(made + timedelta(days=n)) for n in AFTER_ASKING)
    return sorted({*(each for each in after if each.due_at < end), *days_before(end, NOMINEE_DAYS)})


# The new headteacher of one who takes the place to another school


def new_schools() -> QuerySet[PledgeRenewal]:
    held = PledgeRenewal.objects.open().filter(why=RenewalWhy.SCHOOL, support__state=SupportState.SIGNED)
    return held.filter(support__application__state__in=(State.OFFERED, State.ACCEPTED)).select_related("support")


def after_moving(renewal: PledgeRenewal) -> list[Moment]:
    asked = clock.london(renewal.asked_at).date()
    return [_morning_of(asked + timedelta(days=n)) for n in AFTER_ASKING]


CHASES: tuple[Chase[Any], ...] = (
    Chase(
        name="draft_unfinished",
        rows=drafts,
        whom=lambda application: {"recipient_id": application.applicant_id},
        since=lambda application: application.started_at,
        moments=lambda application: before(application.closes_at, DRAFT_DAYS),
        send=draft_remind,
    ),
    Chase(
        name="headteacher_unanswered",
        rows=waiting,
        whom=lambda support: {"recipient_id": None},
        since=lambda support: support.sent_at + QUIET,
        moments=headteachers_moments,
        send=lambda support, reminder: support_remind_automatically(support=support),
        lock=partial(support_lock, HeadteacherSupport),
    ),
    Chase(
        name="nomination_unanswered",
        rows=nominations,
        whom=lambda nomination: {"recipient_id": None},
        since=lambda nomination: nomination.sent_at + QUIET,
        moments=nominations_moments,
        send=lambda nomination, reminder: nomination_remind_automatically(nomination=nomination),
        lock=nomination_lock,
    ),
    Chase(
        name="headteacher_silent",
        rows=waiting,
        whom=lambda support: {"recipient_id": support.application.applicant_id},
        since=lambda support: support.requested_at + QUIET,
        moments=applicants_moments,
        send=lambda support, reminder: notices.headteacher_silent(support),
    ),
    Chase(
        name="leader_unanswered",
        rows=leaders_waiting,
        whom=lambda support: {"recipient_id": None},
        since=lambda support: support.sent_at + QUIET,
        moments=headteachers_moments,
        send=lambda support, reminder: support_remind_automatically(support=support),
        lock=partial(support_lock, SubjectLeaderSupport),
    ),
    Chase(
        name="leader_silent",
        rows=leaders_waiting,
        whom=lambda support: {"recipient_id": support.application.applicant_id},
        since=lambda support: support.requested_at + QUIET,
        moments=applicants_moments,
        send=lambda support, reminder: notices.leader_silent(support),
    ),
    Chase(
        name="new_school_unsigned",
        rows=new_schools,
        whom=lambda renewal: {"recipient_id": None},
        since=lambda renewal: renewal.sent_at + QUIET,
        moments=after_moving,
        send=lambda renewal, reminder: renewal_remind(renewal=renewal),
    ),
    Chase(
        name="referral_unanswered",
        rows=referrals,
        whom=lambda referral: {"recipient_id": referral.application.applicant_id},
        since=lambda referral: referral.asked_at + QUIET,
        moments=lambda referral: days_before(referral.reply_by, REFERRAL_DAYS),
        send=lambda referral, reminder: notices.referral_unanswered(referral),
    ),
    Chase(
        name="offer_unanswered",
        rows=offers,
        whom=lambda offer: {"recipient_id": offer.application.applicant_id},
        since=lambda offer: offer.made_at,
        moments=lambda offer: before(offer.reply_by, OFFER_DAYS),
        send=lambda offer, reminder: notices.offer_unanswered(offer, left=left_words(offer.reply_by, clock.now())),
    ),
)
register(*(chase.kind for chase in CHASES), *asked_reminders.KINDS, deferral_reminders.KIND, exception_reminders.KIND)


# An email to the headteacher, the subject leader or a nominee that came back


@dataclass(frozen=True)
class Undelivered:
    """Requests whose newest email came back or was given up: whoever can correct the address hears of it at once."""

    name: str
    rows: Callable[[], QuerySet[Any]]
    send: Callable[[Any], Email]
    whom: Callable[[Any], int] = lambda support: support.application.applicant_id
    kinds: tuple[str, ...] = ()  # of the emails that count, where others are about the same row

    def found(self) -> QuerySet[Any]:
        """With that email's key and day."""
        rows = self.rows()
        about = ContentType.objects.get_for_model(rows.model)
        sent = Email.objects.filter(kind__in=self.kinds) if self.kinds else Email.objects.all()
        newest = sent.filter(about_type=about, about_id=OuterRef("pk"))[:1]
        emails = Email.objects.filter(pk=OuterRef("newest")).filter(UNDELIVERED)
        told = rows.annotate(newest=Subquery(newest.values("pk")), written_at=Subquery(newest.values("created_at")))
        return told.filter(Exists(emails))

    def plan(self) -> Iterator[Planned]:
        for support in self.found().order_by("pk"):
            yield Planned(
                target=support,
                recipient_id=self.whom(support),
                due_at=support.written_at,
                occasion=f"email {support.newest}",
            )

    def still_wanted(self, reminder: Reminder) -> bool:
        return self.found().filter(pk=reminder.target_id).exists()

    @property
    def kind(self) -> ReminderKind:
        return ReminderKind(self.name, self.plan, self.still_wanted, lambda reminder: self.send(reminder.target))


headteacher_undelivered = Undelivered("headteacher_undelivered", waiting, notices.support_undelivered)
leader_undelivered = Undelivered("leader_undelivered", leaders_waiting, notices.leader_undelivered)
nomination_undelivered = Undelivered(
    "nomination_undelivered",
    nominations,
    notices.nomination_undelivered,
    whom=lambda nomination: nomination.nominated_by_id,
    kinds=LINKS,
)
register(headteacher_undelivered.kind, leader_undelivered.kind, nomination_undelivered.kind)
