"""How a method of the client becomes a request. Each operation is written once, and runs both blocking and awaited.

A method under `@operation` only describes a request: it returns a `ControlRequest`, which also knows how to read the
response. What a caller of the method gets depends on the class of the object:

- on a `Blocking` object, the request is sent, and the method returns the result;
- on an `Awaiting` object, the method returns a coroutine, whose result is the same.

So each pair of classes, such as `Clock` and `AsyncClock`, shares one set of methods with their types and docstrings,
and differs only in its base class. The overloads of `__get__` tell type checkers the same.

`__tracebackhide__` makes pytest show the line of a test that failed, and not the lines of the client.
"""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, update_wrapper
from inspect import Parameter, signature
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeAlias, TypeVar, get_args, overload

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Api: TypeAlias = Literal["workspace", "server", "platform"]
"""Where a request is sent: the control API of the workspace or of the server, or the platform's API."""


@dataclass(frozen=True, slots=True)
class ControlRequest(Generic[Result]):
    """A request, and the function that reads the JSON of its response, None if the response is empty.

    If `is_text`, it reads the text of the response instead.
    """

    method: str
    path: str
    read: Callable[[Any], Result]
    body: object = None
    query: Mapping[str, object] | None = None
    api: Api = "workspace"
    headers: Mapping[str, str] | None = None
    is_text: bool = False


class Blocking:
    """An object whose operations are sent at once."""

    def _run(self, operation: str, request: ControlRequest[Result]) -> Result:
        raise NotImplementedError


class Awaiting:
    """An object whose operations return coroutines."""

    async def _run(self, operation: str, request: ControlRequest[Result]) -> Result:
        raise NotImplementedError


class Operation(Generic[Parameters, Result]):
    """A method that sends the request that `describe` returns. `operation_id` is its name in the document."""

    def __init__(
        self, operation_id: str, describe: Callable[Concatenate[Any, Parameters], ControlRequest[Result]]
    ) -> None:
        self.operation_id, self.describe = operation_id, describe
        self.__doc__ = describe.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> "Operation[Parameters, Result]": ...
    @overload
    def __get__(self, instance: Blocking, owner: type) -> Callable[Parameters, Result]: ...
    @overload
    def __get__(self, instance: Awaiting, owner: type) -> Callable[Parameters, Coroutine[Any, Any, Result]]: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        """Bind the operation to an object."""
        if instance is None:
            return self

        def run(*arguments: Parameters.args, **named: Parameters.kwargs) -> Any:
            __tracebackhide__ = True
            require_known(self.describe, named)
            return instance._run(self.operation_id, self.describe(instance, *arguments, **named))

        return update_wrapper(run, self.describe.__get__(instance))


class Reading(Generic[Result]):
    """A property that sends the request that `describe` returns."""

    def __init__(self, operation_id: str, describe: Callable[[Any], ControlRequest[Result]]) -> None:
        self.operation_id, self.describe = operation_id, describe
        self.__doc__ = describe.__doc__

    @overload
    def __get__(self, instance: None, owner: type) -> "Reading[Result]": ...
    @overload
    def __get__(self, instance: Blocking, owner: type) -> Result: ...
    @overload
    def __get__(self, instance: Awaiting, owner: type) -> Coroutine[Any, Any, Result]: ...
    def __get__(self, instance: Any, owner: type) -> Any:
        """Send the request, or return a coroutine that does."""
        __tracebackhide__ = True
        return self if instance is None else instance._run(self.operation_id, self.describe(instance))


def require_known(function: Callable[..., Any], named: Mapping[str, object]) -> None:
    """Raise TypeError for a keyword argument that the function does not have, and name the most similar one.

    The names are those of its parameters, and of the TypedDict that annotates its `**` parameter, if one does.
    """
    __tracebackhide__ = True
    known = _list_keywords(function)
    if known is None:
        return
    for name in named.keys() - known:
        nearest = get_close_matches(name, known, n=1)
        hint = f"did you mean {nearest[0]}?" if nearest else f"choose from {', '.join(known)}"
        raise TypeError(f"{function.__name__}() has no argument {name}; {hint}")


@cache
def _list_keywords(function: Callable[..., Any]) -> list[str] | None:
    """Return the names of the keyword arguments; None if any name may be one."""
    names: list[str] = []
    for parameter in list(signature(function).parameters.values()):
        if parameter.kind is Parameter.VAR_KEYWORD:
            options = get_args(parameter.annotation)
            if not options:
                return None
            names += options[0].__annotations__
        elif parameter.kind in (Parameter.POSITIONAL_OR_KEYWORD, Parameter.KEYWORD_ONLY):
            names.append(parameter.name)
    return [name for name in names if name != "self"]


def operation(
    operation_id: str,
) -> Callable[[Callable[Concatenate[Any, Parameters], ControlRequest[Result]]], Operation[Parameters, Result]]:
    """Declare a method that sends the request that it describes. `operation_id` is its name in the document."""

    def declare(
        describe: Callable[Concatenate[Any, Parameters], ControlRequest[Result]],
    ) -> Operation[Parameters, Result]:
        return Operation(operation_id, describe)

    return declare


def reading(operation_id: str) -> Callable[[Callable[[Any], ControlRequest[Result]]], Reading[Result]]:
    """Declare a property that sends the request that it describes."""

    def declare(describe: Callable[[Any], ControlRequest[Result]]) -> Reading[Result]:
        return Reading(operation_id, describe)

    return declare


def nothing(body: Any) -> None:
    """Read a response that has no body."""


def same(body: Any) -> Any:
    """Read a response whose JSON is the result."""
    return body
