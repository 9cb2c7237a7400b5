/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* Structs that C# mirrors, and some it mirrors wrongly. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct inner {
	__u64 start_ns;
	__u32 pid;
	char comm[16];
	__u32 pad;
};

struct outer {
	struct inner owner;
	__u8 source[16];
	__u16 source_port;
	__u8 flags;
	__u8 pad;
	__u32 pad2;
	union {
		__u64 cookie;
		__u32 halves[2];
	};
	const volatile __u32 grid[2][3];
	__u8 payload[];
};

struct outer *keep_outer = 0;

SEC("tc")
int nothing(struct __sk_buff *skb)
{
	return skb->len + (keep_outer != 0);
}
