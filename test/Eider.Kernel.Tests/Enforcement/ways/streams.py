"""Questions over TCP, cut and mixed."""
import errno
import socket
import struct

from asking import *


def framed(message):
    return struct.pack("!H", len(message)) + message


def tcp(family=FAMILY, server=SERVER):
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(LIMIT)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        sock.connect((server, DNS_PORT))
    except ConnectionError as failure:
        report([], errno.errorcode[failure.errno])
    PEERS[sock] = sock.getpeername()[0]
    return sock


PEERS = {}  # as the connection showed them when it was there


def read_messages(sock, count=1):
    """Messages until count have come or the connection ends."""
    answers, octets = [], b""
    peer = PEERS.get(sock, SERVER)
    try:
        while len(answers) < count:
            piece = sock.recv(65535)
            if not piece:
                report(answers, "closed")
            octets += piece
            while len(octets) >= 2 and len(octets) >= 2 + int.from_bytes(octets[:2], "big"):
                size = 2 + int.from_bytes(octets[:2], "big")
                answers.append((octets[2:size], peer))
                octets = octets[size:]
    except socket.timeout:
        report(answers, "timeout")
    except ConnectionError as failure:
        report(answers, errno.errorcode[failure.errno])
    report(answers, "open")


def pieces_of(sock, *pieces, count=1):
    try:
        for piece in pieces:
            sock.sendall(piece)
    except ConnectionError:
        pass  # the reset came between two pieces; reading tells of it
    read_messages(sock, count)


def stream():
    pieces_of(tcp(), framed(query()))


def stream_many():
    """One question, several answers."""
    pieces_of(tcp(), framed(query()), count=int(OPTIONS["count"]))


def stream_mapped():
    pieces_of(tcp(socket.AF_INET6, "::ffff:" + SERVER), framed(query()))


def stream_prefix_apart():
    message = framed(query())
    pieces_of(tcp(), message[:2], message[2:])


def stream_prefix_split():
    message = framed(query())
    pieces_of(tcp(), message[:1], message[1:])


def stream_octets():
    pieces_of(tcp(), *[bytes([octet]) for octet in framed(query())])


def stream_halves():
    message = framed(query())
    pieces_of(tcp(), message[:25], message[25:])


def stream_last():
    """Three messages in one segment, the denied one last."""
    pieces_of(tcp(), framed(query(benign(), identity=1)) + framed(query(benign(), identity=2)) + framed(query()), count=3)


def stream_straddling():
    """The end of an allowed message and the beginning of a denied one share a segment."""
    octets = framed(query(benign(), identity=1)) + framed(query())
    middle = len(octets) // 2 + 10
    pieces_of(tcp(), octets[:middle], octets[middle:], count=2)


def stream_later():
    """An allowed query, its answer, then a denied one on the same connection."""
    sock = tcp()
    sock.sendall(framed(query(benign(), identity=1)))
    first = sock.recv(65535)
    if not first:
        report([], "closed early")
    pieces_of(sock, framed(query()))


def stream_large():
    pieces_of(tcp(), framed(query(padding=60000)))


def stream_after_empty():
    pieces_of(tcp(), framed(b""), framed(query()))


def stream_urgent():
    """The receiver takes urgent octets out of the stream. This one is the length of a label that on the wire swallows the two
    which make the name a denied one; what is left over at the end hides behind an EDNS record."""
    message = framed(query(edns=True))
    middle = 2 + 12 + 1 + len(NAME.split(".")[0])
    swallowed = sum(1 + len(label) for label in NAME.split(".")[1:3])
    sock = tcp()
    sock.sendall(message[:middle])
    sock.send(bytes([swallowed]), socket.MSG_OOB)
    pieces_of(sock, message[middle:])


def stream_fast_open():
    sock = socket.socket(FAMILY, socket.SOCK_STREAM)
    sock.settimeout(LIMIT)
    try:
        sock.sendto(framed(query()), socket.MSG_FASTOPEN, (SERVER, DNS_PORT))
    except ConnectionError as failure:
        report([], errno.errorcode[failure.errno])
    read_messages(sock)
