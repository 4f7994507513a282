"""The hub's lists as files: the same rows, in the same order and with no more columns than the page shows."""

from typing import Any

from django.http import HttpRequest, StreamingHttpResponse

from applications.views.hub.applications import HubApplicationListView
from applications.views.hub.base import HubMixin
from applications.views.hub.work import HubWorkView
from mastery_hub.common import clock
from mastery_hub.common.exports import csv_response
from mastery_hub.common.views import TableView


class ListFileView(HubMixin):
    list_view: type[TableView]
    name: str

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> StreamingHttpResponse:
        page: Any = self.list_view(table_pagination=False)
        page.setup(request, *args, **kwargs)
        table = page.get_table(**page.get_table_kwargs())
        if "tick" in table.columns:
            table.columns.hide("tick")
        heads = ["Reference", *(str(column.header) for column in table.columns)]
        lines = ([record.reference, *cells] for record, cells in table.texts())
        return csv_response(f"{page.hub.slug}-{self.name}-{clock.today():%Y-%m-%d}.csv", heads, lines)


class HubApplicationCsvView(ListFileView):
    list_view = HubApplicationListView
    name = "applications"


class HubWorkCsvView(ListFileView):
    list_view = HubWorkView
    name = "work"
