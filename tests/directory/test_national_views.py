from datetime import date

import pytest
from django.urls import reverse

from mastery_hub.directory.models import MathsHub
from tests.factories.accounts import UserFactory
from tests.factories.directory import (
    HubAreaFactory,
    HubPageBlockFactory,
    LocalAuthorityFactory,
    MathsHubFactory,
    RegionFactory,
)
from tests.threads import overtaken

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub():
    return MathsHubFactory(name="Great Sums", slug="great-sums", email="")


@pytest.fixture
def ncetm(client):
    client.force_login(UserFactory(ncetm=True))
    return client


def text(response) -> str:
    return " ".join(response.content.decode().split())


def errors(response) -> dict:
    return dict(response.context["form"].errors)


@pytest.mark.parametrize(
    ("route", "args"),
    [
        ("national_hub_list", []),
        ("national_hub_add", []),
        ("national_hub", ["great-sums"]),
        ("national_hub_details", ["great-sums"]),
        ("national_hub_neighbours", ["great-sums"]),
        *((f"national_area_{kind}", ["great-sums", 1]) for kind in ("move", "end", "keep", "remove")),
        ("national_area_add", ["great-sums"]),
        ("national_authority_list", []),
    ],
)
def test_national_pages_are_ncetms_alone(client, hub, route, args):
    HubAreaFactory(pk=1, hub=hub)
    address = reverse(route, args=args)

    assert client.get(address).status_code == 302
    client.force_login(UserFactory(hub_lead=hub))
    assert client.get(address).status_code == 404
    client.force_login(UserFactory(ncetm=True))
    assert client.get(address).status_code == 200


def test_hub_list_filters_by_name_and_region(ncetm, hub):
    MathsHubFactory(name="Other Sums")

    page = text(ncetm.get(reverse("national_hub_list"), {"q": "great", "region": hub.region_id}))

    assert "1 hub" in page
    assert "Great Sums" in page
    assert "Other Sums" not in page


def test_hub_list_sorts_capitals_among_the_others(ncetm):
    for name in ("Cambridge", "CODE", "Central"):
        MathsHubFactory(name=name)

    for sort, names in (("name", ["Cambridge", "Central", "CODE"]), ("-name", ["CODE", "Central", "Cambridge"])):
        page = ncetm.get(reverse("national_hub_list"), {"sort": sort})
        assert [row.record.name for row in page.context["table"].rows] == names
    assert [hub.name for hub in MathsHub.objects.all()] == ["Cambridge", "Central", "CODE"]


def test_authorities_without_a_hub_can_be_listed(ncetm):
    HubAreaFactory(authority__name="Fictionshire")
    HubAreaFactory(authority__name="Lapsedshire", until_on=date(2021, 9, 1))
    LocalAuthorityFactory(name="Newshire")

    page = text(ncetm.get(reverse("national_authority_list"), {"hub": "no"}))

    assert "2 authorities" in page
    assert "Fictionshire" not in page
    assert page.count("No hub") == 2
    assert "1 authority" in text(ncetm.get(reverse("national_authority_list"), {"hub": "yes"}))


def test_empty_list_says_whether_filters_made_it_so(ncetm):
    empty, filtered = (text(ncetm.get(reverse("national_authority_list"), query)) for query in ({}, {"hub": "no"}))

    assert ("Nothing to show yet." in empty, "No authority matches the filters." in empty) == (True, False)
    assert ("Nothing to show yet." in filtered, "No authority matches the filters." in filtered) == (False, True)


def test_hub_details_are_changed_and_its_address_stays(ncetm, hub):
    HubAreaFactory(hub=hub)
    form = {
        "name": "Greater Sums",
        "region": hub.region_id,
        "email": "info@sums.example",
        "website": "sums.example",
        "telephone": "01632 960 001",
        "opened_on-day": "1",
        "opened_on-month": "9",
        "opened_on-year": "2020",
    }

    response = ncetm.post(reverse("national_hub_details", args=["great-sums"]), form, follow=True)

    hub.refresh_from_db()
    assert (hub.name, hub.slug, hub.email, hub.website, hub.opened_on) == (
        "Greater Sums", "great-sums", "info@sums.example", "https://sums.example", date(2020, 9, 1),
    )  # fmt: skip
    assert hub.history.get().name == "Great Sums"
    assert "Your changes are saved." in text(response)
    assert "1 September 2020" in text(response)


def test_hub_details_show_every_problem_and_keep_what_was_typed(ncetm, hub):
    form = {
        "name": "",
        "region": hub.region_id,
        "email": "x",
        "opened_on-day": "1",
        "opened_on-month": "9",
        "opened_on-year": "2020",
        "closed_on-day": "31",
        "closed_on-month": "8",
        "closed_on-year": "2020",
    }

    response = ncetm.post(reverse("national_hub_details", args=["great-sums"]), form)

    assert errors(response) == {
        "name": ["Enter name"],
        "email": ["Enter an email address in the correct format, like name@example.com"],
        "__all__": ["The closing date must be after the opening date"],
    }
    assert 'value="x"' in text(response)


@pytest.mark.parametrize(
    ("until_on", "error"),
    [
        (None, "The hub still has Fictionshire on that day: move or end its areas first"),
        (date(2028, 9, 2), "The hub still has Fictionshire on that day: move or end its areas first"),
        (date(2028, 9, 1), None),
    ],
)
def test_hub_closes_once_its_areas_have_ended(ncetm, hub, until_on, error):
    HubAreaFactory(hub=hub, authority__name="Fictionshire", until_on=until_on)
    form = {"name": "Great Sums", "region": hub.region_id}
    closing = {"closed_on-day": "1", "closed_on-month": "9", "closed_on-year": "2028"}

    response = ncetm.post(reverse("national_hub_details", args=["great-sums"]), form | closing)

    hub.refresh_from_db()
    if error:
        assert errors(response) == {"closed_on": [error]}
        assert hub.closed_on is None
    else:
        assert hub.closed_on == date(2028, 9, 1)


def test_hub_that_closed_with_an_area_long_ago_can_still_be_edited(ncetm):
    hub = HubAreaFactory(hub__slug="old-sums", hub__closed_on=date(2021, 9, 1)).hub
    closed = {"closed_on-day": "1", "closed_on-month": "9", "closed_on-year": "2021"}

    ncetm.post(
        reverse("national_hub_details", args=["old-sums"]), {"name": "Older Sums", "region": hub.region_id} | closed
    )

    hub.refresh_from_db()
    assert (hub.name, hub.closed_on) == ("Older Sums", date(2021, 9, 1))


def test_hub_is_added_and_gets_an_address(ncetm):
    region = RegionFactory()

    response = ncetm.post(reverse("national_hub_add"), {"name": "New & Sums", "region": region.pk})
    again = ncetm.post(reverse("national_hub_add"), {"name": "New Sums", "region": region.pk})

    assert MathsHub.objects.get().slug == "new-sums"
    assert response.url == reverse("national_hub", args=["new-sums"])
    assert errors(again) == {"name": ["Another hub has this name or had it once: choose a different one"]}


def test_neighbours_are_set_for_both(ncetm, hub):
    old, new, closed = MathsHubFactory(), MathsHubFactory(), MathsHubFactory(closed_on=date(2021, 9, 1))
    hub.neighbours.add(old)

    ncetm.post(reverse("national_hub_neighbours", args=["great-sums"]), {"neighbours": [new.pk]})

    assert (list(hub.neighbours.all()), list(new.neighbours.all()), old.neighbours.count()) == ([new], [hub], 0)
    for wrong in (hub.pk, closed.pk):
        response = ncetm.post(reverse("national_hub_neighbours", args=["great-sums"]), {"neighbours": [wrong]})
        assert list(errors(response)) == ["neighbours"]


# The hub's own page


@pytest.mark.parametrize(
    ("who", "status"), [({"hub_lead": True}, 200), ({"hub_reviewer": True}, 404), ({"ncetm": True}, 200), ({}, 404)]
)
@pytest.mark.parametrize("route", ["hub_page_edit", "hub_block_edit"])
def test_page_is_edited_by_its_lead_and_ncetm(client, hub, who, status, route):
    client.force_login(UserFactory(**{role: hub if role.startswith("hub") else True for role in who}))

    assert client.get(reverse(route, args=["great-sums", *(["why"] if "block" in route else [])])).status_code == status


def test_page_of_another_hub_is_not_found(client, hub):
    client.force_login(UserFactory(hub_lead=True))

    assert client.get(reverse("hub_page_edit", args=["great-sums"])).status_code == 404


def test_block_is_previewed_without_being_saved(client, hub):
    client.force_login(UserFactory(hub_lead=hub))
    HubPageBlockFactory(hub=hub, kind="why", body="Before")

    page = text(
        client.post(
            reverse("hub_block_edit", args=["great-sums", "why"]), {"body": "**After** <script>", "preview": "1"}
        )
    )

    assert "<strong>After</strong> &lt;script&gt;" in page
    assert hub.blocks.get().body == "Before"


def test_block_is_saved_with_the_day(client, hub):
    client.force_login(UserFactory(hub_lead=hub))
    block = HubPageBlockFactory(hub=hub, kind="why", body="Before")

    response = client.post(reverse("hub_block_edit", args=["great-sums", "why"]), {"body": "After"}, follow=True)

    saved = hub.blocks.get()
    assert (saved.body, saved.updated_at > block.updated_at) == ("After", True)
    assert "“Why is this needed?” is saved and can be read now." in text(response)


def test_block_may_be_emptied_or_begun(client, hub):
    client.force_login(UserFactory(hub_lead=hub))

    client.post(reverse("hub_block_edit", args=["great-sums", "funding"]), {"body": ""})
    client.post(reverse("hub_block_edit", args=["great-sums", "why"]), {"body": "Because"})

    assert dict(hub.blocks.values_list("kind", "body")) == {"funding": "", "why": "Because"}
    assert client.get(reverse("hub_block_edit", args=["great-sums", "else"])).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_block_begun_by_two_at_once_keeps_what_both_typed(client, hub):
    client.force_login(UserFactory(hub_lead=hub))
    path = reverse("hub_block_edit", args=["great-sums", "why"])

    response = overtaken(
        lambda: client.post(path, {"body": "Mine"}),
        by=lambda: HubPageBlockFactory(hub=hub, kind="why", body="A colleague’s"),
    )

    assert [message[:50] for message in response.context["form"].non_field_errors()] == [
        "A colleague saved a text for this part in the same"
    ]
    assert (response.context["form"]["body"].value(), hub.blocks.get().body) == ("Mine", "A colleague’s")
    client.post(path, {"body": "Mine"})
    assert hub.blocks.get().body == "Mine"
