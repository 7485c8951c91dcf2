"""Runs an exported `model.py` on given inputs where nothing of fgspace can be imported: a program, not a module.

Arguments: the folder of the file, a file of batches by kind, the file to write outputs to, and the import path as JSON.
"""

import json
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import Any


class Forbidden:
    """Refuses to import fgspace and its plugins."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> None:
        """Raise ImportError for a module of fgspace."""
        if name.partition(".")[0].startswith("fgspace"):
            raise ImportError(f"{name} is not needed by an exported network, but was imported")


def main(folder: str, inputs: str, found: str, paths: str) -> None:
    """Write the outputs of the network of a folder for the inputs of a file."""
    sys.path[:] = [folder, *json.loads(paths)]
    sys.meta_path.insert(0, Forbidden())
    import torch
    from torch.utils._pytree import tree_leaves

    network = import_module("model").load()  # of the exported folder

    def outputs(given: Any) -> list[Any]:
        with torch.no_grad():
            output = network(**given) if isinstance(given, Mapping) else network(given)
        return [one for one in tree_leaves(output) if isinstance(one, torch.Tensor)]

    batches = torch.load(inputs, weights_only=True)
    torch.save({kind: [outputs(one) for one in some] for kind, some in batches.items()}, found)


if __name__ == "__main__":
    main(*sys.argv[1:])
