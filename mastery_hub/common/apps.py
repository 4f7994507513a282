from django.apps import AppConfig


class CommonConfig(AppConfig):
    name = "mastery_hub.common"
    label = "common"
