/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* One map of each type that has a typed view, and a program that touches each the way sensors do. */
#include <linux/bpf.h>
#include <linux/in.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

struct key {
	__u32 id;
	__u16 port;
	__u16 pad;
};

struct value {
	__u64 count;
	__u32 last;
	__u32 pad;
};

struct lpm_key {
	__u32 prefix_len;
	__u8 data[4];
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1000);
	__type(key, struct key);
	__type(value, struct value);
} flows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 64);
	__type(key, __u32);
	__type(value, __u32);
} recent SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 8);
	__type(key, __u32);
	__type(value, __u32);
} settings SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_HASH);
	__uint(max_entries, 16);
	__type(key, __u32);
	__type(value, __u32);
} per_cpu SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 2);
	__type(key, __u32);
	__type(value, __u32);
} per_cpu_slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct lpm_key);
	__type(value, __u32);
} prefixes SEC(".maps");

struct table {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 16);
	__uint(map_flags, BPF_F_MMAPABLE | BPF_F_INNER_MAP);
	__type(key, __u32);
	__type(value, __u64);
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, 1);
	__type(key, __u32);
	__array(values, struct table);
} tables SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, __u64);
} owners SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 4);
	__uint(pinning, LIBBPF_PIN_BY_NAME);
	__type(key, __u32);
	__type(value, __u32);
} kept SEC(".maps");

/* Returns the first value of the table that is in place, 0 where there is none. */
SEC("tc")
int read_table(struct __sk_buff *skb)
{
	__u32 zero = 0;
	__u64 *value;
	void *table;

	(void)skb;
	table = bpf_map_lookup_elem(&tables, &zero);
	if (!table)
		return 0;
	value = bpf_map_lookup_elem(table, &zero);
	return value ? (int)*value : 0;
}

SEC("tc")
int touch_flow(struct __sk_buff *skb)
{
	struct key key = {.id = 7, .port = 53};
	struct value fresh = {}, *value;
	__u32 one = 1, *slot;

	bpf_map_update_elem(&flows, &key, &fresh, BPF_NOEXIST);
	value = bpf_map_lookup_elem(&flows, &key);
	if (!value)
		return 0;
	__sync_fetch_and_add(&value->count, 1);
	value->last = skb->len;
	slot = bpf_map_lookup_elem(&per_cpu_slots, &one);
	if (slot)
		*slot += 1;
	return 1;
}

SEC("cgroup/sock_create")
int own_socket(struct bpf_sock *sk)
{
	__u64 *owner = bpf_sk_storage_get(&owners, sk, 0, BPF_SK_STORAGE_GET_F_CREATE);

	if (owner)
		*owner = 42;
	return 1;
}
