from datetime import timedelta

from mastery_hub.common import clock
from mastery_hub.messaging.kinds import EmailKind, register
from mastery_hub.messaging.links import site_link


def _invitation() -> dict:
    return {
        "first_name": "Rosa",
        "inviter": "Ann Okafor",
        "role": "hub lead of Thames Valley Maths Hub",
        "until": clock.now() + timedelta(days=14),
    }


def _headteacher() -> dict:
    return {
        "first_name": "Jo",
        "school": "Elm Grove Primary School",
        "hub": "Thames Valley Maths Hub",
        "page": site_link("home"),
    }


register(
    EmailKind("sign_in_code", "accounts/email/sign_in_code", sample=dict, secrets=("code",), urgent=True),
    EmailKind("address_code", "accounts/email/address_code", sample=dict, secrets=("code",), urgent=True),
    EmailKind(
        "address_unknown",
        "accounts/email/address_unknown",
        sample=lambda: {"sign_up": site_link("account_signup")},
        urgent=True,
    ),
    EmailKind(
        "address_taken",
        "accounts/email/address_taken",
        sample=lambda: {"sign_in": site_link("account_login")},
        urgent=True,
    ),
    EmailKind(
        "address_changed",
        "accounts/email/address_changed",
        sample=lambda: {"from_email": "old@school.example", "to_email": "new@school.example"},
    ),
    EmailKind(
        "address_removed",
        "accounts/email/address_removed",
        sample=lambda: {"deleted_email": "old@school.example"},
    ),
    EmailKind("invitation", "accounts/email/invitation", sample=_invitation, secrets=("link",)),
    EmailKind("headteacher_confirmed", "accounts/email/headteacher_confirmed", sample=_headteacher),
)
