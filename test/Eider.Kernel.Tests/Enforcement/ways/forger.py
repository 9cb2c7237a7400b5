"""A DNS server that forges answers to each question before it gives the true one: what somebody else on the network would send.

usage: python3 forger.py ADDRESS STRANGER

`guess` sends a dozen answers with other ids. `knock4711` sends one to that port of the asker's host.
`early71` answers as the server would, but with a hop limit of 71; `alone71` does so and leaves the truth out. `mute` does without the
flag for recursion, `bare` without an OPT record where the question has one.
The first label of a question says which lies come first, in their order, with hyphens between them: `id` and `source`,
`question`, `port`; `pieces` sends the true answer in fragments, `tail` with its last octets alone in the second. `wait` keeps the true answer until a question comes that does not say so. `odd` comes from a port that is none of DNS, `oddsource` from one of
another server, `home` from port 53; `noise` from there is no DNS, and `oddid` is the answer to a question that nobody asked. Or it says what the true answer is, see contents.py.
It serves port 5300 as well. `STRANGER` is where answers of another server come from.
"""
import select
import socket
import struct
import sys

from contents import LIE, answer, true_answer, words_of
from crafted import send_udp, send_udp_in_pieces

ADDRESS, STRANGER = sys.argv[1:3]
V6 = ":" in ADDRESS
OTHER_PORT, ODD_PORT = 5300, 5454


def lie(kind, query, client, server):
    if kind == "id":
        server.sendto(answer(query, LIE, struct.unpack("!H", query[:2])[0] ^ 0x0101), client)
    elif kind == "guess":
        for wrong in range(1, 13):
            server.sendto(answer(query, LIE, struct.unpack("!H", query[:2])[0] ^ wrong), client)
    elif kind == "question":
        server.sendto(answer(query, LIE, question=b"\5other" + query[12:query.index(0, 12) + 5]), client)
    elif kind == "source":
        send_udp(STRANGER, client[0], (53, client[1]), answer(query, LIE))
    elif kind == "odd":
        odd.sendto(answer(query, LIE), client)
    elif kind == "home":
        servers[0].sendto(answer(query, LIE), client)
    elif kind == "oddsource":
        send_udp(STRANGER, client[0], (ODD_PORT, client[1]), answer(query, LIE))
    elif kind == "oddid":
        odd.sendto(answer(query, LIE, struct.unpack("!H", query[:2])[0] ^ 0x0101), client)
    elif kind == "noise":
        odd.sendto(b"not DNS at all, but longer than a header of it", client)
    elif kind[:5] in ("early", "alone"):
        hops = (socket.IPPROTO_IPV6, socket.IPV6_UNICAST_HOPS) if V6 else (socket.IPPROTO_IP, socket.IP_TTL)
        server.setsockopt(*hops, int(kind[5:]))
        server.sendto(answer(query, LIE), client)
        server.setsockopt(*hops, 64)
    elif kind == "mute":
        server.sendto(answer(query, LIE, flags=0x8100), client)
    elif kind == "bare":
        server.sendto(answer(query, LIE, bare=True), client)
    elif kind[:5] == "knock":
        server.sendto(answer(query, LIE), (client[0], int(kind[5:])) + client[2:])
    elif kind == "tail":
        send_udp_in_pieces(ADDRESS, client[0], (53, client[1]), true_answer(query), first=None)
    elif kind == "pieces":
        send_udp_in_pieces(ADDRESS, client[0], (53, client[1]), true_answer(query))
    elif kind == "port":
        server.sendto(answer(query, LIE), (client[0], client[1] ^ 1) + client[2:])


def bound(port):
    opened = socket.socket(socket.AF_INET6 if V6 else socket.AF_INET, socket.SOCK_DGRAM)
    opened.bind((ADDRESS, port))
    return opened


def serve(server):
    question, asker = server.recvfrom(65535)
    said = words_of(question)
    if "wait" in said:
        waiting.append((true_answer(question), asker))
        print("waiting", flush=True)
        return
    while waiting:
        server.sendto(*waiting.pop())
    for word in said:
        lie(word, question, asker, server)
    if not any(word.startswith("alone") or word in ("pieces", "tail") for word in said):
        server.sendto(true_answer(question), asker)


odd, servers, waiting = bound(ODD_PORT), [bound(53), bound(OTHER_PORT)], []
print("bound", flush=True)
while True:
    for ready in select.select(servers, [], [])[0]:
        serve(ready)
