"""Expressions: one rule for each node, from a scope of names to a value.

A mistake raises `EvaluationError`; what is merely unknown is a value (`values.Deferred`), and what is
known beside it is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from netaudit.sources.terraform import functions, operators, syntax
from netaudit.sources.terraform.convert import to_bool, to_number, to_string
from netaudit.sources.terraform.scope import Scope
from netaudit.sources.terraform.types import ANY, BOOL, NULL, NUMBER, STRING, Type, list_of, unify
from netaudit.sources.terraform.values import (
    Deferred,
    EvaluationError,
    LazyObject,
    Map,
    Marked,
    Seq,
    Value,
    first_deferred,
    is_number,
    items_of,
    mark,
    type_of,
    unmark,
    unmark_deep,
)


def evaluate(node: syntax.Expression, scope: Scope) -> Value:
    """The value of an expression. Raises `EvaluationError` and `BudgetExceededError`."""
    scope.budget.spend()
    return _RULES[type(node)](node, scope)


def _literal(node: syntax.Literal, _: Scope) -> Value:
    return node.value


def _name(node: syntax.Name, scope: Scope) -> Value:
    return scope.lookup(node.name)


def _element(_: syntax.Element, scope: Scope) -> Value:
    return scope.element


def _attr(node: syntax.Attr, scope: Scope) -> Value:
    return attribute_of(evaluate(node.target, scope), node.name)


def attribute_of(target: Value, name: str) -> Value:
    """`target.name`. Raises `EvaluationError` where there is no such attribute."""
    if isinstance(target, LazyObject):
        return target.attribute(name)
    target, marked = unmark(target)
    if marked:
        return mark(attribute_of(target, name))
    if isinstance(target, Map):
        return _entry(target, name)
    if isinstance(target, Deferred):
        return _attribute_of_deferred(target, name)
    if target is None:
        raise EvaluationError(f'null has no attribute "{name}"')
    raise EvaluationError(f'this value has no attribute "{name}"')


def _entry(target: Map, name: str) -> Value:
    if name in target.entries:
        return target.entries[name]
    if target.open is not None:
        return target.open.as_type(ANY, never_null=False)
    raise EvaluationError(f'there is no attribute or key "{name}"')


def _attribute_of_deferred(target: Deferred, name: str) -> Value:
    if target.type.is_primitive:
        raise EvaluationError(f'a {target.type.kind} has no attribute "{name}"')
    if target.type.kind == "object" and name not in target.type.attributes:
        raise EvaluationError(f'there is no attribute "{name}"')  # the type is known to lack it (TF-45)
    return target.member(name)


def _index(node: syntax.Index, scope: Scope) -> Value:
    return element_of(evaluate(node.target, scope), evaluate(node.key, scope))


def element_of(target: Value, key: Value) -> Value:
    """`target[key]`. Raises `EvaluationError` where there is no such element."""
    target, target_marked = unmark(target)
    key, key_marked = unmark(key)
    marked = target_marked or key_marked
    if key is None or target is None:
        raise EvaluationError("an index, or the value that it is applied to, is null")
    if isinstance(key, Deferred):
        return mark(_any_element(target, key), marked)
    if isinstance(target, Deferred):
        return _element_of_deferred(target, key)
    if isinstance(target, LazyObject | Map):
        return mark(attribute_of(target, to_string(key)), marked)
    if isinstance(target, Seq) and target.kind != "set":
        return mark(_item(target, to_number(key)), marked)
    raise EvaluationError("this value has no elements to index")


def _any_element(target: Value, key: Deferred) -> Value:
    if isinstance(target, Seq | Map | LazyObject | Deferred):
        return key.as_type(type_of(target).of, never_null=False)
    raise EvaluationError("this value has no elements to index")


def _element_of_deferred(target: Deferred, key: Value) -> Value:
    if target.type.is_primitive:
        raise EvaluationError(f"a {target.type.kind} has no elements to index")
    if is_number(key) and target.type.kind not in ("map", "object"):
        return target.member(int(key))
    return target.member(to_string(key))


def _item(target: Seq, position: Value) -> Value:
    if not isinstance(position, int) or position < 0:
        raise EvaluationError("an index must be a whole number that is not negative")
    if position == 0 and target.sole:
        return target.sole[0]
    before = target.items[: position + 1]
    if not target.ordered or any(isinstance(i, Deferred) and i.many for i in before):
        return target.hole.as_type(ANY, never_null=False)
    if position < len(target.items):
        return target.items[position]
    if not target.is_settled:
        return target.hole.as_type(ANY, never_null=False)
    raise EvaluationError(f"the index {position} is out of range")


def _splat(node: syntax.Splat, scope: Scope) -> Value:
    target, marked = unmark(evaluate(node.target, scope))
    if target is None:
        return Seq("tuple", ())  # TF-41
    if isinstance(target, Deferred):
        return _splat_of_deferred(node, target, scope)
    if not isinstance(target, Seq):
        target = Seq("tuple", (target,))
    scope.budget.spend(len(target.items))
    items = tuple(_splat_one(node.each, item, scope) for item in target.items)
    return mark(Seq("tuple", items, target.ordered), marked)


def _splat_one(each: syntax.Expression, item: Value, scope: Scope) -> Value:
    if isinstance(item, Deferred) and item.many:
        return item.as_many()
    return evaluate(each, replace(scope, element=item))


def _splat_of_deferred(node: syntax.Splat, target: Deferred, scope: Scope) -> Value:
    single = target.never_null and (target.type.is_primitive or target.type.kind in ("map", "object"))
    if single or (target.type.kind == "tuple"):
        elements = [target.member(i) for i in range(len(target.type.elements))] if not single else [target]
        return Seq("tuple", tuple(_splat_one(node.each, e, scope) for e in elements))
    return target.as_type(list_of(ANY))


def _unary(node: syntax.Unary, scope: Scope) -> Value:
    value, marked = unmark(evaluate(node.operand, scope))
    return mark(operators.negate(value) if node.operator == "!" else operators.minus(value), marked)


def _binary(node: syntax.Binary, scope: Scope) -> Value:
    return operators.binary(node.operator, evaluate(node.left, scope), evaluate(node.right, scope))


def _conditional(node: syntax.Conditional, scope: Scope) -> Value:
    condition, marked = unmark(evaluate(node.condition, scope))
    if condition is None:
        raise EvaluationError("the condition is null")
    condition = to_bool(condition)
    if isinstance(condition, Deferred):
        return mark(_undecided(node, condition, scope), marked)
    chosen, other = (node.then, node.otherwise) if condition else (node.otherwise, node.then)
    value = evaluate(chosen, scope)
    if value is None or (isinstance(other, syntax.Literal) and other.value is None):
        return mark(value, marked)
    return mark(operators.choose(value, _type_if_valid(other, scope)), marked)


def _undecided(node: syntax.Conditional, condition: Deferred, scope: Scope) -> Value:
    branches = [_value_if_valid(b, condition, scope) for b in (node.then, node.otherwise)]
    (then, a), (otherwise, b) = (unmark_deep(v) for v in branches)
    if then is None and otherwise is not None:
        otherwise = operators.choose(otherwise, _type_of_null(node.then, scope))
    elif otherwise is None and then is not None:
        then = operators.choose(then, _type_of_null(node.otherwise, scope))
    return mark(operators.join(condition, then, otherwise), a or b)


def _value_if_valid(node: syntax.Expression, condition: Deferred, scope: Scope) -> Value:
    """A branch that fails only fails where it is chosen."""
    try:
        return evaluate(node, scope)
    except EvaluationError:
        return condition.as_type(ANY, never_null=False)


def _type_if_valid(node: syntax.Expression, scope: Scope) -> Type:
    try:
        value, _ = unmark(evaluate(node, scope))
    except EvaluationError:
        if isinstance(node, syntax.Conditional):
            return unify(_type_if_valid(node.then, scope), _type_if_valid(node.otherwise, scope)) or ANY
        return _TYPE_OF_FAILED.get(_form(node), ANY)
    return type_of(value) if value is not None else _type_of_null(node, scope)


def _type_of_null(node: syntax.Expression, scope: Scope) -> Type:
    """What a null is one of: a null variable or attribute still has its declared type, which the other branch takes on.

    `any` says nothing, and for a null nothing is that it goes with every type.
    """
    declared = _declared_type(node, scope)
    return NULL if declared is None or declared.kind == "any" else declared.bare


def _declared_type(node: syntax.Expression, scope: Scope) -> Type | None:
    """The declared type of a variable, of a local that is one, or of an attribute of an object of a declared type;
    the type that a value is converted to.
    """
    match node:
        case syntax.Call(name="tostring" | "tonumber" | "tobool" as name):
            return {"tostring": STRING, "tonumber": NUMBER, "tobool": BOOL}[name]
        case syntax.Attr(target=syntax.Name(name="var"), name=name):
            return scope.type_of_variable(name)
        case syntax.Attr(target=syntax.Name(name="local"), name=name):
            written = scope.expression_of_local(name)
            return _declared_type(written, replace(scope, iterators={}, element=None)) if written is not None else None
        case syntax.Attr(target=target, name=name):
            return _attribute_type(target, name, scope)
        case syntax.Index(target=target, key=key):
            return _attribute_type(target, unmark(evaluate(key, scope))[0], scope)
        case _:
            return None


def _attribute_type(target: syntax.Expression, name: Value, scope: Scope) -> Type | None:
    owner, _ = unmark(evaluate(target, scope))
    if not isinstance(owner, Map) or owner.types is None or not isinstance(name, str):
        return None
    return owner.types.get(name)


def _form(node: syntax.Expression) -> str:
    """What Terraform knows the type of, even where it cannot be evaluated."""
    if isinstance(node, syntax.Template):
        return "template"
    return node.operator if isinstance(node, syntax.Binary | syntax.Unary) else ""


_TYPE_OF_FAILED = {
    "template": STRING,
    **dict.fromkeys(("+", "-", "*", "/", "%"), NUMBER),
    **dict.fromkeys(("==", "!=", "<", ">", "<=", ">=", "&&", "||", "!"), BOOL),
}


def _tuple(node: syntax.TupleOf, scope: Scope) -> Value:
    return Seq("tuple", tuple(evaluate(i, scope) for i in node.items))


def _object(node: syntax.ObjectOf, scope: Scope) -> Value:
    entries: dict[str, Value] = {}
    for key_node, value_node in node.items:
        key, value = evaluate(key_node, scope), evaluate(value_node, scope)
        key, _ = unmark(key)
        if key is None:
            raise EvaluationError("a key of an object is null")
        key = to_string(key)
        if isinstance(key, Deferred):
            return key.as_type(ANY)  # TF-51
        entries[key] = value
    return Map("object", entries)


# --- for ---------------------------------------------------------------------------------------------


def _iteration(
    node: syntax.ForTuple | syntax.ForObject, scope: Scope
) -> tuple[list[tuple[Scope, Value]], bool, bool] | Deferred:
    """Each element's scope with its condition, whether the order is known, whether it is sensitive."""
    collection, marked = unmark(evaluate(node.collection, scope))
    if isinstance(collection, Deferred):
        return collection
    found = items_of(collection)
    if found is None:
        raise EvaluationError("a for expression needs a list, a set, a map or an object")
    elements: list[tuple[Scope, Value]] = []
    pairs = list(found)
    if not pairs and (doubt := _doubtful_condition(node, scope)) is not None:
        return doubt
    for key, value in pairs:
        if isinstance(value, Deferred) and value.many:
            elements.append((scope, value))
            continue
        names = {node.value: value} if node.key is None else {node.key: key, node.value: value}
        inner = scope.with_iterators(names)
        elements.append((inner, _condition(node.condition, inner)))
    return elements, not isinstance(collection, Seq) or collection.ordered, marked


def _doubtful_condition(node: syntax.ForTuple | syntax.ForObject, scope: Scope) -> Deferred | None:
    """Terraform tries the condition once before any element: what fails then may fail even for an empty list."""
    blank = Deferred("an element of an empty collection")
    names = {node.value: blank} if node.key is None else {node.key: blank, node.value: blank}
    try:
        _condition(node.condition, scope.with_iterators(names))
    except EvaluationError as error:
        return Deferred(f"the condition of a for expression: {error}")
    return None


def _condition(node: syntax.Expression | None, scope: Scope) -> Value:
    if node is None:
        return True
    value, _ = unmark(evaluate(node, scope))
    if value is None:
        raise EvaluationError("the condition of a for expression is null")
    return to_bool(value)


def _for_tuple(node: syntax.ForTuple, scope: Scope) -> Value:
    iteration = _iteration(node, scope)
    if isinstance(iteration, Deferred):
        return iteration.as_type(list_of(ANY))
    elements, ordered, marked = iteration
    items: list[Value] = []
    for inner, condition in elements:
        if isinstance(condition, Deferred):
            items.append(condition.as_many())
        elif condition:
            items.append(evaluate(node.result, inner))
    return mark(Seq("tuple", tuple(items), ordered), marked)


def _for_object(node: syntax.ForObject, scope: Scope) -> Value:
    iteration = _iteration(node, scope)
    if isinstance(iteration, Deferred):
        return iteration.as_type(Type("map", ANY))
    elements, _, marked = iteration
    entries: dict[str, Value] = {}
    groups: dict[str, list[Value]] = {}
    unknown: Deferred | None = None
    for inner, condition in elements:
        name = condition if isinstance(condition, Deferred) else None
        if condition is False:
            continue
        if name is None:
            name = _key(evaluate(node.name, inner))
        if isinstance(name, Deferred):
            unknown = unknown or name
        elif node.group:
            groups.setdefault(name, []).append(evaluate(node.result, inner))
        elif name in entries:
            raise EvaluationError(f'two elements of a for expression have the key "{name}"')
        else:
            entries[name] = evaluate(node.result, inner)
    if node.group:
        tail = (unknown.as_many(),) if unknown is not None else ()
        entries = {k: Seq("tuple", (*v, *tail)) for k, v in groups.items()}
    return mark(Map("object", entries, unknown.as_type(ANY) if unknown is not None else None), marked)


def _key(value: Value) -> Value:
    value, _ = unmark(value)
    if value is None:
        raise EvaluationError("a key of a for expression is null")
    return to_string(value)


# --- templates ---------------------------------------------------------------------------------------


def _template(node: syntax.Template, scope: Scope) -> Value:
    parts: list[Value] = []
    _render(node.parts, scope, parts)
    unmarked = [unmark(p) for p in parts]
    marked = any(m for _, m in unmarked)
    texts = [_part_text(v) for v, _ in unmarked]
    unknown = next((t for t in texts if isinstance(t, Deferred)), None)
    if unknown is not None:
        return mark(unknown.as_type(STRING), marked)
    scope.budget.text(sum(map(len, texts)))
    return mark("".join(texts), marked)


def _part_text(value: Value) -> Value:
    if value is None:
        raise EvaluationError("a template includes null")
    if isinstance(value, Seq | Map | LazyObject) and (unknown := first_deferred(value)) is not None:
        return unknown
    return to_string(value)


def _render(parts: tuple[syntax.TemplatePart, ...], scope: Scope, into: list[Value]) -> None:
    for part in parts:
        if isinstance(part, syntax.TemplateIf):
            _render_if(part, scope, into)
        elif isinstance(part, syntax.TemplateFor):
            _render_for(part, scope, into)
        else:
            into.append(evaluate(part, scope))


def _render_if(part: syntax.TemplateIf, scope: Scope, into: list[Value]) -> None:
    condition = _condition(part.condition, scope)
    if isinstance(condition, Deferred):
        into.append(condition.as_type(STRING))
    else:
        _render(part.then if condition else part.otherwise, scope, into)


def _render_for(part: syntax.TemplateFor, scope: Scope, into: list[Value]) -> None:
    collection, marked = unmark(evaluate(part.collection, scope))
    if isinstance(collection, Deferred):
        into.append(collection.as_type(STRING))
        return
    pairs = items_of(collection)
    if pairs is None:
        raise EvaluationError("a template's for needs a list, a set, a map or an object")
    if isinstance(collection, Seq) and not collection.is_settled:
        into.append(collection.hole.as_type(STRING))
        return
    for key, value in pairs:
        names = {part.value: value} if part.key is None else {part.key: key, part.value: value}
        scope.budget.spend()
        _render(part.body, scope.with_iterators(names), into)
    if marked:
        into.append(Marked(""))


def _call(node: syntax.Call, scope: Scope) -> Value:
    value = functions.call(node, scope, evaluate)
    return _as_nulls_are(value, node, scope) if node.name.removeprefix("core::") == "coalesce" else value


_TYPED = (syntax.Attr, syntax.Index, syntax.Call)  # what may be a null of a type that is known


def _as_nulls_are(chosen: Value, node: syntax.Call, scope: Scope) -> Value:
    """What `coalesce` chose, converted to the type that it has in common with its nulls of a declared type."""
    value, marked = unmark_deep(chosen)
    for argument in node.arguments:
        if isinstance(argument, _TYPED) and unmark(evaluate(argument, scope))[0] is None:
            declared = _type_of_null(argument, scope)
            value = value if declared == NULL else operators.choose(value, declared)
    return mark(value, marked)


_RULES: dict[type, Callable[..., Value]] = {
    syntax.Literal: _literal,
    syntax.Name: _name,
    syntax.Element: _element,
    syntax.Attr: _attr,
    syntax.Index: _index,
    syntax.Splat: _splat,
    syntax.Unary: _unary,
    syntax.Binary: _binary,
    syntax.Conditional: _conditional,
    syntax.TupleOf: _tuple,
    syntax.ObjectOf: _object,
    syntax.ForTuple: _for_tuple,
    syntax.ForObject: _for_object,
    syntax.Template: _template,
    syntax.Call: _call,
}
