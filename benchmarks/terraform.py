"""How long a thousand files of Terraform (2 MB) take: the parser alone, the front end, and the whole program over them.

    python benchmarks/terraform.py [--files 1000] [--repeat 3]

Every file is distinct, so nothing is answered from another one. Seconds are processor time of whole processes, the
least of the repeats; the interpreter's own start is measured too, and taken off before the ratio is formed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

FILES_PER_MODULE = 50

_PARSE_ALONE = """
import pathlib, sys
import tree_sitter, tree_sitter_hcl
parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_hcl.language()))
for path in pathlib.Path(sys.argv[1]).rglob("*.tf"):
    parser.parse(path.read_bytes())
"""
_FRONT_END_ALONE = """
import gc, pathlib, sys
gc.disable()  # as every reading does
from netaudit.sources.terraform.cache import kept_in
from netaudit.sources.terraform.hcl import parse_file
with kept_in(pathlib.Path(sys.argv[2]) if sys.argv[2:] else None):
    for path in pathlib.Path(sys.argv[1]).rglob("*.tf"):
        parse_file(path.read_text())
"""

_FILE = """\
# The tier {n}: groups, their rules and what is in them.
variable "ports_{n}" {{
  description = "What tier {n} opens, by name."
  type = map(object({{
    port     = number
    protocol = optional(string, "tcp")
    cidrs    = optional(list(string), [])
  }}))
  default = {{
    https = {{ port = {port}, cidrs = ["10.{a}.{b}.0/24"] }}
    admin = {{ port = 22 }}
  }}
}}

locals {{
  name_{n}   = format("%s-%03d", "tier", {n})
  tags_{n}   = merge({{ Name = local.name_{n}, Tier = "{n}" }}, {n} % 2 == 0 ? {{ Even = "yes" }} : {{}})
  opened_{n} = {{ for name, rule in var.ports_{n} : name => rule if length(rule.cidrs) > 0 }}
}}

resource "aws_security_group" "tier_{n}" {{
  name        = local.name_{n}
  description = "Tier {n}"
  vpc_id      = var.vpc_id
  tags        = local.tags_{n}

  dynamic "ingress" {{
    for_each = local.opened_{n}
    iterator = rule
    content {{
      description = "Open ${{rule.key}} of tier {n}"
      from_port   = rule.value.port
      to_port     = rule.value.port
      protocol    = rule.value.protocol
      cidr_blocks = rule.value.cidrs
    }}
  }}

  egress {{
    from_port   = 0
    to_port     = 0
    protocol    = "-1"
    cidr_blocks = ["0.0.0.0/0"]
  }}
}}

resource "aws_security_group_rule" "inside_{n}" {{
  for_each = toset(["{port}", "{next_port}"])

  type                     = "ingress"
  from_port                = tonumber(each.value)
  to_port                  = tonumber(each.value)
  protocol                 = "tcp"
  security_group_id        = aws_security_group.tier_{n}.id
  source_security_group_id = aws_security_group.tier_{n}.id
}}

resource "aws_subnet" "tier_{n}" {{
  count = 2

  vpc_id            = var.vpc_id
  cidr_block        = cidrsubnet("10.{a}.{b}.0/24", 2, count.index)
  availability_zone = element(["eu-west-1a", "eu-west-1b"], count.index)
  tags              = merge(local.tags_{n}, {{ Index = count.index }})
}}

output "group_{n}" {{
  value = try(aws_security_group.tier_{n}.id, null)
}}
"""


def write(folder: Path, files: int) -> int:
    """A root that calls modules of so many distinct files in all. The size in bytes."""
    modules = range(-(-files // FILES_PER_MODULE))
    root = ['resource "aws_vpc" "main" {\n  cidr_block = "10.0.0.0/8"\n}\n']
    for module in modules:
        root.append(f'module "part_{module}" {{\n  source = "./part_{module}"\n  vpc_id = aws_vpc.main.id\n}}\n')
        (folder / f"part_{module}").mkdir()
        (folder / f"part_{module}" / "variables.tf").write_text(f'# {module}\nvariable "vpc_id" {{}}\n')
    (folder / "main.tf").write_text("\n".join(root))
    for n in range(files):
        a, b = divmod(n, 256)
        text = _FILE.format(n=n, port=1024 + n, next_port=9024 + n, a=a, b=b)
        (folder / f"part_{n // FILES_PER_MODULE}" / f"tier_{n}.tf").write_text(text)
    return sum(path.stat().st_size for path in folder.rglob("*.tf"))


def seconds(command: Sequence[str], repeat: int) -> float:
    """The processor time of a process, the least of so many."""
    return min(_once(command) for _ in range(repeat))


def _once(command: Sequence[str]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    # compiled modules are kept, as they are once a package is installed
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["PYTHONHASHSEED"] = "0"
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=environment)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def measure(files: int, repeat: int) -> dict[str, float]:
    """Seconds and ratios over one generated root; `kept` is with a cache of trees that is full."""
    with tempfile.TemporaryDirectory() as name, tempfile.TemporaryDirectory() as kept:
        size = write(Path(name), files)
        start = seconds([sys.executable, "-c", "pass"], repeat)
        parse = [sys.executable, "-c", _PARSE_ALONE, name]
        front_end = [sys.executable, "-c", _FRONT_END_ALONE, name]
        program = [sys.executable, "-m", "netaudit", "ls", "resources", name, "--format", "json"]
        storing = seconds([*program, "--set", f"cache.dir={kept}/program"], 1)
        seconds([*front_end, f"{kept}/front-end"], 1)
        works = {
            "parser alone": parse,
            "front end": front_end,
            "front end, kept": [*front_end, f"{kept}/front-end"],
            "ls resources": [*program, "--no-cache"],
            "ls resources, kept": [*program, "--set", f"cache.dir={kept}/program"],
        }
        found = {work: seconds(command, repeat) - start for work, command in works.items()}
    found["ls resources, first with a cache"] = storing - start
    ratios = {f"{work} / parser": round(spent / found["parser alone"], 1) for work, spent in found.items()}
    rounded = {work: round(spent, 2) for work, spent in found.items()}
    return {"files": files, "megabytes": round(size / 1e6, 2), "start": round(start, 3), **rounded, **ratios}


def main() -> None:
    """Print the measures as JSON."""
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("--files", type=int, default=1_000)
    reader.add_argument("--repeat", type=int, default=3)
    chosen = reader.parse_args()
    print(json.dumps(measure(chosen.files, chosen.repeat), indent=2))


if __name__ == "__main__":
    main()
