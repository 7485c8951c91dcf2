"""Tries all distributions of the workspace together, installed from their wheels in one environment."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packing.archives import archives_of
from packing.cases import tested
from packing.commands import Failed, run
from packing.distributions import Distribution
from packing.environments import Base, Environment


@dataclass(frozen=True)
class Together:
    """Everything that is built, on one Python that has all that it needs."""

    workspace: Mapping[str, Distribution]
    archives: Path
    base: Base
    folder: Path

    def tried(self, root: Path, with_tests: bool) -> list[str]:
        """Install all wheels, have every plugin in order, and run the tests of the workspace that span packages.

        Raises:
            Failed: something is not as it should be.
        """
        environment = Environment(self.base, self.folder)
        environment.make()
        environment.show(self.base.distributions.keys())
        wheels = [archives_of(one, self.archives).wheel for one in self.workspace.values()]
        environment.pip("install", "--quiet", "--no-deps", "--no-index", *wheels)
        environment.pip("check")
        command = environment.folder / "bin" / "fgspace"
        found = json.loads(run([command, "plugins", "--strict", "--json"], environment.folder))["plugins"]
        if missing := {*self.workspace} - {one["distribution"] for one in found if one["state"] == "ok"}:
            raise Failed(f"fgspace plugins does not find {', '.join(sorted(missing))} in order")
        told = [f"{len(found)} plugins in order"]
        if with_tests:
            told.append(
                tested(environment, root, root / "tests" / "test_plugins.py", root / "tests" / "test_spaces.py")
            )
        return told
