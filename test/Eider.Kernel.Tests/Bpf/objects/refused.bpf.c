/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* Programs that the verifier refuses, each for its own reason. A test switches on one at a time. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} slots SEC(".maps");

SEC("?tc")
int forgets_the_check(struct __sk_buff *skb)
{
	__u32 key = skb->len;
	__u64 *value = bpf_map_lookup_elem(&slots, &key);

	return *value; /* no check for null */
}

static long (*no_such_helper)(void) = (void *)9999;

SEC("?tc")
int calls_the_unknown(struct __sk_buff *skb)
{
	(void)skb;
	return no_such_helper();
}

SEC("?tc")
int never_ends(struct __sk_buff *skb)
{
	__u32 sum = 0, i;

	(void)skb;
	for (i = 0; i < 10000000; i++)
		sum += bpf_get_prandom_u32();
	return sum;
}

struct task_struct {
	int no_such_member;
} __attribute__((preserve_access_index));

SEC("?raw_tp/sched_process_exec")
int reads_what_is_not_there(void *ctx)
{
	struct task_struct *task = (void *)bpf_get_current_task();

	(void)ctx;
	return BPF_CORE_READ(task, no_such_member);
}

SEC("?tp_btf/no_such_tracepoint")
int hooks_what_is_not_there(void *ctx)
{
	(void)ctx;
	return 0;
}

SEC("?tc")
int is_fine(struct __sk_buff *skb)
{
	(void)skb;
	return 0;
}
