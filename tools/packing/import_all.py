"""Imports the modules that its arguments name and prints, as JSON, those that failed: the package missing, the error.

It runs in the environment that is tried, with nothing on its path but that (`python -I`).
"""

import json
import sys
from importlib import import_module


def main() -> None:
    """Import them in order, each whether the one before could be or not."""
    failed = {}
    for module in sys.argv[1:]:
        try:
            import_module(module)
        except Exception as error:
            missing = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
            failed[module] = (missing, f"{type(error).__name__}: {error}")
    print(json.dumps(failed))


if __name__ == "__main__":
    main()
