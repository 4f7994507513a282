from cohorts.models import ProgrammePageBlock
from mastery_hub.directory.forms.hubs import BlockForm


class ProgrammeBlockForm(BlockForm):
    """As a hub's, with the preview and the date of the last change."""

    class Meta(BlockForm.Meta):
        model = ProgrammePageBlock  # type: ignore[assignment]
