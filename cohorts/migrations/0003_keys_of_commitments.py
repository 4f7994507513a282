"""Commitments that say the same in two sets are the same one: their key is made of their words."""

from hashlib import sha256

from django.db import migrations


def keys_fill(apps, schema_editor):
    model = apps.get_model("cohorts", "Commitment")
    taken, rows = set(), []
    for row in model.objects.order_by("commitment_set_id", "order").iterator(chunk_size=1000):
        words = row.text
        while (row.commitment_set_id, key := sha256(words.encode()).hexdigest()[:8].upper()) in taken:
            words += "+"
        taken.add((row.commitment_set_id, key))
        row.key = key
        rows.append(row)
    model.objects.bulk_update(rows, ["key"], batch_size=1000)


class Migration(migrations.Migration):

    dependencies = [
        ('cohorts', '0002_commitments_in_versions'),
    ]

    operations = [migrations.RunPython(keys_fill, migrations.RunPython.noop)]
