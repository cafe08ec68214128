"""Instrument: how the tissue looks. Styles, and the stages that paint cytoplasm and expose the picture."""
