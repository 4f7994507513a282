from typing import Self

from django.db import models
from django.db.models import Q
from django.template.defaultfilters import filesizeformat

from applications.models.applications import Application
from applications.models.rounds import Criterion
from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.files.fields import PrivateFileField
from mastery_hub.common.history import tracked


class SupportingDocumentQuerySet(models.QuerySet["SupportingDocument"]):
    def visible_to(self, user: User) -> Self:
        """One's own; those of submitted applications for whoever sees the evidence there. Never the headteacher: they
        read the answers, and a document may name colleagues and pupils."""
        rows = self.filter(application__in=Application.objects.visible_to(user))
        if user.is_national:
            return rows
        return rows.filter(
            Q(application__applicant=user) | Q(application__hub__in=user.hub_ids(Role.HUB_LEAD, Role.HUB_REVIEWER))
        )


@tracked
class SupportingDocument(models.Model):
    """What an applicant adds to what they wrote, one for each criterion that allows it."""

    application = models.ForeignKey(Application, models.CASCADE, related_name="supporting_documents")
    criterion = models.ForeignKey(Criterion, models.PROTECT, related_name="supporting_documents")
    file = PrivateFileField(name_field="file_name", kind_field="file_kind")
    file_name = models.CharField(max_length=100, editable=False)
    file_kind = models.CharField(max_length=10, editable=False)
    size = models.PositiveIntegerField(help_text="Bytes")
    uploaded_at = models.DateTimeField(default=clock.now)

    objects = SupportingDocumentQuerySet.as_manager()

    class Meta:
        ordering = ("criterion__order", "pk")
        constraints = [models.UniqueConstraint(fields=["application", "criterion"], name="one_document_a_criterion")]

    def __str__(self) -> str:
        return f"{self.file_name} ({filesizeformat(self.size)})"
