from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("applications", "0024_deferrals"), ("cohorts", "0009_next_round_expected")]

    operations = [
        migrations.RemoveConstraint(model_name="deferral", name="deferral_taken_up_has_its_place"),
        migrations.RunSQL(
            "UPDATE applications_deferral SET places_id = NULL WHERE state = 'given_up'", migrations.RunSQL.noop
        ),
        migrations.AddConstraint(
            model_name="deferral",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("places__isnull", False), ("state", "taken_up")),
                    models.Q(models.Q(("state", "taken_up"), _negated=True), ("places", None)),
                    _connector="OR",
                ),
                name="deferral_taken_up_has_its_place",
            ),
        ),
    ]
