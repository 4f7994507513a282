"""What the emails link to, and what becomes of a link that works no more."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.generic import TemplateView, View

from applications.services.support import support_new_link
from applications.views.support.base import SESSION_KEY, support_by_hash
from mastery_hub.common.access import BY_LINK
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash


class SupportLinkView(View):
    """It opens nothing and signs nothing, and tells of an expired link only on the pages behind it."""

    access = BY_LINK

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        hashed = token_hash(token)
        if support_by_hash(hashed) is None:
            return redirect("support_gone")
        request.session[SESSION_KEY] = hashed
        return redirect("support_start")


class SupportGoneView(TemplateView):
    access = BY_LINK
    template_name = "applications/support_gone.html"

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        return super().render_to_response(context, status=410, **kwargs)


class SupportNewLinkView(View):
    """Asked by whoever holds an expired link; it goes to the address that the first one went to."""

    access = BY_LINK
    http_method_names = ("post",)
    request: Any  # `arrived_at` is set by the middleware

    def post(self, request: HttpRequest) -> HttpResponse:
        hashed = request.session.get(SESSION_KEY, "")
        support = support_by_hash(hashed)
        if support is None:
            return redirect("support_gone")
        try:
            support_new_link(support=support, hashed=hashed, at=self.request.arrived_at)
        except DomainError as error:
            messages.error(request, error.message)
            return redirect("support_start")
        del request.session[SESSION_KEY]
        return redirect("support_new_link_sent")


class SupportNewLinkSentView(TemplateView):
    access = BY_LINK
    template_name = "applications/support_new_link_sent.html"
