from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class MessagingConfig(AppConfig):
    name = "mastery_hub.messaging"
    label = "messaging"

    def ready(self) -> None:
        """Each app's kinds register themselves when their modules are read, as does what a restore asks for."""
        from mastery_hub.messaging import holding  # noqa: F401, PLC0415  models are not loaded before

        autodiscover_modules("emails", "reminders")
