"""`python -m fgspace` is the `fgspace` command."""

import sys

from fgspace.cli import main

if __name__ == "__main__":
    sys.exit(main())
