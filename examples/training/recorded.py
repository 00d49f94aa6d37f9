"""Runs a program of this folder on the data that its recording holds, from the root of the repository."""

import sys
from pathlib import Path

from torchnn import regression
from torchnn.regression import training


class Told(training.Run):
    """A run that prints its losses."""

    def loss(self, value):
        """Take the loss of a step and print it."""
        super().loss(value)
        print(f"loss {len(self.losses):3d}: {value:.8f}")


def play(train):
    """Train as the recording of the program's name says, and print how far the parameters are from Torch7's."""
    name = Path(sys.argv[0]).stem
    (record,) = regression.load(Path("fixtures/training", name).with_suffix(".t7"))
    result = train(record.fields["data"], Told(record.fields["seed"]))
    for key, value in sorted(result.items()):
        if isinstance(value, (int, float, str)):
            print(f"{key}: {value}")
    distance = (result["params"] - record.fields["final"]).abs().max()
    print(f"largest difference of a parameter from Torch7's: {distance:.2g}")
