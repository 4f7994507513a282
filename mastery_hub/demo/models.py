"""The mark that `load_demo` leaves: by it the demo knows its own database from any other."""

from django.db import models

from mastery_hub.messaging.leases import real_now


class DemoDatabase(models.Model):
    made_at = models.DateTimeField(default=real_now, help_text="Real time, not the demo's clock")
    scale = models.PositiveSmallIntegerField(default=1)

    def __str__(self) -> str:
        return f"Demo made on {self.made_at:%d %B %Y}"
