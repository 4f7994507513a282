"""The hub's lists as files: the same rows, in the same order and with no more columns than the page shows."""

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase

from applications.views.hub.applications import HubApplicationListView
from applications.views.hub.base import HubMixin
from applications.views.hub.work import HubWorkView
from mastery_hub.common import clock
from mastery_hub.common.exports import csv_response, xlsx_response
from mastery_hub.common.views import TableView

WRITERS = {"csv": csv_response, "xlsx": xlsx_response}


class ListFileView(HubMixin):
    list_view: type[TableView]
    name: str
    kind = "csv"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        page: Any = self.list_view(table_pagination=False)
        page.setup(request, *args, **kwargs)
        table = page.get_table(**page.get_table_kwargs())
        if "tick" in table.columns:
            table.columns.hide("tick")
        heads = ["Reference", *(str(column.header) for column in table.columns)]
        lines = ([record.reference, *cells] for record, cells in table.texts())
        file_name = f"{page.hub.slug}-{self.name}-{clock.today():%Y-%m-%d}.{self.kind}"
        return WRITERS[self.kind](file_name, heads, lines)


class HubApplicationFileView(ListFileView):
    list_view = HubApplicationListView
    name = "applications"


class HubWorkFileView(ListFileView):
    list_view = HubWorkView
    name = "work"
