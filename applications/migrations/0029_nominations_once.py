from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("applications", "0028_kept_while_it_is_rewritten"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="nomination",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "accepted")),
                fields=("round", "nominee"),
                name="one_accepted_nomination_a_person",
            ),
        ),
        migrations.AddConstraint(
            model_name="nomination",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "declined"), ("decline_reason", ""), _connector="OR"),
                name="only_declined_has_a_reason",
            ),
        ),
    ]
