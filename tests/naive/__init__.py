"""Slow and obvious references: what the kernels compute, written as loops over elements."""
