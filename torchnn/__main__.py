"""`python -m torchnn` is the command `torchnn`."""

import sys

from torchnn.cli import main

if __name__ == "__main__":
    sys.exit(main())
