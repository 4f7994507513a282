"""What the emails link to, and what becomes of a link that works no more."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.generic import TemplateView

from applications.services.support import support_new_link
from applications.views.support.base import ByLink, OfHeadteacher, OfSubjectLeader
from mastery_hub.common.access import BY_LINK
from mastery_hub.common.errors import DomainError
from mastery_hub.common.references import token_hash


class LinkView(ByLink):
    """It opens nothing and signs nothing, and tells of an expired link only on the pages behind it."""

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        hashed = token_hash(token)
        if self.by_hash(hashed) is None:
            return redirect("support_gone")
        request.session[self.session_key] = hashed
        return self.go("start")


class NewLinkView(ByLink):
    """Asked by whoever holds an expired link; it goes to the address that the first one went to."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponse:
        hashed = request.session.get(self.session_key, "")
        support = self.by_hash(hashed)
        if support is None:
            return redirect("support_gone")
        try:
            support_new_link(support=support, hashed=hashed, at=self.request.arrived_at)
        except DomainError as error:
            return self.refused(error)
        del request.session[self.session_key]
        return redirect("support_new_link_sent")


class SupportLinkView(OfHeadteacher, LinkView): ...


class SupportNewLinkView(OfHeadteacher, NewLinkView): ...


class LeaderLinkView(OfSubjectLeader, LinkView): ...


class LeaderNewLinkView(OfSubjectLeader, NewLinkView): ...


class SupportGoneView(TemplateView):
    access = BY_LINK
    template_name = "applications/support_gone.html"

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        return super().render_to_response(context, status=410, **kwargs)


class SupportNewLinkSentView(TemplateView):
    access = BY_LINK
    template_name = "applications/support_new_link_sent.html"
