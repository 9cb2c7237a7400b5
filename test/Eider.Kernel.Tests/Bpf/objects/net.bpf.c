/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* Programs for interfaces and for test runs. */
#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

__u64 packets = 0;
__u64 replaced = 0;
__u64 frames = 0;
__u64 argument = 0;

SEC("tc")
int count_packets(struct __sk_buff *skb)
{
	(void)skb;
	packets++;
	return TC_ACT_UNSPEC;
}

SEC("tc")
int count_replaced(struct __sk_buff *skb)
{
	(void)skb;
	replaced++;
	return TC_ACT_UNSPEC;
}

__u64 ended = 0;

SEC("tc")
int end_chain(struct __sk_buff *skb)
{
	(void)skb;
	ended++;
	return TC_ACT_OK;
}

SEC("xdp")
int count_frames(struct xdp_md *ctx)
{
	(void)ctx;
	frames++;
	return XDP_PASS;
}

/* Writes 0xab over octet 20, keeps the mark that it is given, and returns the length. */
SEC("tc")
int rewrite(struct __sk_buff *skb)
{
	__u8 octet = 0xab;

	if (bpf_skb_store_bytes(skb, 20, &octet, 1, 0))
		return TC_ACT_SHOT;
	skb->mark += 1;
	return skb->len;
}

SEC("raw_tp/sched_process_exit")
int keep_argument(struct bpf_raw_tracepoint_args *ctx)
{
	argument = ctx->args[0];
	return 7;
}

const volatile __u64 wanted_cgroup = 0;
__u64 entries = 0;
__u64 returns = 0;

SEC("uprobe")
int on_function(void *ctx)
{
	(void)ctx;
	if (bpf_get_current_cgroup_id() == wanted_cgroup)
		__sync_fetch_and_add(&entries, 1);
	return 0;
}

SEC("uretprobe")
int on_return(void *ctx)
{
	(void)ctx;
	if (bpf_get_current_cgroup_id() == wanted_cgroup)
		__sync_fetch_and_add(&returns, 1);
	return 0;
}
