"""Every kind of the real provider that has to do with networks is modelled, named, or silent for a reason."""

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netaudit.providers.aws import catalogue, shapes, silent
from netaudit.providers.aws.lookup import ALIASES
from tests.oracles import REPOSITORY, program, terraform_plugins

_CONFIGURATION = 'terraform {\n  required_providers {\n    aws = {\n      source = "hashicorp/aws"\n    }\n  }\n}\n'
_TELLING = re.compile(
    r"subnet|vpc|security_group|network_interface|^eni|elastic_ip|^eip|allocation_id|^network_|_networks?$|public_ip"
    r"|publicly"
)
_FAMILIES = re.compile(
    r"aws_(customer_gateway|default_|dx_|ec2_(carrier|client_vpn|local|network|traffic|transit)|egress|eip|elb|fms"
    r"|globalaccelerator|internet_gateway|lb|lightsail|main_|nat_|network|opsworks|ram|route|security_group"
    r"|service_discovery|subnet|verifiedaccess|vpc|vpn)"
)
Schemas = dict[str, Any]


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Schemas:
    """What `terraform providers schema` says about every resource of the provider."""
    terraform, mirror, work = program("terraform"), terraform_plugins(), tmp_path_factory.mktemp("schema")
    (work / "main.tf").write_text(_CONFIGURATION)
    (work / "mirror.rc").write_text(
        f'provider_installation {{\n  filesystem_mirror {{\n    path = "{mirror}"\n  }}\n}}\n'
    )
    environment = {**os.environ, "TF_CLI_CONFIG_FILE": str(work / "mirror.rc"), "CHECKPOINT_DISABLE": "1"}

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [terraform, *arguments], cwd=work, env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout

    run("init", "-input=false", "-no-color")
    found = json.loads(run("providers", "schema", "-json"))["provider_schemas"]
    resources = found["registry.terraform.io/hashicorp/aws"]["resource_schemas"]
    return {kind: each["block"] for kind, each in resources.items()}


def _written(block: Any) -> Iterator[tuple[str, ...]]:
    """The paths of all arguments and blocks that a configuration may write."""
    for name, each in block.get("attributes", {}).items():
        if each.get("optional") or each.get("required"):
            yield (name,)
            inner = [*_written(each.get("nested_type", {})), *_of_type(each.get("type"))]
            yield from ((name, *path) for path in inner)
    for name, each in block.get("block_types", {}).items():
        yield (name,)
        yield from ((name, *path) for path in _written(each["block"]))


def _of_type(kind: Any) -> Iterator[tuple[str, ...]]:
    """The paths inside of an argument that is an object, or a list of them."""
    if isinstance(kind, list) and kind[0] == "object":
        for name, each in kind[1].items():
            yield (name,)
            yield from ((name, *path) for path in _of_type(each))
    elif isinstance(kind, list):
        yield from _of_type(kind[1])


@pytest.mark.oracle
def test_aws_55_every_kind_about_networks_is_modelled_or_named_or_silent_for_a_reason(schemas: Schemas) -> None:
    """None of the provider's kinds with a telling argument, or of a family about networks, is passed over."""
    decided = {*catalogue.MODELLED, *catalogue.WIDENED, *catalogue.MISSING, *silent.SILENT, *ALIASES}
    telling = {kind for kind, block in schemas.items() if any(_TELLING.search(path[-1]) for path in _written(block))}
    families = {kind for kind in schemas if _FAMILIES.match(kind)}
    assert len(telling) > 150
    assert set() == (telling | families) - decided


@pytest.mark.oracle
def test_aws_55_every_argument_of_a_shape_is_one_of_the_provider(schemas: Schemas) -> None:
    """Blocks, subnets, groups and publicity of managed services are where the provider's schema has them."""
    wrong = [
        f"{kind}: {path}"
        for kind, shape in shapes.SHAPES.items()
        for path in _named(shape)
        if not any(path in known for known in _known(schemas[kind]))
    ]
    assert [] == wrong


def _named(shape: shapes.Shape) -> Iterator[str]:
    yield from shape.block.split()
    yield from (name for name in (shape.groups, shape.subnets, shape.subnet_group, shape.public) if name)


def _known(block: Any) -> tuple[set[str], set[str]]:
    paths = [*_written(block)]
    return {".".join(path) for path in paths}, {path[-1] for path in paths}


@pytest.mark.oracle
def test_aws_55_every_kind_that_is_decided_about_exists(schemas: Schemas) -> None:
    """A name with a slip in it would decide about nothing; one kind is of later versions."""
    decided = {*catalogue.MODELLED, *catalogue.WIDENED, *catalogue.MISSING, *silent.SILENT}
    assert {"aws_vpc_security_group_rules_exclusive"} == decided - schemas.keys()


def test_aws_55_no_kind_is_decided_about_twice() -> None:
    """A kind is modelled, widens, is missing or is silent."""
    tables = [catalogue.MODELLED, set(catalogue.WIDENED), set(catalogue.MISSING), silent.SILENT]
    assert sum(map(len, tables)) == len(set().union(*tables))


# ---- what the documentation lists ---------------------------------------------------------------------

_MODEL = (REPOSITORY / "docs" / "model.md").read_text(encoding="utf-8")


def _rows(heading: str) -> dict[str, str]:
    """The table under a heading: kinds, and what is said of them."""
    section = _MODEL.split(f"\n### {heading}\n")[1].split("\n### ")[0].split("\n## ")[0]
    return dict(re.findall(r"^\| `(aws_\w+)` \| (.+?) \|$", section, re.MULTILINE))


@pytest.mark.parametrize(
    ("heading", "table"),
    [
        ("Not modelled: possible, never certain", catalogue.WIDENED),
        ("Not modelled: missing from every answer", catalogue.MISSING),
    ],
)
def test_aws_55_what_is_not_modelled_is_listed_with_the_words_of_its_diagnostic(
    heading: str, table: dict[str, str]
) -> None:
    """The documentation names every such kind, and says of it what a run says."""
    assert table == _rows(heading)


def test_aws_55_every_managed_service_is_listed_as_an_endpoint() -> None:
    """The documentation names every kind that is an endpoint."""
    listed = next(line for line in _MODEL.splitlines() if line.startswith("- **Endpoints**"))
    assert set() == shapes.SHAPES.keys() - set(re.findall(r"`(aws_\w+)`", listed))


def test_aws_55_the_reasons_of_silent_kinds_are_listed() -> None:
    """The documentation gives each reason for which kinds are silent."""
    assert [] == [reason for reason in silent.REASONS if f"- {reason}" not in _MODEL]


def test_the_files_of_the_catalogue_are_where_the_tests_look() -> None:
    """The tables above are not empty."""
    assert min(map(len, (catalogue.WIDENED, catalogue.MISSING, silent.SILENT))) > 10
    assert Path(silent.__file__).is_file()
