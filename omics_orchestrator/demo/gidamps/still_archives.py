"""Spreadsheets without a clock: the same content gives the same bytes."""

from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.writer.excel import ExcelWriter

# When every file of the demo says it was written.
WRITTEN = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
_ZIP_TIME = (WRITTEN.year, WRITTEN.month, WRITTEN.day, WRITTEN.hour, WRITTEN.minute, 0)


def save_workbook(workbook: Workbook, path: Path) -> None:
    """Save as openpyxl does, with a fixed time in the properties and the archive's members.

    openpyxl's own `save` puts the present time in both, so its writer is called directly.
    """
    moment = WRITTEN.replace(tzinfo=None)
    workbook.properties.created = workbook.properties.modified = moment
    ticking = BytesIO()
    ExcelWriter(workbook, ZipFile(ticking, "w")).save()
    with ZipFile(ticking) as members, ZipFile(path, "w") as still:
        for name in members.namelist():
            member = ZipInfo(name, _ZIP_TIME)
            still.writestr(member, members.read(name), compress_type=ZIP_DEFLATED)
