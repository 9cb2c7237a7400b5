"""A DNS server that forges answers to each question before it gives the true one: what somebody else on the network would send.

usage: python3 forger.py ADDRESS STRANGER

The first label of a question says which lies come first, in their order, with hyphens between them: `id` and `source`,
`question`, `port`; other words are no lies. `STRANGER` is where answers of another server come from.
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
    elif kind == "port":
        server.sendto(answer(query, LIE), (client[0], client[1] ^ 1) + client[2:])


server = socket.socket(socket.AF_INET6 if V6 else socket.AF_INET, socket.SOCK_DGRAM)
server.bind((ADDRESS, 53))
print("bound", flush=True)
while True:
    question, asker = server.recvfrom(65535)
    for word in question[13:13 + question[12]].decode("latin1").lower().split("-"):
        lie(word, question, asker)
    server.sendto(answer(question, TRUTH), asker)
