"""Schools, as the register tells of them; and those that somebody typed in because the register does not."""

from datetime import date
from functools import reduce
from operator import or_
from typing import Any, Self

import pgtrigger
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Case, OuterRef, Q, Subquery, Value, When
from django.db.models.expressions import Combinable, RawSQL
from django.db.models.functions import Cast, Concat, Replace

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
from mastery_hub.directory.models.words import ADDED, CHANGED, SchoolWord

IS_OPEN = Q(status__in=sorted(OPEN_STATUSES))
MOST_OPEN, MOST_CLOSED = 2_000, 500  # schools that a search sorts
WITHOUT_INDEX = Concat("search", Value(""), output_field=models.TextField())
LIKE_ENOUGH = 0.55  # of what was typed

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
        return self.filter(IS_OPEN)

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
        """Schools with a word that begins with each of `text`, in name, town, postcode or URN: open ones first.

        Last in a chain. Common words are looked for among the schools that have the others: their lists in the index
        are longer than the register's own. Alone they have more schools than anybody who types should wait for: of
        those it sorts the first it meets, and another word brings the rest back.
        """
        if not searching.is_enough(text):
            return self.none()
        words, phrase = searching.words(text), searching.phrase(text)
        closeness = Case(
            When(search__startswith=f" {phrase}", then=0),
            When(search__contains=f" {phrase} ", then=1),
            When(search__contains=f" {phrase}", then=2),
            default=3,
        )
        telling = [word for word in words if not searching.is_common(word)] or words
        common = [word for word in words if word not in telling]
        found = self.filter(*(Q(search__contains=f" {word}") for word in telling))
        read = found.alias(read=WITHOUT_INDEX).filter(*(Q(read__contains=f" {word}") for word in common))
        return read.annotate(closeness=closeness)._first("closed", "closeness", "name", "urn")

    def like(self, text: str, limit: int) -> list["School"]:
        """Schools with most of these words, or with words spelt like them: the likest first, by two queries.

        A word that few schools have counts for more. Whatever lacks all of the rarest words cannot reach what is asked,
        so that only their schools are looked at.
        """
        words = searching.words(text) if searching.is_enough(text) else []
        meant = SchoolWord.objects.meant(words)
        asked = LIKE_ENOUGH * sum(each.weight for each in meant)
        known = sorted((each for each in meant if each.nears), key=lambda each: each.schools)
        likeness: Combinable = Value(0.0)
        rarest, rest = Q(), sum(each.weight for each in known)
        for each in known:
            has = {near: Q(search__contains=near.pattern) for near in each.nears}
            cases = (When(of, then=Value(near.likelihood * each.weight)) for near, of in has.items())
            likeness = likeness + Case(*cases, default=0.0)
            if rest > asked:
                rarest |= reduce(or_, has.values())
                rest -= each.weight
        if not rarest:
            return []
        found = self.filter(rarest).annotate(likeness=likeness)._first("-likeness", "closed", "name", "urn")
        return [school for school in found[:limit] if school.likeness > asked]

    def _first(self, *order: str) -> Self:
        """No more than can be sorted while somebody types, in this order; `closed` says which are not open."""
        found = self.select_related("authority").annotate(closed=~IS_OPEN).order_by()
        first, rest = found.filter(closed=False)[:MOST_OPEN], found.filter(closed=True)[:MOST_CLOSED]
        return first.union(rest, all=True).order_by(*order)


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
        expression=searching.as_searched(
            "name",
            "town",
            "postcode",
            Replace("postcode", Value(" "), Value("")),
            Cast("urn", models.CharField()),
        ),
        output_field=models.TextField(),
        db_persist=True,
    )

    home_hub_id: int | None  # annotated by `with_hub`
    likeness: float  # annotated by `like`

    objects = RegisterManager()
    with_unlisted = SchoolManager()

    class Meta:
        ordering = ("name", "urn")
        indexes = [
            GinIndex(fields=["search"], opclasses=["gin_trgm_ops"], name="school_search_open", condition=IS_OPEN),
            GinIndex(fields=["search"], opclasses=["gin_trgm_ops"], name="school_search_closed", condition=~IS_OPEN),
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
            ),
            pgtrigger.Trigger(
                name="count_words_added",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="added"),
                func=ADDED,
            ),
            pgtrigger.Trigger(
                name="count_words_changed",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                referencing=pgtrigger.Referencing(old="before", new="after"),
                func=CHANGED,
            ),
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
    def label(self) -> str:
        """The name with its place, since many schools share a name: what stands in a field when it is chosen."""
        return ", ".join(filter(None, (self.name, self.town or self.postcode)))

    @property
    def place(self) -> str:
        return ", ".join(filter(None, (self.town, self.postcode)))
