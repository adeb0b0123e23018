"""The checker itself: a rule that nothing can break is no rule."""

import unittest

import include_graph


class IncludeGraph(unittest.TestCase):
    def problems(self, path, *includes):
        return list(include_graph.check_file(path, "\n".join(f"#include {i}" for i in includes)))

    def test_allowed_includes_pass(self):
        self.assertEqual(self.problems("scene/cog.cpp", '"core/error.h"', "<gdal_priv.h>", "<vector>"), [])

    def test_a_forbidden_folder_is_named(self):
        self.assertIn("link may not include spool", self.problems("link/packets/m_pdu.cpp", '"spool/journal.h"')[0])

    def test_control_may_not_use_the_rest_of_the_daemon(self):
        self.assertEqual(len(self.problems("daemon/control/report.h", '"daemon/passes.h"')), 1)

    def test_a_library_outside_its_folder_is_refused(self):
        self.assertEqual(len(self.problems("daemon/main.cpp", "<sqlite3.h>")), 1)
        self.assertEqual(len(self.problems("daemon/main.cpp", "<gdal.h>")), 1)

    def test_json_stays_out_of_ordinary_headers(self):
        self.assertEqual(len(self.problems("scene/stac.h", "<nlohmann/json.hpp>")), 1)
        self.assertEqual(self.problems("scene/stac.cpp", "<nlohmann/json.hpp>"), [])

    def test_decoders_do_not_include_each_other(self):
        self.assertEqual(len(self.problems("decoders/avhrr3/x.cpp", '"decoders/msu_mr/y.h"')), 1)

    def test_an_include_that_is_not_from_the_root_is_refused(self):
        self.assertEqual(len(self.problems("scene/cog.cpp", '"cog.h"')), 1)


if __name__ == "__main__":
    unittest.main()
