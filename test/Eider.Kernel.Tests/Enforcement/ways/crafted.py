"""Packets with addresses and numbers of one's own choice, for servers that forge."""
import socket
import struct


def checksum(octets):
    octets += b"\0" * (len(octets) & 1)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def send(source, destination, protocol, segment, checksum_at, spoilt=False):
    """Sends a segment whose checksum is left out, or wrong where it is to be spoilt."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    ends = socket.inet_pton(family, source) + socket.inet_pton(family, destination)
    total = checksum(ends + struct.pack("!II", len(segment), protocol) + segment) or 0xFFFF
    segment = segment[:checksum_at] + struct.pack("!H", total ^ 0x5555 if spoilt else total) + segment[checksum_at + 2:]
    if family == socket.AF_INET6:
        packet = struct.pack("!IHBB", 6 << 28, len(segment), protocol, 64) + ends + segment
    else:
        packet = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 0x1DE9, 0, 64, protocol, 0) + ends + segment
    with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        raw.sendto(packet, (destination, 0))


def send_udp(source, destination, ports, payload):
    send(source, destination, 17, struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload, 6)


def send_udp_in_pieces(source, destination, ports, payload, first=24):
    """The datagram in two fragments, of which the first has so many octets, or all but the last; 24 end within the question."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    ends = socket.inet_pton(family, source) + socket.inet_pton(family, destination)
    udp = struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload
    udp = udp[:6] + struct.pack("!H", checksum(ends + struct.pack("!II", len(udp), 17) + udp) or 0xFFFF) + udp[8:]
    first = first or (len(udp) - 1) // 8 * 8
    with socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        for start, piece, more in ((0, udp[:first], 1), (first, udp[first:], 0)):
            if family == socket.AF_INET6:
                fragment = struct.pack("!BBHI", 17, 0, start | more, 0x1DE9) + piece
                raw.sendto(struct.pack("!IHBB", 6 << 28, len(fragment), 44, 64) + ends + fragment, (destination, 0))
            else:
                head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(piece), 0x1DE9, more << 13 | start >> 3, 64, 17, 0)
                raw.sendto(head + ends + piece, (destination, 0))


def send_tcp(source, destination, ports, sequence, acknowledged, payload, spoilt=False):
    header = struct.pack("!HHIIBBHHH", *ports, sequence & 0xFFFFFFFF, acknowledged, 0x50, 0x18, 0xFFFF, 0, 0)
    send(source, destination, 6, header + payload, 16, spoilt)


def quoted_udp(source, destination, ports, payload=b""):
    """The start of a packet as an ICMP error quotes it."""
    family = socket.AF_INET6 if ":" in source else socket.AF_INET
    ends = socket.inet_pton(family, source) + socket.inet_pton(family, destination)
    udp = struct.pack("!HHHH", *ports, 8 + len(payload), 0) + payload
    if family == socket.AF_INET6:
        return struct.pack("!IHBB", 6 << 28, len(udp), 17, 64) + ends + udp
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 0x1DE9, 0, 64, 17, 0) + ends + udp


def send_icmp_error(source, destination, kind, quoted, mtu=0):
    """`kind`: `unreachable` (port), `too-big` or `redirect`, of the family of the addresses."""
    if ":" in source:
        where = {"unreachable": (1, 4), "too-big": (2, 0), "redirect": (137, 0)}[kind]
        message = struct.pack("!BBHI", *where, 0, mtu)
        if kind == "redirect":
            quoted += b"\0" * (-len(quoted) % 8)
            message += socket.inet_pton(socket.AF_INET6, source) * 2 + struct.pack("!BBHI", 4, (8 + len(quoted)) // 8, 0, 0)
        return send(source, destination, 58, message + quoted, 2)
    where = {"unreachable": (3, 3), "too-big": (3, 4), "redirect": (5, 1)}[kind]
    rest = socket.inet_pton(socket.AF_INET, source) if kind == "redirect" else struct.pack("!HH", 0, mtu)
    message = struct.pack("!BBH", *where, 0) + rest + quoted
    message = message[:2] + struct.pack("!H", checksum(message)) + message[4:]
    packet = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(message), 0x1DE9, 0, 64, 1, 0)
    packet += socket.inet_pton(socket.AF_INET, source) + socket.inet_pton(socket.AF_INET, destination) + message
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
        raw.sendto(packet, (destination, 0))
