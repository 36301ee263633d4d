"""Small configurations of the AWS provider's resources, made up from a seed: values in disguise."""

from __future__ import annotations

import random
from collections.abc import Callable

_HEAD = 'terraform {\n  required_providers {\n    aws = { source = "hashicorp/aws" }\n  }\n}\n'
_HEAD += 'provider "aws" {\n  region = "eu-west-1"\n}\n'

# Each takes the text of an expression and gives one of the same value.
_DISGUISES: tuple[Callable[[str], str], ...] = (
    lambda e: f"try(local.nothing.at.all, {e})",
    lambda e: f"coalesce(null, {e})",
    lambda e: f"element([{e}], 3)",
    lambda e: f'lookup({{ k = {e} }}, "k", null)',
    lambda e: f"merge({{ k = null }}, {{ k = {e} }}).k",
    lambda e: f"[for each_one in [{e}] : each_one][0]",
    lambda e: f'{{ for key in ["a"] : key => {e} }}["a"]',
    lambda e: f"one([{e}])",
    lambda e: f"jsondecode(jsonencode({e}))",
    lambda e: f"(length([1, 2]) == 2 ? {e} : null)",
    lambda e: f"flatten([[[{e}]], []])[0]",
    lambda e: f"concat([], [{e}])[0]",
    lambda e: f"values({{ only = {e} }})[0]",
    lambda e: f"reverse([0, {e}])[0]" if e.lstrip("-").isdecimal() else f"distinct([{e}, {e}])[0]",
    lambda e: f"({e})",
    lambda e: f"yamldecode(yamlencode({{ k = {e} }})).k",
    lambda e: f"([{{ a = [{{ b = {e} }}] }}][*].a[*].b)[0][0]",
    lambda e: f"[{{ a = {e} }}].*.a[0]",
    lambda e: f'merge([{{ k = null }}, {{ k = {e} }}]...)["k"]',
    lambda e: f"tolist([{e}])[0]",
    lambda e: f'tomap({{ k = {e} }})["k"]',
    lambda e: f"coalescelist([], [{e}])[0]",
    lambda e: f"one(toset([{e}]))",
    lambda e: f'zipmap(["k"], [{e}])["k"]',
    lambda e: f"(false ? null : {e})",
    lambda e: f"try({e}, null)",
    lambda e: f'transpose({{ "${{{e}}}" = ["k"] }})["k"][0]',
    lambda e: f'{{ for key, all in {{ for v in [{e}, {e}] : "k" => v... }} : key => all[1] }}.k',
    lambda e: f"chunklist([null, {e}], 1)[1][0]",
    lambda e: f'setproduct(["x"], [{e}])[0][1]',
    lambda e: f"slice([{e}, 1], 0, 1)[0]",
)
_TEXTS: tuple[Callable[[str], str], ...] = (
    lambda e: f'"${{{e}}}"',
    lambda e: f'join("", split("", {e}))',
    lambda e: f'replace({e}, "/x{{3}}/", "y")',
    lambda e: f'regex("^.*$", {e})',
    lambda e: f'format("%s", {e})',
    lambda e: f'"%{{ if true }}${{{e}}}%{{ else }}no%{{ endif }}"',
    lambda e: f'trimprefix("x${{{e}}}", "x")',
    lambda e: f"base64decode(base64encode({e}))",
    lambda e: f"strrev(strrev({e}))",
    lambda e: f"sort([{e}])[0]",
    lambda e: f"keys({{ ({e}) = 1 }})[0]",
    lambda e: f'csvdecode("a\\n${{{e}}}\\n")[0].a',
)
_NUMBERS: tuple[Callable[[str], str], ...] = (
    lambda e: f'tonumber("${{{e}}}")',
    lambda e: f"({e} + 0)",
    lambda e: f"max({e}, {e} - 1)",
    lambda e: f"parseint(tostring({e}), 10)",
    lambda e: f"sum([{e}, 1, -1])",
    lambda e: f"ceil({e} - 0.5)",
    lambda e: f"floor(({e} * 3 + 1) / 3)",
    lambda e: f"(({e} * 7) % 7 + {e})",
)


class _Writer:
    def __init__(self, seed: int) -> None:
        self._draw = random.Random(seed)
        self._parts = [_HEAD, "locals {\n  nothing = {}\n}\n"]

    def hidden(self, value: str | int) -> str:
        """An expression that means the value."""
        text = str(value) if isinstance(value, int) else f'"{value}"'
        disguises = (*_DISGUISES, *(_NUMBERS if isinstance(value, int) else _TEXTS))
        for _ in range(self._draw.randint(0, 3)):
            text = self._draw.choice(disguises)(text)
        return text

    def text(self) -> str:
        """A whole root module."""
        count = self._draw.randint(1, 3)
        blocks = ", ".join(f"v{i} = {self.hidden(f'10.{i}.0.0/16')}" for i in range(count))
        self._parts.append(f"locals {{\n  vpcs = {{ {blocks} }}\n}}\n")
        self._parts.append('resource "aws_vpc" "v" {\n  for_each   = local.vpcs\n  cidr_block = each.value\n}\n')
        self._subnets()
        for number in range(self._draw.randint(1, 4)):
            self._group(number)
        return "".join(self._parts)

    def _subnets(self) -> None:
        each = self._draw.randint(1, 4)
        bits = self._draw.randint(3, 8)
        self._parts.append(
            f"""
locals {{
  pairs   = setproduct(keys(local.vpcs), range({self.hidden(each)}))
  subnets = {{ for pair in local.pairs : "${{pair[0]}}-${{pair[1]}}" => pair }}
}}
resource "aws_subnet" "s" {{
  for_each   = local.subnets
  vpc_id     = aws_vpc.v[each.value[0]].id
  cidr_block = cidrsubnet(aws_vpc.v[each.value[0]].cidr_block, {self.hidden(bits)}, each.value[1])
}}
resource "aws_route_table" "t" {{
  count  = {self.hidden(self._draw.randint(0, 2))}
  vpc_id = aws_vpc.v["v0"].id
}}
"""
        )

    def _group(self, number: int) -> None:
        ports = sorted(self._draw.sample(range(1, 9_000), self._draw.randint(0, 4)))
        rules = ", ".join(f"{{ port = {self.hidden(port)}, cidr = {self._block()} }}" for port in ports)
        self._parts.append(
            f"""
resource "aws_security_group" "g{number}" {{
  name   = {self.hidden(f"g{number}")}
  vpc_id = aws_vpc.v["v0"].id
  dynamic "ingress" {{
    for_each = [{rules}]
    iterator = rule
    content {{
      protocol    = {self.hidden(self._draw.choice(("tcp", "udp")))}
      from_port   = rule.value.port
      to_port     = rule.value.port + rule.key
      cidr_blocks = [rule.value.cidr]
    }}
  }}
}}
resource "aws_vpc_security_group_egress_rule" "g{number}" {{
  for_each          = toset([{self._block()}, {self._block()}])
  security_group_id = aws_security_group.g{number}.id
  cidr_ipv4         = each.value
  ip_protocol       = "tcp"
  from_port         = {self.hidden(443)}
  to_port           = {self.hidden(self._draw.randint(443, 9_000))}
}}
"""
        )

    def _block(self) -> str:
        return self.hidden(f"192.{self._draw.randint(0, 255)}.{self._draw.randint(0, 255)}.0/24")


def generated(seed: int) -> str:
    """The text of one root module."""
    return _Writer(seed).text()
