"""What compiled calls do: a file for each family, and what all of them need (`tensors.py`, `results.py`)."""
