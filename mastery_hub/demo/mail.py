"""The mailbox of everybody: a table of all emails."""

import django_filters
from django_tables2 import A, Column

from mastery_hub.common import filters, tables
from mastery_hub.messaging.enums import EmailStatus
from mastery_hub.messaging.models import Email

COLOURS: dict[str, str] = {
    EmailStatus.QUEUED: "yellow",
    EmailStatus.SENDING: "yellow",
    EmailStatus.SENT: "green",
    EmailStatus.HELD: "orange",
    EmailStatus.FAILED: "red",
}


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
