"""The scene of a dataset, from what was recorded of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from synthem.scene.scene import Scene

if TYPE_CHECKING:
    from synthem.solid.scene import SolidScene

__all__ = ["scene_of_config"]


def scene_of_config(config: Mapping[str, Any]) -> Scene | SolidScene:
    """Return the scene of tiles or of volumes that a configuration records.

    Parameters
    ----------
    config : mapping
        That of a dataset.

    Raises
    ------
    ConfigError
        If no scene can be built of it.

    Examples
    --------
    >>> import synthem
    >>> from synthem.generation.scenes import scene_of_config
    >>> scene_of_config(synthem.SolidScene(shape=(4, 64, 64)).to_dict()).shape
    (4, 64, 64)
    """
    if "solid" not in config:
        return Scene.from_dict(config)
    from synthem.solid.scene import SolidScene  # with what it needs, which tiles do not

    return SolidScene.from_dict(config)
