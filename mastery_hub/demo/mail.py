"""The mailbox of everybody: a table of all emails, and their HTML without what the site's own pages may not have."""

import re

import django_filters
import nh3
from django.utils.safestring import SafeString, mark_safe
from django_tables2 import A, Column

from mastery_hub.common import filters, tables
from mastery_hub.common.markdown import CLASSES
from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.models import Email

COLOURS: dict[str, str] = {
    EmailStatus.QUEUED: "yellow",
    EmailStatus.SENDING: "yellow",
    EmailStatus.SENT: "green",
    EmailStatus.HELD: "orange",
    EmailStatus.FAILED: "red",
}
DRESSED = {"p", "a", "ul", "ol", "blockquote", "hr"}
PLAIN = {"div", "h1", "h2", "h3", "li", "strong", "em", "code", "br"}
CLEANER = nh3.Cleaner(
    tags=DRESSED | PLAIN,
    clean_content_tags={"title", "style", "script"},
    attributes={"a": {"href"}},
    set_tag_attribute_values={tag: {"class": CLASSES[tag]} for tag in DRESSED}
    | {tag: {"class": "govuk-heading-s"} for tag in ("h1", "h2", "h3")}
    | {"div": {"class": "govuk-body"}},
)


def in_our_look(html: str) -> SafeString:
    """No style, no layout, links kept."""
    cells_apart = re.sub(r"<(/?)td\b", r"<\1div", html)
    return mark_safe(CLEANER.clean(cells_apart))


class EmailFilter(filters.FilterSet):
    to = django_filters.CharFilter(label="Sent to", lookup_expr="icontains")
    subject = django_filters.CharFilter(label="Subject", lookup_expr="icontains")

    class Meta:
        model = Email
        fields = ("to", "subject")


class EmailTable(tables.Table):
    caption = "Emails, newest first"
    noun = ("email", "emails")
    nothing = "No email has been sent to this address."
    per_page = 25
    subject = tables.LinkColumn(linkify=("demo_email", {"pk": A("pk")}))
    to = Column()
    created_at = tables.MomentColumn(verbose_name="Written", order_by=("created_at", "pk"))
    status = tables.TagColumn(colours=COLOURS, accessor="status")

    class Meta:
        model = Email
        fields = ("subject", "to", "created_at", "status")
        order_by = "-created_at"
