"""Sockets that change hands."""
import socket

from asking import *
from streams import framed, pieces_of, tcp


def give():
    """Makes a connected socket, and hands it to whoever comes by at path."""
    sock = tcp() if "tcp" in OPTIONS else udp()
    meeting = socket.socket(socket.AF_UNIX)
    meeting.bind(OPTIONS["path"])
    meeting.listen()
    print("waiting", flush=True)
    taker, _ = meeting.accept()
    socket.send_fds(taker, [b"."], [sock.fileno()])
    taker.recv(1)


def take():
    meeting = socket.socket(socket.AF_UNIX)
    meeting.connect(OPTIONS["path"])
    _, fds, _, _ = socket.recv_fds(meeting, 1, 1)
    sock = socket.socket(fileno=fds[0])
    if "tcp" in OPTIONS:
        sock.settimeout(LIMIT)
        pieces_of(sock, framed(query()))
    sock.settimeout(LIMIT)
    end = sent(lambda: sock.send(query()))
    try:
        report([(sock.recv(65535), SERVER)], end)
    except socket.timeout:
        report([], end or "timeout")
