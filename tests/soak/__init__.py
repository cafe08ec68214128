"""Random valid configurations for as long as is asked: ``python -m tests.soak --minutes 10``."""
