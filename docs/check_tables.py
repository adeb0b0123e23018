"""Every shipped calibration table keeps docs/formats/calibration-table.schema.json, and its hashes are those of its
folder's tables.sha256.

    check_tables.py SOURCE TABLE_LOCK

TABLE_LOCK is the program that writes the hashes. Exits 77 where python3-jsonschema is missing.
"""

import json
import pathlib
import shutil
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("python3-jsonschema is not there")
    sys.exit(77)

# A table that must not pass, made from one that does: a schema that accepts everything would be found out.
DAMAGES = {
    "a row without a source": lambda table: table["rows"][0].pop("source"),
    "an axis that is not stated": lambda table: table["rows"][0]["config"].pop("detector"),
    "a member that nobody knows": lambda table: table["rows"][0].update(remark="x"),
    "a time model that nobody knows": lambda table: table.update(time_model="spline"),
    "a time that is none": lambda table: table["rows"][0].update(valid_from="12 May 2026"),
    "a fit without its launch": lambda table: table.update(time_model="poly_since_launch"),
}


def check_schema(validator, files):
    problems = []
    for file in files:
        for error in validator.iter_errors(json.loads(file.read_text())):
            place = "/".join(str(step) for step in error.absolute_path)
            problems.append(f"{file}: {place}: {error.message}")
    whole = next(table for table in map(lambda file: json.loads(file.read_text()), files) if table["rows"])
    for name, damage in DAMAGES.items():
        damaged = json.loads(json.dumps(whole))
        damage(damaged)
        if validator.is_valid(damaged):
            problems.append(f"the schema accepts {name}")
    return problems


def check_locks(folders, table_lock):
    problems = []
    for folder in folders:
        with tempfile.TemporaryDirectory() as copy:
            for file in folder.glob("*.json"):
                shutil.copy(file, copy)
            made = subprocess.run([table_lock, copy], capture_output=True, text=True, check=False)
            lock = folder / "tables.sha256"
            if made.returncode != 0:
                problems.append(made.stderr)
            elif not lock.exists() or lock.read_text() != (pathlib.Path(copy) / "tables.sha256").read_text():
                problems.append(f"{lock} is not that of its tables: build the target 'calibration-table-locks'")
    return problems


def main(source, table_lock):
    schema = json.loads((source / "docs/formats/calibration-table.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    files = sorted(source.glob("decoders/*/tables/*.json"))
    folders = sorted({file.parent for file in files})
    problems = check_schema(jsonschema.Draft7Validator(schema), files) + check_locks(folders, table_lock)
    for problem in problems:
        print(problem)
    print(f"{len(files)} tables in {len(folders)} folders, {len(problems)} problems")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), sys.argv[2]))
