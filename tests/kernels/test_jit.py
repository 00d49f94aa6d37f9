from torchnn import kernels


def test_the_cache_tells_serial_from_parallel():
    """Under one name one form would run as both."""
    threshold = kernels.pointwise.threshold
    paths = {form._cache.path("signature", "processor") for form in (threshold.serial, threshold.parallel)}
    assert len(paths) == 2
