"""What a page of `dagmem report` holds, read as reports/pack.h says.

page_data.profiles(path): a list of profiles, each a dict with "document" and
"columns", whose texts are resolved.
"""
import base64
import gzip
import html.parser
import json
import struct

NOT_KNOWN = 2**64 - 1


class Page(html.parser.HTMLParser):
    """The elements of class "data", and everything a browser could load or run."""

    LOADS = {"src", "href", "srcset", "data", "poster", "action", "formaction", "background"}

    def __init__(self):
        super().__init__()
        self.data, self.scripts, self.loads, self.elements = [], [], [], []
        self.inside = None

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.elements.append(tag)
        self.loads += [f"{tag} {name}={value}" for name, value in attributes.items()
                       if name in self.LOADS or name.startswith("on")]
        if tag == "script":
            self.inside = self.data if attributes.get("class") == "data" else self.scripts
            self.inside.append("")
        elif tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy":
            self.policy = attributes["content"]

    def handle_endtag(self, tag):
        if tag == "script":
            self.inside = None

    def handle_data(self, text):
        if self.inside is not None:
            self.inside[-1] += text


def numbers(kind, data, count):
    """The numbers of one column."""
    if kind == "f":
        return list(struct.unpack(f"<{count}d", data)), b""
    values, at, before = [], 0, 0
    for _ in range(count):
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        if kind != "u":
            value = -(value + 1) // 2 if value % 2 else value // 2
        if kind == "d":
            value = before = (before + value) % 2**64
        values.append(value)
    return values, data[at:]


# Columns of texts, by the ends of their names; "node" is a number for the DAG.
TEXTS = {"function", "file", "module", "source", "label", "name", "unknown", "text", "lost_by", "suppressed_by",
         "unjudged", "unit"}


def profile(text):
    packed = gzip.decompress(base64.b64decode(text, validate=True))
    if packed[:4] != b"DGMR":
        raise ValueError("no data of dagmem")
    length, = struct.unpack("<I", packed[4:8])
    document = json.loads(packed[8:8 + length].decode("utf-8", "strict"))
    columns = {}
    for name, (kind, first, size, count) in document["columns"].items():
        start = 8 + length + first
        values, rest = numbers(kind, packed[start:start + size], count)
        if rest:
            raise ValueError(f"column {name}: {len(rest)} bytes are left")
        if name.rsplit(".", 1)[-1] in TEXTS:
            values = [document["texts"][value - 1] if value else None for value in values]
        columns[name] = values
    return {"document": document, "columns": columns}


def read(path):
    page = Page()
    with open(path, encoding="utf-8") as file:
        page.feed(file.read())
    return page


def profiles(path):
    return [profile(text) for text in read(path).data]
