"""The real terraform applies our scenarios to the simulator, which then describes them.

`python -m tests.simulator.outside` writes what it describes to `fixtures/aws/account`, again.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.oracles import REPOSITORY, absent, program, terraform_plugins

FIXTURES = REPOSITORY / "fixtures" / "aws"
CODE, ACCOUNT, NAMES = FIXTURES / "code", FIXTURES / "account", FIXTURES / "names.json"
SCENARIOS = tuple(sorted(path.name for path in CODE.iterdir()))
# Terraform waits a minute for each of these, whether they are there or not.
SLOW = frozenset({"application-load-balancer", "database", "network-load-balancer", "shared-services"})

_INSIDE = Path(__file__).with_name("inside.py")
_PACKAGES = ("moto==5.2.5", "boto3", "flask", "flask-cors")
_PATIENCE = 300.0
_ENDPOINTS = ("aws_instance", "aws_network_interface", "aws_lb", "aws_vpc_endpoint", "aws_db_instance")
_SERVICES = ("ec2", "elbv2", "elb", "rds", "sts", "iam")


def combined(work: Path, scenarios: Sequence[str]) -> Path:
    """A root module whose modules are the scenarios."""
    root = work / "root"
    for name in scenarios:
        shutil.copytree(CODE / name, root / name)
    calls = "".join(f'module "{name}" {{\n  source = "./{name}"\n}}\n\n' for name in scenarios)
    (root / "main.tf").write_text(calls, encoding="utf-8")
    return root


def simulated(work: Path, scenarios: Sequence[str]) -> tuple[Path, Mapping[str, str]]:
    """What the simulator describes after terraform made these scenarios, and each id's address in the code."""
    terraform, mirror, python = program("terraform"), terraform_plugins(), _environment()
    root, account = combined(work, scenarios), work / "account"
    (work / "mirror.rc").write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n', encoding="utf-8"
    )
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": str(work / "mirror.rc"), "CHECKPOINT_DISABLE": "1"}

    def run(*command: str) -> str:
        done = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, check=False, timeout=_PATIENCE
        )
        assert done.returncode == 0, done.stderr or done.stdout
        return done.stdout

    with _served(python) as url:
        (root / "provider.tf").write_text(_provider(url), encoding="utf-8")
        run(terraform, "init", "-input=false", "-no-color")
        run(terraform, "apply", "-auto-approve", "-input=false", "-no-color", "-parallelism=60")
        run(str(python), str(_INSIDE), "describe", url, str(account))
        names = dict(_names(json.loads(run(terraform, "show", "-json"))["values"]["root_module"]))
    (root / "provider.tf").unlink()
    return account, names


def _environment() -> Path:
    """The Python of an environment with the simulator, made where it is missing."""
    home = Path(os.environ.get("NETAUDIT_SIMULATOR", str(REPOSITORY / ".venv" / "simulator")))
    python = home / "bin" / "python"
    if not (home / "bin" / "moto_server").is_file():
        made = subprocess.run([sys.executable, "-m", "venv", str(home)], capture_output=True, text=True, check=False)
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *_PACKAGES]
        fetched = subprocess.run(pip, capture_output=True, text=True, check=False) if made.returncode == 0 else made
        if fetched.returncode != 0:
            shutil.rmtree(home, ignore_errors=True)
            absent(f"the simulator (moto) cannot be installed: {fetched.stderr.strip()[-300:]}")
    return python


@contextmanager
def _served(python: Path) -> Iterator[str]:
    """A simulator of our own on a free port of the loopback, for as long as it is used."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [str(python), str(_INSIDE), "serve", str(port)]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(port, server)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        assert server.poll() is None, "the simulator ended"
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise AssertionError("the simulator does not answer")


def _provider(url: str) -> str:
    endpoints = "".join(f'    {name} = "{url}"\n' for name in _SERVICES)
    return f"""provider "aws" {{
  region                      = "us-east-1"
  access_key                  = "x"
  secret_key                  = "y"
  max_retries                 = 2
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true
  skip_region_validation      = true

  endpoints {{
{endpoints}  }}
}}
"""


def _names(module: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The address of each id that may be an endpoint of a snapshot."""
    for each in module.get("resources", ()):
        if each["mode"] == "managed" and each["type"] in _ENDPOINTS:
            known = (each["values"].get(key) for key in ("id", "arn", "identifier"))
            yield from ((key, each["address"]) for key in known if isinstance(key, str))
    for child in module.get("child_modules", ()):
        yield from _names(child)


def regenerate() -> None:
    """Write what the simulator describes of all scenarios, and the ids of what is an endpoint somewhere."""
    with tempfile.TemporaryDirectory() as work:
        account, names = simulated(Path(work), SCENARIOS)
        shutil.rmtree(ACCOUNT, ignore_errors=True)
        ACCOUNT.mkdir()
        for file in sorted(account.iterdir()):
            (ACCOUNT / file.name).write_text(_compact(json.loads(file.read_text(encoding="utf-8"))), encoding="utf-8")
        NAMES.write_text(json.dumps(names, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _compact(document: Mapping[str, Any]) -> str:
    """One thing on each line."""
    parts = [f'"{key}": [\n' + ",\n".join(map(json.dumps, items)) + "\n]" for key, items in document.items()]
    return "{" + ", ".join(parts) + "}\n"


if __name__ == "__main__":
    regenerate()
