#!/usr/bin/python3
"""Draws the pictures of the pages of archived instruments: where the archives of a pass lie, which packets came when.

    draw_archive.py INSTRUMENT_FOLDER PICTURE.png

INSTRUMENT_FOLDER is what `downlink-process batch` wrote for one instrument of one pass (metop-b/iasi). It takes
python3-pil.
"""
import json
import sys
from datetime import datetime
from pathlib import Path

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 720, 300
MAP = (10, 10, 290, 290)
ROWS = (370, 24, 710, 280)
SLOTS = ("#2b6cb0", "#c05621", "#2f855a", "#6b46c1")
GRID, INK, BAD = "#d5d9de", "#30363d", "#c53030"


def lines_of(geometry):
    """The outline as lists of [longitude, latitude]."""
    if geometry["type"] == "LineString":
        return [geometry["coordinates"]]
    polygons = [geometry["coordinates"]] if geometry["type"] == "Polygon" else geometry["coordinates"]
    return [ring for polygon in polygons for ring in polygon]


def draw_map(draw, items):
    """Plate carree with the same scale either way, a line every 10 degrees."""
    points = [point for item in items for line in lines_of(item["geometry"]) for point in line]
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    span = max(east - west, north - south) * 1.08
    scale = (MAP[2] - MAP[0]) / span
    left, top = (west + east - span) / 2, (south + north + span) / 2

    def place(longitude, latitude):
        return MAP[0] + (longitude - left) * scale, MAP[1] + (top - latitude) * scale

    for degrees in range(-180, 181, 10):
        if left < degrees < left + span:
            x = place(degrees, 0)[0]
            draw.line([(x, MAP[1]), (x, MAP[3])], GRID)
            draw.text((x + 2, MAP[3] - 12), f"{degrees}E", INK)
        if top - span < degrees < top:
            y = place(0, degrees)[1]
            draw.line([(MAP[0], y), (MAP[2], y)], GRID)
            draw.text((MAP[0] + 2, y - 12), f"{degrees}N", INK)
    for number, item in enumerate(items):
        for line in lines_of(item["geometry"]):
            draw.line([place(*point[:2]) for point in line], SLOTS[number % len(SLOTS)], 2)
    draw.rectangle(MAP, outline=INK)


def draw_packets(draw, slots):
    """A row for each APID, a mark for each packet; the lower half of a row for those whose checksum is wrong."""
    packets = [(number, packet) for number, slot in enumerate(slots) for packet in slot]
    times = [datetime.fromisoformat(packet["time"]) for _, packet in packets]
    apids = sorted({packet["apid"] for _, packet in packets if packet["verified"]})
    first, last = min(times), max(times)
    duration_s = max((last - first).total_seconds(), 1)
    height = min((ROWS[3] - ROWS[1]) / len(apids), 40)
    for row, apid in enumerate(apids):
        draw.text((ROWS[0] - 58, ROWS[1] + row * height + height / 2 - 6), f"APID {apid}", INK)
    for (number, packet), time in zip(packets, times):
        if packet["apid"] not in apids:
            continue
        x = ROWS[0] + (ROWS[2] - ROWS[0]) * (time - first).total_seconds() / duration_s
        top = ROWS[1] + apids.index(packet["apid"]) * height + 2
        half = top + height / 2 - 2
        if packet["verified"]:
            draw.line([(x, top), (x, half)], SLOTS[number % len(SLOTS)])
        else:
            draw.line([(x, half), (x, half + height / 2 - 4)], BAD, 2)
    draw.text((ROWS[0], ROWS[1] - 14), f"{first:%H:%M:%S}", INK)
    draw.text((ROWS[2] - 50, ROWS[1] - 14), f"{last:%H:%M:%S}", INK)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    folders = sorted(path.parent for path in Path(sys.argv[1]).rglob("item.json"))
    items = [json.loads((folder / "item.json").read_text()) for folder in folders]
    slots = [[json.loads(line) for line in (folder / "packets.jsonl").read_text().splitlines()] for folder in folders]
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(picture)
    draw_map(draw, items)
    draw_packets(draw, slots)
    picture.quantize(32).save(sys.argv[2], optimize=True)


if __name__ == "__main__":
    main()
