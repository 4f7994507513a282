from django.db import models


class Role(models.TextChoices):
    HUB_LEAD = "hub_lead", "Hub lead"
    HUB_REVIEWER = "hub_reviewer", "Hub reviewer"
    HUB_ADMINISTRATOR = "hub_administrator", "Hub administrator"
    HEADTEACHER = "headteacher", "Headteacher"
    NCETM_ADMINISTRATOR = "ncetm_administrator", "NCETM administrator"


HUB_ROLES = frozenset({Role.HUB_LEAD, Role.HUB_REVIEWER, Role.HUB_ADMINISTRATOR})
SCHOOL_ROLES = frozenset({Role.HEADTEACHER})
NATIONAL_ROLES = frozenset({Role.NCETM_ADMINISTRATOR})
