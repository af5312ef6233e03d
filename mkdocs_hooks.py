"""The files of the site: those of the repository, at their own paths.

So a link in a page is the same on the site, in an editor and where the repository is browsed, and
no page is copied for the site.
"""

from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parent
#: What the site has: the pages, and the files that they lead to.
PUBLISHED = ("*.md", "LICENSE", "docs/**/*", "docker/*.md", "labs/*", "examples/**/*")


def published() -> list[Path]:
    """The files of the site, relative to the repository; not what programs leave beside them."""
    found = {path for pattern in PUBLISHED for path in ROOT.glob(pattern) if path.is_file()}
    ours = (path.relative_to(ROOT) for path in found)
    return sorted(path for path in ours if not any(map(_is_left, path.parts)))


def _is_left(part: str) -> bool:
    """Whether a part of a path names what pytest and Python keep for themselves."""
    return part.startswith((".", "__"))


def on_files(files: Files, /, *, config: MkDocsConfig) -> Files:
    """Put the files of the repository in the place of those that MkDocs has found in docs/.

    What a theme brings stays.
    """
    of_theme = [each for each in files if each.src_dir != config.docs_dir]
    ours = [
        File.generated(config, path.as_posix(), abs_src_path=str(ROOT / path))
        for path in published()
    ]
    return Files([*of_theme, *ours])
