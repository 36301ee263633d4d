"""Finding the oracles: corpora, the real terraform, a browser. What is absent skips visibly, or fails on demand.

With `NETAUDIT_REQUIRE_ORACLES=1` an absent oracle is a failure, so that CI cannot pass without them.
"""

from __future__ import annotations

import json
import os
import shutil
from importlib import import_module
from pathlib import Path
from typing import Any, NoReturn

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
_PLUGIN_TREES = ("/opt/tf-plugins", "/usr/share/terraform/plugins", "~/.terraform.d/plugins")


def corpus(part: str) -> Path:
    """The directory of one corpus (`terraform`, `netpol-analyzer`, …)."""
    root = Path(os.environ.get("NETAUDIT_CORPUS", REPOSITORY.parent / "shared" / "corpus"))
    directory = root / part
    if not directory.is_dir():
        absent(f"the corpus '{part}' is not at {root} (set NETAUDIT_CORPUS)")
    return directory


def program(name: str) -> str:
    """The path of an executable."""
    found = shutil.which(name)
    return found if found else absent(f"'{name}' is not on PATH")


def renderer(name: str) -> str:
    """The path of helm or kubectl: on PATH, or where `make test-oracles` puts them."""
    tools = os.environ.get("NETAUDIT_RENDER_TOOLS", str(REPOSITORY / ".venv" / "render-tools"))
    found = shutil.which(name) or shutil.which(name, path=tools)
    return found if found else absent(f"'{name}' is neither on PATH nor in {tools} (python -m tests.render_tools DIR)")


def terraform_plugins() -> Path:
    """The root of a provider tree that a `filesystem_mirror` can name."""
    given = os.environ.get("NETAUDIT_TF_PLUGINS")
    for tree in (given,) if given else _PLUGIN_TREES:
        directory = Path(tree).expanduser()
        if (directory / "registry.terraform.io" / "hashicorp" / "aws").is_dir():
            return directory
    return absent("no tree with the AWS provider (set NETAUDIT_TF_PLUGINS)")


def sarif_schema() -> Any:
    """The published JSON Schema of SARIF 2.1.0, as the npm package `@microsoft/jest-sarif` has it."""
    path = Path(os.environ.get("NETAUDIT_SARIF_SCHEMA", REPOSITORY / ".venv" / "schemas" / "sarif-2.1.0.json"))
    if not path.is_file():
        absent(f"no schema of SARIF at {path} (set NETAUDIT_SARIF_SCHEMA; `npm pack @microsoft/jest-sarif` has it)")
    return json.loads(path.read_text(encoding="utf-8"))


def junit_schema() -> Any:
    """The schema of JUnit XML that Jenkins publishes (`junit-10.xsd`), as the source package of pytest has it.

    As something with `is_valid` and `validate`, by the package `xmlschema`.
    """
    path = Path(os.environ.get("NETAUDIT_JUNIT_SCHEMA", REPOSITORY / ".venv" / "schemas" / "junit-10.xsd"))
    if not path.is_file():
        absent(f"no schema of JUnit XML at {path} (set NETAUDIT_JUNIT_SCHEMA; the sdist of pytest on PyPI has it)")
    try:
        return import_module("xmlschema").XMLSchema(str(path))
    except ImportError:
        return absent("the package 'xmlschema' is not installed")


def absent(reason: str) -> NoReturn:
    """Skip, visibly; or fail where oracles are required."""
    if os.environ.get("NETAUDIT_REQUIRE_ORACLES") == "1":
        pytest.fail(f"a required oracle is missing: {reason}")
    pytest.skip(reason)
