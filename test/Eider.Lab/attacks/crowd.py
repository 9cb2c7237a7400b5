"""Many clients in one: asks many questions at once, each by a socket of its own, and believes the first answer.

usage: python3 crowd.py SERVER[,SERVER] WORD[,WORD...] DOMAIN COUNT RATE

Question N is for WORD-N.DOMAIN, with the words in turn. One that is not answered within 1 s is sent again, to the next server, and given up after 3 s. At the end, one line of JSON: how many
were asked, had the lie 198.51.100.66, another answer, or none, and the times that answers took, in milliseconds.
"""
import heapq
import json
import os
import select
import socket
import struct
import sys
import time

SERVERS, WORDS, DOMAIN = sys.argv[1].split(","), sys.argv[2].split(","), sys.argv[3]
COUNT, RATE = int(sys.argv[4]), float(sys.argv[5])
FAMILY = socket.AF_INET6 if ":" in SERVERS[0] else socket.AF_INET
RETRY, GIVE_UP, LIE = 1.0, 3.0, bytes([198, 51, 100, 66])
tail = b"".join(bytes([len(label)]) + label.encode() for label in DOMAIN.split(".")) + b"\0\0\1\0\1"
poll = select.epoll()
asking, due, times = {}, [], []
lies = truths = resends = 0
none = []


def ask(number):
    label = f"{WORDS[number % len(WORDS)]}-{number}".encode()
    message = os.urandom(2) + b"\1\0\0\1\0\0\0\0\0\0" + bytes([len(label)]) + label + tail
    sock = socket.socket(FAMILY, socket.SOCK_DGRAM)
    sock.setblocking(False)
    sock.sendto(message, (SERVERS[0], 53))
    poll.register(sock, select.EPOLLIN)
    now = time.monotonic()
    asking[sock.fileno()] = (sock, message, label, now)
    heapq.heappush(due, (now + RETRY, number, sock.fileno(), message))


def finish(fd):
    sock = asking.pop(fd)[0]
    poll.unregister(fd)
    sock.close()


def receive(fd):
    global lies, truths
    sock, message, label, since = asking[fd]
    octets, peer = sock.recvfrom(65535)
    if octets[:2] != message[:2] or peer[0] not in SERVERS:
        return
    times.append((time.monotonic() - since) * 1000)
    lies, truths = (lies + 1, truths) if octets.endswith(LIE) else (lies, truths + 1)
    finish(fd)


def resend(now):
    global resends
    while due and due[0][0] <= now:
        _, number, fd, message = heapq.heappop(due)
        if fd not in asking or asking[fd][1] is not message:
            continue
        if now - asking[fd][3] >= GIVE_UP:
            none.append(asking[fd][2].decode())
            finish(fd)
            continue
        resends += 1
        asking[fd][0].sendto(message, (SERVERS[resends_of(now, fd) % len(SERVERS)], 53))
        heapq.heappush(due, (now + RETRY, number, fd, message))


def resends_of(now, fd):
    return round((now - asking[fd][3]) / RETRY)


began, asked = time.monotonic(), 0
while asked < COUNT or asking:
    now = time.monotonic()
    while asked < COUNT and now >= began + asked / RATE:
        ask(asked)
        asked += 1
    resend(now)
    until = min(began + asked / RATE if asked < COUNT else now + 1, due[0][0] if due else now + 1)
    for fd, _ in poll.poll(max(0, until - time.monotonic())):
        receive(fd)
times.sort()
at = lambda part: round(times[min(len(times) - 1, int(part * len(times)))], 3) if times else None
print(json.dumps({"asked": asked, "lies": lies, "truths": truths, "none": len(none), "resends": resends, "p50": at(0.5), "p99": at(0.99), "seconds": round(time.monotonic() - began, 3)}), flush=True)
print("unanswered", *none[:5], file=sys.stderr)
