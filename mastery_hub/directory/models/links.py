"""Which school became which, as the register tells."""

import pgtrigger
from django.db import models
from django.db.models import F, Q

from mastery_hub.directory.enums import LinkKind
from mastery_hub.directory.models.schools import School

NO_CIRCLE = """
    PERFORM pg_advisory_xact_lock(hashtext('school_link'));  -- two transactions do not see each other's half
    IF EXISTS (
        WITH RECURSIVE later (urn) AS (
            SELECT NEW.to_school_id
            UNION
            SELECT link.to_school_id FROM directory_schoollink AS link JOIN later ON link.from_school_id = later.urn
            WHERE link.id IS DISTINCT FROM NEW.id
        )
        SELECT FROM later WHERE urn = NEW.from_school_id
    ) THEN
        RAISE EXCEPTION 'School % would be its own successor', NEW.from_school_id
        USING ERRCODE = 'check_violation', CONSTRAINT = 'school_links_make_no_circle';
    END IF;
    RETURN NEW;
"""


class SchoolLink(models.Model):
    """One step from an earlier school to a later one. The register tells it from both ends; here it stands once."""

    from_school = models.ForeignKey(School, models.PROTECT, related_name="links_on")
    to_school = models.ForeignKey(School, models.PROTECT, related_name="links_back")
    kind = models.CharField(max_length=12, choices=LinkKind)
    linked_on = models.DateField(null=True)

    class Meta:
        ordering = ("linked_on", "pk")
        constraints = [
            models.UniqueConstraint(fields=["from_school", "to_school"], name="one_link_from_school_to_school"),
            models.CheckConstraint(condition=~Q(from_school=F("to_school")), name="school_is_not_its_own_successor"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="no_circle",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("from_school_id", "to_school_id"),
                func=NO_CIRCLE,
            )
        ]

    def __str__(self) -> str:
        return f"{self.from_school} {self.get_kind_display()} {self.to_school}"
