"""Schools, as the register tells of them; and those that somebody typed in because the register does not."""

from datetime import date
from typing import Any, Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, Func, OuterRef, Q, Subquery, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Concat, Lower, Replace

from mastery_hub.common import clock
from mastery_hub.directory import searching
from mastery_hub.directory.enums import (
    FIRST_UNLISTED_NUMBER,
    LARGEST_URN,
    OPEN_STATUSES,
    STATE_FUNDED_GROUPS,
    EstablishmentStatus,
    PhaseOfEducation,
)
from mastery_hub.directory.models.hubs import HubArea, LocalAuthority

FOLLOWING = """
    WITH RECURSIVE later (urn) AS (
        SELECT to_school_id FROM directory_schoollink WHERE from_school_id = %s
        UNION
        SELECT link.to_school_id FROM directory_schoollink AS link JOIN later ON link.from_school_id = later.urn
    )
    SELECT urn FROM later
"""


class SchoolQuerySet(models.QuerySet["School"]):
    def visible_to(self, user: Any) -> Self:
        """The register is public."""
        return self

    def open(self) -> Self:
        return self.filter(status__in=OPEN_STATUSES)

    def open_or_proposed(self) -> Self:
        return self.exclude(status=EstablishmentStatus.CLOSED)

    def state_funded(self) -> Self:
        return self.filter(type_group__in=STATE_FUNDED_GROUPS)

    def following(self, school: "School") -> Self:
        """What it became, and what that became, by the register's links."""
        return self.filter(pk__in=RawSQL(FOLLOWING, [school.pk]))

    def with_area(self) -> Self:
        return self.select_related("authority__region")

    def with_hub(self, on: date | None = None) -> Self:
        """`home_hub_id`: the hub whose area holds the school on that day (today when none is named)."""
        areas = HubArea.objects.on(on or clock.today()).filter(
            authority=OuterRef("authority"), district__in=["", OuterRef("district")]
        )
        return self.annotate(home_hub_id=Subquery(areas.order_by("-district").values("hub")[:1]))

    def search(self, text: str) -> Self:
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


SchoolManager = models.Manager.from_queryset(SchoolQuerySet)


class RegisterManager(SchoolManager):
    """Schools of the register alone, so that no search, list or count can show what somebody typed in."""

    def get_queryset(self) -> Any:
        return super().get_queryset().filter(urn__lte=LARGEST_URN)


class School(models.Model):
    """A school of the register. Never deleted: a closed one stays, for what happened there.

    One that the register does not hold has a number beyond the register's and an `UnlistedSchool` beside it. Rows that
    name a school may name such a one; `objects` never finds it.
    """

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

    home_hub_id: int | None  # annotated by `with_hub`

    objects = RegisterManager()
    with_unlisted = SchoolManager()

    class Meta:
        ordering = ("name", "urn")
        indexes = [
            GinIndex(fields=["search"], opclasses=["gin_trgm_ops"], name="school_search_trigram"),
            models.Index(fields=["authority", "district"], name="school_area"),
        ]
        triggers = [
            pgtrigger.Trigger(  # a changed school no longer is what its line in the register said
                name="forget_line",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                referencing=pgtrigger.Referencing(old="changed"),
                func="DELETE FROM directory_registerline WHERE urn IN (SELECT urn FROM changed); RETURN NULL;",
            )
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(urn__lte=LARGEST_URN) | Q(urn__gte=FIRST_UNLISTED_NUMBER),
                name="school_has_a_urn_or_a_number_of_ours",
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_listed(self) -> bool:
        return self.urn <= LARGEST_URN

    @property
    def urn_in_words(self) -> str:
        """The number of an unlisted school means nothing to anybody and is shown nowhere."""
        return f"URN {self.urn}" if self.is_listed else "Not in the register"

    @property
    def is_open(self) -> bool:
        return self.status in OPEN_STATUSES

    @property
    def is_proposed(self) -> bool:
        return self.status == EstablishmentStatus.PROPOSED

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
