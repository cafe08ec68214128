"""The real slices beside which the page shows its tiles, read while the page is in use already."""

from __future__ import annotations

import threading
from pathlib import Path

from synthem.errors import DataError, SynthemError
from synthem.io.slices import read_slices
from synthem.studio.figures import TileFigures, measure_quickly
from synthem.tiles.cutting import cut_images, spread_windows
from synthem.tiles.labelled_image import LabelledImage

__all__ = ["RealSlices"]

MEASURED = 60
"""Windows that are measured."""

WINDOW = 256
"""Side in pixels of a measured window."""


class RealSlices:
    """Slices of a folder, with their figures.

    Reading begins with `start`. Until it has ended there is neither a slice nor a message.

    Parameters
    ----------
    folder : Path or None
        Folder that `synthem.io.read_slices` reads; None: there are none.
    """

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder
        self.message = ""
        """What was read, or why nothing could be; empty: nothing to say."""
        self.figures: TileFigures | None = None
        self._slices: list[LabelledImage] = []
        self._done = threading.Event()
        if folder is None:
            self._done.set()

    def start(self) -> None:
        """Read the folder in a thread of its own."""
        if self.folder is not None:
            threading.Thread(target=self._read, args=(self.folder,), daemon=True, name="synthem-real").start()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until the folder is read; return whether it is."""
        return self._done.wait(seconds)

    @property
    def reading(self) -> bool:
        """Whether the folder is still being read."""
        return not self._done.is_set()

    @property
    def count(self) -> int:
        """Number of slices."""
        return len(self._slices)

    def window(self, number: int, size: int) -> LabelledImage:
        """Return one of a series of windows that are spread over the slices.

        Raises
        ------
        DataError
            If there are no slices.
        """
        if not self._slices:
            raise DataError(self.message or "there are no real slices")
        return spread_windows(self._slices, n=MEASURED, shape=(size, size))[number % MEASURED]

    def _read(self, folder: Path) -> None:
        try:
            slices = read_slices(folder, partial=True)
            smallest = min(min(one.image.shape) for one in slices)
            size = min(WINDOW, smallest)
            windows = spread_windows(slices, n=MEASURED, shape=(size, size))
            self.figures = measure_quickly(cut_images(windows, size, cover=False))
            self._slices = list(slices)
            self.message = str(slices.report)
        except (SynthemError, OSError) as error:
            self.message = str(error)
        except Exception as error:  # whatever is in the folder, the page says so and goes on
            self.message = f"{folder} cannot be used: {type(error).__name__}: {error}"
        finally:
            self._done.set()
