"""The work list as a table. Its rows are `Task`s, read page by page from one query over all needs."""

from collections.abc import Iterator
from typing import Any

import django_tables2 as tables
from django.utils.html import format_html

from applications.work import Task
from mastery_hub.common.tables import Rows, Table
from mastery_hub.common.templatetags.moments import short_day
from mastery_hub.directory.models import MathsHub


class TaskRows(Rows):
    """A union can be ordered, counted and cut, and nothing else."""

    @property
    def ordered(self) -> Any:
        return self.data.order_by(*(self.data.query.order_by or ("due",)), "application", "need")

    def __getitem__(self, key: slice) -> Any:
        return [Task(*row) for row in self.ordered[key]]

    def every(self) -> Iterator[Task]:
        return (Task(*row) for row in self.ordered.iterator(chunk_size=1_000))

    def __iter__(self) -> Any:
        return iter(self[:])


class WorkTable(Table):
    caption = "What waits for you"
    noun = ("task", "tasks")
    nothing = "Nothing waits for you here."

    need = tables.Column(verbose_name="What", orderable=False)
    applicant = tables.Column(order_by=("last_name", "first_name"))
    school = tables.Column(order_by=("school_name",))
    round = tables.Column(accessor="code", verbose_name="Round", order_by=("code",))
    due = tables.Column(verbose_name="By", default="")
    holder = tables.Column(verbose_name="Case with", default="Nobody yet")

    class Meta:
        fields = ("need", "applicant", "school", "round", "due", "holder")
        order_by = "due"

    def __init__(self, *args: Any, hub: MathsHub, **kwargs: Any) -> None:
        self.hub = hub
        super().__init__(*args, **kwargs)

    def render_need(self, record: Task) -> str:
        hidden = format_html('<span class="govuk-visually-hidden">: {}</span>', record.applicant)
        href = record.href(self.hub)
        return format_html('<a class="govuk-link" href="{}">{}{}</a>', href, record.words, hidden)

    def render_round(self, value: str) -> str:
        return format_html('<span class="app-nowrap">{}</span>', value)

    def render_due(self, record: Task) -> str:
        day = format_html('<span class="app-nowrap">{}</span>', short_day(record.due))
        late = '{}<br><strong class="govuk-tag govuk-tag--red">Late</strong>'
        return format_html(late, day) if record.is_late else day
