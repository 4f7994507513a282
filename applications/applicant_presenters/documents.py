"""The supporting documents of an application: what may be added, and what was."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from applications.models import Application, Criterion, SupportingDocument


@dataclass(frozen=True)
class DocumentPlace:
    """A criterion that allows a document, or that allowed one when it was given."""

    application: Application
    criterion: Criterion
    document: SupportingDocument | None

    @property
    def href(self) -> str:
        return self._href("application_document")

    @property
    def file_href(self) -> str:
        return self._href("application_document_file") if self.document else ""

    def _href(self, page: str) -> str:
        return reverse(page, kwargs={"reference": self.application.reference, "key": self.criterion.key})

    @property
    def words(self) -> str:
        return str(self.document or "")


def document_places(application: Application) -> list[DocumentPlace]:
    """In the order of the criteria; what the round no longer asks for comes last, for as long as it is there."""
    given = {document.criterion_id: document for document in application.supporting_documents.all()}
    criteria = [c for c in application.terms.criteria.all() if c.allows_document or c.pk in given]
    here = {criterion.pk for criterion in criteria}
    criteria += [document.criterion for pk, document in given.items() if pk not in here]
    return [DocumentPlace(application, criterion, given.get(criterion.pk)) for criterion in criteria]


def document_tasks(application: Application) -> list[dict[str, str]]:
    """As components/task_list.html shows them."""
    return [
        {
            "name": str(place.criterion),
            "href": place.href,
            "hint": place.words,
            "status": "Added" if place.document else "Optional",
            "colour": "" if place.document else "grey",
        }
        for place in document_places(application)
    ]


def document_rows(application: Application, *, changeable: bool) -> list[dict[str, Any]]:
    """As components/summary_list.html shows them; what cannot be changed can be opened."""
    rows = []
    for place in document_places(application):
        rows.append(
            {
                "key": str(place.criterion),
                "value": place.words,
                "missing": "No document added",
                "href": f"{place.href}?from=check" if changeable else place.file_href,
                "action": ("Change" if place.document else "Add") if changeable else "Open",
                "hidden": f"document for “{place.criterion}”",
            }
        )
    return rows
