"""The documentation site, which Sphinx builds from the Markdown pages as they are. See decision 16 in docs/decisions.

Pages stay plain Markdown that any viewer shows. What only the site needs is here: the navigation, and what becomes of
links to files and folders that are not pages.
"""

import re
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).parents[2]
project = "Wavetank"
copyright = "Wavetank's contributors"  # noqa: A001 - Sphinx's name
extensions = ["myst_parser"]
root_doc = "README"
include_patterns = ["*.md", "docs/**", "bench/*.md"]
exclude_patterns = ["docs/measured", "docs/site"]
myst_heading_anchors = 6
myst_enable_extensions: list[str] = []
# In examples, `…` stands for any text, which no language allows.
suppress_warnings = ["misc.highlighting_failure"]
html_theme = "furo"
html_title = "Wavetank"
html_copy_source = False
html_show_sourcelink = False
html_show_sphinx = False
NAVIGATION = {
    "Start": ["docs/quickstart", "docs/console", "docs/running", "docs/containers", "docs/commands", "docs/README"],
    "Tests in your language": ["docs/pytest", "docs/typescript", "docs/clients"],
    "Recipes": ["docs/recipes", "docs/recipes/*"],
    "The platform": [
        "docs/guide",
        "docs/gotchas",
        "docs/meta",
        "docs/sales",
        "docs/regenerate",
        "docs/worlds",
        "docs/glossary",
    ],
    "The mock": [
        "docs/time-travel",
        "docs/faults",
        "docs/journal",
        "docs/conduct",
        "docs/explain",
        "docs/stream",
        "docs/scaling",
    ],
    "The contracts": ["docs/contracts", "docs/conformance", "docs/conformance/*"],
    "The project": [
        "CONTRIBUTING",
        "SECURITY",
        "CHANGELOG",
        "docs/architecture",
        "docs/reliability",
        "bench/*",
        "docs/decisions/*",
    ],
}
"""The pages by chapter. Pages that stand in no chapter are listed last, so that none is missing."""
TOCTREE = "\n\n```{{toctree}}\n:caption: {caption}\n:hidden:\n:glob:\n\n{pages}\n```\n"
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?://|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")


def add_navigation(app: "Sphinx", page: str, source: list[str]) -> None:
    """Add the tables of contents to the first page."""
    if page == root_doc:
        named = [pattern for patterns in NAVIGATION.values() for pattern in patterns]
        rest = [each for each in sorted(app.env.found_docs) if not any(PurePosixPath(each).match(p) for p in named)]
        chapters = {**NAVIGATION, "Further pages": [each for each in rest if each != root_doc]}
        trees = [TOCTREE.format(caption=name, pages="\n".join(pages)) for name, pages in chapters.items() if pages]
        source[0] += "".join(trees)


def show_paths_of_other_files(app: "Sphinx", page: str, source: list[str]) -> None:
    """Show a link to a file or folder that is no page of the site as its text: the site contains only pages."""
    folder = (ROOT / page).parent

    def replace(match: re.Match[str]) -> str:
        target = (folder / match[2]).resolve()
        if target.suffix == ".md" and target.relative_to(ROOT).with_suffix("").as_posix() in app.env.found_docs:
            return match[0]
        text, path = match[1].strip("`"), target.relative_to(ROOT).as_posix()
        return f"`{path}`" if text in (path, target.name) else f"{match[1]} (`{path}`)"

    source[0] = LINK.sub(replace, source[0])


def write_first_page(app: "Sphinx", error: Exception | None) -> None:
    """Lead from the site's address to its first page."""
    if error is None and app.builder.format == "html":
        page = f'<!doctype html><meta charset="utf-8"><meta http-equiv="refresh" content="0; url={root_doc}.html">'
        (Path(app.outdir) / "index.html").write_text(page, encoding="utf-8")


def setup(app: "Sphinx") -> dict[str, Any]:
    """Connect the functions of this file."""
    app.connect("source-read", show_paths_of_other_files)
    app.connect("source-read", add_navigation)
    app.connect("build-finished", write_first_page)
    return {"parallel_read_safe": True}
