"""`python -m guard` is the command `guard`."""

import sys

from guard.cli import main

sys.exit(main())
