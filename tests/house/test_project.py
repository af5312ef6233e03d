"""The project's own files agree with each other."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path
from subprocess import run

import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
PACKAGES = PROJECT["tool"]["pdm"]["build"]["includes"]
VERSION = PROJECT["project"]["version"]
DOCUMENTS = sorted(
    [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / "labs" / "README.md"]
)


def test_the_newest_release_in_the_changelog_is_the_version() -> None:
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    released = re.findall(r"^## (\d+\.\d+\.\d+) - \d{4}-\d{2}-\d{2}$", text, re.MULTILINE)
    assert released
    assert released[0] == VERSION


def test_the_version_is_in_one_place() -> None:
    """Else a release would have to look for the others."""
    listed = run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a working copy")
    quoted = re.compile(rf"""version\W+['"]?{re.escape(VERSION)}\b""", re.IGNORECASE)
    found = [
        name
        for name in listed.stdout.splitlines()
        if Path(name).suffix in (".py", ".toml", ".yml", ".yaml", ".json", "")
        and (ROOT / name).is_file()
        and quoted.search((ROOT / name).read_text("utf-8", "replace"))
    ]
    assert found == ["pyproject.toml"]


def test_what_is_installed_is_this_version() -> None:
    assert version(PROJECT["project"]["name"]) == VERSION


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_that_it_is_typed(package: str) -> None:
    assert (ROOT / package / "py.typed").exists()


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_in_documents_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:\s]+)[^)]*\)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), target


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "SECURITY.md", "docs/architecture.md"])
def test_files_that_documents_name_are_there(name: str) -> None:
    """Of paths in backticks, those that begin in this project."""
    text = (ROOT / name).read_text("utf-8")
    tops = {path.name for path in ROOT.iterdir()}
    for path in re.findall(r"`([\w.-]+/[\w./-]*)`", text):
        if path.split("/")[0] in tops:
            assert (ROOT / path).exists(), path


def test_the_workflow_does_what_ci_does_and_nothing_else() -> None:
    text = (ROOT / ".github" / "workflows" / "ci.yml").read_text("utf-8")
    [job] = YAML(typ="safe").load(text)["jobs"].values()
    *before, last = [step["run"] for step in job["steps"] if "run" in step]
    assert last == "bash .ci/run"
    assert (ROOT / ".ci" / "run").exists()
    assert [line.split()[0] for line in before] == ["apt-get", "git"]
