"""The program: `netaudit` and `python -m netaudit`. The version alone is told without loading anything."""

import gc
import os
import sys

from netaudit import __version__


def run() -> None:
    """Run the command line of this process."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"netaudit, version {__version__}\n")
        return
    # What a run reads and builds are trees that live until it ends: looking for cycles in them finds nothing.
    gc.disable()
    # No plugin has a say in how rule files are read, and looking for some opens every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    from netaudit import cli  # noqa: PLC0415 - click alone costs more than telling the version

    try:
        cli.run()
    finally:
        gc.freeze()  # or else the interpreter looks for cycles once more at the end


if __name__ == "__main__":
    run()
