"""Small disks, made to be filled."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

FILLER = "fills the disk"


@contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[Path]:
    folder.mkdir()
    options = f"size={megabytes}m"
    made = subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", folder], capture_output=True)
    if made.returncode:
        pytest.skip("a disk to fill can only be made by root, with the right to mount")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder: Path) -> None:
    with (folder / FILLER).open("wb", buffering=0) as file:
        for size in (1_000_000, 4096):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
