/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* Makes a segment the reset that ends its connection for the client: with a denied query it goes back, with a denied answer on. */
#ifndef EIDER_RESET_H
#define EIDER_RESET_H

#include "lib/answer.h"
#include "lib/doomed.h"

#define TC_ACT_UNSPEC -1 /* on to the next program, if there is one */
#define TC_ACT_SHOT 2

/* The checksum does not depend on which end is which, so ends may be swapped afterwards. */
static __always_inline bool become_reset(struct __sk_buff *skb, const struct packet *packet, __be32 sequence, __be32 acknowledged)
{
	__u8 header[TCP_LEN] = {};
	__u16 checksum;
	__u64 sum;

	__builtin_memcpy(header, &packet->flow.ports, 4);
	__builtin_memcpy(header + 4, &sequence, 4);
	__builtin_memcpy(header + 8, &acknowledged, 4);
	header[12] = TCP_LEN / 4 << 4;
	header[13] = 0x14; /* RST, ACK */
	sum = (__u32)bpf_csum_diff(NULL, 0, (__be32 *)header, sizeof(header), 0);
	sum += (__u32)bpf_csum_diff(NULL, 0, (__be32 *)packet->flow.source, 32, 0);
	sum += bpf_htons(PROTO_TCP) + bpf_htons(TCP_LEN);
	checksum = fold(sum);
	__builtin_memcpy(header + 16, &checksum, 2);
	return resize(skb, packet, TCP_LEN) && !bpf_skb_store_bytes(skb, packet->transport, header, sizeof(header), 0);
}

/* To the sender of this query: acknowledges what was sent (RFC 9293 3.10.7). */
static __noinline int reset_connection(struct __sk_buff *skb, const struct packet *packet)
{
	__be32 acknowledged;

	if (bpf_skb_load_bytes(skb, packet->transport + 8, &acknowledged, sizeof(acknowledged)))
		return 0;
	return become_reset(skb, packet, acknowledged, bpf_htonl(packet->next_sequence)) && swap_ends(skb, packet);
}

/* To the receiver of this segment, where its connection is to end. */
static __noinline int end_doomed(struct __sk_buff *skb, __u32 network, __u32 transport)
{
	struct packet packet = {.network = network, .transport = transport};
	struct doomed *doomed;
	struct doomed_key key;
	__be32 acknowledged;
	__u32 expected;

	packet.flow.protocol = PROTO_TCP;
	if (!read_packet(skb, &packet) || !packet.payload_len)
		return TC_ACT_UNSPEC;
	doomed_key(&key, &packet.flow);
	doomed = bpf_map_lookup_elem(&doomed_connections, &key);
	if (!doomed)
		return TC_ACT_UNSPEC;
	expected = doomed->expected;
	if (packet.next_sequence - expected - 1 >= packet.payload_len)
		return TC_ACT_UNSPEC; /* another connection of the same ports */
	if (bpf_skb_load_bytes(skb, transport + 8, &acknowledged, sizeof(acknowledged)) ||
	    !become_reset(skb, &packet, bpf_htonl(expected), acknowledged))
		return TC_ACT_SHOT;
	bpf_map_delete_elem(&doomed_connections, &key); /* should the reset be lost, the socket layer asks again */
	count(EIDER_CONNECTIONS_RESET);
	return TC_ACT_UNSPEC;
}

#endif
