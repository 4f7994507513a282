from typing import Any
from urllib.parse import quote

import django_tables2
import pytest
from django.template import Context, Template

from mastery_hub.common.tables import NumberColumn, Rows, Table, TagColumn
from mastery_hub.directory.models import School
from tests.common.markup import flat
from tests.factories.directory import SchoolFactory


class PlaceTable(Table):
    caption = "Places <b>"
    noun = "place", "places"
    nothing = "No places yet."
    per_page = 2

    name = django_tables2.Column(linkify=lambda record: f"/places/{record['name']}/")
    state = TagColumn(colours={"Open": "green"})
    taken = NumberColumn()


def rows(number: int) -> list[dict[str, Any]]:
    return [{"name": f"Hub {index}", "state": "Open" if index else "Closed", "taken": index} for index in range(number)]


def render(rf: Any, data: list[dict[str, Any]], query: str = "") -> str:
    request = rf.get(f"/list/{query}")
    table = PlaceTable(data)
    django_tables2.RequestConfig(request).configure(table)
    template = Template("{% load django_tables2 %}{% render_table table %}")
    return flat(template.render(Context({"table": table, "request": request})))


@pytest.fixture(autouse=True)
def bare_context(settings: Any) -> None:
    """The table needs the request and nothing else of the shell."""
    templates = settings.TEMPLATES[0]
    processors = ["django.template.context_processors.request"]
    settings.TEMPLATES = [templates | {"OPTIONS": templates["OPTIONS"] | {"context_processors": processors}}]


class SchoolTable(Table):
    noun = "school", "schools"
    per_page = 2
    town = django_tables2.Column()


@pytest.mark.django_db
def test_rows_that_tie_come_on_one_page_each(rf: Any):
    SchoolFactory.create_batch(7, town="Fictionby")
    shown = []
    for page in (1, 2, 3, 4):
        table = SchoolTable(School.objects.all())
        django_tables2.RequestConfig(rf.get(f"/list/?sort=town&page={page}")).configure(table)
        shown += [row.record.pk for row in table.page]

    assert sorted(shown) == sorted(School.objects.values_list("pk", flat=True))


@pytest.mark.parametrize(
    ("number", "query", "count"),
    [(1, "", "1 place"), (2, "", "2 places"), (5, "?page=2", "Showing 3 to 4 of 5 places")],
)
def test_table_says_how_many_there_are(rf: Any, number: int, query: str, count: str):
    assert f'<p class="govuk-body" role="status">{count}</p>' in render(rf, rows(number), query)


def test_table_without_rows_says_so_and_has_no_head(rf: Any):
    html = render(rf, [])

    assert '<p class="govuk-body">No places yet.</p>' in html
    assert "<table" not in html


def test_table_has_caption_tags_numbers_and_a_name_for_each_row(rf: Any):
    html = render(rf, rows(2))

    assert "Places &lt;b&gt;</caption>" in html
    assert '<th scope="row" class="govuk-table__header"><a href="/places/Hub 0/">Hub 0</a></th>' in html
    assert '<strong class="govuk-tag govuk-tag--grey">Closed</strong>' in html
    assert '<strong class="govuk-tag govuk-tag--green">Open</strong>' in html
    assert '<td class="govuk-table__cell govuk-table__cell--numeric">1</td>' in html


@pytest.mark.parametrize("odd", ["a.b", "--taken", "nothing", "\x85.", "-", ",", "taken__name"])
def test_sorting_by_no_column_is_no_sorting(rf: Any, odd: str):
    assert "aria-sort" not in render(rf, rows(5), f"?sort={quote(odd)}")


def test_sorting_keeps_filters_forgets_the_page_and_is_told_to_screen_readers(rf: Any):
    html = render(rf, rows(5), "?q=x&sort=-taken&page=2")

    assert html.count("aria-sort") == 1
    assert 'aria-sort="descending"><a class="app-table-sort" href="?q=x&amp;sort=taken">Taken</a>' in html
    assert 'href="?q=x&amp;sort=name"' in html


def test_pages_keep_filters_and_order(rf: Any):
    html = render(rf, rows(5), "?q=x&sort=-taken&page=2")

    assert 'href="?q=x&amp;sort=-taken&amp;page=1" rel="prev"' in html
    assert 'href="?q=x&amp;sort=-taken&amp;page=3" rel="next"' in html
    assert 'aria-label="Page 2" aria-current="page"' in html


@pytest.mark.parametrize("query", ["?page=99", "?page=x", "?sort=nothing", "?page=-1&sort=--"])
def test_nonsense_in_the_address_still_gives_a_page(rf: Any, query: str):
    assert "of 5 places" in render(rf, rows(5), query)


@pytest.mark.django_db
@pytest.mark.parametrize(("ahead", "queries"), [(8, 2), (7, 3), (3, 4)])
def test_what_was_searched_for_is_searched_once_unless_it_is_much(
    monkeypatch: Any, rf: Any, ahead: int, queries: int, django_assert_num_queries: Any
):
    monkeypatch.setattr(Rows, "AHEAD", ahead)
    SchoolFactory.create_batch(7, town="Fictionby")
    table = SchoolTable(Rows(School.objects.all(), few=True))

    with django_assert_num_queries(queries):
        django_tables2.RequestConfig(rf.get("/list/?sort=town&page=2")).configure(table)
        shown = [row.record.pk for row in table.page]

    assert table.count == "Showing 3 to 4 of 7 schools"
    assert shown == list(School.objects.order_by("town", "pk").values_list("pk", flat=True)[2:4])
