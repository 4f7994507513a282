"""Who comes in, how, and who let them: sign-up, invitations and memberships."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import Invitation, Membership, User
from mastery_hub.accounts.permissions import (
    can_confirm_headteacher,
    can_end_membership,
    can_invite,
    can_manage_invitation,
)
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.common.forms.wording import lower_first
from mastery_hub.common.references import token_hash, token_new
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.messaging.leases import real_now
from mastery_hub.messaging.links import site_link
from mastery_hub.messaging.services import email_queue

INVITATION_LASTS = timedelta(days=14)
SEND_AGAIN_AFTER = timedelta(minutes=1)


@transaction.atomic
def person_sign_up(*, email: str, first_name: str, last_name: str, instead_of: User | None = None) -> tuple[User, bool]:
    """Whoever has this address, else a new person (True). The code sent there, typed in, is what proves the address.

    `instead_of` is the person whom the same session made a moment ago with another address, mistyped.
    """
    person = User.objects.with_address(email)
    if person:
        return person, person == instead_of
    if instead_of and instead_of.last_login is None:
        _person_forget(instead_of)
    try:
        return User.objects.create_user(email, first_name=first_name, last_name=last_name), True
    except IntegrityError:  # a second click was faster by an instant
        return User.objects.get(email=email), False


def _person_forget(person: User) -> None:
    """Deleted and never renamed: whoever owns the mistyped address may have been asked, or have signed, since."""
    try:
        with transaction.atomic():
            person.delete()
    except ProtectedError:
        return


def person_names_keep(*, by: User, first_name: str, last_name: str) -> None:
    """The names a person gave on signing up win over those that somebody else had written down for them."""
    by.first_name, by.last_name = first_name, last_name
    by.save(update_fields=["first_name", "last_name"])


@transaction.atomic
def membership_give(
    *, by: User, user: User, role: str, hub: MathsHub | None = None, school: School | None = None
) -> Membership:
    """The person's membership of this kind: the one they have, else a new one from today."""
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)  # two givers at once: one after the other
    place = {"user": user, "role": role, "hub": hub, "school": school}
    return Membership.objects.current().filter(**place).first() or Membership.objects.create(**place, given_by=by)


@transaction.atomic
def membership_end(*, by: User, membership: Membership) -> None:
    """Ends today; what the person did while it lasted stays theirs."""
    membership = Membership.objects.select_for_update(of=("self",)).get(pk=membership.pk)
    if not can_end_membership(by, membership):
        raise DomainError("You do not have permission to end this role.", code="not-allowed")
    if not membership.is_current:
        raise DomainError("This role has already ended.", code="stale")
    membership.until_on = clock.today()
    membership.save(update_fields=["until_on"])


@transaction.atomic
def headteacher_confirm(*, by: User, user: User, school: School, hub: MathsHub) -> Membership:
    """The hub vouches for the school's headteacher: no link ever gives a school (rule 10).

    Raises DomainError `not-allowed` unless `by` leads the hub.
    """
    if not can_confirm_headteacher(by, hub):
        raise DomainError("You do not have permission to confirm a headteacher for this hub.", code="not-allowed")
    if user.pk == by.pk:
        raise DomainError("Somebody else in the hub must confirm you.", code="not-allowed")
    before = Membership.objects.current().filter(user=user, role=Role.HEADTEACHER, school=school).first()
    if before:
        return before
    membership = membership_give(by=by, user=user, role=Role.HEADTEACHER, school=school)
    context = {"first_name": user.first_name, "school": school.name, "hub": str(hub), "page": site_link("home")}
    email_queue(kind="headteacher_confirmed", to=user.email, context=context, about=membership)
    return membership


@transaction.atomic
def invitation_send(
    *, by: User, email: str, first_name: str, last_name: str, role: str, hub: MathsHub | None = None
) -> Invitation:
    """Raises DomainError `not-allowed`, `member` (they have the role already) or `invited` (they are asked already)."""
    if not can_invite(by, role, hub):
        raise DomainError("You do not have permission to invite somebody to this role.", code="not-allowed")
    email = email.strip().lower()
    _free_for(email, role, hub)
    invitation = Invitation(email=email, first_name=first_name, last_name=last_name, role=role, hub=hub, invited_by=by)
    return _invitation_deliver(invitation)


@transaction.atomic
def invitation_resend(*, by: User, invitation: Invitation) -> Invitation:
    """A new link with new time to use it; the old one dies."""
    invitation = _invitation_lock(by, invitation)
    if invitation.sent_at > real_now() - SEND_AGAIN_AFTER:
        raise DomainError("We sent this invitation less than a minute ago. Wait a moment, then try again.", code="soon")
    return _invitation_deliver(invitation)


@transaction.atomic
def invitation_correct(*, by: User, invitation: Invitation, email: str) -> Invitation:
    """Sends it to the right address; the link sent to the wrong one dies."""
    invitation = _invitation_lock(by, invitation)
    email = email.strip().lower()
    if email != invitation.email:
        _free_for(email, invitation.role, invitation.hub)
    invitation.email = email
    return _invitation_deliver(invitation)


@transaction.atomic
def invitation_cancel(*, by: User, invitation: Invitation) -> None:
    invitation = _invitation_lock(by, invitation)
    invitation.cancelled_at = clock.now()
    invitation.save(update_fields=["cancelled_at"])


@transaction.atomic
def invitation_accept(*, by: User, invitation: Invitation) -> Membership:
    """Gives the membership to the person whose address was invited, and to nobody else.

    Raises DomainError `stale` when it was used, cancelled or ran out, or its inviter may invite no more, and
    `not-yours` for another person.
    """
    invitation = Invitation.objects.select_for_update(of=("self",)).select_related("hub").get(pk=invitation.pk)
    still_right = can_invite(invitation.invited_by, invitation.role, invitation.hub)
    if not (invitation.is_open and still_right):
        raise DomainError("This invitation can no longer be used.", code="stale")
    if not invitation.is_for(by):
        raise DomainError(f"This invitation is for {invitation.email}.", code="not-yours")
    invitation.accepted_by, invitation.accepted_at = by, clock.now()
    invitation.save(update_fields=["accepted_by", "accepted_at"])
    if not by.full_name:
        by.first_name, by.last_name = invitation.first_name, invitation.last_name
        by.save(update_fields=["first_name", "last_name"])
    by.forget_memberships()
    return membership_give(by=invitation.invited_by, user=by, role=invitation.role, hub=invitation.hub)


def _invitation_lock(by: User, invitation: Invitation) -> Invitation:
    """Afresh and locked, if it waits for an answer (even one that ran out) and this person may manage it."""
    invitation = Invitation.objects.select_for_update(of=("self",)).select_related("hub").get(pk=invitation.pk)
    if not can_manage_invitation(by, invitation):
        raise DomainError("You do not have permission to change this invitation.", code="not-allowed")
    if invitation.accepted_at or invitation.cancelled_at:
        raise DomainError("This invitation has been used or cancelled.", code="stale")
    return invitation


def _free_for(email: str, role: str, hub: MathsHub | None) -> None:
    person = User.objects.with_address(email)
    if person and Membership.objects.current().filter(user=person, role=role, hub=hub).exists():
        raise DomainError(f"{person} already has this role.", code="member")
    if Invitation.objects.waiting().filter(email=email, role=role, hub=hub).exists():
        raise DomainError(f"{email} has already been invited. You can send the invitation again.", code="invited")


def _invitation_deliver(invitation: Invitation) -> Invitation:
    token = token_new()
    invitation.token_hash, invitation.sent_at = token_hash(token), real_now()
    invitation.expires_at = clock.now() + INVITATION_LASTS
    try:
        with transaction.atomic():
            invitation.save()
    except IntegrityError:  # a colleague was faster by an instant
        message = f"{invitation.email} has already been invited."
        raise DomainError(message, code="invited") from None
    context = {
        "first_name": invitation.first_name,
        "inviter": str(invitation.invited_by),
        "role": lower_first(invitation.in_words),
        "until": invitation.expires_at,
    }
    link = site_link("invitation_open", token=token)
    email_queue(kind="invitation", to=invitation.email, context=context, about=invitation, secrets={"link": link})
    return invitation
