"""Rows that say the same in two versions, or in two rounds, are the same one: their key is made of their words."""

from hashlib import sha256

from django.db import migrations


def keys_fill(apps, schema_editor):
    for name in ("Criterion", "Question"):
        model = apps.get_model("applications", name)
        taken, rows = set(), []
        for row in model.objects.order_by("terms_id", "order").iterator(chunk_size=1000):
            words = row.text
            while (row.terms_id, key := sha256(words.encode()).hexdigest()[:8].upper()) in taken:
                words += "+"
            taken.add((row.terms_id, key))
            row.key = key
            rows.append(row)
        model.objects.bulk_update(rows, ["key"], batch_size=1000)


class Migration(migrations.Migration):

    dependencies = [
        ('applications', '0011_terms_in_versions'),
    ]

    operations = [migrations.RunPython(keys_fill, migrations.RunPython.noop)]
