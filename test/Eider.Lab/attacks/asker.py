"""A client that takes every answer it is given: shows what an application receives.

usage: python3 asker.py SERVER NAME [PORT ID]        asks once
       python3 asker.py SERVER NAME PORT ID again    asks again and again by one socket, until standard input ends

Prints a line for each datagram that its socket receives: `received ADDRESS from SERVER`. A question is over when its server's own answer came.
"""
import os
import select
import socket
import struct
import sys

SERVER, NAME = sys.argv[1:3]
PORT, ID = (int(number) for number in (sys.argv[3:5] or (0, 0x8000 | os.getpid() & 0x7FFF)))
asking = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asking.bind(("0.0.0.0", PORT))  # not connected: the kernel lets in whatever comes to the port
question = b"".join(bytes([len(label)]) + label.encode() for label in NAME.split(".")) + b"\0\0\1\0\1"


def receive():
    octets, (peer, _) = asking.recvfrom(65535)
    address = socket.inet_ntoa(octets[-4:]) if octets[7] else "nothing"
    print(f"received {address} from {peer}", "with another id" * (octets[:2] != struct.pack("!H", ID)), flush=True)
    return address != "198.51.100.66"


def ask(identity):
    asking.sendto(struct.pack("!HHHHHH", identity, 0x0100, 1, 0, 0, 0) + question, (SERVER, 53))
    while select.select([asking], [], [], 5)[0]:
        if receive():
            break
    while select.select([asking], [], [], 0.05)[0]:
        receive()


ask(ID)
while "again" in sys.argv and not select.select([sys.stdin], [], [], 0)[0]:
    ask(ID)
