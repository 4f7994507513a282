from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.template import Context, Template

from mastery_hub.common.templatetags.moments import day, hour, moment, short_day, until


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2027, 5, 28, 8, 0, tzinfo=UTC), "28 May 2027 at 9am"),  # summer time
        (datetime(2027, 1, 8, 17, 30, tzinfo=UTC), "8 January 2027 at 5:30pm"),
        (datetime(2027, 5, 28, 23, 0, tzinfo=UTC), "29 May 2027 at midnight"),  # the next day in London
        (datetime(2027, 1, 8, 12, 0, tzinfo=UTC), "8 January 2027 at midday"),
        (datetime(2027, 1, 8, 12, 5, tzinfo=UTC), "8 January 2027 at 12:05pm"),
        (datetime(2027, 1, 8, 0, 5, tzinfo=UTC), "8 January 2027 at 12:05am"),
        (None, ""),
    ],
)
def test_moment_is_told_in_london(value: datetime | None, text: str):
    assert moment(value) == text


def test_short_day_cuts_the_month():
    assert short_day(date(2027, 9, 28)) == "28 Sep 2027"


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        (date(2027, 11, 11), date(2027, 11, 11), "11 November 2027"),
        (date(2027, 11, 11), date(2027, 11, 12), "11 to 12 November 2027"),
        (date(2027, 11, 30), date(2027, 12, 1), "30 November to 1 December 2027"),
        (date(2027, 12, 31), date(2028, 1, 1), "31 December 2027 to 1 January 2028"),
    ],
)
def test_days_from_until_name_month_and_year_once_where_they_are_the_same(first: date, last: date, words: str):
    assert until(first, last) == words


def test_day_and_hour_take_what_has_no_zone():
    assert (day(date(2027, 3, 1)), day(None)) == ("1 March 2027", "")
    assert (hour(time(9, 0)), hour(None)) == ("9am", "")


def render(source: str, **context: Any) -> str:
    return Template("{% load charts %}" + source).render(Context(context))


def test_bar_chart_has_bars_names_and_the_same_numbers_as_a_table():
    html = render('{% bar_chart "By state" data note="Of 4" %}', data={"Draft <1>": 1, "Offered": 4, "None": 0})

    assert html.count("<rect") == 3
    assert 'width="75.0" height="20"' in html
    assert 'width="300.0" height="20"' in html
    assert '<desc id="chart-by-state-description">Draft &lt;1&gt;: 1, Offered: 4, None: 0</desc>' in html
    assert '<th scope="row" class="govuk-table__header">Draft &lt;1&gt;</th>' in html
    assert html.count("govuk-table__cell--numeric") == 3
    assert 'role="img" aria-labelledby="chart-by-state-title chart-by-state-description"' in html


def test_bar_chart_without_anything_is_still_a_chart():
    html = render('{% bar_chart "Nothing" data %}', data=[])

    assert '<svg viewBox="0 0 360 48"' in html
    assert "<rect" not in html


def test_stacked_chart_has_a_segment_for_each_value_and_a_legend():
    html = render(
        '{% stacked_chart "By hub" data series level=3 %}',
        data=[("North", [3, 1]), ("South", [0, 2])],
        series=["A", "B"],
    )

    assert '<h3 class="govuk-heading-s" id="chart-by-hub-heading">By hub</h3>' in html
    assert html.count('height="20"') == 4
    assert html.count('width="14" height="14" fill') == 2
    assert "North: A 3, B 1; South: A 0, B 2" in html


def test_charts_need_no_inline_style():
    assert "style=" not in render('{% bar_chart "By state" data %}', data={"A": 1})
