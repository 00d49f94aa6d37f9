from tests.cases.case import ModuleCase, normal, table, uniform
from torchnn import stn

CASES = [
    ModuleCase("AffineGridGeneratorBHWD", lambda: stn.AffineGridGeneratorBHWD(3, 4), single=(2, 3)),
    ModuleCase(
        "AffineTransformMatrixGenerator", lambda: stn.AffineTransformMatrixGenerator(True, True, True), single=(4,)
    ),
    ModuleCase(
        "BilinearSamplerBHWD",
        stn.BilinearSamplerBHWD,
        table(normal(2, 4, 5, 3), uniform(2, 3, 4, 2)),
        contiguous=True,
    ),
]
