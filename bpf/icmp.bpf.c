// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * Sensor: ICMP errors that enter the node, from elsewhere or from a workload, where there are no policies. Where there are, the
 * programs of the wire layer sit on the same devices and see them too.
 */
#include "abi.h"
#include "lib/kernel.h"
#include "lib/packet.h"
#include "lib/quoted.h"

#define TC_ACT_UNSPEC (-1)

/* UDP and TCP pay for two comparisons; every frame of this node passes here. */
SEC("tc")
int icmp_received(struct __sk_buff *skb)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;
	__u32 network = 14;
	__be16 type;

	if (data + network + 10 > end)
		return TC_ACT_UNSPEC;
	type = *(__be16 *)(data + 12);
#pragma unroll
	for (int tags = 0; tags < 2; tags++) {
		if (type != bpf_htons(ETHERTYPE_VLAN) && type != bpf_htons(ETHERTYPE_QINQ))
			break;
		if (data + network + 14 > end)
			return TC_ACT_UNSPEC;
		type = *(__be16 *)(data + network + 2);
		network += 4;
	}
	if (type == bpf_htons(0x0800)	? *(__u8 *)(data + network + 9) == PROTO_ICMP
	    : type == bpf_htons(0x86dd) ? *(__u8 *)(data + network + 6) != PROTO_UDP && *(__u8 *)(data + network + 6) != PROTO_TCP
					: 0)
		note_other(skb, network);
	return TC_ACT_UNSPEC;
}
