import django_tables2 as tables
from django.db.models import QuerySet
from django.db.models.functions import Lower
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe

from mastery_hub.common.tables import DayColumn, LinkColumn, MomentColumn, NumberColumn, Table, TagColumn
from mastery_hub.directory.enums import ImportStatus
from mastery_hub.directory.models import LocalAuthority, MathsHub, RegisterImport


class HubTable(Table):
    caption = "Maths Hubs"
    noun = ("hub", "hubs")

    name = LinkColumn(linkify=lambda record: reverse("national_hub", kwargs={"hub": record.slug}))
    region = tables.Column()
    lead_schools = tables.Column(verbose_name="Led by")
    email = tables.Column(verbose_name="Email")
    certainty = tables.Column(verbose_name="To be confirmed", orderable=False)
    closed_on = DayColumn(verbose_name="Closed")

    class Meta:
        model = MathsHub
        fields = ("name", "region", "lead_schools", "email", "certainty", "closed_on")
        order_by = "name"

    def order_name(self, rows: QuerySet, is_descending: bool) -> tuple[QuerySet, bool]:
        name = Lower("name")
        return rows.order_by(name.desc() if is_descending else name), True


class AuthorityTable(Table):
    caption = "Local authorities"
    noun = ("authority", "authorities")

    name = tables.Column()
    code = tables.Column()
    region = tables.Column()
    hubs = tables.Column(verbose_name="Maths Hub", accessor="areas_today", orderable=False, empty_values=())
    abolished_on = DayColumn(verbose_name="Abolished")

    class Meta:
        model = LocalAuthority
        fields = ("name", "code", "region", "hubs", "abolished_on")
        order_by = "name"

    def render_hubs(self, record: LocalAuthority) -> str:
        if not record.areas_today:
            return mark_safe('<strong class="govuk-tag govuk-tag--red">No hub</strong>')
        links = [
            (
                f"{area.district}: " if area.district else "",
                reverse("national_hub", kwargs={"hub": area.hub.slug}),
                area.hub.name,
            )
            for area in record.areas_today
        ]
        return format_html_join(mark_safe("<br>"), '{}<a class="govuk-link" href="{}">{}</a>', links)


STATUS_COLOURS: dict[str, str] = {
    ImportStatus.WAITING: "grey",
    ImportStatus.RUNNING: "blue",
    ImportStatus.DONE: "green",
    ImportStatus.REFUSED: "orange",
    ImportStatus.FAILED: "red",
}


class ImportTable(Table):
    caption = "Imports of the schools register"
    noun = ("import", "imports")
    nothing = "No register has been imported yet."

    file_name = LinkColumn(verbose_name="File")
    started_at = MomentColumn(verbose_name="Began")
    by = tables.Column(verbose_name="By", orderable=False)
    status = TagColumn(verbose_name="State", colours=STATUS_COLOURS)
    created = NumberColumn()
    updated = NumberColumn()
    closed = NumberColumn(verbose_name="Of them closed")
    unchanged = NumberColumn()
    rejected = NumberColumn()

    class Meta:
        model = RegisterImport
        fields = ("file_name", "started_at", "by", "status", "created", "updated", "closed", "unchanged", "rejected")
        order_by = "-started_at"
