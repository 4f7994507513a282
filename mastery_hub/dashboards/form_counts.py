"""Counts what forms refuse, by question, so that a question which many get wrong is seen and put better."""

import logging
import re
from collections import Counter
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import Error, transaction
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from django.utils.html import strip_tags

from mastery_hub.common import clock
from mastery_hub.dashboards.models import FormCount, QuestionErrorCount

log = logging.getLogger(__name__)
WHOLE_FORM = ("The form as a whole", "Refused when it was to be saved")  # by a sentence that may name a person
GAPS = re.compile(r"“[^”]*”|%\(\w+\)s|\d[\d,]*")


class FormCountMiddleware:
    """A sent form came back with errors, or led on. The count must never cost anybody their page."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response: HttpResponse = self.get_response(request)
        if request.method == "POST" and request.resolver_match:
            errors = question_errors(response)
            if errors or _led_on(request, response):
                try:
                    with transaction.atomic():
                        form_count(route=request.resolver_match.view_name, errors=errors)
                except Error:
                    log.warning("A form was not counted", exc_info=True)
        return response


def _led_on(request: HttpRequest, response: HttpResponse) -> bool:
    """A form was taken; no bare button, and nobody who must sign in first."""
    assert request.resolver_match
    kind = getattr(request.resolver_match.func, "view_class", None)
    sent_to = response.get("Location", "").partition("?")[0]
    return response.status_code == 302 and hasattr(kind, "form_class") and sent_to != resolve_url(settings.LOGIN_URL)


def form_count(*, route: str, errors: Counter[tuple[str, str]]) -> None:
    day = clock.today()
    FormCount.objects.add(day=day, route=route, count={"sent": 1, "refused": int(bool(errors))})
    for (question, error), times in sorted(errors.items()):  # in one order, so that two never wait for each other
        QuestionErrorCount.objects.add(day=day, route=route, question=question, error=error, count={"times": times})


def question_errors(response: HttpResponse) -> Counter[tuple[str, str]]:
    """What the page that came back says is wrong, as (question, error)."""
    context = getattr(response, "context_data", None) or {}
    forms = [context.get("form"), *(context.get("formset") or ())]
    found = [pair for form in forms if isinstance(form, BaseForm) and form.is_bound for pair in _errors_of(form)]
    return Counter(found)


def _errors_of(form: BaseForm) -> list[tuple[str, str]]:
    return [
        (_question(form, name), _error(error)) if name in form.fields else WHOLE_FORM
        for name, errors in form.errors.items()
        for error in errors.as_data()
    ]


def _question(form: BaseForm, name: str) -> str:
    asked = getattr(form, "asked", {}).get(name) or form[name].label
    return " ".join(strip_tags(str(asked)).split())[:200]


def _error(error: ValidationError) -> str:
    """The message with its gaps left open: what fills them may be what somebody typed."""
    return GAPS.sub("…", str(error.message))[:200]
