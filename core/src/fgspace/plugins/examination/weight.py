"""Tells which plugins import something heavy when they are loaded, which every command would wait for."""

import json
import subprocess
import sys
from collections.abc import Mapping

HEAVY = (
    "jax",
    "matplotlib",
    "numpy",
    "onnx",
    "onnxruntime",
    "pandas",
    "PIL",
    "ray",
    "scipy",
    "sklearn",
    "tensorflow",
    "torch",
    "torchvision",
    "transformers",
)
"""The packages that take long to import."""

# In a process of its own, since a module is imported once: only the first plugin that imports it would be seen. There,
# each plugin is refused what is heavy; that is not remembered, so that the next one asks again.
_PROGRAM = """
import json, os, sys

answer, sys.stdout = os.dup(1), sys.stderr
os.dup2(2, 1)
path, heavy, modules = json.load(sys.stdin)
sys.path[:] = path
asked = []


class Refusal:
    def find_spec(self, name, path=None, target=None):
        if name in heavy:
            asked.append(name)
            raise ImportError(name)


sys.meta_path.insert(0, Refusal())
found = {}
for plugin, module in modules.items():
    asked.clear()
    try:
        __import__(module)
    except BaseException:
        pass
    found[plugin] = sorted({*asked})
os.write(answer, json.dumps(found).encode())
"""


def heavy_imports(modules: Mapping[str, str]) -> Mapping[str, list[str]]:
    """Return plugin → the heavy packages that it imports, by plugin → the module that is imported to load it.

    Where nothing heavy is loaded now, after all plugins were, nothing needs to be tried.
    """
    if sys.modules.keys().isdisjoint(HEAVY):
        return {}
    told = json.dumps([sys.path, HEAVY, modules])
    command = [sys.executable, "-c", _PROGRAM]
    done = subprocess.run(
        command, input=told, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False
    )
    try:
        found: dict[str, list[str]] = json.loads(done.stdout)
    except ValueError:  # a plugin has ended the process
        return {}
    return found
