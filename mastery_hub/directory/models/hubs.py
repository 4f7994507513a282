"""Where things are: regions, local authorities, the 40 Maths Hubs and their areas."""

from datetime import date
from typing import Any, Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Case, F, Func, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Lower
from django.urls import reverse

from mastery_hub.common import clock
from mastery_hub.common.history import tracked
from mastery_hub.common.models import PageBlock


class Region(models.Model):
    name = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering = ("name",)

    def __str__(self) -> str:
        return self.name


class LocalAuthorityQuerySet(models.QuerySet["LocalAuthority"]):
    def current(self) -> Self:
        return self.filter(Q(abolished_on=None) | Q(abolished_on__gt=clock.today()))

    def with_areas(self) -> Self:
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

    def districts_to_tell(self) -> list[str]:
        """All its districts, where hubs share it by district today; none where the authority alone tells the hub."""
        shared = set(self.hub_areas.on(clock.today()).exclude(district="").values_list("district", flat=True))
        if not shared:
            return []
        known = self.schools.exclude(district="").order_by().values_list("district", flat=True).distinct()
        return sorted(shared | set(known))


class MathsHubQuerySet(models.QuerySet["MathsHub"]):
    def current(self) -> Self:
        today = clock.today()
        return self.filter(Q(closed_on=None) | Q(closed_on__gt=today))

    def visible_to(self, user: Any) -> Self:
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


@tracked
class HubNeighbour(MathsHub.neighbours.through):  # type: ignore[name-defined, misc]
    """Two rows for each pair of neighbours, as Django keeps them; here for their history alone."""

    class Meta:
        proxy = True

    def __str__(self) -> str:
        return f"{self.to_mathshub} beside {self.from_mathshub}"


class HubPageBlockQuerySet(models.QuerySet["HubPageBlock"]):
    def in_page_order(self) -> Self:
        """In the order of `Kind`, left out when empty."""
        order = [When(kind=kind, then=Value(place)) for place, kind in enumerate(PageBlock.Kind.values)]
        return self.exclude(body="").order_by(Case(*order))


@tracked
class HubPageBlock(PageBlock):
    hub = models.ForeignKey(MathsHub, models.CASCADE, related_name="blocks")

    objects = HubPageBlockQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["hub", "kind"], name="one_block_of_a_kind_per_hub")]


class HubAreaQuerySet(models.QuerySet["HubArea"]):
    def on(self, day: date) -> Self:
        return self.filter(Q(until_on=None) | Q(until_on__gt=day), from_on__lte=day)

    def with_next(self) -> Self:
        """`next_hub`: the key of the hub whose row begins on the very day on which this one ends."""
        same = HubArea.objects.filter(authority=OuterRef("authority"), district=OuterRef("district"))
        return self.annotate(next_hub=Subquery(same.filter(from_on=OuterRef("until_on")).values("hub")[:1]))


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

    next_hub: int | None  # annotated by `with_next`

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

    def is_on(self, day: date) -> bool:
        return self.from_on <= day and (self.until_on is None or day < self.until_on)
