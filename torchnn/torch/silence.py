"""The silence of C, which is that of kernels; see `kernels/silence.py`."""

from torchnn.kernels.silence import Busy as Busy
from torchnn.kernels.silence import in_silence as in_silence
from torchnn.kernels.silence import quietly as quietly
from torchnn.kernels.silence import silent as silent
from torchnn.kernels.silence import silently as silently
