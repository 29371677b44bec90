"""What a call is about, in the coarsest words."""

from typing import Literal

Category = Literal["fire", "rescue", "ems", "safety", "inquiry", "other_agency", "unclear"]
"""Purpose of the call, after the statistics categories of the Korean fire agency."""
