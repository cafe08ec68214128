"""Scenes as plain data, for manifests, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any

from synthem._toml import check_depth, from_mapping, to_mapping
from synthem.errors import ConfigError
from synthem.geometry.poses import Pose
from synthem.instrument import artifacts
from synthem.instrument.blur_noise import BlurNoise
from synthem.instrument.cytoplasm import Cytoplasm
from synthem.instrument.style import Style
from synthem.labels import ClassTable
from synthem.parameters import Density, PerTile
from synthem.tissue import organelles
from synthem.tissue.margins import Margins
from synthem.tissue.membrane_layer import MembraneLayer
from synthem.tissue.organelles.base import Group, Organelle

__all__ = ["describe_margins", "describe_node", "describe_pixel_size", "scene_arguments"]

SHIPPED = (
    {name: getattr(organelles, name) for name in organelles.__all__}
    | {stage.__name__: stage for stage in (MembraneLayer, Cytoplasm, BlurNoise)}
    | {stage.__name__: stage for stage in artifacts.ArtifactStage.__subclasses__()}
)


def describe_node(item: Any) -> dict[str, Any]:
    """Return an organelle or a stage as plain data that says which it is."""
    values = {f.name: getattr(item, f.name) for f in (fields(item) if is_dataclass(item) else ())}
    return {"type": type(item).__name__} | {name: _plain(value) for name, value in values.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, Organelle):
        return describe_node(value)
    return [_plain(one) for one in value] if isinstance(value, (list, tuple)) else to_mapping(value)


def describe_margins(margins: Margins) -> dict[str, float]:
    """Return distances by ``"kind,kind"``, and the one of all other pairs as ``"default"``."""
    pairs = {",".join(kinds): distance for kinds, distance in (margins.pairs_nm or {}).items()}
    return {"default": margins.default_nm} | pairs


def describe_pixel_size(size: Any) -> Any:
    """Return the side of a pixel, or the range from which it is drawn per tile, as plain data."""
    return {"per_tile": [size.low, size.high]} if isinstance(size, PerTile) else size


def scene_arguments(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a scene has to be made with to be the one that was described.

    Parameters
    ----------
    data : mapping
        What `synthem.Scene.to_dict` returned.

    Raises
    ------
    ConfigError
        If a key is missing, a type is not one of synthem's own, or a value is wrong.
    """
    required = "`data` must be what `to_dict` of a scene returned"
    if not isinstance(data, Mapping):
        raise ConfigError(f"{required}, got {data!r}")
    check_depth(data, "`data`")
    forms = {"shape": list, "organelles": list, "stages": list, "margins": Mapping, "style": Mapping}
    for name, form in forms.items():
        if name not in data:
            raise ConfigError(f"{required}, got no {name!r}")
        if not isinstance(data[name], (list, tuple) if form is list else form):
            raise ConfigError(
                f"{required}: `{name}` must be a {'list' if form is list else 'table'}, got {data[name]!r}"
            )
    pairs: dict[Any, float] = {tuple(str(kinds).split(",")): distance for kinds, distance in data["margins"].items()}
    default = pairs.pop(("default",), Margins.default_nm)
    return {
        "organelles": [_built(item, "`organelles`") for item in data["organelles"]],
        "stages": [_built(item, "`stages`") for item in data["stages"]],
        "shape": tuple(data["shape"]),
        "style": Style.from_dict(data["style"]),
        "margins": Margins(default_nm=default, pairs_nm=pairs or None),
        "pixel_size_nm": _pixel_size(data.get("pixel_size_nm")),
        "classes": ClassTable.from_dict(data["classes"]) if "classes" in data else None,
    }


def _pixel_size(data: Any) -> Any:
    return data["per_tile"] if isinstance(data, Mapping) and "per_tile" in data else data


def _built(data: Mapping[str, Any], source: str) -> Any:
    if not isinstance(data, Mapping):
        raise ConfigError(f"{source} must be tables with a `type`, got {data!r}")
    name, values = data.get("type"), {key: value for key, value in data.items() if key != "type"}
    if name == Group.__name__:
        if values.keys() != {"children", "count", "kind"}:
            raise ConfigError(f"{source}: a Group must have children, count and kind, got {', '.join(sorted(values))}")
        children = [_child(child, source) for child in _listed(values["children"], "`children`", source)]
        count = from_mapping(Density, values["count"], source) if isinstance(values["count"], dict) else values["count"]
        return Group(count=count, children=children, kind=values["kind"])
    if not isinstance(name, str) or name not in SHIPPED:
        known = ", ".join((*SHIPPED, Group.__name__))
        own = "those of one's own are built in Python"
        raise ConfigError(f"{source}: `type` must be one of {known}, got {name!r}; {own}")
    return from_mapping(SHIPPED[name], _untyped(values), source)


def _child(data: Any, source: str) -> tuple[Any, Pose]:
    pair = _listed(data, "a child", source)
    pose = _listed(pair[-1] if pair else None, "a pose", source)
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in pose)
    if len(pair) != 2 or len(pose) > len(Pose._fields) or not numbers:
        raise ConfigError(f"{source}: `children` must be pairs of an organelle and a pose of numbers, got {data!r}")
    return _built(pair[0], source), Pose(*pose)


def _listed(value: Any, name: str, source: str) -> Sequence[Any]:
    if isinstance(value, (list, tuple)):
        return value
    raise ConfigError(f"{source}: {name} of a Group must be a list, got {value!r}")


def _untyped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _untyped(one) for key, one in value.items() if key != "type"}
    return value
