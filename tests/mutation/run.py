"""Mutation tests: `python -m tests.mutation.run [module …]`. Each wrong version of the rules must fail a test.

`module:4,7` runs these again alone, by the numbers that were told of those alive.
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
from tests.mutation.mutants import mutants_of

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 300
TESTS = {
    "applications.workflow": ["test_docs.py", "applications/test_workflow.py"],
    "applications.eligibility": ["applications/test_eligibility.py"],
    **{
        f"applications.permissions.{noun}": [
            "applications/test_permissions.py",
            "applications/referrals/test_services.py",
            "applications/school_changes/test_permissions.py",
        ]
        for noun in (
            "applications",
            "evidence",
            "exceptions",
            "nominations",
            "places",
            "referrals",
            "rounds",
            "support",
        )
    },
    "mastery_hub.accounts.permissions": ["accounts/test_permissions.py"],
    "mastery_hub.directory.permissions": ["directory/test_permissions.py"],
    "mastery_hub.common.money": ["common/test_values.py"],
    "mastery_hub.common.transitions": ["common/test_transitions.py"],
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
        "PYTHONDONTWRITEBYTECODE": "",  # nobody compiles the same files hundreds of times
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


def survivors_of(wish: str, slots: "Queue[int]", pool: ThreadPoolExecutor, keeper: embedded.Keeper) -> list[int]:
    """`wish` is a module's name, and perhaps numbers of its mutants."""
    module, _, numbers = wish.partition(":")

    def lives(number: int) -> bool:
        slot = slots.get()
        try:
            return not is_killed(module, number, slot, keeper)
        finally:
            slots.put(slot)

    mutants = [*mutants_of(path_of(module).read_text())]
    chosen = [int(number) for number in numbers.split(",")] if numbers else range(len(mutants))
    wanted = [number for number in chosen if (mutants[number].was, mutants[number].now) not in EQUIVALENT]
    if not lives(-1):
        sys.exit(f"The tests of {module} fail as it is.")
    alive = [number for number, lived in zip(wanted, pool.map(lives, wanted), strict=True) if lived]
    killed, same = len(wanted) - len(alive), len(chosen) - len(wanted)
    say(f"{module}: {len(chosen)} mutants, {killed} killed, {same} equivalent, {len(alive)} alive")
    for number in alive:
        mutant = mutants[number]
        say(f"\n{module}:{number} in line {mutant.line}\n- {mutant.was}\n+ {mutant.now}")
    return alive


def main(wishes: list[str]) -> int:
    count = os.cpu_count() or 2
    slots: Queue[int] = Queue()
    for slot in range(count):
        slots.put(slot)
    keeper = embedded.Keeper(embedded.Place(tempfile.mkdtemp(prefix="mastery-hub-mutation-")), temporary=True)
    try:
        embedded.start_postgres(keeper, *embedded.UNSAFE_BUT_FAST)
        embedded.start_redis(keeper)
        with ThreadPoolExecutor(count) as pool:
            alive = [number for wish in wishes for number in survivors_of(wish, slots, pool, keeper)]
    finally:
        keeper.stop()
    return bool(alive)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or [*TESTS]))
