"""Replays what was recorded in Torch7 and says where this package gives other numbers.

    from torchnn import regression

    for record in regression.load("fixtures/nn/Linear.t7"):
        outcome = regression.replay(record)
        print(record.name, outcome.status, outcome.message)

`fixtures/README.md` describes the files, the protocols and the tolerances. Records hold program text, which is
executed: replay only files that you trust.
"""

from torchnn.regression.records import Outcome as Outcome
from torchnn.regression.records import Record as Record
from torchnn.regression.records import RecordingError as RecordingError
from torchnn.regression.records import files as files
from torchnn.regression.records import load as load
from torchnn.regression.replay import check as check
from torchnn.regression.replay import replay as replay
