"""What is to go wrong at gcs_double.py, and when: a queue of faults, and the "retry tests" of Google's testbench.

A retry test is made by POST /retry_test {"instructions": {"storage.objects.insert": ["return-503", ...]}}; each request
with the header x-retry-test-id takes the first instruction of its method. The names are the testbench's (its README,
"Forced Failures Supported"), so that what is said of Google's retry conformance tests can be said of ours:
    return-X                                   answer X without doing anything
    return-X-after-YK                          keep the first Y KiB of the upload, then answer X
    return-reset-connection                    reset the connection
    return-broken-stream-final-chunk-after-YB  reset the connection after Y bytes of the chunk that ends the upload
    stall-for-Ts-after-YK                      wait T seconds when the upload has Y KiB
The methods: storage.objects.insert (everything about an upload), .get, .list and .delete, storage.buckets.get.
"""

import re
import threading
import uuid

METHODS = {"initiate": "storage.objects.insert", "data": "storage.objects.insert", "query": "storage.objects.insert",
           "finish": "storage.objects.insert", "metadata": "storage.objects.get", "media": "storage.objects.get",
           "list": "storage.objects.list", "delete": "storage.objects.delete", "bucket": "storage.buckets.get"}
KIB = 1024

STATUS = re.compile(r"return-(\d{3})(?:-after-(\d+)K)?$")
BROKEN_STREAM = re.compile(r"return-broken-stream-final-chunk-after-(\d+)B$")
STALL = re.compile(r"stall-for-(\d+)s-after-(\d+)K$")


class Faults:
    """As gcs_double.py describes them, in the order in which they were given."""

    def __init__(self):
        self.queue = []
        self.lock = threading.Lock()

    def add(self, faults):
        with self.lock:
            self.queue += faults

    def clear(self):
        with self.lock:
            self.queue = []

    def take(self, kind, path):
        with self.lock:
            for fault in self.queue:
                if fault.get("kind", kind) != kind or fault.get("contains", "") not in path:
                    continue
                if fault.get("skip", 0) > 0:
                    fault["skip"] -= 1
                    continue
                fault["times"] = fault.get("times", 1) - 1
                if fault["times"] == 0:
                    self.queue.remove(fault)
                return fault
        return {}


class UnknownInstruction(ValueError):
    pass


class Chunk:
    """Of a data request: where it begins in the upload, its size, what the upload has already, its whole size."""

    def __init__(self, first, size, persisted, total):
        self.first, self.size, self.persisted, self.total = first, size, persisted, total

    def reaches(self, offset):
        return self.persisted < offset <= self.first + self.size

    def ends_the_upload(self):
        return self.total is not None and self.first + self.size == self.total


def fault_of(instruction, chunk):
    """The fault that an instruction is for this request; None when it is not for it but for a later one."""
    if instruction == "return-reset-connection":
        return {"reset_after_bytes": 0}
    if match := STATUS.match(instruction):
        if match[2] is None:
            return {"status": int(match[1])}
        offset = int(match[2]) * KIB
        if chunk is None or not chunk.reaches(offset):
            return None
        return {"status": int(match[1]), "after": True, "commit_bytes": offset - chunk.persisted}
    if match := BROKEN_STREAM.match(instruction):
        if chunk is None or not chunk.ends_the_upload():
            return None
        return {"reset_after_bytes": int(match[1])}
    if match := STALL.match(instruction):
        if chunk is None or not chunk.reaches(int(match[2]) * KIB):
            return None
        return {"delay_s": int(match[1])}
    raise UnknownInstruction(instruction)


class RetryTests:
    def __init__(self):
        self.tests = {}
        self.lock = threading.Lock()

    def add(self, instructions):
        """Its id. UnknownInstruction for what would never strike."""
        for method, names in instructions.items():
            if method not in METHODS.values():
                raise UnknownInstruction(method)
            for name in names:
                fault_of(name, None)
        made = uuid.uuid4().hex
        with self.lock:
            self.tests[made] = {method: list(names) for method, names in instructions.items()}
        return made

    def resource(self, test_id):
        with self.lock:
            left = self.tests[test_id]
            return {"id": test_id, "instructions": {method: list(names) for method, names in left.items() if names},
                    "transport": "HTTP", "completed": not any(left.values())}

    def remove(self, test_id):
        with self.lock:
            del self.tests[test_id]

    def take(self, test_id, kind, chunk):
        with self.lock:
            left = self.tests.get(test_id, {}).get(METHODS.get(kind), [])
            fault = fault_of(left[0], chunk) if left else None
            if fault is None:
                return {}
            left.pop(0)
            return fault
