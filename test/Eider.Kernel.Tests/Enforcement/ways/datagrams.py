"""One question in a datagram, sent in every way that sockets have."""
import ctypes
import errno
import socket
import struct
import subprocess

from asking import *
from packets import link_address, raw_ip, udp_datagram


def connected():
    sock = udp()
    ask(sock, lambda: sock.send(query()))


def unconnected():
    sock = udp(connect=False)
    ask(sock, lambda: sock.sendto(query(), (SERVER, DNS_PORT)))


def iovecs():
    sock = udp(connect=False)
    ask(sock, lambda: sock.sendmsg([bytes([octet]) for octet in query()], [], 0, (SERVER, DNS_PORT)))


def corked():
    sock = udp()

    def pieces():
        message = query()
        sock.send(message[:20], socket.MSG_MORE)
        sock.send(message[20:])

    ask(sock, pieces)


def sendmmsg():
    class Iovec(ctypes.Structure):
        _fields_ = [("base", ctypes.c_char_p), ("len", ctypes.c_size_t)]

    class Message(ctypes.Structure):
        _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint32), ("iov", ctypes.POINTER(Iovec)), ("iovlen", ctypes.c_size_t),
                    ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t), ("flags", ctypes.c_int), ("pad", ctypes.c_int), ("len", ctypes.c_uint)]

    sock = udp()
    octets = [query(benign(), identity=1), query(identity=ID), query(benign(), identity=3)]
    vectors = [Iovec(message, len(message)) for message in octets]
    messages = (Message * 3)(*[Message(iov=ctypes.pointer(vector), iovlen=1) for vector in vectors])
    libc = ctypes.CDLL(None, use_errno=True)
    count = libc.sendmmsg(sock.fileno(), messages, 3, 0)
    report(collect(sock, 3), None if count == 3 else f"{count} sent: {errno.errorcode.get(ctypes.get_errno())}")


def segmented():
    """One system call, one buffer, two datagrams: generic segmentation of UDP."""
    first, second = query(benign(), identity=1), query()
    sock = udp()
    sock.setsockopt(17, 103, len(first))  # UDP_SEGMENT
    ask(sock, lambda: sock.send(first + second))


def mapped():
    sock = udp("::ffff:" + SERVER, socket.AF_INET6)
    ask(sock, lambda: sock.send(query()))


def mapped_unconnected():
    sock = udp(family=socket.AF_INET6, connect=False)
    ask(sock, lambda: sock.sendto(query(), ("::ffff:" + SERVER, DNS_PORT)))


def peer_named():
    """Connected to one port, sent to another."""
    sock = udp(connect=False)
    sock.connect((SERVER, 9))
    ask(sock, lambda: sock.sendto(query(), (SERVER, DNS_PORT)))


def peer_changed():
    sock = udp(OPTIONS["other"])
    sock.connect((SERVER, DNS_PORT))
    ask(sock, lambda: sock.send(query()))


def peer_dissolved():
    sock = udp(OPTIONS["other"])
    libc = ctypes.CDLL(None, use_errno=True)
    libc.connect(sock.fileno(), struct.pack("=HHQ", socket.AF_UNSPEC, 0, 0), 16)
    ask(sock, lambda: sock.sendto(query(), (SERVER, DNS_PORT)))


def ip_options():
    sock = udp()
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\1" * 40)
    ask(sock, lambda: sock.send(query()))


def extension_headers():
    sock = udp()
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS, PADDING_OPTION)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, PADDING_OPTION)
    ask(sock, lambda: sock.send(query()))


def large():
    """So large that it leaves in fragments."""
    sock = udp()
    ask(sock, lambda: sock.send(query(padding=3000)))


def two_questions():
    message = struct.pack("!HHHHHH", ID, 0x0100, 2, 0, 0, 0) + wire_name(benign()) + struct.pack("!HH", TYPE, 1) + wire_name(NAME) + struct.pack("!HH", TYPE, 1)
    sock = udp()
    ask(sock, lambda: sock.send(message))


def compressed():
    """The name's end stands behind the question, where a pointer leads."""
    first, rest = NAME.split(".", 1)
    pointer = 12 + 1 + len(first) + 2 + 4
    message = struct.pack("!HHHHHH", ID, 0x0100, 1, 0, 0, 0) + bytes([len(first)]) + first.encode() + struct.pack("!HHH", 0xC000 | pointer, TYPE, 1) + wire_name(rest)
    sock = udp()
    ask(sock, lambda: sock.send(message))


def hidden_behind_length():
    """The datagram's length leaves its question out."""
    raw_ip(udp_datagram(query(), length=12))


def overtaken():
    """A denied and an allowed query of one id wait together for a link address; it is the resolver's own, as it turns out."""
    other, device = OPTIONS["other"], OPTIONS.get("device", "eth0")
    resolver = link_address(SERVER, device)
    subprocess.run(["ip", "neigh", "del", other, "dev", device], check=False, stderr=subprocess.DEVNULL)
    sock = udp(other)
    order = [query(), query(benign())]
    if "reverse" in OPTIONS:
        order.reverse()
    ends = [sent(lambda message=message: sock.send(message)) for message in order]
    subprocess.run(["ip", "neigh", "replace", other, "lladdr", resolver, "dev", device, "nud", "permanent"], check=True)
    answers = collect(sock)
    subprocess.run(["ip", "neigh", "replace", other, "lladdr", "02:00:00:00:00:01", "dev", device, "nud", "permanent"], check=True)
    report(answers, next((end for end in ends if end), None))
