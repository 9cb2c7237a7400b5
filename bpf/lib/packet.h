/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * From the network header to the transport payload. Ports come first, by direct packet access, so that a packet of no
 * interest costs a few loads; the rest is read only for what passes.
 */
#ifndef EIDER_PACKET_H
#define EIDER_PACKET_H

#include "lib/kernel.h"

#define TCP_SYN 0x02
#define UDP_LEN 8 /* of the header */

#define PROTO_HOP_BY_HOP 0
#define PROTO_TCP 6
#define PROTO_UDP 17
#define PROTO_ROUTING 43
#define PROTO_FRAGMENT 44
#define PROTO_AUTH 51
#define PROTO_DESTINATION 60

/* The kernel itself gives up on longer chains of extension headers by default (net.ipv6.max_hbh_opts_number limits options, RFC 7112 the chain). */
#define MAX_EXTENSION_HEADERS 8

struct transport {
	__u32 offset; /* of the transport header, from the network header */
	__u8 protocol;
	bool fragment; /* not all of the datagram is here */
	bool later_fragment; /* nor its transport header */
};

struct ports {
	__be16 source;
	__be16 destination;
};

enum parse_result {
	PARSE_OK,
	PARSE_OTHER, /* neither UDP nor TCP, or no IP */
	PARSE_MALFORMED,
};

static __always_inline enum parse_result parse_ipv4(void *data, void *end, struct transport *at)
{
	__u8 *ip = data;

	if (data + 20 > end)
		return PARSE_MALFORMED;
	at->protocol = ip[9];
	if (at->protocol != PROTO_UDP && at->protocol != PROTO_TCP)
		return PARSE_OTHER;
	at->offset = (ip[0] & 0x0f) * 4;
	if (at->offset < 20)
		return PARSE_MALFORMED;
	at->later_fragment = (ip[6] & 0x1f) || ip[7];
	at->fragment = at->later_fragment || ip[6] & 0x20;
	return PARSE_OK;
}

/* The way along extension headers, in one word: where the next header is, which one that is, and whether there was one of a fragment. */
#define EXTENSION_OFFSET 0x7fff
#define EXTENSION_NEXT_SHIFT 16
#define EXTENSION_FRAGMENT 0x1000000
#define EXTENSION_LATER 0x2000000
#define EXTENSION_OTHER 0x4000000 /* it leads to something else */
#define EXTENSION_MALFORMED 0x8000000

/* Past one header. A function of its own, verified once: what it says is a number like any other, so that paths do not multiply in the loop around it. */
__weak __u32 pass_extension(struct __sk_buff *skb, __u32 network, __u32 way)
{
	__u32 offset = way & EXTENSION_OFFSET, flags = way & (EXTENSION_FRAGMENT | EXTENSION_LATER);
	__u8 next = way >> EXTENSION_NEXT_SHIFT, header[4];

	if (next != PROTO_HOP_BY_HOP && next != PROTO_ROUTING && next != PROTO_FRAGMENT && next != PROTO_AUTH &&
	    next != PROTO_DESTINATION)
		return EXTENSION_OTHER;
	if (bpf_skb_load_bytes(skb, network + offset, header, sizeof(header)))
		return EXTENSION_MALFORMED;
	if (next == PROTO_FRAGMENT) {
		offset += 8;
		flags = 0;
		if (header[2] || header[3] & 0xf9)
			flags |= EXTENSION_FRAGMENT;
		if (header[2] || header[3] & 0xf8)
			flags |= EXTENSION_LATER;
	} else if (next == PROTO_AUTH) {
		offset += (header[1] + 2) * 4;
	} else {
		offset += (header[1] + 1) * 8;
	}
	return offset | header[0] << EXTENSION_NEXT_SHIFT | flags;
}

/* To the transport header behind an IPv6 header whose next one is this. Eight headers reach 16,424 octets at most. */
__weak __u32 pass_extensions(struct __sk_buff *skb, __u32 network, __u32 next)
{
	__u32 way = 40 | (next & 0xff) << EXTENSION_NEXT_SHIFT;

#pragma clang loop unroll(disable)
	for (int i = 0; i < MAX_EXTENSION_HEADERS; i++) {
		way = pass_extension(skb, network, way);
		next = way >> EXTENSION_NEXT_SHIFT & 0xff;
		if (way & (EXTENSION_OTHER | EXTENSION_MALFORMED) || next == PROTO_UDP || next == PROTO_TCP)
			return way;
	}
	return EXTENSION_MALFORMED;
}

static __always_inline enum parse_result parse_ipv6(struct __sk_buff *skb, __u32 network, void *data, void *end, struct transport *at)
{
	__u8 *ip = data;
	__u32 way;

	if (data + 40 > end)
		return PARSE_MALFORMED;
	at->protocol = ip[6];
	at->offset = 40;
	at->later_fragment = false;
	at->fragment = false;
	if (at->protocol == PROTO_UDP || at->protocol == PROTO_TCP)
		return PARSE_OK;
	way = pass_extensions(skb, network, at->protocol);
	if (way & (EXTENSION_OTHER | EXTENSION_MALFORMED))
		return way & EXTENSION_OTHER ? PARSE_OTHER : PARSE_MALFORMED;
	at->protocol = way >> EXTENSION_NEXT_SHIFT & 0xff;
	at->offset = way & EXTENSION_OFFSET;
	at->later_fragment = way & EXTENSION_LATER;
	at->fragment = way & EXTENSION_FRAGMENT;
	return PARSE_OK;
}

#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_QINQ 0x88a8

/*
 * The same for a frame as tc programs see it, with its Ethernet header and what VLAN tags the device left in it. Offsets in
 * at are from the network header, which is *network octets into the frame, or would be if it were IP.
 */
static __always_inline enum parse_result parse_frame(struct __sk_buff *skb, __u32 *network, struct transport *at)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	__u32 offset = 14;
	__be16 type;

	*network = offset;
	if (data + 14 > end)
		return PARSE_OTHER;
	type = *(__be16 *)(data + 12);
#pragma unroll
	for (int tags = 0; tags < 2; tags++) {
		if (type != bpf_htons(ETHERTYPE_VLAN) && type != bpf_htons(ETHERTYPE_QINQ))
			break;
		if (data + offset + 4 > end)
			return PARSE_MALFORMED;
		type = *(__be16 *)(data + offset + 2);
		offset += 4;
	}
	if (type == bpf_htons(ETHERTYPE_VLAN) || type == bpf_htons(ETHERTYPE_QINQ))
		return PARSE_MALFORMED; /* more tags than anybody uses */
	*network = offset;
	if (type == bpf_htons(0x0800))
		return parse_ipv4(data + offset, end, at);
	if (type == bpf_htons(0x86dd))
		return parse_ipv6(skb, offset, data + offset, end, at);
	return PARSE_OTHER;
}

/* Fills in where the transport header is. The packet starts at its network header, as cgroup_skb programs see it. */
static __always_inline enum parse_result parse_network(struct __sk_buff *skb, struct transport *at)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;

	if (skb->protocol == bpf_htons(0x0800))
		return parse_ipv4(data, end, at);
	if (skb->protocol == bpf_htons(0x86dd))
		return parse_ipv6(skb, 0, data, end, at);
	return PARSE_OTHER;
}

/* False where the packet ends before its ports. */
static __always_inline bool read_ports(struct __sk_buff *skb, const struct transport *at, struct ports *ports)
{
	__u32 offset = at->offset & 0x7fff; /* longer header chains do not parse; the bound is the verifier's */
	void *start = (void *)(long)skb->data + offset;

	if (start + sizeof(*ports) <= (void *)(long)skb->data_end) {
		*ports = *(struct ports *)start;
		return true;
	}
	/* Not in the linear part. */
	return !bpf_skb_load_bytes(skb, offset, ports, sizeof(*ports));
}

#endif
