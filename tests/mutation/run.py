"""Mutation tests: `python -m tests.mutation.run [module …]`. Each wrong version of the rules must fail a test.

One that no test can tell from the right one is named in EQUIVALENT with its reason. Part of `make audit`: it starts
pytest once for each mutant, several at a time, on a PostgreSQL of its own.
"""

import os
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

from mastery_hub import embedded
from tests.mutation.mutants import Mutant, mutants_of

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 300
TESTS = {
    "applications.workflow": [
        "applications/test_workflow.py",
        "applications/test_services_selection.py",
        "test_docs.py",
    ],
    "applications.eligibility": ["applications/test_eligibility.py", "applications/test_services_applications.py"],
    "applications.permissions": [
        "applications/test_permissions.py",
        "applications/test_workflow.py",
        "applications/test_hub_school.py",
    ],
    "mastery_hub.accounts.permissions": ["accounts/test_permissions.py"],
    "mastery_hub.directory.permissions": ["directory/test_permissions.py"],
    "mastery_hub.common.money": ["common/test_values.py"],
    "mastery_hub.common.transitions": ["applications/test_workflow.py", "applications/test_concurrency.py"],
}
EQUIVALENT: dict[tuple[str, str], str] = {}


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def path_of(module: str) -> Path:
    return ROOT / f"{module.replace('.', '/')}.py"


def is_killed(module: str, number: int, slot: int, keeper: embedded.Keeper) -> bool:
    """`slot` is a database that no other run uses at the same time."""
    environment = {
        **os.environ,
        "MODE": "test",
        "MUTANT": f"{module}:{number}" if number >= 0 else "",
        "DATABASE_URL": keeper.place.database_url(f"mutation_{slot}"),
        "REDIS_URL": keeper.place.redis_url,
    }
    files = [f"tests/{name}" for name in TESTS[module]]
    options = ["-x", "-q", "-n0", "-p", "tests.mutation.plugin", "-p", "no:cacheprovider", "-p", "no:randomly"]
    command = [sys.executable, "-m", "pytest", *options, *files]
    try:
        ended = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return True
    return ended.returncode != 0


def survivors_of(module: str, slots: "Queue[int]", pool: ThreadPoolExecutor, keeper: embedded.Keeper) -> list[Mutant]:
    def lives(number: int) -> bool:
        slot = slots.get()
        try:
            return not is_killed(module, number, slot, keeper)
        finally:
            slots.put(slot)

    mutants = [*mutants_of(path_of(module).read_text())]
    known = [mutant for mutant in mutants if (mutant.was, mutant.now) in EQUIVALENT]
    if not lives(-1):
        sys.exit(f"The tests of {module} fail as it is.")
    wanted = [number for number, mutant in enumerate(mutants) if mutant not in known]
    alive = [mutants[number] for number, lived in zip(wanted, pool.map(lives, wanted), strict=True) if lived]
    killed = len(wanted) - len(alive)
    say(f"{module}: {len(mutants)} mutants, {killed} killed, {len(known)} equivalent, {len(alive)} alive")
    for mutant in alive:
        say(f"\n{path_of(module).relative_to(ROOT)}:{mutant.line}\n- {mutant.was}\n+ {mutant.now}")
    return alive


def main(modules: list[str]) -> int:
    count = os.cpu_count() or 2
    slots: Queue[int] = Queue()
    for slot in range(count):
        slots.put(slot)
    keeper = embedded.Keeper(embedded.Place(tempfile.mkdtemp(prefix="mastery-hub-mutation-")), temporary=True)
    try:
        embedded.start_postgres(keeper, *embedded.UNSAFE_BUT_FAST)
        embedded.start_redis(keeper)
        with ThreadPoolExecutor(count) as pool:
            alive = [mutant for module in modules for mutant in survivors_of(module, slots, pool, keeper)]
    finally:
        keeper.stop()
    return bool(alive)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [*TESTS]))
