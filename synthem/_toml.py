"""Strict reading and writing of configuration: dataclasses to and from plain data and TOML."""

from __future__ import annotations

import codecs
import dataclasses
import json
import re
import tomllib
import typing
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from numbers import Integral, Real
from pathlib import Path
from typing import Any, TypeVar, cast

from synthem._renamed import KEYS
from synthem.errors import ConfigError, did_you_mean

__all__ = ["check_depth", "find_toml", "from_mapping", "read_toml", "shipped", "to_mapping", "to_toml"]

T = TypeVar("T")


_ADAPTERS: dict[type, Any] = {}


def _adapter(kind: type) -> Any:
    from pydantic import TypeAdapter

    if kind not in _ADAPTERS:
        _ADAPTERS[kind] = TypeAdapter(kind)
    return _ADAPTERS[kind]


def _known_keys(kind: Any, path: tuple[str | int, ...]) -> tuple[str, ...]:
    for step in path:
        hints = {f.name: f.type for f in dataclasses.fields(kind)} if dataclasses.is_dataclass(kind) else {}
        if step not in hints:
            return ()
        kind = typing.get_type_hints(kind)[str(step)]
        kind = next((one for one in typing.get_args(kind) if dataclasses.is_dataclass(one)), kind)  # of `kind | None`
    return tuple(f.name for f in dataclasses.fields(kind)) if dataclasses.is_dataclass(kind) else ()


def from_mapping(kind: type[T], data: Mapping[str, Any], source: str) -> T:
    """Build a dataclass from plain data; every key must be known and every type right.

    Parameters
    ----------
    kind : type
        A dataclass whose ``__pydantic_config__`` forbids extra keys.
    data : mapping
        Plain data, as read from TOML or JSON.
    source : str
        Where it came from, for the error.

    Raises
    ------
    ConfigError
        Names the key, what is required and what came; unknown keys come with a suggestion.
    """
    from pydantic import ValidationError

    try:  # by way of JSON: strict about types, yet a list may become a tuple
        return cast(T, _adapter(kind).validate_json(json.dumps(_widened(kind, data), default=str), strict=True))
    except ValidationError as error:
        errors = error.errors(include_url=False)
        first = errors[0]
        path = first["loc"]
        name = ".".join(map(str, path))
        if first["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
            known = _known_keys(kind, tuple(path[:-1]))
            new = KEYS.get(str(path[-1]))
            hint = f"; it is now `{new}`" if new in known else did_you_mean(str(path[-1]), known)
            raise ConfigError(f"{source}: `{name}` is not a known key{hint}") from error
        if first["type"] == "missing":
            raise ConfigError(f"{source}: `{name}` is missing") from error
        if first["type"] == "value_error":  # one of our own, which names the parameter
            raise ConfigError(f"{source}: `{name}`: {first['ctx']['error']}") from error
        # of a value that may take several forms, each is a further step of the path
        place = next((path[:k] for k in range(len(path)) if str(path[k]) not in _known_keys(kind, path[:k])), path)
        forms = dict.fromkeys(one["msg"] for one in errors if one["loc"][: len(place)] == place)
        name, value = ".".join(map(str, place)), _value_at(data, place)
        raise ConfigError(f"{source}: `{name}`: {', or: '.join(forms)}, got {value!r}") from error


@lru_cache(maxsize=64)
def _inner(kind: type) -> dict[str, tuple[type, bool]]:
    """Return the fields that hold dataclasses, and whether they hold many of them, by name."""
    found = {}
    for name, hint in typing.get_type_hints(kind).items():
        held = next((one for one in (hint, *typing.get_args(hint)) if dataclasses.is_dataclass(one)), None)
        if isinstance(held, type):
            found[name] = held, typing.get_origin(hint) is Mapping
    return found


def _widened(kind: type, data: Any) -> Any:
    """Return plain data of a dataclass in which a number stands for a range of no width."""
    if not dataclasses.is_dataclass(kind) or not isinstance(data, Mapping):
        return data
    ranges, inner, out = {f.name for f in dataclasses.fields(kind) if f.type == "Range"}, _inner(kind), dict(data)
    for name, value in data.items():
        if name in ranges and isinstance(value, (int, float)) and not isinstance(value, bool):
            out[name] = [value, value]
        elif name in inner and isinstance(value, list):
            out[name] = [_widened(inner[name][0], one) for one in value]
        elif name in inner and isinstance(value, Mapping):
            held, many = inner[name]
            out[name] = {key: _widened(held, one) for key, one in value.items()} if many else _widened(held, value)
    return out


def _value_at(data: Any, path: tuple[str | int, ...]) -> Any:
    for step in path:
        data = data[step]
    return data


def read_toml(path: Path) -> dict[str, Any]:
    """Read a TOML file, with an error that names the file and the place.

    Beside UTF-8, with or without a byte order mark, it may be in UTF-16, as PowerShell writes what goes to ``>``.
    """
    try:
        text = _text(path.read_bytes())
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML ({error})") from error
    data = _parsed(text, path)
    check_depth(data, str(path))
    return data


def _parsed(text: str, path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except RecursionError as error:
        raise ConfigError(f"{path}: is nested too deeply") from error
    except tomllib.TOMLDecodeError as error:
        joined = _SURROGATES.sub(lambda found: json.loads(f'"{found[0]}"'), text)
        if joined != text:  # as synthem wrote characters beyond 16 bits in its early days
            with suppress(tomllib.TOMLDecodeError):
                return tomllib.loads(joined)
        raise ConfigError(f"{path}: is not valid TOML ({error})") from error


MOST_LEVELS = 100
"""Levels of tables and lists within each other: a configuration needs about ten."""


def check_depth(data: object, source: str) -> None:
    """Raise a `ConfigError` if plain data are nested so deeply that to work through them would exhaust the stack."""
    level, rest = 0, [data]
    while rest:
        level += 1
        if level > MOST_LEVELS:
            raise ConfigError(f"{source}: is nested too deeply, in more than {MOST_LEVELS} levels")
        held = [one.values() if isinstance(one, Mapping) else one for one in rest if isinstance(one, (Mapping, list))]
        rest = [one for values in held for one in values]


_SURROGATES = re.compile(r"(?<!\\)\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


def _text(data: bytes) -> str:
    marks = {
        codecs.BOM_UTF8: "utf-8-sig",
        codecs.BOM_UTF32_LE: "utf-32",  # begins as UTF-16 does
        codecs.BOM_UTF32_BE: "utf-32",
        codecs.BOM_UTF16_LE: "utf-16",
        codecs.BOM_UTF16_BE: "utf-16",
    }
    encoding = next((encoding for mark, encoding in marks.items() if data.startswith(mark)), "utf-8")
    if encoding == "utf-8" and b"\0" in data[:2]:  # UTF-16 without a mark: no TOML holds a zero byte
        encoding = "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    return data.decode(encoding).replace("\r\n", "\n")


def shipped(folder: Path) -> list[str]:
    """Return the names of the TOML files of a folder."""
    return sorted(path.stem for path in folder.glob("*.toml"))


def find_toml(name: str, value: str | Path, folder: Path, others: str) -> Path:
    """Return the TOML file that a parameter names: one of a folder by its name, or any by its path.

    Raises
    ------
    ConfigError
        If there is no such name; `others` says what else the parameter may be.
    """
    text, known = str(value), shipped(folder)
    if text in known:
        return folder / f"{text}.toml"
    if Path(text).suffix != ".toml":
        hint = did_you_mean(text, known)
        raise ConfigError(f"`{name}` must be one of {', '.join(known)}, {others}, got {text!r}{hint}")
    return Path(text)


def to_mapping(value: Any) -> Any:
    """Return plain data (dicts, lists, numbers, strings) for a dataclass tree; None is left out.

    Of a class with ``sparse = True`` fields with their default are left out, too.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        sparse = getattr(value, "sparse", False)
        pairs = ((f, getattr(value, f.name)) for f in dataclasses.fields(value))
        shown = ((f.name, item) for f, item in pairs if item is not None and not (sparse and item == f.default))
        return {name: to_mapping(item) for name, item in shown}
    if isinstance(value, Mapping):
        return {key: to_mapping(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_mapping(item) for item in value]
    if isinstance(value, Real) and not isinstance(value, bool):  # numbers of numpy, too
        return int(value) if isinstance(value, Integral) else float(value)
    return value


def _toml_value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _toml_text(value)
    if isinstance(value, list):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_toml_key(key)} = {_toml_value(item)}" for key, item in value.items()) + " }"
    return repr(value)


def _toml_text(text: str) -> str:
    if not text.isprintable():
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ConfigError(f"text in TOML must be valid Unicode, got {text!r}") from None
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")  # the one escape that JSON does not ask for


def _toml_key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _toml_text(key)


def _toml_lines(data: Mapping[str, Any]) -> Iterator[str]:
    for key, value in data.items():
        if not isinstance(value, dict):
            yield f"{_toml_key(key)} = {_toml_value(value)}"
    for key, value in data.items():
        if isinstance(value, dict) and value:
            yield f"\n[{_toml_key(key)}]"
            for name, item in value.items():
                yield f"{_toml_key(name)} = {_toml_value(item)}"


def to_toml(value: Any) -> str:
    """Return a dataclass tree of at most two levels of tables as TOML text, which `read_toml` reads again.

    Raises
    ------
    ConfigError
        If a text is not valid Unicode, such as the name of a file in another encoding.
    """
    return "\n".join(_toml_lines(to_mapping(value))) + "\n"
