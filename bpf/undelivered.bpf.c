// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * Sensor: DNS responses that reach no socket, and what else comes from DNS ports to closed ones. Who guesses ports and ids hits closed ports most of the time, and what is sent
 * there no socket layer sees. The kernel says of each packet it lets go of why; a packet that is delivered costs nothing.
 */
#include "abi.h"
#include "lib/asking.h"
#include "lib/kernel.h"
#include "lib/maps.h"
#include "lib/packet.h"
#include "lib/ports.h"
#include "lib/tell.h"

/* A response that small answers nothing else, and one record of the ring holds it. */
#define HEAD_LEN 512

/* Source and destination to addresses[0..32). */
static __always_inline bool read_ends(__u8 *addresses, const __u8 *ip, __u8 version)
{
	__u32 mapped = bpf_htonl(0xffff);

	if (version == 6)
		return !bpf_probe_read_kernel(addresses, 32, ip + 8);
	__builtin_memset(addresses, 0, 32);
	__builtin_memcpy(addresses + 8, &mapped, 4);
	__builtin_memcpy(addresses + 24, &mapped, 4);
	return !bpf_probe_read_kernel(addresses + 12, 4, ip + 12) && !bpf_probe_read_kernel(addresses + 28, 4, ip + 16);
}

/* IP has put what it knows of the packet's fragments beside it. */
static __always_inline bool was_in_fragments(struct sk_buff *skb, __u8 version)
{
	const __u8 *size = (const __u8 *)skb + bpf_core_field_offset(struct sk_buff, cb);
	__u16 most = 0;

	size += version == 6 ? bpf_core_field_offset(struct inet6_skb_parm, frag_max_size)
			     : bpf_core_field_offset(struct inet_skb_parm, frag_max_size);
	return !bpf_probe_read_kernel(&most, sizeof(most), size) && most;
}

/* Who looks for the port of an open question asks one port after the other, and what he sends need not be a message. */
#define PROBE_WINDOW_NS 10000000000ULL
/* One such packet from a DNS port is rare, and this many are no accident. They are told no more often than once a second. */
#define PROBES_TOLD 32
#define PROBES_TOLD_NS 1000000000ULL

struct probe_key {
	__u64 netns_cookie;
	__u64 elsewhere; /* 1: from a port that is none of DNS */
	__u8 source[16];
};

struct probe_tally {
	__u64 since_ns;
	__u64 told_ns;
	__u64 ports[EIDER_PROBE_WORDS];
	__u64 packets;
};

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 12);
	__type(key, struct probe_key);
	__type(value, struct probe_tally);
} port_probes SEC(".maps");

static __always_inline void tell_probes(struct probe_tally *tally, const struct probe_key *key, const __u8 *addresses,
					const struct ports *ports, __u64 now_ns)
{
	struct eider_probes *record = bpf_ringbuf_reserve(&events, sizeof(*record), 0);

	if (!record)
		return; /* told with the next */
	record->header.type = EIDER_PROBES;
	record->header.size = sizeof(*record);
	record->header.time_ns = now_ns;
	record->netns_cookie = key->netns_cookie;
	__builtin_memcpy(record->source, addresses, 32);
	__builtin_memcpy(record->ports, tally->ports, sizeof(record->ports));
	record->packets = tally->packets;
	record->source_port = bpf_ntohs(ports->source);
	record->destination_port = bpf_ntohs(ports->destination);
	__builtin_memset(tally->ports, 0, sizeof(tally->ports));
	tally->packets = 0;
	tally->told_ns = now_ns;
	tally->since_ns = now_ns;
	bpf_ringbuf_submit(record, wake_flags(record, sizeof(*record)));
}

/* Processors may race here: what one counts and loses is one packet of many. */
static __noinline void note_probe(struct sk_buff *skb, const __u8 *ip, __u8 version, const struct ports *ports, bool elsewhere)
{
	struct probe_tally fresh = {}, *tally;
	__u64 now_ns = bpf_ktime_get_boot_ns();
	__u8 addresses[32];
	struct probe_key key = {.netns_cookie = skb->dev->nd_net.net->net_cookie, .elsewhere = elsewhere};
	__u32 bit = (__u32)(bpf_ntohs(ports->destination) * 0x9e3779b1u) >> 24;

	if (!elsewhere)
		count(EIDER_PROBED);
	if (!read_ends(addresses, ip, version))
		return;
	__builtin_memcpy(key.source, addresses, sizeof(key.source));
	tally = bpf_map_lookup_elem(&port_probes, &key);
	if (!tally) {
		fresh.since_ns = now_ns;
		bpf_map_update_elem(&port_probes, &key, &fresh, BPF_NOEXIST);
		tally = bpf_map_lookup_elem(&port_probes, &key);
		if (!tally)
			return;
	}
	if (now_ns - tally->since_ns > PROBE_WINDOW_NS) {
		__builtin_memset(tally->ports, 0, sizeof(tally->ports));
		tally->packets = 0;
		tally->since_ns = now_ns;
	}
	tally->ports[bit >> 6 & (EIDER_PROBE_WORDS - 1)] |= 1ULL << (bit & 63);
	if (++tally->packets >= PROBES_TOLD && now_ns - tally->told_ns >= PROBES_TOLD_NS)
		tell_probes(tally, &key, addresses, ports, now_ns);
}

/*
 * The port of an unconnected socket can be looked for from any port; whether the sender is a server is known to others. What comes
 * too late from ports of encrypted DNS is no response to a reader.
 */
static __always_inline void note_from_elsewhere(struct sk_buff *skb, const __u8 *ip, __u8 version, const struct ports *ports,
						__u8 protocol)
{
	if (protocol == PROTO_UDP && ports->source != bpf_htons(443) && ports->source != bpf_htons(853))
		note_probe(skb, ip, version, ports, true);
}

static __always_inline void tell(struct sk_buff *skb, const __u8 *ip, const __u8 *udp, __u8 version, const struct ports *ports,
				 __u32 left, __u8 flags)
{
	struct eider_dns *record;
	__u64 now_ns = bpf_ktime_get_boot_ns();

	if (!may_tell(now_ns))
		return;
	record = bpf_ringbuf_reserve(&events, sizeof(*record) + HEAD_LEN, 0);
	if (!record) {
		count(EIDER_LOST_RING_FULL);
		return;
	}
	__builtin_memset(record, 0, sizeof(*record));
	record->header.type = EIDER_DNS;
	record->header.time_ns = now_ns;
	record->owner.netns_cookie = skb->dev->nd_net.net->net_cookie;
	record->source_port = bpf_ntohs(ports->source);
	record->destination_port = bpf_ntohs(ports->destination);
	record->wire_len = left;
	record->protocol = PROTO_UDP;
	record->direction = EIDER_INGRESS;
	record->flags = flags | EIDER_DNS_UNDELIVERED | (was_in_fragments(skb, version) ? EIDER_DNS_FRAGMENTED : 0);
	if (left > HEAD_LEN) {
		record->flags |= EIDER_DNS_CUT;
		left = HEAD_LEN;
	}
	record->len = left;
	record->header.size = sizeof(*record) + left;
	if (!read_ends(record->source, ip, version) || bpf_probe_read_kernel(record + 1, left, udp + UDP_LEN)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		count(EIDER_LOST_LOAD_FAILED);
		return;
	}
	bpf_ringbuf_submit(record, wake_flags(record, sizeof(*record) + HEAD_LEN));
}

/* Whether what comes from a port that is none of DNS would be taken for an answer by a socket that listens to everybody. */
static __always_inline bool answers_from_elsewhere(const __u8 *ip, __u8 version, const struct ports *ports, const __u8 *header)
{
	__u64 now_ns = bpf_ktime_get_boot_ns();
	__u8 addresses[32];

	return heads_response(header) && has_asked_lately(ports->destination, now_ns) && read_ends(addresses, ip, version) &&
	       !is_other_server(addresses, ports, now_ns);
}

SEC("tp_btf/kfree_skb")
int undelivered_response(__u64 *arguments)
{
	struct sk_buff *skb = (struct sk_buff *)arguments[0];
	const __u8 *ip, *udp;
	struct ports ports;
	__u32 linear, left;
	__u8 protocol = 0, version, header[DNS_HEADER_LEN] = {};
	bool from_dns_port;
	__be16 length;

	if (arguments[2] != bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_NO_SOCKET) || !skb->dev)
		return 0;
	ip = skb->head + skb->network_header;
	udp = skb->head + skb->transport_header;
	if (bpf_probe_read_kernel(&ports, sizeof(ports), udp) || ports.source == bpf_htons(MULTICAST_PORT))
		return 0;
	from_dns_port = is_dns_port(ports.source);
	/* TCP has no socket for it either; its segments carry no message by themselves. */
	if (bpf_probe_read_kernel(&version, 1, ip))
		return 0;
	version >>= 4;
	if (bpf_probe_read_kernel(&protocol, 1, ip + (version == 6 ? 6 : 9)) || protocol == PROTO_TCP)
		return 0;
	if (!from_dns_port && !has_ever_asked(ports.destination)) {
		note_from_elsewhere(skb, ip, version, &ports, protocol);
		return 0;
	}
	if (bpf_probe_read_kernel(&length, sizeof(length), udp + 4))
		return 0;
	/* Read as a number: the difference of what the verifier takes for pointers is none to it. */
	linear = (__u64)BPF_CORE_READ(skb, data) + skb->len - skb->data_len - (__u64)BPF_CORE_READ(skb, head) - skb->transport_header;
	left = bpf_ntohs(length);
	if (left > linear)
		left = linear;
	/* A header's worth at least, and a response. */
	if (left > 0xffff)
		return 0;
	if (left >= UDP_LEN + DNS_HEADER_LEN && bpf_probe_read_kernel(header, sizeof(header), udp + UDP_LEN))
		return 0;
	if (from_dns_port && !(header[2] & 0x80)) {
		note_probe(skb, ip, version, &ports, false);
		return 0;
	}
	if (!from_dns_port && !answers_from_elsewhere(ip, version, &ports, header)) {
		note_from_elsewhere(skb, ip, version, &ports, protocol);
		return 0;
	}
	count(EIDER_UNDELIVERED);
	tell(skb, ip, udp, version, &ports, left - UDP_LEN, from_dns_port ? 0 : EIDER_DNS_ELSEWHERE);
	return 0;
}
