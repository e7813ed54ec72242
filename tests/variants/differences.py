"""Find out where each variant differs from the mock.

Run `python -m tests.variants.differences [NAME]…`. It prints, for each variant, the first request of the exercise that
is answered differently, or that there is none.
"""

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache

from tests.variants import exercise, exercise_requests, registry
from tests.variants.exercise import Answer, Visitor
from tests.variants.registry import Variant

NONE = "(no difference)"


def run_forked(task: Callable[[], str]) -> str:
    """Run a task in a process of its own, because it patches the mock, and return its text."""
    receiver, sender = os.pipe()
    process = os.fork()
    if not process:
        os.close(receiver)
        try:
            text = task()
        except BaseException as error:
            text = f"{type(error).__name__}: {error}"
        with os.fdopen(sender, "w", encoding="utf-8") as output:
            output.write(text)
        os._exit(0)
    os.close(sender)
    with os.fdopen(receiver, encoding="utf-8") as received:
        text = received.read()
    os.waitpid(process, 0)
    return text


def find_first_difference(variant: Variant) -> str:
    """Return the first request that the variant answers differently from the mock, or NONE."""
    expected = answers_of_the_mock(variant.area, variant.documentation)

    def compare() -> str:
        application = exercise.build_app([variant], variant.documentation)
        answers = exercise_requests.requests(Visitor(application), variant.area)
        return exercise.find_difference(answers, expected)

    return run_forked(compare) or NONE


@cache
def answers_of_the_mock(area: str, documentation: str) -> Sequence[Answer]:
    """Return the mock's own answers to the exercise, with the requests of the area first."""
    application = exercise.build_app([], "newer" if documentation == "newer" else "older")
    answers = tuple(exercise_requests.requests(Visitor(application), area))
    gc.collect()
    gc.freeze()
    return answers


def main(argv: Sequence[str] | None = None) -> int:
    """Print a line for each variant. Return 1 if one does not differ from the mock, else 0."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help="only these variants")
    chosen = parser.parse_args(argv).names
    equal = 0
    for variant in registry.all_variants().values():
        if not chosen or variant.name in chosen:
            difference = find_first_difference(variant)
            equal += difference == NONE
            print(f"{variant.name} ({', '.join(variant.parts)}): {difference}", flush=True)
    return 1 if equal else 0


if __name__ == "__main__":
    sys.exit(main())
