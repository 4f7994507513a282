"""What views of every app share: the page's words, a form that calls one service, a button that calls one, a list.

class OfferAcceptView(ServiceActionView):
    access = SIGNED_IN
    def perform(self):
        offer = get_object_or_404(Offer.objects.visible_to(self.request.user), pk=self.kwargs["pk"])
        offer_accept(offer=offer, by=self.request.user)
        return "You have accepted the place."
    def get_next_url(self):
        return reverse("applications:home")

class SchoolView(ServiceFormView):
    access, title, form_class = SIGNED_IN, "Your school", SchoolForm
    def perform(self, form):
        application_save_school(application=self.application, by=self.request.user, **form.cleaned_data)

class DocumentFileView(PrivateFileView):
    access = SIGNED_IN
    def get_queryset(self):
        return Document.objects.visible_to(self.request.user)
"""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.generic import FormView, TemplateView, View
from django.views.generic.base import ContextMixin
from django.views.generic.detail import SingleObjectMixin
from django_tables2 import SingleTableMixin

from mastery_hub.common.access import SignedInRequest
from mastery_hub.common.errors import DomainError
from mastery_hub.common.files.responses import private_file_response
from mastery_hub.common.filters import FilterSet
from mastery_hub.common.tables import Rows


class PageMixin(ContextMixin):
    """`title` is the h1 and the browser's title; `back` an address or `crumbs` a list of (text, address)."""

    title = ""
    caption = ""
    back = ""
    crumbs: Sequence[tuple[str, str]] = ()

    def get_title(self) -> str:
        return self.title

    def get_back(self) -> str:
        return self.back

    def get_crumbs(self) -> Sequence[tuple[str, str]]:
        return self.crumbs

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        page = {
            "title": self.get_title(),
            "caption": self.caption,
            "back": self.get_back(),
            "crumbs": self.get_crumbs(),
        }
        return super().get_context_data(**(page | kwargs))


class ServiceFormView(PageMixin, FormView):
    """A refusal by the service is shown like any other error of the form, so that nothing typed is lost."""

    template_name = "components/form_page.html"
    success_message = ""
    upload_megabytes = 0  # what the files of one request may weigh together: the sum of its form's upload fields

    def perform(self, form: Any) -> Any:
        raise NotImplementedError

    def get_success_message(self) -> str:
        return self.success_message

    def show_refusal(self, form: Any, refused: DomainError) -> None:
        form.add_error(None, refused.message)

    def form_valid(self, form: Any) -> HttpResponse:
        try:
            self.result = self.perform(form)
        except DomainError as refused:
            self.show_refusal(form, refused)
            return self.form_invalid(form)
        if message := self.get_success_message():
            messages.success(self.request, message)
        return HttpResponseRedirect(self.get_success_url())


class ServiceActionView(View):
    """A button. Refused or not, a second click or a slower colleague gets a sentence and a page, never a 500."""

    http_method_names = ("post",)

    def perform(self) -> str:
        """Calls the service; returns the sentence that says what was done."""
        raise NotImplementedError

    def get_next_url(self) -> str:
        raise NotImplementedError

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            messages.success(request, self.perform())
        except DomainError as refused:
            messages.error(request, refused.message)
        return HttpResponseRedirect(self.get_next_url())


class TableView(PageMixin, SingleTableMixin, TemplateView):
    """A filtered, sorted, paginated list: `table_class`, `filterset_class` and `get_rows`, already scoped."""

    template_name = "components/list_page.html"
    filterset_class: type[FilterSet] | None = None
    filter: FilterSet | None = None
    request: SignedInRequest

    def get_rows(self) -> Any:
        raise NotImplementedError

    def get_actions(self) -> list[dict[str, Any]]:
        """Buttons beside the title: text, href, secondary."""
        return []

    def get_table_data(self) -> Any:
        rows = self.get_rows()
        if self.filterset_class is None:
            return rows
        self.filter = self.filterset_class(self.request.GET or None, queryset=rows, request=self.request)
        if self.filter.applied:
            return Rows(self.filter.qs, few=True)
        return Rows(self.filter.qs, total=self.filter.total)

    def get_table(self, **kwargs: Any) -> Any:
        table = super().get_table(**kwargs)
        if self.filter and self.filter.applied:
            table.empty_text = f"No {table.noun[0]} matches the filters."
        return table

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        return context | {"filter": self.filter, "actions": self.get_actions()}


class PrivateFileView(SingleObjectMixin, View):
    """Streams the file of one row. `get_queryset` is the permission check: what is not yours is not found."""

    http_method_names = ("get", "head")
    file_field = "file"

    def get_queryset(self) -> QuerySet[Any]:
        raise NotImplementedError

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> FileResponse:
        return private_file_response(getattr(self.get_object(), self.file_field))
