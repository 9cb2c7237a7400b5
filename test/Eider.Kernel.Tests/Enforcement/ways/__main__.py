"""Ways to ask a DNS question, honest ones and others. One run asks once and prints one line of JSON: what came back.

usage: python3 ways WAY SERVER NAME zone=NAME [type=N] [id=N] [edns=1] [fence=none] [port=N] [from=N] [count=N] [other=ADDRESS] [path=FILE] ...

Nothing here waits for a time to pass: a datagram is known to be unanswered when a query that was sent after it, the fence,
has its answer.
"""
import answers
import datagrams
import hands
import packets
import repeated
import streams
from asking import WAY

next(getattr(module, WAY) for module in (answers, datagrams, repeated, streams, packets, hands) if WAY in vars(module))()
