/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* A map that no kernel makes. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, 0x40000000);
	__type(key, __u32);
	__type(value, __u64);
} impossible SEC(".maps");

SEC("tc")
int uses_it(struct __sk_buff *skb)
{
	__u32 key = skb->len;

	return bpf_map_lookup_elem(&impossible, &key) != 0;
}
