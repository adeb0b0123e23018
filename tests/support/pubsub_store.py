"""What Google Cloud Pub/Sub keeps and refuses, without HTTP: topics, subscriptions, messages and their limits.

Sources: the API reference (PubsubMessage, PublishRequest, "Quotas and limits", "Publish messages to topics", "Error
codes") and the constants of Google's Go client, as collected in the "uplink" facts, section 1.6. Google's emulator
enforces only some of them (section 3.1); this does all.
"""

import base64
import binascii
import json
import random
import re

MOST_REQUEST_BYTES = 10_000_000
MOST_MESSAGES = 1000
MOST_ATTRIBUTES = 100
LONGEST_KEY_BYTES = 256
LONGEST_VALUE_BYTES = 1024
LONGEST_ORDERING_KEY_BYTES = 1024
MESSAGE_FIELDS = {"data", "attributes", "orderingKey", "messageId", "publishTime"}
# "Guidelines to name a topic or a subscription".
RESOURCE_ID = re.compile(r"(?!goog)[A-Za-z][A-Za-z0-9._~+%-]{2,254}")

STATUS_CODES = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND",
                408: "DEADLINE_EXCEEDED", 409: "ALREADY_EXISTS", 413: "INVALID_ARGUMENT", 429: "RESOURCE_EXHAUSTED",
                499: "CANCELLED", 500: "INTERNAL", 502: "UNAVAILABLE", 503: "UNAVAILABLE", 504: "DEADLINE_EXCEEDED"}


class Refusal(Exception):
    def __init__(self, code, message, status=None):
        super().__init__(message)
        self.code, self.message = code, message
        self.status = status or STATUS_CODES.get(code, "UNKNOWN")

    def body(self):
        return {"error": {"code": self.code, "message": self.message, "status": self.status}}


def parse_json(body):
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        raise Refusal(400, "Invalid JSON payload received. Unexpected token.") from None
    if not isinstance(parsed, dict):
        raise Refusal(400, "Invalid JSON payload received. Expected an object.")
    return parsed


def decode_data(text):
    """protobuf's JSON mapping of bytes: either alphabet, with or without padding."""
    if not isinstance(text, str):
        raise Refusal(400, "Invalid value at 'messages.data' (TYPE_BYTES)")
    plain = text.replace("-", "+").replace("_", "/").rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except binascii.Error:
        raise Refusal(400, "Invalid value at 'messages.data' (TYPE_BYTES), Base64 decoding failed") from None


def check_attributes(attributes):
    if not isinstance(attributes, dict) or not all(isinstance(value, str) for value in attributes.values()):
        raise Refusal(400, "Invalid value at 'messages.attributes' (TYPE_STRING)")
    if len(attributes) > MOST_ATTRIBUTES:
        raise Refusal(400, f"A message has {len(attributes)} attributes, the maximum allowed is {MOST_ATTRIBUTES}.")
    for key, value in attributes.items():
        if not key or len(key.encode()) > LONGEST_KEY_BYTES:
            raise Refusal(400, f"An attribute key has {len(key.encode())} bytes, allowed are 1 to {LONGEST_KEY_BYTES}.")
        # "Attribute keys must not start with goog" ("Publish messages to topics", use attributes).
        if key.startswith("goog"):
            raise Refusal(400, f"The attribute key {key} begins with the reserved prefix goog.")
        if len(value.encode()) > LONGEST_VALUE_BYTES:
            raise Refusal(400, f"An attribute value has {len(value.encode())} bytes, "
                               f"the maximum allowed is {LONGEST_VALUE_BYTES}.")


def check_message(message):
    if not isinstance(message, dict):
        raise Refusal(400, "Invalid value at 'messages'")
    for field in message:
        if field not in MESSAGE_FIELDS:
            raise Refusal(400, f'Invalid JSON payload received. Unknown name "{field}" at \'messages\': '
                               "Cannot find field.")
    data = decode_data(message.get("data", ""))
    attributes = message.get("attributes", {})
    check_attributes(attributes)
    if not data and not attributes:
        raise Refusal(400, "Some messages are empty: a message needs data or at least one attribute.")
    key = message.get("orderingKey", "")
    if not isinstance(key, str) or len(key.encode()) > LONGEST_ORDERING_KEY_BYTES:
        raise Refusal(400, f"An ordering key is longer than {LONGEST_ORDERING_KEY_BYTES} bytes.")
    return {"data": data, "attributes": attributes, "ordering_key": key}


def check_publish(body):
    """The messages of a publish request, or the Refusal that it deserves."""
    if len(body) > MOST_REQUEST_BYTES:
        raise Refusal(400, f"Request payload size exceeds the limit: {MOST_REQUEST_BYTES} bytes.")
    request = parse_json(body)
    for field in request:
        if field != "messages":
            raise Refusal(400, f'Invalid JSON payload received. Unknown name "{field}": Cannot find field.')
    messages = request.get("messages", [])
    if not isinstance(messages, list) or not messages:
        raise Refusal(400, "The request contains no messages.")
    if len(messages) > MOST_MESSAGES:
        raise Refusal(400, f"The request contains {len(messages)} messages, the maximum allowed is {MOST_MESSAGES}.")
    checked = [check_message(message) for message in messages]
    # "All PubsubMessages published in a given PublishRequest must specify the same ordering_key value."
    if len({message["ordering_key"] for message in checked}) > 1:
        raise Refusal(400, "In a single publish request, all messages must have the same ordering key.")
    return checked


class Subscription:
    def __init__(self, topic, ordered, deadline_s):
        self.topic, self.ordered, self.deadline_s = topic, ordered, deadline_s
        self.waiting = []  # messages that are not acknowledged, in the order of their publishing
        self.leased_until = {}  # message id -> time
        self.deliveries = {}  # message id -> how often it was handed out


class Store:
    def __init__(self, now):
        self.now = now
        self.next_id = 1
        self.shuffle_seed = None
        self.forget()

    def forget(self):
        """All that is not on a disk: what a kill of the emulator does to it."""
        self.topics = {}  # name -> messages in the order of their publishing
        self.subscriptions = {}

    @staticmethod
    def check_name(name):
        if not RESOURCE_ID.fullmatch(name.rsplit("/", 1)[-1]):
            raise Refusal(400, f"Invalid resource name given (name={name}).")

    def create_topic(self, name):
        self.check_name(name)
        if name in self.topics:
            raise Refusal(409, f"Resource already exists in the project (resource={name}).")
        self.topics[name] = []

    def topic(self, name):
        if name not in self.topics:
            raise Refusal(404, f"Resource not found (resource={name.rsplit('/', 1)[-1]}).")
        return self.topics[name]

    def create_subscription(self, name, request):
        self.check_name(name)
        if name in self.subscriptions:
            raise Refusal(409, f"Resource already exists in the project (resource={name}).")
        self.topic(request.get("topic", ""))
        self.subscriptions[name] = Subscription(request["topic"], request.get("enableMessageOrdering", False),
                                                request.get("ackDeadlineSeconds", 10))

    def subscription(self, name):
        if name not in self.subscriptions:
            raise Refusal(404, f"Resource not found (resource={name.rsplit('/', 1)[-1]}).")
        return self.subscriptions[name]

    def publish(self, topic, messages):
        kept = self.topic(topic)
        ids = []
        for message in messages:
            stored = {**message, "id": str(self.next_id), "published_at": self.now()}
            self.next_id += 1
            ids.append(stored["id"])
            kept.append(stored)
            for subscription in self.subscriptions.values():
                if subscription.topic == topic:
                    subscription.waiting.append(stored)
        return ids

    def pull(self, name, most):
        subscription = self.subscription(name)
        now, pulled, busy_keys = self.now(), [], set()
        for message in subscription.waiting:
            key = message["ordering_key"]
            leased = subscription.leased_until.get(message["id"], 0) > now
            if leased and subscription.ordered and key:
                busy_keys.add(key)
            if leased or key in busy_keys or len(pulled) == most:
                continue
            pulled.append(message)
        for message in pulled:
            subscription.leased_until[message["id"]] = now + subscription.deadline_s
            subscription.deliveries[message["id"]] = subscription.deliveries.get(message["id"], 0) + 1
        if self.shuffle_seed is not None:
            random.Random(self.shuffle_seed).shuffle(pulled)
        return [(f"{message['id']}:{subscription.deliveries[message['id']]}", message) for message in pulled]

    def acknowledge(self, name, ack_ids):
        subscription = self.subscription(name)
        done = {ack_id.split(":")[0] for ack_id in ack_ids}
        subscription.waiting = [message for message in subscription.waiting if message["id"] not in done]

    def modify_deadline(self, name, ack_ids, seconds):
        subscription = self.subscription(name)
        for ack_id in ack_ids:
            subscription.leased_until[ack_id.split(":")[0]] = self.now() + seconds
