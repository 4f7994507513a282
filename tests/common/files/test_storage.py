import stat

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage, storages

from tests.test_settings import PRODUCTION, run


def test_files_are_readable_by_the_service_alone(private_root):
    name = storages["private"].save("app/model/2026/random", ContentFile(b"bytes"))

    assert (private_root / name).read_bytes() == b"bytes"
    assert stat.S_IMODE((private_root / name).stat().st_mode) == 0o600
    folders = [private_root, *(each for each in private_root.rglob("*") if each.is_dir())]
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in folders] == [0o700] * 4


def test_private_file_has_no_address(private_root):
    with pytest.raises(ValueError, match=r"^A private file has no address: link to a view"):
        storages["private"].url("app/model/2026/random")


def test_default_storage_stores_nothing():
    for call in (
        lambda: default_storage.save("letter.pdf", ContentFile(b"bytes")),
        lambda: default_storage.open("letter.pdf"),
        lambda: default_storage.exists("letter.pdf"),
        lambda: default_storage.url("letter.pdf"),
    ):
        with pytest.raises(ImproperlyConfigured, match=r"^Files are private here: use PrivateFileField"):
            call()


def test_production_keeps_files_where_it_is_told():
    shown = run("-c", "from django.conf import settings; print(settings.PRIVATE_ROOT)", **PRODUCTION)

    assert shown.stdout == "/srv/files\n"
