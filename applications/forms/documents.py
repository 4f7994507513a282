from typing import Any

from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.fields import UploadField
from mastery_hub.common.forms.helper import Button

MEGABYTES = 10


class DocumentForm(GovukForm):
    file = UploadField(
        label="Choose a document",
        types=("pdf", "docx", "doc"),
        max_megabytes=MEGABYTES,
        error_messages={"required": "Select a file"},
    )
    button = "Upload"

    def __init__(self, *args: Any, file_href: str, removable: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].current_href = file_href
        if removable:
            self.extra_buttons = (Button("Remove the document", name="remove"),)
