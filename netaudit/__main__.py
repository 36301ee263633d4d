"""The program: `netaudit` and `python -m netaudit`. The version alone is told without loading anything."""

import gc
import sys

from netaudit import __version__


def run() -> None:
    """Run the command line of this process."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"netaudit, version {__version__}\n")
        return
    # What a run reads and builds are trees that live until it ends: looking for cycles in them finds nothing.
    gc.set_threshold(100_000, 20, 100)
    from netaudit import cli  # noqa: PLC0415 - click alone costs more than telling the version

    cli.run()


if __name__ == "__main__":
    run()
