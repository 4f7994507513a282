"""A teacher's application to a round, section by section, and the events of its life."""

from collections.abc import Collection
from datetime import datetime
from typing import Self

from django.apps import apps
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import Greatest
from django.urls import reverse
from django.utils.functional import cached_property

from applications.enums import (
    ENDED,
    HOLDING_A_PLACE,
    NEVER_SUBMITTED,
    NO_PLACE_YET,
    PROPOSED,
    Eligibility,
    PhaseTaught,
    ReferralState,
    SchoolChangeState,
    State,
)
from applications.models.eligibility import HubRule, Rule
from applications.models.extensions import Deadlines, Extension, deadlines
from applications.models.nominations import Nomination
from applications.models.rounds import Criterion, InformationDocument, Question, Round, RoundTerms
from applications.workflow import HIDDEN
from cohorts.models import Cohort, Pledge
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import PrivacyNotice, User
from mastery_hub.common import clock
from mastery_hub.common.forms.wording import listed
from mastery_hub.common.history import tracked
from mastery_hub.common.models import Stateful, TransitionEvent
from mastery_hub.common.references import reference
from mastery_hub.common.writing import KEPT, Written
from mastery_hub.directory.enums import LARGEST_URN
from mastery_hub.directory.models import MathsHub, School, UnlistedSchool

SCHOOL_UNLISTED = Q(school__gt=LARGEST_URN)


def with_receiver(hubs: Collection[int], application: str = "pk") -> Q:
    """Those that another hub has referred to one of these, with the applicant's consent, and that wait for it."""
    referrals = apps.get_model("applications", "Referral")._default_manager
    waiting = referrals.filter(application=OuterRef(application), to_hub__in=hubs, state=ReferralState.CONSENTED)
    return Q(Exists(waiting)) if hubs else Q(pk__in=[])


class ApplicationQuerySet(models.QuerySet["Application"]):
    def visible_to(self, user: User) -> Self:
        """One's own, unless deleted; those submitted to one's hub, and for its leads those referred to it; all
        submitted ones for NCETM."""
        mine = Q(applicant=user) & ~Q(state=State.DELETED)
        if user.is_national:
            return self.filter(mine | Q(submitted_at__isnull=False))
        referred = with_receiver(user.hub_ids(Role.HUB_LEAD))
        return self.filter(mine | Q(hub__in=user.hub_ids(), submitted_at__isnull=False) | referred)

    def deleted_by(self, user: User) -> Self:
        return self.filter(applicant=user, state=State.DELETED)

    def at_hub(self, hub: MathsHub) -> Self:
        """What the hub's pages list: everything ever submitted to it."""
        return self.filter(hub=hub, submitted_at__isnull=False)

    def readable_at(self, hub: MathsHub) -> Self:
        """The same, and what waits there as another hub's referral: to be read, and listed nowhere else."""
        return self.filter(Q(hub=hub, submitted_at__isnull=False) | with_receiver([hub.pk]))

    def live(self) -> Self:
        return self.exclude(state__in=ENDED)

    def with_people(self) -> Self:
        return self.select_related("applicant", "school__authority", "hub", "round__cohort__programme")

    def with_deadlines(self, **only: datetime) -> Self:
        """`closes_at` and `support_closes_at` come with the rows; `only` filters by them (`closes_at__gt=now`)."""
        given = Extension.objects.all()
        closes = Greatest(F("round__closes_at"), given.furthest("closes_at"))
        support = Greatest(F("closes_at"), F("round__support_closes_at"), given.furthest("support_closes_at"))
        return self.annotate(closes_at=closes).annotate(support_closes_at=support).filter(**only)


@tracked(apart=["saved_at"])
class Application(Stateful):
    """`shown_state` is what the applicant may know: it stays behind `state` while a decision is only proposed."""

    reference = models.CharField(max_length=12, unique=True, default=reference, editable=False)
    round = models.ForeignKey(Round, models.PROTECT, related_name="applications")
    terms = models.ForeignKey(RoundTerms, models.PROTECT, related_name="applications")
    document = models.ForeignKey(InformationDocument, models.PROTECT, related_name="applications")
    document_read_at = models.DateTimeField()
    privacy_notice = models.ForeignKey(PrivacyNotice, models.PROTECT, related_name="+")
    applicant = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="applications")
    state = models.CharField(max_length=24, choices=State, default=State.DRAFT, editable=False)
    shown_state = models.CharField(max_length=24, choices=State, default=State.DRAFT, editable=False)
    job_title = models.CharField("role", max_length=100, blank=True)
    phase = models.CharField(max_length=12, choices=PhaseTaught, blank=True)
    phases = ArrayField(
        models.CharField(max_length=12, choices=PhaseTaught),
        default=list,
        blank=True,
        help_text="Which ones, where it is more than one",
    )
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="applications")
    typed_school = models.OneToOneField(
        UnlistedSchool,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="application",
        help_text="What the applicant typed in; `school` is the same until the hub has found it in the register",
    )
    hub = models.ForeignKey(MathsHub, models.PROTECT, null=True, blank=True, related_name="applications")
    home_hub = models.ForeignKey(
        MathsHub,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="The school’s, on the day on which it was chosen",
    )
    hub_reason = models.TextField(blank=True, help_text="Why it is made to another hub than the home hub")
    nomination = models.ForeignKey(
        Nomination, models.PROTECT, null=True, blank=True, related_name="applications", help_text="That it follows from"
    )
    pledge = models.OneToOneField(Pledge, models.PROTECT, null=True, blank=True, related_name="application")
    started_at = models.DateTimeField(default=clock.now)
    saved_at = models.DateTimeField(default=clock.now)
    submitted_at = models.DateTimeField(null=True, blank=True)
    eligibility = models.CharField(
        max_length=10, choices=Eligibility, default=Eligibility.UNCHECKED, editable=False, help_text="As last settled"
    )

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at", "pk")
        indexes = [
            models.Index(fields=["hub", "round", "state"], name="application_hub_list"),
            models.Index(
                fields=["hub", "-submitted_at", "id"],
                condition=Q(submitted_at__isnull=False),
                name="application_hub_newest",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["applicant", "round"],
                condition=~Q(state__in=sorted(ENDED)),
                name="one_live_application_a_person_a_round",
            ),
            models.CheckConstraint(
                condition=Q(state__in=sorted(NEVER_SUBMITTED), submitted_at=None)
                | Q(state=State.WITHDRAWN)
                | (
                    ~Q(state__in=sorted(NEVER_SUBMITTED))
                    & Q(submitted_at__isnull=False, hub__isnull=False, school__isnull=False, pledge__isnull=False)
                ),
                name="submitted_application_is_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=sorted(HOLDING_A_PLACE), eligibility__in=sorted(NO_PLACE_YET)),
                name="no_place_against_an_essential_rule",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at=None) | ~Q(eligibility=Eligibility.NOT_MET),
                name="submitted_application_has_asked_for_its_exception",
            ),
            models.CheckConstraint(condition=~Q(shown_state__in=sorted(PROPOSED)), name="proposals_are_not_shown"),
            models.CheckConstraint(
                condition=Q(phase=PhaseTaught.MIXED) | Q(phases=[]), name="several_phases_only_where_mixed"
            ),
            models.CheckConstraint(
                condition=Q(school=None, hub=None) | Q(school__isnull=False, hub__isnull=False),
                name="school_and_hub_together",
            ),
            models.CheckConstraint(
                condition=Q(hub=None, home_hub=None, hub_reason="")
                | Q(home_hub__isnull=False, hub=F("home_hub"), hub_reason="")
                | (Q(hub__isnull=False, home_hub__isnull=False) & ~Q(hub=F("home_hub")) & ~Q(hub_reason="")),
                name="another_hub_has_its_reason",
            ),
            models.CheckConstraint(
                condition=Q(school=None, typed_school=None)
                | Q(school__isnull=False, school__lte=LARGEST_URN)
                | Q(school__isnull=False, typed_school__isnull=False),
                name="unlisted_school_was_typed_in",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference}, {self.applicant}"

    def get_absolute_url(self) -> str:
        return reverse("application_page", kwargs={"reference": self.reference})

    @property
    def is_draft(self) -> bool:
        return self.state == State.DRAFT

    @cached_property
    def deadlines(self) -> Deadlines:
        """One query; rows read `with_deadlines` need none."""
        covering = Extension.objects.covering(round=self.round_id, hub=self.hub_id, applicant=self.applicant_id)
        return deadlines(self.round, covering)

    @cached_property
    def closes_at(self) -> datetime:
        """When this application's window to submit ends: the round's instant, or a later one by extension."""
        return self.deadlines.closes_at

    @cached_property
    def support_closes_at(self) -> datetime:
        return self.deadlines.support_closes_at

    def is_open(self, at: datetime) -> bool:
        return self.round.is_open(at, until=self.closes_at)

    @cached_property
    def eligibility_rules(self) -> list[Rule]:
        """The nation's by its terms, and its hub's own: as they are, or as they were when it was submitted."""
        return self.eligibility_rules_at(self.submitted_at or clock.now())

    def eligibility_rules_at(self, moment: datetime) -> list[Rule]:
        own = HubRule.objects.filter(round=self.round_id, hub=self.hub_id).at(moment)
        return [*self.terms.eligibility_questions.all(), *(own.select_related("hub") if self.hub_id else [])]

    @property
    def is_to_another_hub(self) -> bool:
        return self.hub_id != self.home_hub_id

    @property
    def phases_in_words(self) -> str:
        """“Key stage 2”; “More than one phase: Early years and Key stage 1”."""
        names = [PhaseTaught(phase).label for phase in self.phases]
        return f"{self.get_phase_display()}: {listed(names)}" if names else self.get_phase_display()

    @property
    def place_cohort(self) -> Cohort | None:
        """For which a school signs: the round's, or the one in which a deferred place was taken up; none once the
        application is over."""
        if self.state != State.DEFERRED:
            return None if self.state in ENDED else self.round.cohort
        kept = self.deferrals.filter(places__isnull=False).select_related("places__cohort__programme").first()
        return kept.places.cohort if kept and kept.places else None

    def moved_since(self, asked_at: datetime) -> bool:
        """Whether the place goes along to another school than the one at which somebody was asked then."""
        return self.school_changes.filter(state=SchoolChangeState.AGREED, decided_at__gt=asked_at).exists()

    @property
    def has_unlisted_school(self) -> bool:
        """Nobody has found the school in the register yet."""
        return self.school_id is not None and self.school_id > LARGEST_URN


class ApplicationEventQuerySet(models.QuerySet["ApplicationEvent"]):
    def for_applicant(self) -> Self:
        return self.exclude(action__in=HIDDEN)


class ApplicationEvent(TransitionEvent):
    application = models.ForeignKey(Application, models.PROTECT, related_name="events")

    objects = ApplicationEventQuerySet.as_manager()

    class Meta:
        ordering = ("at", "pk")
        indexes = [models.Index(fields=["application", "at"], name="application_timeline")]


class AnswerQuerySet(models.QuerySet["Answer"]):
    def earlier_than(self, application: Application, question: Question) -> Self:
        """The same person's to the same question in other applications to the programme, newest first. A question is
        the same by its key, which copies of a round keep, or by its words."""
        same = Q(question__key=question.key) | Q(question__text__iexact=question.text)
        own = self.filter(
            same,
            text__regex=r"\S",
            application__applicant=application.applicant_id,
            application__round__cohort__programme=application.round.cohort.programme_id,
        )
        return own.exclude(application=application).order_by("-saved_at", "-pk")


@tracked(when=KEPT)
class Answer(Written):
    application = models.ForeignKey(Application, models.CASCADE, related_name="answers")
    question = models.ForeignKey(Question, models.PROTECT, related_name="answers")

    objects = AnswerQuerySet.as_manager()

    class Meta:
        ordering = ("question__order",)
        constraints = [models.UniqueConstraint(fields=["application", "question"], name="one_answer_a_question")]

    def __str__(self) -> str:
        return f"Answer to question {self.question_id}"


@tracked
class Declaration(models.Model):
    """Whether a criterion that is a fact is met, by the word of the applicant or of the headteacher."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="declarations")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="declarations")
    met = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("criterion__order",)
        constraints = [models.UniqueConstraint(fields=["application", "criterion"], name="one_declaration_a_criterion")]

    def __str__(self) -> str:
        return f"Criterion {self.criterion_id}: {'met' if self.met else 'not met'}"


class TermsNotice(models.Model):
    """Told to whoever had a draft when another version of the terms came into force; shown until put aside."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="terms_notices")
    terms = models.ForeignKey(RoundTerms, models.PROTECT, related_name="notices")
    dismissed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("terms__version",)
        constraints = [models.UniqueConstraint(fields=["application", "terms"], name="one_notice_a_version")]

    def __str__(self) -> str:
        return f"{self.application_id} told of {self.terms}"
