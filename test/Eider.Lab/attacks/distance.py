"""A name server at a distance: each of its answers takes its time, and comes with the hop limits that it is told.

usage: python3 distance.py ADDRESS... MILLISECONDS

On standard input: `hops LIMIT...`; with several, each answer takes the next one, as behind an anycast address whose sites are at different distances; said when
it is so. The first label of a question says, up to a hyphen, what becomes of it: `twice` is answered twice, `lost` not answered when it is first asked, `never` not at all,
`cdn` answered with a place of its many, `nx` with NXDOMAIN. Any other name has the address 192.0.2.200.
"""
import heapq
import select
import socket
import struct
import sys
import time

servers = []
for address in sys.argv[1:-1]:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    server = socket.socket(family, socket.SOCK_DGRAM)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
    server.bind((address, 53))
    servers.append(server)
delay = float(sys.argv[-1]) / 1000
hops, answered, asked = [64], 0, set()
waiting = []


def answer(query, word, at):
    end = query.index(0, 12) + 5
    header = query[:2] + struct.pack("!HHHHH", 0x8183 if word == b"nx" else 0x8180, 1, word != b"nx", 0, 0)
    if word == b"nx":
        return header + query[12:end]
    data = bytes([151 + at % 40, 101, at % 7, 1]) if word == b"cdn" else bytes([192, 0, 2, 200])
    kind = query[end - 4:end - 2]
    if kind == b"\0\x1c":
        data = bytes([0x26, at % 6, 0x0D, 0xB8]) + b"\0" * 8 + data
    return header + query[12:end] + b"\xc0\x0c" + kind + struct.pack("!HIH", 1, 5, len(data)) + data


def take(server):
    query, asker = server.recvfrom(65535)
    word = query[13:13 + query[12]].split(b"-")[0].lower()
    if word == b"never" or (word == b"lost" and query not in asked):
        asked.add(query)
        return
    due = time.monotonic() + delay
    for copy in range(1 + (word == b"twice")):
        heapq.heappush(waiting, (due + copy * 0.002, len(waiting), server, query, word, asker))


def give():
    global answered
    _, _, server, query, word, asker = heapq.heappop(waiting)
    limit = hops[answered % len(hops)]
    answered += 1
    level, option = (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS) if server.family == socket.AF_INET6 else (socket.IPPROTO_IP, socket.IP_TTL)
    server.setsockopt(level, option, limit)
    server.sendto(answer(query, word, answered), asker)


print("bound", flush=True)
while True:
    left = max(0, waiting[0][0] - time.monotonic()) if waiting else None
    for ready in select.select([sys.stdin, *servers], [], [], left)[0]:
        if ready is sys.stdin:
            line = sys.stdin.readline().split()
            if not line:
                sys.exit()
            hops = [int(limit) for limit in line[1:]]
            print("hops", *hops, flush=True)
        else:
            take(ready)
    while waiting and waiting[0][0] <= time.monotonic():
        give()
