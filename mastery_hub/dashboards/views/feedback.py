"""Is this page useful? Asked of everybody on every page, and read by NCETM page by page."""

from typing import Any

from allauth.core import ratelimit
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views import View

from mastery_hub.common.access import NATIONAL, PUBLIC
from mastery_hub.common.errors import DomainError
from mastery_hub.common.exports import csv_response
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.common.views import ServiceFormView, TableView
from mastery_hub.dashboards.feedback import DAYS, errors_by_question, feedback_by_page
from mastery_hub.dashboards.forms import FeedbackForm
from mastery_hub.dashboards.models import PageFeedback
from mastery_hub.dashboards.pages import page_name, page_names
from mastery_hub.dashboards.tables import CommentTable, FeedbackTable, QuestionErrorTable

Crumbs = list[tuple[str, str]]


class FeedbackView(ServiceFormView):
    access = PUBLIC
    title = "Your feedback on this page"
    form_class = FeedbackForm
    success_message = "Thank you. Your feedback helps us to make this page better."

    def get_initial(self) -> dict[str, Any]:
        return {name: self.request.GET.get(name, "") for name in ("about", "back")}

    def get_form(self, form_class: Any = None) -> Any:
        form = super().get_form(form_class)
        form.cancel = self.page
        return form

    def get_back(self) -> str:
        return self.page

    @property
    def page(self) -> str:
        """The page of ours that it is about."""
        told = self.request.POST.get("back") or self.request.GET.get("back", "")
        ours = url_has_allowed_host_and_scheme(told, {self.request.get_host()}, self.request.is_secure())
        return told if ours else reverse("home")

    def perform(self, form: FeedbackForm) -> None:
        if not ratelimit.consume(self.request, action="feedback"):
            raise DomainError("We got a lot of feedback from your network. Try again in an hour.", code="too-many")
        form.row().save()

    def get_success_url(self) -> str:
        return self.page


class FeedbackListView(TableView):
    access = NATIONAL
    title = "Feedback on pages"
    table_class = FeedbackTable

    def get_rows(self) -> list[dict[str, Any]]:
        return feedback_by_page()

    def get_actions(self) -> list[dict[str, Any]]:
        return [
            {"text": "What forms refuse", "href": reverse("national_form_errors"), "secondary": True},
            {"text": "Download all (CSV)", "href": reverse("national_feedback_csv"), "secondary": True},
        ]


class PageFeedbackView(TableView):
    """One page's answers; first those who wrote something."""

    access = NATIONAL
    table_class = CommentTable

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.route = kwargs["route"]
        if self.route not in page_names():
            raise Http404

    def get_title(self) -> str:
        return page_name(self.route)

    def get_crumbs(self) -> Crumbs:
        return [(FeedbackListView.title, reverse("national_feedback"))]

    def get_rows(self) -> QuerySet[PageFeedback]:
        return PageFeedback.objects.filter(route=self.route)


class FeedbackCsvView(View):
    access = NATIONAL

    def get(self, request: HttpRequest) -> StreamingHttpResponse:
        rows = PageFeedback.objects.values_list("at", "route", "useful", "plain", "comment")
        lines = (
            [moment(at), page_name(route), yes_no(useful), yes_no(plain), comment]
            for at, route, useful, plain, comment in rows.iterator(chunk_size=2000)
        )
        return csv_response("feedback.csv", ["Sent", "Page", "Useful", "Plain English", "Comment"], lines)


def yes_no(value: bool) -> str:
    return "Yes" if value else "No"


class QuestionErrorListView(TableView):
    """Which questions go wrong, so that they are put better."""

    access = NATIONAL
    title = "What forms refuse"
    caption = f"In the last {DAYS} days"
    table_class = QuestionErrorTable

    def get_crumbs(self) -> Crumbs:
        return [(FeedbackListView.title, reverse("national_feedback"))]

    def get_rows(self) -> list[dict[str, Any]]:
        return errors_by_question(DAYS)
