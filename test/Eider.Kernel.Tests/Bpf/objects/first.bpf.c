/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* Small programs of each kind that the binding attaches, writing to a ring and to a per-CPU array. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

const volatile __u64 wanted_cgroup = 0;
const volatile __u16 ports[4] = {};
const volatile _Bool enabled = 0;
__u64 runs = 0;
__u32 step = 3;

struct record {
	__u64 cookie;
	__u32 length;
	__u32 kind;
};

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 65536);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 4);
	__type(key, __u32);
	__type(value, __u64);
} counters SEC(".maps");

static __always_inline void count(__u32 slot)
{
	__u64 *counter = bpf_map_lookup_elem(&counters, &slot);

	if (counter)
		*counter += 1;
}

SEC("cgroup_skb/egress")
int on_egress(struct __sk_buff *skb)
{
	struct record *record;

	count(0);
	record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);
	if (!record)
		return 1;
	record->cookie = bpf_get_socket_cookie(skb);
	record->length = skb->len;
	record->kind = 1;
	bpf_ringbuf_submit(record, 0);
	return 1;
}

SEC("cgroup_skb/egress")
int drop_egress(struct __sk_buff *skb)
{
	(void)skb;
	count(1);
	return 0;
}

struct task_struct {
	int tgid;
} __attribute__((preserve_access_index));

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task)
{
	(void)ctx;
	if (enabled && task->tgid && bpf_get_current_cgroup_id() == wanted_cgroup)
		runs += step;
	return 0;
}

SEC("raw_tp/sched_process_exec")
int on_exec_raw(void *ctx)
{
	(void)ctx;
	if (enabled && bpf_get_current_cgroup_id() == wanted_cgroup)
		count(2);
	return 0;
}

struct seq_file;

struct bpf_iter_meta {
	struct seq_file *seq;
} __attribute__((preserve_access_index));

struct bpf_iter__task {
	struct bpf_iter_meta *meta;
	struct task_struct *task;
} __attribute__((preserve_access_index));

SEC("iter/task")
int walk_tasks(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	int tgid;

	if (!task)
		return 0;
	tgid = task->tgid;
	bpf_seq_write(ctx->meta->seq, &tgid, sizeof(tgid));
	return 0;
}
