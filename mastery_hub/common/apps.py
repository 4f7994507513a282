from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "mastery_hub.common"
    label = "common"

    def ready(self) -> None:
        from mastery_hub.common.files import checks  # noqa: F401, PLC0415
