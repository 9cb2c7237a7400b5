/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* Reading a packet where the socket layer has it: the network header is parsed and linear, the rest may not be. */
#ifndef EIDER_SOCKET_PACKET_H
#define EIDER_SOCKET_PACKET_H

#include "abi.h"
#include "lib/kernel.h"
#include "lib/names.h"
#include "lib/packet.h"

struct udp {
	struct ports ports;
	__be16 len;
	__be16 checksum;
};

/* Source and destination to addresses[0..32). The network header is in the linear part: its length was checked when it was parsed. */
static __always_inline bool read_addresses(struct __sk_buff *skb, __u8 *addresses)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;

	if (skb->protocol == bpf_htons(0x0800)) {
		__u32 mapped = bpf_htonl(0xffff);

		if (data + 20 > end)
			return false;
		__builtin_memset(addresses, 0, 32);
		__builtin_memcpy(addresses + 8, &mapped, 4);
		__builtin_memcpy(addresses + 12, data + 12, 4);
		__builtin_memcpy(addresses + 24, &mapped, 4);
		__builtin_memcpy(addresses + 28, data + 16, 4);
		return true;
	}
	if (data + 40 > end)
		return false;
	__builtin_memcpy(addresses, data + 8, 32);
	return true;
}

/* The first octets of the transport header, where they can be reached. */
static __always_inline bool reach_transport(struct __sk_buff *skb, __u32 offset, void *header, const __u32 len)
{
	void *at = (void *)(long)skb->data + (offset & 0x7fff);

	if (at + len > (void *)(long)skb->data_end)
		return false;
	__builtin_memcpy(header, at, len);
	return true;
}

/* The same, by a helper where they cannot. */
static __always_inline bool read_transport(struct __sk_buff *skb, __u32 offset, void *header, const __u32 len)
{
	return reach_transport(skb, offset, header, len) || !bpf_skb_load_bytes(skb, offset, header, len);
}

/* A length below the header's own stands for "to the end of the packet" (RFC 2675), or is a lie: nothing is hidden behind it. */
static __always_inline __u32 payload_len(struct __sk_buff *skb, __u32 offset, const struct udp *udp)
{
	__u32 left = skb->len > offset ? skb->len - offset : 0, said = bpf_ntohs(udp->len);

	return said >= sizeof(*udp) && said - sizeof(*udp) < left ? said - sizeof(*udp) : left;
}

/* Copies a message word by word from where it lies, the last word over the one before it: half the price of the helper. */
static __always_inline bool read_payload(struct __sk_buff *skb, __u32 offset, __u32 len, struct short_message *to)
{
	void *at = (void *)(long)skb->data + (offset & 0x7fff), *end = (void *)(long)skb->data_end, *last;
	__u32 word, left = len, behind = len - sizeof(__u64);

	FORGET_ORIGIN(left);
	if (len >= sizeof(__u64)) {
#pragma clang loop unroll(disable)
		for (word = 0; word < SHORT_LEN / sizeof(__u64); word++) {
			if ((word + 1) * sizeof(__u64) > left)
				break;
			if (at + sizeof(__u64) > end)
				goto not_linear;
			*(__u64 *)(to->octets + word * sizeof(__u64)) = *(__u64 *)at;
			at += sizeof(__u64);
		}
		behind &= SHORT_MASK;
		last = (void *)(long)skb->data + (offset & 0x7fff) + behind;
		if (last + sizeof(__u64) > end)
			goto not_linear;
		*(__u64 *)(to->octets + behind) = *(__u64 *)last;
		return true;
	}
not_linear:
	return !len || !bpf_skb_load_bytes(skb, offset, to, len);
}

/* Where the address of a packet becomes a number, for want of another way to what the kernel keeps beside it. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} packet_address __weak SEC(".maps");

/*
 * EIDER_DNS_FRAGMENTED where the datagram was put together from fragments, which its header does not tell any more. A function
 * of its own, verified once.
 */
__weak int fragments_flag(struct __sk_buff *skb)
{
	__u32 zero = 0, at = bpf_core_field_offset(struct sk_buff, cb);
	__u64 *address = bpf_map_lookup_elem(&packet_address, &zero);
	__u16 most = 0;

	if (!address)
		return 0;
	*(volatile __u64 *)address = (__u64)skb;
	at += skb->protocol == bpf_htons(0x0800) ? bpf_core_field_offset(struct inet_skb_parm, frag_max_size)
						 : bpf_core_field_offset(struct inet6_skb_parm, frag_max_size);
	if (bpf_probe_read_kernel(&most, sizeof(most), (void *)(*(volatile __u64 *)address + at)))
		return 0;
	return most ? EIDER_DNS_FRAGMENTED : 0;
}

#endif
