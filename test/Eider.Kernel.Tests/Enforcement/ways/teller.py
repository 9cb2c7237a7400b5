"""A DNS server over TCP that cuts and mixes what it sends in every way that a server can.

usage: python3 teller.py ADDRESS

The first label of a question says what the answer is, see contents.py, and how it is sent:
`octets` one by one; `prefix` its length apart; `halves`; `last` behind others in one segment; `straddling` with the end of another;
`later` behind another in a segment of its own, `earlier` before it; `overtaken` its end before its beginning, `smuggled` before the beginning of a harmless one; `urgent` with an urgent octet in the middle;
`twin` after a harmless one under the same sequence numbers that the receiver does not take, because its checksum is wrong, `twins` so
too behind another answer; `again` after its first half, which the receiver has then; `changed` after a harmless one that lacks its last octet, spoilt.
"""
import socket
import struct
import sys

from contents import TRUTH, answer, true_answer, words_of
from crafted import send_tcp

ADDRESS = sys.argv[1]
V6 = ":" in ADDRESS
FAMILY = socket.AF_INET6 if V6 else socket.AF_INET
HEADER_LEN = 40 if V6 else 20


def framed(message):
    return struct.pack("!H", len(message)) + message


def numbers_of(port):
    """What the kernel's answer to the SYN from this port said: the number of the first octet, and of the peer's."""
    while True:
        frame = tap.recv(65535)
        if len(frame) < HEADER_LEN + 20:
            continue
        source, destination, sequence, acknowledged = struct.unpack_from("!HHII", frame, HEADER_LEN)
        if (source, destination, frame[HEADER_LEN + 13]) == (53, port, 0x12):
            return sequence + 1, acknowledged


def serve(sock, peer):
    def inject(octets, ahead=0, spoilt=False):
        """A segment that the kernel knows nothing of; acknowledging nothing new is always right."""
        send_tcp(ADDRESS, peer[0], (53, peer[1]), first + ahead, acknowledged, octets, spoilt)

    first, acknowledged = numbers_of(peer[1])
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    query = b""
    while len(query) < 2 or len(query) < 2 + int.from_bytes(query[:2], "big"):
        query += sock.recv(65535)
    query = query[2:]
    words, message = words_of(query), framed(true_answer(query))
    harmless, other = framed(answer(query, TRUTH)), framed(answer(query, TRUTH, 1))
    middle = len(message) // 2
    if "octets" in words:
        pieces = [message[at:at + 1] for at in range(len(message))]
    elif "prefix" in words:
        pieces = [message[:2], message[2:]]
    elif "halves" in words:
        pieces = [message[:middle], message[middle:]]
    elif "last" in words:
        pieces = [other + framed(b"") + other + message]
    elif "straddling" in words:
        pieces = [other + message[:20], message[20:]]
    elif "later" in words:
        pieces = [other, message]
    elif "earlier" in words:
        pieces = [message, other]
    else:
        pieces = [message]
    if "overtaken" in words:
        inject(message[middle:], ahead=middle)
    elif "smuggled" in words:
        inject(message[middle:], ahead=middle)
        pieces = [harmless[:middle], harmless[middle:]]
    elif "twin" in words:
        inject(harmless, spoilt=True)
    elif "twins" in words:
        inject(other + harmless, spoilt=True)
        pieces = [other + message]
    elif "changed" in words:
        inject(harmless[:-1], spoilt=True)
    elif "again" in words:
        inject(message[:middle])
    elif "urgent" in words:
        sock.sendall(message[:middle])
        sock.send(message[middle:middle + 1], socket.MSG_OOB)
        pieces = [message[middle + 1:]]
    try:
        for piece in pieces:
            sock.sendall(piece)
        sock.recv(1)
    except ConnectionError:
        pass
    sock.close()


server = socket.create_server((ADDRESS, 53), family=FAMILY)
tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(3))  # ETH_P_ALL: what is sent is heard too
print("bound", flush=True)
while True:
    serve(*server.accept())
