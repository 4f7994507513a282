from collections.abc import Callable
from datetime import timedelta
from typing import Any

from mastery_hub.common import clock
from mastery_hub.messaging.kinds import EmailKind, register
from mastery_hub.messaging.links import site_link


def _invitation() -> dict[str, Any]:
    return {
        "first_name": "Rosa",
        "inviter": "Ann Okafor",
        "role": "hub lead of Thames Valley Maths Hub",
        "until": clock.now() + timedelta(days=14),
    }


def _headteacher() -> dict[str, Any]:
    return {
        "first_name": "Jo",
        "school": "Elm Grove Primary School",
        "hub": "Thames Valley Maths Hub",
        "page": site_link("home"),
    }


def kind(name: str, goes: str, sample: Callable[[], dict[str, Any]], **options: Any) -> EmailKind:
    return EmailKind(name, goes, f"accounts/email/{name}", sample, **options)


register(
    kind("sign_in_code", "To whoever signs in or signs up", dict, secrets=("code",), urgent=True),
    kind("address_code", "To an address that somebody adds to their account", dict, secrets=("code",), urgent=True),
    kind(
        "address_unknown",
        "To an address that nobody has, when somebody tries to sign in with it",
        lambda: {"sign_up": site_link("account_signup")},
        urgent=True,
    ),
    kind(
        "address_changed",
        "To the old address, when somebody has changed the one they sign in with",
        lambda: {"from_email": "old@school.example", "to_email": "new@school.example"},
    ),
    kind(
        "address_removed",
        "To the person, when an address has been removed from their account",
        lambda: {"deleted_email": "old@school.example"},
    ),
    kind("invitation", "To whoever is invited to a hub or to NCETM", _invitation, secrets=("link",)),
    kind("headteacher_confirmed", "To a headteacher whom the hub has confirmed", _headteacher),
)
