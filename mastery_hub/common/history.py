"""Row history by database trigger, so that even `queryset.update()` leaves the old row behind (rule 12)."""

from collections.abc import Callable
from typing import Any

import pghistory
import pgtrigger
from django.http import HttpRequest, HttpResponse


def tracked(model: Any) -> Any:
    """A class decorator: the old rows of an Offer are its `history`, in OfferHistory.

    The trackers are made anew for each model, since they remember the fields of the first one.
    """
    return pghistory.track(
        pghistory.UpdateEvent(row=pghistory.Old),
        pghistory.DeleteEvent(row=pghistory.Old),
        model_name=f"{model.__name__}History",
        obj_field=pghistory.ObjForeignKey(related_name="history"),
    )(model)


def history_erase(model: Any, keys: list[Any]) -> None:
    """The old rows of what a person may really delete. Everything else that would change the past is refused."""
    if not hasattr(model, "pgh_event_models"):
        return
    events = model._meta.get_field("history").related_model
    with pgtrigger.ignore(f"{events._meta.label}:append_only"):
        events._base_manager.filter(pgh_obj__in=keys).delete()


class RouteHistoryMiddleware:
    """Names who changed a row and by which route; never the path, which may hold a token."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method in ("GET", "HEAD", "OPTIONS"):
            return self.get_response(request)
        with pghistory.context(by=request.user.pk):
            return self.get_response(request)

    def process_view(self, request: HttpRequest, view_func: Any, view_args: Any, view_kwargs: Any) -> None:
        if request.method not in ("GET", "HEAD", "OPTIONS"):
            pghistory.context(route=request.resolver_match.view_name)
