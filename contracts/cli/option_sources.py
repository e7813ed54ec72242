"""The options of a command that the command line does not give: from variables, then from pyproject.toml.

A value from a variable or a file is added to the command line, in front of what the user gave. So it is parsed and
validated as if it had been given there, and an option on the command line replaces it, also one that can be repeated.
"""

import tomllib
from argparse import ArgumentTypeError
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from contracts.target.options import CONTROL_TOKEN_VARIABLE, PASSWORD_VARIABLES, Option, OptionError

PREFIX = "CONTRACTS_"
FILE_NAME = "pyproject.toml"
TABLE = "tool.wavetank.contracts"
PATH_OPTIONS = frozenset({"baseline", "expectations", "har", "ledger-dir", "report-dir"})
"""The options that name a file or a folder. In pyproject.toml they are relative to its folder."""
PERMISSION_OPTIONS = frozenset(
    {"allow-writes", "allow-settings", "allow-rows", "disposable-event", "new-password-user", "exceed-limits"}
)
"""The options that pyproject.toml must not set: the permission would hold for every target."""
ON, OFF = ("1", "true", "yes"), ("0", "false", "no")


@dataclass(frozen=True, slots=True)
class ConfigurationFile:
    """A pyproject.toml and its table for the suite."""

    path: Path
    values: Mapping[str, Any]


def variable_of(option: Option) -> str:
    """Return the name of the environment variable that sets the option."""
    return PREFIX + option.name.replace("-", "_").upper()


def find_file(folder: Path, known: Collection[str]) -> ConfigurationFile | None:
    """Return the nearest pyproject.toml that has the table, in the folder or above it. Raises OptionError.

    `known` are the names of all options, of any command.
    """
    for parent in (folder, *folder.parents):
        path = parent / FILE_NAME
        values = _read_table(path) if path.is_file() else None
        if values is not None:
            _require_known_names(path, values, known)
            return ConfigurationFile(path, values)
    return None


def complete(
    argv: Sequence[str],
    options: Sequence[Option],
    environment: Mapping[str, str],
    file: ConfigurationFile | None,
) -> tuple[list[str], list[str]]:
    """Return the words to add to a command line, and where each comes from. Raises OptionError."""
    words, variables, in_file = list[str](), list[str](), list[str]()
    for option in options:
        if any(word == f"--{option.name}" or word.startswith(f"--{option.name}=") for word in argv):
            continue
        values, source = _read_option(option, environment, file)
        for value in values:
            _validate(option, value, source)
        words += [f"--{option.name}" if _is_switch(option) else f"--{option.name}={value}" for value in values]
        if values and source == variable_of(option):
            variables.append(source)
        elif values:
            in_file.append(option.name)
    return words, [*variables, *([f"{file.path} ({', '.join(in_file)})"] if file and in_file else [])]


def _read_option(
    option: Option, environment: Mapping[str, str], file: ConfigurationFile | None
) -> tuple[list[str], str]:
    """Return the values of an option as texts, and where they come from. A variable replaces the value of the file."""
    variable = variable_of(option)
    if environment.get(variable):
        return _parse_variable(option, environment[variable]), variable
    if file is not None and option.name in file.values:
        return _parse_file_value(option, file), f"{file.path}: {option.name}"
    return [], ""


def _parse_variable(option: Option, text: str) -> list[str]:
    if _is_switch(option):
        if text.lower() not in (*ON, *OFF):
            raise OptionError(f"{variable_of(option)} must be 'true' or 'false', but is {text!r}")
        return ["true"] if text.lower() in ON else []
    if _is_repeatable(option):
        return [part.strip() for part in text.split(",") if part.strip()]
    return [text]


def _parse_file_value(option: Option, file: ConfigurationFile) -> list[str]:
    value, source = file.values[option.name], f"{file.path}: {option.name}"
    if _is_switch(option):
        if not isinstance(value, bool):
            raise OptionError(f"{source} must be true or false")
        return ["true"] if value else []
    given = value if isinstance(value, list) and _is_repeatable(option) else [value]
    if not all(isinstance(each, str | int) and not isinstance(each, bool) for each in given):
        raise OptionError(f"{source} must be {'an array of texts' if _is_repeatable(option) else 'a text or a number'}")
    if option.name in PATH_OPTIONS:
        return [str(file.path.parent / str(each)) for each in given]
    return [str(each) for each in given]


def _validate(option: Option, value: str, source: str) -> None:
    """Refuse an invalid value with a message that says where it stands, which argparse's message does not."""
    choices = option.parser_arguments.get("choices")
    if choices is not None and value not in choices:
        raise OptionError(f"{source} must be one of {', '.join(map(str, choices))}, but is {value!r}")
    parse = option.parser_arguments.get("type")
    try:
        if parse is not None:
            parse(value)
    except ArgumentTypeError as error:
        raise OptionError(f"{source} {error}") from error


def _read_table(path: Path) -> Mapping[str, Any] | None:
    """Return the table of the file, None if it has none. Raises OptionError."""
    try:
        values: Any = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise OptionError(f"{path} cannot be read: {error}") from error
    for key in TABLE.split("."):
        values = values.get(key) if isinstance(values, dict) else None
    if values is not None and not isinstance(values, dict):
        raise OptionError(f"{path}: {TABLE} must be a table")
    return values


def _require_known_names(path: Path, values: Mapping[str, Any], known: Collection[str]) -> None:
    for name in values:
        if name in PERMISSION_OPTIONS:
            raise OptionError(
                f"{path}: {name} is not read from this file, because it would hold for every target; "
                f"use --{name} or {PREFIX}{name.replace('-', '_').upper()}"
            )
        if name not in known:
            raise OptionError(f"{path}: [{TABLE}] has no option {name!r}; {_suggest(name, known)}")


def _suggest(name: str, known: Collection[str]) -> str:
    if "password" in name or "token" in name:
        secrets = (*PASSWORD_VARIABLES.values(), CONTROL_TOKEN_VARIABLE)
        return f"secrets are read from variables only: {', '.join(secrets)}"
    nearest = get_close_matches(name.replace("_", "-"), known, n=1)
    return f"did you mean {nearest[0]}?" if nearest else "its names are those of the options, without the dashes"


def _is_switch(option: Option) -> bool:
    return option.parser_arguments.get("action") == "store_true"


def _is_repeatable(option: Option) -> bool:
    return option.parser_arguments.get("action") == "append"
