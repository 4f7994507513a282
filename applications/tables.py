from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html

from applications.eligibility import current_support
from applications.enums import State
from applications.models import Application
from applications.presenters import STATE_COLOURS, support_tag
from mastery_hub.common.tables import DayColumn, LinkColumn, NumberColumn, Table


class HubApplicationTable(Table):
    """A hub's applications; `average` is left out for those who may not see scores."""

    caption = "Applications"
    noun = ("application", "applications")
    nothing = "No application matches. Applications show here once they are submitted."

    applicant = LinkColumn(
        order_by=("applicant__last_name", "applicant__first_name"),
        linkify=lambda record: reverse("hub_application", args=[record.hub.slug, record.reference]),
    )
    school = tables.Column(order_by="school__name")
    phase = tables.Column(attrs={"td": {"class": "app-nowrap"}})
    submitted_at = DayColumn(verbose_name="Submitted")
    headteacher = tables.Column(empty_values=(), orderable=False)
    reviews = NumberColumn(accessor="reviews_submitted")
    average = NumberColumn(verbose_name="Average")
    state = tables.Column(accessor="seen_state")

    class Meta:
        model = Application
        fields = ("applicant", "school", "phase", "submitted_at", "headteacher", "reviews", "average", "state")
        order_by = "-submitted_at"

    def render_headteacher(self, record: Application) -> str:
        support = current_support(record)
        if support is None:
            return "Not asked"
        tag = support_tag(support.state)
        return format_html('<strong class="govuk-tag govuk-tag--{}">{}</strong>', tag["colour"], tag["text"])

    def render_average(self, value: Any) -> str:
        return f"{value:.1f}"

    def render_state(self, value: str) -> str:
        return format_html(
            '<strong class="govuk-tag govuk-tag--{}">{}</strong>', STATE_COLOURS[State(value)], State(value).label
        )
