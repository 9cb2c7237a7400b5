"""Ways to ask a DNS question, honest ones and others. One run asks once and prints one line of JSON: what came back.

usage: ways.py WAY SERVER NAME zone=NAME [type=N] [id=N] [edns=1] [fence=none] [count=N] [other=ADDRESS] [path=FILE] ...

Nothing here waits for a time to pass: a datagram is known to be unanswered when a query that was sent after it, the fence,
has its answer.
"""
import ctypes
import errno
import json
import os
import select
import socket
import struct
import subprocess
import sys

WAY, SERVER, NAME = sys.argv[1:4]
OPTIONS = dict(option.split("=", 1) for option in sys.argv[4:])
TYPE, ID = int(OPTIONS.get("type", 1)), int(OPTIONS.get("id", 0x4EED))
FENCE = OPTIONS.get("fence", "fence." + OPTIONS["zone"])
LIMIT = 10.0
V6 = ":" in SERVER
FAMILY = socket.AF_INET6 if V6 else socket.AF_INET


def wire_name(name):
    return b"".join(bytes([len(label)]) + label.encode("latin1") for label in name.split(".")) + b"\0"


def query(name=NAME, kind=TYPE, identity=ID, edns="edns" in OPTIONS, padding=0):
    opt = b""
    if edns or padding:
        data = struct.pack("!HH", 12, padding) + bytes(padding) if padding else b""
        opt = b"\0" + struct.pack("!HHIH", 41, 4096, 0, len(data)) + data
    header = struct.pack("!HHHHHH", identity, 0x0100, 1, 0, 0, 1 if opt else 0)
    return header + wire_name(name) + struct.pack("!HH", kind, 1) + opt


def benign(name=NAME):
    """A name as long, which nobody denies."""
    return name.lower().replace("denied", "benign")


def report(answers=(), end=None, **more):
    print(json.dumps({"answers": [{"octets": octets.hex(), "from": str(peer)} for octets, peer in answers], "end": end, **more}), flush=True)
    os._exit(0)


def fence(name=FENCE):
    with socket.socket(FAMILY, socket.SOCK_DGRAM) as own:
        own.settimeout(LIMIT)
        own.connect((SERVER, 53))
        own.send(query(name, 1, 0x0FE0, False))
        own.recv(65535)


def collect(udp, expected=1):
    """Every datagram that has come by the time the fence is answered; without a fence, the first that comes. Where fewer came
    than are expected, another processor may still be at work on one: it gets a second more."""
    answers = []
    try:
        if FENCE == "none":
            udp.settimeout(LIMIT)
            octets, peer = udp.recvfrom(65535)
            return [(octets, peer[0])]
        fence()
        while True:
            udp.settimeout(1.0 if len(answers) < expected else 0)
            octets, peer = udp.recvfrom(65535)
            answers.append((octets, peer[0]))
    except (BlockingIOError, socket.timeout):
        return answers


def udp(server=None, family=FAMILY, connect=True):
    sock = socket.socket(family, socket.SOCK_DGRAM)
    if connect:
        sock.connect((server or SERVER, 53))
    return sock


def sent(action):
    """The system call fails where a denied query is dropped before it leaves its host."""
    try:
        action()
        return None
    except OSError as failure:
        return errno.errorcode[failure.errno]


def ask(sock, action):
    end = sent(action)
    report(collect(sock, 0 if end else 1), end)


# ---- datagrams ----


def connected():
    sock = udp()
    ask(sock, lambda: sock.send(query()))


def unconnected():
    sock = udp(connect=False)
    ask(sock, lambda: sock.sendto(query(), (SERVER, 53)))


def iovecs():
    sock = udp(connect=False)
    ask(sock, lambda: sock.sendmsg([bytes([octet]) for octet in query()], [], 0, (SERVER, 53)))


def corked():
    sock = udp()

    def pieces():
        message = query()
        sock.send(message[:20], socket.MSG_MORE)
        sock.send(message[20:])

    ask(sock, pieces)


def sendmmsg():
    class Iovec(ctypes.Structure):
        _fields_ = [("base", ctypes.c_char_p), ("len", ctypes.c_size_t)]

    class Message(ctypes.Structure):
        _fields_ = [("name", ctypes.c_void_p), ("namelen", ctypes.c_uint32), ("iov", ctypes.POINTER(Iovec)), ("iovlen", ctypes.c_size_t),
                    ("control", ctypes.c_void_p), ("controllen", ctypes.c_size_t), ("flags", ctypes.c_int), ("pad", ctypes.c_int), ("len", ctypes.c_uint)]

    sock = udp()
    octets = [query(benign(), identity=1), query(identity=ID), query(benign(), identity=3)]
    vectors = [Iovec(message, len(message)) for message in octets]
    messages = (Message * 3)(*[Message(iov=ctypes.pointer(vector), iovlen=1) for vector in vectors])
    libc = ctypes.CDLL(None, use_errno=True)
    count = libc.sendmmsg(sock.fileno(), messages, 3, 0)
    report(collect(sock, 3), None if count == 3 else f"{count} sent: {errno.errorcode.get(ctypes.get_errno())}")


def segmented():
    """One system call, one buffer, two datagrams: generic segmentation of UDP."""
    first, second = query(benign(), identity=1), query()
    sock = udp()
    sock.setsockopt(17, 103, len(first))  # UDP_SEGMENT
    ask(sock, lambda: sock.send(first + second))


def mapped():
    sock = udp("::ffff:" + SERVER, socket.AF_INET6)
    ask(sock, lambda: sock.send(query()))


def mapped_unconnected():
    sock = udp(family=socket.AF_INET6, connect=False)
    ask(sock, lambda: sock.sendto(query(), ("::ffff:" + SERVER, 53)))


def peer_named():
    """Connected to one port, sent to another."""
    sock = udp(connect=False)
    sock.connect((SERVER, 9))
    ask(sock, lambda: sock.sendto(query(), (SERVER, 53)))


def peer_changed():
    sock = udp(OPTIONS["other"])
    sock.connect((SERVER, 53))
    ask(sock, lambda: sock.send(query()))


def peer_dissolved():
    sock = udp(OPTIONS["other"])
    libc = ctypes.CDLL(None, use_errno=True)
    libc.connect(sock.fileno(), struct.pack("=HHQ", socket.AF_UNSPEC, 0, 0), 16)
    ask(sock, lambda: sock.sendto(query(), (SERVER, 53)))


def ip_options():
    sock = udp()
    sock.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, b"\1" * 40)
    ask(sock, lambda: sock.send(query()))


PADDING_OPTION = bytes([0, 0, 1, 4, 0, 0, 0, 0])


def extension_headers():
    sock = udp()
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_HOPOPTS, PADDING_OPTION)
    sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_DSTOPTS, PADDING_OPTION)
    ask(sock, lambda: sock.send(query()))


def large():
    """So large that it leaves in fragments."""
    sock = udp()
    ask(sock, lambda: sock.send(query(padding=3000)))


def two_questions():
    message = struct.pack("!HHHHHH", ID, 0x0100, 2, 0, 0, 0) + wire_name(benign()) + struct.pack("!HH", TYPE, 1) + wire_name(NAME) + struct.pack("!HH", TYPE, 1)
    sock = udp()
    ask(sock, lambda: sock.send(message))


def compressed():
    """The name's end stands behind the question, where a pointer leads."""
    first, rest = NAME.split(".", 1)
    pointer = 12 + 1 + len(first) + 2 + 4
    message = struct.pack("!HHHHHH", ID, 0x0100, 1, 0, 0, 0) + bytes([len(first)]) + first.encode() + struct.pack("!HHH", 0xC000 | pointer, TYPE, 1) + wire_name(rest)
    sock = udp()
    ask(sock, lambda: sock.send(message))


def hidden_behind_length():
    """The datagram's length leaves its question out."""
    raw_ip(udp_datagram(query(), length=12))


def overtaken():
    """A denied and an allowed query of one id wait together for a link address; it is the resolver's own, as it turns out."""
    other, device = OPTIONS["other"], OPTIONS.get("device", "eth0")
    resolver = link_address(SERVER, device)
    subprocess.run(["ip", "neigh", "del", other, "dev", device], check=False, stderr=subprocess.DEVNULL)
    sock = udp(other)
    order = [query(), query(benign())]
    if "reverse" in OPTIONS:
        order.reverse()
    ends = [sent(lambda message=message: sock.send(message)) for message in order]
    subprocess.run(["ip", "neigh", "replace", other, "lladdr", resolver, "dev", device, "nud", "permanent"], check=True)
    answers = collect(sock)
    subprocess.run(["ip", "neigh", "replace", other, "lladdr", "02:00:00:00:00:01", "dev", device, "nud", "permanent"], check=True)
    report(answers, next((end for end in ends if end), None))


def many():
    """As fast as they are answered: count queries, each with its answer's rcode."""
    sock = udp()
    sock.settimeout(LIMIT)
    rcodes = []
    for number in range(int(OPTIONS["count"])):
        sock.send(query(NAME.replace("%", str(number)), identity=number + 1))
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


# ---- streams ----


def framed(message):
    return struct.pack("!H", len(message)) + message


def tcp(family=FAMILY, server=SERVER):
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.settimeout(LIMIT)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.connect((server, 53))
    PEERS[sock] = sock.getpeername()[0]
    return sock


PEERS = {}  # as the connection showed them when it was there


def read_messages(sock, count=1):
    """Messages until count have come or the connection ends."""
    answers, octets = [], b""
    peer = PEERS.get(sock, SERVER)
    try:
        while len(answers) < count:
            piece = sock.recv(65535)
            if not piece:
                report(answers, "closed")
            octets += piece
            while len(octets) >= 2 and len(octets) >= 2 + int.from_bytes(octets[:2], "big"):
                size = 2 + int.from_bytes(octets[:2], "big")
                answers.append((octets[2:size], peer))
                octets = octets[size:]
    except socket.timeout:
        report(answers, "timeout")
    except ConnectionError as failure:
        report(answers, errno.errorcode[failure.errno])
    report(answers, "open")


def pieces_of(sock, *pieces, count=1):
    try:
        for piece in pieces:
            sock.sendall(piece)
    except ConnectionError:
        pass  # the reset came between two pieces; reading tells of it
    read_messages(sock, count)


def stream():
    pieces_of(tcp(), framed(query()))


def stream_mapped():
    pieces_of(tcp(socket.AF_INET6, "::ffff:" + SERVER), framed(query()))


def stream_prefix_apart():
    message = framed(query())
    pieces_of(tcp(), message[:2], message[2:])


def stream_prefix_split():
    message = framed(query())
    pieces_of(tcp(), message[:1], message[1:])


def stream_octets():
    pieces_of(tcp(), *[bytes([octet]) for octet in framed(query())])


def stream_halves():
    message = framed(query())
    pieces_of(tcp(), message[:25], message[25:])


def stream_last():
    """Three messages in one segment, the denied one last."""
    pieces_of(tcp(), framed(query(benign(), identity=1)) + framed(query(benign(), identity=2)) + framed(query()), count=3)


def stream_straddling():
    """The end of an allowed message and the beginning of a denied one share a segment."""
    octets = framed(query(benign(), identity=1)) + framed(query())
    middle = len(octets) // 2 + 10
    pieces_of(tcp(), octets[:middle], octets[middle:], count=2)


def stream_later():
    """An allowed query, its answer, then a denied one on the same connection."""
    sock = tcp()
    sock.sendall(framed(query(benign(), identity=1)))
    first = sock.recv(65535)
    if not first:
        report([], "closed early")
    pieces_of(sock, framed(query()))


def stream_large():
    pieces_of(tcp(), framed(query(padding=60000)))


def stream_after_empty():
    pieces_of(tcp(), framed(b""), framed(query()))


def stream_urgent():
    """The receiver takes urgent octets out of the stream. This one is the length of a label that on the wire swallows the two
    which make the name a denied one; what is left over at the end hides behind an EDNS record."""
    message = framed(query(edns=True))
    middle = 2 + 12 + 1 + len(NAME.split(".")[0])
    swallowed = sum(1 + len(label) for label in NAME.split(".")[1:3])
    sock = tcp()
    sock.sendall(message[:middle])
    sock.send(bytes([swallowed]), socket.MSG_OOB)
    pieces_of(sock, message[middle:])


def stream_fast_open():
    sock = socket.socket(FAMILY, socket.SOCK_STREAM)
    sock.settimeout(LIMIT)
    try:
        sock.sendto(framed(query()), socket.MSG_FASTOPEN, (SERVER, 53))
    except ConnectionError as failure:
        report([], errno.errorcode[failure.errno])
    read_messages(sock)


# ---- packets made by hand ----


def checksum(octets):
    octets += b"\0" * (len(octets) & 1)
    total = sum(struct.unpack(f"!{len(octets) // 2}H", octets))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def own_address():
    with udp() as probe:
        return probe.getsockname()[0]


def packed(address):
    return socket.inet_pton(FAMILY, address)


PORT = 40000 + os.getpid() % 20000


def udp_datagram(payload, length=None):
    header = struct.pack("!HHHH", PORT, 53, length or 8 + len(payload), 0)
    pseudo = packed(own_address()) + packed(SERVER) + struct.pack("!II", 8 + len(payload), 17)
    return header[:6] + struct.pack("!H", checksum(pseudo + header + payload) or 0xFFFF) + payload


def ip_packet(payload, protocol=17, fragment=0):
    if V6:
        return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + packed(own_address()) + packed(SERVER) + payload
    header = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0x1DE8, fragment, 64, protocol, 0) + packed(own_address()) + packed(SERVER)
    return header[:10] + struct.pack("!H", checksum(header)) + header[12:] + payload


def fragments(datagram, first):
    """Two fragments, of which the first has so many octets."""
    if V6:
        return [ip_packet(struct.pack("!BBHI", 17, 0, 1, 0x1DE80001) + datagram[:first], 44),
                ip_packet(struct.pack("!BBHI", 17, 0, first, 0x1DE80001) + datagram[first:], 44)]
    return [ip_packet(datagram[:first], fragment=0x2000), ip_packet(datagram[first:], fragment=first // 8)]


def many_headers(datagram, count):
    headers = b"".join(bytes([60 if left else 17, 0]) + PADDING_OPTION[2:] for left in reversed(range(count)))
    return ip_packet(headers + datagram, 60)


def receiver():
    """Takes the answer to a packet made by hand."""
    sock = socket.socket(FAMILY, socket.SOCK_DGRAM)
    sock.bind((own_address(), PORT))
    return sock


def raw_ip(*payloads):
    own = receiver()
    raw = socket.socket(FAMILY, socket.SOCK_RAW, 17)
    ask(own, lambda: [raw.sendto(payload, (SERVER, 0)) for payload in payloads])


def raw_socket():
    raw_ip(udp_datagram(query()))


def raw_whole(*packets):
    own = receiver()
    raw = socket.socket(FAMILY, socket.SOCK_RAW, socket.IPPROTO_RAW)
    if V6:
        raw.setsockopt(socket.IPPROTO_IPV6, 36, 1)  # IPV6_HDRINCL
    ask(own, lambda: [raw.sendto(packet, (SERVER, 0)) for packet in packets])


def raw_fragments():
    raw_whole(*fragments(udp_datagram(query()), int(OPTIONS["first"])))


def raw_many_headers():
    raw_whole(many_headers(udp_datagram(query()), int(OPTIONS["count"])))


def link_address(address, device="eth0"):
    fence()  # so that it is known
    shown = subprocess.run(["ip", "neigh", "show", address, "dev", device], capture_output=True, text=True, check=True).stdout.split()
    return shown[shown.index("lladdr") + 1]


def link_addresses():
    to = bytes.fromhex(link_address(SERVER).replace(":", ""))
    with socket.socket(socket.AF_PACKET, socket.SOCK_RAW) as probe:
        probe.bind(("eth0", 0))
        own = probe.getsockname()[4]
    return to, own


def frames(*packets, tags=b""):
    """As AF_PACKET frames, around the socket layer; what comes back is taken from the device too."""
    to, own = link_addresses()
    kind = b"\x86\xdd" if V6 else b"\x08\0"
    device = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    device.bind(("eth0", 3))
    end = sent(lambda: [device.send(to + own + tags + kind + packet) for packet in packets])
    fence()
    device.settimeout(0.5)
    answers = []
    try:
        while True:
            frame, about = device.recvfrom(65535)
            port = struct.pack("!HH", 53, PORT)
            if about[2] != socket.PACKET_OUTGOING and port in frame:
                answers.append((frame[frame.index(port) + 8:], SERVER))
    except socket.timeout:
        report(answers, end)


def frame():
    frames(ip_packet(udp_datagram(query())))


def frame_tagged():
    frames(ip_packet(udp_datagram(query())), tags=b"\x81\0\0\7")


def frame_tagged_twice():
    frames(ip_packet(udp_datagram(query())), tags=b"\x88\xa8\0\7\x81\0\0\5")


def frame_tagged_thrice():
    frames(ip_packet(udp_datagram(query())), tags=b"\x88\xa8\0\7\x81\0\0\5\x81\0\0\3")


def frame_fragments():
    frames(*fragments(udp_datagram(query()), int(OPTIONS["first"])))


def frame_options():
    packet = ip_packet(udp_datagram(query()))
    options = b"\1" * 40
    header = bytes([0x4F]) + packet[1:2] + struct.pack("!H", len(packet) + 40) + packet[4:10] + b"\0\0" + packet[12:20] + options
    frames(header[:10] + struct.pack("!H", checksum(header)) + header[12:] + packet[20:])


def frame_many_headers():
    frames(many_headers(udp_datagram(query()), int(OPTIONS["count"])))


def frame_stream():
    """A connection made by hand, from an address that the pod's own kernel does not know and would not reset (IPv4)."""
    to, own = link_addresses()
    source = packed(own_address())[:3] + bytes([199])
    device = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
    device.bind(("eth0", 3))
    device.settimeout(2.0)

    def send(sequence, acknowledged, flags, payload=b""):
        header = struct.pack("!HHIIBBHHH", PORT, 53, sequence, acknowledged, 5 << 4, flags, 65535, 0, 0)
        total = checksum(source + packed(SERVER) + struct.pack("!II", len(header) + len(payload), 6) + header + payload)
        segment = header[:16] + struct.pack("!H", total) + header[18:] + payload
        ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(segment), 1, 0, 64, 6, 0) + source + packed(SERVER)
        device.send(to + own + b"\x08\0" + ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:] + segment)

    def receive(wanted):
        while True:
            heard = device.recv(65535)
            if heard[12:14] == b"\x08\x06" and heard[20:22] == b"\0\1" and heard[38:42] == source:
                device.send(heard[6:12] + own + heard[12:20] + b"\0\2" + own + source + heard[22:32])
            elif heard[12:14] == b"\x08\0" and heard[30:34] == source and heard[23] == 6:
                at = 14 + (heard[14] & 15) * 4
                length = int.from_bytes(heard[16:18], "big") + 14
                payload, flags = heard[at + (heard[at + 12] >> 4) * 4:length], heard[at + 13]
                if flags & 4:
                    report([], "ECONNRESET")
                if wanted(flags, payload):
                    return int.from_bytes(heard[at + 4:at + 8], "big"), payload

    try:
        send(1000, 0, 0x02)
        server, _ = receive(lambda flags, payload: flags & 0x12 == 0x12)
        send(1001, server + 1, 0x18, framed(query()))
        _, payload = receive(lambda flags, payload: payload)
        report([(payload[2:], SERVER)], "open")
    except socket.timeout:
        report([], "timeout")


# ---- sockets that change hands ----


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


globals()[WAY]()
