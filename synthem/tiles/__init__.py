"""Tiles: a picture with its masks, its objects and what is known of them."""
