/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* Fills a ring as fast as test runs go: numbered records of changing length, some of them discarded. */
#include <linux/bpf.h>
#include <bpf/bpf_helpers.h>

char LICENSE[] SEC("license") = "Dual BSD/GPL";

#define MAX_RECORD 512

__u64 sent = 0;
__u64 lost = 0;
__u64 discarded = 0;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 16384);
} ring SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u8[MAX_RECORD]);
} scratch SEC(".maps");

/* Record n has 8 + n % 97 octets: the number, then n % 251 repeated. */
SEC("tc")
int send_numbered(struct __sk_buff *skb)
{
	__u64 n = sent + lost;
	__u32 zero = 0, length = n % 97;
	__u8 *record = bpf_map_lookup_elem(&scratch, &zero);
	__u32 i;

	(void)skb;
	if (!record)
		return 0;
	*(__u64 *)record = n;
	for (i = 0; i < 97; i++)
		record[8 + i] = n % 251;
	/* The verifier does not know what a remainder is at most, and clang does: hide it, then check it. */
	asm volatile("" : "+r"(length));
	if (length > 96)
		return 0;
	if (bpf_ringbuf_output(&ring, record, 8 + length, 0)) {
		lost++;
		return 0;
	}
	sent++;
	return 1;
}

SEC("tc")
int send_or_discard(struct __sk_buff *skb)
{
	__u64 *record = bpf_ringbuf_reserve(&ring, sizeof(*record), 0);

	(void)skb;
	if (!record)
		return 0;
	*record = sent + discarded;
	if (*record % 3 == 0) {
		bpf_ringbuf_discard(record, 0);
		discarded++;
		return 0;
	}
	bpf_ringbuf_submit(record, 0);
	sent++;
	return 1;
}

#define LARGE 100000

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 262144);
} large_ring SEC(".maps");

struct large {
	__u64 first;
	__u8 between[LARGE];
	__u64 last;
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct large);
} large_scratch SEC(".maps");

/* A record of which two fill most of the ring; its number stands at both its ends. */
SEC("tc")
int send_large(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct large *record = bpf_map_lookup_elem(&large_scratch, &zero);

	(void)skb;
	if (!record)
		return 0;
	record->first = sent;
	record->last = sent;
	if (bpf_ringbuf_output(&large_ring, record, sizeof(*record), 0))
		return 0;
	sent++;
	return 1;
}
