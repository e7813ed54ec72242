"""Render the section of the conformance page about the defects that the suite met as a black box."""

from collections.abc import Iterable, Sequence

from tests.defects import black_box_results, registry
from tests.defects.black_box_results import End
from tests.defects.registry import Defect
from tests.measured import Row
from tests.traceability.conformance_area import paragraph, table_cell

ENDS = (End.NAMED, End.OTHER, End.OBSERVATION, End.NOT_SEEN)
OPEN_REASON = "no property finds it yet"
Found = tuple[Defect, End]


def render_section() -> Iterable[str]:
    """Yield the lines of the section."""
    found = _list_found(black_box_results.load())
    documented = [each for each in found if black_box_results.is_documented(each[0])]
    seen = sum(end is not End.NOT_SEEN for _, end in found)
    yield from ("", "## Black box: `make black-box`", "")
    yield from paragraph(
        "The properties ran without the control API, as on a real deployment: with user accounts and permission to",
        "write, and with timeouts for jobs instead of a clock. A defect met the properties of the rules that it names,",
        "then, if they did not find it, all properties and the schemathesis runs that read.",
        f"Of {len(documented)} defects that break a stated or shown part,",
        f"**{_count(documented, End.NAMED)}** ended with a rule that they name broken. Of {len(found)} defects in all,",
        f"**{seen}** were seen, as a broken rule or as an observation.",
        f"{len(registry.all_defects()) - len(found)} defects were not run.",
    )
    yield from (f"| broken part | defects | {' | '.join(ENDS)} |", f"|{' --- |' * (len(ENDS) + 2)}")
    assumed = [each for each in found if each not in documented]
    for label, group in (("stated or shown", documented), ("assumed", assumed), ("all", found)):
        yield f"| {label} | {len(group)} | {' | '.join(str(_count(group, end)) for end in ENDS)} |"
    yield from _list_unseen([defect.name for defect, end in found if end is End.NOT_SEEN])


def _list_found(rows: Sequence[Row]) -> list[Found]:
    """Return how the run of each defect ended, with the smallest seed."""
    defects, ends = registry.all_defects(), {row["defect"]: End(row["end"]) for row in reversed(rows)}
    return [(defects[name], ends[name]) for name in defects if name in ends]


def _count(found: Sequence[Found], end: End) -> int:
    return sum(each is end for _, each in found)


def _list_unseen(names: Sequence[str]) -> Iterable[str]:
    """Yield a table of the defects that were not seen, by the reason."""
    reasons = black_box_results.load_reasons()
    explained = {name for listed in reasons.values() for name in listed}
    groups = {**reasons, OPEN_REASON: [name for name in names if name not in explained]}
    yield from ("", "These defects were not seen:", "", "| why | defects |", "| --- | --- |")
    for reason, listed in groups.items():
        unseen = [name for name in listed if name in names]
        if unseen:
            yield f"| {table_cell(reason)} | {len(unseen)}: {', '.join(unseen)} |"
    yield ""
