"""The invited person's side: a link that shows who invites to what, and a button that says yes."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login_by_code import LoginCodeVerificationProcess
from allauth.account.internal.flows.logout import logout
from allauth.core import ratelimit
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.generic import TemplateView, View

from mastery_hub.accounts.models import Invitation
from mastery_hub.accounts.services import invitation_accept, person_sign_up
from mastery_hub.common.access import BY_LINK
from mastery_hub.common.errors import DomainError
from mastery_hub.common.forms.wording import lower_first
from mastery_hub.common.references import token_hash
from mastery_hub.common.views import PageMixin

INVITATION = "invitation"  # in the session: the hash of the token that the link held


class InvitationOpenView(View):
    """Takes the token out of the address, where history and logs would keep it. Accepts nothing."""

    access = BY_LINK

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        request.session[INVITATION] = token_hash(token)
        return HttpResponseRedirect(reverse("invitation"))


class InvitationView(PageMixin, TemplateView):
    access = BY_LINK
    template_name = "accounts/invitation.html"

    def get_invitation(self) -> Invitation | None:
        asked = Invitation.objects.select_related("hub", "invited_by", "accepted_by")
        return asked.filter(token_hash=self.request.session.get(INVITATION, "")).first()

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        invitation, user = self.get_invitation(), self.request.user
        usable = bool(invitation and invitation.is_open)
        return super().get_context_data(
            title="Your invitation" if usable else "This invitation cannot be used",
            invitation=invitation,
            usable=usable,
            role=lower_first(invitation.in_words) if invitation else "",
            mine=bool(invitation and usable and user.is_authenticated and invitation.is_for(user)),
            already=bool(invitation and user.is_authenticated and invitation.accepted_by == user),
            **kwargs,
        )

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        invitation = self.get_invitation()
        if invitation is None or not invitation.is_open:
            return HttpResponseRedirect(reverse("invitation"))
        if not request.user.is_authenticated or "switch" in request.POST:
            return self.send_code(request, invitation)
        try:
            membership = invitation_accept(by=request.user, invitation=invitation)
        except DomainError as refused:
            messages.error(request, refused.message)
            return HttpResponseRedirect(reverse("invitation"))
        request.session.pop(INVITATION, None)
        messages.success(request, f"You are now {lower_first(membership.in_words)}.")
        return HttpResponseRedirect(reverse("home"))

    def send_code(self, request: HttpRequest, invitation: Invitation) -> HttpResponse:
        """The person invited signs in first, with a code sent to the address that was invited."""
        if not ratelimit.consume(request, action="request_login_code", key=invitation.email):
            messages.error(request, get_adapter().error_messages["rate_limited"])
            return HttpResponseRedirect(reverse("invitation"))
        logout(request, show_message=False)
        request.session[INVITATION] = invitation.token_hash
        person, _ = person_sign_up(
            email=invitation.email, first_name=invitation.first_name, last_name=invitation.last_name
        )
        LoginCodeVerificationProcess.initiate(request=request, user=person, email=invitation.email)
        back_here = urlencode({"next": reverse("invitation")})
        return HttpResponseRedirect(f"{reverse('account_confirm_login_code')}?{back_here}")
