"""Every kind of email with made-up names in it, so that NCETM reads each letter before anybody gets it."""

from functools import cached_property
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.views.generic import TemplateView, View

from mastery_hub.common.access import NATIONAL
from mastery_hub.common.views import PageMixin, TableView
from mastery_hub.messaging.kinds import EmailKind, all_kinds, kind_named
from mastery_hub.messaging.looks import as_a_mail_program, in_our_look
from mastery_hub.messaging.rendering import Rendered
from mastery_hub.messaging.services import email_preview
from mastery_hub.messaging.tables import KindTable


class KindListView(TableView):
    access = NATIONAL
    title = "Emails"
    table_class = KindTable

    def get_rows(self) -> list[dict[str, str]]:
        rows = [{"subject": email_preview(kind).subject, "goes": kind.goes, "name": kind.name} for kind in all_kinds()]
        return sorted(rows, key=lambda row: row["subject"])


class KindMixin:
    access = NATIONAL
    kwargs: dict[str, Any]

    @cached_property
    def kind(self) -> EmailKind:
        try:
            return kind_named(self.kwargs["name"])
        except KeyError:
            raise Http404 from None

    @cached_property
    def preview(self) -> Rendered:
        return email_preview(self.kind)


class KindView(KindMixin, PageMixin, TemplateView):
    template_name = "messaging/kind_detail.html"

    def get_title(self) -> str:
        return self.preview.subject

    def get_crumbs(self) -> list[tuple[str, str]]:
        return [("Emails", reverse("national_email_list"))]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        shown = {"kind": self.kind, "text": self.preview.text, "html": in_our_look(self.preview.html)}
        return super().get_context_data(**kwargs) | shown


@method_decorator(as_a_mail_program, name="dispatch")
class KindAsSentView(KindMixin, View):
    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        return HttpResponse(self.preview.html)
