"""Named in pytest's options by tests.mutation.run: one module is read in its wrong version, told by MUTANT."""

import importlib.abc
import importlib.machinery
import importlib.util
import itertools
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, ModuleType

from tests.mutation.mutants import mutants_of


class _Loader(importlib.machinery.SourceFileLoader):
    """Leaves what Python keeps compiled alone."""

    def get_code(self, fullname: str) -> CodeType:
        number = int(os.environ["MUTANT"].rpartition(":")[2])
        mutant = next(itertools.islice(mutants_of(Path(self.path).read_text()), number, None))
        return compile(mutant.source, self.path, "exec")


class _Finder(importlib.abc.MetaPathFinder):
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != os.environ["MUTANT"].partition(":")[0]:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is None or spec.origin is None:
            return None
        return importlib.util.spec_from_file_location(fullname, spec.origin, loader=_Loader(fullname, spec.origin))


if os.environ.get("MUTANT"):
    sys.meta_path.insert(0, _Finder())
