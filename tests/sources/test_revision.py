"""A git revision is read from its objects: as it was committed, without touching anything and running nothing."""

from __future__ import annotations

import os
import subprocess
from contextlib import chdir
from pathlib import Path

import pytest

import netaudit
from netaudit.errors import InputError
from netaudit.sources.revision import find_revision, standing_in
from tests import small


def git(directory: Path, *command: str) -> str:
    """Run git as nobody in particular, without the user's settings."""
    who = {f"GIT_{role}_{part}": "a@b" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")}
    kept = {"PATH": os.environ["PATH"], "HOME": str(directory), "GIT_CONFIG_NOSYSTEM": "1"}
    done = subprocess.run(["git", *command], cwd=directory, env=kept | who, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """One commit with the small cluster below `k8s` and the small estate below `infra`."""
    root = tmp_path / "estate"
    small.manifests(root / "k8s")
    small.terraform(root / "infra")
    git(root, "init", "-q", ".")
    commit(root)
    return root


def commit(root: Path) -> str:
    """Commit everything; the commit's id."""
    git(root, "add", "-A")
    git(root, "commit", "-q", "--no-verify", "-m", "a step")
    return git(root, "rev-parse", "HEAD")


def test_files_are_those_of_the_commit(repository: Path) -> None:
    """Whatever became of them since; their names are those that the sources were given by."""
    (repository / "infra" / "main.tf").write_text("# empty\n")
    with chdir(repository):
        estate = netaudit.load("infra", rev="HEAD")
    assert "aws_instance.web" in estate.network.by_id
    assert {"infra/main.tf"} == {resource.origin.file for resource in estate.resources}


def test_from_a_directory_within_the_repository_too(repository: Path) -> None:
    """Relative paths lead to the same places, and absolute ones as well."""
    with chdir(repository / "k8s"):
        relative = netaudit.load("../infra", rev="HEAD")
        absolute = netaudit.load(repository / "infra", rev="HEAD")
    assert {"../infra/main.tf"} == {resource.origin.file for resource in relative.resources}
    assert relative.network.by_id.keys() == absolute.network.by_id.keys()


def test_nothing_of_the_repository_is_run_or_changed(repository: Path) -> None:
    """No filter, no hook, no text conversion; the index and the status stay as they were."""
    marker = repository / "was-run"
    (repository / ".gitattributes").write_text("*.tf filter=evil diff=evil\n")
    commit(repository)
    for key in ("filter.evil.smudge", "filter.evil.process", "diff.evil.textconv", "core.fsmonitor"):
        git(repository, "config", key, f"touch {marker}")
    hook = repository / ".git" / "hooks" / "post-checkout"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch {marker}\n")
    hook.chmod(0o755)
    (repository / "infra" / "main.tf").write_text("# changed\n")
    index = (repository / ".git" / "index").read_bytes()
    with chdir(repository):
        assert netaudit.load("infra", rev="HEAD").resources
    assert not marker.exists()
    assert index == (repository / ".git" / "index").read_bytes()
    assert "# changed\n" == (repository / "infra" / "main.tf").read_text()


def test_modules_beside_the_source_are_of_the_same_commit(repository: Path) -> None:
    """`../modules/x` is read from the revision, not from the files of today."""
    small.terraform(repository / "modules" / "net")
    (repository / "infra" / "main.tf").write_text('module "net" {\n  source = "../modules/net"\n}\n')
    commit(repository)
    (repository / "modules" / "net" / "main.tf").write_text("# gone\n")
    with chdir(repository):
        assert "module.net.aws_instance.web" in netaudit.load("infra", rev="HEAD").network.by_id


def test_a_source_that_the_revision_lacks_is_left_out(repository: Path) -> None:
    """And an error where it lacks all of them."""
    small.manifests(repository / "new")
    with chdir(repository):
        with standing_in(find_revision("HEAD", Path("infra")), ["infra", "new"]) as present:
            assert ["infra"] == present
        with pytest.raises(InputError, match="holds none of the sources"):
            netaudit.load("new", rev="HEAD")


@pytest.mark.parametrize("name", ["nonsense", "HEAD:infra", "--all", "-h", ""])
def test_what_is_no_commit_is_refused(repository: Path, name: str) -> None:
    """In one line that names it; nothing that looks like an option is one."""
    with chdir(repository), pytest.raises(InputError, match="neither a path nor a revision"):
        netaudit.load("infra", rev=name)


def test_outside_a_repository_there_are_no_revisions(tmp_path: Path) -> None:
    """The error says so."""
    small.terraform(tmp_path / "infra")
    with chdir(tmp_path), pytest.raises(InputError, match="not in a git repository"):
        netaudit.load("infra", rev="HEAD")


def test_a_source_outside_the_repository_is_refused(repository: Path, tmp_path: Path) -> None:
    """Its files have no such revision."""
    other = small.terraform(tmp_path / "other")
    with chdir(repository), pytest.raises(InputError, match="is outside the repository"):
        netaudit.load("infra", other, rev="HEAD")


@pytest.mark.parametrize("target", ["/etc/hostname", "../../outside.tf"])
def test_a_link_out_of_the_repository_is_never_followed(repository: Path, target: str) -> None:
    """It would lead to files of today that are not the repository's."""
    (repository / "infra" / "more.tf").symlink_to(target)
    commit(repository)
    with chdir(repository), pytest.raises(InputError, match="links out of the repository"):
        netaudit.load("infra", rev="HEAD")


def test_files_of_variables_are_those_of_the_revision_where_it_has_them(repository: Path) -> None:
    """Others are read as they are now."""
    file, now = repository / "infra" / "office.tfvars", repository / "now.tfvars"
    file.write_text('office = "192.0.2.0/24"\n')
    commit(repository)
    file.write_text('office = "198.51.100.0/24"\n')
    now.write_text('office = "198.51.100.0/24"\n')
    with chdir(repository):
        then = netaudit.load("infra", rev="HEAD", variables=[Path("infra/office.tfvars")])
        today = netaudit.load("infra", rev="HEAD", variables=[Path("now.tfvars")])
    assert "192.0.2.0/24" in then.flows().external
    assert "198.51.100.0/24" in today.flows().external
