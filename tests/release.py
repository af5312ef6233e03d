"""Whether a release is one: the tag, the version, the changelog and what was built agree.

`make release-check` builds wheel and sdist, and asks this in the repository.
"""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

_RELEASED = re.compile(r"^## (?:\[)?(?P<version>[\w.+-]+?)\]?(?: - (?P<date>\S+))?$", re.MULTILINE)
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ENTRY = re.compile(r"^- \S", re.MULTILINE)


def problems(
    name: str, version: str, tag: str, changelog: str, built: Iterable[str]
) -> Iterator[str]:
    """What does not agree, a line for each; `built` has the names of the files that were built."""
    if tag != f"v{version}":
        yield f"tag: it must be v{version}, as the version in pyproject.toml; it is {tag or 'none'}"
    heads = [*_RELEASED.finditer(changelog)]
    ends = (*(head.start() for head in heads[1:]), len(changelog))
    sections = {
        head["version"]: (head["date"], changelog[head.end() : end])
        for head, end in zip(heads, ends, strict=False)
    }
    _, unreleased = sections.pop("Unreleased", ("", ""))
    if _ENTRY.search(unreleased):
        yield f"CHANGELOG.md: what is under Unreleased belongs under {version}"
    newest = next(iter(sections), "none")
    date, text = sections.get(version, ("", ""))
    if newest != version:
        yield f"CHANGELOG.md: its newest release must be {version}, and is {newest}"
    elif not _DATE.fullmatch(date or ""):
        yield f"CHANGELOG.md: write ## {version} - YYYY-MM-DD; the date is {date or 'missing'}"
    elif not _ENTRY.search(text):
        yield f"CHANGELOG.md: {version} has no entry"
    stem = f"{name.replace('-', '_')}-{version}"
    wanted = {f"{stem}-py3-none-any.whl", f"{stem}.tar.gz"}
    if wanted != {*built}:
        there = ", ".join(built) or "nothing"
        yield f"dist: must have {' and '.join(sorted(wanted))}; it has {there}"


def _git(*arguments: str) -> str:
    done = subprocess.run(["git", *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


def main() -> int:
    """Check the repository in the current folder. The exit status is 1 when something is wrong."""
    project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
    found = [
        *problems(
            project["name"],
            project["version"],
            _git("describe", "--tags", "--exact-match"),
            Path("CHANGELOG.md").read_text("utf-8"),
            sorted(path.name for path in Path("dist").glob("*")),
        )
    ]
    if changed := _git("status", "--porcelain", "--untracked-files=no"):
        found.append(
            f"not committed: {', '.join(line[2:].strip() for line in changed.splitlines())}"
        )
    for each in found:
        print(each)
    if not found:
        print(f"{project['name']} {project['version']}: tag, version, changelog and files agree")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
