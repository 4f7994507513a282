from django import forms

from mastery_hub.common.forms.base import GovukForm
from mastery_hub.common.forms.fields import UploadField

MEGABYTES = 150  # twice the register of today


class ImportUploadForm(GovukForm):
    file = UploadField(
        label="The register’s file",
        types=["csv"],
        max_megabytes=MEGABYTES,
        help_text="A CSV file named edubasealldata… (schools) or links_edubasealldata… (which school became which)",
    )

    button = "Upload"


class ImportInsistForm(GovukForm):
    complete = forms.BooleanField(
        label="I have checked that this file is complete",
        error_messages={"required": "Select that you have checked the file"},
    )

    button = "Import it all the same"
