"""Calls of few elements, compiled: `x.add(y)` of ten numbers takes 0.1 us, and 0.7 in Python.

A function of tensors spends most of such a call in Python: in finding out which form is meant, and in what numpy asks
and makes. Here both are compiled for calls that are frequent: which function is meant for arguments of some types
(`calls.py`), and what is done with few elements (`actions/`, a file for each family): `elementwise.py`, `products.py`,
`reductions.py`, `along.py`, `norms.py` and others with what numpy's loops and BLAS make of them, `loops.py` with loops
that numpy has not, `factorisations.py` and `reflectors.py` with its LAPACK, `drawing.py`, `sampling.py` and
`by_kernels.py` with kernels of Numba's, `callbacks.py` for functions that are called with elements, `making.py`,
`storages.py` and `matrix_parts.py` for what is made or copied, and `views.py`, `brackets.py`, `placing.py` and
`questions.py`, which work on sizes and strides. Python's functions stay in charge of everything else: what does not
look as expected goes to them unchanged, and results are theirs bit for bit.

Operations element by element and reductions are compiled for many elements as well, up to four million, since what
Python does around a loop takes as long as the loop of 10^5 floats or 10^6 bytes: `launching.py` gives to all threads
what Python has had compiled in such a call before (`totals.py` is for sums of all elements).

What a function does is told by a *program*, numbers that begin with the address of an action. Programs are made by
`programs/` from what implementations have as their attribute `few`, for arguments of some types. An action looks at
dimensions, sizes and memory itself, changes nothing before it knows that all is well, and gives 0 where it is not.

Methods of tensors and functions of `torch` become objects of a class of their own when `open_calls` is called (see
`torch/compiled.py`). The code is written in the same part of Python as workers of kernels, and kept on disk as these.
"""

from __future__ import annotations

from torchnn.torch.native.callables import are_on_disk as are_on_disk
from torchnn.torch.native.opening import close_calls as close_calls
from torchnn.torch.native.opening import open_calls as open_calls
