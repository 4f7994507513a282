from typing import Any

from django.conf import settings
from django.core import checks

from mastery_hub.common.files.scanning import address_of


@checks.register(checks.Tags.security)
def scanner_is_named_well(**kwargs: Any) -> list[checks.CheckMessage]:
    try:
        if settings.VIRUS_SCANNER:
            address_of(settings.VIRUS_SCANNER)
    except ValueError as error:
        return [checks.Error(str(error), id="files.E002")]
    return []


@checks.register(checks.Tags.security, deploy=True)
def uploads_are_scanned(**kwargs: Any) -> list[checks.CheckMessage]:
    if settings.VIRUS_SCANNER:
        return []
    hint = "Run ClamAV's clamd and set VIRUS_SCANNER to clamd://host:3310."
    return [checks.Warning("VIRUS_SCANNER is not set: uploads are not checked for viruses.", hint, id="files.W001")]
