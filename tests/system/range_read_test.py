"""One band of a scene over HTTP ranges with GDAL's /vsicurl: only that object and only its tiles are fetched."""

import http.server
import pathlib
import re
import shutil
import tempfile
import threading
import unittest

from osgeo import gdal

from station import SIMULATED_TLE, run

gdal.UseExceptions()


class RangeHandler(http.server.BaseHTTPRequestHandler):
    """A bucket: GET and HEAD of whole objects or of one range, and a log of what was asked."""

    protocol_version = "HTTP/1.1"
    root = None
    requests = []

    def log_message(self, *_):
        pass

    def answer(self, with_body):
        path = self.root / self.path.lstrip("/")
        if not path.is_file():
            self.requests.append((self.path, None, 0))
            self.send_error(404)
            return
        content = path.read_bytes()
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        end = len(content) - 1
        first, last = (int(asked[1]), min(int(asked[2] or end), end)) if asked else (0, end)
        body = content[first:last + 1]
        self.requests.append((self.path, (first, last) if asked else None, len(body) if with_body else 0))
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{last}/{len(content)}")
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if with_body:
            self.wfile.write(body)

    def do_GET(self):
        self.answer(True)

    def do_HEAD(self):
        self.answer(False)


class RangeRead(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="dl-range-"))
        cadus = cls.folder / "pass.cadu"
        run("downlink-sim", "make", "--spacecraft", "metop-b", "--start", "2026-05-12T08:57:00Z", "--duration", "180",
            "--tle", SIMULATED_TLE, "--output", cadus)
        cls.bucket = cls.folder / "bucket"
        run("downlink-process", "batch", "--spacecraft", "metop-b", "--input", cadus, "--output", cls.bucket, "--tle",
            SIMULATED_TLE)
        RangeHandler.root = cls.bucket
        cls.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), RangeHandler)
        threading.Thread(target=cls.server.serve_forever, daemon=True).start()

    @classmethod
    def tearDownClass(cls):
        cls.server.shutdown()
        cls.server.server_close()
        shutil.rmtree(cls.folder, ignore_errors=True)

    def test_one_tile_of_one_band_costs_one_object_and_its_tile(self):
        band = next(self.bucket.rglob("avhrr-3/**/band-4.tif"))
        name = band.relative_to(self.bucket).as_posix()
        RangeHandler.requests.clear()
        for key, value in (("GDAL_DISABLE_READDIR_ON_OPEN", "EMPTY_DIR"), ("CPL_VSIL_CURL_ALLOWED_EXTENSIONS", ".tif"),
                           ("GDAL_HTTP_MULTIRANGE", "NO")):
            gdal.SetConfigOption(key, value)
        remote = gdal.Open(f"/vsicurl/http://127.0.0.1:{self.server.server_port}/{name}")
        window = remote.GetRasterBand(1).ReadAsArray(512, 512, 512, 512)
        on_disk = gdal.Open(str(band))  # a band is valid only as long as its dataset
        local = on_disk.GetRasterBand(1)
        self.assertTrue((window == local.ReadAsArray(512, 512, 512, 512)).all())
        self.assertEqual({path for path, _, _ in RangeHandler.requests}, {f"/{name}"})
        self.assertTrue(all(asked is not None or size == 0 for _, asked, size in RangeHandler.requests))
        fetched = sum(size for _, _, size in RangeHandler.requests)
        metadata = local.GetMetadataItem("BLOCK_OFFSET_1_1", "TIFF"), local.GetMetadataItem("BLOCK_SIZE_1_1", "TIFF")
        tile_first, tile_size = int(metadata[0]), int(metadata[1])
        print(f"object {band.stat().st_size} bytes, tile {tile_size}, "
              f"fetched {fetched} in {len(RangeHandler.requests)} requests")
        # The header (16 KiB by default) and the tile, on the 16 KiB grid of /vsicurl.
        self.assertLessEqual(fetched, 2 * 16384 + tile_size + 2 * 16384)
        for _, asked, size in RangeHandler.requests:
            if size:
                in_header = asked[0] < 32768
                in_tile = asked[1] >= tile_first - 16384 and asked[0] < tile_first + tile_size + 16384
                self.assertTrue(in_header or in_tile, asked)


if __name__ == "__main__":
    unittest.main()
