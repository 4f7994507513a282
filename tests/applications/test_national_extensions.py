"""NCETM's pages about more time, and what applicants and hubs see of it."""

from datetime import datetime, time, timedelta

import pytest
from django.test import Client

from applications.enums import State
from applications.models import Application, Extension
from mastery_hub.common import clock
from mastery_hub.messaging.models import Email
from tests.applications.applicants import url
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, ExtensionFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import HubAreaFactory, SchoolFactory

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def ncetm(client: Client) -> Client:
    client.force_login(UserFactory(ncetm=True))
    return client


@pytest.fixture
def round():
    return RoundFactory(complete=True)


def page(round, place: str = "") -> str:
    return f"/national/rounds/{round.code}/extensions/{place}"


def typed(on: datetime, **more: str) -> dict[str, str]:
    day = {"closes_at_on-day": str(on.day), "closes_at_on-month": str(on.month), "closes_at_on-year": str(on.year)}
    keeping = {"kept": f"closes_at {on:%Y-%m-%d}"}  # where schools are closed on that day
    return day | keeping | {"closes_at_time": "5pm", "reason": "Floods in the region"} | more


def test_hub_is_given_more_time(ncetm, round) -> None:
    hub = HubPlacesFactory(cohort=round.cohort).hub
    on = clock.london(round.closes_at + 7 * DAY)
    answer = ncetm.post(page(round, "give/"), typed(on, whose="hub", hub=str(hub.pk)), follow=True)
    assert answer.redirect_chain == [(page(round), 302)]
    given = Extension.objects.get()
    assert (given.hub, given.applicant, given.reason) == (hub, None, "Floods in the region")
    assert clock.london(given.closes_at).replace(tzinfo=None) == datetime.combine(on.date(), time(17))
    [line] = answer.context["table"].rows
    assert (line.get_cell("whose"), line.get_cell("by")) == (str(hub), given.by)
    assert "In force" in line.get_cell("standing")


@pytest.mark.parametrize("named_by", ["reference", "email", "lower reference"])
def test_one_applicant_is_given_more_time(named_by, ncetm, round) -> None:
    application = ApplicationFactory(round=round)
    name = {
        "reference": application.reference,
        "lower reference": f" {application.reference.lower()} ",
        "email": application.applicant.email.upper(),
    }[named_by]
    on = clock.london(round.closes_at + 7 * DAY)
    ncetm.post(page(round, "give/"), typed(on, whose="applicant", applicant=name))
    assert Extension.objects.get().applicant == application.applicant


BAD = {
    "nobody of that name": ({"whose": "applicant", "applicant": "nobody@school.example"}, "applicant"),
    "another round's reference": ({"whose": "applicant", "applicant": "other"}, "applicant"),
    "no hub": ({"whose": "hub", "hub": ""}, "hub"),
    "neither": ({}, "whose"),
    "no reason": ({"reason": "  "}, "reason"),
    "NUL in the reason": ({"reason": "a\x00b"}, "reason"),
    "a time that is none": ({"closes_at_time": "25:00"}, "closes_at_time"),
    "a day without a time": ({"closes_at_time": ""}, "closes_at_time"),
    "a time without a day": ({f"closes_at_on-{part}": "" for part in ("day", "month", "year")}, "closes_at_on"),
    "a day before the deadline": ({"closes_at_on-year": "2020"}, "closes_at_on"),
    "a day that is none": ({"closes_at_on-day": "31", "closes_at_on-month": "2"}, "closes_at_on"),
}


@pytest.mark.parametrize(("change", "field"), BAD.values(), ids=BAD)
def test_bad_input_is_told_and_kept(change, field, ncetm, round) -> None:
    hub = HubPlacesFactory(cohort=round.cohort).hub
    if change.get("applicant") == "other":
        change = change | {"applicant": ApplicationFactory().reference}
    post = typed(clock.london(round.closes_at + 7 * DAY))
    post |= {"whose": "hub", "hub": str(hub.pk)} if field not in ("whose", "applicant") else {}
    answer = ncetm.post(page(round, "give/"), post | change)
    assert list(answer.context["form"].errors) == [field]
    assert not Extension.objects.exists()
    if field != "reason":
        assert "Floods in the region" in answer.content.decode()


def test_mistake_is_taken_back_on_its_page(ncetm, round) -> None:
    application = ApplicationFactory(round=round)
    extension = ExtensionFactory(round=round, hub=application.hub)
    place = page(round, f"{extension.pk}/take-back/")
    assert ncetm.get(page(round)).content.decode().count(place) == 1
    answer = ncetm.post(place, {"reason": "It was for another hub"}, follow=True)
    assert answer.redirect_chain == [(page(round), 302)]
    extension.refresh_from_db()
    assert extension.cancel_reason == "It was for another hub"
    assert place not in answer.content.decode()
    assert ncetm.get(place, follow=True).redirect_chain == [(page(round), 302)]


def test_page_says_when_it_can_no_longer_be_taken_back(client, round, time_machine) -> None:
    application = ApplicationFactory(round=round)
    extension = ExtensionFactory(round=round, hub=application.hub)
    time_machine.move_to(round.closes_at + DAY)
    client.force_login(UserFactory(ncetm=True))
    place = page(round, f"{extension.pk}/take-back/")
    assert "<form" in client.get(place).content.decode().split("<main")[1]
    Application.objects.update(saved_at=clock.now())
    answer = client.get(place).content.decode().split("<main")[1]
    assert "<form" not in answer
    assert "already used the extra time" in answer


@pytest.mark.parametrize("place", ["", "give/", "{pk}/take-back/"])
def test_nobody_else_finds_the_pages(place, client, round) -> None:
    extension = ExtensionFactory(round=round)
    client.force_login(UserFactory(hub_lead=extension.hub))
    place = page(round, place.format(pk=extension.pk))
    assert client.get(place).status_code == 404
    client.force_login(UserFactory(ncetm=True))
    assert client.get(place).status_code == 200


def test_extension_of_another_round_is_not_found(ncetm, round) -> None:
    assert ncetm.get(page(round, f"{ExtensionFactory().pk}/take-back/")).status_code == 404


def test_list_has_constant_queries(ncetm, round, django_assert_num_queries) -> None:
    ncetm.get(page(round))
    for count in (1, 30):
        ExtensionFactory.create_batch(count, round=round)
        with django_assert_num_queries(8):
            ncetm.get(page(round))


def test_hub_sees_its_own_until_it_is_over(client, round, time_machine) -> None:
    extension = ExtensionFactory(round=round, reason="Floods in the region")
    lead = UserFactory(hub_lead=extension.hub)
    client.force_login(lead)
    place = f"/hub/{extension.hub.slug}/applications/"
    assert client.get(place).context["extensions"] == [extension]
    time_machine.move_to(extension.closes_at)
    client.force_login(lead)
    assert client.get(place).context["extensions"] == []
    other = UserFactory(hub_lead=True)
    client.force_login(other)
    slug = other.memberships.get().hub.slug
    assert client.get(f"/hub/{slug}/applications/").context["extensions"] == []


def test_applicant_writes_on_after_the_round_has_closed_for_others(client, round, time_machine) -> None:
    application, other = ApplicationFactory.create_batch(2, round=round)
    extension = ExtensionFactory(round=round, hub=application.hub)
    time_machine.move_to(round.closes_at + DAY)
    for each, template in ((application, "application_draft.html"), (other, "application_status.html")):
        client.force_login(each.applicant)
        shown = client.get(url(each))
        assert f"applications/{template}" in [t.name for t in shown.templates]
    client.force_login(application.applicant)
    assert client.get(url(application, "about")).status_code == 200
    time_machine.move_to(extension.closes_at)
    assert client.get(url(application, "about")).status_code == 302


def test_teacher_begins_late_at_a_hub_with_more_time_and_no_other(client, round, time_machine) -> None:
    near, far = SchoolFactory.create_batch(2)
    hub = HubAreaFactory(authority=near.authority).hub
    HubAreaFactory(authority=far.authority)
    ExtensionFactory(round=round, hub=hub)
    time_machine.move_to(round.closes_at + DAY)
    client.force_login(UserFactory())
    place = f"/applications/start/{round.code}/"
    assert str(hub) in client.get(place).content.decode()
    post = {"document": str(round.current_document.pk), "read": "on"}
    answer = client.post(place, post | {"school": str(far.urn)})
    assert list(answer.context["form"].errors) == ["school"]
    assert not Application.objects.exists()
    client.post(place, post | {"school": str(near.urn)})
    begun = Application.objects.get()
    assert (begun.school, begun.hub, begun.state) == (near, hub, State.DRAFT)
    assert not Email.objects.exists()


def test_day_when_schools_are_closed_is_kept_by_a_tick(client, time_machine) -> None:
    time_machine.move_to(datetime(2027, 2, 1, 12, tzinfo=clock.LONDON))
    client.force_login(UserFactory(ncetm=True))
    ncetm = client
    round = RoundFactory(complete=True)
    hub = HubPlacesFactory(cohort=round.cohort).hub
    to = {"whose": "hub", "hub": str(hub.pk)}
    easter_monday, thursday = (datetime(2027, month, day, tzinfo=clock.LONDON) for month, day in ((3, 29), (3, 11)))

    asked = ncetm.post(page(round, "give/"), typed(easter_monday, **to, kept=""))
    [(key, words)] = asked.context["form"].fields["kept"].choices
    assert "Easter Monday" in words
    assert list(asked.context["form"].errors) == ["kept"]
    assert not Extension.objects.exists()
    ncetm.post(page(round, "give/"), typed(thursday, **to, kept=""))
    assert Extension.objects.get().closes_at.day == 11
    ncetm.post(page(round, "give/"), typed(easter_monday, **to, kept=key))
    assert Extension.objects.count() == 2
