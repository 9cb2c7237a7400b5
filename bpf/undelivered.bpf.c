// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * Sensor: DNS responses that reach no socket. Who guesses ports and ids hits closed ports most of the time, and what is sent
 * there no socket layer sees. The kernel says of each packet it lets go of why; a packet that is delivered costs nothing.
 */
#include "abi.h"
#include "lib/kernel.h"
#include "lib/maps.h"
#include "lib/packet.h"
#include "lib/ports.h"
#include "lib/tell.h"

#define UDP_HEADER_LEN 8
#define HEADER_FLAGS 2 /* offset in a DNS message */
/* A response that small answers nothing else, and one record of the ring holds it. */
#define HEAD_LEN 512

static __always_inline bool read_mapped(struct eider_dns *record, const __u8 *ip)
{
	__u32 mapped = bpf_htonl(0xffff);

	__builtin_memset(record->source, 0, 32);
	__builtin_memcpy(record->source + 8, &mapped, 4);
	__builtin_memcpy(record->destination + 8, &mapped, 4);
	return !bpf_probe_read_kernel(record->source + 12, 4, ip + 12) && !bpf_probe_read_kernel(record->destination + 12, 4, ip + 16);
}

static __always_inline void tell(struct sk_buff *skb, const __u8 *ip, const __u8 *udp, const struct ports *ports, __u32 left)
{
	struct eider_dns *record;
	__u64 now_ns = bpf_ktime_get_boot_ns();
	__u8 version;

	if (!may_tell(now_ns) || bpf_probe_read_kernel(&version, 1, ip))
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
	record->flags = EIDER_DNS_UNDELIVERED;
	if (left > HEAD_LEN) {
		record->flags |= EIDER_DNS_CUT;
		left = HEAD_LEN;
	}
	record->len = left;
	record->header.size = sizeof(*record) + left;
	if ((version >> 4 == 6 ? bpf_probe_read_kernel(record->source, 32, ip + 8) : !read_mapped(record, ip)) ||
	    bpf_probe_read_kernel(record + 1, left, udp + UDP_HEADER_LEN)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		count(EIDER_LOST_LOAD_FAILED);
		return;
	}
	bpf_ringbuf_submit(record, wake_flags(record, sizeof(*record) + HEAD_LEN));
}

SEC("tp_btf/kfree_skb")
int undelivered_response(__u64 *arguments)
{
	struct sk_buff *skb = (struct sk_buff *)arguments[0];
	const __u8 *ip, *udp;
	struct ports ports;
	__u32 linear, left;
	__u8 protocol = 0, flags;
	__be16 length;

	if (arguments[2] != bpf_core_enum_value(enum skb_drop_reason, SKB_DROP_REASON_NO_SOCKET) || !skb->dev)
		return 0;
	ip = skb->head + skb->network_header;
	udp = skb->head + skb->transport_header;
	if (bpf_probe_read_kernel(&ports, sizeof(ports), udp) || !is_dns_port(ports.source) || ports.source == bpf_htons(5353))
		return 0;
	/* TCP has no socket for it either; its segments carry no message by themselves. */
	if (bpf_probe_read_kernel(&protocol, 1, ip) || bpf_probe_read_kernel(&protocol, 1, ip + (protocol >> 4 == 6 ? 6 : 9)) ||
	    protocol == PROTO_TCP)
		return 0;
	if (bpf_probe_read_kernel(&length, sizeof(length), udp + 4) ||
	    bpf_probe_read_kernel(&flags, 1, udp + UDP_HEADER_LEN + HEADER_FLAGS))
		return 0;
	/* Read as a number: the difference of what the verifier takes for pointers is none to it. */
	linear = (__u64)BPF_CORE_READ(skb, data) + skb->len - skb->data_len - (__u64)BPF_CORE_READ(skb, head) - skb->transport_header;
	left = bpf_ntohs(length);
	if (left > linear)
		left = linear;
	/* A header's worth at least, and a response. */
	if (left < UDP_HEADER_LEN + 12 || left > 0xffff || !(flags & 0x80))
		return 0;
	count(EIDER_UNDELIVERED);
	tell(skb, ip, udp, &ports, left - UDP_HEADER_LEN);
	return 0;
}
