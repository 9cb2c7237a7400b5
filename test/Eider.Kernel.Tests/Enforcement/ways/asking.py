"""What all ways share: the question, the fence, the report."""
import errno
import json
import os
import socket
import struct
import sys

WAY, SERVER, NAME = sys.argv[1:4]
OPTIONS = dict(option.split("=", 1) for option in sys.argv[4:])
TYPE, ID = int(OPTIONS.get("type", 1)), int(OPTIONS.get("id", 0x4EED))
FENCE = OPTIONS.get("fence", "fence." + OPTIONS["zone"])
LIMIT = 10.0
DNS_PORT = int(OPTIONS.get("port", 53))
V6 = ":" in SERVER
FAMILY = socket.AF_INET6 if V6 else socket.AF_INET
PADDING_OPTION = bytes([0, 0, 1, 4, 0, 0, 0, 0])  # an IPv6 extension header that says nothing


def wire_name(name):
    return b"".join(bytes([len(label)]) + label.encode("latin1") for label in name.split(".")) + b"\0"


def query(name=NAME, kind=TYPE, identity=ID, edns="edns" in OPTIONS, padding=0):
    opt = b""
    if edns or padding:
        data = struct.pack("!HH", 12, padding) + bytes(padding) if padding else b""
        opt = b"\0" + struct.pack("!HHIH", 41, 4096, 0, len(data)) + data
    header = struct.pack("!HHHHHH", identity, 0x0100, 1, 0, 0, 1 if opt else 0)
    return header + wire_name(name) + struct.pack("!HH", kind, 1) + opt


def benign(name=NAME):
    """A name as long, which nobody denies."""
    return name.lower().replace("denied", "benign")


def report(answers=(), end=None, **more):
    print(json.dumps({"answers": [{"octets": octets.hex(), "from": str(peer)} for octets, peer in answers], "end": end, **more}), flush=True)
    os._exit(0)


def fence(name=FENCE):
    with socket.socket(FAMILY, socket.SOCK_DGRAM) as own:
        own.settimeout(LIMIT)
        own.connect((SERVER, 53))
        own.send(query(name, 1, 0x0FE0, False))
        own.recv(65535)


def collect(udp, expected=1):
    """Every datagram that has come by the time the fence is answered; without a fence, the first that comes. Where fewer came
    than are expected, another processor may still be at work on one: it gets a second more."""
    answers = []
    try:
        if FENCE == "none":
            udp.settimeout(LIMIT)
            octets, peer = udp.recvfrom(65535)
            return [(octets, peer[0])]
        fence()
        while True:
            udp.settimeout(1.0 if len(answers) < expected else 0)
            octets, peer = udp.recvfrom(65535)
            answers.append((octets, peer[0]))
    except (BlockingIOError, socket.timeout):
        return answers


def udp(server=None, family=FAMILY, connect=True):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    if "from" in OPTIONS:
        sock.bind(("", int(OPTIONS["from"])))
    if connect:
        sock.connect((server or SERVER, DNS_PORT))
    return sock


def sent(action):
    """The system call fails where a denied query is dropped before it leaves its host."""
    try:
        action()
        return None
    except OSError as failure:
        return errno.errorcode[failure.errno]


def ask(sock, action):
    end = sent(action)
    report(collect(sock, 0 if end else 1), end)
