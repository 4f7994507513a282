from django.apps import AppConfig


class WorkGroupsConfig(AppConfig):
    name = "workgroups"
    label = "workgroups"
