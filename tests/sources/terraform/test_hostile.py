"""Bad input: a diagnostic or an error with file and line, never a traceback, a hang or silence."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from netaudit.errors import InputError, RuleFileError
from netaudit.model import Effect, Reading, Unknown
from netaudit.sources.terraform import hcl, load_assumptions, read_plan_or_state, read_root

GOOD = 'resource "aws_vpc" "good" {\n  cidr_block = "10.0.0.0/16"\n}\n'

Write = Callable[..., Path]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Write:
    """Writes files below a fresh directory, which is the working directory, and returns it."""
    monkeypatch.chdir(tmp_path)

    def write(files: dict[str, str | bytes]) -> Path:
        for name, content in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return tmp_path

    return write


def read(directory: Path) -> Reading:
    """The reading of a root."""
    return read_root(directory, name="test")


def codes(reading: Reading) -> set[str]:
    """The codes of its diagnostics."""
    return {d.code for d in reading.diagnostics}


def addresses(reading: Reading) -> list[str]:
    """The addresses of its resources."""
    return [r.address for r in reading.resources]


@pytest.mark.parametrize(
    "content",
    [
        b"\x7fELF\x02\x01\x01\x00\xff\xfe",
        b"\xff\xfer\x00e\x00s\x00",
        'resource "aws_vpc" "x" {\n  cidr_block = "10.0.0.0/16"',
        'resource "aws_vpc" "x" {\n  cidr_block = "10.0.0.0',
        'resource "aws_vpc" "x" {\n  cidr_block = <<EOT\n10.0.0.0\n',
        "}}}}\n",
        "a = = 1\n",
        'x = "${"\n',
        "nul = \0\n",
        "/* never closed\n",
        "x = " + "[" * 5_000 + "]" * 5_000 + "\n",
        "x = " + "(" * 100_000 + "\n",
        "x = " + '"${' * 2_000 + "\n",
        "x = <<E\n" + "\n" * 500_000,
    ],
)
def test_an_unreadable_file_beside_a_good_one_is_a_diagnostic(root: Write, content: str | bytes) -> None:
    """What cannot be read is told with its file, and the other files are still read."""
    reading = read(root({"good.tf": GOOD, "bad.tf": content}))
    assert addresses(reading) == ["aws_vpc.good"]
    [diagnostic] = reading.diagnostics
    assert (diagnostic.code, diagnostic.effect) == ("TF_SYNTAX", Effect.UNREADABLE)
    assert diagnostic.origin is not None
    assert diagnostic.origin.file == "bad.tf"


def test_an_unreadable_file_alone_is_an_error(root: Write) -> None:
    """Nothing usable is an error that names the file and the line."""
    with pytest.raises(InputError, match=r"bad\.tf:2"):
        read(root({"bad.tf": "a = 1\nb = = 2\n"}))


def test_an_empty_directory_is_an_error(root: Write) -> None:
    """A directory without Terraform files is never an empty success."""
    with pytest.raises(InputError, match="no Terraform files"):
        read(root({"README.md": "nothing"}))


def test_terragrunt_is_an_error_that_says_so(root: Write) -> None:
    """TF-7: Terragrunt generates roots; it is not one."""
    with pytest.raises(InputError, match="Terragrunt"):
        read(root({"terragrunt.hcl": "inputs = {}\n"}))


def test_an_empty_file_is_a_root_without_resources(root: Write) -> None:
    """An empty file is valid, and holds nothing."""
    reading = read(root({"main.tf": ""}))
    assert (list(reading.resources), list(reading.diagnostics)) == ([], [])


def test_a_file_beyond_the_limit_is_refused_before_parsing(root: Write) -> None:
    """Ten megabytes in one line: the parser would take minutes."""
    reading = read(root({"good.tf": GOOD, "big.tf": 'x = "' + "a" * 10_000_000 + '"\n'}))
    assert [d.message for d in reading.diagnostics] == ["big.tf: larger than 1 MiB, which is refused"]


def test_deep_but_legal_nesting_is_read(root: Write) -> None:
    """A hundred levels of lists are within the bounds."""
    nested = "[" * 100 + "1" + "]" * 100
    reading = read(root({"main.tf": GOOD + f"locals {{\n  x = {nested}\n}}\n"}))
    assert codes(reading) == set()


def test_long_chains_of_operators_are_read(root: Write) -> None:
    """A sum of three thousand terms is deep to the left."""
    total = " + ".join(["1"] * 3_000)
    reading = read(root({"main.tf": f'resource "x_y" "z" {{\n  n = {total}\n}}\n'}))
    assert reading.resources[0].attributes["n"] == 3_000


def test_a_duplicate_argument_is_told(root: Write) -> None:
    """Terraform refuses it; the first one is kept, and the file and line are told."""
    text = 'resource "aws_vpc" "x" {\n  cidr_block = "10.0.0.0/16"\n  cidr_block = "10.1.0.0/16"\n}\n'
    reading = read(root({"main.tf": text}))
    assert [(d.code, d.origin.line) for d in reading.diagnostics if d.origin] == [("TF_DUPLICATE", 3)]


def test_a_duplicate_argument_in_a_nested_block_is_told(root: Write) -> None:
    """The same within a block."""
    text = 'resource "a_b" "x" {\n  ingress {\n    port = 1\n    port = 2\n  }\n}\n'
    reading = read(root({"main.tf": text}))
    assert [(d.code, d.origin.line) for d in reading.diagnostics if d.origin] == [("TF_DUPLICATE", 4)]


def test_a_resource_declared_twice_is_told(root: Write) -> None:
    """The second one could be the right one: nothing it touches is certain."""
    reading = read(root({"a.tf": GOOD, "b.tf": GOOD}))
    assert [(d.code, d.effect) for d in reading.diagnostics] == [("TF_DUPLICATE", Effect.UNREADABLE)]


def test_a_local_value_given_twice_is_unknown(root: Write) -> None:
    """Terraform refuses it; neither of the two is taken."""
    text = 'locals {\n  open = false\n}\nlocals {\n  open = true\n}\nresource "x_y" "z" {\n  v = local.open\n}\n'
    reading = read(root({"main.tf": text}))
    assert [(d.code, d.origin.line) for d in reading.diagnostics if d.origin] == [("TF_DUPLICATE", 5)]
    assert isinstance(reading.resources[0].attributes["v"], Unknown)


def test_a_local_value_given_twice_in_one_block_is_unknown(root: Write) -> None:
    """The same within one block."""
    text = 'locals {\n  open = false\n  open = true\n}\nresource "x_y" "z" {\n  v = local.open\n}\n'
    reading = read(root({"main.tf": text}))
    assert [(d.code, d.origin.line) for d in reading.diagnostics if d.origin] == [("TF_DUPLICATE", 3)]
    assert isinstance(reading.resources[0].attributes["v"], Unknown)


def test_a_block_of_an_unknown_kind_is_told(root: Write) -> None:
    """A later language may give it a meaning."""
    reading = read(root({"main.tf": GOOD + 'firewall "open" {\n}\n'}))
    assert [(d.code, d.origin.line) for d in reading.diagnostics if d.origin] == [("TF_BLOCK", 4)]


def test_a_large_configuration_may_take_more_steps(root: Write) -> None:
    """A thousand blocks, each of which takes a thousand steps: no single one is at fault."""
    blocks = (f'resource "x_y" "z{n}" {{\n  v = length(range(1000 + {n} % 2))\n}}\n' for n in range(1_000))
    reading = read(root({"main.tf": "".join(blocks)}))
    assert codes(reading) == set()
    assert {r.attributes["v"] for r in reading.resources} == {1000, 1001}


def test_a_variable_given_twice_in_one_file_is_told(root: Write) -> None:
    """Terraform refuses the file."""
    reading = read(root({"main.tf": GOOD + 'variable "v" {\n}\n', "terraform.tfvars": "v = 1\nv = 2\n"}))
    assert [(d.code, d.origin.place) for d in reading.diagnostics if d.origin] == [
        ("TF_DUPLICATE", "terraform.tfvars:2")
    ]


def test_an_argument_outside_of_any_block_is_told(root: Write) -> None:
    """Terraform refuses it; a forgotten brace looks like this."""
    reading = read(root({"main.tf": GOOD + "ingress = []\n"}))
    assert [(d.code, d.origin.line) for d in reading.diagnostics if d.origin] == [("TF_BLOCK", 4)]


def test_a_cycle_of_locals_is_told(root: Write) -> None:
    """TF-69: the values are unknown, everything else is read."""
    text = 'locals {\n  a = local.b\n  b = local.a\n}\nresource "x_y" "z" {\n  v = local.a\n  w = 1\n}\n'
    reading = read(root({"main.tf": text}))
    assert codes(reading) == {"TF_CYCLE"}
    assert reading.resources[0].attributes["w"] == 1


def test_a_module_that_calls_itself_is_told(root: Write) -> None:
    """TF-69: with the chain of calls."""
    call = 'module "m" {\n  source = "./"\n}\n'
    reading = read(root({"main.tf": GOOD + call}))
    assert addresses(reading) == ["aws_vpc.good"]
    assert [d.code for d in reading.diagnostics] == ["TF_UNREAD_MODULE"]
    assert "main.tf:4 module.m" in reading.diagnostics[0].message


def test_modules_that_call_each_other_are_told(root: Write) -> None:
    """A cycle through two directories."""
    reading = read(
        root(
            {
                "main.tf": 'module "a" {\n  source = "./a"\n}\n',
                "a/main.tf": GOOD + 'module "b" {\n  source = "../b"\n}\n',
                "b/main.tf": 'module "a" {\n  source = "../a"\n}\n',
            }
        )
    )
    assert addresses(reading) == ["module.a.aws_vpc.good"]
    assert codes(reading) == {"TF_UNREAD_MODULE"}


def test_modules_that_multiply_without_end_are_bounded(root: Write) -> None:
    """Thirty levels of two calls each would be a thousand million instances."""
    files = {
        f"m{i}/main.tf": "".join(f'module "{n}" {{\n  source = "../m{i + 1}"\n}}\n' for n in "ab") for i in range(30)
    }
    reading = read(root({**files, "m30/main.tf": GOOD, "main.tf": 'module "m" {\n  source = "./m0"\n}\n'}))
    assert "TF_BUDGET" in codes(reading)


@pytest.mark.parametrize(
    "meta",
    ["count = 1000000000", "for_each = toset([for i in range(1e12) : tostring(i)])", "count = -1", 'count = "x"'],
)
def test_an_impossible_number_of_instances_is_told(root: Write, meta: str) -> None:
    """One instance that may exist stands for them, with a diagnostic at the block."""
    text = f'resource "x_y" "z" {{\n  {meta}\n  a = 1\n}}\n'
    reading = read(root({"good.tf": GOOD, "main.tf": text}))
    assert "aws_vpc.good" in addresses(reading)
    assert [r.exists for r in reading.resources if r.kind == "x_y"] == [False]
    assert [(d.origin.file, d.origin.line) for d in reading.diagnostics if d.origin] == [("main.tf", 1)]


def test_ten_thousand_instances_are_read(root: Write) -> None:
    """A large for_each is work, but it is legal."""
    keys = '[for p in setproduct(range(100), range(100)) : join("-", p)]'
    reading = read(root({"main.tf": f'resource "x_y" "z" {{\n  for_each = toset({keys})\n  a = each.key\n}}\n'}))
    assert len(reading.resources) == 10_000
    assert codes(reading) == set()


def test_text_that_doubles_itself_is_bounded(root: Write) -> None:
    """Exponential string building ends at the budget, and the rest is read."""
    doubling = "\n".join(f'  s{i + 1} = "${{local.s{i}}}${{local.s{i}}}"' for i in range(60))
    text = f'locals {{\n  s0 = "x"\n{doubling}\n}}\nresource "x_y" "z" {{\n  a = local.s60\n  b = 1\n}}\n'
    reading = read(root({"main.tf": text, "good.tf": GOOD}))
    assert "TF_BUDGET" in codes(reading)
    assert "aws_vpc.good" in addresses(reading)


def test_a_list_that_doubles_itself_is_bounded(root: Write) -> None:
    """The same with concat."""
    doubling = "\n".join(f"  s{i + 1} = concat(local.s{i}, local.s{i})" for i in range(60))
    text = f'locals {{\n  s0 = ["x"]\n{doubling}\n}}\nresource "x_y" "z" {{\n  a = local.s60\n}}\n'
    reading = read(root({"main.tf": text, "good.tf": GOOD}))
    assert "TF_BUDGET" in codes(reading)
    assert "aws_vpc.good" in addresses(reading)


def test_nested_loops_are_bounded(root: Write) -> None:
    """Five loops of a thousand."""
    loop = "1"
    for name in "abcde":
        loop = f"[for {name} in range(1000) : {loop}]"
    reading = read(root({"main.tf": f'resource "x_y" "z" {{\n  a = {loop}\n}}\n', "good.tf": GOOD}))
    assert "TF_BUDGET" in codes(reading)
    assert "aws_vpc.good" in addresses(reading)


def test_a_long_chain_of_locals_is_read(root: Write) -> None:
    """A thousand values, each of the one before: deep, but finite."""
    chain = "\n".join(f"  s{i + 1} = local.s{i} + 1" for i in range(1_000))
    text = f'locals {{\n  s0 = 0\n{chain}\n}}\nresource "x_y" "z" {{\n  a = local.s1000\n}}\n'
    reading = read(root({"main.tf": text}))
    assert reading.resources[0].attributes["a"] == 1_000


def test_mistakes_in_one_argument_leave_the_others(root: Write) -> None:
    """Wrong arity, wrong type, a missing attribute, a division by zero: unknown, each told by line."""
    text = (
        'resource "x_y" "z" {\n  a = lower()\n  b = upper([])\n  c = var.none\n'
        '  d = 1 / 0\n  e = "x".y\n  f = null + 1\n  g = nosuch(1)\n  h = 1\n}\n'
    )
    reading = read(root({"main.tf": text}))
    assert {d.origin.line for d in reading.diagnostics if d.origin} == {2, 3, 4, 6, 7, 8}
    assert reading.resources[0].attributes["h"] == 1
    assert set(reading.resources[0].attributes) == set("abcdefgh")


def test_files_outside_the_source_are_not_read(root: Write, tmp_path: Path) -> None:
    """TF-42: a path that leaves the source tree is unknown, also through a symbolic link."""
    (tmp_path.parent / "secret.txt").write_text("secret")
    directory = root({"r/main.tf": 'resource "x_y" "z" {\n  a = file("../../secret.txt")\n  b = file("link")\n}\n'})
    (directory / "r" / "link").symlink_to(tmp_path.parent / "secret.txt")
    attributes = read(directory / "r").resources[0].attributes
    assert [str(attributes[k]) for k in "ab"] == ["a file outside the source"] * 2


def test_symbolic_links_in_a_loop_end(root: Write) -> None:
    """As a file, as a module, as a directory to list."""
    directory = root(
        {
            "main.tf": GOOD + 'module "m" {\n  source = "./loop"\n}\n'
            'resource "x_y" "z" {\n  a = fileset(".", "**/*.txt")\n}\n'
        }
    )
    (directory / "loop").symlink_to(directory / "loop2")
    (directory / "loop2").symlink_to(directory / "loop")
    (directory / "bad.tf").symlink_to(directory / "bad.tf")
    (directory / "inner").mkdir()
    (directory / "inner" / "up").symlink_to(directory)
    reading = read(directory)
    assert "TF_UNREAD_MODULE" in codes(reading)
    assert reading.resources[1].attributes["a"] == []


def test_names_with_control_characters_do_not_pass_raw(root: Write) -> None:
    """Labels that are no names are refused; keys are escaped as JSON; messages are printable."""
    text = (
        'resource "x_y" "a\\u001b[31m" {\n}\nresource "x_y" "k" {\n  for_each = { "\\u001b<b>" = 1 }\n}\n'
        'resource "x_y" "n" {\n  a = {}["\\u001b"]\n}\n'
    )
    reading = read(root({"main.tf": text}))
    assert addresses(reading) == ['x_y.k["\\u001b<b>"]', "x_y.n"]
    assert all(d.message.isprintable() for d in reading.diagnostics)


def test_regular_expressions_that_explode_are_not_run(root: Write) -> None:
    """Go's engine is linear, Python's is not: such a pattern is unknown."""
    text = 'resource "x_y" "z" {\n  a = regexall("^(a+)+$", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!")\n}\n'
    [resource] = read(root({"main.tf": text})).resources
    assert str(resource.attributes["a"]) == "a regular expression that is not evaluated"


def test_aliases_in_yaml_do_not_multiply(root: Write) -> None:
    """A YAML bomb within yamldecode is a mistake, not a memory."""
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n" for i in range(9)
    )
    text = 'resource "x_y" "z" {\n  a = yamldecode(file("bomb.yaml"))\n}\n'
    reading = read(root({"bomb.yaml": bomb, "main.tf": text}))
    assert codes(reading) == {"TF_EXPRESSION"}


@pytest.mark.parametrize(
    "text",
    ["[]", "1", "{", '{"resource": 1}', '{"resource": {"a": {"b": 1}}}', '{"locals": {"x": "${"}}', "[" * 100_000],
)
def test_json_configuration_of_wrong_shape_is_told(root: Write, text: str) -> None:
    """Wrong types in every field of a .tf.json."""
    reading = read(root({"good.tf": GOOD, "bad.tf.json": text}))
    assert addresses(reading) == ["aws_vpc.good"]
    assert codes(reading) == {"TF_SYNTAX"}


@pytest.mark.parametrize("text", ["x = ", "{", '"a"', "[1"])
def test_broken_variable_files_are_told(root: Write, text: str) -> None:
    """A tfvars file that cannot be read could hold anything."""
    reading = read(root({"main.tf": GOOD, "terraform.tfvars": text}))
    assert codes(reading) == {"TF_SYNTAX"}


@pytest.mark.parametrize("text", ["[]", "{", '{"Modules": 1}', '{"Modules": [1]}', '{"Modules": [{"Key": 1}]}'])
def test_broken_modules_json_is_told(root: Write, text: str) -> None:
    """modules.json is written by another program, or by nobody."""
    reading = read(root({"main.tf": GOOD, ".terraform/modules/modules.json": text}))
    assert codes(reading) == {"TF_MODULES_JSON"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("region: 1\n", "assume.yaml:1: region"),
        ("region: x\nnonsense: 1\n", "assume.yaml:2: nonsense"),
        ("region: x\nregion: y\n", 'assume.yaml:2: the key "region" is given twice'),
        ("data: {a: &a {b: c}, d: *a}\n", "aliases are not allowed"),
        ("data: [\n", "not valid YAML"),
        ("on_premises: [10.0.0.0/33]\n", "assume.yaml:1: on_premises"),
        ("join: [[a]]\n", "assume.yaml:1: join"),
        ("- 1\n", "assume.yaml:1"),
    ],
)
def test_a_malformed_assumptions_file_is_an_error(root: Write, text: str, message: str) -> None:
    """With file and line, in one sentence."""
    directory = root({"assume.yaml": text})
    with pytest.raises(RuleFileError) as caught:
        load_assumptions(Path("assume.yaml"))
    assert message in str(caught.value)
    assert directory


@pytest.mark.parametrize("version", ["2.0", "", None, 1, "x" * 10_000 + "\x1b"])
def test_another_major_version_of_a_plan_is_refused(version: object) -> None:
    """TF-8: minor versions only add; another major one may mean anything."""
    with pytest.raises(InputError) as caught:
        read_plan_or_state(Path("plan.json"), {"format_version": version, "planned_values": {}}, name="p")
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("wrong", [None, 1, "x", [], {}, [1], {"a": 1}, [None]])
@pytest.mark.parametrize("key", ["planned_values", "resource_changes", "prior_state", "configuration", "values"])
def test_wrong_types_in_a_plan_are_survived(key: str, wrong: object) -> None:
    """Every part may be missing or of another shape."""
    document = {"format_version": "1.2", "planned_values": {}, key: wrong}
    assert list(read_plan_or_state(Path("p.json"), document, name="p").resources) == []


def test_each_text_is_parsed_once(root: Write) -> None:
    """Two copies of a module cost one parse."""
    hcl.parse_body.cache_clear()
    module = GOOD + "# a comment of its own\n"
    calls = 'module "a" {\n  source = "./a"\n}\nmodule "b" {\n  source = "./b"\n}\n'
    read(root({"main.tf": calls, "a/main.tf": module, "b/main.tf": module}))
    assert hcl.parse_body.cache_info().misses == 2


def test_a_pipe_is_no_file(root: Write) -> None:
    """Reading it would never end."""
    directory = root({"main.tf": GOOD})
    os.mkfifo(directory / "pipe.tf")
    reading = read(directory)
    assert [(d.code, d.effect) for d in reading.diagnostics] == [("TF_SYNTAX", Effect.UNREADABLE)]
    assert addresses(reading) == ["aws_vpc.good"]


@pytest.mark.parametrize("step", ["[local.n{0}, local.n{0}]", "{{ a = local.n{0}, b = local.n{0} }}"])
def test_values_that_hold_themselves_twice_are_bounded(root: Write, step: str) -> None:
    """Few parts are kept, but each would be visited in every place where it stands."""
    steps = "".join(f"  n{i + 1} = {step.format(i)}\n" for i in range(60))
    use = 'resource "x_y" "z" {\n  v = local.n60\n  w = jsonencode(local.n60)\n}\n'
    reading = read(root({"main.tf": f"locals {{\n  n0 = 1\n{steps}}}\n{use}{GOOD}"}))
    assert codes(reading) == {"TF_BUDGET"}
    assert addresses(reading) == ["aws_vpc.good", "x_y.z"]


def test_resources_that_hold_each_other_twice_are_bounded(root: Write) -> None:
    """Written out, the last one would have a million million parts."""
    chain = "".join(f'resource "x_y" "r{i + 1}" {{\n  v = [x_y.r{i}, x_y.r{i}]\n}}\n' for i in range(20))
    reading = read(root({"main.tf": 'resource "x_y" "r0" {\n  v = 1\n}\n' + chain + GOOD}))
    assert codes(reading) == {"TF_BUDGET"}
    assert len(reading.resources) == 22


@pytest.mark.parametrize(
    "text", ["floor(1e99999999)", '"x${1e99999999}"', "1e99999999 * 2", "ceil(-1e-99999999 + 0.5)"]
)
def test_numbers_beyond_all_use_are_refused(root: Write, text: str) -> None:
    """Written out they would fill the memory."""
    reading = read(root({"main.tf": f'resource "x_y" "z" {{\n  v = {text}\n}}\n'}))
    assert codes(reading) == {"TF_EXPRESSION"}


def test_a_cycle_is_told_with_every_line_of_it(root: Write) -> None:
    """TF-69."""
    reading = read(
        root({"main.tf": "locals {\n  a = local.b\n  b = local.a\n}\n" + 'resource "x_y" "z" {\n  v = local.a\n}\n'})
    )
    told = [d.message for d in reading.diagnostics]
    assert told == ["local.a refers to itself: local.a (main.tf:2) → local.b (main.tf:3) → local.a"]


def test_a_file_outside_of_the_source_is_told(root: Write) -> None:
    """Its text is unknown, also to `try`: Terraform would read it."""
    reading = read(root({"main.tf": 'resource "x_y" "z" {\n  v = try(file("/etc/hosts"), "")\n}\n'}))
    assert [(d.code, d.origin.line) for d in reading.diagnostics if d.origin] == [("TF_OUTSIDE", 2)]


@pytest.mark.parametrize("pattern", ["(a|a)*b", "(a?)+b", "a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?a?b"])
def test_regular_expressions_with_choices_within_repetitions_are_not_run(root: Write, pattern: str) -> None:
    """They try two ways at each character."""
    reading = read(root({"main.tf": f'resource "x_y" "z" {{\n  v = regexall("{pattern}", "{"a" * 40}")\n}}\n'}))
    assert str(reading.resources[0].attributes["v"]) == "a regular expression that is not evaluated"
