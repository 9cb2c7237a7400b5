"""Somebody who sees each question of a device whose name begins with `lie`, and answers it at a time and with a hop limit of his choice.

usage: python3 onpath.py DEVICE

On standard input: `lie MILLISECONDS HOPS`; said when it is so. When that ends: `sent COUNT`, and how long after their questions the answers went out: the first
and the last hundredth, in milliseconds. Everything else in the forged answers is right. They lead to 198.51.100.66.
"""
import heapq
import select
import socket
import struct
import sys
import time

LIE = bytes([198, 51, 100, 66])
tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
tap.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8 << 20)
tap.bind((sys.argv[1], 3))
delay, hops, sent = 0.0, 64, 0
waiting, late = [], []


def checksum(octets):
    octets += b"\0" * (len(octets) & 1)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def datagram(source, destination, port, said):
    udp = struct.pack("!HHHH", 53, port, 8 + len(said), 0) + said
    sum_of = checksum(source + destination + struct.pack("!II", len(udp), 17) + udp) or 0xFFFF
    return udp[:6] + struct.pack("!H", sum_of) + said


def forge(frame):
    """The frame that answers a frame; None where it is no question to lie about."""
    if frame[12:14] == b"\x08\0" and frame[23] == 17:
        network, client, server = 34, frame[26:30], frame[30:34]
    elif frame[12:14] == b"\x86\xdd" and frame[20] == 17:
        network, client, server = 54, frame[22:38], frame[38:54]
    else:
        return None
    if frame[network + 2:network + 4] != b"\0\x35" or frame[network + 21:network + 24] != b"lie":
        return None
    query = frame[network + 8:]
    end = query.index(0, 12) + 5
    said = query[:2] + struct.pack("!HHHHH", 0x8180, 1, 1, 0, 0) + query[12:end] + struct.pack("!HHHIH", 0xC00C, 1, 1, 86400, 4) + LIE
    udp = datagram(server, client, struct.unpack("!H", frame[network:network + 2])[0], said)
    if network == 34:
        header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 7, 0, hops, 17, 0) + server + client
        header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    else:
        header = struct.pack("!IHBB", 6 << 28, len(udp), 17, hops) + server + client
    return frame[6:12] + frame[0:6] + frame[12:14] + header + udp


print("ready", flush=True)
while True:
    left = max(0, waiting[0][0] - time.monotonic()) if waiting else None
    for ready in select.select([sys.stdin, tap], [], [], left)[0]:
        if ready is sys.stdin:
            line = sys.stdin.readline().split()
            if not line:
                late.sort()
                print("sent", len(late), *(f"{late[int(part * (len(late) - 1))] * 1000:.3f}" for part in (0.01, 0.99) if late), flush=True)
                sys.exit()
            delay, hops = float(line[1]) / 1000, int(line[2])
            print("lie", *line[1:], flush=True)
            continue
        frame, about = tap.recvfrom(65535)
        # What the workload sends comes in at the node's end of its device.
        if about[2] != socket.PACKET_OUTGOING and (forged := forge(frame)):
            heapq.heappush(waiting, (time.monotonic() + delay, sent, forged))
            sent += 1
    while waiting and waiting[0][0] <= time.monotonic():
        due, _, forged = heapq.heappop(waiting)
        tap.send(forged)
        late.append(time.monotonic() - due + delay)
