"""Pages by the name of their address, for those who never saw an address: “Your declarations”."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver


def _routes(resolver: URLResolver) -> Iterator[tuple[str, Any]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _routes(each)
        elif isinstance(each, URLPattern) and each.name:
            yield each.name, each.callback


@cache
def page_names() -> dict[str, str]:
    """Every route with a name for people: the page's own title where it has one of its own, else the route's words."""
    return {route: _name(route, view) for route, view in _routes(get_resolver())}


def _name(route: str, view: Any) -> str:
    kind = getattr(view, "view_class", None)
    section = getattr(kind, "section", None)
    title = getattr(section, "label", "") or getattr(kind, "title", "")
    words = route.replace("_", " ").capitalize()
    return str(title) if isinstance(title, str) and title else words


def page_name(route: str) -> str:
    return page_names().get(route, route)
