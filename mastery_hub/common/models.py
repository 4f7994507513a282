"""Abstract rows only: what several apps' rows have in common."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models

from mastery_hub.common import clock


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
