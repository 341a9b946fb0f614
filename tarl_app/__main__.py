"""``python -m tarl_app``: see ``tarl_app.cli``."""

import sys

from tarl_app.cli import main

if __name__ == "__main__":
    sys.exit(main())
