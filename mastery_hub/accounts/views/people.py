"""The people of a hub, or of NCETM and all hubs: who has which role, who is invited, who comes and goes.

One set of views serves `/national/people/` and `/hub/<hub>/people/`: the hub in the address is the difference.
"""

from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.views.generic import TemplateView
from django_tables2 import RequestConfig

from mastery_hub.accounts.enums import HUB_ROLES, NATIONAL_ROLES
from mastery_hub.accounts.filters import MembershipFilter
from mastery_hub.accounts.forms import InvitationCorrectForm, InvitationForm
from mastery_hub.accounts.models import Invitation, InvitationQuerySet, Membership, MembershipQuerySet
from mastery_hub.accounts.permissions import PEOPLE, can_end_membership, can_manage_invitation, roles_to_give
from mastery_hub.accounts.services import (
    invitation_cancel,
    invitation_correct,
    invitation_resend,
    invitation_send,
    membership_end,
)
from mastery_hub.accounts.tables import InvitationTable, MembershipTable
from mastery_hub.common.templatetags.moments import day
from mastery_hub.common.views import PageMixin, ServiceActionView, ServiceFormView, TableView
from mastery_hub.directory.models import MathsHub


class PeopleMixin:
    access = PEOPLE
    request: Any  # signed in: PEOPLE lets nobody else pass
    kwargs: dict[str, Any]

    @cached_property
    def hub(self) -> MathsHub | None:
        return get_object_or_404(MathsHub, slug=self.kwargs["hub"]) if "hub" in self.kwargs else None

    def address(self, name: str, **kwargs: Any) -> str:
        where = {"hub": self.hub.slug} if self.hub else {}
        return reverse(f"{'hub' if self.hub else 'national'}_{name}", kwargs=where | kwargs)

    def get_success_url(self) -> str:
        return self.address("people")

    get_next_url = get_back = get_success_url

    def in_place(self, rows: InvitationQuerySet | MembershipQuerySet) -> QuerySet:
        rows = rows.visible_to(self.request.user).select_related("hub")
        return rows.filter(hub=self.hub) if self.hub else rows

    def get_membership(self) -> Membership:
        rows = self.in_place(Membership.objects.current()).select_related("user", "school")
        membership = get_object_or_404(rows, pk=self.kwargs["pk"])
        if not can_end_membership(self.request.user, membership):
            raise Http404
        return membership

    def get_invitation(self) -> Invitation:
        rows = self.in_place(Invitation.objects.waiting()).select_related("invited_by")
        invitation = get_object_or_404(rows, pk=self.kwargs["pk"])
        if not can_manage_invitation(self.request.user, invitation):
            raise Http404
        return invitation


class PeopleView(PeopleMixin, TableView):
    template_name = "accounts/people.html"
    table_class = MembershipTable
    filterset_class = MembershipFilter

    def get_title(self) -> str:
        return f"People of {self.hub}" if self.hub else "People of the hubs and NCETM"

    def get_back(self) -> str:
        return ""

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"hub": self.hub}

    def get_rows(self) -> QuerySet:
        rows = self.in_place(Membership.objects.current()).filter(role__in=HUB_ROLES | NATIONAL_ROLES)
        return rows.select_related("user")

    def get_actions(self) -> list[dict[str, Any]]:
        allowed = roles_to_give(self.request.user, self.hub)
        return [{"text": "Invite somebody", "href": self.address("people_invite")}] if allowed else []

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        waiting = InvitationTable(self.in_place(Invitation.objects.waiting()), hub=self.hub)
        RequestConfig(self.request).configure(waiting)
        return super().get_context_data(invitations=waiting, **kwargs)


class InviteView(PeopleMixin, ServiceFormView):
    form_class = InvitationForm
    title = "Invite somebody"

    def get_form_kwargs(self) -> dict[str, Any]:
        if not roles_to_give(self.request.user, self.hub):
            raise Http404
        return super().get_form_kwargs() | {"user": self.request.user, "hub": self.hub}

    def perform(self, form: InvitationForm) -> Invitation:
        asked = {name: form.cleaned_data[name] for name in ("email", "first_name", "last_name", "role")}
        return invitation_send(by=self.request.user, hub=form.place(), **asked)

    def get_success_message(self) -> str:
        return f"We have emailed an invitation to {self.result.email}."


class InvitationDetailView(PeopleMixin, PageMixin, TemplateView):
    template_name = "accounts/invitation_detail.html"
    title = "Invitation"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        invitation = self.get_invitation()
        until = "It ran out on" if invitation.has_expired else "It can be used until"
        rows = [
            {"key": "Name", "value": invitation.full_name},
            {
                "key": "Email address",
                "value": invitation.email,
                "href": self.address("invitation_correct", pk=invitation.pk),
                "action": "Correct",
                "hidden": "the email address",
            },
            {"key": "Role", "value": invitation.in_words},
            {"key": "Invited by", "value": f"{invitation.invited_by}, on {day(invitation.invited_at)}"},
            {"key": "Link", "value": f"{until} {day(invitation.expires_at)}"},
        ]
        addresses = {name: self.address(f"invitation_{name}", pk=invitation.pk) for name in ("resend", "cancel")}
        return super().get_context_data(rows=rows, **addresses, **kwargs)


class InvitationResendView(PeopleMixin, ServiceActionView):
    def perform(self) -> str:
        invitation = invitation_resend(by=self.request.user, invitation=self.get_invitation())
        return f"We have sent the invitation to {invitation.email} again. The link sent before no longer works."


class InvitationCorrectView(PeopleMixin, ServiceFormView):
    form_class = InvitationCorrectForm
    title = "Correct the email address"

    def get_form_kwargs(self) -> dict[str, Any]:
        return super().get_form_kwargs() | {"instance": self.get_invitation()}

    def get_back(self) -> str:
        return self.address("invitation", pk=self.kwargs["pk"])

    def perform(self, form: InvitationCorrectForm) -> Invitation:
        return invitation_correct(by=self.request.user, invitation=form.instance, email=form.cleaned_data["email"])

    def get_success_message(self) -> str:
        return f"We have emailed the invitation to {self.result.email}."


class AskFirstView(PeopleMixin, ServiceActionView, TemplateView):
    """A button that cannot be unpressed asks once more."""

    http_method_names = ("get", "post")  # type: ignore[assignment]
    template_name = "components/confirm.html"


class InvitationCancelView(AskFirstView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            question=f"Do you want to cancel the invitation of {self.get_invitation().email}?",
            explanation="The link that we sent will no longer work. We will not send another email.",
            action="Cancel the invitation",
            cancel=self.address("invitation", pk=self.kwargs["pk"]),
            warning=True,
            **kwargs,
        )

    def perform(self) -> str:
        invitation = self.get_invitation()
        invitation_cancel(by=self.request.user, invitation=invitation)
        return f"The invitation of {invitation.email} has been cancelled."


class MembershipEndView(AskFirstView):
    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        membership = self.get_membership()
        return super().get_context_data(
            question=f"Do you want to end the role of {membership.user}?",
            explanation=f"{membership.user} will no longer be {membership.in_words}. What they have done stays.",
            action="End the role",
            cancel=self.get_next_url(),
            warning=True,
            **kwargs,
        )

    def perform(self) -> str:
        membership = self.get_membership()
        membership_end(by=self.request.user, membership=membership)
        return f"{membership.user} is no longer {membership.in_words}."
