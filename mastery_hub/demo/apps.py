from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "mastery_hub.demo"
    label = "demo"
