"""The program: `netaudit` and `python -m netaudit`. The version alone is told without loading anything."""

import sys

from netaudit import __version__


def run() -> None:
    """Run the command line of this process."""
    if sys.argv[1:] == ["--version"]:
        sys.stdout.write(f"netaudit, version {__version__}\n")
        return
    from netaudit import cli  # noqa: PLC0415 - click alone costs more than telling the version

    cli.run()


if __name__ == "__main__":
    run()
