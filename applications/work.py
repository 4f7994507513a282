"""The work list: every need's rows in one query, each as a task with its deadline, and how many there are of each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import (
    BigIntegerField,
    Case,
    CharField,
    Count,
    Exists,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, Concat
from django.urls import reverse

from applications.models import Application, CaseHolder
from applications.needs import BY_KEY, Applications, Desk, Need
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub


@dataclass(frozen=True)
class Task:
    """One application in one need: a row of the work list."""

    application: int
    need: str
    target: int | None
    due: datetime | None
    reference: str
    last_name: str
    first_name: str
    email: str
    school: str
    code: str
    holder: str

    @property
    def applicant(self) -> str:
        """The reference for whoever reads blind."""
        return f"{self.first_name} {self.last_name}".strip() or self.email or self.reference

    @property
    def words(self) -> str:
        return BY_KEY[self.need].words

    def href(self, hub: MathsHub) -> str:
        return BY_KEY[self.need].href(hub, self.reference, self.target)

    @property
    def is_late(self) -> bool:
        return self.due is not None and self.due < clock.now()


UNNAMED: dict[str, Any] = {"is_blind": True}  # of rows that are annotated with it
COLUMNS = tuple(Task.__dataclass_fields__)
HOLDER = (
    CaseHolder.objects.current()
    .filter(application=OuterRef("pk"))
    .annotate(name=Concat("person__first_name", Value(" "), "person__last_name"))
    .values("name")
)


def _by_name(path: str) -> Case:
    """Empty for whoever reads blind, so that not even the order tells it."""
    known = Coalesce(path, Value(""), output_field=CharField())
    return Case(When(then=Value(""), **UNNAMED), default=known, output_field=CharField())


def tasks(desk: Desk, needs: Iterable[Need], narrowed: Callable[[Applications], Applications]) -> QuerySet[Any, Any]:
    """Rows of `Task`, in one query whatever the needs; `narrowed` is what the filters do to each need's rows."""
    parts = []
    for need in needs:
        rows = narrowed(need.rows(desk).annotate(is_blind=desk.is_blind)).with_deadlines().order_by()
        parts.append(
            rows.annotate(
                application=F("pk"),
                need=Value(need.key, output_field=CharField()),
                target=Cast(Value(None) if need.target is None else need.target, BigIntegerField()),
                due=need.due,
                last_name=_by_name("applicant__last_name"),
                first_name=_by_name("applicant__first_name"),
                email=_by_name("applicant__email"),
                school_name=_by_name("school__name"),
                code=F("round__code"),
                holder=Coalesce(Subquery(HOLDER), Value(""), output_field=CharField()),
            ).values_list(*("school_name" if name == "school" else name for name in COLUMNS))
        )
    if not parts:
        return Application.objects.none().values_list("pk")
    return parts[0].union(*parts[1:], all=True)


def counts(desk: Desk, narrowed: Callable[[Applications], Applications] = lambda rows: rows) -> dict[Need, int]:
    """How many wait in each need that is this person's, nought left out; in one query."""
    rows = {need: narrowed(need.rows(desk).annotate(is_blind=desk.is_blind)).order_by() for need in desk.needs}
    parts = [found.values(need=Value(need.key)).annotate(n=Count("pk")) for need, found in rows.items()]
    if not parts:
        return {}
    found = {each["need"]: each["n"] for each in parts[0].union(*parts[1:], all=True)}
    return {need: found[need.key] for need in desk.needs if found.get(need.key)}


def list_address(hub: MathsHub, **filters: Any) -> str:
    address = reverse("hub_work", args=[hub.slug])
    return f"{address}?{urlencode(filters, doseq=True)}" if filters else address


def holder_is(applications: Applications, held: Q | None) -> Applications:
    """By who has the case; None: nobody."""
    current = CaseHolder.objects.current().filter(application=OuterRef("pk"))
    return applications.filter(~Exists(current) if held is None else Exists(current.filter(held)))
