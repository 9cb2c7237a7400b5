/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * Ports that have asked. An answer from a port that is none of DNS is looked at only where one may be believed: at a port that a question has left from, by
 * UDP, and not long ago. A packet to any other port pays for one look at a table.
 */
#ifndef EIDER_ASKING_H
#define EIDER_ASKING_H

#include "abi.h"
#include "lib/kernel.h"
#include "lib/names.h"
#include "lib/packet.h"

/*
 * By client port, of all network namespaces together: when it asked last, in steps of two seconds, with the top bit set; 0: never. It comes round after four
 * minutes, when an old one looks new for a while: what is looked at in vain does no harm.
 */
__weak __u8 asking_ports[1 << 16];

#define ASKED 0x80
#define ASKED_SHIFT 31
/* Steps: a question is open for 15 seconds at most. */
#define ASKED_STEPS 8

/* Who asks there gets his answers from whatever port (RFC 6762 6.7). */
#define MULTICAST_PORT 5353

static __always_inline __u8 asked_step(__u64 now_ns)
{
	return ASKED | (now_ns >> ASKED_SHIFT & (ASKED - 1));
}

/* A question goes to a server. */
static __always_inline void note_asking(const struct ports *ports, __u64 now_ns)
{
	__u8 *asked = &asking_ports[bpf_ntohs(ports->source)], now = asked_step(now_ns);

	/* Not written where nothing changes: others read it. */
	if (*asked != now && ports->destination != bpf_htons(MULTICAST_PORT))
		*asked = now;
}

/* Nearly every port has not, which is all that their packets pay for. */
static __always_inline bool has_ever_asked(__be16 port)
{
	return asking_ports[bpf_ntohs(port)];
}

/* Of a port that has ever asked. */
static __always_inline bool has_asked_lately(__be16 port, __u64 now_ns)
{
	/* One more, since another processor may be a step ahead. */
	return ((asked_step(now_ns) - asking_ports[bpf_ntohs(port)] + 1) & (ASKED - 1)) <= ASKED_STEPS + 1;
}

/*
 * Whether a header of twelve octets is one of a response to a query: QR, opcode 0, one question or (of a failure) none, and no more records than a datagram
 * has room for.
 */
static __always_inline bool heads_response(const __u8 *header)
{
	return (header[2] & 0xf8) == 0x80 && !header[4] && (header[5] == 1 || (!header[5] && header[3] & 0x0f)) &&
	       !(header[6] & 0xf0) && !(header[8] & 0xf0) && !(header[10] & 0xf0);
}

/*
 * The header of a query, by every field in which random octets would differ (RFC 1035 4.1.1): QR and opcode 0, no response
 * code, one question, no answers, at most one record of authority (RFC 1995 3), and OPT and TSIG at most.
 */
static __always_inline bool heads_query(const __u8 *header)
{
	return !(header[2] & 0xf8) && !(header[3] & 0x0f) && !header[4] && header[5] == 1 && !header[6] && !header[7] && !header[8] &&
	       header[9] <= 1 && !header[10] && header[11] <= 2;
}

/* A server on a port that is none of DNS, which somebody asks of whom no policy wants that looked at: its answers are no forgeries. */
struct other_server {
	__u8 address[16];
	__be16 port;
	__be16 client_port;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 12);
	__type(key, struct other_server);
	__type(value, __u64); /* when it was asked last */
} other_servers __weak SEC(".maps");

#define OTHER_SERVER_NS ((__u64)ASKED_STEPS << ASKED_SHIFT)

/* Of a query from the first of two addresses to the second. */
static __always_inline void note_other_server(const __u8 *addresses, const struct ports *ports, __u64 now_ns)
{
	struct other_server key = {.port = ports->destination, .client_port = ports->source};
	__u64 *asked_ns;

	__builtin_memcpy(key.address, addresses + 16, sizeof(key.address));
	asked_ns = bpf_map_lookup_elem(&other_servers, &key);
	if (asked_ns)
		*asked_ns = now_ns;
	else
		bpf_map_update_elem(&other_servers, &key, &now_ns, BPF_ANY);
}

/* Of what comes from the first of two addresses. */
static __always_inline bool is_other_server(const __u8 *addresses, const struct ports *ports, __u64 now_ns)
{
	struct other_server key = {.port = ports->source, .client_port = ports->destination};
	__u64 *asked_ns;

	__builtin_memcpy(key.address, addresses, sizeof(key.address));
	asked_ns = bpf_map_lookup_elem(&other_servers, &key);
	return asked_ns && (now_ns < *asked_ns || now_ns - *asked_ns <= OTHER_SERVER_NS);
}

#endif
