from django.apps import AppConfig


class DirectoryConfig(AppConfig):
    name = "mastery_hub.directory"
    label = "directory"
