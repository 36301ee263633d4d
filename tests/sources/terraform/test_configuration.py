"""Root modules, written here: variables, modules, meta-arguments, providers, data sources, places."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from netaudit.model import Effect, Reading, Ref, Resource, Sensitive, Unknown
from netaudit.sources.terraform import Assumptions, Inputs, VariableFile, VariableText, read_root

Root = Callable[..., Reading]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Root:
    """Reads a root made of the given files; its directory is the working directory."""
    monkeypatch.chdir(tmp_path)

    def read(files: dict[str, str], inputs: Inputs | None = None) -> Reading:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content)
        return read_root(tmp_path, name="test", inputs=inputs)

    return read


def only(reading: Reading) -> Resource:
    """The only resource of a reading that has no diagnostics."""
    assert list(reading.diagnostics) == []
    [resource] = reading.resources
    return resource


def by_address(reading: Reading) -> dict[str, Resource]:
    """The resources by address."""
    return {r.address: r for r in reading.resources}


def text_of(value: Any) -> str:
    """An unknown's cause, or the value as text."""
    return f"unknown: {value.reason}" if isinstance(value, Unknown) else str(value)


# --- variables ---------------------------------------------------------------------------------------

SHOW = 'resource "x_y" "z" {\n  v = var.v\n}\n'


def test_later_values_win(root: Root) -> None:
    """TF-29: default, assumptions, environment, terraform.tfvars, auto files by name, command line."""
    files = {"main.tf": 'variable "v" {\n  default = "default"\n}\n' + SHOW}
    assumed = Inputs(assumptions=Assumptions(variables={"v": "assumed"}))
    environment = Inputs(assumptions=assumed.assumptions, environment={"TF_VAR_v": "environment"})
    assert only(root(files)).attributes["v"] == "default"
    assert only(root(files, assumed)).attributes["v"] == "assumed"
    assert only(root(files, environment)).attributes["v"] == "environment"
    assert only(root({"terraform.tfvars": 'v = "tfvars"\n'}, environment)).attributes["v"] == "tfvars"
    assert only(root({"terraform.tfvars.json": '{"v": "json"}'})).attributes["v"] == "json"
    assert only(root({"b.auto.tfvars": 'v = "b"\n', "a.auto.tfvars": 'v = "a"\n'})).attributes["v"] == "b"
    assert only(root({"other.tfvars": 'v = "other"\n'})).attributes["v"] == "b"
    given = Inputs(variables=(VariableFile(Path("other.tfvars")), VariableText("v", "text")))
    assert only(root({}, given)).attributes["v"] == "text"
    assert only(root({}, Inputs(variables=given.variables[::-1]))).attributes["v"] == "other"


def test_text_for_a_collection_is_an_expression(root: Root) -> None:
    """`--var` of a list or object type is read as an expression."""
    files = {"main.tf": 'variable "v" {\n  type = list(number)\n}\n' + SHOW}
    assert only(root(files, Inputs(variables=(VariableText("v", "[1, 2]"),)))).attributes["v"] == [1, 2]


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("list(string)", "[1, true]", ["1", "true"]),
        ("set(string)", '["b", "a", "b"]', ["a", "b"]),
        ("map(string)", "{ a = 1 }", {"a": "1"}),
        ("object({ a = number })", '{ a = "1", b = 2 }', {"a": 1}),
        ("tuple([string, number])", '[1, "2"]', ["1", 2]),
        ("any", '[1, "a"]', [1, "a"]),
        ('"string"', "1", "1"),
        (
            "object({a = optional(number, 5), b = optional(string), "
            'c = optional(object({d = optional(string, "dd")}), {})})',
            "{ a = null, extra = 1 }",
            {"a": 5, "b": None, "c": {"d": "dd"}},
        ),
    ],
)
def test_values_are_converted_to_the_declared_type(root: Root, kind: str, given: str, expected: object) -> None:
    """TF-30, TF-31, TF-34."""
    text = f'variable "v" {{\n  type = {kind}\n}}\n' + SHOW
    assert only(root({"main.tf": text, "terraform.tfvars": f"v = {given}\n"})).attributes["v"] == expected


def test_tf_37_a_null_has_the_type_of_its_variable(root: Root) -> None:
    """The other branch becomes text, as the real plan has it; without a type it stays what it is."""
    show = 'resource "x_y" "z" {\n  v = jsonencode(var.v == null ? 0 : var.v)\n}\n'
    typed = 'variable "v" {\n  type    = string\n  default = null\n}\n'
    assert only(root({"main.tf": typed + show})).attributes == {"v": '"0"'}
    assert only(root({"main.tf": 'variable "v" {\n  default = null\n}\n' + show})).attributes == {"v": "0"}


TYPED = """
variable "nothing" {
  type    = set(string)
  default = null
}
variable "wanted" {
  type = map(object({
    tiers  = optional(set(string))
    name   = optional(string)
    nested = optional(object({ tiers = optional(set(string)) }), {})
    free   = optional(any)
  }))
  default = { web = {} }
}
locals {
  nothing = var.nothing
  web     = var.wanted["web"]
  written = ["q", "p", "q"]
}
"""


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("var.nothing != null ? var.nothing : local.written", ["p", "q"]),
        ("local.nothing != null ? local.nothing : local.written", ["p", "q"]),
        ("coalesce(var.nothing, local.written)", ["p", "q"]),
        ("coalesce(local.web.tiers, local.written)", ["p", "q"]),
        ("local.web.tiers == null ? local.written : local.web.tiers", ["p", "q"]),
        ('local.web["tiers"] != null ? local.web["tiers"] : local.written', ["p", "q"]),
        ("local.web.nested.tiers == null ? local.written : local.web.nested.tiers", ["p", "q"]),
        ("flatten([for w in values(var.wanted) : w.tiers != null ? w.tiers : local.written])", ["p", "q"]),
        ("[for k, w in merge(var.wanted, {}) : w.name != null ? w.name : true]", ["true"]),
        ("[for w in (true ? var.wanted : {}) : w.name == null ? 443 : w.name]", ["443"]),
        ("local.web.free == null ? local.written : local.web.free", ["q", "p", "q"]),
        ("[for local in [{ nothing = null }] : local.nothing == null ? [2, 1] : local.nothing]", [[2, 1]]),
    ],
)
def test_tf_37_a_null_has_its_declared_type_wherever_it_is_held(root: Root, expression: str, expected: object) -> None:
    """In an object of a declared type, in a local, among the arguments of `coalesce`: as the real plan has it."""
    show = f'resource "x_y" "z" {{\n  v = [for v in {expression} : v]\n}}\n'
    assert only(root({"main.tf": TYPED + show})).attributes["v"] == expected


def test_null_is_a_value_unless_it_is_not_nullable(root: Root) -> None:
    """TF-32, TF-40: a null argument is no argument."""
    variable = 'variable "v" {\n  default  = "d"\n  nullable = TRUTH\n}\n' + SHOW
    assert only(root({"main.tf": variable.replace("TRUTH", "true"), "terraform.tfvars": "v = null\n"})).attributes == {}
    assert only(root({"main.tf": variable.replace("TRUTH", "false")})).attributes == {"v": "d"}


def test_a_variable_without_value_is_unknown_and_says_where(root: Root) -> None:
    """TF-33."""
    value = only(root({"main.tf": 'variable "v" {\n}\n' + SHOW})).attributes["v"]
    assert (value.reason, value.origin.file, value.origin.line) == ("var.v", "main.tf", 1)


def test_sensitive_values_are_marked_at_their_leaves(root: Root) -> None:
    """A sensitive variable marks what is made from it, and nothing beside it."""
    text = (
        'variable "s" {\n  sensitive = true\n  default = "k"\n}\n'
        'resource "x_y" "z" {\n  a = "pre-${var.s}"\n  b = [var.s, "open"]\n  c = { k = var.s }\n}\n'
    )
    assert only(root({"main.tf": text})).attributes == {
        "a": Sensitive("pre-k"),
        "b": [Sensitive("k"), "open"],
        "c": {"k": Sensitive("k")},
    }


# --- instances ---------------------------------------------------------------------------------------


def test_addresses_of_instances(root: Root) -> None:
    """TF-19, TF-20."""
    text = (
        'resource "x_y" "one" {\n  count = 1\n  i = count.index\n}\n'
        'resource "x_y" "none" {\n  count = 0\n}\n'
        'resource "x_y" "each" {\n  for_each = { "a\\"b" = 1 }\n  k = each.key\n  v = each.value\n}\n'
        'resource "x_y" "set" {\n  for_each = toset(["s"])\n  v = each.value\n}\n'
        'resource "x_y" "ids" {\n  one = x_y.one[0].id\n  all = x_y.one[*].id\n  none = x_y.none[*].id\n'
        "  each = [for k, v in x_y.each : v.id]\n  set = values(x_y.set)[*].v\n}\n"
    )
    found = by_address(root({"main.tf": text}))
    assert set(found) == {"x_y.one[0]", 'x_y.each["a\\"b"]', 'x_y.set["s"]', "x_y.ids"}
    one = Ref("x_y.one[0]", ("id",))
    each = Ref('x_y.each["a\\"b"]', ("id",))
    assert found["x_y.ids"].attributes == {"one": one, "all": [one], "none": [], "each": [each], "set": ["s"]}


def test_an_unknown_count_is_one_instance_that_may_exist(root: Root) -> None:
    """TF-4: its address is `[?]`, and what depends on it is unknown, not absent."""
    text = (
        'variable "n" {\n}\nresource "x_y" "m" {\n  count = var.n\n  a = 1\n  i = count.index\n}\n'
        'resource "x_y" "user" {\n  all = x_y.m[*].id\n  one = x_y.m[0].id\n}\n'
    )
    found = by_address(root({"main.tf": text}))
    maybe = found["x_y.m[?]"]
    assert (maybe.exists, maybe.attributes["a"], text_of(maybe.attributes["i"])) == (False, 1, "unknown: var.n")
    assert [text_of(v) for v in found["x_y.user"].attributes.values()] == ["unknown: var.n"] * 2


def test_an_unknown_for_each_beside_known_keys(root: Root) -> None:
    """The known instances are certain, and there may be others."""
    text = (
        'variable "more" {\n  type = map(string)\n}\n'
        'resource "x_y" "m" {\n  for_each = merge(var.more, { a = "1" })\n  v = each.value\n}\n'
    )
    found = by_address(root({"main.tf": text}))
    assert {a: r.exists for a, r in found.items()} == {'x_y.m["a"]': True, "x_y.m[?]": False}
    assert found['x_y.m["a"]'].attributes["v"] == "1"


def test_written_arguments_of_a_resource_are_values(root: Root) -> None:
    """TF-3: what is written is known, what is computed is a reference."""
    text = (
        'resource "aws_vpc" "m" {\n  cidr_block = "10.0.0.0/16"\n}\n'
        'resource "x_y" "z" {\n  cidr = aws_vpc.m.cidr_block\n  id = aws_vpc.m.id\n  has = aws_vpc.m.id != null\n}\n'
    )
    found = by_address(root({"main.tf": text}))["x_y.z"].attributes
    assert found == {"cidr": "10.0.0.0/16", "id": Ref("aws_vpc.m", ("id",)), "has": True}


# --- blocks ------------------------------------------------------------------------------------------

GROUP = """\
variable "more" {
}
resource "aws_security_group" "g" {
  name = "g"
  ingress {
    from_port   = 1
    cidr_blocks = ["10.0.0.0/8"]
  }
  dynamic "ingress" {
    for_each = [2, 3]
    iterator = port
    content {
      from_port = port.value
      self      = port.key == 0
    }
  }
  dynamic "ingress" {
    for_each = var.more
    content {
      from_port = ingress.value
    }
  }
  dynamic "egress" {
    for_each = []
    content {
    }
  }
  lifecycle {
    create_before_destroy = true
  }
}
"""


def test_static_and_dynamic_blocks_form_one_list(root: Root) -> None:
    """TF-23, TF-109: two static and dynamic blocks are all there, an unknown collection is `many`."""
    resource = only(root({"main.tf": GROUP}))
    ingress = resource.attributes["ingress"]
    assert ingress[:3] == [
        {"from_port": 1, "cidr_blocks": ["10.0.0.0/8"]},
        {"from_port": 2, "self": True},
        {"from_port": 3, "self": False},
    ]
    assert [(u.reason, u.many) for u in ingress[3:]] == [("var.more", True)]
    assert set(resource.attributes) == {"name", "ingress"}


def test_every_part_has_its_place(root: Root) -> None:
    """A rule is explained by its own lines, a generated one by those of its `dynamic` block."""
    resource = only(root({"main.tf": GROUP}))
    lines = {path: (place.line, place.end_line) for path, place in resource.places.items()}
    assert (resource.origin.line, resource.origin.end_line) == (3, 31)
    assert lines["name",] == (4, 4)
    assert lines["ingress", 0] == (5, 8)
    assert lines["ingress", 0, "cidr_blocks"] == (7, 7)
    assert lines["ingress", 0, "cidr_blocks", 0] == (7, 7)
    assert lines["ingress", 1] == lines["ingress", 2] == (9, 16)
    assert lines["ingress", 1, "from_port"] == (13, 13)
    assert resource.place("ingress", 2, "nothing").line == 9


def test_nested_dynamic_blocks_see_the_outer_iterator(root: Root) -> None:
    """TF-23."""
    text = (
        'resource "x_y" "z" {\n  dynamic "a" {\n    for_each = { k = ["p", "q"] }\n    content {\n'
        '      dynamic "b" {\n        for_each = a.value\n        content {\n'
        '          v = "${a.key}-${b.key}-${b.value}"\n        }\n      }\n    }\n  }\n}\n'
    )
    assert only(root({"main.tf": text})).attributes == {"a": [{"b": [{"v": "k-0-p"}, {"v": "k-1-q"}]}]}


def test_an_empty_list_is_not_an_absent_argument(root: Root) -> None:
    """TF-90: `ingress = []` says none, explicitly."""
    assert only(root({"main.tf": 'resource "x_y" "z" {\n  ingress = []\n}\n'})).attributes == {"ingress": []}


# --- files -------------------------------------------------------------------------------------------


def test_override_files_replace_arguments_and_block_types(root: Root) -> None:
    """TF-26: with the place of the override."""
    base = 'resource "x_y" "z" {\n  a = 1\n  b = 1\n  c {\n    v = 1\n  }\n  d {\n    v = 1\n  }\n}\n'
    over = 'resource "x_y" "z" {\n  b = 2\n  c {\n    v = 2\n  }\n}\n'
    resource = only(root({"main.tf": base, "z_override.tf": over}))
    assert resource.attributes == {"a": 1, "b": 2, "c": [{"v": 2}], "d": [{"v": 1}]}
    assert (resource.places["b",].file, resource.places["a",].file) == ("z_override.tf", "main.tf")


def test_tf_26_a_dynamic_block_replaces_blocks_of_the_type_that_it_makes(root: Root) -> None:
    """And no other dynamic blocks: their rules are still there."""
    made = '  dynamic "%s" {\n    for_each = [%d]\n    content {\n      v = %s.value\n    }\n  }\n'
    base = 'resource "x_y" "z" {\n' + made % ("c", 1, "c") + made % ("d", 1, "d") + "  c {\n    v = 0\n  }\n}\n"
    over = 'resource "x_y" "z" {\n' + made % ("c", 2, "c") + "}\n"
    assert only(root({"main.tf": base, "z_override.tf": over})).attributes == {"c": [{"v": 2}], "d": [{"v": 1}]}


@pytest.mark.parametrize(("base", "over"), [("c {\n    v = 1\n  }", "c = [2]"), ("c = [2]", "c {\n    v = 1\n  }")])
def test_tf_26_an_argument_stands_for_the_blocks_of_its_name(root: Root, base: str, over: str) -> None:
    """Whichever of them the override has."""
    files = {"main.tf": base, "z_override.tf": over}
    wrapped = {name: f'resource "x_y" "z" {{\n  {text}\n}}\n' for name, text in files.items()}
    assert only(root(wrapped)).attributes == {"c": [2]}


def test_tf_26_an_override_of_another_setting_ignores_no_less(root: Root) -> None:
    """`lifecycle` is merged setting by setting."""
    base = 'resource "x_y" "z" {\n  a = 1\n  lifecycle {\n    ignore_changes = [a]\n  }\n}\n'
    over = 'resource "x_y" "z" {\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n'
    reading = root({"main.tf": base, "z_override.tf": over})
    assert isinstance(reading.resources[0].attributes["a"], Unknown)
    assert [(d.code, d.origin.line) for d in reading.diagnostics if d.origin] == [("TF_IGNORE_CHANGES", 4)]


@pytest.mark.parametrize(("name", "read"), [("#a.tf", True), ("#a.tf#", False), (".a.tf", False), ("a.tf~", False)])
def test_only_what_terraform_ignores_is_ignored(root: Root, name: str, read: bool) -> None:
    """What an editor leaves behind; a file that merely begins with a number sign is read."""
    files = {"main.tf": "locals {\n}\n", name: 'resource "x_y" "z" {\n}\n'}
    assert bool(root(files).resources) is read


def test_the_name_without_its_ending_says_whether_a_file_overrides(root: Root) -> None:
    """TF-26: other dots in it belong to the name, as `terraform validate` has it."""
    base = 'resource "x_y" "z" {\n  a = 1\n}\n'
    assert only(root({"main.tf": base, "v1.2_override.tf": base.replace("1", "2")})).attributes == {"a": 2}
    assert [d.code for d in root({"main.tf": base, "override.x.tf": base}).diagnostics] == ["TF_DUPLICATE"]


def test_a_data_source_in_a_check_is_read(root: Root) -> None:
    """TF-25: Terraform knows it under the same address as any other; it may be referred to within the check."""
    text = (
        'check "up" {\n  data "aws_vpc" "main" {\n    default = true\n  }\n  assert {\n    condition = true\n  }\n}\n'
    )
    resource = only(root({"main.tf": text}))
    assert (resource.address, resource.kind, resource.origin.line) == ("data.aws_vpc.main", "data.aws_vpc", 2)


def test_json_is_the_same_language(root: Root) -> None:
    """TF-26: expressions are templates in strings."""
    text = (
        '{"variable": {"v": {"type": "list(string)", "default": ["a"]}},'
        ' "locals": {"l": "${length(var.v)}"},'
        ' "resource": {"aws_security_group": {"g": {"name": "n-${local.l}", "ingress": [{"from_port": 1}],'
        ' "vpc_id": "${aws_vpc.m.id}"}}, "aws_vpc": {"m": {}}}}'
    )
    found = by_address(root({"main.tf.json": text}))["aws_security_group.g"]
    vpc = Ref("aws_vpc.m", ("id",))
    assert found.attributes == {"name": "n-1", "ingress": [{"from_port": 1}], "vpc_id": vpc}


@pytest.mark.parametrize(
    "text",
    ['join("", x_y.m[*].id)', 'join(",", [x_y.m[0].id])', 'join("", [], x_y.m.*.id)', 'format("%s", x_y.m[0].id)'],
)
def test_an_id_that_is_joined_or_formatted_alone_stays_a_reference(root: Root, text: str) -> None:
    """Whatever the id will be, the result is the same text: the usual way to what has a `count` of 0 or 1."""
    main = f'resource "x_y" "m" {{\n  count = 1\n}}\nresource "x_y" "z" {{\n  of = {text}\n}}\n'
    found = by_address(root({"main.tf": main}))
    assert found["x_y.z"].attributes == {"of": Ref("x_y.m[0]", ("id",))}


def test_a_tofu_file_stands_in_for_its_twin(root: Root) -> None:
    """`x.tofu` is read instead of `x.tf`."""
    files = {"main.tf": 'resource "x_y" "a" {\n}\n', "main.tofu": 'resource "x_y" "b" {\n}\n'}
    assert only(root(files)).address == "x_y.b"


def test_files_and_templates_are_read_below_the_module(root: Root) -> None:
    """TF-42."""
    files = {
        "m/t.tpl": "hello ${name}%{ for x in list } ${x}%{ endfor }",
        "m/main.tf": 'resource "x_y" "z" {\n'
        '  t = templatefile("${path.module}/t.tpl", { name = "n", list = [1, 2] })\n  p = path.module\n}\n',
        "main.tf": 'module "m" {\n  source = "./m"\n}\n',
    }
    assert only(root(files)).attributes == {"t": "hello n 1 2", "p": "m"}


# --- modules -----------------------------------------------------------------------------------------

MODULE = {
    "net/main.tf": 'variable "cidr" {\n}\nresource "aws_vpc" "v" {\n  cidr_block = var.cidr\n}\n'
    'output "id" {\n  value = aws_vpc.v.id\n}\noutput "cidr" {\n  value = aws_vpc.v.cidr_block\n}\n',
}


def test_modules_in_for_each_of_modules(root: Root) -> None:
    """TF-22, TF-70: outputs are a map of objects, addresses carry every key, `via` every call."""
    files = {
        **MODULE,
        "region/main.tf": 'variable "cidrs" {\n}\nmodule "net" {\n  source   = "../net"\n'
        "  for_each = var.cidrs\n  cidr     = each.value\n}\n"
        'output "ids" {\n  value = { for k, n in module.net : k => n.id }\n}\n',
        "main.tf": 'module "r" {\n  source = "./region"\n  count  = 1\n  cidrs  = { a = "10.0.0.0/16" }\n}\n'
        'resource "x_y" "z" {\n  ids = module.r[0].ids\n}\n',
    }
    found = by_address(root(files))
    vpc = found['module.r[0].module.net["a"].aws_vpc.v']
    assert vpc.attributes == {"cidr_block": "10.0.0.0/16"}
    assert (vpc.origin.file, vpc.origin.line) == ("net/main.tf", 3)
    assert vpc.origin.via == ("main.tf:1 module.r", "region/main.tf:3 module.r[0].module.net")
    assert found["x_y.z"].attributes == {"ids": {"a": Ref(vpc.address, ("id",))}}


def test_an_unread_module_makes_its_outputs_unknown(root: Root) -> None:
    """TF-68: one diagnostic, and nothing that depends on it is guessed."""
    text = 'module "far" {\n  source  = "org/x/aws"\n}\nresource "x_y" "z" {\n  a = module.far.id\n  b = 1\n}\n'
    reading = root({"main.tf": text})
    assert [(d.code, d.effect) for d in reading.diagnostics] == [("TF_UNREAD_MODULE", Effect.UNREADABLE)]
    [resource] = reading.resources
    assert (text_of(resource.attributes["a"]), resource.attributes["b"]) == ("unknown: module.far (not read)", 1)


def test_installed_modules_are_found(root: Root) -> None:
    """TF-67: `terraform init` leaves their places in modules.json, by call path."""
    index = '{"Modules":[{"Key":"","Dir":"."},{"Key":"far","Source":"org/x/aws","Dir":".terraform/modules/far"}]}'
    files = {
        "main.tf": 'module "far" {\n  source = "org/x/aws"\n  cidr   = "10.0.0.0/8"\n}\n',
        ".terraform/modules/modules.json": index,
        ".terraform/modules/far/main.tf": MODULE["net/main.tf"],
    }
    assert only(root(files)).address == "module.far.aws_vpc.v"


def test_a_module_with_an_unknown_count_may_exist(root: Root) -> None:
    """Everything inside may exist, too."""
    files = {
        **MODULE,
        "main.tf": 'variable "n" {\n}\nmodule "m" {\n  source = "./net"\n  count = var.n\n  cidr = 1\n}\n',
    }
    resource = only(root(files))
    assert (resource.address, resource.exists) == ("module.m[?].aws_vpc.v", False)


# --- providers and data ------------------------------------------------------------------------------


def test_providers_carry_the_region(root: Root) -> None:
    """TF-27, TF-28: aliases pass down by name, defaults by inheritance."""
    resources = 'resource "aws_vpc" "d" {\n}\nresource "aws_vpc" "p" {\n  provider = aws.peer\n}\n'
    files = {
        "m/main.tf": resources,
        "main.tf": 'provider "aws" {\n  region = "eu-west-1"\n}\n'
        'provider "aws" {\n  alias  = "us"\n  region = "us-east-1"\n}\n'
        'module "m" {\n  source    = "./m"\n  providers = { aws.peer = aws.us }\n}\n',
    }
    regions = {a: r.settings["region"] for a, r in by_address(root(files)).items()}
    assert regions == {"module.m.aws_vpc.d": "eu-west-1", "module.m.aws_vpc.p": "us-east-1"}


def test_the_region_may_be_assumed_or_unknown(root: Root) -> None:
    """A provider without region takes the assumed one; without that it is unknown."""
    files = {"main.tf": 'resource "aws_vpc" "v" {\n}\n'}
    assert only(root(files, Inputs(assumptions=Assumptions(region="eu-west-1")))).settings["region"] == "eu-west-1"
    assert isinstance(only(root(files)).settings["region"], Unknown)


DATA = (
    'data "aws_vpc" "d" {\n  default = true\n}\n'
    'resource "x_y" "z" {\n  id = data.aws_vpc.d.id\n  c = data.aws_vpc.d.cidr_block\n}\n'
)


def test_an_unanswered_data_source_is_named(root: Root) -> None:
    """TF-105: its identity is known, nothing else."""
    found = by_address(root({"main.tf": DATA}))
    assert found["data.aws_vpc.d"].kind == "data.aws_vpc"
    assert found["data.aws_vpc.d"].attributes == {"default": True}
    assert found["x_y.z"].attributes["id"] == Ref("data.aws_vpc.d", ("id",))
    assert text_of(found["x_y.z"].attributes["c"]) == "unknown: data.aws_vpc.d"


def test_answers_come_from_the_assumptions(root: Root) -> None:
    """Answers join the written arguments; with `$complete`, what is not listed is null."""
    answers = {"data.aws_vpc.d": {"$complete": True, "id": "vpc-1"}}
    found = by_address(root({"main.tf": DATA}, Inputs(assumptions=Assumptions(data=answers))))
    assert found["data.aws_vpc.d"].attributes == {"default": True, "id": "vpc-1"}
    assert found["x_y.z"].attributes == {"id": "vpc-1"}


def test_settings_answer_the_environment(root: Root) -> None:
    """TF-105: region, zones, account, workspace."""
    text = (
        'data "aws_region" "r" {\n}\ndata "aws_availability_zones" "z" {\n}\ndata "aws_caller_identity" "c" {\n}\n'
        'data "aws_partition" "p" {\n}\nresource "x_y" "z" {\n  r = data.aws_region.r.name\n'
        "  z = data.aws_availability_zones.z.names\n  a = data.aws_caller_identity.c.account_id\n"
        "  p = data.aws_partition.p.partition\n  w = terraform.workspace\n}\n"
    )
    assumed = Assumptions(
        region="eu-west-1", availability_zones=("eu-west-1b", "eu-west-1a"), account_id="123456789012", workspace="w"
    )
    found = by_address(root({"main.tf": text}, Inputs(assumptions=assumed)))["x_y.z"].attributes
    zones = ["eu-west-1a", "eu-west-1b"]
    assert found == {"r": "eu-west-1", "z": zones, "a": "123456789012", "p": "aws", "w": "w"}
    bare = by_address(root({"main.tf": text}))["x_y.z"].attributes
    assert {k: type(v) for k, v in bare.items()} == {**dict.fromkeys("rzap", Unknown), "w": str}


def test_blocks_that_change_no_value_are_read_past(root: Root) -> None:
    """TF-25: moved, import, removed, check, validation, terraform."""
    text = (
        'terraform {\n  required_version = ">= 1"\n}\nmoved {\n  from = x_y.a\n  to   = x_y.z\n}\n'
        'import {\n  to = x_y.z\n  id = "i"\n}\n'
        "removed {\n  from = x_y.gone\n  lifecycle {\n    destroy = false\n  }\n}\n"
        'check "c" {\n  assert {\n    condition     = true\n    error_message = "m"\n  }\n}\n'
        'resource "x_y" "z" {\n  a = 1\n  depends_on = [x_y.z]\n  lifecycle {\n    prevent_destroy = true\n  }\n}\n'
    )
    assert only(root({"main.tf": text})).attributes == {"a": 1}


def test_a_providers_function_is_unknown_where_it_stands(root: Root) -> None:
    """It is a program of the provider's: a diagnostic names it, and its value has the place of the call."""
    local = 'locals {\n  a = provider::aws::arn_parse("arn").region\n}\n'
    reading = root({"main.tf": local + 'resource "x_y" "z" {\n  v = local.a\n}\n'})
    told = [(d.code, d.message, d.origin.line) for d in reading.diagnostics if d.origin]
    assert told == [("TF_FUNCTION", "a provider's function provider::aws::arn_parse is not evaluated", 2)]
    value = reading.resources[0].attributes["v"]
    assert (value.reason, value.origin.file, value.origin.line) == ("provider::aws::arn_parse()", "main.tf", 2)


def test_an_unknown_without_a_place_of_its_own_is_unknown_where_it_stands(root: Root) -> None:
    """TF-60: what differs each time has no other place."""
    values = only(root({"main.tf": 'resource "x_y" "z" {\n  v = 1\n  w = ["a", uuid()]\n}\n'})).attributes["w"]
    assert (values[1].reason, values[1].origin.line) == ("uuid()", 3)
