"""Painting: from parts of a layout to the planes of a canvas."""
