from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "mastery_hub.dashboards"
    label = "dashboards"

    def ready(self) -> None:
        """A hub's public page shows the rounds that the hub takes part in; the directory itself knows of none."""
        from mastery_hub.dashboards.hubs import open_rounds  # noqa: PLC0415  models are not loaded before
        from mastery_hub.directory import hub_page  # noqa: PLC0415

        hub_page.parts.append(open_rounds)
