"""The site's own addresses, and the yardstick of its pages: the same shell around a list such as Django's own tutorial
shows, which counts, sorts by its key and filters nothing. It has the hub's eight cells a row, all of the row's own."""

from typing import Any

from django.http import HttpRequest
from django.template import engines
from django.template.response import TemplateResponse
from django.urls import path
from django.views.generic import ListView

from applications.models import Application
from mastery_hub.common.access import SIGNED_IN
from mastery_hub.urls import handler400, handler403, handler404, handler500, urlpatterns

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

PLAIN = """
{% extends "base.html" %}
{% block content %}
  <p>{{ paginator.count }}</p>
  <table class="govuk-table">
    {% for application in object_list %}
      <tr>
        <td><a href="{{ application.get_absolute_url }}">{{ application.applicant }}</a></td>
        <td>{{ application.reference }}</td>
        <td>{{ application.job_title }}</td>
        <td>{{ application.school }}</td>
        <td>{{ application.get_phase_display }}</td>
        <td>{{ application.submitted_at }}</td>
        <td>{{ application.get_state_display }}</td>
        <td>{{ application.get_shown_state_display }}</td>
      </tr>
    {% endfor %}
  </table>
{% endblock %}
"""


class BareListView(ListView):
    access = SIGNED_IN
    queryset = Application.objects.select_related("applicant", "school").order_by("pk")
    paginate_by = 50

    def render_to_response(self, context: dict[str, Any], **options: Any) -> TemplateResponse:
        request: HttpRequest = self.request
        return TemplateResponse(request, engines["django"].from_string(PLAIN), context)


urlpatterns = [*urlpatterns, path("bare/", BareListView.as_view())]
