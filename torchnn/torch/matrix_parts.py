"""Parts of matrices: tril, triu, diag, trace."""

from __future__ import annotations


class MatrixParts:
    """Methods of tensors; each is documented with the function of its name."""

    __slots__ = ()
