"""Write docs/packs.md: what `netaudit rule` says about every pack, its rules and the controls, as one page.

    python docs/build_packs.py

A test holds the page to the packs.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from netaudit.checks.catalogue import PREFIX, Pack, pack_files
from netaudit.checks.rulefile import Invariant, read_pack

PAGE = Path(__file__).resolve().parent / "packs.md"

_HEAD = """# Rule packs

Generated from `rules/` by `python docs/build_packs.py`; do not edit.

A pack is a rule file that comes with netaudit. Its rules speak of zones, which a rule file of yours declares:

```console
$ netaudit check infra/ --rules pack:baseline --rules zones.yaml
$ netaudit check infra/ --rules pack:dora-rts-2024-1774@lu-dora --rules zones.yaml
$ netaudit check infra/ --rules pack:baseline#BASE-ADMIN,BASE-DATA
```

`@` chooses a profile, which is never guessed; `#` chooses rules, and then only their zones are needed.
`netaudit rule --packs` lists the packs, `netaudit rule pack:NAME` shows one, `netaudit rule ID` explains a rule.

A control is named by its identifier and paraphrased in our words; have the text itself at hand. The mark says what an
answer is worth to somebody who must show that the control is met:

| mark | meaning |
|---|---|
| `proves-limb` | a technical part of it is proved or refuted in the model of the files, given the zones |
| `supports` | an answer helps, and shows nothing by itself |
| `produces-record` | netaudit prepares a record that a person must approve |
| `out-of-reach` | a matter of process or of running systems |

No control is ever covered: the other limbs stay with people. This is the project's reading, not legal advice.
"""


def page() -> str:
    """The whole page."""
    return "\n".join([_HEAD, *(line for name in pack_files() for line in _pack(name))]) + "\n"


def _pack(name: str) -> Iterator[str]:
    file, invariants = read_pack(name)
    head = file.pack or Pack(title=name)
    yield f"## {name}\n\n{head.title}. {head.about}\n"
    if head.checked:
        yield f"Identifiers checked against the texts on {head.checked}.\n"
    if head.profiles:
        yield "| choice | for |\n|---|---|"
        yield from (f"| `{PREFIX}{name}@{profile}` | {each.description} |" for profile, each in head.profiles.items())
        yield ""
    yield "| zone | what belongs to it | unless declared |\n|---|---|---|"
    for zone, expected in head.zones.items():
        yield f"| `{zone}` | {expected.description} | {_code(expected.default or '')} |"
    yield ""
    yield from (line for invariant in invariants for line in _rule(invariant))
    if head.controls:
        yield f"### Controls of {name}\n\n| control | mark | our paraphrase | limits | rules |\n|---|---|---|---|---|"
        for control, each in head.controls.items():
            serving = ", ".join(i.id for i in invariants if control in i.rule.controls)
            yield f"| {control} | `{each.relation}` | {each.says} | {each.note} | {serving} |"
        yield ""


def _rule(invariant: Invariant) -> Iterator[str]:
    rule = invariant.rule
    yield f"### {rule.id}\n\n**{rule.title}.** `{rule.kind}`, {invariant.relation} flows, severity {rule.severity}.\n"
    yield f"*Why it matters.* {rule.rationale.strip()}\n"
    yield f"*What breaks it, for example.*\n\n```\n{rule.example.rstrip()}\n```\n"
    yield f"*What to do.* {rule.instructions.strip()}\n"


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`" if text else ""


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
