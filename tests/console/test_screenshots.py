"""The page of the console shows each picture that `make screenshots` draws, and no picture is large."""

from tests.console.screenshots import FOLDER, PICTURES

MAX_BYTES = 170_000


def test_the_page_shows_each_picture_and_no_other_is_kept() -> None:
    page = (FOLDER.parent / "console.md").read_text(encoding="utf-8")
    names = {f"{picture.name}.png" for picture in PICTURES}
    assert {path.name for path in FOLDER.iterdir()} == names
    assert [name for name in sorted(names) if f"](console/{name})" not in page] == []


def test_no_picture_is_large() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.stat().st_size > MAX_BYTES} == set()
