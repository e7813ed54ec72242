"""Limits what the XML parts of a workbook may contain, before they are parsed.

How it works. The library that reads workbooks parses most parts at once, and the size of a part does not bound what
this costs. So tags, attributes and sheets are counted in the text of the parts. Only tags of cells may be many, because
those of a sheet are read row by row. The library also looks for the dimensions of each sheet when it opens a workbook,
and reads all of a part that does not begin with them. So a sheet gets some (`provide_dimensions`; they are not used),
and what is read of other parts counts once for each sheet, as many sheets may be in the same part.

What a count of characters could miss is refused: other encodings than UTF-8, and declarations of entities.
"""

import re

MAX_TAGS = 150_000
"""The maximum number of XML tags in an XLSX file: half as many again as the longest sheet has."""
MAX_TAGS_IN_ROW = 2_000
MAX_OTHER_TAGS = 5_000
"""The maximum number of tags that are not those of cells, such as those of styles."""
MAX_ATTRIBUTES = 150_000
MAX_ATTRIBUTES_IN_TAG = 1_000
MAX_SHEETS = 250
MAX_SEARCHED_TAGS = 50_000
"""In how many tags the library looks for the dimensions of the sheets."""
BYTES_AT_ONCE = 16 * 1024
"""How much of a part the library parses at once."""
PREFIX = rb"(?:[\w.-]{1,40}:)?"
ROW_TAG = re.compile(rb"<" + PREFIX + rb"row\b")
CELL_TAG = re.compile(rb"</?" + PREFIX + rb"(?:row|c|v|f|is|si|t)[\s/>]")
SHEET_TAG = re.compile(rb"<" + PREFIX + rb"sheet\b")
SHEET_ROOT = re.compile(rb"<(" + PREFIX + rb")worksheet\b[^>]*(?<!/)>")
DIMENSION_TAG = re.compile(rb"<" + PREFIX + rb"dimension\b")
DECLARED_ENCODING = re.compile(rb"""<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([^"']*)""")
ENCODINGS = (b"utf-8", b"us-ascii", b"ascii")
START_BYTES = 512


def provide_dimensions(xml: bytes) -> bytes:
    """Return a part that begins with dimensions, if it is a sheet without them."""
    root = SHEET_ROOT.search(xml, 0, BYTES_AT_ONCE)
    if root is None or DIMENSION_TAG.search(xml, root.end(), root.end() + BYTES_AT_ONCE):
        return xml
    return b'%b<%bdimension ref="A1"/>%b' % (xml[: root.end()], root[1], xml[root.end() :])


class WorkbookLimits:
    """Counts what the parts of a workbook contain."""

    def __init__(self) -> None:
        self._tags = self._other_tags = self._attributes = self._sheets = self._searched = 0

    def find_excess(self, xml: bytes) -> str | None:
        """Count what a part contains. Return what is too much in it and the parts before, None if nothing is.

        Raises ValueError for a part whose tags cannot be counted.
        """
        _require_countable(xml)
        tags = xml.count(b"<")
        self._tags += tags
        if self._tags > MAX_TAGS:
            return f"the file contains more than {MAX_TAGS} XML tags"
        if ROW_TAG.search(xml) and max(row.count(b"<") for row in ROW_TAG.split(xml)) > MAX_TAGS_IN_ROW:
            return f"a row contains more than {MAX_TAGS_IN_ROW} XML tags"
        self._other_tags += tags - sum(1 for _ in CELL_TAG.finditer(xml))
        if self._other_tags > MAX_OTHER_TAGS:
            return f"the file contains more than {MAX_OTHER_TAGS} XML tags that are not those of cells"
        return self._find_attributes(xml) or self._find_sheets(xml, tags)

    def _find_attributes(self, xml: bytes) -> str | None:
        attributes = xml.count(b"=")
        self._attributes += attributes
        if self._attributes > MAX_ATTRIBUTES:
            return f"the file contains more than {MAX_ATTRIBUTES} XML attributes"
        is_short = attributes <= MAX_ATTRIBUTES_IN_TAG
        if is_short or max(tag.count(b"=") for tag in xml.split(b"<")) <= MAX_ATTRIBUTES_IN_TAG:
            return None
        return f"an XML tag contains more than {MAX_ATTRIBUTES_IN_TAG} attributes"

    def _find_sheets(self, xml: bytes, tags: int) -> str | None:
        self._sheets += sum(1 for _ in SHEET_TAG.finditer(xml))
        if self._sheets > MAX_SHEETS:
            return f"the file contains more than {MAX_SHEETS} sheets"
        found = DIMENSION_TAG.search(xml)
        end = None if found is None or b"<!" in xml[: found.start()] else found.end() + BYTES_AT_ONCE
        searched = tags if end is None else xml.count(b"<", 0, end)
        self._searched = max(self._searched, searched)
        if self._sheets * self._searched > MAX_SEARCHED_TAGS:
            return f"its {self._sheets} sheets without dimensions contain more than {MAX_SEARCHED_TAGS} XML tags"
        return None


def _require_countable(xml: bytes) -> None:
    """Raise ValueError if the tags of a part cannot be counted by their characters."""
    declared = DECLARED_ENCODING.search(xml, 0, START_BYTES)
    if b"\0" in xml or (declared is not None and declared[1].lower() not in ENCODINGS):
        raise ValueError("its XML is not in UTF-8")
    if b"<!DOCTYPE" in xml:
        raise ValueError("its XML declares a document type")
