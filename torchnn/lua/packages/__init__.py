"""What `require` gives: a Lua file, a Python module, or both, for each package."""
