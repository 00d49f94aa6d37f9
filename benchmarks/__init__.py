"""How fast the layers are: `python -m benchmarks` against PyTorch, `pytest benchmarks/bench_layers.py` alone."""
