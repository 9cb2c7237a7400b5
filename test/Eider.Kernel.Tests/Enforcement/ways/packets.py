"""Packets and frames made by hand, around the sockets."""
import os
import socket
import struct
import subprocess

from asking import *
from streams import framed


def checksum(octets):
    octets += b"\0" * (len(octets) & 1)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def own_address():
    with udp() as probe:
        return probe.getsockname()[0]


def packed(address):
    return socket.inet_pton(FAMILY, address)


PORT = 40000 + os.getpid() % 20000


def udp_datagram(payload, length=None):
    header = struct.pack("!HHHH", PORT, DNS_PORT, length or 8 + len(payload), 0)
    pseudo = packed(own_address()) + packed(SERVER) + struct.pack("!II", 8 + len(payload), 17)
    return header[:6] + struct.pack("!H", checksum(pseudo + header + payload) or 0xFFFF) + payload


def ip_packet(payload, protocol=17, fragment=0):
    if V6:
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + packed(own_address()) + packed(SERVER) + payload
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0x1DE8, fragment, 64, protocol, 0) + packed(own_address()) + packed(SERVER)
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def fragments(datagram, first):
    """Two fragments, of which the first has so many octets."""
    if V6:
        return [ip_packet(struct.pack("!BBHI", 17, 0, 1, 0x1DE80001) + datagram[:first], 44),
                ip_packet(struct.pack("!BBHI", 17, 0, first, 0x1DE80001) + datagram[first:], 44)]
    return [ip_packet(datagram[:first], fragment=0x2000), ip_packet(datagram[first:], fragment=first // 8)]


def many_headers(datagram, count):
    headers = b"".join(bytes([60 if left else 17, 0]) + PADDING_OPTION[2:] for left in reversed(range(count)))
    return ip_packet(headers + datagram, 60)


def receiver():
    """Takes the answer to a packet made by hand."""
    sock = socket.socket(FAMILY, socket.SOCK_DGRAM)
    sock.bind((own_address(), PORT))
    return sock


def raw_ip(*payloads):
    own = receiver()
    raw = socket.socket(FAMILY, socket.SOCK_RAW, 17)
    ask(own, lambda: [raw.sendto(payload, (SERVER, 0)) for payload in payloads])


def raw_socket():
    raw_ip(udp_datagram(query()))


def raw_whole(*packets):
    own = receiver()
    raw = socket.socket(FAMILY, socket.SOCK_RAW, socket.IPPROTO_RAW)
    if V6:
        raw.setsockopt(socket.IPPROTO_IPV6, 36, 1)  # IPV6_HDRINCL
    ask(own, lambda: [raw.sendto(packet, (SERVER, 0)) for packet in packets])


def raw_fragments():
    raw_whole(*fragments(udp_datagram(query()), int(OPTIONS["first"])))


def raw_many_headers():
    raw_whole(many_headers(udp_datagram(query()), int(OPTIONS["count"])))


def link_address(address, device="eth0"):
    fence()  # so that it is known
    shown = subprocess.run(["ip", "neigh", "show", address, "dev", device], capture_output=True, text=True, check=True).stdout.split()
    return shown[shown.index("lladdr") + 1]


def link_addresses():
    to = bytes.fromhex(link_address(SERVER).replace(":", ""))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as probe:
        probe.bind(("eth0", 0))
        own = probe.getsockname()[4]
    return to, own


def frames(*packets, tags=b""):
    """As AF_PACKET frames, around the socket layer; what comes back is taken from the device too."""
    to, own = link_addresses()
    kind = b"\x86\xdd" if V6 else b"\x08\0"
    device = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    device.bind(("eth0", 3))
    end = sent(lambda: [device.send(to + own + tags + kind + packet) for packet in packets])
    fence()
    device.settimeout(0.5)
    answers = []
    try:
        while True:
            frame, about = device.recvfrom(65535)
            port = struct.pack("!HH", DNS_PORT, PORT)
            if about[2] != socket.PACKET_OUTGOING and port in frame:
                answers.append((frame[frame.index(port) + 8:], SERVER))
    except socket.timeout:
        report(answers, end)


def frame():
    frames(ip_packet(udp_datagram(query())))


def frame_tagged():
    frames(ip_packet(udp_datagram(query())), tags=b"\x81\0\0\7")


def frame_tagged_twice():
    frames(ip_packet(udp_datagram(query())), tags=b"\x88\xa8\0\7\x81\0\0\5")


def frame_tagged_thrice():
    frames(ip_packet(udp_datagram(query())), tags=b"\x88\xa8\0\7\x81\0\0\5\x81\0\0\3")


def frame_fragments():
    frames(*fragments(udp_datagram(query()), int(OPTIONS["first"])))


def frame_options():
    packet = ip_packet(udp_datagram(query()))
    options = b"\1" * 40
    header = bytes([0x4F]) + packet[1:2] + struct.pack("!H", len(packet) + 40) + packet[4:10] + b"\0\0" + packet[12:20] + options
    frames(header[:10] + struct.pack("!H", checksum(header)) + header[12:] + packet[20:])


def frame_many_headers():
    frames(many_headers(udp_datagram(query()), int(OPTIONS["count"])))


def frame_stream():
    """A connection made by hand, from an address that the pod's own kernel does not know and would not reset (IPv4)."""
    to, own = link_addresses()
    source = packed(own_address())[:3] + bytes([199])
    device = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    device.bind(("eth0", 3))
    device.settimeout(2.0)

    def send(sequence, acknowledged, flags, payload=b""):
        header = struct.pack("!HHIIBBHHH", PORT, DNS_PORT, sequence, acknowledged, 5 << 4, flags, 65535, 0, 0)
        total = checksum(source + packed(SERVER) + struct.pack("!II", len(header) + len(payload), 6) + header + payload)
        segment = header[:16] + struct.pack("!H", total) + header[18:] + payload
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 1, 0, 64, 6, 0) + source + packed(SERVER)
        device.send(to + own + b"\x08\0" + ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + segment)

    def receive(wanted):
        while True:
            heard = device.recv(65535)
            if heard[12:14] == b"\x08\x06" and heard[20:22] == b"\0\1" and heard[38:42] == source:
                device.send(heard[6:12] + own + heard[12:20] + b"\0\2" + own + source + heard[22:32])
            elif heard[12:14] == b"\x08\0" and heard[30:34] == source and heard[23] == 6:
                at = 14 + (heard[14] & 15) * 4
                length = int.from_bytes(heard[16:18], "big") + 14
                payload, flags = heard[at + (heard[at + 12] >> 4) * 4:length], heard[at + 13]
                if flags & 4:
                    report([], "ECONNRESET")
                if wanted(flags, payload):
                    return int.from_bytes(heard[at + 4:at + 8], "big"), payload

    try:
        send(1000, 0, 0x02)
        server, _ = receive(lambda flags, payload: flags & 0x12 == 0x12)
        send(1001, server + 1, 0x18, framed(query()))
        _, payload = receive(lambda flags, payload: payload)
        report([(payload[2:], SERVER)], "open")
    except socket.timeout:
        report([], "timeout")
