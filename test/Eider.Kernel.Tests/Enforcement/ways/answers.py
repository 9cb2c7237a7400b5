"""Sockets that take whatever comes: what reaches an application when others answer too."""
from asking import *

TRUTH = bytes([192, 0, 2, 200])


def all_answers(sock):
    """All that comes up to the true answer, which the server sends last."""
    sock.settimeout(LIMIT)
    answers = []
    while not answers or TRUTH not in answers[-1][0]:
        octets, peer = sock.recvfrom(65535)
        answers.append((octets, peer[0]))
    report(answers)


def answered():
    sock = udp(connect=False)
    sock.sendto(query(), (SERVER, DNS_PORT))
    all_answers(sock)


def answered_twice():
    """The same question, with the same id, to port 53 and to another, as forwarders ask that have two servers."""
    sock = udp(connect=False)
    for port in (DNS_PORT, 53):
        sock.sendto(query(), (SERVER, port))
    sock.settimeout(LIMIT)
    octets = [sock.recvfrom(65535) for _ in range(2)]
    report([(message, peer[1]) for message, peer in octets])


def answered_after_denied():
    """A denied question and another, in turn, by one socket."""
    sock, got = udp(), []
    sock.settimeout(LIMIT)
    for identity in range(2):
        for name in (OPTIONS["other"], NAME):
            sock.send(query(name, identity=ID + identity))
            got.append(sock.recvfrom(65535))
    report([(octets, peer[0]) for octets, peer in got])


def answered_connected():
    sock = udp()
    sock.send(query())
    all_answers(sock)


def answered_before(connect=False):
    """A port is bound, and answers come to it, before anything is asked from there."""
    sock = udp(connect=connect)
    if not connect:
        sock.bind(("", 0))
    fence(f"knock{sock.getsockname()[1]}-" + NAME)  # answered by the one who knocked first
    answers = collected(sock)
    sock.sendto(query(), (SERVER, 53))
    sock.settimeout(LIMIT)
    octets, peer = sock.recvfrom(65535)
    report(answers + [(octets, peer[0])])


def answered_before_connected():
    answered_before(connect=True)


def collected(sock):
    """What has come already."""
    answers = []
    sock.setblocking(False)
    try:
        while True:
            octets, peer = sock.recvfrom(65535)
            answers.append((octets, peer[0]))
    except BlockingIOError:
        return answers
