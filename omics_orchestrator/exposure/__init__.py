"""Drug exposure: what studies tell of courses becomes episodes, and on, off or unknown at a date.

Pure: frames in, frames out. Nothing is invented: a date that is partly known stays an interval, a
course told as going on is known to until the day on which it was told, and what does not follow
from the records is unknown.
"""
