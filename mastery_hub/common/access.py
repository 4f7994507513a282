"""Who may see an address: every view says so in its `access`, and a view that does not is refused.

The lower apps know no role: they ask the user (`is_national`, `hub_roles`), whom `accounts` teaches to answer.
What a person may see *inside* a page is the business of `visible_to` and of each app's `permissions`.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import ImproperlyConfigured
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import resolve_url
from django.urls import reverse
from django.utils.cache import add_never_cache_headers

from mastery_hub.common.typed import typed_arrived, typed_keep

SIGNED_OUT = "You have been signed out. Sign in again to save what you typed: it is not lost."


class SignedInRequest(HttpRequest):
    """For types alone: what a view gets whose access lets only those in who have signed in."""

    user: Any


@dataclass(frozen=True)
class Access:
    """`allows(request, view_kwargs)` is asked of signed-in people only; False is a 404, which gives nothing away."""

    name: str
    signed_in: bool = True
    allows: Callable[[HttpRequest, dict[str, Any]], bool] = lambda request, kwargs: True


def _in_hub(request: HttpRequest, kwargs: dict[str, Any]) -> bool:
    return request.user.is_national or kwargs.get("hub") in request.user.hub_slugs


PUBLIC = Access("anyone", signed_in=False)
BY_LINK = Access("whoever holds the link", signed_in=False)  # the view itself checks the token kept in the session
SIGNED_IN = Access("anyone signed in")
HUB = Access("people of this hub and NCETM", allows=_in_hub)
NATIONAL = Access("NCETM", allows=lambda request, kwargs: request.user.is_national)


def declared(access: Access, view: Callable[..., Any]) -> Callable[..., Any]:
    """Declares access for a function view, or for another package's view."""

    def declared_view(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        return view(request, *args, **kwargs)

    declared_view.access = access  # type: ignore[attr-defined]
    return declared_view


def access_of(view: Callable[..., Any]) -> Access | None:
    return getattr(getattr(view, "view_class", view), "access", None)


def sent_from(request: HttpRequest) -> str:
    """The page of ours that sent it; nothing when it was somebody else's, or nobody knows."""
    with suppress(ValueError):
        page = urlsplit(request.headers.get("Referer", ""))
        if page.netloc == request.get_host():
            return urlunsplit(("", "", page.path, page.query, ""))
    return ""


def wants_json(request: HttpRequest) -> bool:
    """A script of ours asks: a page would tell it nothing."""
    return request.headers.get("Accept") == "application/json"


class AccessMiddleware(LoginRequiredMiddleware):
    """Denies by default: a view without `access` is a programming error, everyone else meets their door."""

    def process_view(self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any) -> Any:
        access = access_of(view_func)
        if access is None:
            raise ImproperlyConfigured(f"{view_func!r} does not say who may see it: give it `access`.")
        if "\0" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):  # no text in PostgreSQL has it
            raise Http404
        if not access.signed_in:
            return None
        if not request.user.is_authenticated:
            return self.handle_no_permission(request, view_func)
        if not access.allows(request, view_kwargs):
            raise Http404
        if request.method == "POST":
            typed_arrived(request)
        return None

    def handle_no_permission(self, request: HttpRequest, view_func: Any) -> HttpResponse:
        """Whoever pressed a button when their session had ended comes back to its page: what the button calls may be
        no page at all."""
        if wants_json(request):
            return JsonResponse({"sign_in": resolve_url(self.get_login_url(view_func))}, status=401)
        if request.method == "POST" and typed_keep(request):
            messages.info(request, SIGNED_OUT)
            return redirect_to_login(reverse(settings.TYPED_URL), self.get_login_url(view_func))
        if request.method == "POST" and (page := sent_from(request)):
            return redirect_to_login(page, self.get_login_url(view_func))
        return super().handle_no_permission(request, view_func)

    def process_response(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        """On a shared computer the Back button shows nothing of whoever has signed out."""
        found = request.resolver_match
        access = access_of(found.func) if found else None
        if access and (access.signed_in or access is BY_LINK):
            add_never_cache_headers(response)
        return response
