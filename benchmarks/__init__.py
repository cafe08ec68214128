"""Benchmarks of synthem, run by asv; docs/explanation/performance.md says how.

Each class is one workload, stated in its docstring. Parameters go from small to large; the tests run every benchmark
once with its first parameters.
"""
