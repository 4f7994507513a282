"""Filters kept under a name: each person's own, few enough to stand above the list."""

from urllib.parse import parse_qsl, urlencode

from django.db import models, transaction

from applications.enums import SavedPage
from applications.models import SavedView
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError
from mastery_hub.common.filters import PAGE
from mastery_hub.directory.models import MathsHub

MOST = 8
LONGEST = 500


def query_kept(query: str) -> str:
    """Without the page of the list, which another day is another one, and without what was left empty."""
    return urlencode([(name, value) for name, value in parse_qsl(query) if name != PAGE])


@transaction.atomic
def saved_view_save(*, by: User, hub: MathsHub, page: SavedPage, name: str, query: str) -> SavedView:
    """Raises DomainError `too-many`, `too-long`, `name-taken` and, where no filter is in force, `nothing`."""
    name, query = name.strip(), query_kept(query)
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)  # two windows at once count one another
    own = SavedView.objects.filter(user=by, hub=hub, page=page)
    if not query:
        raise DomainError("Choose a filter or an order first: there is nothing to save.", code="nothing")
    if len(query) > LONGEST:
        raise DomainError("These are too many filters to save. Leave some out.", code="too-long")
    if own.count() >= MOST:
        raise DomainError(f"You have saved {MOST} views of this list. Delete one first.", code="too-many")
    _name_check(own, name)
    return SavedView.objects.create(user=by, hub=hub, page=page, name=name, query=query)


@transaction.atomic
def saved_view_rename(*, view: SavedView, by: User, name: str) -> SavedView:
    """Raises DomainError `not-allowed` and `name-taken`."""
    if view.user_id != by.pk:
        raise DomainError("This view is not yours.", code="not-allowed")
    User.objects.select_for_update(of=("self",), no_key=True).get(pk=by.pk)
    _name_check(SavedView.objects.filter(user=by, hub=view.hub_id, page=view.page).exclude(pk=view.pk), name.strip())
    view.name = name.strip()
    view.save(update_fields=["name"])
    return view


def _name_check(others: "models.QuerySet[SavedView]", name: str) -> None:
    if others.filter(name__iexact=name).exists():
        raise DomainError(f"You have a view called {name} already. Enter another name.", code="name-taken")
