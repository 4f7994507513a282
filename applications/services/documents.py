"""Supporting documents of a draft: one for each criterion that allows one."""

from typing import Any

from django.db import transaction

from applications.models import Application, Criterion, SupportingDocument
from applications.services.drafts import draft_lock
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError


@transaction.atomic
def document_save(*, application: Application, by: User, criterion: Criterion, file: Any) -> SupportingDocument:
    """Replaces the one given before. `file` has passed an UploadField."""
    application = draft_lock(application, by)
    if criterion.terms_id != application.terms_id or not criterion.allows_document:
        raise DomainError("The round no longer asks for a document here.", code="no-document")
    before = SupportingDocument.objects.filter(application=application, criterion=criterion).first()
    document = before or SupportingDocument(application=application, criterion=criterion)
    document.file, document.size, document.uploaded_at = file, file.size, application.saved_at
    document.save()
    application.save(update_fields=["saved_at"])
    return document


@transaction.atomic
def document_remove(*, document: SupportingDocument, by: User) -> None:
    """Taking away one that is gone already is no error."""
    application = draft_lock(document.application, by)
    SupportingDocument.objects.filter(pk=document.pk).delete()
    application.save(update_fields=["saved_at"])
