/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* What the socket layer tells the wire layer of a query it has judged. */
#ifndef EIDER_VERDICT_H
#define EIDER_VERDICT_H

#include "lib/maps.h"
#include "lib/packet.h"
#include "lib/policy.h"

struct flow {
	__u8 source[16];
	__u8 destination[16];
	struct ports ports;
	__be16 id; /* of the DNS message; 0 for TCP, where the connection is meant */
	__u8 protocol;
	__u8 pad;
};

struct judged_query {
	__u64 time_ns;
	struct eider_verdict verdict;
	/* UDP: packets of this flow and id that the wire layer has not seen yet; TCP: the sequence number behind what may pass. */
	__u32 open;
};

/*
 * Longer than packets wait for a neighbour's link address (three requests, a second apart). What was handed over before that
 * and not seen has been lost on the way.
 */
#define HANDED_OVER_NS 5000000000ULL

/* Between the socket layer and the wire layer; what is left behind ages out. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 14);
	__type(key, struct flow);
	__type(value, struct judged_query);
} judged_queries __weak SEC(".maps");

/* Devices behind which the wire layer is attached, as the sender sees them. Kept by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 14);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct eider_device);
	__type(value, __u8); /* enum eider_reach */
} wire_devices __weak SEC(".maps");

/* One element: counted up by user space with each change of wire_devices. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE);
	__type(key, __u32);
	__type(value, __u64);
} wire_changes __weak SEC(".maps");

/* Whether the wire layer waits where the packet leaves, as the socket remembers it. For what is denied it is looked up each time. */
static __always_inline bool reaches(struct __sk_buff *skb, struct socket_state *socket, __u64 netns_cookie)
{
	struct eider_device device = {.netns_cookie = netns_cookie, .ifindex = skb->ifindex};
	__u32 zero = 0, as_of;
	__u64 *changes = bpf_map_lookup_elem(&wire_changes, &zero);

	if (!socket || !changes)
		return true;
	as_of = *(volatile __u64 *)changes;
	if (!as_of)
		return false; /* nowhere yet */
	if (socket->leaves_by != device.ifindex || socket->reach_as_of != as_of) {
		socket->reach = !!bpf_map_lookup_elem(&wire_devices, &device);
		socket->leaves_by = device.ifindex;
		socket->reach_as_of = as_of;
	}
	return socket->reach;
}

/*
 * True where the wire layer waits for this packet and has been told. It is told of allowed queries too: what it is not told
 * of no socket sent. Queries of one flow and id that are under way together, because they wait for a link address, cannot be
 * told apart on the wire: where one of them is denied, all are.
 */
static __always_inline bool hand_to_wire(struct __sk_buff *skb, const struct flow *flow, __u64 netns_cookie,
					 const struct eider_verdict *verdict, __u64 time_ns, __u32 open)
{
	struct eider_device device = {.netns_cookie = netns_cookie, .ifindex = skb->ifindex};
	struct judged_query judged = {.verdict = *verdict, .time_ns = time_ns, .open = open};
	__u8 *reach = bpf_map_lookup_elem(&wire_devices, &device);
	struct judged_query *earlier;

	if (!reach)
		return false;
	if (flow->protocol == PROTO_UDP) {
		earlier = bpf_map_lookup_elem(&judged_queries, flow);
		if (earlier && earlier->open && time_ns - earlier->time_ns < HANDED_OVER_NS) {
			judged.open += earlier->open;
			if (earlier->verdict.action == EIDER_DENY)
				judged.verdict = earlier->verdict;
		}
	} else if (verdict->action == EIDER_ALLOW && *reach != EIDER_REACH_WORKLOAD) {
		return true; /* nobody asks there */
	}
	return !bpf_map_update_elem(&judged_queries, flow, &judged, BPF_ANY);
}

/*
 * Copies the question of the message at offset into scratch. False where it is no query; a query that cannot be read is
 * left with an empty question, which no reader takes for a name.
 */
static __always_inline bool load_question(struct __sk_buff *skb, __u32 offset, __u32 len, struct scratch *scratch)
{
	__u8 *header = scratch->question.header + sizeof(scratch->question.header) - DNS_HEADER_LEN;

	scratch->question.len = 0;
	if (len > DNS_HEADER_LEN + QUESTION_LEN + EDNS_HEAD_LEN)
		len = DNS_HEADER_LEN + QUESTION_LEN + EDNS_HEAD_LEN;
	if (len < DNS_HEADER_LEN || bpf_skb_load_bytes(skb, offset, header, len))
		return true;
	if (header[2] & 0x80)
		return false;
	/* One question, as every query has (RFC 9619). */
	if (header[4] || header[5] != 1)
		return true;
	scratch->question.len = len - DNS_HEADER_LEN;
	return true;
}

#endif
