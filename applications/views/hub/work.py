"""What waits for the person who looks, nearest deadline first."""

from typing import Any

from django.utils.functional import cached_property

from applications.enums import SavedPage
from applications.filters import WorkFilter
from applications.needs import Desk, Need
from applications.views.hub.base import HubMixin
from applications.views.hub.downloads import list_files
from applications.views.hub.saved_views import SavedViewsMixin
from applications.work import counts, list_address, tasks
from applications.work_table import TaskRows, WorkTable
from mastery_hub.common.views import TableView


class HubWorkView(SavedViewsMixin, HubMixin, TableView):
    """Each role finds what it may do, and the numbers above the list lead to one kind of it."""

    title = "Work list"
    saved_page = SavedPage.WORK
    table_class = WorkTable
    template_name = "applications/hub_work.html"

    @cached_property
    def desk(self) -> Desk:
        return Desk(self.request.user, self.hub)

    @cached_property
    def counted(self) -> dict[Need, int]:
        return counts(self.desk)

    def get_table_data(self) -> TaskRows:
        given = self.request.GET or None
        self.filter = WorkFilter(given, desk=self.desk, counted=self.counted, request=self.request)
        found = tasks(self.desk, self.filter.wanted, self.filter.narrowed)
        return TaskRows(found, total=None if self.filter.applied else sum(self.counted.values()))

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"hub": self.hub}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        stats = [
            {"value": number, "label": need.words, "href": list_address(self.hub, need=need.key)}
            for need, number in self.counted.items()
        ]
        return super().get_context_data(
            stats=stats, saved=self.saved_views(), downloads=list_files(self, "work"), **kwargs
        )
