"""What the shell shows around every page: the way to each person's own places, by the roles they hold.

It reads the person's memberships, which the request has read already, and nothing else.
"""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse

from mastery_hub.accounts.enums import SCHOOL_ROLES
from mastery_hub.accounts.models import User

Item = tuple[str, str]  # text, address
BELONGS = {
    "national_authority_list": "national_hub_list",
    "national_form_errors": "national_feedback",
    "national_programme_list": "national_rounds",
}  # to an item that its address does not begin with


def _public() -> Iterator[Item]:
    yield "Programmes", reverse("home")
    yield "Find your Maths Hub", reverse("find_your_hub")
    yield "All Maths Hubs", reverse("hub_list")


def _national() -> Iterator[Item]:
    yield "Recruitment", reverse("national_home")
    yield "Rounds", reverse("national_rounds")
    yield "Specialists", reverse("national_specialists")
    yield "Maths Hubs", reverse("national_hub_list")
    yield "Schools register", reverse("national_import_list")
    yield "People", reverse("national_people")
    yield "Emails", reverse("national_email_list")
    yield "Feedback", reverse("national_feedback")


def _hubs(user: User) -> Iterator[Item]:
    """The pages of one hub; who serves several finds each by its name."""
    hubs = {m.hub.slug: str(m.hub) for m in user.current_memberships if m.hub}
    if len(hubs) > 1:
        yield from ((name, reverse("hub_home", kwargs={"hub": slug})) for slug, name in hubs.items())
        return
    for slug in hubs:
        yield "Your hub", reverse("hub_home", kwargs={"hub": slug})
        yield "Work list", reverse("hub_work", kwargs={"hub": slug})
        yield "Applications", reverse("hub_application_list", kwargs={"hub": slug})
        yield "Selection", reverse("hub_selection", kwargs={"hub": slug})
        yield "Specialists", reverse("hub_specialists", kwargs={"hub": slug})


def _schools(user: User) -> Iterator[Item]:
    schools = {m.school.pk: m.school.name for m in user.current_memberships if m.school and m.role in SCHOOL_ROLES}
    for urn, name in schools.items():
        yield name if len(schools) > 1 else "Your school", reverse("school_home", kwargs={"urn": urn})


def _own(user: User) -> Iterator[Item]:
    yield "Home", reverse("home")
    if user.is_national:
        yield from _national()
    yield from _hubs(user)
    yield from _schools(user)
    if not user.current_memberships:
        yield "Your applications", reverse("application_list")
        yield "Find your Maths Hub", reverse("find_your_hub")


def _with_current(items: list[Item], path: str) -> list[dict[str, Any]]:
    """The page one is on, or the nearest above it: the longest address that the path begins with."""
    home = reverse("home")
    path = next((reverse(item) for page, item in BELONGS.items() if path == reverse(page)), path)
    above = [href for _, href in items if path == href or (href != home and path.startswith(href))]
    current = max(above, key=len, default=None)
    return [{"text": text, "href": href, "current": href == current} for text, href in items]


def shell(request: HttpRequest) -> dict[str, Any]:
    """An error may come before the request has a user: then the page stands in the shell of anyone."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        items = list(_public())
        account: list[dict[str, Any]] = [{"text": "Sign in", "href": reverse("account_login")}]
    else:
        items = list(_own(user))
        account = [
            {"text": str(user), "href": reverse("account")},
            {"text": "Sign out", "href": reverse("account_logout"), "post": True},
        ]
    return {
        "nav": _with_current(items, request.path),
        "account_links": account,
        "feedback_href": _feedback(request),
        "demo": settings.DEMO,
    }


def _feedback(request: HttpRequest) -> str:
    """Where to say what one thinks of this page; an address that led nowhere has none."""
    route = request.resolver_match.view_name if request.resolver_match else ""
    if not route or route == "feedback":
        return ""
    asked = urlencode({"about": route, "back": request.path})
    return f"{reverse('feedback')}?{asked}"
