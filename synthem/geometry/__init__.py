"""Geometry in local coordinates: poses, curves, the limit of coordinates, and the claims of a whole tile."""
