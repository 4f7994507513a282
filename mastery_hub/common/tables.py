"""The base of every table: govuk-frontend's classes, a caption, 50 rows a page, the tag of a state.

    class ApplicationTable(Table):
        caption = "Applications"
        noun = "application", "applications"
        teacher = LinkColumn(accessor="applicant__name")      # to the record's get_absolute_url
        state = TagColumn(colours=STATE_COLOURS)
        submitted_at = MomentColumn(verbose_name="Submitted")

        class Meta:
            model = Application
            fields = ("teacher", "state", "submitted_at")
            order_by = "-submitted_at"

`{% load django_tables2 %}{% render_table table %}`. Staff pages: `{% block width %}app-wide{% endblock %}`
"""

from collections.abc import Iterator, Mapping
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.utils.html import format_html
from django_tables2.data import TableQuerysetData

from mastery_hub.common.templatetags.moments import moment, short_day

NUMERIC = {"th": {"class": "govuk-table__header--numeric"}, "td": {"class": "govuk-table__cell--numeric"}}


class Rows(TableQuerysetData):
    """A page finds its keys first and then reads those rows alone: nothing is joined, computed or sorted in full width
    for the rows that it passes over."""

    data: QuerySet[Any]

    def __getitem__(self, key: slice) -> QuerySet[Any]:
        """Rows that tie, as many by state do, are told apart by their key: else one may be on two pages or on none."""
        order = self.data.query.order_by or self.data.model._meta.ordering
        rows = self.data.order_by(*order, "pk")
        return rows.filter(pk__in=list(rows.values_list("pk", flat=True)[key]))


class Table(tables.Table):
    caption = ""
    noun = ("result", "results")
    nothing = "Nothing to show yet."
    per_page = 50

    def __init__(self, data: Any, *args: Any, **kwargs: Any) -> None:
        rows = Rows(data) if isinstance(data, QuerySet) else data
        super().__init__(rows, *args, **{"attrs": {"class": "govuk-table"}, "empty_text": self.nothing, **kwargs})

    @property
    def order_by(self) -> Any:
        return tables.Table.order_by.fget(self)

    @order_by.setter
    def order_by(self, asked: Any) -> None:
        """An odd `?sort=` is no column: it is not even tried as a path through the model."""
        asked = asked.split(",") if isinstance(asked, str) else asked or ()
        tables.Table.order_by.fset(self, [name for name in asked if name.removeprefix("-") in self.columns.names()])

    def paginate(self, *args: Any, **kwargs: Any) -> "Table":
        return super().paginate(*args, **{**kwargs, "per_page": self.per_page})

    @property
    def lines(self) -> Iterator[list[tuple[str, Any]]]:
        """Each row's cells with their class: the column's own, asked for once and not once a cell."""
        classes = {column: column.attrs["td"]["class"] or "" for column in self.columns}
        for row in self.paginated_rows:
            yield [(classes[column], cell) for column, cell in row.items()]

    @property
    def count(self) -> str:
        """`1 application`, `Showing 51 to 100 of 240 applications`."""
        total = self.paginator.count if hasattr(self, "paginator") else len(self.rows)
        noun = self.noun[0] if total == 1 else self.noun[1]
        page = getattr(self, "page", None)
        if page is None or page.paginator.num_pages == 1:
            return f"{total:,} {noun}"
        return f"Showing {page.start_index():,} to {page.end_index():,} of {total:,} {noun}"


class LinkColumn(tables.Column):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        attrs = {"a": {"class": "govuk-link"}} | kwargs.pop("attrs", {})
        super().__init__(*args, **{"linkify": True, "attrs": attrs, **kwargs})


class TagColumn(tables.Column):
    """A state in words, on the colour that the app's one mapping gives it."""

    def __init__(self, *args: Any, colours: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.colours = colours

    def render(self, value: Any, record: Any, bound_column: Any) -> str:
        state = bound_column.accessor.resolve(record)
        colour = self.colours.get(state, "grey")
        return format_html('<strong class="govuk-tag govuk-tag--{}">{}</strong>', colour, value)


class DayColumn(tables.Column):
    """With the month cut short, since a list has many columns."""

    def render(self, value: Any) -> str:
        return format_html('<span class="app-nowrap">{}</span>', short_day(value))


class MomentColumn(tables.Column):
    def render(self, value: Any) -> str:
        return moment(value)


class NumberColumn(tables.Column):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"attrs": NUMERIC, **kwargs})
