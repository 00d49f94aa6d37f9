"""Torch7's package `optim`: optimization methods, and what goes with training.

A method is a function `optim.method(opfunc, x [, config [, state]])`: `opfunc(x)` returns the value and the gradient at
x; x is changed in place and returned together with the list of values. `config` and `state` are dicts with Torch7's
field names; without a state, `config` holds the state too.
"""

from typing import NoReturn

from torchnn.errors import MissingError
from torchnn.optim.adadelta import adadelta as adadelta
from torchnn.optim.adagrad import adagrad as adagrad
from torchnn.optim.adam import adam as adam
from torchnn.optim.adam import adamax as adamax
from torchnn.optim.asgd import asgd as asgd
from torchnn.optim.cg import cg as cg
from torchnn.optim.checkgrad import checkgrad as checkgrad
from torchnn.optim.cmaes import cmaes as cmaes
from torchnn.optim.confusion_matrix import ConfusionMatrix as ConfusionMatrix
from torchnn.optim.de import de as de
from torchnn.optim.eve import eve as eve
from torchnn.optim.fista import FistaLS as FistaLS
from torchnn.optim.ftml import ftml as ftml
from torchnn.optim.lbfgs import lbfgs as lbfgs
from torchnn.optim.logger import Logger as Logger
from torchnn.optim.lswolfe import lswolfe as lswolfe
from torchnn.optim.nag import nag as nag
from torchnn.optim.polyinterp import polyinterp as polyinterp
from torchnn.optim.rmsprop import rmsprop as rmsprop
from torchnn.optim.rprop import rprop as rprop
from torchnn.optim.sgd import sgd as sgd


def __getattr__(name: str) -> NoReturn:
    if name.startswith("__"):
        raise AttributeError(name)
    raise MissingError(f"there is no optim.{name}", f"optim.{name}")
