"""Styles of old, in pixels and with the widths of tissue in them, as styles and recipes of today."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from synthem._toml import from_mapping, read_toml
from synthem.errors import ConfigError
from synthem.instrument.style import Style, is_in_pixels

__all__ = ["Upgraded", "upgrade_style"]

Pair: TypeAlias = tuple[float, float]

DEFAULTS = Path(__file__).with_name("upgrade_defaults.toml")

WORDS = {
    "fine": "fine_texture",
    "fine_size": "fine_texture_size",
    "fine_stretch": "fine_texture_stretch",
    "ghost_level": "out_of_plane_level",
    "ghost_opacity": "out_of_plane_opacity",
    "grain": "texture_sd",
    "haze": "defocus",
    "haze_level": "defocus_level",
    "haze_opacity": "defocus_opacity",
    "headroom": "highlight_range",
    "interior_grain": "interior_texture_sd",
    "knee": "highlight_knee",
    "mottle": "coarse_texture",
    "mottle_bow": "coarse_texture_skew",
    "mottle_size": "coarse_texture_size",
    "rim_grain": "rim_texture_sd",
    "shade": "edge_shadow",
    "shade_reach": "edge_shadow_reach",
    "stray_fade": "free_fade",
    "stray_spread": "free_spread",
    "texture_sd": "texture_variation",
    "tongue_level": "inner_tongue_level",
    "veil_level": "grazing_membrane_level",
    "veil_opacity": "grazing_membrane_opacity",
    "wrap_level": "outer_membrane_level",
    "wrap_width": "outer_membrane_width",
}
"""Words of the oldest files in pixels, and those that took their place; a section's own key goes first."""


class Upgraded(NamedTuple):
    """A style of today, and what of the old one belongs to a recipe now."""

    style: Style
    tissue: dict[str, dict[str, Any]]


def upgrade_style(path: Path) -> Upgraded:
    """Read a style of old.

    Parameters
    ----------
    path : Path
        A TOML file whose lengths are pixels.

    Returns
    -------
    Upgraded
        The style, and the sections of a recipe that hold what decides masks.

    Raises
    ------
    ConfigError
        If the file is a style of today, or none.
    """
    data = read_toml(path)
    if not is_in_pixels(data):
        raise ConfigError(f"{path}: must be a style whose lengths are pixels, got one of today")
    old = {name: values for name, values in read_toml(DEFAULTS).items() if isinstance(values, dict)}
    for name, values in data.items():
        if not isinstance(values, dict):
            continue
        values = {WORDS.get(key, key) if key not in old.get(name, {}) else key: value for key, value in values.items()}
        unknown = [key for key in values if key not in old.get(name, {})]
        if name not in old or unknown:
            raise ConfigError(f"{path}: `{'.'.join([name, *unknown[:1]])}` is not a key of old styles")
        old[name] |= values
    pixel = float(data.get("pixel_size_nm", 5.0))
    style: dict[str, Any] = {"name": data.get("name", path.stem), "pixel_size_nm": pixel}
    style |= _instrument(old, pixel) | {"materials": _materials(old, pixel)}
    return Upgraded(from_mapping(Style, style, str(path)), _tissue(old, pixel))


def _pair(value: Any) -> Pair:
    return (float(value[0]), float(value[1])) if isinstance(value, (list, tuple)) else (float(value), float(value))


def _times(value: Any, factor: float) -> Pair:
    low, high = _pair(value)
    return tuple(sorted((round(factor * low, 6), round(factor * high, 6))))  # type: ignore[return-value]


def _instrument(old: Mapping[str, Any], pixel: float) -> dict[str, Any]:
    """Return cytoplasm, membranes, optics and detector."""
    cytoplasm, membrane, optics = dict(old["cytoplasm"]), old["membrane"], dict(old["optics"])
    for name in ("coarse_texture_size", "fine_texture_size"):
        cytoplasm[f"{name}_nm"] = pixel * cytoplasm.pop(name)
    greys = ("level", "level_sd", "defocus", "fade", "edge_shadow", "texture_sd", "cleft_level")
    membranes = {name: membrane[name] for name in (*greys, "oblique_level", "oblique_sd", "oblique_fade")}
    membranes["edge_shadow_reach_nm"] = min(round(pixel * membrane["edge_shadow_reach"], 6), 50.0)
    for name in ("psf_sigma", "soft_sigma"):
        optics[f"{name}_nm"] = round(pixel * optics.pop(name), 6)
    names = {"white": "white", "correlated": "correlated", "sigma_rows": "sigma_rows_px", "sigma_cols": "sigma_cols_px"}
    names |= {"axial": "axial", "diagonal": "diagonal", "tails": "tails", "sd": "noise_sd"}
    detector = {new: optics.pop(f"noise_{name}") for name, new in names.items()}
    detector |= {name: optics.pop(name) for name in ("shot_slope", "shot_curve")}
    return {"cytoplasm": cytoplasm, "membranes": membranes, "optics": optics, "detector": detector}


def _materials(old: Mapping[str, Any], pixel: float) -> dict[str, dict[str, Any]]:
    return _of_mitochondria(old["mitochondrion"], pixel) | _of_synapses(old, pixel) | _of_others(old)


def _of_mitochondria(section: Mapping[str, Any], pixel: float) -> dict[str, dict[str, Any]]:
    (shallow, deep), (low, high) = _pair(section["cristae_depth"]), _pair(section["patch_depth"])
    core = _pair(section["core_shift"])
    covers = 0.4 if any(core) else 0.0  # without a paler middle nothing was painted over the cristae
    nm: Callable[[Any], Pair] = lambda value: _times(value, pixel)  # noqa: E731
    texture = section["interior_texture_sd"]
    return {
        "mitochondrial_rim": {"grey": _pair(section["rim_level"]), "texture_sd": section["rim_texture_sd"]},
        "matrix": {"grey": _pair(section["interior_level"]), "texture_sd": texture},
        "condensed": {"grey": _pair(section["dark_shift"])},
        "swollen_matrix": {"grey": (0.0, 14.0), "texture_sd": texture, "relative_to": "matrix"},
        "matrix_core": {"grey": core, "opacity": (covers, covers), "relative_to": "matrix"},
        "matrix_slit": _mixed("matrix", (0.7 * low, 0.7 * high), 0.3 * (low + high), 0.8),
        "matrix_patch": _mixed("matrix", (-0.28 * high, -0.28 * low), 0.12 * (low + high), 0.8),
        "granule": {"grey": _pair(section["granule_level"]), "opacity": (0.9, 0.9)},
        "crista": {"grey": (-deep, -shallow), "relative_to": "matrix"},
        "crista_membrane": _mixed("matrix", (-0.7 * deep, -0.7 * shallow), 0.0, 0.8),
        "crista_lumen": _mixed("matrix", (0.7 * shallow, 0.7 * deep), 0.0, 0.8),
        "swollen_membrane": _mixed("swollen_matrix", (-37.0, -17.0), 14.0, 0.9),
        "swollen_lumen": _mixed("swollen_matrix", (0.5 * high, 0.5 * high), 0.4 * high, 0.9),
        "mitochondrial_halo": {
            "grey": _pair(section["halo_level"]),
            "opacity": _pair(section["halo_opacity"]),
            "opacity_power": 2.0,
            "reach_nm": nm(section["halo_reach"]),
        },
        "rim_outer_edge": {
            "opacity": _pair(section["edge_opacity"]),
            "reach_nm": nm(section["edge_reach"]),
            "relative_to": "mitochondrial_rim",
        },
        "rim_fade": {"opacity": _pair(section["edge_fade"]), "relative_to": "cytoplasm"},
        "rim_inner_edge": {"opacity": _pair(section["edge_within"]), "relative_to": "mitochondrial_rim"},
    }


def _mixed(base: str, grey: Pair, within: float, opacity: float) -> dict[str, Any]:
    low, high = _times(grey, 1.0)
    return {
        "grey": (low, high),
        "grey_within": round(within, 6),
        "opacity": (opacity, opacity),
        "relative_to": base,
    }


def _of_synapses(old: Mapping[str, Any], pixel: float) -> dict[str, dict[str, Any]]:
    psd, vesicles = old["psd"], old["vesicles"]
    rim, lumen, spread = _pair(vesicles["rim_level"]), _pair(vesicles["interior_level"]), vesicles["free_spread"]
    faint, fade, shadow = vesicles["out_of_plane_opacity"], vesicles["free_fade"], vesicles["edge_shadow"]
    rim_end, lumen_start = rim[1] + spread * (lumen[1] - rim[1]), lumen[0] + spread * (rim[0] - lumen[0])
    return {
        "psd": {"grey": _pair(psd["level"]), "texture_sd": psd["texture_sd"]},
        "psd_core": {"grey": _pair(psd["core_level"]), "opacity": (0.9, 0.9)},
        "psd_edge": {"opacity": _pair(psd["edge_opacity"]), "relative_to": "psd"},
        "psd_fuzz": {
            "grey": _pair(psd["fuzz_level"]),
            "opacity": _pair(psd["fuzz_opacity"]),
            "reach_nm": _times(psd["fuzz_reach"], pixel),
        },
        "cleft": {"grey": _pair(psd["line_level"]), "opacity": (0.7, 0.7)},
        "presynaptic_zone": {
            "grey": _pair(psd["zone_level"]),
            "opacity": _pair(psd["zone_opacity"]),
            "reach_nm": _times(psd["zone_reach"], pixel),
        },
        "vesicle_membrane": {"grey": rim, "grey_within": 8.0},
        "vesicle_lumen": {"grey": lumen, "grey_within": 11.0},
        "dense_core": {"grey": _pair(vesicles["dark_level"])},
        "out_of_plane_membrane": {"grey": rim, "opacity": (0.5 * faint, 0.5 * faint), "opacity_within": faint},
        "out_of_plane_vesicle": {"grey": _pair(vesicles["out_of_plane_level"])},
        "bouton_cytoplasm": {
            "grey": _pair(vesicles["defocus_level"]),
            "opacity": _pair(vesicles["defocus_opacity"]),
        },
        "free_vesicle_membrane": {
            "grey": (rim[0], round(rim_end, 6)),
            "grey_within": 8.0,
            "opacity": (round(1.0 - fade, 6), 1.0),
            "opacity_power": 0.5,
        },
        "free_vesicle_lumen": {"grey": (round(lumen_start, 6), lumen[1]), "grey_within": 11.0},
        "free_vesicle_shadow": {
            "opacity": (round(shadow * (1.0 - fade), 6), shadow),
            "reach_nm": _times(vesicles["edge_shadow_reach"], pixel),
            "relative_to": "free_vesicle_membrane",
        },
    }


def _of_others(old: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    axon, clutter, endomembrane, lysosome = (old[name] for name in ("axon", "clutter", "endomembrane", "lysosome"))
    opacity, uneven = _pair(clutter["opacity"]), 2.0 * lysosome["unevenness"]
    content = {"grey_within": uneven, "opacity": (0.6, 0.6), "opacity_within": 0.6, "relative_to": "lysosome_lumen"}
    return {
        "myelin": {"grey": _pair(axon["level"]), "texture_sd": axon["texture_sd"]},
        "axon_membrane": {"grey": _pair(axon["outer_membrane_level"]), "texture_sd": axon["texture_sd"]},
        "inner_tongue": {"grey": _pair(axon["inner_tongue_level"]), "opacity": (0.8, 0.8)},
        "endomembrane": {"grey": _pair(endomembrane["level"])},
        "endomembrane_lumen": {"grey": _pair(endomembrane["lumen_level"]), "varies_with": "endomembrane"},
        "lysosome_membrane": {"grey": _pair(lysosome["level"])},
        "lysosome_lumen": {"grey": _pair(lysosome["interior_level"]), "texture_sd": lysosome["texture_sd"]},
        "lysosome_content": content,
        "reticulum": {"grey": _pair(clutter["level"]), "opacity": opacity},
        "reticulum_lumen": {"grey": _pair(clutter["lumen_level"]), "opacity": opacity},
        "dense_body": {"grey": _pair(clutter["dense_level"]), "opacity": (0.8, 0.8)},
        "dark_line": {"grey": _pair(clutter["level"]), "opacity": opacity},
        "microtubule": {"grey": _pair(clutter["microtubule_level"]), "opacity": (0.45, 0.45), "opacity_within": 0.4},
        "grazing_membrane": {
            "grey": _pair(clutter["grazing_membrane_level"]),
            "opacity": _pair(clutter["grazing_membrane_opacity"]),
        },
    }


def _tissue(old: Mapping[str, Any], pixel: float) -> dict[str, dict[str, Any]]:
    """Return what decides masks, by the section of a recipe."""
    membrane, mitochondrion, vesicles = old["membrane"], old["mitochondrion"], old["vesicles"]
    per_um2 = 1000.0 / pixel**2  # patches were counted per 1000 pixels
    rims = {"rim_nm": _times(vesicles["rim_width"], pixel), "dense_core_share": vesicles["dark_share"]}
    return {
        "membranes": {
            "width_nm": round(pixel * membrane["width"], 6),
            "width_sd_along": membrane["width_sd_along"],
            "width_sd_between": membrane["width_sd_between"],
            "oblique_share": membrane["oblique_share"],
            "oblique_width_nm": round(pixel * membrane["oblique_width"], 6),
            "double_share": membrane["double_share"],
            "cleft_nm": round(pixel * membrane["cleft_width"], 6),
            "junction_rounding_nm": round(pixel * membrane["junction_rounding"], 6),
        },
        "axons": {"outer_membrane_nm": pixel * old["axon"]["outer_membrane_width"]},
        "mitochondria": {
            "rim_nm": _times(mitochondrion["rim_width"], pixel),
            "oblique_share": mitochondrion["oblique_share"],
            "cristae_period_nm": _times(mitochondrion["cristae_period"], pixel),
            "patches": _times(mitochondrion["patches"], per_um2),
            "dense_share": mitochondrion["dense_share"],
            "granule_share": mitochondrion["granule_share"],
            "swollen_share": mitochondrion["swollen_share"],
            "condensed_share": mitochondrion["dark_share"],
        },
        "psd": {"core_share": old["psd"]["core_share"], "cleft_share": old["psd"]["line_share"]},
        "vesicles": rims,
        "free_vesicles": rims,
        "endomembranes": {"wall_nm": _times(old["endomembrane"]["wall_width"], pixel)},
        "lysosomes": {"wall_nm": _times(old["lysosome"]["wall_width"], pixel)},
    }
