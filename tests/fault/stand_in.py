"""What `manage.py demo` does with its keeper, in the folder it is told: servers, a worker and its child, waiting."""

import sys

from mastery_hub.embedded import UNSAFE_BUT_FAST, Failed, Keeper, Place, start_servers

try:
    with Keeper(Place(sys.argv[1])) as keeper:
        start_servers(keeper, *UNSAFE_BUT_FAST)
        keeper.start("worker", ["sh", "-c", "sleep 600 & sleep 600"], cwd=keeper.place.home)
        sys.stdout.write("up\n")
        sys.stdout.flush()
        keeper.watch()
except Failed as failed:
    sys.exit(str(failed))
