"""A DNS server that forges answers to each question before it gives the true one: what somebody else on the network would send.

usage: python3 forger.py ADDRESS STRANGER

`early71` answers as the server would, but with a hop limit of 71; `alone71` does so and leaves the truth out.
The first label of a question says which lies come first, in their order, with hyphens between them: `id` and `source`,
`question`, `port`. Or it says what the true answer is: `private`, `private6`, `mixed`, `alias`, `looped`, `cut`, see ANSWERS. Other words mean nothing.
`STRANGER` is where answers of another server come from.
"""
import socket
import struct
import sys

ADDRESS, STRANGER = sys.argv[1:3]
TRUTH, LIE = bytes([192, 0, 2, 200]), bytes([198, 51, 100, 66])
V6 = ":" in ADDRESS


def answer(query, data, identity=None, question=None):
    asked = question or query[12:query.index(0, 12) + 5]
    header = struct.pack("!HHHHHH", struct.unpack("!H", query[:2])[0] if identity is None else identity, 0x8180, 1, 1, 0, 0)
    return header + asked + struct.pack("!HHHIH", 0xC00C, 1, 1, 60, len(data)) + data


def record(owner, kind, data):
    return owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


def wire_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


QNAME = b"\xc0\x0c"
LONG = wire_name("a" * 60 + "." + "b" * 60 + ".tracker.example")
ANSWERS = {  # `cut` and `looped`, which cannot be read, stand below
    "private": record(QNAME, 1, bytes([10, 1, 2, 3])),
    "private6": record(QNAME, 28, socket.inet_pton(socket.AF_INET6, "fd00::7")),
    "mixed": b"".join(record(QNAME, 1, bytes([203, 0, 113, i])) for i in range(9)) + record(QNAME, 1, bytes([192, 168, 0, 1])),
    "alias": record(QNAME, 5, wire_name("a.Tracker.example")) + record(wire_name("a.tracker.example"), 1, TRUTH),
    "aliases": record(QNAME, 5, wire_name("fine.example")) + record(wire_name("fine.example"), 5, LONG) + record(LONG, 1, TRUTH),
    "harmless": record(QNAME, 5, wire_name("fine.example")) + record(wire_name("fine.example"), 1, TRUTH),
}
COUNTS = {"mixed": 10, "alias": 2, "aliases": 3, "harmless": 2, "cut": 2}
EVERY = ANSWERS | {
    "looped": QNAME + struct.pack("!HHIH", 5, 1, 60, 2) + b"\xc0\xff",
    "cut": ANSWERS["private"],
}


def true_answer(query, words):
    for word in words:
        if word in EVERY:
            asked = query[12:query.index(0, 12) + 5]
            header = query[:2] + struct.pack("!HHHHH", 0x8180, 1, COUNTS.get(word, 1), 0, 0)
            return header + asked + EVERY[word]
    return answer(query, TRUTH)


def checksum(octets):
    octets += b"\0" * (len(octets) & 1)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def from_stranger(payload, client):
    """A packet with an address that is not ours."""
    family = socket.AF_INET6 if V6 else socket.AF_INET
    ends = socket.inet_pton(family, STRANGER) + socket.inet_pton(family, client[0])
    header = struct.pack("!HHHH", 53, client[1], 8 + len(payload), 0)
    udp = header[:6] + struct.pack("!H", checksum(ends + struct.pack("!II", 8 + len(payload), 17) + header + payload) or 0xFFFF) + payload
    if V6:
        packet = struct.pack("!IHBB", 6 << 28, len(udp), 17, 64) + ends + udp
        with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
            raw.sendto(packet, (client[0], 0))
        return
    packet = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0x1DE9, 0, 64, 17, 0) + ends + udp
    with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        raw.sendto(packet, (client[0], 0))


def lie(kind, query, client):
    if kind == "id":
        server.sendto(answer(query, LIE, struct.unpack("!H", query[:2])[0] ^ 0x0101), client)
    elif kind == "question":
        server.sendto(answer(query, LIE, question=b"\5other" + query[12:query.index(0, 12) + 5]), client)
    elif kind == "source":
        from_stranger(answer(query, LIE), client)
    elif kind[:5] in ("early", "alone"):
        hops = (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS) if V6 else (socket.IPPROTO_IP, socket.IP_TTL)
        server.setsockopt(*hops, int(kind[5:]))
        server.sendto(answer(query, LIE), client)
        server.setsockopt(*hops, 64)
    elif kind == "port":
        server.sendto(answer(query, LIE), (client[0], client[1] ^ 1) + client[2:])


server = socket.socket(socket.AF_INET6 if V6 else socket.AF_INET, socket.SOCK_DGRAM)
server.bind((ADDRESS, 53))
print("bound", flush=True)
while True:
    question, asker = server.recvfrom(65535)
    said = question[13:13 + question[12]].decode("latin1").lower().split("-")
    for word in said:
        lie(word, question, asker)
    if not any(word.startswith("alone") for word in said):
        server.sendto(true_answer(question, said), asker)
