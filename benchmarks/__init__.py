"""How fast netspec is beside PyTorch and scikit-learn: `python -m benchmarks`."""
