"""Where a list is had as a file: with the filters and the order in force."""

from typing import Any

from django.urls import reverse

KINDS = {"csv": "CSV", "xlsx": "Excel"}


def list_files(view: Any, name: str) -> list[dict[str, str]]:
    """`name` is the list's, as its addresses have it: `hub_{name}_csv`."""
    query = view.request.GET.urlencode()
    more = f"?{query}" if query else ""
    return [
        {"href": reverse(f"hub_{name}_{kind}", args=[view.hub.slug]) + more, "text": text}
        for kind, text in KINDS.items()
    ]
