"""Makes headers.bin.gz: odd but mostly legal picture files, and how Pillow reads them.

    python headers.py        (Pillow 13.0.0; no other package)

Each record: width, height (u16 each, before an orientation), orientation (u8; 0 if Pillow refuses the
file), CRC-32 of the pixels over white (u32; of BMP alone), length of the file (u32), the file. All
numbers are little-endian. The seed is fixed, so a second run makes the same file.
"""
import gzip
import io
import random
import struct
import warnings
import zlib
from pathlib import Path

from PIL import Image, ImageOps

COUNTS = {"jpeg": 1000, "png": 900, "webp": 500, "gif": 300, "avif": 200, "bmp": 700}
RANDOM = random.Random(13)
WIDTH, HEIGHT = 7, 5
EXIF = b"Exif\0\0"
XMP_ID = b"http://ns.adobe.com/xap/1.0/\0"
UNITS = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}


def chance(share: float) -> bool:
    return RANDOM.random() < share


def some(most: int) -> bytes:
    return RANDOM.randbytes(RANDOM.randint(0, most))


def base(kind: str, size: tuple[int, int] = (WIDTH, HEIGHT), **options) -> bytes:
    image = Image.new("RGB", size, (200, 30, 40))
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


# ---- EXIF and XMP ----

def number(kind: int, end: str, value: int) -> bytes:
    forms = {3: "H", 4: "L", 6: "b", 8: "h", 9: "l", 11: "f", 12: "d", 13: "L", 16: "Q"}
    if kind in (5, 10):
        part = RANDOM.choice([1, 1, 2, 3])
        return struct.pack(end + ("LL" if kind == 5 else "ll"), value * part, part)
    if kind in forms:
        return struct.pack(end + forms[kind], value)
    return bytes([value]) if chance(0.5) else str(value).encode()


def tiff() -> bytes:
    little = chance(0.6)
    end = "<" if little else ">"
    mark = RANDOM.choices([b"II*\0" if little else b"MM\0*", b"II\0*" if little else b"MM*\0",
                           b"II+\0" if little else b"MM\0+", some(4)], [90, 5, 2, 3])[0]
    gap = some(6) if chance(0.3) else b""
    count = RANDOM.randint(0, 5)
    entries, later = [], b""
    begin = 8 + len(gap) + 2 + count * 12 + 4
    for _ in range(count):
        tag = RANDOM.choices([0x112, 0x10F, 0x11A, 0x128, 0x8769, 0x213, RANDOM.randrange(65536)],
                             [50, 10, 8, 8, 5, 5, 14])[0]
        kind = RANDOM.choices([3, 4, RANDOM.randrange(18)], [50, 20, 30])[0]
        items = RANDOM.choices([1, 2, 0, 3, 200], [80, 8, 4, 6, 2])[0]
        value = b"".join(number(kind, end, RANDOM.randint(0, 9)) for _ in range(max(1, items)))
        if kind in UNITS and items * UNITS[kind] <= 4 and chance(0.95):
            field = value[:4].ljust(4, b"\0")
        else:
            place = begin + len(later)
            if chance(0.12):
                place += RANDOM.choice([1, 40, 4000, -6, -9])
            field = struct.pack(end + "L", max(0, place))
            later += value
        entries.append(struct.pack(end + "HHL", tag, kind, items) + field)
    if chance(0.7):
        entries.sort()
    stated = count if chance(0.93) else RANDOM.choice([0, max(0, count - 1), count + 1, 300])
    whole = mark + struct.pack(end + "L", 8 + len(gap)) + gap + struct.pack(end + "H", stated)
    whole += b"".join(entries) + struct.pack(end + "L", 0) + later
    return whole if chance(0.9) else whole[:RANDOM.randint(0, len(whole))]


def exif() -> bytes:
    return EXIF * RANDOM.choices([0, 1, 2, 3], [70, 20, 7, 3])[0] + tiff()


def xmp() -> bytes:
    digit = RANDOM.randint(0, 9)
    return RANDOM.choice([
        b'<x:xmpmeta><rdf:Description tiff:Orientation="%d"/></x:xmpmeta>' % digit,
        b"<tiff:Orientation>%d</tiff:Orientation>" % digit,
        b"<tiff:Orientation >%d</tiff:Orientation>" % digit,
        b"<tiff:Orientation='%d'/>" % digit,
        b'<a tiff:Orientation="x"/><b tiff:Orientation="%d"/><c tiff:Orientation="3"/>' % digit,
        b"<nothing/>", b"",
    ])


# ---- formats ----

JPEGS = [base("JPEG"), base("JPEG", progressive=True), base("JPEG", quality=95, subsampling=0)]


def jpeg() -> bytes:
    rest = RANDOM.choice(JPEGS)
    rest = rest[4 + struct.unpack(">H", rest[4:6])[0]:]  # without SOI and APP0
    parts = []
    for _ in range(RANDOM.randint(0, 5)):
        kind = RANDOM.choices(["jfif", "exif", "xmp", "app", "com", "junk", "fill", "zero"],
                              [15, 35, 15, 10, 5, 8, 6, 6])[0]
        if kind == "junk":
            parts.append(bytes(RANDOM.choice(range(255)) for _ in range(RANDOM.choice([1, 18, 26, 60]))))
        elif kind == "fill":
            parts.append(b"\xff" * RANDOM.randint(1, 9))
        elif kind == "zero":
            parts.append(b"\xff\0" + b"\0" * RANDOM.randint(0, 3))
        else:
            marker, content = {
                "jfif": (0xE0, b"JFIF\0\1\1" + RANDOM.choice([b"\0\0\1\0\1", b"\1\0\x48\0\x48"]) + b"\0\0"),
                "exif": (0xE1, EXIF + exif()),
                "xmp": (0xE1, XMP_ID + xmp()),
                "app": (RANDOM.choice([0xE1, 0xE2, 0xED, 0xEF]), some(40)),
                "com": (0xFE, some(30)),
            }[kind]
            parts.append(bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content)
    tail = b"" if chance(0.7) else some(50)
    return b"\xff\xd8" + (parts and parts[0][:1] != b"\xff" and b"\xff\xfe\0\2" or b"") + b"".join(parts) + rest + tail


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">L", len(content)) + name + content + struct.pack(">L", zlib.crc32(name + content))


def text(key: bytes, value: bytes) -> bytes:
    kind = RANDOM.choice(["tEXt", "zTXt", "iTXt", "iTXt-z"])
    if kind == "tEXt":
        return chunk(b"tEXt", key + b"\0" + value)
    if kind == "zTXt":
        return chunk(b"zTXt", key + b"\0\0" + zlib.compress(value))
    packed = kind == "iTXt-z"
    return chunk(b"iTXt", key + (b"\0\1\0" if packed else b"\0\0\0") + b"en\0key\0" + (zlib.compress(value) if packed else value))


def raw_profile() -> bytes:
    digits = exif().hex()
    lines = [digits[i:i + 72] for i in range(0, len(digits), 72)]
    return ("\nexif\n%8d\n" % (len(digits) // 2) + "\n".join(lines) + "\n").encode()


def png_extra() -> bytes:
    kind = RANDOM.choices(["exif", "raw", "xmp", "text-exif", "text", "own"], [40, 20, 20, 4, 8, 8])[0]
    if kind == "exif":
        return chunk(b"eXIf", exif())
    if kind == "raw":
        return text(b"Raw profile type exif", raw_profile())
    if kind == "xmp":
        return text(b"XML:com.adobe.xmp", xmp())
    if kind == "text-exif":
        return chunk(b"tEXt", b"exif\0" + exif())
    if kind == "text":
        return text(b"Comment", b"tiff:Orientation=\"6\"")
    return chunk(RANDOM.choice([b"abCd", b"orNT", b"tIME"]), some(20))


def png() -> bytes:
    header = struct.pack(">LLBBBBB", WIDTH, HEIGHT, 8, 2, 0, 0, 0)
    raw = (b"\0" + b"\xc8\x1e\x28" * WIDTH) * HEIGHT
    data = zlib.compress(raw)
    cut = RANDOM.randint(0, len(data))
    frames = RANDOM.choices([None, 1, 2], [75, 10, 15])[0]
    first = frames is not None and chance(0.5)
    control = lambda n: chunk(b"fcTL", struct.pack(">LLLLLHHBB", n, WIDTH, HEIGHT, 0, 0, 1, 10, 0, 0))
    before = [png_extra() for _ in range(RANDOM.choice([0, 0, 1, 2]))]
    after = [png_extra() for _ in range(RANDOM.choice([0, 1, 1, 2]))]
    if frames is not None:
        before.insert(RANDOM.randint(0, len(before)), chunk(b"acTL", struct.pack(">LL", frames, 0)))
        sequence = 0
        if first:
            before.append(control(0))
            sequence = 1
        for _ in range(frames - (1 if first else 0)):
            at = RANDOM.randint(0, len(after))
            after[at:at] = [control(sequence), chunk(b"fdAT", struct.pack(">L", sequence + 1) + data)]
            sequence += 2
            break
    body = chunk(b"IDAT", data[:cut]) + chunk(b"IDAT", data[cut:]) if chance(0.5) else chunk(b"IDAT", data)
    end = RANDOM.choices([chunk(b"IEND", b"") + some(20), b"", b"\0\0\0\0IEN"], [85, 10, 5])[0]
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(before) + body + b"".join(after) + end


WEBPS = [base("WEBP", lossless=True)[12:], base("WEBP")[12:]]


def webp() -> bytes:
    image = RANDOM.choice(WEBPS)
    riff = lambda name, content: name + struct.pack("<L", len(content)) + content + b"\0" * (len(content) & 1)
    flags = RANDOM.choices([0x0C, 0x08, 0x04, 0x00, 0x2C], [60, 15, 15, 8, 2])[0]
    extras = []
    for _ in range(RANDOM.randint(0, 3)):
        extras.append(RANDOM.choice([lambda: riff(b"EXIF", exif()), lambda: riff(b"XMP ", xmp()), lambda: riff(b"abcd", some(9))])())
    parts = extras + [image] if chance(0.2) else [image, *extras]
    if chance(0.9):
        parts.insert(0, riff(b"VP8X", bytes([flags, 0, 0, 0]) + struct.pack("<L", WIDTH - 1)[:3] + struct.pack("<L", HEIGHT - 1)[:3]))
    body = b"WEBP" + b"".join(parts)
    size = len(body)
    if chance(0.06) and extras:
        size -= RANDOM.choice([len(parts[-1]), 2])
    return b"RIFF" + struct.pack("<L", size) + body + (some(9) if chance(0.1) else b"")


GIF = base("GIF")


def gif() -> bytes:
    at = 13 + (6 << (GIF[10] & 7) if GIF[10] & 128 else 0)
    table, rest = GIF[13:at], GIF[at:]
    picture = rest[rest.index(b","):]
    flags = GIF[10]
    screen = RANDOM.choice([(WIDTH, HEIGHT), (0, 0), (2, 2), (40, 3), (3, 40), (60, 50), (0, 9)])
    offset = RANDOM.choice([(0, 0), (0, 0), (3, 2), (30, 1)])
    picture = b"," + struct.pack("<HH", *offset) + picture[5:]
    extras = []
    for _ in range(RANDOM.randint(0, 3)):
        extras.append(RANDOM.choice([
            b"!\xf9\4" + bytes([RANDOM.choice([0, 1, 4, 8, 9])]) + b"\x0a\0\0\0",
            b"!\xfe\5hello\0", b"!\xfe\0", b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0",
            b"!\x01\x0c" + bytes(12) + b"\2ab\0", b"\0", b"!\xff\x0bXMP DataXMP\5,,,,,\0",
        ]))
    more = picture[:-1] + picture if chance(0.3) else picture
    return RANDOM.choice([b"GIF89a", b"GIF87a"]) + struct.pack("<HH", *screen) + bytes([flags, 0, 0]) + table + b"".join(extras) + more


AVIFS = {}
ANIMATED = (Path(__file__).parents[2] / "image/field/avif-animated/avif-animated.avif").read_bytes()


def avif() -> bytes:
    if chance(0.1):
        return ANIMATED[:8] + RANDOM.choice([b"avis", b"avif", b"mif1", b"msf1"]) + ANIMATED[12:]
    turn = RANDOM.choice([None, 1, 2, 3, 4, 5, 6, 7, 8])
    other = RANDOM.choice([None, None, 0x10F])
    digit = RANDOM.randint(0, 9) if chance(0.5) else None
    key = turn, other, digit
    if key not in AVIFS:
        tags = Image.Exif()
        if turn is not None:
            tags[0x112] = turn
        if other is not None:
            tags[other] = "maker"
        options = {"exif": tags} if turn is not None or other is not None else {}
        if digit is not None:
            options["xmp"] = b'<a tiff:Orientation="%d"/>' % digit
        AVIFS[key] = base("AVIF", (32, 16), **options)
    file = bytearray(AVIFS[key])
    for name, values in (b"irot", [0, 1, 2, 3]), (b"imir", [0, 1]):
        at = file.find(name)
        if at > 0 and chance(0.5):
            file[at + 4] = RANDOM.choice(values)
    return bytes(file)


def runs(bits: int) -> bytes:
    out = b""
    for _ in range(HEIGHT):
        left = WIDTH
        while left > 0:
            length = min(left, RANDOM.randint(1, 7))
            if length >= 3 and chance(0.4):
                content = RANDOM.randbytes(length if bits == 8 else (length + 1) // 2)
                out += bytes([0, length]) + content + b"\0" * (len(content) & 1)
            elif chance(0.1):
                out += bytes([0, 2, length, 0])
            else:
                out += bytes([length + (3 if chance(0.1) else 0), RANDOM.randrange(256)])
            left -= length
        out += b"\0\0" if chance(0.9) else b""
    return out + b"\0\1"


def bmp() -> bytes:
    size = RANDOM.choice([12, 40, 40, 40, 52, 56, 64, 108, 124])
    bits = RANDOM.choice([1, 4, 8, 16, 24, 32])
    compression = 0 if size == 12 else RANDOM.choices([0, 1, 2, 3], [60, 10, 10, 20])[0]
    if compression in (1, 2):
        bits = 8 if compression == 1 else 4
    if compression == 3:
        bits = RANDOM.choice([16, 24, 32, 32])
    down = size != 12 and chance(0.3)
    colours = RANDOM.choice([0, 0, 2, 5, 1 << bits]) if bits <= 8 else RANDOM.choice([0, 0, 3])
    stated = 0 if size == 12 else colours
    masks = b""
    if compression == 3:
        layouts = {16: [(0xF800, 0x7E0, 0x1F), (0x7C00, 0x3E0, 0x1F)], 24: [(0xFF0000, 0xFF00, 0xFF)], 32: [
            (0xFF0000, 0xFF00, 0xFF, 0), (0xFF000000, 0xFF0000, 0xFF00, 0), (0xFF000000, 0xFF00, 0xFF, 0),
            (0xFF000000, 0xFF0000, 0xFF00, 0xFF), (0xFF, 0xFF00, 0xFF0000, 0xFF000000),
            (0xFF0000, 0xFF00, 0xFF, 0xFF000000), (0xFF000000, 0xFF00, 0xFF, 0xFF0000), (0, 0, 0, 0)]}
        layout = RANDOM.choice(layouts[bits]) if chance(0.95) else (0xFF, 0xFF00, 0xF0000)
        masks = struct.pack("<LLLL", *(tuple(layout) + (0,))[:4])
    if size == 12:
        header = struct.pack("<LHHHH", 12, WIDTH, HEIGHT, 1, bits)
    else:
        header = struct.pack("<LlLHHLLLLLL", size, WIDTH, (2**32 - HEIGHT) if down else HEIGHT, 1, bits, compression,
                             0, 2835, 2835, stated, 0)
        extra = masks.ljust(size - 40, b"\0")[:size - 40] if size > 40 else masks[:12]
        header += extra
    step = 3 if size == 12 else 4
    entries = (1 << bits if stated == 0 else stated) if bits <= 8 else stated
    # Pillow takes a black and white palette for one bit a pixel, whatever the header says.
    grey = chance(0.2) and not (bits > 1 and entries == 2)
    palette = b"".join((bytes([i * 255 // max(1, entries - 1)] * 3) if grey else RANDOM.randbytes(3)) + b"\0" * (step - 3)
                       for i in range(entries))
    stride = (WIDTH * bits + 31) // 32 * 4
    pixels = runs(bits) if compression in (1, 2) else RANDOM.randbytes(stride * HEIGHT)
    gap = some(5) if chance(0.1) else b""
    offset = 14 + len(header) + len(palette) + len(gap)
    if not gap and bits <= 8 and chance(0.15):
        offset = 0
    elif chance(0.05):
        offset = 14 + size
    elif chance(0.05):
        offset = RANDOM.choice([0, 10, 14, 20, 50])
    file = b"BM" + struct.pack("<LHHL", 0, 0, 0, offset) + header + palette + gap + pixels
    return file if chance(0.95) else file[:-RANDOM.randint(1, 20)]


# ---- Pillow's reading ----

def read(kind: str, file: bytes) -> tuple[int, int, int, int]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = Image.open(io.BytesIO(file), formats=[kind.upper()] + (["MPO"] if kind == "jpeg" else []))
            width, height = image.size
            upright = ImageOps.exif_transpose(image)
            orientation = image.getexif().get(0x112, 1)
            if orientation not in (1, 2, 3, 4, 5, 6, 7, 8):
                orientation = 1
            seen = 0
            if kind == "bmp":
                if upright.mode == "RGBA":
                    upright = Image.alpha_composite(Image.new("RGBA", upright.size, (255,) * 4), upright)
                seen = zlib.crc32(upright.convert("RGB").tobytes())
            return width, height, int(orientation), seen
    except Exception:
        return 0, 0, 0, 0


def main() -> None:
    out, refused = io.BytesIO(), {}
    for kind, count in COUNTS.items():
        for _ in range(count):
            file = globals()[kind]()
            width, height, orientation, seen = read(kind, file)
            refused[kind] = refused.get(kind, 0) + (orientation == 0)
            out.write(struct.pack("<HHBLL", width, height, orientation, seen, len(file)) + file)
    packed = gzip.compress(out.getvalue(), 9, mtime=0)
    (Path(__file__).parent / "headers.bin.gz").write_bytes(packed)
    print(f"{len(packed):,} bytes; refused by Pillow: {refused} of {COUNTS}")


if __name__ == "__main__":
    main()
