"""An authoritative server far away: every answer takes its time, as long as an attacker has.

usage: python3 authority.py ADDRESS MILLISECONDS [NAME=IPV4 ...]

Any other name has the address 192.0.2.200. Records live for 0 s, so that a resolver in front asks each time. Over TCP it answers at once.
A line NAME=IPV4 on standard input changes one, and is repeated.
"""
import heapq
import select
import socket
import struct
import sys
import time

RECORDS = dict(pair.lower().split("=") for pair in sys.argv[3:])
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind((sys.argv[1], 53))
listener = socket.create_server((sys.argv[1], 53))
delay = int(sys.argv[2]) / 1000
waiting = []


def answer(query):
    end = query.index(0, 12) + 5
    labels, at = [], 12
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode("latin1").lower())
        at += 1 + query[at]
    data = socket.inet_aton(RECORDS.get(".".join(labels), "192.0.2.200"))
    is_address = query[end - 4:end] == b"\0\1\0\1"
    header = query[:2] + struct.pack("!HHHHH", 0x8580, 1, is_address, 0, 0)
    return header + query[12:end] + (struct.pack("!HHHIH", 0xC00C, 1, 1, 0, 4) + data if is_address else b"")


print("bound", flush=True)
while True:
    left = max(0, waiting[0][0] - time.monotonic()) if waiting else None
    ready = select.select([sys.stdin, server, listener], [], [], left)[0]
    if sys.stdin in ready:
        line = sys.stdin.readline().strip().lower()
        if not line:
            sys.exit()
        name, address = line.split("=")
        RECORDS[name] = address
        print(line, flush=True)
    if listener in ready:
        stream, _ = listener.accept()
        with stream:
            stream.settimeout(2)
            try:
                query = stream.recv(65535)[2:]
                said = answer(query)
                stream.sendall(struct.pack("!H", len(said)) + said)
            except (OSError, ValueError, IndexError):
                pass
    if server in ready:
        query, asker = server.recvfrom(65535)
        heapq.heappush(waiting, (time.monotonic() + delay, query, asker))
    while waiting and waiting[0][0] <= time.monotonic():
        _, query, asker = heapq.heappop(waiting)
        server.sendto(answer(query), asker)
