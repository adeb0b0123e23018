"""What a station that decodes hands over: the transfer frames in CADUs."""

CADU_BYTES = 1024
FRAME_BYTES = 892


def decoded(cadus):
    """The transfer frames in undamaged CADUs: no marker, no randomizer (CCSDS 131.0-B 8.4.1), no parity."""
    bits, register = [], 0xFF
    for _ in range(255 * 8):
        bits.append(register >> 7)
        new = (register >> 7 ^ register >> 4 ^ register >> 2 ^ register) & 1
        register = (register << 1 | new) & 0xFF
    sequence = bytes(int("".join(map(str, bits[at:at + 8])), 2) for at in range(0, len(bits), 8))
    mask = int.from_bytes((sequence * 4)[:FRAME_BYTES], "big")
    frames = []
    for at in range(4, len(cadus), CADU_BYTES):
        frame = int.from_bytes(cadus[at:at + FRAME_BYTES], "big") ^ mask
        frames.append(frame.to_bytes(FRAME_BYTES, "big"))
    return b"".join(frames)
