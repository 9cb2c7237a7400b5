"""What servers of the tests answer: the words of a question's first label, with hyphens between them, say what. Other words mean nothing."""
import socket
import struct

TRUTH, LIE = bytes([192, 0, 2, 200]), bytes([198, 51, 100, 66])
QNAME = b"\xc0\x0c"


def answer(query, data, identity=None, question=None, flags=0x8180, bare=False):
    asked = question or query[12:query.index(0, 12) + 5]
    opt = b"" if bare or not query[11] else b"\0" + struct.pack("!HHIH", 41, 1232, 0, 0)
    header = struct.pack("!HHHHHH", struct.unpack("!H", query[:2])[0] if identity is None else identity, flags, 1, 1, 0, 1 if opt else 0)
    return header + asked + record(QNAME, 1, data) + opt


def record(owner, kind, data):
    return owner + struct.pack("!HHIH", kind, 1, 60, len(data)) + data


def wire_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def service(kind, priority, target, *parameters):
    """An SVCB or HTTPS record (RFC 9460 2.2)."""
    data = struct.pack("!H", priority) + target
    return record(QNAME, kind, data + b"".join(struct.pack("!HH", key, len(value)) + value for key, value in parameters))


LONG = wire_name("a" * 60 + "." + "b" * 60 + ".tracker.example")
DEEP = wire_name("a." * 100 + "tracker.example")
ALPN, PUBLIC4, PUBLIC6 = (1, b"\2h2"), bytes([203, 0, 113, 5]), socket.inet_pton(socket.AF_INET6, "2001:db8::5")
ANSWERS = {  # with how many records; `cut` and `looped` cannot be read
    "private": (1, record(QNAME, 1, bytes([10, 1, 2, 3]))),
    "private6": (1, record(QNAME, 28, socket.inet_pton(socket.AF_INET6, "fd00::7"))),
    "mixed": (10, b"".join(record(QNAME, 1, bytes([203, 0, 113, i])) for i in range(9)) + record(QNAME, 1, bytes([192, 168, 0, 1]))),
    "alias": (2, record(QNAME, 5, wire_name("a.Tracker.example")) + record(wire_name("a.tracker.example"), 1, TRUTH)),
    "aliases": (3, record(QNAME, 5, wire_name("fine.example")) + record(wire_name("fine.example"), 5, LONG) + record(LONG, 1, TRUTH)),
    "deep": (2, record(QNAME, 5, DEEP) + record(DEEP, 1, TRUTH)),
    "harmless": (2, record(QNAME, 5, wire_name("fine.example")) + record(wire_name("fine.example"), 1, TRUTH)),
    "hint4": (1, service(65, 1, b"\0", ALPN, (4, PUBLIC4 + bytes([192, 168, 7, 7])))),
    "hint6": (1, service(64, 1, wire_name("fine.example"), ALPN, (4, PUBLIC4), (6, PUBLIC6 + socket.inet_pton(socket.AF_INET6, "fe80::7")))),
    "target": (1, service(65, 0, wire_name("a.tracker.example"))),
    "hinted": (1, service(65, 1, wire_name("fine.example"), ALPN, (4, PUBLIC4), (6, PUBLIC6))),
    "crooked": (1, service(65, 1, b"\0", (4, PUBLIC4 + b"\1"))),
    "looped": (1, QNAME + struct.pack("!HHIH", 5, 1, 60, 2) + b"\xc0\xff"),
    "cut": (2, record(QNAME, 1, bytes([10, 1, 2, 3]))),
    "many": (330, record(QNAME, 1, TRUTH) * 330),  # 5 KiB
    "manybad": (330, record(QNAME, 1, TRUTH) * 329 + record(QNAME, 1, bytes([10, 1, 2, 3]))),
    "nearly": (1015, record(QNAME, 1, TRUTH) * 1015),  # just below 16 KiB
    "toomany": (1250, record(QNAME, 1, TRUTH) * 1250),  # 20 KiB
}


def words_of(query):
    return query[13:13 + query[12]].decode("latin1").lower().split("-")


def true_answer(query, identity=None):
    for word in words_of(query):
        if word in ANSWERS:
            count, records = ANSWERS[word]
            header = (query[:2] if identity is None else struct.pack("!H", identity)) + struct.pack("!HHHHH", 0x8180, 1, count, 0, 0)
            return header + query[12:query.index(0, 12) + 5] + records
    return answer(query, TRUTH, identity)
