"""``python -m tarl_app``: see ``tarl_app.cli``."""

import os
import sys
from typing import NoReturn

from tarl_app.cli import main
from tarl_app.core.process.garbage import uncollected


def end(code: int) -> NoReturn:
    """Ends the process with this code.

    A stopped run of several processes has not left their process group, since that waits for processes that may hang.
    The group's threads would abort the interpreter while it shuts down, so it is not shut down then.
    """
    if "torch.distributed" in sys.modules:
        from torch import distributed

        if distributed.is_available() and distributed.is_initialized():
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    sys.exit(code)


if __name__ == "__main__":
    end(main())
if __name__ == "__mp_main__":  # another process of a run: see ``training.distributed.ranks``
    with uncollected(keep=True):
        import tarl_app.training.train  # noqa: F401 - it is what the process was started for
