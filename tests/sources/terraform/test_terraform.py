"""Against the real terraform, where it is installed: expressions in its console, a whole root in its plan."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from netaudit.sources.terraform import hcl, read_root
from netaudit.sources.terraform.evaluate import evaluate
from netaudit.sources.terraform.functions.json_text import encode
from netaudit.sources.terraform.scope import Scope
from netaudit.sources.terraform.values import EvaluationError, first_deferred
from tests.oracles import program
from tests.sources.terraform.compare import compare

pytestmark = pytest.mark.oracle

ERROR = "no value"


def _run(directory: Path, *arguments: str, text: str = "") -> str:
    environment = {
        **{k: v for k, v in os.environ.items() if not k.startswith("TF_")},
        "TF_CLI_CONFIG_FILE": os.devnull,
        "CHECKPOINT_DISABLE": "1",
    }
    return subprocess.run(
        [program("terraform"), *arguments],
        cwd=directory,
        input=text,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    ).stdout


def _ours(expression: str) -> str:
    try:
        found = evaluate(hcl.parse_expression(expression), Scope())
    except EvaluationError:
        return ERROR
    return "unknown" if first_deferred(found) is not None else encode(found)


def _theirs(directory: Path, expressions: list[str]) -> list[str]:
    """The console's answers as JSON texts; a mistake that `try` does not catch is found by halving."""
    each = ", ".join(f'try(jsonencode({e}), "{ERROR}")' for e in expressions)
    told = _run(directory, "console", text=f"jsonencode([{each}])\n").strip()
    if told.startswith('"'):
        return list(json.loads(json.loads(told)))
    if len(expressions) == 1:
        return ["unknown" if "known after" in told else ERROR]
    middle = len(expressions) // 2
    return [*_theirs(directory, expressions[:middle]), *_theirs(directory, expressions[middle:])]


# --- expressions -------------------------------------------------------------------------------------

NUMBERS = st.sampled_from(["0", "1", "-2", "3.5", "10", "255"])
TEXTS = st.sampled_from(['""', '"a"', '"B-c"', '"1"', '"10.0.0.0/16"', '"true"', '"x,y,x"', '"é b"'])
BOOLS = st.sampled_from(["true", "false"])
SCALARS = st.one_of(NUMBERS, TEXTS, BOOLS, st.just("null"))


UNARY = (
    "length tostring tonumber tobool tolist toset tomap keys values flatten compact distinct sort reverse "
    "upper lower trimspace abs ceil floor jsonencode one alltrue anytrue sum title strrev"
)
BINARY = (
    "merge concat contains lookup element coalesce split join min max setunion setsubtract setintersection "
    "index zipmap startswith trimprefix format setproduct coalescelist chunklist strcontains"
)


def _lists(elements: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(elements, max_size=3).map(lambda items: f"[{', '.join(items)}]")


def _maps(elements: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pairs = st.lists(st.tuples(st.sampled_from("abc"), elements), max_size=3, unique_by=lambda p: p[0])
    return pairs.map(lambda items: "{" + ", ".join(f"{k} = {v}" for k, v in items) + "}")


def _grown(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    lists, maps = _lists(inner), _maps(inner)
    unary = st.sampled_from(UNARY.split())
    operator = st.sampled_from(["+", "-", "*", "%", "==", "!=", "<", ">=", "&&", "||"])
    binary = st.sampled_from(BINARY.split())
    return st.one_of(
        lists,
        maps,
        st.builds("{}({})".format, unary, st.one_of(inner, lists, maps)),
        st.builds("({} {} {})".format, inner, operator, inner),
        st.builds("{}({}, {})".format, binary, st.one_of(inner, lists, maps), st.one_of(inner, lists, maps)),
        st.builds("({} ? {} : {})".format, BOOLS, inner, inner),
        st.builds('"x${{{}}}-${{{}}}"'.format, inner, inner),
        st.builds("[for x in {} : x]".format, st.one_of(lists, maps)),
        st.builds("{{for k, v in {} : k => v}}".format, maps),
        st.builds("{}[{}]".format, lists, NUMBERS),
        st.builds("{}[*]".format, lists),
        st.builds("cidrsubnet({}, {}, {})".format, TEXTS, NUMBERS, NUMBERS),
        st.builds("substr({}, {}, {})".format, TEXTS, NUMBERS, NUMBERS),
        st.builds("replace({}, {}, {})".format, TEXTS, TEXTS, TEXTS),
        st.builds("slice({}, {}, {})".format, lists, NUMBERS, NUMBERS),
        st.builds("range({})".format, NUMBERS),
    )


EXPRESSIONS = st.recursive(SCALARS, _grown, max_leaves=6)
CASES = int(os.environ.get("NETAUDIT_CONSOLE_CASES", "150"))


def _generated() -> list[str]:
    """The same expressions in every run: small ones, and ever larger ones."""
    found: list[str] = []

    @settings(
        max_examples=CASES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(EXPRESSIONS)
    def collect(expression: str) -> None:
        found.append(expression)

    collect()
    return sorted(set(found))


@pytest.mark.filterwarnings("ignore:Generating overly large repr")
def test_generated_expressions_have_the_value_of_the_console(tmp_path: Path) -> None:
    """Every generated expression has the real value or is unknown, and is refused only where Terraform refuses it.

    The other way round we are lenient: some branches and lists whose types cannot be unified have a value here.
    """
    expressions = _generated()
    answers = zip(expressions, _theirs(tmp_path, expressions), strict=True)
    differing = [
        (expression, ours, wanted)
        for expression, wanted in answers
        if (ours := _ours(expression)) not in ("unknown", wanted) and wanted != ERROR
    ]
    assert differing == []
    assert len(expressions) > CASES // 2


def test_picked_expressions_have_the_value_of_the_console(tmp_path: Path) -> None:
    """Corners of every function, of splats, conversions and numbers: Terraform's value or error, or unknown."""
    expressions = (Path(__file__).parent / "console.txt").read_text(encoding="utf-8").splitlines()
    batches = (expressions[i : i + 40] for i in range(0, len(expressions), 40))
    answers = [answer for batch in batches for answer in _theirs(tmp_path, batch)]
    pairs = [(e, _ours(e), wanted) for e, wanted in zip(expressions, answers, strict=True)]
    assert [(e, ours, wanted) for e, ours, wanted in pairs if ours not in ("unknown", wanted)] == []


# Values of every shape, some of which each function refuses.
SHAPES = (
    *("null", "1", "-2", "3.5", '""', '"a"', '"1"', "true", "[]", '["a"]', "[1,2]", '[1,"a"]', '["a",null]'),
    *("[1,true]", "[1,[2]]", '[[1],["a"]]', "[{a=1},{b=2}]", "{}", "{a=1}", '{a="x",b=2}', "{a=[1]}"),
    *("toset([])", 'toset(["a"])', "tolist([])", 'tolist(["a"])', "tomap({})", 'tomap({a="b"})'),
)


def _can_ours(expression: str) -> bool | None:
    """None where it is unknown, which is allowed."""
    value = evaluate(hcl.parse_expression(f"can({expression})"), Scope())
    return value if isinstance(value, bool) else None


def test_mistakes_are_those_of_the_console(tmp_path: Path) -> None:
    """What fails decides the answers of `try` and `can` (TF-44): it fails here where it fails there, or is unknown."""
    expressions = [f"{f}({a})" for f in UNARY.split() for a in SHAPES]
    expressions += [f"{f}({a}, {b})" for f in BINARY.split() for a in SHAPES[4:24:3] for b in SHAPES[5:27:3]]
    expressions += [f"true ? {a} : {b}" for a in SHAPES[1::3] for b in SHAPES[2:20:3]]
    expressions += [f"[for x in {a} : x if {b}]" for a in SHAPES[8::4] for b in SHAPES[::4]]
    told = _run(tmp_path, "console", text=f"jsonencode([{', '.join(f'can({e})' for e in expressions)}])\n").strip()
    theirs = json.loads(json.loads(told))
    pairs = [(e, _can_ours(e), answer) for e, answer in zip(expressions, theirs, strict=True)]
    assert [(e, ours, answer) for e, ours, answer in pairs if ours not in (None, answer)] == []


# --- a whole root ------------------------------------------------------------------------------------

ROOT = {
    "main.tf": """
variable "tiers" {
  type = map(object({ cidr = string, zones = optional(list(string), ["a", "b"]), open = optional(bool) }))
}
variable "names" {
  type = set(string)
}
locals {
  pairs = flatten([for t, v in var.tiers : [
    for i, z in v.zones : { key = "${t}-${z}", cidr = cidrsubnet(v.cidr, 4, i) }
  ]])
  by_key = { for p in local.pairs : p.key => p }
  text   = <<-EOT
    tiers: %{ for t in sort(keys(var.tiers)) ~}
    ${t},
    %{ endfor ~}
    end
  EOT
}
resource "terraform_data" "pair" {
  for_each = local.by_key
  input    = merge(each.value, { upper = upper(each.key), n = length(local.pairs) })
}
resource "terraform_data" "some" {
  count = length(terraform_data.pair) > 3 ? 2 : 0
  input = element(sort(var.names), count.index)
}
resource "terraform_data" "none" {
  count = var.tiers["web"].open == null ? 0 : 1
}
resource "terraform_data" "mixed" {
  input = {
    text  = local.text
    maybe = try(var.tiers["none"].cidr, "none")
    first = try(one(terraform_data.some[*].input), "many")
    chosen = length(var.names) > 1 ? ["1"] : [2]
    ids    = length([for p in terraform_data.pair : p.id])
    over   = module.m["x"].kind
    json   = jsondecode(jsonencode(var.tiers)).web.cidr
    rest   = module.n[*].kind
    deep   = { for k, m in module.m : k => m.all }
  }
}
module "m" {
  source   = "./m"
  for_each = { x = 1, y = "2" }
  kind     = each.value
}
module "n" {
  source = "./m"
  count  = 2
  kind   = count.index
}
""",
    "main_override.tf": 'resource "terraform_data" "over" {\n  input = "overridden"\n}\n',
    "over.tf": 'resource "terraform_data" "over" {\n  input = "base"\n  triggers_replace = [1]\n}\n',
    "m/main.tf": 'variable "kind" {\n  type = string\n}\nresource "terraform_data" "in" {\n'
    '  count = var.kind == "1" ? 2 : 1\n  input = "${var.kind}-${count.index}-${path.module}"\n}\n'
    'output "kind" {\n  value = "k${var.kind}"\n}\noutput "all" {\n  value = terraform_data.in[*].input\n}\n',
    "terraform.tfvars": 'tiers = {\n  web = { cidr = "10.0.0.0/16", zones = ["a", "c"] }\n'
    '  app = { cidr = "10.1.0.0/16", open = true }\n}\nnames = ["q", "p", "q"]\n',
    "z.auto.tfvars": 'names = ["s", "r"]\n',
}


def test_a_root_of_every_construct_is_read_as_terraform_plans_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables, optional attributes, loops, counts, modules, overrides, templates: equal to the plan."""
    monkeypatch.chdir(tmp_path)
    for name, text in ROOT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    _run(tmp_path, "init", "-no-color")
    _run(tmp_path, "plan", "-no-color", "-out=plan")
    plan: Any = json.loads(_run(tmp_path, "show", "-json", "plan"))
    reading = read_root(tmp_path, name="root")
    compared = compare(reading, plan)
    assert [d.message for d in reading.diagnostics] == []
    assert sorted(compared.planned) == sorted(compared.read)
    assert (compared.wrong, compared.missing, compared.unknown) == ([], [], [])
    assert compared.equal > 30
