from tests.cases.case import ModuleCase, normal
from torchnn import nn

CASES = [
    ModuleCase("NaN", lambda: nn.NaN(nn.Linear(4, 3), "first"), single=(4,)),
    ModuleCase("Profile", lambda: nn.Profile(nn.Linear(4, 3)), single=(4,)),
    ModuleCase("PrintSize", nn.PrintSize, single=(4,)),
    ModuleCase("DontCast", lambda: nn.DontCast(nn.Linear(4, 3), True), single=(4,)),
    ModuleCase("GPU", lambda: nn.GPU(nn.Linear(4, 3), 1), single=(4,)),
    ModuleCase("Convert", lambda: nn.Convert("bhwc", "bf"), normal(2, 3, 4, 2), keeps=True),
]
