"""A headteacher with several applicants: seen together, answered alone, and put in an order that no applicant sees."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import State, SupportState
from applications.models import Application, HeadteacherRank, HeadteacherSupport, Round
from applications.services.ranking import supports_rank
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.dashboards.models import QuestionErrorCount
from mastery_hub.messaging.models import Email
from tests.applications import hubs
from tests.applications.applicants import url
from tests.applications.supporters import asked, by_link, signature
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    HeadteacherRankFactory,
    HeadteacherStatementFactory,
    HeadteacherSupportFactory,
    RoundFactory,
)

pytestmark = pytest.mark.django_db
HEAD = "helen@school.example"
STATEMENT = "Sam is the best teacher of maths I have worked with."


@pytest.fixture
def round() -> Round:
    return RoundFactory(complete=True)


@pytest.fixture
def head() -> User:
    return UserFactory(email=HEAD)


def another(round: Round, head: User, name: str = "Tom", **kwargs: Any) -> HeadteacherSupport:
    given = {"application__applicant__first_name": name, "application__round": round, "email": head.email}
    if kwargs.get("state", SupportState.REQUESTED) != SupportState.REQUESTED:
        given["person"] = head
    return HeadteacherSupportFactory(**given | kwargs)


def two(client: Client, round: Round, head: User, **kwargs: Any) -> tuple[HeadteacherSupport, HeadteacherSupport]:
    """Sam's request, opened in this browser, and Tom's."""
    first = asked(
        SupportState.OPENED,
        email=head.email,
        person=head,
        application__round=round,
        application__applicant__first_name="Sam",
    )
    second = another(round, head, **kwargs)
    by_link(client)
    return first, second


def places(*supports: HeadteacherSupport) -> dict[str, str]:
    return {f"place-{support.pk}": str(place) for place, support in enumerate(supports, 1)}


# Together


def test_requests_to_one_address_are_seen_together_and_others_not(client: Client, round: Round, head: User) -> None:
    _, second = two(client, round, head)
    gone = another(round, head, name="Cancelled", state=SupportState.CANCELLED)
    ended = another(round, head, name="Withdrawn", application__state=State.WITHDRAWN)
    colleague = another(round, UserFactory(), name="Elsewhere")
    assertContains(client.get(reverse("support_answers")), reverse("support_several"))

    page = client.get(reverse("support_several"))

    assertContains(page, str(second.application.applicant))
    for other in (gone, ended, colleague):
        assertNotContains(page, str(other.application.applicant))


def test_one_request_has_no_others(client: Client, round: Round) -> None:
    asked(SupportState.OPENED, application__round=round)
    by_link(client)

    assertNotContains(client.get(reverse("support_answers")), reverse("support_several"))


def test_requests_are_together_only_after_continue(client: Client, round: Round, head: User) -> None:
    first, _ = two(client, round, head)
    HeadteacherSupport.objects.filter(pk=first.pk).update(state=SupportState.REQUESTED)

    assertRedirects(client.get(reverse("support_several")), reverse("support_start"))


def test_going_to_another_request_opens_nothing_and_shows_no_statement_of_the_first(
    client: Client, round: Round, head: User
) -> None:
    first, second = two(client, round, head)
    HeadteacherStatementFactory(support=first, text=STATEMENT)

    page = client.post(reverse("support_several"), {"go": second.pk}, follow=True)

    assertContains(page, str(second.application.applicant))
    second.refresh_from_db()
    assert second.state == SupportState.REQUESTED
    client.post(reverse("support_start"))
    assertNotContains(client.get(reverse("support_statement")), STATEMENT)


@pytest.mark.parametrize("go", ["colleague", "0", "x", "\0", "9" * 30])
def test_going_to_what_is_not_there_goes_nowhere(client: Client, round: Round, head: User, go: str) -> None:
    first, _ = two(client, round, head)
    colleague = another(round, UserFactory())
    pk = str(colleague.pk) if go == "colleague" else go

    page = client.post(reverse("support_several"), {"go": pk}, follow=True)

    assertContains(page, "This request has ended.")
    assertContains(client.get(reverse("support_answers")), str(first.application.applicant))


def test_each_is_answered_alone(client: Client, round: Round, head: User) -> None:
    first, second = two(client, round, head)
    client.post(reverse("support_statement"), {"statement": STATEMENT})
    client.post(reverse("support_commitments"), signature(first))

    second.refresh_from_db()
    assert second.state == SupportState.REQUESTED
    assertContains(client.get(reverse("support_done")), reverse("support_several"))
    assertContains(client.get(reverse("support_several")), "Go to this request")


def test_applicant_among_them_is_turned_away(client: Client, round: Round, head: User) -> None:
    _, second = two(client, round, head)
    client.force_login(second.application.applicant)
    by_link(client)

    assert client.get(reverse("support_answers")).status_code == 200
    assert client.get(reverse("support_several")).status_code == 403


def test_many_requests_take_as_many_queries_as_two(
    client: Client, round: Round, head: User, django_assert_max_num_queries: Any
) -> None:
    two(client, round, head)
    for _ in range(6):
        another(round, head)

    with django_assert_max_num_queries(15):
        client.get(reverse("support_several"))


# In order


def test_order_is_saved_changed_and_taken_back(client: Client, round: Round, head: User) -> None:
    first, second = two(client, round, head)

    assertContains(client.post(reverse("support_several"), places(second, first), follow=True), "The order is saved.")
    assert str(HeadteacherRank.objects.get(support=second)) == "1 of 2"
    client.post(reverse("support_several"), places(first, second))
    assert HeadteacherRank.objects.get(support=first).place == 1

    blank = dict.fromkeys(places(first, second), "")
    assertContains(client.post(reverse("support_several"), blank, follow=True), "There is no order any more.")
    assert not HeadteacherRank.objects.exists()


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (("1", "1"), "a place of their own"),
        (("1", ""), "a place, or nobody any"),
        (("3", "1"), "Select one of the choices"),
    ],
)
def test_order_needs_a_place_for_each(client: Client, round: Round, head: User, given, message: str) -> None:
    keys = places(*two(client, round, head))

    page = client.post(reverse("support_several"), dict(zip(keys, given, strict=True)))

    assertContains(page, message)
    assert not HeadteacherRank.objects.exists()


def test_other_rounds_and_declined_requests_are_not_ranked(client: Client, round: Round, head: User) -> None:
    two(client, RoundFactory(complete=True), head, state=SupportState.DECLINED)
    another(round, head)

    assertNotContains(client.get(reverse("support_several")), "In which order")


def test_order_ends_with_the_time_for_support_and_is_the_headteachers(client: Client, round: Round, head: User) -> None:
    first, second = two(client, round, head)
    rank = {"support": first, "by": head, "at": clock.now(), "places": {first.pk: 1, second.pk: 2}}
    refusals = [
        (rank | {"at": round.support_deadline}, "closed"),
        (rank | {"by": UserFactory()}, "not-allowed"),
        (rank | {"by": second.application.applicant}, "not-allowed"),
        (rank | {"places": {first.pk: 1}}, "changed"),
        (rank | {"places": {first.pk: 1, second.pk: 1}}, "places-wrong"),
    ]
    for given, code in refusals:
        with pytest.raises(DomainError, check=lambda error, code=code: error.code == code):
            supports_rank(**given)
    assert not HeadteacherRank.objects.exists()

    supports_rank(**rank)
    assert HeadteacherRank.objects.count() == 2


def test_order_is_shown_to_the_hub_and_to_no_applicant(client: Client) -> None:
    rank = HeadteacherRankFactory(support__application__state=State.COMPLETE, support__first_name="Ada")
    application = rank.support.application
    hubs.signed_in(client, hub_lead=application.hub)
    assertContains(client.get(hubs.address(application)), "Ranked 1 of 2 by Ada Marsh")

    hubs.signed_in(client, hub_administrator=application.hub)
    assertNotContains(client.get(hubs.address(application)), "Ranked")
    client.force_login(application.applicant)
    for page in ("page", "check"):
        assertNotContains(client.get(url(Application.objects.get(), page)), "Ranked")
    assert not [email for email in Email.objects.all() if "Ranked" in email.text]


def test_what_is_counted_of_a_mistake_in_the_order_names_nobody(client: Client, round: Round, head: User) -> None:
    first, second = two(client, round, head)

    refused = client.post(reverse("support_several"), {f"place-{first.pk}": "1", f"place-{second.pk}": ""})

    assertContains(refused, "Give Tom")
    counted = QuestionErrorCount.objects.values_list("question", "error")
    assert list(counted) == [("A teacher’s place", "Give … a place, or nobody any")]
