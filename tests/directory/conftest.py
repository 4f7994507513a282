from io import StringIO

import pytest
from django.core.management import call_command


@pytest.fixture
def directory(db):
    """England: regions, authorities and the 40 hubs as they come with the project."""
    call_command("load_directory", stdout=StringIO())
