"""The shell stands on its own: error pages have no request, every page keeps to the Content-Security-Policy."""

import re
from typing import Any

import brotli
import pytest
from django.conf import settings
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template import Context, Template
from django.template.loader import render_to_string

from mastery_hub.common.forms.base import GovukForm
from tests.common.markup import flat

EVERY_TEMPLATE = sorted((settings.BASE_DIR / "templates").rglob("*.html"))
TEMPLATES = [path for path in EVERY_TEMPLATE if "email" not in path.parts]  # mail programs know inline styles alone
FIRST_VISIT = (
    "css/app.css",
    "fonts/source-sans-3.woff2",
    "images/favicon.svg",
    "js/app.js",
    "js/enabled.js",
    "js/govuk-frontend.js",
)
BUILT = settings.BASE_DIR / "build" / "static"


def page(content: str = "", **context: Any) -> str:
    source = '{% extends "base.html" %}{% block title %}Your school{% endblock %}{% block content %}' + content
    return flat(Template(source + "{% endblock %}").render(Context(context)))


def include(name: str, **context: Any) -> str:
    return flat(render_to_string(f"components/{name}.html", context))


@pytest.mark.parametrize("code", ["400", "403", "403_csrf", "404", "500"])
def test_error_page_needs_nothing_and_says_what_to_do(code: str):
    html = render_to_string(f"{code}.html")

    assert html.count("<h1") == 1
    assert '<a class="govuk-link" href="/">' in html


def test_pages_have_title_language_skip_link_and_footer():
    html = page()

    assert "<title>Your school – Mastery Hub</title>" in html
    assert '<html lang="en"' in html
    assert 'href="#main-content"' in html
    for address in ("/privacy/", "/accessibility/", "/cookies/"):
        assert f'href="{address}"' in html


def test_title_tells_of_an_error_and_the_summary_stands_before_the_content():
    form = type("NameForm", (GovukForm,), {})({})
    form.add_error(None, "Nothing was <saved>")

    html = page("<h1>Your school</h1>", form=form)

    assert "<title>Error: Your school – Mastery Hub</title>" in html
    assert html.index("Nothing was &lt;saved&gt;") < html.index("<h1>Your school</h1>")


def test_title_tells_of_no_error_while_there_is_none():
    assert "<title>Your school – Mastery Hub</title>" in page(form=type("NameForm", (GovukForm,), {})())


def test_navigation_marks_where_one_is_and_signing_out_is_a_post():
    html = page(
        nav=[{"text": "Home", "href": "/"}, {"text": "Rounds", "href": "/rounds/", "current": True}],
        account_links=[{"text": "Ann"}, {"text": "Sign out", "href": "/out/", "post": True}],
    )

    assert html.count('aria-current="true"') == 1
    assert 'href="/rounds/" aria-current="true"' in html
    assert '<form method="post" action="/out/">' in html


def test_demo_ribbon_is_there_in_the_demo_only():
    assert 'href="/demo/"' in page(demo=True)
    assert "/demo/" not in page(demo=False)
    assert "fictional" not in page()


@pytest.mark.parametrize(
    ("level", "role", "title"),
    [
        (constants.SUCCESS, "alert", "Success"),
        (constants.ERROR, "alert", "There is a problem"),
        (constants.INFO, "region", "Important"),
        (constants.WARNING, "region", "Important"),
    ],
)
def test_message_takes_the_focus_only_where_it_answers_a_press(level: int, role: str, title: str):
    html = page(messages=[Message(level, "Saved <b>")])

    assert f'role="{role}" aria-labelledby="message-1"' in html
    assert f'id="message-1">{title}</h2>' in html
    assert "Saved &lt;b&gt;" in html


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: str(path.relative_to(settings.BASE_DIR)))
def test_template_keeps_to_the_content_security_policy(path: Any):
    source = path.read_text()

    assert re.findall(r"\sstyle=|<style|\son\w+=|javascript:", source) == []
    assert [tag for tag in re.findall(r"<script[^>]*>", source) if "src=" not in tag] == []


def test_first_visit_weighs_less_than_100_kilobytes():
    if not BUILT.is_dir():
        pytest.skip("The assets are not built: run `manage.py build_assets` first")
    files = [(BUILT / name).read_bytes() for name in FIRST_VISIT]
    content = include("summary_list", rows=[{"key": "School", "value": "Oak Primary School"}] * 40)

    weight = sum(len(brotli.compress(each)) for each in [*files, page(content).encode()])

    assert weight < 100_000


# Components


def test_summary_list_shows_values_links_and_what_is_missing():
    html = include(
        "summary_list",
        rows=[
            {"key": "School", "value": "Oak\nURN 1", "href": "/school/", "hidden": "your school"},
            {"key": "Days", "value": 0},
            {"key": "TRN", "value": "", "missing": "Not needed yet"},
        ],
    )

    assert "Oak<br>URN 1</dd>" in html
    assert 'href="/school/">Change<span class="govuk-visually-hidden">your school</span></a>' in html
    assert '<dd class="govuk-summary-list__value">0</dd>' in html
    assert "Not needed yet" in html


def test_task_list_links_what_can_be_done_and_describes_each_link_by_its_status():
    tasks = [
        {"name": "Your school", "hint": "Name or URN", "href": "/school/", "status": "Not started", "colour": "blue"},
        {"name": "Submit", "status": "Cannot start yet"},
    ]

    html = include("task_list", groups=[{"title": "About you", "tasks": tasks}])

    assert 'href="/school/" aria-describedby="task-1-1-hint task-1-1-status">Your school</a>' in html
    assert 'id="task-1-1-status"><strong class="govuk-tag govuk-tag--blue">Not started</strong>' in html
    assert "<div>Submit</div>" in html


def test_page_header_components_escape_their_words():
    html = include("page_header", title="<i>", tag="<b>", actions=[{"text": "<u>", "href": "/x/"}])

    assert re.findall(r"<[iub]>", html) == []
    assert 'class="govuk-button" data-module="govuk-button">&lt;u&gt;</a>' in html


def test_print_button_is_hidden_from_those_it_cannot_serve():
    assert include("print_button").endswith("data-print hidden>Print this page</button>")
