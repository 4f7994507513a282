from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "mastery_hub.dashboards"
    label = "dashboards"
