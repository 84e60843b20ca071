"""`python -m adamatlas`."""

import sys

from adamatlas.cli import main

sys.exit(main())
