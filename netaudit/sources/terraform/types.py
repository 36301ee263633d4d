"""Type constraints: `string`, `list(object({…}))`, `optional(T, default)`, and the type of a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from netaudit.sources.terraform.syntax import Attr, Call, Expression, Literal, Name, ObjectOf, TupleOf


@dataclass(frozen=True, slots=True)
class Type:
    """A type. `element` for list, set, map; `elements` for tuple; `attributes` for object."""

    kind: str
    element: Type | None = None
    elements: tuple[Type, ...] = ()
    attributes: Mapping[str, Type] = field(default_factory=dict)
    optional: Mapping[str, Expression | None] = field(default_factory=dict)  # name → default expression

    @property
    def is_primitive(self) -> bool:
        """Whether values of the type are strings, numbers or bools."""
        return self.kind in ("string", "number", "bool")

    @property
    def bare(self) -> Type:
        """The type without `optional()`: that of the values of it."""
        attributes = {name: kind.bare for name, kind in self.attributes.items()}
        element = self.element.bare if self.element is not None else None
        return Type(self.kind, element, tuple(kind.bare for kind in self.elements), attributes)

    @property
    def of(self) -> Type:
        """The type of the elements of a list, set or map; `any` where it is not known."""
        return self.element or ANY


ANY = Type("any")
NULL = Type("null")  # of null itself: it goes with every type
STRING = Type("string")
NUMBER = Type("number")
BOOL = Type("bool")
_NAMED = {"any": ANY, "string": STRING, "number": NUMBER, "bool": BOOL}


class TypeSyntaxError(Exception):
    """A type constraint that is not one."""


def list_of(element: Type) -> Type:
    """`list(element)`."""
    return Type("list", element)


def read_type(node: Expression) -> Type:
    """The type that a `type = …` argument names (TF-30, TF-31, TF-34). Raises `TypeSyntaxError`."""
    match node:
        case Name(name=name) if name in _NAMED:
            return _NAMED[name]
        case Name(name="list" | "set" | "map" as name):
            return Type(name, ANY)
        case Literal(value=str(text)) if text in _NAMED:  # 0.11: quoted
            return _NAMED[text]
        case Literal(value="list" | "map" as text):
            return Type(str(text), ANY)
        case Call(name="list" | "set" | "map" as name, arguments=(element,)):
            return Type(name, read_type(element))
        case Call(name="tuple", arguments=(TupleOf(items=items),)):
            return Type("tuple", elements=tuple(read_type(i) for i in items))
        case Call(name="object", arguments=(ObjectOf(items=items),)):
            return _read_object(items)
        case _:
            raise TypeSyntaxError("not a type constraint")


def _read_object(items: tuple[tuple[Expression, Expression], ...]) -> Type:
    attributes: dict[str, Type] = {}
    optional: dict[str, Expression | None] = {}
    for key, node in items:
        name = _attribute_name(key)
        if isinstance(node, Call) and node.name == "optional" and node.arguments:
            attributes[name] = read_type(node.arguments[0])
            optional[name] = node.arguments[1] if len(node.arguments) > 1 else None
        else:
            attributes[name] = read_type(node)
    return Type("object", attributes=attributes, optional=optional)


def _attribute_name(key: Expression) -> str:
    if isinstance(key, Literal) and isinstance(key.value, str):
        return key.value
    if isinstance(key, Attr | Name):
        return key.name
    raise TypeSyntaxError("an attribute name of an object type must be a plain name")


def unify(first: Type, second: Type) -> Type | None:
    """The type that both branches of a conditional convert to; None where there is none (TF-37)."""
    if first.kind == "null" or second.kind == "null":
        return second if first.kind == "null" else first
    if first == second or second.kind == "any":
        return first if second.kind != "any" else ANY
    if first.kind == "any":
        return ANY
    if first.is_primitive and second.is_primitive:
        return STRING if "string" in (first.kind, second.kind) else None
    kinds = {first.kind, second.kind}
    if kinds == {"tuple"} and len(first.elements) == len(second.elements):
        return _unify_tuples(first, second)
    if kinds == {"object"} and first.attributes.keys() == second.attributes.keys():
        return _unify_objects(first, second)
    if kinds <= {"map", "object"}:
        return _collection("map", [*_parts(first), *_parts(second)])
    if kinds <= {"list", "tuple", "set"}:
        kind = "set" if "set" in kinds and "list" not in kinds else "list"
        leading = first if first.kind == kind else second
        if len(kinds) == 2 and "set" in kinds and leading.of.kind != "any":
            return Type(kind, leading.of)  # a set and something else: the elements of the leading one
        return _collection(kind, [*_parts(first), *_parts(second)])
    return None


_SHAPES = {"list": "sequence", "set": "sequence", "tuple": "sequence", "map": "mapping", "object": "mapping"}


def conflict(*types: Type) -> bool | None:
    """Whether no type at all could hold all of them: Terraform refuses such branches and such elements.

    What is not known of a type never conflicts. None where it hangs on the order in which Terraform compares them:
    parts of no type in common, and a null among them, which goes with any.
    """
    known = [t for t in types if t.kind not in ("any", "null")]
    if len(known) < 2:
        return False
    shapes = {_SHAPES.get(t.kind, "scalar") for t in known}
    if shapes == {"scalar"}:
        return {t.kind for t in known} == {"number", "bool"}
    if len(shapes) > 1:
        return True
    found = [_in_doubt(parts) if unordered else conflict(*parts) for parts, unordered in _aligned(known)]
    return True if True in found else None if None in found else False


def _in_doubt(parts: list[Type]) -> bool | None:
    found = conflict(*parts)
    return None if found and NULL in parts else found


def _aligned(types: list[Type]) -> list[tuple[list[Type], bool]]:
    """The parts that must have a type in common: by position or name where all agree on them, else (True) all."""
    kinds = {t.kind for t in types}
    if kinds == {"tuple"} and len({len(t.elements) for t in types}) == 1:
        return [(list(parts), False) for parts in zip(*(t.elements for t in types), strict=True)]
    if kinds == {"object"} and len({frozenset(t.attributes) for t in types}) == 1:
        return [([t.attributes[name] for t in types], False) for name in types[0].attributes]
    return [([part for t in types for part in _parts(t)], True)]


def unify_all(types: list[Type]) -> Type | None:
    """The common type of several; `any` for none at all."""
    ordered = sorted(types, key=lambda t: t.kind != "string")  # a string takes numbers and bools alike
    result = ordered[0] if ordered else ANY
    for other in ordered[1:]:
        merged = unify(result, other)
        if merged is None:
            return None
        result = merged
    return result


def _unify_tuples(first: Type, second: Type) -> Type | None:
    elements = [unify(a, b) for a, b in zip(first.elements, second.elements, strict=True)]
    if any(e is None for e in elements):
        return None
    return Type("tuple", elements=tuple(e for e in elements if e is not None))


def _unify_objects(first: Type, second: Type) -> Type | None:
    merged = {name: unify(t, second.attributes[name]) for name, t in first.attributes.items()}
    if any(t is None for t in merged.values()):
        return None
    return Type("object", attributes={k: t for k, t in merged.items() if t is not None})


def _parts(of: Type) -> list[Type]:
    if of.element is not None:
        return [of.element] if of.element.kind != "any" else []
    return [*of.elements, *of.attributes.values()]


def _collection(kind: str, parts: list[Type]) -> Type | None:
    element = unify_all(parts)
    return Type(kind, element) if element is not None else None
