"""The way around: each person's own places, and which of them one is in."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from mastery_hub.accounts.models import User
from mastery_hub.dashboards.navigation import shell
from tests.factories.accounts import MembershipFactory, UserFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = pytest.mark.django_db


def shown_to(user: Any, path: str = "/") -> dict[str, Any]:
    request = RequestFactory().get(path)
    if user is not None:
        request.user = user
    return shell(request)


def texts(user: Any) -> list[str]:
    return [item["text"] for item in shown_to(user)["nav"]]


def current(user: Any, path: str) -> list[str]:
    return [item["text"] for item in shown_to(user, path)["nav"] if item["current"]]


@pytest.mark.parametrize("user", [None, AnonymousUser()])
def test_anyone_finds_programmes_hubs_and_the_way_in(user: Any) -> None:
    """Without a user the error came before one was known."""
    shown = shown_to(user)

    assert [item["text"] for item in shown["nav"]] == ["Programmes", "Find your Maths Hub", "All Maths Hubs"]
    assert [link["text"] for link in shown["account_links"]] == ["Sign in"]


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: UserFactory(), ["Home", "Your applications", "Find your Maths Hub"]),
        (lambda: UserFactory(headteacher=True), ["Home", "Your school"]),
        (
            lambda: UserFactory(hub_administrator=True),
            ["Home", "Your hub", "Work list", "Applications", "Selection", "Specialists"],
        ),
        (
            lambda: UserFactory(ncetm=True),
            [
                "Home",
                "Recruitment",
                "Rounds",
                "Specialists",
                "Maths Hubs",
                "Schools register",
                "People",
                "Emails",
                "Feedback",
            ],
        ),
    ],
)
def test_each_role_finds_its_places(make: Callable[[], User], expected: list[str]) -> None:
    assert texts(make()) == expected


def test_who_serves_several_places_finds_each_by_its_name() -> None:
    one, two = MathsHubFactory(name="One"), MathsHubFactory(name="Two")
    person = UserFactory(hub_lead=one, headteacher=SchoolFactory(name="Larkfield"))
    MembershipFactory(user=person, hub=two)
    MembershipFactory(user=person, role="hub_reviewer", hub=one)

    assert texts(person) == ["Home", "One Maths Hub", "Two Maths Hub", "Your school"]


def test_the_page_one_is_on_is_marked_or_the_nearest_above() -> None:
    lead = UserFactory(hub_lead=MathsHubFactory(slug="one"))

    assert current(lead, "/") == ["Home"]
    assert current(lead, "/hub/one/") == ["Your hub"]
    assert current(lead, "/hub/one/people/") == ["Your hub"]
    assert current(lead, "/hub/one/applications/MS-AAAA-AA/") == ["Applications"]
    assert current(lead, "/privacy/") == []


def test_authorities_belong_to_the_hubs_that_have_them() -> None:
    ncetm = UserFactory(ncetm=True)

    assert current(ncetm, "/national/authorities/") == ["Maths Hubs"]
    assert current(ncetm, "/national/programmes/") == ["Rounds"]


def test_signing_out_is_a_post() -> None:
    person = UserFactory(first_name="Ada", last_name="Hill")

    assert shown_to(person)["account_links"] == [
        {"text": "Ada Hill", "href": "/account/"},
        {"text": "Sign out", "href": "/account/sign-out/", "post": True},
    ]


def test_shell_reads_memberships_alone() -> None:
    person = UserFactory(hub_lead=True, headteacher=True, ncetm=True)

    with CaptureQueriesContext(connection) as taken:
        shown_to(person)
        shown_to(person)

    assert len(taken) == 1
