"""Where things are: regions, local authorities, the 40 Maths Hubs with their areas, and the schools register."""

from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, F, Func, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, Concat, Lower, Replace
from django.urls import reverse

from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.common.models import PageBlock
from mastery_hub.directory import searching
from mastery_hub.directory.enums import OPEN_STATUSES, STATE_FUNDED_GROUPS, EstablishmentStatus, PhaseOfEducation


class Region(models.Model):
    name = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class LocalAuthorityQuerySet(models.QuerySet):
    def current(self):
        return self.filter(Q(abolished_on=None) | Q(abolished_on__gt=clock.today()))

    def with_areas(self):
        """Their hub areas of today, in `areas_today`, each with its hub."""
        areas = HubArea.objects.on(clock.today()).select_related("hub").order_by("district")
        return self.select_related("region").prefetch_related(
            models.Prefetch("hub_areas", areas, to_attr="areas_today")
        )


class LocalAuthority(models.Model):
    """An English authority by its three-digit DfE code, which is what the schools register files a school under."""

    code = models.PositiveSmallIntegerField(primary_key=True)
    name = models.CharField(max_length=80, unique=True)
    region = models.ForeignKey(Region, models.PROTECT, related_name="authorities")
    abolished_on = models.DateField(null=True, blank=True, help_text="Schools closed before are still filed under it")

    objects = LocalAuthorityQuerySet.as_manager()

    class Meta:
        ordering = ("name",)
        verbose_name_plural = "local authorities"

    def __str__(self) -> str:
        return self.name


class MathsHubQuerySet(models.QuerySet):
    def current(self):
        today = clock.today()
        return self.filter(Q(closed_on=None) | Q(closed_on__gt=today))

    def visible_to(self, user: Any):
        """Hubs are public; one that has closed is NCETM's alone."""
        return self if user.is_authenticated and user.is_national else self.current()


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
    certainty = models.CharField(
        "what is not certain",
        max_length=200,
        blank=True,
        help_text="Facts about this hub that nobody has confirmed yet",
    )

    objects = MathsHubQuerySet.as_manager()

    class Meta:
        ordering = (Lower("name"),)  # some hubs are written in capitals
        verbose_name = "Maths Hub"
        constraints = [
            models.CheckConstraint(
                condition=Q(closed_on=None) | Q(opened_on=None) | Q(closed_on__gt=F("opened_on")),
                name="hub_closes_after_opening",
                violation_error_message="The closing date must be after the opening date",
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} Maths Hub"

    def get_absolute_url(self) -> str:
        return reverse("hub_page", kwargs={"hub": self.slug})

    @property
    def is_closed(self) -> bool:
        return self.closed_on is not None and self.closed_on <= clock.today()


class HubPageBlockQuerySet(models.QuerySet):
    def in_page_order(self):
        """In the order of `Kind`, left out when empty."""
        order = [When(kind=kind, then=Value(place)) for place, kind in enumerate(PageBlock.Kind.values)]
        return self.exclude(body="").order_by(Case(*order))


@tracked
class HubPageBlock(PageBlock):
    hub = models.ForeignKey(MathsHub, models.CASCADE, related_name="blocks")

    objects = HubPageBlockQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hub", "kind"], name="one_block_of_a_kind_per_hub")]


class HubAreaQuerySet(models.QuerySet):
    def on(self, day: date):
        return self.filter(Q(until_on=None) | Q(until_on__gt=day), from_on__lte=day)


@tracked
class HubArea(models.Model):
    """A hub's area is made of authorities or, inside one, districts; a district's row wins over its authority's.

    Dated, so that a move keeps the history: valid on a day when `from_on <= day` and `until_on` is empty or after it.
    """

    hub = models.ForeignKey(MathsHub, models.PROTECT, related_name="areas")
    authority = models.ForeignKey(LocalAuthority, models.PROTECT, related_name="hub_areas")
    district = models.CharField(
        max_length=80, blank=True, help_text="Name of the administrative district, if only a part"
    )
    from_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)
    certain = models.BooleanField(default=True)

    objects = HubAreaQuerySet.as_manager()

    class Meta:
        ordering = ("authority__name", "district")
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gt=F("from_on")),
                name="hub_area_ends_after_start",
                violation_error_message="The last day must be after the first",
            ),
            ExclusionConstraint(
                name="one_hub_for_an_area_a_day",
                expressions=[
                    ("authority", RangeOperators.EQUAL),
                    ("district", RangeOperators.EQUAL),
                    (
                        Func("from_on", "until_on", function="daterange", output_field=DateRangeField()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message="Another hub has this area on these days: end it there first",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.district}, {self.authority}" if self.district else str(self.authority)


class SchoolQuerySet(models.QuerySet):
    def visible_to(self, user: Any):
        """The register is public."""
        return self

    def open(self):
        return self.filter(status__in=OPEN_STATUSES)

    def with_area(self):
        return self.select_related("authority__region")

    def with_hub(self, on: date | None = None):
        """`home_hub_id`: the hub whose area holds the school on that day (today when none is named)."""
        areas = HubArea.objects.on(on or clock.today()).filter(
            authority=OuterRef("authority"), district__in=["", OuterRef("district")]
        )
        return self.annotate(home_hub_id=Subquery(areas.order_by("-district").values("hub")[:1]))

    def in_hub(self, hub: MathsHub, on: date | None = None):
        return self.with_hub(on).filter(home_hub_id=hub.pk)

    def search(self, text: str):
        """Schools that hold every word of `text` in name, town, postcode or URN: open ones first, then the likeliest.

        Finds nothing when no word has the three letters that a trigram index needs.
        """
        words = searching.words(text)
        if not searching.is_enough(words):
            return self.none()
        found = self.filter(*(Q(search__contains=word) for word in words))
        phrase = " ".join(words)
        closeness = Case(When(search__startswith=phrase, then=0), When(search__contains=phrase, then=1), default=2)
        closed = Case(When(status__in=OPEN_STATUSES, then=0), default=1)
        return found.order_by(closed, closeness, "name", "urn")


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
        expression=Func(
            Lower(
                Concat(
                    "name",
                    Value(" "),
                    "town",
                    Value(" "),
                    "postcode",
                    Value(" "),
                    Replace("postcode", Value(" "), Value("")),
                    Value(" "),
                    Cast("urn", models.CharField()),
                )
            ),
            Value(searching.SPACED + searching.DROPPED),
            Value(" " * len(searching.SPACED)),
            function="translate",
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

    @property
    def website_url(self) -> str:
        """The register's web addresses often lack their scheme."""
        if not self.website or "://" in self.website:
            return self.website if self.website.startswith(("http://", "https://")) else ""
        return f"https://{self.website}"


class RegisterImportQuerySet(models.QuerySet):
    def visible_to(self, user: Any):
        return self if user.is_national else self.none()


class RegisterImport(models.Model):
    """One run of the register's import: what came in, what changed, what was turned away and why."""

    file_name = models.CharField(max_length=200)
    checksum = models.CharField(max_length=64, help_text="SHA-256 of the file")
    started_at = models.DateTimeField(default=clock.now)
    finished_at = models.DateTimeField(default=clock.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    rows = models.PositiveIntegerField(default=0)
    created = models.PositiveIntegerField(default=0)
    updated = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    outside_england = models.PositiveIntegerField(default=0)
    rejected = models.PositiveIntegerField(default=0)
    rejections = models.JSONField(default=list, help_text="[[line number, URN, reason], …]")
    new_authorities = models.JSONField(
        default=list, help_text="Names of authorities that the file brought in, which no hub has yet"
    )

    objects = RegisterImportQuerySet.as_manager()

    class Meta:
        ordering = ("-started_at",)

    def __str__(self) -> str:
        return f"{self.file_name}, {self.started_at:%d %B %Y}"

    @property
    def counts(self) -> dict[str, int]:
        return {
            "Rows": self.rows,
            "Created": self.created,
            "Updated": self.updated,
            "Unchanged": self.unchanged,
            "Outside England": self.outside_england,
            "Rejected": self.rejected,
        }
