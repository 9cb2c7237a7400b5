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
} __attribute__((aligned(8))); /* it is hashed and compared by words */

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

/* For so long what is denied, and what went elsewhere for want of its place, is waited for however long something on its way holds it. */
#define WAITED_FOR_NS 60000000000ULL

/*
 * Between the socket layer and the wire layer: each flow has one place, which it shares with others. Most of the time one packet is under way there, from
 * the one layer to the next on the same processor; what finds its place taken goes to judged_queries. So that a flow is never in both, all that has this
 * place goes there as long as something of it may be there, but for the flow that holds the place.
 */
struct handover {
	struct bpf_spin_lock lock;
	__u32 pad;
	__u64 overflowed_ns; /* when something last went to judged_queries for want of this place; 0: nothing that is waited for */
	struct flow flow; /* protocol 0: the place is free */
	struct judged_query judged;
};

#define HANDOVERS (1 << 14) /* a power of two */

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, HANDOVERS);
	__type(key, __u32);
	__type(value, struct handover);
} handovers __weak SEC(".maps");

/* What found its place taken; what is left behind ages out. */
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
		return bpf_map_lookup_elem(&wire_devices, &device);
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

/* The flow's own. Who knows the arithmetic can take a place from a flow that he knows, which then pays for the map. */
static __always_inline struct handover *place_of(const struct flow *flow)
{
	const __u64 *word = (const __u64 *)flow;
	__u64 hash = 0;
	__u32 index;

#pragma unroll
	for (__u32 i = 0; i < sizeof(*flow) / sizeof(*word); i++) {
		hash = (hash ^ word[i]) * 0x9e3779b97f4a7c15ULL;
		hash ^= hash >> 32;
	}
	index = hash & (HANDOVERS - 1);
	return bpf_map_lookup_elem(&handovers, &index);
}

static __always_inline bool same_flow(const struct flow *one, const struct flow *other)
{
	const __u64 *a = (const __u64 *)one, *b = (const __u64 *)other;

	return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3] && a[4] == b[4];
}

/*
 * What is told of a flow, after what was told of it before and not seen on the wire yet. Queries of one flow and id that are under way together, because they
 * wait for a link address, cannot be told apart there: where one of them is denied, all are.
 */
static __always_inline void join(struct judged_query *judged, const struct judged_query *earlier, __u8 protocol)
{
	if (protocol != PROTO_UDP || !earlier->open || elapsed_ns(earlier->time_ns, judged->time_ns) >= HANDED_OVER_NS)
		return;
	judged->open += earlier->open;
	if (earlier->verdict.action != EIDER_DENY)
		return;
	/* A denied one that got lost does not speak for what follows for longer, however often that is. */
	if (judged->verdict.action != EIDER_DENY)
		judged->time_ns = earlier->time_ns;
	judged->verdict = earlier->verdict;
}

/* Tells the wire layer of a packet on its way. A function of its own, verified once. False: it could not be told. */
__weak int hand_over(const struct flow *flow, const struct judged_query *query)
{
	struct judged_query judged, *earlier;
	struct handover *place;
	bool same, waits, put;

	if (!flow || !query)
		return false;
	judged = *query;
	place = place_of(flow);
	if (!place)
		return false;
	bpf_spin_lock(&place->lock);
	same = same_flow(&place->flow, flow);
	waits = place->flow.protocol && elapsed_ns(place->judged.time_ns, judged.time_ns) <
						(place->judged.verdict.action == EIDER_DENY ? WAITED_FOR_NS : HANDED_OVER_NS);
	put = same && waits;
	if (put) {
		join(&judged, &place->judged, flow->protocol);
	} else {
		put = !waits && (!place->overflowed_ns || elapsed_ns(place->overflowed_ns, judged.time_ns) >= WAITED_FOR_NS);
		if (put)
			place->overflowed_ns = 0;
		else
			place->overflowed_ns = judged.time_ns;
	}
	if (put) {
		place->flow = *flow;
		place->judged = judged;
	} else if (same) {
		place->flow.protocol = 0; /* nor is it in both */
	}
	bpf_spin_unlock(&place->lock);
	if (put)
		return true;
	earlier = bpf_map_lookup_elem(&judged_queries, flow);
	if (earlier)
		join(&judged, earlier, flow->protocol);
	return !bpf_map_update_elem(&judged_queries, flow, &judged, BPF_ANY);
}

/* Whether what was told speaks of this packet. What spoke of it alone is over. */
static __always_inline bool speaks_of(struct judged_query *judged, __u8 protocol, __u32 next_sequence, bool *over)
{
	*over = true;
	if (protocol == PROTO_TCP && judged->verdict.action == EIDER_ALLOW) {
		/* A connection's stays, for what is sent of the same again. */
		*over = false;
		if (judged->open == next_sequence)
			judged->time_ns = 0;
		return (__s32)(judged->open - next_sequence) >= 0;
	}
	if (protocol == PROTO_UDP) {
		if (!judged->open)
			return false;
		*over = --judged->open == 0;
	}
	return true;
}

/* What the socket layer says of this packet; false where it knows nothing of it. */
static __always_inline bool fetch_verdict(const struct flow *flow, __u32 next_sequence, struct eider_verdict *verdict)
{
	struct handover *place = place_of(flow);
	bool found = false, over = false, overflowed;
	struct judged_query *judged;

	if (!place)
		return false;
	bpf_spin_lock(&place->lock);
	if (same_flow(&place->flow, flow)) {
		found = speaks_of(&place->judged, flow->protocol, next_sequence, &over);
		if (found)
			*verdict = place->judged.verdict;
		if (over)
			place->flow.protocol = 0;
	}
	overflowed = place->overflowed_ns;
	bpf_spin_unlock(&place->lock);
	if (found || !overflowed)
		return found;
	judged = bpf_map_lookup_elem(&judged_queries, flow);
	if (!judged)
		return false;
	*verdict = judged->verdict;
	if (flow->protocol == PROTO_TCP && verdict->action == EIDER_ALLOW)
		return (__s32)(judged->open - next_sequence) >= 0;
	if (flow->protocol == PROTO_TCP || __sync_fetch_and_sub(&judged->open, 1) <= 1)
		bpf_map_delete_elem(&judged_queries, flow);
	return true;
}

/* True where the wire layer waits for this packet and has been told. It is told of allowed queries too: what it is not told of no socket sent. */
static __always_inline bool hand_to_wire(struct __sk_buff *skb, const struct flow *flow, __u64 netns_cookie,
					 const struct eider_verdict *verdict, __u64 time_ns, __u32 open)
{
	struct eider_device device = {.netns_cookie = netns_cookie, .ifindex = skb->ifindex};
	struct judged_query judged = {.verdict = *verdict, .time_ns = time_ns, .open = open};
	__u8 *reach = bpf_map_lookup_elem(&wire_devices, &device);

	if (!reach)
		return false;
	if (flow->protocol == PROTO_TCP && verdict->action == EIDER_ALLOW && *reach != EIDER_REACH_WORKLOAD)
		return true; /* nobody asks there */
	return hand_over(flow, &judged);
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
