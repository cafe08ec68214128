"""Tissue: what is there. Organelles, the compartments that hold them, and how both find their place."""
