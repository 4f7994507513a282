from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.generic import View

from applications.models import Assessment
from applications.presenters.assessments import appointment
from applications.views.applicant.base import OwnApplicationMixin
from mastery_hub.common.calendars import calendar_response


class ApplicationCalendarView(OwnApplicationMixin, View):
    """What is arranged with oneself, to add to one's calendar."""

    http_method_names = ("get", "head")

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        own = Assessment.objects.filter(application=self.application).select_related("hub", "first", "second")
        return calendar_response(appointment(get_object_or_404(own, pk=self.kwargs["pk"]), for_hub=False))
