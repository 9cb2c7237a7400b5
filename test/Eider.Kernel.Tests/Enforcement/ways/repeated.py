"""Questions in numbers."""
import select
import socket
import sys

from asking import *
from streams import framed, tcp


def many():
    """As fast as they are answered: count queries, each with its answer's rcode."""
    sock = udp()
    sock.settimeout(LIMIT)
    rcodes = []
    for number in range(int(OPTIONS["count"])):
        sock.send(query(NAME.replace("%", str(number)), identity=number + 1))
        rcodes.append(sock.recv(65535)[3] & 15)
    report(rcodes=rcodes)


def inturn():
    """From one socket: the name, then another, then the name again."""
    sock = udp()
    sock.settimeout(LIMIT)
    rcodes = []
    for number, name in enumerate([NAME, OPTIONS["then"], NAME]):
        sock.send(query(name, identity=number + 1))
        rcodes.append(sock.recv(65535)[3] & 15)
    report(rcodes=rcodes)


def until_refilled():
    """Until the rate is used up, then until a query passes again."""
    sock = udp()
    sock.settimeout(LIMIT)
    used, refused, number = 0, 0, 0
    while True:
        number += 1
        sock.send(query(NAME.replace("%", str(number)), identity=number & 0xFFFF))
        if sock.recv(65535)[3] & 15 == 5:
            refused += 1
        elif refused:
            report(used=used, refused=refused)
        else:
            used += 1


def flood():
    """Queries whose answers nobody waits for, each from a port and with an id of its own, to an address that has no link address."""
    for number in range(int(OPTIONS["count"])):
        sock = udp(OPTIONS["other"])
        sent(lambda: sock.send(query(identity=number & 0xFFFF)))
        sock.close()
    sock = udp()
    ask(sock, lambda: sock.send(query()))


def burst():
    """Denied queries in numbers, to fill what tells of them; then one whose answer is looked at."""
    sock = udp()
    sock.settimeout(LIMIT)
    for number in range(int(OPTIONS["count"])):
        sock.send(query(identity=number & 0xFFFF))
        sock.recv(65535)
    ask(sock, lambda: sock.send(query()))


def loop():
    """Denied and allowed queries in turn until its input ends, then how many of each were answered how. A line each hundred."""
    counts = {"denied": 0, "passed": 0, "silent": 0, "failed": 0, "allowed": 0, "disallowed": 0}
    number = 0
    print("running", flush=True)
    while not select.select([sys.stdin], [], [], 0)[0]:
        number += 1
        for name, ways in ((NAME, ("denied", "passed")), (benign(), ("disallowed", "allowed"))):
            rcode = once(name.replace("%", str(number)), number & 0xFFFF)
            counts[ways[0] if rcode in (3, "reset") else ways[1] if rcode == 0 else rcode] += 1
        if number % 100 == 0:
            print("hundred", flush=True)
    report(**counts)


def once(name, identity):
    """The rcode, or how it went wrong."""
    sock = None
    try:
        if "tcp" in OPTIONS:
            sock = tcp()
            sock.sendall(framed(query(name, identity=identity)))
            answer = sock.recv(65535)[2:]
        else:
            sock = udp()
            sock.settimeout(3.0)
            sock.send(query(name, identity=identity))
            answer = sock.recv(65535)
        return answer[3] & 15
    except ConnectionResetError:
        return "reset"
    except socket.timeout:
        return "silent"
    except OSError:
        return "failed"
    finally:
        if sock:
            sock.close()
