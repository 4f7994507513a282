"""Several applications at once: ticked, named on a check page, done one by one; and the lists as files."""

import csv
from datetime import timedelta
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains

from applications.enums import ScreeningOutcome, State
from applications.models import Application, CaseHolder, HeadteacherSupport, Screening
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.directory.models import MathsHub
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, HeadteacherSupportFactory, ReviewFactory, RoundFactory
from tests.factories.casework import ScreeningFactory

pytestmark = pytest.mark.django_db


def signed_in(client: Client, **role: Any) -> User:
    user = UserFactory(**role)
    client.force_login(user)
    return user


def listing(hub: MathsHub, query: str = "") -> str:
    return reverse("hub_application_list", args=[hub.slug]) + query


def address(hub: MathsHub, do: str, *applications: Application, more: str = "") -> str:
    ticked = "".join(f"&application={each.reference}" for each in applications)
    return f"{reverse('hub_together', args=[hub.slug])}?do={do}{ticked}{more}"


def told(client: Client, path: str, **data: Any) -> list[str]:
    return [str(each) for each in client.post(path, data, follow=True).context["messages"]]


def at_hub(hub: MathsHub, state: str, name: str, **more: Any) -> Application:
    return ApplicationFactory(hub=hub, state=state, applicant__first_name=name, applicant__last_name="Okoro", **more)


def test_rows_are_ticked_by_those_who_run_the_hub(client: Client, hub: MathsHub) -> None:
    application = at_hub(hub, State.COMPLETE, "Sam")
    box = f'value="{application.reference}"'
    shown = {}
    for role in ("hub_lead", "hub_administrator", "hub_reviewer", "ncetm"):
        signed_in(client, **{role: True if role == "ncetm" else hub})
        page = client.get(listing(hub)).content.decode()
        shown[role] = (box in page, "Mark as screened" in page)

    yes, no = (True, True), (False, False)
    assert shown == {"hub_lead": yes, "hub_administrator": yes, "hub_reviewer": no, "ncetm": no}


def test_check_page_names_each_and_says_which_cannot_and_why(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    can, over = at_hub(hub, State.COMPLETE, "Sam"), at_hub(hub, State.UNSUCCESSFUL, "Ada")
    asked, done = at_hub(hub, State.COMPLETE, "Ben"), at_hub(hub, State.COMPLETE, "Cas")
    ScreeningFactory(application=asked, query=True)
    ScreeningFactory(application=done)

    page = client.get(address(hub, "screen", can, over, asked, done))

    assert page.context["going"] == [can]
    assert {each["application"]: each["why"] for each in page.context["barred"]} == {
        over: "It cannot be screened at this stage.",
        asked: "Something is to be cleared up: screen it by itself.",
        done: "It is screened already.",
    }
    for name in ("Sam", "Ada", "Ben", "Cas"):
        assertContains(page, f"{name} Okoro")
    assert Screening.objects.count() == 2


def test_screening_together_leaves_what_cannot_be(client: Client, hub: MathsHub) -> None:
    lead = signed_in(client, hub_lead=hub)
    one, two, over = (at_hub(hub, state, "Sam") for state in (State.COMPLETE, State.SUBMITTED, State.UNSUCCESSFUL))

    said = told(client, address(hub, "screen", one, two, over))

    assert said == ["2 applications are marked as screened."]
    found = Screening.objects.values_list("application", "by", "outcome")
    assert set(found) == {(each.pk, lead.pk, ScreeningOutcome.OK) for each in (one, two)}


def test_cases_are_given_together_and_whoever_has_one_keeps_it(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    colleague = UserFactory(hub_reviewer=hub, first_name="Ada", last_name="Fenn")
    one, two = at_hub(hub, State.COMPLETE, "Sam"), at_hub(hub, State.COMPLETE, "Ben")
    path = address(hub, "give", one, two, more="&list=state%3Dcomplete")
    assertContains(client.get(path), "Ada Fenn")
    assertContains(client.post(path, {}), "Select who has this case")
    assert CaseHolder.objects.count() == 0

    assert told(client, path, person=colleague.pk) == ["2 cases are handed over."]
    assert {each.person for each in CaseHolder.objects.all()} == {colleague}
    assert Email.objects.filter(kind="case_given", to=colleague.email).count() == 2
    [again] = told(client, path, person=colleague.pk)
    assert again.startswith("Not done for 2. ")
    assert f"{one.reference}: Ada Fenn has this case already" in again
    assert client.post(path, {"person": colleague.pk})["Location"] == listing(hub, "?state=complete")


def test_headteachers_are_reminded_together(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_administrator=hub)
    waits, fresh, complete = (at_hub(hub, state, "Sam") for state in (State.SUBMITTED, State.SUBMITTED, State.COMPLETE))
    HeadteacherSupportFactory(application=waits, sent_at=clock.now() - timedelta(days=1))
    HeadteacherSupportFactory(application=fresh, sent_at=clock.now())
    page = client.get(address(hub, "remind", waits, fresh, complete))
    assert page.context["going"] == [waits]
    assertContains(page, "The headteacher can be reminded from")
    assertContains(page, "It does not wait for its headteacher.")

    assert told(client, address(hub, "remind", waits, fresh, complete)) == [
        "We are sending a reminder to 1 headteacher."
    ]
    assert Email.objects.get().about_id == waits.supports.get().pk


def test_one_that_is_refused_keeps_no_other_from_it(
    client: Client, hub: MathsHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A colleague was faster between the check page and the press: the rest is done."""
    signed_in(client, hub_lead=hub)
    one, two = (at_hub(hub, State.SUBMITTED, name) for name in ("Sam", "Ben"))
    for each in (one, two):
        HeadteacherSupportFactory(application=each, sent_at=clock.now() - timedelta(days=1))
    monkeypatch.setattr("applications.views.hub.together.HubTogetherView.barred", {})
    HeadteacherSupport.objects.filter(application=one).update(reminded_at=clock.now())

    done, refused = told(client, address(hub, "remind", one, two))

    assert done == "We are sending a reminder to 1 headteacher."
    assert refused.startswith(f"Not done for 1. Sam Okoro, {one.reference}: ")


def test_nothing_is_done_to_another_hubs_or_ones_own(client: Client, hub: MathsHub) -> None:
    lead = signed_in(client, hub_lead=hub)
    own = ApplicationFactory(hub=hub, state=State.COMPLETE, applicant=lead)
    foreign, ours = ApplicationFactory(state=State.COMPLETE), at_hub(hub, State.COMPLETE, "Sam")

    assert told(client, address(hub, "screen", own, foreign)) == ["Select at least one application, and what to do."]
    assert told(client, address(hub, "screen", own, foreign, ours)) == ["1 application is marked as screened."]
    assert Screening.objects.get().application == ours


def test_together_is_for_leads_and_administrators(client: Client, hub: MathsHub) -> None:
    application = at_hub(hub, State.COMPLETE, "Sam")
    path = address(hub, "screen", application)
    codes = {}
    for role in ("hub_lead", "hub_administrator", "hub_reviewer", "ncetm"):
        signed_in(client, **{role: True if role == "ncetm" else hub})
        codes[role] = (client.get(path).status_code, client.post(path).status_code)

    assert codes["hub_reviewer"] == codes["ncetm"] == (403, 403)
    assert codes["hub_lead"] == codes["hub_administrator"] == (200, 302)
    signed_in(client, hub_lead=hub)
    assert client.get(address(hub, "unknown", application))["Location"] == listing(hub)


def test_check_page_asks_as_often_for_many(client: Client, hub: MathsHub, django_assert_max_num_queries: Any) -> None:
    signed_in(client, hub_lead=hub)
    round = RoundFactory(complete=True)
    made = [ApplicationFactory(hub=hub, round=round, state=State.SUBMITTED) for _ in range(12)]
    for each in made:
        HeadteacherSupportFactory(application=each)
        ScreeningFactory(application=each)

    for do in ("give", "screen", "remind"):
        with django_assert_max_num_queries(12):
            assert client.get(address(hub, do, *made)).status_code == 200


# The lists as files


def lines(client: Client, name: str, hub: MathsHub, query: str = "") -> list[dict[str, str]]:
    response = client.get(reverse(name, args=[hub.slug]) + query)
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    text = b"".join(response).decode().removeprefix("\ufeff")
    return list(csv.DictReader(StringIO(text)))


def test_file_has_the_rows_of_the_list_in_its_order(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    for name, state in (("Sam", State.COMPLETE), ("Ada", State.COMPLETE), ("Ben", State.SUBMITTED)):
        at_hub(hub, state, name)

    found = lines(client, "hub_application_csv", hub, "?state=complete&sort=applicant")

    assert [row["Applicant"] for row in found] == ["Ada Okoro", "Sam Okoro"]
    assert [row["State"] for row in found] == ["With the hub", "With the hub"]
    assertContains(client.get(listing(hub, "?state=complete")), "/applications.csv?state=complete")
    assert "Select" not in found[0]


def test_file_says_no_more_than_the_page(client: Client, hub: MathsHub) -> None:
    application = at_hub(hub, State.OFFER_PROPOSED, "Sam")
    ReviewFactory(application=application, scored=4, submitted_at=clock.now())
    signed_in(client, hub_lead=hub)
    [row] = lines(client, "hub_application_csv", hub)
    assert (row["State"], row["Average"]) == ("Offer proposed", "4.0")

    signed_in(client, hub_administrator=hub)
    [row] = lines(client, "hub_application_csv", hub)

    assert row["State"] == "With the hub"
    assert "Average" not in row


def test_workbook_says_no_more_than_the_page(client: Client, hub: MathsHub) -> None:
    application = at_hub(hub, State.OFFER_PROPOSED, "Sam")
    ReviewFactory(application=application, scored=4, submitted_at=clock.now())
    texts = []
    for role in ("hub_lead", "hub_administrator"):
        signed_in(client, **{role: hub})
        response = client.get(reverse("hub_application_xlsx", args=[hub.slug]))
        with ZipFile(BytesIO(response.content)) as book:
            texts.append(book.read("xl/worksheets/sheet1.xml").decode())

    assert [("Sam Okoro" in text, "Offer proposed" in text, "Average" in text) for text in texts] == [
        (True, True, True),
        (True, False, False),
    ]


def test_file_holds_nothing_that_a_spreadsheet_would_run(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)
    at_hub(hub, State.COMPLETE, "Sam", school__name="=HYPERLINK(1)")

    [row] = lines(client, "hub_application_csv", hub)

    assert row["School"].startswith("'=HYPERLINK")


def test_work_list_is_had_as_a_file(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_administrator=hub)
    waiting = at_hub(hub, State.SUBMITTED, "Sam")
    at_hub(hub, State.OFFER_PROPOSED, "Ada")

    found = lines(client, "hub_work_csv", hub)

    assert {row["What"] for row in found} == {"To screen", "Waiting for a headteacher"}
    [row] = lines(client, "hub_work_csv", hub, "?need=waiting")
    assert (row["Reference"], row["Applicant"], row["Case with"]) == (waiting.reference, "Sam Okoro", "Nobody yet")


def test_file_is_read_in_as_many_queries_for_many(
    client: Client, hub: MathsHub, django_assert_max_num_queries: Any
) -> None:
    signed_in(client, hub_lead=hub)
    round = RoundFactory(complete=True)
    for number in range(9):
        ApplicationFactory(hub=hub, round=round, state=State.COMPLETE, unlisted=number % 3 == 0)

    for name in ("hub_application_csv", "hub_work_csv"):
        with django_assert_max_num_queries(9):
            assert len(lines(client, name, hub)) >= 9


def test_empty_list_is_an_empty_file(client: Client, hub: MathsHub) -> None:
    signed_in(client, hub_lead=hub)

    assert lines(client, "hub_application_csv", hub) == lines(client, "hub_work_csv", hub) == []
    assertNotContains(client.get(listing(hub)), "With the selected applications")
