"""`python -m detent` is `detent`."""

from __future__ import annotations

import sys

from detent.fsm.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
