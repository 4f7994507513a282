"""Row history by database trigger, so that even `queryset.update()` leaves the old row behind (rule 12)."""

from collections.abc import Callable, Collection
from functools import partial
from typing import Any

import pghistory
import pgtrigger
from django.http import HttpRequest, HttpResponse


def tracked(model: Any = None, *, when: pgtrigger.Condition | None = None, apart: Collection[str] = ()) -> Any:
    """A class decorator: the old rows of an Offer are its `history`, in OfferHistory. `when` says which changes leave
    one, and a change of nothing but fields `apart` leaves none.

    The trackers are made anew for each model, since they remember the fields of the first one.
    """
    if model is None:
        return partial(tracked, when=when, apart=apart)
    changes = when or (pghistory.AnyChange(exclude=list(apart)) if apart else None)
    told: dict[str, Any] = {"condition": changes} if changes else {}
    return pghistory.track(
        pghistory.UpdateEvent(row=pghistory.Old, **told),
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
