"""Rule packs: every rule is kept by one fixture and broken by another, which marks in its own comments what it breaks.

`fixtures/packs/estate` and `cluster` keep every rule of the packs about them; the files of `PACK/breaks` that are named
after a rule are laid over them. `PACK/zones.yaml` declares the zones there, as a user would.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from netaudit.checks.catalogue import Relation, pack_files
from netaudit.checks.rulefile import read_pack
from netaudit.checks.verdicts import Verdict
from netaudit.errors import RuleFileError
from netaudit.queries.selector_syntax import zones_in
from tests.scenarios.marked import ROOT, estate_of, marks, named, wrong

FIXTURES = ROOT / "packs"
PACKS = sorted(pack_files())


def _profiles(pack: str) -> list[str]:
    """The pack as `--rules` names it, once for each profile."""
    head = read_pack(pack)[0].pack
    assert head is not None
    return [f"pack:{pack}@{profile}" for profile in head.profiles] or [f"pack:{pack}"]


CHOICES = [choice for pack in PACKS for choice in _profiles(pack)]
RULES = [(pack, invariant.id) for pack in PACKS for invariant in read_pack(pack)[1]]


def _base(pack: str) -> Path:
    return FIXTURES / ("cluster" if pack == "kubernetes-hardening" else "estate")


def _zones(pack: str) -> Path:
    return FIXTURES / pack / "zones.yaml"


@pytest.mark.parametrize("choice", CHOICES)
def test_the_sound_fixture_keeps_every_rule(choice: str) -> None:
    """In every profile."""
    pack = choice.removeprefix("pack:").partition("@")[0]
    assert wrong(estate_of(_base(pack)).check([choice, _zones(pack)])) == {}


@pytest.mark.parametrize(("pack", "rule"), RULES)
def test_a_rule_is_broken_where_the_fixture_says_so(pack: str, rule: str, tmp_path: Path) -> None:
    """Exactly the marked rules are violated, this one among them, and their witnesses go by every marked line."""
    directory = tmp_path / "broken"
    shutil.copytree(_base(pack), directory)
    for file in _breaking(pack, rule):
        shutil.copy(file, directory)
    marked = marks(directory)
    assert rule in marked
    choice = next(each for each in _profiles(pack) if _serves(each, rule))
    report = estate_of(directory).check([choice, _zones(pack)])
    present = {result.invariant.id for result in report.results}
    assert wrong(report) == {each: Verdict.VIOLATED for each in marked if each in present}
    missed = {r.invariant.id: marked.get(r.invariant.id, set()) - named(r, directory) for r in report.results}
    assert missed == {each: set() for each in present}


def _breaking(pack: str, rule: str) -> list[Path]:
    found = (FIXTURES / pack / "breaks").iterdir()
    return [path for path in sorted(found) if path.name.rpartition(".")[0].removesuffix("_override") == rule]


def _serves(choice: str, rule: str) -> bool:
    """Whether the profile has the rule."""
    name, _, profile = choice.removeprefix("pack:").partition("@")
    file, invariants = read_pack(name)
    controls = next(each.rule.controls for each in invariants if each.id == rule)
    cited = file.pack.profiles[profile].frameworks if profile and file.pack else ()
    return not cited or any(control.rpartition(":")[0] in cited for control in controls)


def test_every_breaking_file_is_named_after_a_rule() -> None:
    """None lies there unused."""
    files = {path for pack in PACKS for path in (FIXTURES / pack / "breaks").iterdir()}
    assert files == {path for pack, rule in RULES for path in _breaking(pack, rule)}


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_maps_every_control_that_its_rules_name_and_proves_no_limb_without_a_rule(pack: str) -> None:
    """A limb that is proved has a rule; what is out of reach has none."""
    file, invariants = read_pack(pack)
    assert file.pack is not None
    used = {control for invariant in invariants for control in invariant.rule.controls}
    of = {
        relation: {name for name, each in file.pack.controls.items() if each.relation is relation}
        for relation in Relation
    }
    assert used <= set(file.pack.controls)
    assert (of[Relation.PROVES_LIMB] - used, of[Relation.OUT_OF_REACH] & used) == (set(), set())


@pytest.mark.parametrize("pack", PACKS)
def test_a_pack_expects_the_zones_that_its_rules_speak_of(pack: str) -> None:
    """No more and no fewer."""
    file, invariants = read_pack(pack)
    assert file.pack is not None
    used = {zone for invariant in invariants for side in invariant.selectors for zone in zones_in(side)}
    assert used == set(file.pack.zones)


@pytest.mark.parametrize("pack", PACKS)
def test_a_rule_of_a_pack_says_why_what_breaks_it_and_what_to_do(pack: str) -> None:
    """As somebody needs it who meets the rule for the first time."""
    _, invariants = read_pack(pack)
    silent = [
        i.id for i in invariants if not all((i.rule.title, i.rule.rationale, i.rule.instructions, i.rule.example))
    ]
    assert silent == []


def test_packs_agree_about_a_zone_that_they_share_and_no_two_rules_have_one_id() -> None:
    """So any packs can be given together."""
    zones: dict[str, set[str | None]] = {}
    for pack in PACKS:
        head = read_pack(pack)[0].pack
        for name, zone in (head.zones if head else {}).items():
            zones.setdefault(name, set()).add(zone.default)
    ids = [rule for _, rule in RULES]
    assert ([name for name, defaults in zones.items() if len(defaults) > 1], len(ids)) == ([], len(set(ids)))


def test_packs_never_claim_more_than_was_proved() -> None:
    """The words that no answer justifies are in none of them."""
    for pack, path in pack_files().items():
        claims = re.findall(r"\b(?:compliant|certified|guarantees?|zero trust|secure)\b", path.read_text().lower())
        assert (pack, claims) == (pack, [])


# ---- choosing -----------------------------------------------------------------------------------------


def _refused(*rules: str | Path) -> str:
    with pytest.raises(RuleFileError) as caught:
        estate_of(_base("baseline")).check(list(rules))
    return str(caught.value)


def test_a_missing_zone_is_named_with_what_belongs_to_it() -> None:
    """Only those that the chosen rules speak of."""
    assert _refused("pack:baseline#BASE-SERVICES").splitlines()[1:] == [
        "  public: what the internet may open connections to, such as load balancers"
    ]


def test_a_profile_is_never_guessed() -> None:
    """Both are offered."""
    told = _refused("pack:dora-rts-2024-1774")
    assert ("@lu-dora" in told, "@lu-non-dora" in told) == (True, True)


def test_an_unknown_pack_profile_or_rule_is_an_error_with_a_hint() -> None:
    """A typo checks nothing."""
    assert "did you mean 'baseline'?" in _refused("pack:baselin")
    assert "has no profile '4.0'" in _refused("pack:cis-aws@4.0")
    assert "did you mean 'BASE-ADMIN'?" in _refused("pack:baseline#BASE-ADMN")


def test_a_rule_that_the_profile_does_not_cite_cannot_be_chosen() -> None:
    """CIS 3.0 does not speak of file shares."""
    assert "serves nothing that the profile '3.0' cites" in _refused("pack:cis-aws@3.0#CIS-FILES")


def test_a_profile_cites_its_own_text_only() -> None:
    """An entity outside DORA gets no reference to it, and the other way round."""
    for profile, prefixes in (("lu-dora", {"dora", "dora-rts"}), ("lu-non-dora", {"cssf-20-750"})):
        report = estate_of(_base("baseline")).check(
            [f"pack:dora-rts-2024-1774@{profile}", _zones("dora-rts-2024-1774")]
        )
        cited = {control.partition("@")[0] for result in report.results for control in result.invariant.rule.controls}
        assert cited == prefixes


def test_a_declared_zone_replaces_a_default(tmp_path: Path) -> None:
    """Here nothing is a database, so the rule is vacuous, loudly."""
    own = tmp_path / "own.yaml"
    own.write_text('version: 1\nzones: {databases: "tag:nothing"}\n')
    report = estate_of(_base("baseline")).check(["pack:baseline#BASE-DATA", own])
    assert wrong(report) == {"BASE-DATA": Verdict.VACUOUS}
