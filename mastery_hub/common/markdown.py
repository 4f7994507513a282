"""Markdown of page blocks, emails and documents, made into HTML that needs no trust in who wrote it.

CommonMark and tables, no raw HTML, no images. Headings move below those of the page: the highest one used becomes
`top`, the next one `top + 1`, whatever the writer chose. What comes out has allowed tags, classes and schemes only.
"""

from collections.abc import Iterator

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

PARSER = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
CLASSES = {
    "p": "govuk-body",
    "a": "govuk-link",
    "ul": "govuk-list govuk-list--bullet",
    "ol": "govuk-list govuk-list--number",
    "blockquote": "govuk-inset-text",
    "hr": "govuk-section-break govuk-section-break--m govuk-section-break--visible",
    "h2": "govuk-heading-m",
    "h3": "govuk-heading-s",
    "h4": "govuk-heading-s",
    "h5": "govuk-heading-s",
    "h6": "govuk-heading-s",
    "table": "govuk-table",
    "thead": "govuk-table__head",
    "tbody": "govuk-table__body",
    "tr": "govuk-table__row",
    "th": "govuk-table__header",
    "td": "govuk-table__cell",
}
CLEANER = nh3.Cleaner(
    tags={*CLASSES, "strong", "em", "br", "li", "code", "pre"},
    attributes={tag: {"class"} for tag in CLASSES}
    | {"a": {"class", "href", "title"}, "th": {"class", "scope"}, "ol": {"class", "start"}},
    url_schemes={"http", "https", "mailto", "tel"},
)


def render(text: str, *, top: int = 3) -> SafeString:
    """HTML of `text`, whose headings begin at level `top`: 3 inside a block that has an h2 of its own."""
    tokens = PARSER.parse(text)
    levels = sorted({token.tag for token in tokens if token.type == "heading_open"})
    headings = {tag: f"h{min(top + step, 6)}" for step, tag in enumerate(levels)}
    for token in _all(tokens):
        token.tag = headings.get(token.tag, token.tag)
        if token.nesting != -1 and token.tag in CLASSES:
            _dress(token)
    return mark_safe(CLEANER.clean(PARSER.renderer.render(tokens, PARSER.options, {})))


def _all(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _dress(token: Token) -> None:
    classes = CLASSES[token.tag]
    if "right" in str(token.attrs.pop("style", "")):  # a column aligned right; a style attribute would meet the CSP
        classes += f" {CLASSES[token.tag]}--numeric"
    token.attrSet("class", classes)
    if token.tag == "th":
        token.attrSet("scope", "col")
