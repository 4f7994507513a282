"""The headteacher's part: one request at a time, answered by link; the confidential statement stands apart."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Self, Union

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Prefetch, Q

from applications.enums import ENDED, Signatory, State, SupportState
from applications.models.applications import Application, with_receiver
from applications.models.rounds import Round
from cohorts.models import Cohort, Pledge
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Membership, User
from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.common.models import Stateful, TransitionEvent
from mastery_hub.common.writing import KEPT, Written

if TYPE_CHECKING:
    from applications.models.renewals import PledgeRenewal

LINK_LASTS = timedelta(days=30)
BETWEEN_REMINDERS = timedelta(days=5)  # that an applicant sends
AFTER_SENDING = timedelta(minutes=10)  # so that two presses in a row fill nobody's inbox


class HeadteacherSupportQuerySet(models.QuerySet["HeadteacherSupport"]):
    def current(self) -> Self:
        return self.exclude(state=SupportState.CANCELLED)

    def signed_for(self, cohort: Cohort) -> Self:
        """For a place in it, or an application to it: a deferred place that was taken up counts from when the cohort's
        round is published, since then it has days, dates and commitments that can be signed for."""
        here = Q(application__round__cohort=cohort) & ~Q(application__state__in=ENDED)
        deferred = Application.objects.filter(state=State.DEFERRED, deferrals__places__cohort=cohort)
        published = Exists(Round.objects.published().filter(cohort=cohort))
        taken_up = Q(published, application__in=deferred.values("pk"))
        return self.filter(here | taken_up, state=SupportState.SIGNED)

    def signed_before(self, support: "HeadteacherSupport") -> Self:
        """What the same address has signed for this application, at the school it is from, and is asked anew."""
        ended = self.filter(application=support.application_id, state=SupportState.CANCELLED, pledge__isnull=False)
        return ended.filter(email=support.email, pledge__school=support.application.school_id)

    def with_applications(self) -> Self:
        """Each with its people and deadlines, in one query more however many requests."""
        return self.prefetch_related(Prefetch("application", Application.objects.with_people().with_deadlines()))

    def together_with(self, support: "HeadteacherSupport") -> Self:
        """What one address was asked for in a round, and what waits elsewhere, unless it has ended, or the teacher has
        moved on to another school: whoever reads one of the emails reads the others."""
        waiting = Q(state__in=(SupportState.REQUESTED, SupportState.OPENED))
        stayed = ~Q(state=SupportState.SIGNED) | Q(pledge__school=F("application__school"))
        found = self.current().filter(stayed, waiting | Q(application__round=support.application.round_id))
        return found.filter(email=support.email).exclude(application__state__in=ENDED)

    def to_rank_with(self, support: "HeadteacherSupport") -> Self:
        """Those of the same round; whom a headteacher declines, they do not rank."""
        same = self.together_with(support).filter(application__round=support.application.round_id)
        return same.exclude(state=SupportState.DECLINED)

    def for_hub(self) -> Self:
        """With all that a hub reads: `is_applicants`, whose address it is, and `is_confirmed`, by the hub's word."""
        proven = EmailAddress.objects.filter(
            user=OuterRef("application__applicant"), email=OuterRef("email"), verified=True
        )
        held = Membership.objects.current().filter(
            role=Role.HEADTEACHER, school=OuterRef("application__school"), user=OuterRef("person")
        )
        found = self.select_related("person", "pledge__commitment_set", "passed_from", "agreed_by")
        found = found.select_related("rank")
        return found.annotate(is_applicants=Exists(proven), is_confirmed=Exists(held))


class SupportRequest(Stateful):
    """A request to one named person of the school. The link's token is kept as a hash; a new sending makes the old link
    die.

    Whoever came in by the old link, while it worked, may go on: a reminder must not end the writing of a statement.
    """

    state = models.CharField(max_length=10, choices=SupportState, default=SupportState.REQUESTED, editable=False)
    first_name = models.CharField(max_length=80)
    last_name = models.CharField(max_length=80)
    email = models.EmailField()
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    former_token_hash = models.CharField(max_length=64, blank=True, editable=False, db_index=True)
    requested_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(default=clock.now, help_text="When the link was last sent")
    reminded_at = models.DateTimeField(null=True, blank=True, help_text="When the applicant last sent a reminder")
    answered_at = models.DateTimeField(null=True, blank=True)
    decline_reason = models.TextField(blank=True)

    application: Any  # a foreign key of each kind of request's own
    person: Any
    events: Any

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.full_name} for {self.application.reference}"

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}"

    @property
    def is_waiting(self) -> bool:
        return self.state in (SupportState.REQUESTED, SupportState.OPENED)

    @property
    def link_expires_at(self) -> datetime:
        """Never past the end of support while an answer is awaited; afterwards one may look back by it."""
        end = self.sent_at + LINK_LASTS
        return min(end, self.application.support_closes_at) if self.is_waiting else end

    @property
    def reminder_from(self) -> datetime:
        """When the applicant may next send a reminder."""
        after = self.sent_at + AFTER_SENDING
        return max(after, self.reminded_at + BETWEEN_REMINDERS) if self.reminded_at else after


@tracked
class HeadteacherSupport(SupportRequest):
    application = models.ForeignKey(Application, models.PROTECT, related_name="supports")
    signatory = models.CharField(max_length=12, choices=Signatory, default=Signatory.HEADTEACHER)
    role = models.CharField(max_length=80, blank=True, help_text="In the school, of one who is not the headteacher")
    passed_from = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="passed_to")
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who of the hub agreed that this person signs",
    )
    agreed_at = models.DateTimeField(null=True, blank=True)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="supports")
    pledge = models.OneToOneField(Pledge, models.PROTECT, null=True, blank=True, related_name="support")

    is_applicants: bool  # annotated by `for_hub`
    is_confirmed: bool

    objects = HeadteacherSupportQuerySet.as_manager()

    class Meta:
        ordering = ("-requested_at", "-pk")
        constraints = [
            models.UniqueConstraint(
                fields=["application"], condition=~Q(state=SupportState.CANCELLED), name="one_headteacher_at_a_time"
            ),
            models.CheckConstraint(
                condition=~Q(state=SupportState.SIGNED) | Q(pledge__isnull=False), name="signed_support_has_a_pledge"
            ),
            models.CheckConstraint(
                condition=~Q(state__in=[SupportState.SIGNED, SupportState.DECLINED])
                | Q(answered_at__isnull=False, person__isnull=False),
                name="answered_support_has_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(signatory=Signatory.HEADTEACHER, role="")
                | ~Q(signatory=Signatory.HEADTEACHER) & ~Q(role=""),
                name="only_another_signatory_has_a_role",
            ),
            models.CheckConstraint(
                condition=Q(agreed_by=None, agreed_at=None)
                | Q(agreed_by__isnull=False, agreed_at__isnull=False, signatory=Signatory.HEAD_APPLIES),
                name="only_who_signs_for_a_head_is_agreed",
            ),
        ]

    @property
    def role_words(self) -> str:
        """For the middle of a sentence: chair of governors, but CEO."""
        role = self.role or "headteacher"
        return role[0].lower() + role[1:] if role[1:2].islower() else role

    @property
    def newest_signer(self) -> Union["HeadteacherSupport", "PledgeRenewal"]:
        """Whoever signed last: this person, or one who has signed again since."""
        again = [renewal for renewal in self.renewals.all() if renewal.pledge_id]
        return again[-1] if again else self

    @property
    def waits_for_agreement(self) -> bool:
        """The hub has yet to agree that this person signs in place of a headteacher who applies."""
        return self.signatory == Signatory.HEAD_APPLIES and self.agreed_at is None


class HeadteacherSupportEvent(TransitionEvent):
    support = models.ForeignKey(HeadteacherSupport, models.PROTECT, related_name="events")

    class Meta:
        ordering = ("at", "pk")


class StatementQuerySet(models.QuerySet[Any]):
    def visible_to(self, user: User) -> Self:
        """Leads and reviewers of the application's hub, leads of the one that it is referred to, and NCETM; never the
        applicant, whatever else they are."""
        found = self.exclude(support__application__applicant=user)
        if user.is_national:
            return found
        own = Q(support__application__hub__in=user.hub_ids(Role.HUB_LEAD, Role.HUB_REVIEWER))
        return found.filter(own | with_receiver(user.hub_ids(Role.HUB_LEAD), "support__application"))


@tracked(when=KEPT)
class HeadteacherStatement(Written):
    """Confidential: no page, email or export that the applicant can reach may show it."""

    what = "Your statement was"

    support = models.OneToOneField(HeadteacherSupport, models.CASCADE, related_name="statement")

    objects = StatementQuerySet.as_manager()

    def __str__(self) -> str:
        return f"Statement of {self.support}"


class HeadteacherRank(models.Model):
    """In which order a headteacher would have several applicants of one round appointed: the hub's to know alone."""

    support = models.OneToOneField(HeadteacherSupport, models.CASCADE, related_name="rank")
    place = models.PositiveSmallIntegerField()
    of = models.PositiveSmallIntegerField(help_text="How many there were when they were ranked")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(place__gte=1, place__lte=F("of")), name="rank_is_one_of_the_places")
        ]

    def __str__(self) -> str:
        return f"{self.place} of {self.of}"
