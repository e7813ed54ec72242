"""The requests of the exercise: each operation, its refusals, and its jobs, on the sample world."""

from collections.abc import Callable

from tests.variants import exercise_ground_rules, exercise_packages, exercise_sales
from tests.variants.exercise import Visitor
from tests.variants.exercise_inputs import PARTNER, Answers


def requests(client: Visitor, first: str = "") -> Answers:
    """Send all requests, those of the area `first` before all others, and yield the responses."""
    exercise_sales.add_events(client)
    client.sign_in(PARTNER)
    early = SECTIONS_BY_AREA.get(first, ())
    for section in (*early, *(other for other in ALL_SECTIONS if other not in early)):
        yield from section(client)


ALL_SECTIONS: tuple[Callable[[Visitor], Answers], ...] = (
    exercise_ground_rules.ground_rules,
    exercise_ground_rules.bodies,
    exercise_ground_rules.texts_and_numbers,
    exercise_sales.events,
    exercise_sales.series,
    exercise_sales.revenue,
    exercise_sales.rows,
    exercise_sales.sheets,
    exercise_sales.summaries,
    exercise_packages.evaluations,
    exercise_packages.settings_of_others,
    exercise_packages.packages,
    exercise_ground_rules.order_of_refusals,
    exercise_ground_rules.partners,
    exercise_ground_rules.sign_in,
    exercise_ground_rules.sign_in_steps,
    exercise_ground_rules.limits,
    exercise_sales.days_later,
)
SECTIONS_BY_AREA: dict[str, tuple[Callable[[Visitor], Answers], ...]] = {
    "ground_rules": (
        exercise_ground_rules.ground_rules,
        exercise_ground_rules.bodies,
        exercise_ground_rules.order_of_refusals,
    ),
    "sign_in": (exercise_ground_rules.sign_in, exercise_ground_rules.sign_in_steps),
    "partners": (exercise_ground_rules.partners,),
    "events": (exercise_sales.events, exercise_sales.series),
    "revenue": (exercise_sales.revenue, exercise_sales.sheets),
    "campaign_results": (exercise_sales.rows, exercise_sales.days_later, exercise_ground_rules.limits),
    "packages": (exercise_packages.packages,),
    "evaluation": (exercise_packages.settings_of_others, exercise_packages.evaluations),
    "meta": (exercise_sales.revenue, exercise_sales.series),
    "ingest": (exercise_sales.summaries,),
}
"""The sections that show the variants of an area soonest."""
