"""What the numbers in the docs were measured with: one file each, run as ``python -m benchmarks.NAME``."""
