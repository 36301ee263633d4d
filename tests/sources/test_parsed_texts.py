"""Texts that were parsed before are not parsed again."""

from __future__ import annotations

from netaudit.sources.manifests.parsed import Documents, ParsedTexts
from netaudit.text.document import Document


class _Parser:
    """Notes what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, text: str) -> Documents:
        self.asked.append(text)
        return (Document(text, 1, 1),)


def test_equal_texts_are_parsed_once() -> None:
    """Whatever file they stand in, and the documents are the same objects."""
    parser, texts = _Parser(), ParsedTexts()
    first, second, _ = (texts.of(text, "yaml", parser) for text in ("a: 1", "a: 1", "a: 2"))
    assert (parser.asked, first is second) == (["a: 1", "a: 2"], True)


def test_a_text_means_something_else_in_another_syntax() -> None:
    """What YAML takes may be no JSON."""
    parser, texts = _Parser(), ParsedTexts()
    for syntax in ("yaml", "json", "yaml"):
        texts.of("a: 1", syntax, parser)
    assert parser.asked == ["a: 1", "a: 1"]


def test_the_newest_texts_are_kept() -> None:
    """As many characters as there is room for."""
    parser, texts = _Parser(), ParsedTexts(kept=6)
    for text in ("aaa", "bbb", "ccc", "ccc", "bbb", "aaa"):
        texts.of(text, "yaml", parser)
    assert parser.asked == ["aaa", "bbb", "ccc", "aaa"]
