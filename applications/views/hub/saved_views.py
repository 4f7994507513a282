"""The lists' filters, kept under a name: saved, renamed, deleted. Opening one is a link to its list."""

from typing import Any
from urllib.parse import urlencode

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property

from applications.enums import SavedPage
from applications.forms.saved_views import NameForm, SaveViewForm
from applications.models import SavedView
from applications.services.saved_views import query_kept, saved_view_rename, saved_view_save
from applications.views.hub.base import HubMixin
from mastery_hub.common.errors import DomainError
from mastery_hub.common.views import ServiceActionView, ServiceFormView
from mastery_hub.directory.models import MathsHub

LISTS = {SavedPage.APPLICATIONS: "hub_application_list", SavedPage.WORK: "hub_work"}


def list_href(hub: MathsHub, page: str, query: str = "") -> str:
    address = reverse(LISTS[SavedPage(page)], args=[hub.slug])
    return f"{address}?{query}" if query else address


class SavedViewsMixin:
    """For a list of a hub: the person's own views of it, and where the filters in force are saved."""

    saved_page: SavedPage

    def saved_views(self: Any) -> dict[str, Any]:
        own = SavedView.objects.visible_to(self.request.user).filter(hub=self.hub, page=self.saved_page)
        query = query_kept(self.request.GET.urlencode())
        views = [
            {
                "name": each.name,
                "href": list_href(self.hub, self.saved_page, each.query),
                "current": each.query == query,
                "change": reverse("hub_view", args=[self.hub.slug, each.pk]),
            }
            for each in own
        ]
        kept = any(view["current"] for view in views) or not query
        asked = urlencode({"page": self.saved_page, "query": query})
        save = "" if kept else f"{reverse('hub_view_save', args=[self.hub.slug])}?{asked}"
        return {"views": views, "save": save}


class HubViewSaveView(HubMixin, ServiceFormView):
    title = "Save this view"
    form_class = SaveViewForm

    def get_initial(self) -> dict[str, Any]:
        """What the list has sent along."""
        given = self.request.GET
        return {"page": given.get("page", SavedPage.APPLICATIONS), "query": given.get("query", "")}

    def perform(self, form: SaveViewForm) -> SavedView:
        return saved_view_save(by=self.request.user, hub=self.hub, **form.cleaned_data)

    def get_success_message(self) -> str:
        return f"“{self.result.name}” is saved."

    def get_success_url(self) -> str:
        return list_href(self.hub, self.result.page, self.result.query)


class OwnViewMixin(HubMixin):
    @cached_property
    def saved(self) -> SavedView:
        return get_object_or_404(
            SavedView.objects.visible_to(self.request.user).filter(hub=self.hub), pk=self.kwargs["pk"]
        )


class HubViewView(OwnViewMixin, ServiceFormView):
    title = "Change a saved view"
    form_class = NameForm
    template_name = "applications/hub_view.html"

    def get_initial(self) -> dict[str, Any]:
        return {"name": self.saved.name}

    def get_crumbs(self) -> list[tuple[str, str]]:
        page = SavedPage(self.saved.page)
        return [*super().get_crumbs(), (page.label, list_href(self.hub, page))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(saved=self.saved, **kwargs)

    def perform(self, form: NameForm) -> SavedView:
        return saved_view_rename(view=self.saved, by=self.request.user, name=form.cleaned_data["name"])

    def get_success_message(self) -> str:
        return f"The view is called “{self.result.name}” now."

    def get_success_url(self) -> str:
        return list_href(self.hub, self.saved.page, self.saved.query)


class HubViewDeleteView(OwnViewMixin, ServiceActionView):
    def perform(self) -> str:
        try:
            view = self.saved
        except Http404:
            raise DomainError("This view is deleted already.", code="stale") from None
        self.page = view.page
        view.delete()
        return f"“{view.name}” is deleted."

    def get_next_url(self) -> str:
        return list_href(self.hub, getattr(self, "page", SavedPage.APPLICATIONS))
