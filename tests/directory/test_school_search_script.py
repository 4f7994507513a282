"""Search as you type in a real browser: by keyboard, by mouse, without a script, without an answer."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Locator, Page, Route, expect

from mastery_hub.directory.models import School
from tests.factories.applications import ApplicationFactory
from tests.factories.directory import MathsHubFactory, SchoolFactory

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.journey]
PHONE, LAPTOP = 360, 1280
LABEL = "Larkmoor Primary School, Halifax"
SUGGESTIONS = "**/schools/suggestions/**"


@pytest.fixture
def larkmoor() -> School:
    SchoolFactory(name="Larkmoor Infant School", town="Halifax", postcode="HX1 1AB", closed=True)
    SchoolFactory(name="Beckside <b>& Sons</b>", town="Leeds", postcode="LS1 1AA")
    return SchoolFactory(
        urn=912345, name="Larkmoor Primary School", town="Halifax", postcode="HX1 1AA", in_hub=MathsHubFactory()
    )


@pytest.fixture
def application(larkmoor: School) -> Any:
    return ApplicationFactory(placed=False)


@pytest.fixture
def applicants_page(application: Any, browse: Callable[..., Page], settings: Any) -> Callable[..., Page]:
    """The application's school page as its applicant has it."""

    def opened(**options: Any) -> Page:
        page, client = browse(**options), Client()
        client.force_login(application.applicant)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": settings.SITE_URL}])
        page.goto(reverse("application_school", args=[application.reference]))
        return page

    return opened


def field_of(page: Page) -> Locator:
    return page.get_by_role("combobox")


def listed(page: Page) -> list[str]:
    return page.get_by_role("option").all_inner_texts()


@pytest.mark.parametrize("width", [PHONE, LAPTOP])
@pytest.mark.parametrize("path", ["/schools/", "/find-your-hub/"])
def test_typing_lists_schools_and_enter_goes_to_one(
    browse: Callable[..., Page], axe: Callable[[Page], None], larkmoor: School, path: str, width: int
) -> None:
    page = browse(width=width)
    page.goto(path)
    axe(page)

    field_of(page).press_sequentially("larkm")
    expect(page.get_by_role("option")).to_have_count(2)
    assert listed(page) == [
        f"Larkmoor Primary School\nPrimary · Halifax, HX1 1AA · {larkmoor.authority} · URN 912345",
        listed(page)[1],
    ]
    assert listed(page)[1].startswith("Larkmoor Infant School Closed\n")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("option").first).to_be_focused()
    axe(page)
    page.keyboard.press("Enter")

    expect(page).to_have_url("/find-your-hub/912345/")


def test_clicking_a_school_goes_to_it(page: Page, larkmoor: School) -> None:
    page.goto("/find-your-hub/")
    field_of(page).press_sequentially("larkm")
    page.get_by_role("option").first.click()

    expect(page).to_have_url("/find-your-hub/912345/")


def test_enter_in_the_field_searches_even_while_the_list_is_open(page: Page, larkmoor: School) -> None:
    page.goto("/schools/")
    field_of(page).press_sequentially("larkm")
    expect(page.get_by_role("option")).to_have_count(2)
    page.keyboard.press("Enter")

    expect(page).to_have_url("/schools/?q=larkm")
    expect(page.get_by_role("heading", name="2 schools found")).to_be_visible()
    expect(field_of(page)).to_have_value("larkm")
    field_of(page).focus()
    page.wait_for_timeout(500)
    assert listed(page) == []  # what is searched for already is not listed again


def test_names_are_shown_as_they_are(page: Page, larkmoor: School) -> None:
    page.goto("/schools/")
    field_of(page).press_sequentially("beckside")

    expect(page.get_by_role("option")).to_contain_text("Beckside <b>& Sons</b>")


def test_screen_readers_are_told_hint_error_and_results(page: Page, larkmoor: School) -> None:
    page.goto("/schools/?q=la")
    field = field_of(page)
    described = "Name, town, postcode or URN"
    expect(field).to_have_accessible_description(
        "Name, town, postcode or URN Error: Enter at least 3 letters or numbers"
    )
    expect(field).to_have_accessible_name("Find a school")

    field.fill("")
    assert field.evaluate("input => input.ariaDescribedByElements?.length ?? 3") == 3
    field.press_sequentially("larkm")
    expect(page.get_by_role("status").filter(has_text="2 schools found.")).to_have_count(1)
    field.fill("larkmore")
    expect(
        page.get_by_role("status").filter(has_text="Nothing found for “larkmore”. 2 schools like it.")
    ).to_have_count(1)
    field.fill("nowhere")
    expect(page.get_by_role("status").filter(has_text="No school found for “nowhere”")).to_have_count(1)
    field.fill("no")
    expect(page.get_by_role("status").filter(has_text="Type 3 or more letters or numbers")).to_have_count(1)
    assert described in page.locator("main").inner_text()


def test_schools_like_it_are_listed_as_such(page: Page, larkmoor: School) -> None:
    page.goto("/schools/")
    field_of(page).press_sequentially("larkmore halifx")
    expect(page.get_by_role("option")).to_have_count(2)

    above = page.get_by_role("listbox").evaluate("list => getComputedStyle(list, '::before').content")
    assert above == '"Nothing found for “larkmore halifx”. Schools like it:"'
    field_of(page).fill("larkm")
    expect(page.get_by_role("option").first).to_be_visible()
    page.wait_for_timeout(400)
    assert page.get_by_role("listbox").evaluate("list => getComputedStyle(list, '::before').content") == "none"


def test_nothing_found_is_said_below_the_field(page: Page, larkmoor: School) -> None:
    page.goto("/schools/")
    field_of(page).press_sequentially("nowhere")

    expect(page.locator("main p", has_text="No school found for “nowhere”")).to_be_visible()
    assert listed(page) == []


def test_typing_asks_once_it_pauses_and_never_for_too_little(page: Page, larkmoor: School) -> None:
    asked: list[str] = []
    page.on("request", lambda request: "suggestions" in request.url and asked.append(request.url.partition("?")[2]))
    page.clock.install()  # however slow the machine, the typing is quick
    page.goto("/schools/")
    page.clock.pause_at(page.evaluate("Date.now()") + 60_000)

    for typed in ("lark", "larkm", "larkmoor"):
        field_of(page).fill(typed)
        page.clock.run_for(150)
    page.clock.run_for(50)
    expect(page.get_by_role("option")).to_have_count(2)
    field_of(page).fill("la")
    page.clock.run_for(500)

    assert asked == ["q=larkmoor"]
    assert listed(page) == []


@pytest.mark.parametrize(
    ("typed", "said"),
    [("%%%%", "Type 3 or more letters or numbers"), ("x" * 150, "Your search must be 100 characters or fewer")],
)
def test_what_cannot_be_searched_for_is_said_in_the_words_of_the_search(page: Page, typed: str, said: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: "suggestions" in request.url and asked.append(request.url))
    page.goto("/schools/")

    field_of(page).fill(typed)

    expect(page.locator(".app-school-search__said")).to_contain_text(said)
    page.wait_for_timeout(400)
    assert asked == []


# What goes wrong on the way


def test_answers_out_of_order_are_ignored(page: Page, larkmoor: School) -> None:
    """The first question is answered last."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if route.request.url.endswith("q=becks"):
            held.append(route)
        else:
            route.continue_()

    page.route(SUGGESTIONS, hold)
    page.goto("/schools/")
    field_of(page).press_sequentially("becks")
    page.wait_for_timeout(400)
    assert len(held) == 1
    field_of(page).fill("larkm")
    expect(page.get_by_role("option")).to_have_count(2)
    held[0].fulfill(json={"alike": False, "schools": []})
    page.wait_for_timeout(300)

    assert [text.splitlines()[0] for text in listed(page)] == [
        "Larkmoor Primary School",
        "Larkmoor Infant School Closed",
    ]


def test_answer_after_leaving_the_field_opens_no_list(page: Page, larkmoor: School) -> None:
    held: list[Route] = []
    page.route(SUGGESTIONS, lambda route: held.append(route))
    page.goto("/schools/")
    field_of(page).press_sequentially("larkm")
    page.wait_for_timeout(400)
    page.keyboard.press("Tab")
    held[0].fulfill(json={"alike": False, "schools": [{"urn": 1, "name": "Late", "label": "Late", "href": "/"}]})
    page.wait_for_timeout(300)

    assert page.get_by_role("option").count() == 0


@pytest.mark.parametrize(
    "answer",
    [
        "Promise.reject(new TypeError('Failed to fetch'))",
        "Promise.resolve(new Response('{}', {status: 503}))",
        "Promise.resolve(new Response('<html>'))",
    ],
    ids=["no network", "an error", "no JSON"],
)
def test_search_that_does_not_answer_says_what_to_press(page: Page, larkmoor: School, answer: str) -> None:
    """The browser is told to fail: a true failure is logged as an error, which no page here may have."""
    page.goto("/schools/")
    page.evaluate(f"() => {{ window.fetch = () => {answer} }}")
    field_of(page).press_sequentially("larkm")

    said = "Search is not answering: press “Search” instead"
    expect(page.locator("main p", has_text=said)).to_be_visible()
    expect(page.get_by_role("status").filter(has_text=said)).to_have_count(1)
    page.get_by_role("button", name="Search").click()
    expect(page).to_have_url("/schools/?q=larkm")
    expect(page.get_by_role("heading", name="2 schools found")).to_be_visible()


# Choosing in a form


@pytest.mark.parametrize("width", [PHONE, LAPTOP])
def test_choosing_fills_the_form(
    applicants_page: Callable[..., Page], axe: Callable[[Page], None], application: Any, larkmoor: School, width: int
) -> None:
    page = applicants_page(width=width)
    button = page.locator("main form button[type=submit]")
    expect(button).to_have_text("Search")
    axe(page)

    field_of(page).press_sequentially("larkm")
    expect(page.get_by_role("option")).to_have_count(2)
    axe(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")

    expect(field_of(page)).to_have_value(LABEL)
    expect(field_of(page)).to_be_focused()
    expect(page.locator("[name=school]")).to_have_value("912345")
    expect(button).to_have_text("Choose this school")
    axe(page)
    button.click()
    expect(page.get_by_text("Home hub")).to_be_visible()
    application.refresh_from_db()
    assert application.school == larkmoor


def test_typing_after_choosing_unchooses(applicants_page: Callable[..., Page], application: Any) -> None:
    page = applicants_page()
    field_of(page).press_sequentially("larkm")
    page.get_by_role("option").first.click()
    expect(page.locator("[name=school]")).to_have_value("912345")

    field_of(page).press_sequentially(" Upper")

    expect(page.locator("[name=school]")).to_have_value("")
    button = page.locator("main form button[type=submit]")
    expect(button).to_have_text("Search")
    button.click()
    expect(page.get_by_text("Schools like it:")).to_be_visible()
    application.refresh_from_db()
    assert application.school is None


def test_school_chosen_is_still_there_when_the_form_comes_back(
    applicants_page: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    page = applicants_page()
    field_of(page).press_sequentially("larkm")
    page.get_by_role("option").nth(1).click()
    expect(page.locator(".app-school-search__said")).to_contain_text("Larkmoor Infant School, Halifax is closed.")
    page.get_by_role("button", name="Choose this school").click()

    expect(page.get_by_role("heading", name="There is a problem")).to_be_visible()
    expect(field_of(page)).to_have_value("Larkmoor Infant School, Halifax")
    expect(page.get_by_role("button", name="Choose this school")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Choose the school that took its place").click()
    expect(field_of(page)).to_be_focused()


def test_typing_anew_takes_the_radios_away(applicants_page: Callable[..., Page], axe: Callable[[Page], None]) -> None:
    page = applicants_page()
    field_of(page).press_sequentially("larkm")
    page.keyboard.press("Enter")
    page.get_by_role("radio", name="Larkmoor Primary School").check()
    axe(page)

    field_of(page).press_sequentially("oo")

    expect(page.get_by_role("radio")).to_have_count(0)
    expect(page.locator("[name=school]")).to_have_value("")
    expect(page.locator("main form button[type=submit]")).to_have_text("Search")


def test_without_a_script_the_same_form_searches_and_chooses(
    applicants_page: Callable[..., Page], axe: Callable[[Page], None], application: Any, larkmoor: School
) -> None:
    page = applicants_page(width=PHONE, java_script_enabled=False)
    page.get_by_label("Which school do you work in?").fill("larkmore")
    page.get_by_role("button", name="Search").click()
    page.get_by_label("Larkmoor Primary School").check()
    page.get_by_role("button", name="Choose this school").click()

    expect(page.get_by_text("Home hub")).to_be_visible()
    application.refresh_from_db()
    assert application.school == larkmoor
