from typing import Any

import django_tables2 as tables
from django.urls import reverse

from cohorts.models import Specialist
from mastery_hub.common.tables import DayColumn, LinkColumn, MomentColumn, NumberColumn, Table
from mastery_hub.dashboards import measures
from mastery_hub.dashboards.measures import Measure
from mastery_hub.dashboards.models import PageFeedback


def _link(record: dict[str, Any]) -> str | None:
    return record["href"]


class RecruitmentTable(Table):
    """A row for each hub, a column for each measure, the totals below; its data are `recruitment_rows`."""

    caption = "Recruitment by Maths Hub"
    noun = "Maths Hub", "Maths Hubs"
    per_page = 100
    hub = tables.Column(verbose_name="Maths Hub", linkify=_link, attrs={"a": {"class": "govuk-link"}}, footer="England")
    region = tables.Column()

    def __init__(self, data: list[dict[str, Any]], **kwargs: Any) -> None:
        def column(measure: Measure) -> NumberColumn:
            return NumberColumn(verbose_name=measure.heading, footer=str(sum(row[measure.key] for row in data)))

        columns = [(measure.key, column(measure)) for measure in measures.NATIONAL]
        super().__init__(data, extra_columns=columns, **kwargs)


class SpecialistTable(Table):
    caption = "Mastery Specialists"
    noun = "specialist", "specialists"
    nothing = "No specialists yet. Teachers appear here as soon as they accept their place."
    name = tables.Column(accessor="person", verbose_name="Name", order_by=("person__last_name", "person__first_name"))
    cohort = tables.Column(order_by=("-cohort__starts", "cohort__number"))
    school = tables.Column(accessor="placement__school", orderable=False, default="None now")
    hub = tables.Column(accessor="placement__hub", verbose_name="Maths Hub", orderable=False, default="None now")
    since = DayColumn(accessor="placement__from_on", verbose_name="From", orderable=False, default="")

    class Meta:
        model = Specialist
        fields = ("name", "cohort", "school", "hub", "since")


class HubSpecialistTable(SpecialistTable):
    email = tables.Column(accessor="person__email", verbose_name="Email", orderable=False)

    class Meta(SpecialistTable.Meta):
        fields = ("name", "email", "cohort", "school", "since")
        exclude = ("hub",)
        sequence = fields


class ShareColumn(NumberColumn):
    """A part of the whole between 0 and 1, in per cent."""

    def render(self, value: Any) -> str:
        return f"{value:.0%}"


class FeedbackTable(Table):
    """Its data are `feedback_by_page`."""

    caption = "Feedback by page"
    noun = "page", "pages"
    nothing = "No feedback yet. Every page asks whether it is useful, below its text."
    per_page = 100
    page = LinkColumn(linkify=lambda record: reverse("national_page_feedback", args=[record["route"]]))
    answers = NumberColumn()
    useful = ShareColumn()
    plain = ShareColumn(verbose_name="Plain English")
    comments = NumberColumn()
    last_at = MomentColumn(verbose_name="Last sent")

    class Meta:
        order_by = ("useful", "-answers")


class CommentTable(Table):
    caption = "What readers said"
    noun = "answer", "answers"
    nothing = "No feedback on this page yet."
    comment = tables.Column(default="No comment")
    useful = tables.BooleanColumn(yesno="Yes,No", verbose_name="Useful")
    plain = tables.BooleanColumn(yesno="Yes,No", verbose_name="Plain English")
    at = MomentColumn(verbose_name="Sent")

    class Meta:
        model = PageFeedback
        fields = ("at", "comment", "useful", "plain")
        order_by = ("-at",)


class QuestionErrorTable(Table):
    """Its data are `errors_by_question`."""

    caption = "Errors by question"
    noun = "error", "errors"
    nothing = "No form was refused in these days."
    page = tables.Column()
    question = tables.Column()
    error = tables.Column(verbose_name="What went wrong")
    total = NumberColumn(verbose_name="Times")
    sent = NumberColumn(verbose_name="Form sent")
    share = ShareColumn(verbose_name="Share", default="")

    class Meta:
        order_by = ("-total",)
