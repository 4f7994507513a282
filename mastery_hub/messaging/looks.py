"""How an email is shown on a page of ours: in our own look, and as a mail program shows it."""

import re

import nh3
from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp_replace
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from mastery_hub.common.markdown import CLASSES

DRESSED = {"p", "a", "ul", "ol", "blockquote", "hr"}
PLAIN = {"div", "h1", "h2", "h3", "li", "strong", "em", "code", "br"}
CLEANER = nh3.Cleaner(
    tags=DRESSED | PLAIN,
    clean_content_tags={"title", "style", "script"},
    attributes={"a": {"href"}},
    set_tag_attribute_values={tag: {"class": CLASSES[tag]} for tag in DRESSED}
    | {tag: {"class": "govuk-heading-s"} for tag in ("h1", "h2", "h3")}
    | {"div": {"class": "govuk-body"}},
)


def in_our_look(html: str) -> SafeString:
    """No style, no layout, links kept."""
    cells_apart = re.sub(r"<(/?)td\b", r"<\1div", html)
    return mark_safe(CLEANER.clean(cells_apart))


# For a view that answers with an email's HTML as it goes out: the style it needs, and no rights at all
as_a_mail_program = csp_replace(
    dict.fromkeys(settings.CONTENT_SECURITY_POLICY["DIRECTIVES"])
    | {"default-src": [NONE], "style-src": [UNSAFE_INLINE], "frame-ancestors": [NONE], "sandbox": True}
)
