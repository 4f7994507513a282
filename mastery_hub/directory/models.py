"""Where things are: regions, local authorities, the 40 Maths Hubs with their areas, and the schools register."""

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models.functions import Coalesce, Concat, Lower
from django.urls import reverse

from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.common.models import PageBlock
from mastery_hub.directory.enums import OPEN_STATUSES, STATE_FUNDED_GROUPS, EstablishmentStatus, PhaseOfEducation


class Region(models.Model):
    name = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class LocalAuthority(models.Model):
    """An English authority by its three-digit DfE code, which is what the schools register files a school under."""

    code = models.PositiveSmallIntegerField(primary_key=True)
    name = models.CharField(max_length=80, unique=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="authorities")

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "local authorities"

    def __str__(self) -> str:
        return self.name


class MathsHubQuerySet(models.QuerySet):
    def current(self):
        return self.filter(closed_on=None)


@tracked
class MathsHub(models.Model):
    name = models.CharField(max_length=80, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    former_names = models.CharField(max_length=200, blank=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="hubs")
    lead_schools = models.CharField(max_length=200, blank=True, help_text="One or two schools, as published")
    contact_name = models.CharField(max_length=100, blank=True)
    email = models.EmailField(blank=True)
    telephone = models.CharField(max_length=30, blank=True)
    website = models.URLField(blank=True)
    opened_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    neighbours = models.ManyToManyField("self", blank=True)
    certainty = models.CharField(max_length=200, blank=True, help_text="What is not certain about these facts")

    objects = MathsHubQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        verbose_name = "Maths Hub"
        constraints = [
            models.CheckConstraint(
                condition=models.Q(closed_on=None) | models.Q(opened_on=None) | models.Q(closed_on__gt=models.F("opened_on")),
                name="hub_closes_after_opening",
                violation_error_message="The closing date must be after the opening date",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} Maths Hub"

    def get_absolute_url(self) -> str:
        return reverse("hub_page", kwargs={"hub": self.slug})


@tracked
class HubPageBlock(PageBlock):
    hub = models.ForeignKey(MathsHub, models.CASCADE, related_name="blocks")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hub", "kind"], name="one_block_of_a_kind_per_hub")]


@tracked
class HubArea(models.Model):
    """A hub's area is made of authorities or, inside one, districts; a district's row wins over its authority's.

    Dated, so that a move keeps the history: valid on a day when `from_on <= day` and `until_on` is empty or after it.
    """

    hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="areas")
    authority = models.ForeignKey(LocalAuthority, models.PROTECT, related_name="hub_areas")
    district = models.CharField(max_length=80, blank=True, help_text="Name of the administrative district, if only a part")
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    certain = models.BooleanField(default=True)

    class Meta:
        ordering = ("authority__name", "district")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(until_on=None) | models.Q(until_on__gt=models.F("from_on")), name="hub_area_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["authority", "district"], condition=models.Q(until_on=None), name="one_hub_for_an_area_today"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.district}, {self.authority}" if self.district else str(self.authority)


class SchoolQuerySet(models.QuerySet):
    def open(self):
        return self.filter(status__in=OPEN_STATUSES)

    def with_area(self):
        return self.select_related("authority__region")


class School(models.Model):
    """A school of the register. Never deleted: a closed one stays, for what happened there."""

    urn = models.PositiveIntegerField(primary_key=True, verbose_name="URN")
    name = models.CharField(max_length=200)
    authority = models.ForeignKey(LocalAuthority, models.PROTECT, related_name="schools")
    district = models.CharField(max_length=80, blank=True)
    establishment_number = models.PositiveSmallIntegerField(null=True)
    type_name = models.CharField(max_length=100, blank=True)
    type_group = models.PositiveSmallIntegerField()
    status = models.PositiveSmallIntegerField(choices=EstablishmentStatus)
    phase = models.PositiveSmallIntegerField(choices=PhaseOfEducation)
    opened_on = models.DateField(null=True)
    closed_on = models.DateField(null=True)
    low_age = models.PositiveSmallIntegerField(null=True)
    high_age = models.PositiveSmallIntegerField(null=True)
    pupils = models.PositiveIntegerField(null=True)
    street = models.CharField(max_length=200, blank=True)
    locality = models.CharField(max_length=200, blank=True)
    town = models.CharField(max_length=100, blank=True)
    county = models.CharField(max_length=100, blank=True)
    postcode = models.CharField(max_length=10, blank=True)
    website = models.CharField(max_length=200, blank=True)
    telephone = models.CharField(max_length=30, blank=True)
    head_title = models.CharField(max_length=40, blank=True)
    head_first_name = models.CharField(max_length=80, blank=True)
    head_last_name = models.CharField(max_length=80, blank=True)
    easting = models.PositiveIntegerField(null=True, help_text="Metres on the National Grid")
    northing = models.PositiveIntegerField(null=True, help_text="Metres on the National Grid")
    search = models.GeneratedField(
        expression=Lower(
            Concat(
                "name",
                models.Value(" "),
                Coalesce("town", models.Value("")),
                models.Value(" "),
                Coalesce("postcode", models.Value("")),
                models.Value(" "),
                models.functions.Cast("urn", models.CharField()),
            )
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects = SchoolQuerySet.as_manager()

    class Meta:
        ordering = ("name", "urn")
        indexes = [
            GinIndex(fields=["search"], opclasses=["gin_trgm_ops"], name="school_search_trigram"),
            models.Index(fields=["authority", "district"], name="school_area"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def is_state_funded(self) -> bool:
        return self.type_group in STATE_FUNDED_GROUPS

    @property
    def head_name(self) -> str:
        return " ".join(filter(None, (self.head_title, self.head_first_name, self.head_last_name)))

    @property
    def place(self) -> str:
        return ", ".join(filter(None, (self.town, self.postcode)))


class RegisterImport(models.Model):
    """One run of the register's import: what came in, what changed, what was turned away and why."""

    file_name = models.CharField(max_length=200)
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the file")
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(null=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    outside_england = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    rejections = models.JSONField(default=list, help_text="[[line number, URN, reason], …]")

    class Meta:
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"{self.file_name}, {self.started_at:%d %B %Y}"
