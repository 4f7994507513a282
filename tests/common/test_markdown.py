import pytest
from django.template import Context, Template

from mastery_hub.common.markdown import render


def test_render_gives_the_design_system_classes():
    assert render("One **bold** [link](https://example.org).\n\n- a\n- b\n\n1. c") == (
        '<p class="govuk-body">One <strong>bold</strong> '
        '<a href="https://example.org" class="govuk-link" rel="noopener noreferrer">link</a>.</p>\n'
        '<ul class="govuk-list govuk-list--bullet">\n<li>a</li>\n<li>b</li>\n</ul>\n'
        '<ol class="govuk-list govuk-list--number">\n<li>c</li>\n</ol>\n'
    )


def test_render_table_has_scopes_and_no_style():
    assert render("| Day | Rate |\n| --- | ---: |\n| One | £200 |") == (
        '<table class="govuk-table">\n<thead class="govuk-table__head">\n<tr class="govuk-table__row">\n'
        '<th class="govuk-table__header" scope="col">Day</th>\n'
        '<th class="govuk-table__header govuk-table__header--numeric" scope="col">Rate</th>\n</tr>\n</thead>\n'
        '<tbody class="govuk-table__body">\n<tr class="govuk-table__row">\n<td class="govuk-table__cell">One</td>\n'
        '<td class="govuk-table__cell govuk-table__cell--numeric">£200</td>\n</tr>\n</tbody>\n</table>\n'
    )


@pytest.mark.parametrize(
    ("text", "top", "html"),
    [
        ("# A\n\n## B", 3, '<h3 class="govuk-heading-s">A</h3>\n<h4 class="govuk-heading-s">B</h4>\n'),
        ("## A\n\n#### B", 3, '<h3 class="govuk-heading-s">A</h3>\n<h4 class="govuk-heading-s">B</h4>\n'),
        ("### A", 2, '<h2 class="govuk-heading-m">A</h2>\n'),
        ("# A", 6, '<h6 class="govuk-heading-s">A</h6>\n'),
        ("# A\n\n## B", 6, '<h6 class="govuk-heading-s">A</h6>\n<h6 class="govuk-heading-s">B</h6>\n'),
    ],
)
def test_render_moves_headings_below_those_of_the_page(text, top, html):
    assert render(text, top=top) == html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("a <img src=x onerror=alert(1)>", '<p class="govuk-body">a &lt;img src=x onerror=alert(1)&gt;</p>\n'),
        ("[a](javascript:alert(1))", '<p class="govuk-body">[a](javascript:alert(1))</p>\n'),
        ("[a](data:text/html;base64,AAAA)", '<p class="govuk-body">[a](data:text/html;base64,AAAA)</p>\n'),
        ("![a](https://example.org/a.png)", None),
        ('[a](https://example.org "x\\" onclick=\\"alert(1)")', None),
        ("<ScRiPt\n>alert(1)</sCrIpT>", None),
    ],
)
def test_render_lets_nothing_run(text, html):
    made = render(text)

    assert "<script" not in made.lower()
    assert "<img" not in made
    assert 'onclick="' not in made
    if html is not None:
        assert made.strip() == (html if html.startswith("<p") else f'<p class="govuk-body">{html}</p>').strip()


def test_render_of_nothing_is_nothing():
    assert render("") == ""


def test_filter_renders_and_escapes_nothing_twice():
    made = Template("{% load text %}{{ body|markdown }}|{{ body|markdown:2 }}").render(Context({"body": "# A & B"}))

    assert made == '<h3 class="govuk-heading-s">A &amp; B</h3>\n|<h2 class="govuk-heading-m">A &amp; B</h2>\n'
