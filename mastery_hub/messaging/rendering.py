"""One Markdown source becomes an email's text and its HTML. Whatever a person typed stays what they typed, in both."""

import re
from functools import cache
from itertools import chain
from typing import Any, NamedTuple

from django.conf import settings
from django.template import Context, Engine
from django.template.base import Origin, Template, VariableNode
from django.template.loader import render_to_string
from django.utils.formats import localize
from django.utils.html import format_html
from django.utils.safestring import SafeData, mark_safe
from django.utils.timezone import template_localtime  # type: ignore[attr-defined]
from markdown_it.token import Token

from mastery_hub.common.markdown import PARSER
from mastery_hub.messaging.kinds import EmailKind
from mastery_hub.messaging.plain import plain_text
from mastery_hub.messaging.sealing import placeholder

PURPLE = "#3b1f6b"
STYLES = {
    "p": "margin:0 0 16px;font-size:17px;line-height:1.5",
    "h1": f"margin:24px 0 12px;font-size:24px;line-height:1.25;color:{PURPLE}",
    "h2": f"margin:24px 0 12px;font-size:20px;line-height:1.3;color:{PURPLE}",
    "h3": f"margin:20px 0 8px;font-size:17px;line-height:1.3;color:{PURPLE}",
    "ul": "margin:0 0 16px;padding-left:24px",
    "ol": "margin:0 0 16px;padding-left:24px",
    "li": "margin:0 0 6px;font-size:17px;line-height:1.5",
    "a": f"color:{PURPLE};text-decoration:underline;word-break:break-word",
    "blockquote": f"margin:0 0 16px;padding:4px 0 4px 16px;border-left:4px solid {PURPLE}",
    "code": "font-family:Consolas,Menlo,monospace;font-size:30px;font-weight:bold;letter-spacing:4px",
    "hr": "margin:24px 0;border:0;border-top:1px solid #c9bde0",
    "table": "margin:0 0 16px;border-collapse:collapse",
    "th": "padding:6px 16px 6px 0;border-bottom:1px solid #c9bde0;text-align:left;font-size:17px",
    "td": "padding:6px 16px 6px 0;border-bottom:1px solid #c9bde0;font-size:17px",
}
BUTTON = (
    "display:inline-block;padding:12px 20px;background:#4a2a8a;color:#ffffff;font-weight:bold;text-decoration:none;"
    "border-radius:3px"
)
ADDRESS = (
    '<p style="margin:0 0 16px;font-size:15px;line-height:1.5;color:#484949">If the button does not work, copy this '
    'address: <a href="{href}" style="{style}">{href}</a></p>\n'
)


class Rendered(NamedTuple):
    subject: str
    text: str
    html: str


def markdown_escape(text: str) -> str:
    """Every mark that could mean something is escaped; lines stay lines, and no space begins a block of code."""
    lines = (re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", line.strip()) for line in text.strip().splitlines())
    return re.sub(r"\\\n(\\\n)+", "\n\n", "\\\n".join(lines))


class _MarkdownVariable(VariableNode):
    def render(self, context: Context) -> str:
        value = self.filter_expression.resolve(context)
        if isinstance(value, SafeData):
            return str(value)
        value = localize(template_localtime(value, use_tz=context.use_tz), use_l10n=context.use_l10n)
        return markdown_escape(str(value))


class _EmailEngine(Engine):
    """Escapes for Markdown where Django would escape for HTML, included templates too."""

    def find_template(self, name: str, dirs: Any = None, skip: Any = None) -> tuple[Template, Origin]:
        template, origin = super().find_template(name, dirs, skip)
        for node in template.nodelist.get_nodes_by_type(VariableNode):
            node.__class__ = _MarkdownVariable
        return template, origin


@cache
def _engine(kind: type[Engine]) -> Engine:
    pages: Any = settings.TEMPLATES[0]
    return kind(
        dirs=[str(folder) for folder in pages["DIRS"]],
        autoescape=False,
        builtins=["django.contrib.humanize.templatetags.humanize", "mastery_hub.common.templatetags.moments"],
        string_if_invalid=pages["OPTIONS"].get("string_if_invalid", ""),
    )


def email_render(kind: EmailKind, context: dict[str, Any], secrets: tuple[str, ...] = ()) -> Rendered:
    """Secrets stand in the result as placeholders."""
    hidden = {name: mark_safe(placeholder(name)) for name in secrets}
    values = {"site_url": settings.SITE_URL} | context | hidden
    line = _engine(Engine).get_template(f"{kind.template}_subject.txt").render(Context(values, autoescape=False))
    subject = " ".join(line.split())[:200]
    body = _engine(_EmailEngine).get_template(f"{kind.template}_body.md").render(Context(values, autoescape=False))
    tokens = PARSER.parse(body)
    text = plain_text(tokens) + "\n"
    html = render_to_string("messaging/email/layout.html", {"subject": subject, "body": mark_safe(_html(tokens))})
    return Rendered(subject, text, html)


def _html(tokens: list[Token]) -> str:
    shown: list[Token] = []
    for token in tokens:
        shown.append(token)
        link = _lone_link(shown[-2]) if token.type == "paragraph_close" else None
        if link:
            link.attrSet("style", BUTTON)
            address = format_html(ADDRESS, style=STYLES["a"], href=link.attrs["href"])
            shown.append(Token("html_block", "", 0, content=address))
    for token in chain.from_iterable((token, *(token.children or ())) for token in shown):
        if token.nesting != -1 and token.tag in STYLES and "style" not in token.attrs:
            token.attrSet("style", STYLES[token.tag])
    return str(PARSER.renderer.render(shown, PARSER.options, {}))


def _lone_link(inline: Token) -> Token | None:
    """A paragraph that is one link and nothing else: the email's button."""
    children = inline.children or []
    opens = [child for child in children if child.type == "link_open"]
    alone = len(opens) == 1 and children[0] is opens[0] and children[-1].type == "link_close"
    return opens[0] if alone else None
