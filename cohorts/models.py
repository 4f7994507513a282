"""Programmes, their cohorts with terms and places, what is pledged, and the specialists who were appointed."""

from decimal import Decimal
from typing import Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.urls import reverse

from cohorts.enums import DayKind, Section, SpecialistStatus, Whose
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.academic_year import AcademicYear
from mastery_hub.common.errors import DomainError
from mastery_hub.common.history import tracked
from mastery_hub.common.models import PageBlock, Version, VersionPart
from mastery_hub.directory.enums import PhaseOfEducation
from mastery_hub.directory.models import MathsHub, School


@tracked
class Programme(models.Model):
    name = models.CharField(max_length=100, unique=True)
    slug = models.SlugField(unique=True)
    summary = models.TextField(help_text="One or two sentences for lists of programmes")
    school_phases = ArrayField(
        models.PositiveSmallIntegerField(choices=PhaseOfEducation),
        help_text="Phases of the schools whose teachers may apply",
    )
    next_expected = models.CharField(
        "next round", max_length=80, blank=True, help_text="Ends the sentence “The next round is expected to open …”"
    )
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ("order", "name")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("programme_page", kwargs={"programme": self.slug})


@tracked
class ProgrammePageBlock(PageBlock):
    programme = models.ForeignKey(Programme, models.CASCADE, related_name="blocks")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["programme", "kind"], name="one_block_of_a_kind_per_programme")]


@tracked
class ProgrammeYear(models.Model):
    """What a specialist does in one year of the programme: of any number of years, as NCETM writes them."""

    programme = models.ForeignKey(Programme, models.CASCADE, related_name="years")
    year = models.PositiveSmallIntegerField(help_text="1 is the development year")
    title = models.CharField(max_length=100)
    text = models.TextField(blank=True)

    class Meta:
        ordering = ("year",)
        constraints = [
            models.UniqueConstraint(fields=["programme", "year"], name="programme_years_once"),
            models.CheckConstraint(condition=Q(year__gte=1) & ~Q(title=""), name="programme_years_counted_and_titled"),
        ]

    def __str__(self) -> str:
        return f"Year {self.year}: {self.title}"


@tracked
class Cohort(models.Model):
    """One year's intake of one programme; its development year is `academic_year`."""

    programme = models.ForeignKey(Programme, models.PROTECT, related_name="cohorts")
    number = models.PositiveSmallIntegerField()
    starts = models.PositiveSmallIntegerField(help_text="Year in which the development year begins: 2027 for 2027/28")
    project_code = models.CharField(max_length=12, unique=True, help_text="Such as NCP27-01")
    later_years_note = models.CharField(max_length=100, default="subject to DfE funding")

    class Meta:
        ordering = ("-starts", "programme")
        constraints = [models.UniqueConstraint(fields=["programme", "number"], name="one_cohort_a_number")]

    def __str__(self) -> str:
        return f"{self.programme.name}, Cohort {self.number}"

    @property
    def academic_year(self) -> AcademicYear:
        return AcademicYear(self.starts)

    @property
    def name(self) -> str:
        return f"Cohort {self.number}"

    @property
    def has_begun(self) -> bool:
        return clock.today() >= self.academic_year.first_day


class CohortPoint(models.Model):
    """One sentence of what the cohort is told to expect or is promised."""

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="points")
    section = models.CharField(max_length=20, choices=Section)
    order = models.PositiveSmallIntegerField()
    text = models.TextField()

    class Meta:
        ordering = ("section", "order")
        constraints = [models.UniqueConstraint(fields=["cohort", "section", "order"], name="cohort_points_in_order")]

    def __str__(self) -> str:
        return self.text


@tracked
class ReleaseTerms(models.Model):
    """Days of release in one programme year (1 is the development year, 2 stands for the second year onwards)."""

    cohort = models.ForeignKey(Cohort, models.CASCADE, related_name="release_terms")
    programme_year = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=DayKind, default=DayKind.RELEASE)
    days_least = models.PositiveSmallIntegerField()
    days_most = models.PositiveSmallIntegerField()
    rate = models.DecimalField(
        max_digits=6, decimal_places=2, null=True, help_text="Pounds a day; empty while it is not agreed"
    )

    class Meta:
        ordering = ("programme_year", "kind")
        verbose_name_plural = "release terms"
        constraints = [
            models.UniqueConstraint(fields=["cohort", "programme_year", "kind"], name="release_terms_once_a_year"),
            models.CheckConstraint(condition=Q(days_most__gte=F("days_least")), name="release_days_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.days}, programme year {self.programme_year}"

    @property
    def days(self) -> str:
        return (
            f"{self.days_most} days"
            if self.days_least == self.days_most
            else f"{self.days_least} to {self.days_most} days"
        )

    @property
    def total(self) -> Decimal | None:
        """Pounds for all the days, where their number and rate are fixed."""
        return self.rate * self.days_most if self.rate and self.days_least == self.days_most else None


class HubPlacesQuerySet(models.QuerySet["HubPlaces"]):
    def take(self) -> None:
        """Takes one place for good or raises DomainError `no-places`; safe for two people at once (rule 2)."""
        if not self.filter(taken__lt=F("places")).update(taken=F("taken") + 1):
            raise DomainError(
                "Your hub has no places left. Change another proposed offer first, or ask NCETM for a further place.",
                code="no-places",
            )

    def to_come(self, programme: int) -> Self:
        """In the programme's cohorts that have not begun, the next first, at hubs that have any."""
        begun = AcademicYear.of(clock.today()).starts
        found = self.filter(cohort__programme=programme, cohort__starts__gt=begun, places__gt=0)
        return found.order_by("cohort__starts", "cohort__number")

    def next_for(self, hub: int | None, cohort: Cohort) -> "HubPlaces | None":
        """Where a place of `cohort` that the hub keeps can be taken up."""
        later = self.to_come(cohort.programme_id).filter(hub=hub, cohort__starts__gt=cohort.starts)
        return later.select_related("cohort__programme").first()

    def give_back(self) -> None:
        self.update(taken=F("taken") - 1)


@tracked
class HubPlaces(models.Model):
    """A hub that takes part in a cohort, with its quota. Locked before any application (rule 2)."""

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="hub_places")
    hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="places")
    places = models.PositiveSmallIntegerField()
    taken = models.PositiveSmallIntegerField(default=0, editable=False)

    objects = HubPlacesQuerySet.as_manager()

    class Meta:
        ordering = ("hub__name",)
        verbose_name_plural = "hub places"
        constraints = [
            models.UniqueConstraint(fields=["cohort", "hub"], name="one_quota_per_hub_and_cohort"),
            models.CheckConstraint(condition=Q(taken__lte=F("places")), name="no_more_taken_than_places"),
        ]

    def __str__(self) -> str:
        return f"{self.hub}: {self.taken} of {self.places}"

    @property
    def left(self) -> int:
        return self.places - self.taken


@tracked
class CommitmentSet(Version):
    """What applicants, or their headteachers, commit to; a new version when the words change."""

    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="commitment_sets")
    whose = models.CharField(max_length=12, choices=Whose)

    class Meta:
        ordering = ("cohort", "whose", "-version")
        constraints = [
            models.UniqueConstraint(fields=["cohort", "whose", "version"], name="one_commitment_set_a_version"),
            models.UniqueConstraint(
                fields=["cohort", "whose"],
                condition=Q(published_at=None),
                name="one_working_copy_of_a_commitment_set",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_whose_display()} commitments, version {self.version}"

    @property
    def is_relied_upon(self) -> bool:
        return self.pledges.exists()


@tracked
class Commitment(VersionPart):
    commitment_set = models.ForeignKey(CommitmentSet, models.CASCADE, related_name="commitments")
    text = models.TextField()

    class Meta:
        ordering = ("order",)
        constraints = [
            models.UniqueConstraint(
                fields=["commitment_set", "order"],
                name="commitments_in_order",
                deferrable=models.Deferrable.IMMEDIATE,
            ),
            models.UniqueConstraint(fields=["commitment_set", "key"], name="commitments_keyed"),
        ]

    def __str__(self) -> str:
        return self.text


@tracked
class Pledge(models.Model):
    """Somebody's signature under every commitment of one set, for one school."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="pledges")
    school = models.ForeignKey(School, models.PROTECT, related_name="pledges")
    commitment_set = models.ForeignKey(CommitmentSet, models.PROTECT, related_name="pledges")
    signed_as = models.CharField(max_length=160, help_text="The name as typed under the commitments")
    signed_at = models.DateTimeField()
    terms = models.JSONField(
        default=dict, blank=True, help_text="Release days and residential dates as they were when it was signed"
    )
    rates = models.JSONField(
        default=list,
        blank=True,
        help_text="What a release day was paid at when it was signed",
    )
    years = models.JSONField(
        default=list, blank=True, help_text="What each year of the programme held when it was signed"
    )

    class Meta:
        ordering = ("-signed_at",)

    def __str__(self) -> str:
        return f"{self.signed_as}, {self.signed_at:%d %B %Y}"


class SpecialistQuerySet(models.QuerySet["Specialist"]):
    def visible_to(self, user: User) -> Self:
        if user.is_national:
            return self
        here = Placement.objects.filter(specialist=models.OuterRef("pk")).filter(
            Q(hub__in=user.hub_ids()) | Q(school__in=user.school_urns)
        )
        return self.filter(Q(person=user) | models.Exists(here))

    def with_placements(self) -> Self:
        return self.select_related("person", "cohort__programme").prefetch_related(
            "placements__hub", "placements__school"
        )


@tracked
class Specialist(models.Model):
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="specialists")
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="specialists")
    status = models.CharField(max_length=10, choices=SpecialistStatus, default=SpecialistStatus.APPOINTED)
    appointed_at = models.DateTimeField()

    objects = SpecialistQuerySet.as_manager()

    class Meta:
        ordering = ("person__last_name", "person__first_name", "pk")
        constraints = [models.UniqueConstraint(fields=["person", "cohort"], name="one_specialist_a_person_and_cohort")]

    def __str__(self) -> str:
        return f"{self.person}, {self.cohort}"

    @property
    def placement(self) -> "Placement | None":
        """Where they are, or will be first; reads the prefetched placements."""
        placements = sorted(self.placements.all(), key=lambda p: p.from_on)
        today = clock.today()
        return next((p for p in placements if p.until_on is None or p.until_on > today), None)


class DateRange(Func):
    function = "DATERANGE"
    output_field = DateRangeField()


@tracked
class Placement(models.Model):
    """The hub a specialist works for and the school they teach in, from a day until another; never two at once."""

    specialist = models.ForeignKey(Specialist, models.CASCADE, related_name="placements")
    hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="placements")
    school = models.ForeignKey(School, models.PROTECT, related_name="placements")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ("from_on",)
        constraints = [
            ExclusionConstraint(
                name="placements_do_not_overlap",
                expressions=[
                    ("specialist", RangeOperators.EQUAL),
                    (DateRange("from_on", "until_on", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            )
        ]

    def __str__(self) -> str:
        return f"{self.school}, {self.hub}"


@tracked
class Residential(models.Model):
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="residentials")
    number = models.PositiveSmallIntegerField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    venue = models.CharField(max_length=150, blank=True)
    confirmed = models.BooleanField(default=False, help_text="Until then shown as subject to confirmation")

    class Meta:
        ordering = ("starts_on",)
        constraints = [
            models.UniqueConstraint(fields=["cohort", "number"], name="residentials_numbered"),
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="residential_ends_after_start"),
        ]

    def __str__(self) -> str:
        return f"Residential {self.number}"
