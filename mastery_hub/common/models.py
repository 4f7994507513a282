"""Abstract rows only: what several apps' rows have in common."""

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.conf import settings
from django.db import connection, models

from mastery_hub.common import clock
from mastery_hub.common.references import key_new


def key_share(row: models.Model) -> None:
    """Holds a row that others will refer to until the transaction ends. A foreign key alone is checked, and so holds
    it, on commit only: whoever locks the row in between would change what was read here."""
    table = connection.ops.quote_name(row._meta.db_table)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table} WHERE id = %s FOR KEY SHARE", [row.pk])


class PageBlock(models.Model):
    """One editable part of a public page, in Markdown. A page is its blocks in the order of `Kind`."""

    class Kind(models.TextChoices):
        WHY = "why", "Why is this needed?"
        WHAT = "what", "What does it involve?"
        WHO = "who", "Who is it for?"
        COMMITMENT = "commitment", "What is the expected commitment?"
        BENEFITS = "benefits", "What are the benefits?"
        FUNDING = "funding", "How is it funded?"
        RESOURCES = "resources", "Resources"
        TAKE_PART = "take_part", "Can I take part?"
        NEXT_STEPS = "next_steps", "What are my next steps?"
        CONTACT = "contact", "Contact"

    kind = models.CharField(max_length=20, choices=Kind)
    body = models.TextField(help_text="Markdown: headings, lists, links, bold and italic")
    updated_at = models.DateTimeField(default=clock.now)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.get_kind_display()


class Stateful(models.Model):
    """A row with a life cycle: `state` is a CharField with choices, which only `common.transitions.Engine` assigns."""

    if TYPE_CHECKING:
        state: Any

        def get_state_display(self) -> str: ...

    class Meta:
        abstract = True


class TransitionEvent(models.Model):
    """Append-only: one step of a life cycle, told from, to, by whom, when and why."""

    action = models.CharField(max_length=40)
    from_state = models.CharField(max_length=40, blank=True)
    to_state = models.CharField(max_length=40, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=clock.now)
    reason = models.TextField(blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.action}: {self.from_state} → {self.to_state}"


_V = TypeVar("_V", bound=models.Model, covariant=True)


class VersionQuerySet(models.QuerySet[_V]):
    def in_force(self) -> Self:
        return self.filter(published_at__isnull=False)

    def working(self) -> Self:
        return self.filter(published_at=None)


class Version(models.Model):
    """Rules as rows, in versions: once somebody relies on one it stays as it is, and a change makes the next (rule 5).

    The next version is written in a working copy, which applies to nobody until it is put in force.
    """

    version = models.PositiveSmallIntegerField(default=1)
    published_at = models.DateTimeField(
        null=True, blank=True, default=clock.now, help_text="Empty: a working copy, not in force"
    )

    objects = VersionQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_relied_upon(self) -> bool:
        raise NotImplementedError

    @property
    def is_in_force(self) -> bool:
        return self.published_at is not None


class VersionPart(models.Model):
    """A row of one version, by a foreign key of its own. Each subclass is copied into the next version and compared
    with the one before.

    `key` says which row of another version is the same one, so that what people wrote for it follows.
    """

    key = models.CharField(max_length=12, default=key_new, editable=False)
    order = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True
