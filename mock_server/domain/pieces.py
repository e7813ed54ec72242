"""Long work as steps, between which the server can answer other requests.

A function that may run long is a generator under `@in_pieces`. At each `yield` it says how many units of work it has
done since the last one: a unit is one purchase that it has looked at or one record that it has written, so it takes the
same steps on every machine.

    @in_pieces
    def count_known(purchases, now) -> Steps[int]:
        count = 0
        for part in split(purchases):
            count += sales.count_known(part, now)
            yield len(part)
        return count

    count_known(purchases, now)         # runs to the end at once, as any function
    count_known.steps(purchases, now)   # the same work as steps

`state/turn.py` runs steps for a request: at once if they are few, otherwise in pieces, while other requests of the
workspace wait for their turn. The state may be inconsistent between two steps, so nobody else may look at it.
"""

from collections.abc import Callable, Collection, Generator, Iterable, Iterator
from functools import partial, update_wrapper
from itertools import islice
from typing import Any, Generic, ParamSpec, TypeAlias, TypeVar, TypeVarTuple

Arguments = ParamSpec("Arguments")
Positional = TypeVarTuple("Positional")
Item = TypeVar("Item")
Result = TypeVar("Result")
Sortable = TypeVar("Sortable", bound="str | tuple[Any, ...]")

Steps: TypeAlias = Generator[int, None, Result]
"""Work as steps. Each yields how many units of work it has done; the last returns the result."""
PIECE_UNITS = 10_000
"""How many units of work are done before other requests are answered: 20 small jobs, or about 3 ms."""
PART_SIZE = 2_500
"""How many items `split` returns at a time."""


class InPieces(Generic[Arguments, Result]):
    """A function that can be called, which runs it to its end, and whose `steps` are the same work as steps."""

    def __init__(self, steps: Callable[Arguments, Steps[Result]]) -> None:
        self.steps = steps

    def __call__(self, *args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        """Run the work to its end, without a pause."""
        steps = self.steps(*args, **kwargs)
        try:
            while True:
                next(steps)
        except StopIteration as end:
            result: Result = end.value
            return result


def in_pieces(steps: Callable[Arguments, Steps[Result]]) -> InPieces[Arguments, Result]:
    """Make a function of a generator of steps."""
    function = InPieces(steps)
    update_wrapper(function, steps)
    return function


def bind(
    function: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Callable[[], Result]:
    """Return the function with these arguments. It is in pieces if the function is."""
    if isinstance(function, InPieces):
        return InPieces(partial(function.steps, *args, **kwargs))
    return partial(function, *args, **kwargs)


def steps_of(function: Callable[[*Positional], Result], *args: *Positional) -> Steps[Result]:
    """Return the work of a function as steps. A function that is not `in_pieces` is done in the last step."""
    if isinstance(function, InPieces):
        steps: Steps[Result] = function.steps(*args)
        return steps
    return _in_last_step(partial(function, *args))


def _in_last_step(function: Callable[[], Result]) -> Steps[Result]:
    yield from ()
    return function()


def column_units(count: int) -> int:
    """Return the units of work of looking at `count` purchases in columns: a tenth of that of records."""
    return 1 + count // 10


def run_piece(steps: Steps[object], size: int) -> None:
    """Do the next `size` units of the work. Raises StopIteration with the result when the work is done."""
    units = 0
    while units < size:
        units += next(steps)


def split(items: Iterable[Item], size: int = PART_SIZE) -> Iterator[list[Item]]:
    """Return the items in parts of this size."""
    iterator = iter(items)
    while part := list(islice(iterator, size)):
        yield part


def split_long(items: Collection[Item], size: int = PART_SIZE) -> Iterable[Collection[Item]]:
    """Return the items in parts of this size. Items that are not more than a part are not copied."""
    return (items,) if len(items) <= size else split(items, size)


def sort_values(values: Iterable[Sortable]) -> Steps[list[Sortable]]:
    """Return the values sorted. Each step sorts a part or merges two sorted runs, which `list.sort` finds by itself.

    A run is merged only with a run that is at most twice as long, so the work is that of one sort.
    """
    runs: list[list[Sortable]] = []
    for part in split(values):
        runs.append(sorted(part))
        yield len(part)
        while len(runs) > 1 and len(runs[-2]) <= 2 * len(runs[-1]):
            yield _merge_last(runs)
    while len(runs) > 1:
        yield _merge_last(runs)
    return runs[0] if runs else []


def _merge_last(runs: list[list[Sortable]]) -> int:
    """Merge the last two sorted runs. Return the units of work."""
    last = runs.pop()
    runs[-1] += last
    runs[-1].sort()
    return column_units(len(runs[-1]))
