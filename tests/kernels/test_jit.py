from torchnn import kernels


def test_the_cache_tells_serial_from_parallel():
    """Numba's cache looks at the name and the code of a function only: under one name one form would run as both."""
    threshold = kernels.pointwise.threshold
    names = {
        form._cache.cache_path + form._cache._impl.filename_base for form in (threshold.serial, threshold.parallel)
    }
    assert len(names) == 2
