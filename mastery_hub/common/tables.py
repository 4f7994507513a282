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

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from html import unescape
from typing import Any

import django_tables2 as tables
from django.db.models import QuerySet
from django.template import Context
from django.template.base import render_value_in_context
from django.utils.html import escape, format_html, strip_tags
from django.utils.safestring import SafeString, mark_safe
from django_tables2.columns.base import BoundColumn
from django_tables2.data import TableQuerysetData
from django_tables2.utils import Accessor, AttributeDict, signature

from mastery_hub.common.templatetags.moments import moment, short_day

PLAIN = Context()
NUMERIC = {"th": {"class": "govuk-table__header--numeric"}, "td": {"class": "govuk-table__cell--numeric"}}


class Rows(TableQuerysetData):
    """A page finds its keys first and then reads those rows alone: nothing is joined, computed or sorted in full width
    for the rows that it passes over.

    `few`: what was searched for is mostly little. Then the search is made once, for the keys of every page, and these
    are counted; only one that found more than that is made again, to count it. `total`: somebody has counted already.
    """

    data: QuerySet[Any]
    AHEAD = 2_000

    def __init__(self, data: QuerySet[Any], *, few: bool = False, total: int | None = None) -> None:
        super().__init__(data)
        self.few, self.total = few, total

    @property
    def ordered(self) -> QuerySet[Any]:
        """Rows that tie, as many by state do, are told apart by their key: else one may be on two pages or on none."""
        order = self.data.query.order_by or self.data.model._meta.ordering
        return self.data.order_by(*order, "pk")

    @property
    def keys(self) -> QuerySet[Any, Any]:
        return self.ordered.values_list("pk", flat=True)

    def every(self) -> Iterator[Any]:
        """Row by row, however many: for a file."""
        return self.ordered.iterator(chunk_size=1_000)

    @cached_property
    def keys_ahead(self) -> list[Any]:
        return list(self.keys[: self.AHEAD])

    def __len__(self) -> int:
        if self.total is not None:
            return self.total
        all_ahead = self.few and len(self.keys_ahead) < self.AHEAD
        return len(self.keys_ahead) if all_ahead else super().__len__()

    def __getitem__(self, key: slice) -> QuerySet[Any]:
        ahead = self.few and key.stop <= len(self.keys_ahead)
        return self.ordered.filter(pk__in=self.keys_ahead[key] if ahead else list(self.keys[key]))


class Cells:
    """One column's cells in the rows of one page. What is the same in each of them is found out once: django-tables2
    asks it anew for every cell, and a page of fifty rows has hundreds."""

    def __init__(self, column: BoundColumn, records: type, frame: tuple[str, str]) -> None:
        self.column, self.default, self.accessor = column, column.default, _displayed(column.accessor, records)
        self.wanted = signature(column.render)[0]
        self.given = {"column": column.column, "bound_column": column, "table": column._table}
        self.start, self.end = frame
        if column.link:
            self.attributes = AttributeDict(column.link.attrs).as_html()
            self.asked = signature(column.link.url)[0] if column.link.url else ()

    def content(self, record: Any) -> Any:
        value = self.accessor.resolve(record, quiet=True)
        if value in self.column.column.empty_values:
            return self.default
        column = self.column
        given = {**self.given, "value": value, "record": record}
        text = column.render(**{name: given[name] for name in self.wanted})
        return self._linked(text, given) if column.link else text

    def _linked(self, text: Any, given: dict[str, Any]) -> Any:
        link = self.column.link
        href = link.url(**{name: given[name] for name in self.asked}) if link.url else link.compose_url(**given)
        return text if href is None else format_html('<a {} href="{}">{}</a>', self.attributes, href, text)

    def html(self, record: Any) -> str:
        return f"{self.start}{render_value_in_context(self.content(record), PLAIN)}{self.end}"


def _displayed(accessor: Accessor, records: type) -> Accessor:
    """By way of `get_…_display` where the field has choices."""
    path, _, name = accessor.rpartition(accessor.SEPARATOR)
    if not getattr(accessor.get_field(records), "choices", None):
        return accessor
    return Accessor(accessor.SEPARATOR.join(filter(None, (path, f"get_{name}_display"))))


class Table(tables.Table):
    caption = ""
    noun = ("result", "results")
    nothing = "Nothing to show yet."
    per_page = 50
    head = 0  # which column names the row

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
    def body(self) -> SafeString:
        """The rows of this page, put together here: in a template's loops they take as long as the rest of it."""
        records = list(self.paginated_rows.data)
        kind = type(next(iter(records), None))
        frames = [
            (f'<td class="govuk-table__cell {escape(each.attrs["td"]["class"] or "")}">', "</td>")
            for each in self.columns
        ]
        frames[self.head] = '<th scope="row" class="govuk-table__header">', "</th>"
        cells = [Cells(column, kind, frame) for column, frame in zip(self.columns, frames, strict=True)]
        lines = ("\n".join(each.html(record) for each in cells) for record in records)
        return mark_safe("\n".join(f'<tr class="govuk-table__row">{line}</tr>' for line in lines))

    def texts(self) -> Iterator[tuple[Any, list[Any]]]:
        """Each row with what its cells say: numbers as numbers, without what is said to screen readers alone."""
        cells = None
        for record in self.data.every():
            cells = cells or [Cells(column, type(record), ("", "")) for column in self.columns]
            yield record, [text_of(each.content(record)) for each in cells]

    @property
    def count(self) -> str:
        """`1 application`, `Showing 51 to 100 of 240 applications`."""
        total = self.paginator.count if hasattr(self, "paginator") else len(self.rows)
        noun = self.noun[0] if total == 1 else self.noun[1]
        page = getattr(self, "page", None)
        if page is None or page.paginator.num_pages == 1:
            return f"{total:,} {noun}"
        return f"Showing {page.start_index():,} to {page.end_index():,} of {total:,} {noun}"


def text_of(content: Any) -> Any:
    if not isinstance(content, SafeString):
        return content if isinstance(content, int | float) else str(content)
    heard = re.sub(r'<span class="govuk-visually-hidden">.*?</span>', "", content)
    return unescape(strip_tags(heard.replace("<br>", ", ")))


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
