"""A hub's leads put candidates on its shortlist and take them off; nobody else is told."""

from django.db import transaction

from applications import permissions
from applications.models import Application, Shortlisting
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError


@transaction.atomic
def shortlist_put(*, application: Application, by: User) -> Shortlisting:
    """A second click finds it done. Raises DomainError `not-allowed`."""
    application = _lock(application, by)
    assert application.hub, "whoever decides does so at the application's hub"
    found = application.shortlistings.open().filter(hub=application.hub).first()
    return found or Shortlisting.objects.create(application=application, hub=application.hub, by=by, at=clock.now())


@transaction.atomic
def shortlist_take_off(*, application: Application, by: User) -> None:
    """What is arranged stays. A second click finds it done. Raises DomainError `not-allowed`."""
    application = _lock(application, by)
    application.shortlistings.open().filter(hub=application.hub).update(ended_by=by, ended_at=clock.now())


def _lock(application: Application, by: User) -> Application:
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if not permissions.can_shortlist(by, application):
        raise DomainError("Only a lead of the hub keeps its shortlist, of those it may still choose.", "not-allowed")
    return application
