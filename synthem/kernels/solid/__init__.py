"""Kernels of solid tissue: they are compiled when a volume is first asked for."""
