"""Rule packs: rule files that come with netaudit, each for a theme or for a text that others wrote.

A pack's rules speak of zones that only its user can know. It says which it expects; the user's own rule file declares
them. A control of a text is named and paraphrased, never quoted, and its relation says what a verdict is worth to
somebody who must show it: at most one limb of a control is proved, on condition that the zones are true.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from netaudit.checks.kinds import SelectorText
from netaudit.errors import RuleFileError

PREFIX = "pack:"
_HERE = Path(__file__).resolve()
# In a wheel the packs lie in the package; in the repository, beside it.
_HOMES = (_HERE.parents[1] / "rules", _HERE.parents[2] / "rules")


class Relation(StrEnum):
    """What netaudit's answers are worth to somebody who must show that a control is met."""

    PROVES_LIMB = "proves-limb"  # a technical part of it is proved or refuted, given the zones
    SUPPORTS = "supports"  # an answer helps, and shows nothing by itself
    PRODUCES_RECORD = "produces-record"  # a record is prepared that a person must approve
    OUT_OF_REACH = "out-of-reach"  # a matter of process or of running systems


class _Frozen(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExpectedZone(_Frozen):
    """A zone that a pack's rules speak of."""

    description: str = Field(min_length=1, description="What belongs to it")
    default: SelectorText | None = Field(default=None, description="What it is unless a rule file declares it")


class Control(_Frozen):
    """One control of a text, as this project reads it."""

    relation: Relation = Field(description="What an answer is worth here")
    says: str = Field(min_length=1, description="Our own paraphrase")
    note: str = Field(default="", description="Which limb, what else serves it, or why it is out of reach")


class Profile(_Frozen):
    """A choice that a person makes: which texts are cited. Rules that serve none of them are left out."""

    description: str = Field(min_length=1, description="For whom it is")
    frameworks: tuple[str, ...] = Field(min_length=1, description="framework@version, as controls begin")


class Pack(_Frozen):
    """What a pack says about itself."""

    title: str = Field(min_length=1, description="What it is for")
    about: str = Field(default="", description="What its user should know")
    checked: str = Field(default="", description="The day on which the identifiers were checked against the texts")
    zones: dict[str, ExpectedZone] = Field(default_factory=dict, description="The zones that its rules speak of")
    profiles: dict[str, Profile] = Field(default_factory=dict, description="One of them must be chosen, if any")
    controls: dict[str, Control] = Field(default_factory=dict, description="framework@version:id, and our reading")


@dataclass(frozen=True, slots=True)
class PackChoice:
    """`pack:NAME[@PROFILE][#RULE,RULE]`: a pack, one of its profiles, some of its rules."""

    name: str
    profile: str = ""
    rules: tuple[str, ...] = ()

    @classmethod
    def parse(cls, text: str) -> PackChoice:
        """The choice that a `--rules` argument makes."""
        rest, _, rules = text.removeprefix(PREFIX).partition("#")
        name, _, profile = rest.partition("@")
        return cls(name, profile, tuple(rule for rule in rules.split(",") if rule))

    @property
    def path(self) -> Path:
        """Where the pack lies. Raises RuleFileError for one that does not exist."""
        found = pack_files()
        if self.name not in found:
            raise RuleFileError(f"no such pack '{self.name}'{_hint(self.name, list(found))}", PREFIX + self.name)
        return found[self.name]

    def frameworks(self, pack: Pack) -> tuple[str, ...]:
        """The texts that are cited; empty for all of them. Raises RuleFileError where a profile must be chosen."""
        place = PREFIX + self.name
        if not pack.profiles and not self.profile:
            return ()
        offered = ", ".join(f"{place}@{name} ({each.description})" for name, each in pack.profiles.items())
        if not self.profile:
            raise RuleFileError(f"choose a profile, it is never guessed: {offered}", place)
        if self.profile not in pack.profiles:
            raise RuleFileError(f"has no profile '{self.profile}'; it has {offered or 'none'}", place)
        return pack.profiles[self.profile].frameworks

    def chosen(self, ids: list[str]) -> frozenset[str]:
        """The rules that are asked for, all unless some are named. Raises RuleFileError for one that is not there."""
        for rule in self.rules:
            if rule not in ids:
                raise RuleFileError(f"has no rule '{rule}'{_hint(rule, ids)}", PREFIX + self.name)
        return frozenset(self.rules or ids)


def pack_files() -> dict[str, Path]:
    """Every pack that comes with this installation, by name."""
    home = next((home for home in _HOMES if home.is_dir()), None)
    return {path.stem: path for path in sorted(home.glob("*.yaml"))} if home else {}


def _hint(given: str, known: list[str]) -> str:
    close = get_close_matches(given, known, n=1, cutoff=0.5)
    return f"; did you mean '{close[0]}'?" if close else f"; there are {', '.join(known)}"
