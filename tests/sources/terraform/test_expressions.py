"""Expressions and functions: each case is what the real terraform answers (TF-35 … TF-66)."""

from __future__ import annotations

import json

import pytest

from netaudit.sources.terraform import hcl
from netaudit.sources.terraform.evaluate import evaluate
from netaudit.sources.terraform.functions.json_text import encode
from netaudit.sources.terraform.scope import Scope
from netaudit.sources.terraform.types import BOOL, STRING, list_of
from netaudit.sources.terraform.values import Deferred, EvaluationError, Map, Seq, Value, first_deferred

U = Deferred("u", type=STRING)
LIST = Deferred("l", type=list_of(STRING))
ID = Deferred("id", type=STRING, never_null=True)
FLAG = Deferred("flag", type=BOOL)


def value(text: str, **names: Value) -> Value:
    """The value of an expression, with some names given."""
    return evaluate(hcl.parse_expression(text), Scope(iterators=names))


def known(text: str, **names: Value) -> str:
    """The same as JSON; `unknown` where it is not wholly known."""
    found = value(text, **names)
    return "unknown" if first_deferred(found) is not None else encode(found)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # TF-35
        ('"${[1]}"', "[1]"),
        ('"${true}"', "true"),
        ('"${1.0}-${0.1}-${1e20}-${true}"', '"1-0.1-100000000000000000000-true"'),
        # TF-36
        ('1 == "1"', "false"),
        ("1 == 1.0", "true"),
        ('tolist(["a"]) == ["a"]', "false"),
        ("tomap({}) == {}", "false"),
        ("[] == []", "true"),
        ("values({a = 1, b = 2}) == tolist([1, 2])", "false"),
        ('"2" + 3', "5"),
        ('"10" > 9', "true"),
        ('"true" ? 1 : 2', "1"),
        ('["a", "b"]["1"]', '"b"'),
        # TF-37
        ('true ? "1" : 2', '"1"'),
        ('false ? "1" : 2', '"2"'),
        ('true ? [1] : ["a"]', '["1"]'),
        ('true ? [1, 2] : ["a"]', '["1","2"]'),
        ('true ? {a = 1, b = "x"} : {}', '{"a":"1","b":"x"}'),
        ("true ? {a = 1} : null", '{"a":1}'),
        ("true ? 1 : [][0]", "1"),
        # TF-38
        ("[for k, v in {b = 1, a = 2} : k]", '["a","b"]'),
        ('[for v in toset(["b", "a"]) : v]', '["a","b"]'),
        ("values({b = 1, a = 2})", "[2,1]"),
        ("{for k, v in {a = 1, b = 1} : v => k...}", '{"1":["a","b"]}'),
        ('[for i, v in ["a"] : "${i}${v}"]', '["0a"]'),
        ("[for x in [1, 2, 3] : x * 2 if x > 1]", "[4,6]"),
        # TF-39
        ("-7 % 3", "-1"),
        ("7 % -3", "1"),
        ("-7.5 % 2", "-1.5"),
        ("0.1 + 0.2", "0.3"),
        ("12345678901234567890 * 10", "123456789012345678900"),
        ("10 / 4", "2.5"),
        ("2 + 3 * 4 - 1", "13"),
        ("!false && true || false", "true"),
        # TF-41, TF-18
        ("null[*]", "[]"),
        ('"a"[*]', '["a"]'),
        ("[{a = [1, 2]}, {a = [3, 4]}].*.a[0]", "[1,2]"),
        ("[{a = [1, 2]}, {a = [3, 4]}][*].a[0]", "[1,3]"),
        ("[[1]].0.0", "1"),
        # TF-45
        ('try({}.missing, "d")', '"d"'),
        ("can({}.missing)", "false"),
        ('try(null, "d")', "null"),
        # TF-61
        ('cidrsubnet("10.1.2.3/16", 8, 2)', '"10.1.2.0/24"'),
        ('cidrsubnet("fd00::/8", 8, 255)', '"fdff::/16"'),
        ('cidrsubnets("10.0.0.0/16", 4, 4, 8)', '["10.0.0.0/20","10.0.16.0/20","10.0.32.0/24"]'),
        ('cidrhost("10.0.0.0/24", -2)', '"10.0.0.254"'),
        ('cidrhost("fd00::/64", 5)', '"fd00::5"'),
        ('cidrnetmask("10.0.0.0/12")', '"255.240.0.0"'),
        # TF-62
        ('element(["a", "b", "c"], 4)', '"b"'),
        ('lookup({a = null}, "a", "d")', "null"),
        ('lookup({a = 1}, "b", "z")', '"z"'),
        ("merge(null, {a = 1})", '{"a":1}'),
        ("merge({a = {b = 1}}, {a = {c = 2}})", '{"a":{"c":2}}'),
        ("toset(null)", "null"),
        # TF-63
        ('flatten([["a"], [["b"]], "c"])', '["a","b","c"]'),
        ('compact(["a", "", null])', '["a"]'),
        ('sort(["b", "A", "a"])', '["A","a","b"]'),
        ('distinct(["a", "b", "a"])', '["a","b"]'),
        ('setproduct(["a", "b"], ["c"])', '[["a","c"],["b","c"]]'),
        # TF-64
        (r'replace("a1b2", "/(\\d)/", "<$1>")', r'"a\u003c1\u003eb\u003c2\u003e"'),
        (r'regex("(?P<y>\\d+)-(?P<x>\\w+)", "12-ab")', '{"x":"ab","y":"12"}'),
        (r'regexall("([a-z])(\\d)", "a2b3")', '[["a","2"],["b","3"]]'),
        ('regexall("[a-z]", "1a2b")', '["a","b"]'),
        ('replace("a.b.c", ".", "-")', '"a-b-c"'),
        ('setproduct(toset([3]), ["b", "a", "a"])', '[[3,"a"],[3,"b"]]'),  # with a set among them it is a set
        ("toset([{ a = 2 }, { a = 10 }, { a = null }])", '[{"a":10},{"a":2},{"a":null}]'),
        ("toset([true, null, false])", "[false,true,null]"),
        ('chunklist([255, "a"], 1)', '[["255"],["a"]]'),
        ("element(tolist([1, 2, 3]), -1)", "3"),
        ("element(tolist([1, 2, 3]), -4)", "3"),
        ('true ? toset(["5"]) : range(2)', "[5]"),  # the elements of the list
        ('true ? toset([1]) : ["a"]', "[1]"),  # those of the set
        ("coalesce(null, 1, [2])", "1"),
        ("10 % 0.1", "0"),
        ('format("%v", 1000000)', '"1e+06"'),
        ('format("%v", 123456)', '"123456"'),
        ('format("%G", 0.00001)', '"1E-05"'),
        ("false ? tostring(null) : 3", '"3"'),
        ("coalesce(2.5, tostring(null))", '"2.5"'),
        ('format("%e", 0)', '"0.000000e+00"'),
        ('timeadd("2024-01-31T00:00:00.5Z", "1ms")', '"2024-01-31T00:00:00Z"'),
        (r'csvdecode("\n\na\r\n\"x\r\ny\"\n")', r'[{"a":"x\ny"}]'),
        ('format("%x %#o % d", "10", 8, 5)', '"a 010  5"'),
        ('false ? (true ? "a" : ("x" && true)) : 0.5', '"0.5"'),  # what fails there would be a bool
        ("log(3, 10)", "0.4771212547196623"),
        ('yamlencode({ a = "<b> \U0001f600" })', r'"\"a\": \"\u003cb\u003e \\U0001F600\"\n"'),
        (f'yamlencode("{"word " * 20}end")', json.dumps(f'"{" ".join(["word"] * 17)}\n  word word word end"\n')),
        (r'yamlencode("a \n")', r'"\"a \\n\"\n"'),  # a blank before the end of a line would be lost
        (r'yamlencode(" a\nb")', r'"|2-\n   a\n  b\n"'),
        ("{1.50 = 1}", '{"1.5":1}'),
        ('"$$${1}"', '"$${1}"'),
        ('"1e3${1e3}-${~ 1E-1 ~}"', '"1e31000-0.1"'),
        ('replace("abxd", "/x*/", "-")', '"-a-b-d-"'),  # an empty match right behind another one is none
        ('regexall("x*", "abxd")', '["","","x",""]'),
        ('regexall("a*?", "a")', '["",""]'),
        (r'regexall("a$", "a\n")', "[]"),  # Go's `$` is the end alone
        (r'regexall("\\s", "a\u000bb c")', '[" "]'),
        ('regexall("(?P<x>a$)", "a")', '[{"x":"a"}]'),
        # TF-65
        ('split(",", "")', '[""]'),
        ('substr("hello", -3, -1)', '"llo"'),
        ('substr("hello", -3, 2)', '"ll"'),
        ('substr("abc", -2, 0)', '"bc"'),
        ('substr("abc", 1, 0)', '""'),
        ('tobool("1")', "true"),
        ('length("añ")', "2"),
        ('format("%[2]s %[1]s", "a", "b")', '"b a"'),
        ('format("%5d|%-5s|%05.1f|%x|%t", 42, "ab", 3.14159, 255, true)', '"   42|ab   |003.1|ff|true"'),
        ('format("%03d-%+d", 7, 7)', '"007-+7"'),
        ('format("%v %v", "a", 1.5)', '"a 1.5"'),
        ('formatlist("%s-%s", ["a", "b"], "x")', '["a-x","b-x"]'),
        ("jsondecode(jsonencode({b = [1, null, true], a = 1.50}))", '{"a":1.5,"b":[1,null,true]}'),
        # TF-66
        ('"%{if true}a%{else}b%{endif}"', '"a"'),
        ('"%{for x in ["a", "b"]~} ${x} %{endfor}"', '"a b "'),
        ('"$${x} %%{y}"', '"${x} %{y}"'),
        (r'"\u00e9\t\"\\"', '"é\\t\\"\\\\"'),
        # the rest, by theme
        ('coalesce(1, "a")', '"1"'),
        ('coalesce(null, "", "a")', '"a"'),
        ('coalescelist([], ["a"])', '["a"]'),
        ("range(5, 1)", "[5,4,3,2]"),
        ("range(0, 2, 0.5)", "[0,0.5,1,1.5]"),
        ('chunklist(["a", "b", "c"], 2)', '[["a","b"],["c"]]'),
        ('matchkeys(["a", "b", "c"], ["x", "y", "x"], ["x"])', '["a","c"]'),
        ('transpose({a = ["x", "y"], b = ["x"]})', '{"x":["a","b"],"y":["a"]}'),
        ("alltrue([true, null])", "false"),
        ("anytrue([])", "false"),
        ("sum([1, 2.5])", "3.5"),
        ('zipmap(["a"], [1])', '{"a":1}'),
        ("one([])", "null"),
        ('setsubtract(["a", "b"], ["a"])', '["b"]'),
        ('toset(["a", 1])', '["1","a"]'),
        ('tonumber("1e3")', "1000"),
        ('title("hello wORLD-foo bar_baz")', '"Hello WORLD-Foo Bar_baz"'),
        ('indent(2, "a\\nb")', '"a\\n  b"'),
        ('urlencode("a b/ü&~")', '"a+b%2F%C3%BC%26~"'),
        ('base64encode("é")', '"w6k="'),
        ('md5("a")', '"0cc175b9c0f1b6a831c399e269772661"'),
        ('formatdate("DD MMM YYYY hh:mm ZZZ", "2018-01-02T23:12:01Z")', '"02 Jan 2018 23:12 UTC"'),
        ('timeadd("2018-01-02T23:12:01Z", "10m")', '"2018-01-02T23:22:01Z"'),
        ('yamldecode("a: [x, 1.5, true, ~, 010, 0o10, yes]")', '{"a":["x",1.5,true,null,10,8,true]}'),
        ('yamlencode({b = [1], a = "x: y", c = {}})', '"\\"a\\": \\"x: y\\"\\n\\"b\\":\\n- 1\\n\\"c\\": {}\\n"'),
        ('basename("a/b/")', '"b"'),
        ('dirname("a")', '"."'),
        ('parseint("ff", 16)', "255"),
        ("max([1, 3, 2]...)", "3"),
        ('csvdecode("a,b\\n1,2\\n")', '[{"a":"1","b":"2"}]'),
        # seen in the console of Terraform 1.11.4
        ("[{a = [{b = 1}, {b = 2}]}, {a = []}][*].a[*].b", "[[1,2],[]]"),
        ("[{a = [{b = 1}]}, {a = [{b = 3}]}].*.a[0].*.b", "[1]"),
        ("1 / 3 * 3", "1"),
        ("1.1 - 1 == 0.1", "false"),
        ("pow(2, 0.5)", "1.4142135623730951"),
        ('concat(tolist([1]), tolist(["b"]))', '["1","b"]'),
        ("element([1], -1)", "1"),
        ('title("o\'neil")', '"O\'Neil"'),
        ('upper("straße")', '"STRAßE"'),
        ('cidrsubnet("010.1.0.0/8", 8, 1)', '"10.1.0.0/16"'),
        ('zipmap(toset(["a"]), [1])', '{"a":1}'),
        ('yamldecode("[y, yEs, !!str 1, 0b1, N, nULL]")', '[true,"yEs","1","0b1",false,"nULL"]'),
        ('yamldecode("y: 1")', '{"true":1}'),
        ('yamlencode("a\\nb")', '"|-\\n  a\\n  b\\n"'),
    ],
)
def test_known_values(text: str, expected: str) -> None:
    """The value is the real terraform's."""
    assert known(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "1 + null",
        '"a" + 1',
        "[][0]",
        "{}.a",
        "null.a",
        '"x".y',
        "length(null)",
        "element([], 0)",
        'element(["a", "b"], -1)',
        'lookup({a = 1}, "b")',
        'regex("x", "y")',
        "{for x in [1, 1] : x => x}",
        'cidrsubnet("10.0.0.0/16", 20, 1)',
        'cidrnetmask("fd00::/8")',
        'tonumber("0x10")',
        'tonumber(" 1")',
        'tobool("yes")',
        'format("%d", 1.5)',
        'format("%s")',
        'format("x", 1)',
        "lower()",
        "one([1, 2])",
        "sum([])",
        "coalesce(null)",
        "coalesce(1, {a = true})",
        "true ? 1 : true",
        "true ? [] : {}",
        'join(",", [null])',
        'coalescelist(null, ["a"])',
        'tonumber("١")',
        'yamldecode("!foo 1")',
        '"a${null}"',
        "null ? 1 : 2",
        "range(2000)",
        '{a = 1}["b"]',
        "contains({a = 1}, 1)",
        "setproduct(1, 2)",
        "nosuchname",
        "element([1, 2, 3], -1)",
        "signum(9223372036854775808)",
        "pow(-1, 0.5)",
        'lookup(tomap({ a = "x" }), "a", {})',
        "parseint(10, 10)",
        "false ? tonumber(null) : true",
        r'csvdecode("a\nx\"y\n")',
        r'csvdecode("a\n\"x")',
        'format("%x", "ab")',
        'format("%5%")',
    ],
)
def test_mistakes(text: str) -> None:
    """Terraform refuses the expression; so do we, and `try` goes on to its next argument."""
    with pytest.raises(EvaluationError):
        value(text)
    assert value(f'try({text}, "next")') == "next"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('try(u, "d")', "unknown"),  # TF-44
        ("can(u)", "unknown"),
        ("can(tonumber(u))", "unknown"),
        ('u == "x" ? 1 : 2', "unknown"),  # TF-46
        ('u == "x" ? 1 : 1', "1"),
        ("u == null", "unknown"),  # TF-47
        ("id == null", "false"),
        ("id != null", "true"),
        ('length([u, "k"])', "2"),  # TF-48
        ('length(split(",", u))', "unknown"),
        ('length(toset([u, "k"]))', "unknown"),
        ('length(flag ? ["a"] : ["b"])', "1"),  # TF-49
        ('length(flag ? ["a"] : ["b", "c"])', "unknown"),
        ("keys({b = u, a = 1})", '["a","b"]'),  # TF-50
        ("merge({b = u}, {c = 3}).c", "3"),
        ('concat([u], ["z"])[1]', '"z"'),
        ('flatten([[u], ["a"]])[1]', '"a"'),
        ('element([u, "k"], 1)', '"k"'),
        ("{ (u) = 1 }", "unknown"),  # TF-51
        ("zipmap([u], [1])", "unknown"),
        ("lookup({a = 1}, u, 0)", "unknown"),
        ("lookup({}, u, 0)", "0"),  # whatever the key is
        ('toset([]) == setsubtract(["a"], ["a"])', "unknown"),  # one of any type, one of strings: false there
        ('tolist([]) == slice(tolist(["a"]), 0, 0)', "unknown"),
        ("{ a = null } == { a = tostring(null) }", "unknown"),  # false there
        ('tolist([null, "a"]) == tolist([tostring(null), "a"])', "true"),  # the neighbour shows the type
        ("[for x in l : x]", "unknown"),
        ("[for x in [1, 2] : x if flag]", "unknown"),
        ('contains(["a", u], "a")', "true"),  # TF-52
        ('contains([u], "a")', "unknown"),
        ('coalesce("a", u)', '"a"'),  # TF-53
        ('coalesce(u, "a")', "unknown"),
        ('"x-${u}"', "unknown"),  # TF-54
        ('join(",", [u])', "unknown"),
        ('format("%s", u)', "unknown"),
        ("jsonencode({a = u})", "unknown"),
        ('anytrue([true, u == "x"])', "true"),  # TF-55
        ('alltrue([false, u == "x"])', "false"),
        ('false && u == "x"', "false"),  # TF-56: deciding is sound
        ('true || u == "x"', "true"),
        ("one([u])", "unknown"),  # TF-57
        ("timestamp()", "unknown"),  # TF-60
        ("nosuchfunction(1)", "unknown"),
        ("provider::aws::arn_parse(1)", "unknown"),
        ('regexall("(a*)+", "aab")', "unknown"),  # what Python captures last is another thing
        ('regexall("(?i)É", "é")', "unknown"),
        (r'regexall("\\x{41}", "A")', "unknown"),
        ('regexall("a{,2}", "aa{,2}")', "unknown"),
        ('regexall("(?U)a+", "aaa")', "unknown"),
        ("pow(3, 50)", "unknown"),  # rounded
        ('yamldecode(".inf")', "unknown"),  # an infinity, which texts can show
        ('can(formatlist("%d", [null]))', "unknown"),
        ("pow(10, 1.5)", "unknown"),
        ("pow(0, -2)", "unknown"),
        ("true ? [1, null] : [[2]]", "unknown"),  # whether there is a type for it hangs on their order
        ("can(true ? { a = 1 } : { b = [1], c = null })", "unknown"),
        ("1 / 0", "unknown"),  # Terraform gives an infinity
    ],
)
def test_unknowns(text: str, expected: str) -> None:
    """What is decided although something is unknown, and what is not."""
    assert known(text, u=U, l=LIST, id=ID, flag=FLAG) == expected


def test_an_unknown_condition_keeps_what_both_branches_have() -> None:
    """Monotone: equal parts of the branches stay known."""
    found = value("flag ? {a = 1, b = 2} : {a = 1, b = 3}", flag=FLAG)
    assert isinstance(found, Map)
    assert (found.entries["a"], isinstance(found.entries["b"], Deferred)) == (1, True)


def test_a_list_with_an_unknown_tail_keeps_its_head() -> None:
    """TF-4: nothing is dropped, nothing invented."""
    found = value('concat(["a"], l)', l=LIST)
    assert isinstance(found, Seq)
    assert found.items == ("a", Deferred("l", many=True))
    assert not found.is_settled


def test_a_merge_with_an_unknown_map_forgets_what_it_may_overwrite() -> None:
    """The later map wins: what comes after the unknown one is known, what comes before is not."""
    found = value("merge({a = 1}, m, {b = 2})", m=Deferred("m"))
    assert isinstance(found, Map)
    assert (isinstance(found.entries["a"], Deferred), found.entries["b"]) == (True, 2)
    assert found.open is not None


def test_an_unknown_keeps_its_cause_through_operations() -> None:
    """The reason is what the author would recognise."""
    for text in ("u + 1", '"${u}"', "[u][0]", "{a = u}.a", "upper(u)", "u ? 1 : 2", 'split(",", u)[0]'):
        found = first_deferred(value(text, u=Deferred("var.x")))
        assert found is not None
        assert found.reason == "var.x"


def test_heredocs() -> None:
    """TF-15, TF-66: `~` removes one newline, then `<<-` the smallest indentation; escapes are literal."""
    text = "x = <<-E\n    a ${1 + 1}\n      b\\n\n\n    %{ if true ~}\n    c\n    %{ endif ~}\n  E\n"
    attribute = hcl.parse_file(text).attributes["x"]
    assert evaluate(attribute.expression, Scope()) == "a 2\n  b\\n\n\n    c\n"
    assert (attribute.span.line, attribute.span.end_line) == (1, 8)
