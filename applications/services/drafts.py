from applications import permissions
from applications.models import Application
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError


def draft_lock(application: Application, by: User) -> Application:
    """The draft, locked for the rest of the transaction, so that a save cannot slip past a submit."""
    application = Application.objects.select_for_update(of=("self",)).get(pk=application.pk)
    if not permissions.can_edit(by, application):
        raise DomainError("This application can no longer be changed.", code="not-editable")
    application.saved_at = clock.now()
    return application
