from typing import Any

import django_tables2 as tables
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

from mastery_hub.accounts.models import Invitation, Membership
from mastery_hub.accounts.permissions import can_end_membership, can_manage_invitation
from mastery_hub.common.tables import DayColumn, Table
from mastery_hub.directory.models import MathsHub


class PeopleTable(Table):
    """`hub` is the hub in whose pages we are; NCETM's page has none and names each one's."""

    actions = tables.Column(empty_values=(), orderable=False, verbose_name="Action")

    def __init__(self, *args: Any, hub: MathsHub | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.hub = hub
        if hub:
            self.columns.hide("place")

    def page_link(self, name: str, pk: int, text: str, hidden: str) -> str:
        where = {"hub": self.hub.slug} if self.hub else {}
        href = reverse(f"{'hub' if self.hub else 'national'}_{name}", kwargs={"pk": pk} | where)
        link = '<a class="govuk-link" href="{}">{}<span class="govuk-visually-hidden"> {}</span></a>'
        return format_html(link, href, text, hidden)


class MembershipTable(PeopleTable):
    caption = "People"
    noun = "role", "roles"
    nothing = "Nobody has a role here yet."

    person = tables.Column(
        accessor="user__full_name", verbose_name="Name", order_by=("user__last_name", "user__first_name")
    )
    email = tables.Column(accessor="user__email", verbose_name="Email address")
    role = tables.Column()
    place = tables.Column("Maths Hub", accessor="hub__name", default="NCETM")
    from_on = DayColumn(verbose_name="Since")

    class Meta:
        model = Membership
        fields = ("person", "email", "role", "place", "from_on", "actions")
        order_by = "person"

    def render_actions(self, record: Membership) -> str:
        if not can_end_membership(self.request.user, record):
            return ""
        return self.page_link("membership_end", record.pk, "End role", f"of {record.user}")


class InvitationTable(PeopleTable):
    caption = "Invitations waiting for an answer"
    noun = "invitation", "invitations"
    nothing = "No invitation is waiting for an answer."
    prefix = "invitations-"

    person = tables.Column(accessor="full_name", verbose_name="Name", order_by=("last_name", "first_name"))
    email = tables.Column(verbose_name="Email address")
    role = tables.Column()
    place = tables.Column("Maths Hub", accessor="hub__name", default="NCETM")
    expires_at = DayColumn(verbose_name="Can be used until")

    class Meta:
        model = Invitation
        fields = ("person", "email", "role", "place", "expires_at", "actions")
        order_by = "-expires_at"

    def render_expires_at(self, record: Invitation, value: Any, column: DayColumn) -> str:
        ran_out = mark_safe('<strong class="govuk-tag govuk-tag--yellow">Ran out</strong>')
        return ran_out if record.has_expired else column.render(value)

    def render_actions(self, record: Invitation) -> str:
        if not can_manage_invitation(self.request.user, record):
            return ""
        return self.page_link("invitation", record.pk, "Send again, correct or cancel", f"the invitation of {record}")
