"""Error pages: what went wrong in one sentence and what to do next. Where all fails, no database is needed."""

import sys

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template import loader
from django.urls import reverse

from mastery_hub.common.access import SIGNED_OUT, wants_json
from mastery_hub.common.outages import Outage, outage_of
from mastery_hub.common.typed import typed_in, typed_keep, writer_of


def _page(request: HttpRequest, template: str, status: int) -> HttpResponse:
    return render(request, template, status=status)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig):
        return _page(request, "413.html", 413)
    return _page(request, "400.html", 400)


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "403.html", 403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _page(request, "404.html", 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Without the request, and so without its person: the database may be what is broken.

    Django asks here whatever failed, in a view or in a middleware, while it handles the exception.
    """
    if outage := outage_of(sys.exception()):
        return unavailable(request, outage)
    return HttpResponse(loader.render_to_string("500.html", {"demo": settings.DEMO}), status=500)


def unavailable(request: HttpRequest, outage: Outage) -> HttpResponse:
    context = {
        "demo": settings.DEMO,
        "outage": outage,
        "posted": request.method == "POST",
        "path": request.get_full_path(),
        "typed": typed_in(request),
    }
    headers = {"Retry-After": str(outage.seconds), "Cache-Control": "no-store"}
    return HttpResponse(loader.render_to_string("503.html", context), status=503, headers=headers)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A page that stood open too long gets what was typed back, with a token that counts, unless somebody else has
    signed in since; a script of ours gets the token alone, since its page still has the text."""
    typed, person = typed_in(request), request.user
    if typed and person.is_authenticated and writer_of(request) not in (person.pk, None):
        typed = None
    if typed and wants_json(request):
        return JsonResponse({"token": get_token(request)}, status=403)
    if typed and not person.is_authenticated and typed_keep(request):
        messages.info(request, SIGNED_OUT)
        return redirect_to_login(reverse(settings.TYPED_URL))
    if typed:
        typed.csrf_token = get_token(request)
    return render(request, "403_csrf.html", {"typed": typed}, status=403)
