/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* How often: token buckets of workloads and processes. */
#ifndef EIDER_RATE_H
#define EIDER_RATE_H

#include "abi.h"
#include "lib/kernel.h"
#include "lib/policy_maps.h"

/* What the verdict needs to know. Filled by the socket layer or by the wire layer. */
struct asker {
	__u64 rated; /* whose rate it counts against, as a workload's number or a cgroup's id; 0: nobody's */
	__u64 process; /* start time xor pid: names one process for as long as it matters */
	__u16 posture; /* fewer than 1 << 16 (EIDER_MAX_POSTURES) */
	__be16 server_port; /* 0: any */
	__u32 generation; /* that the posture is of; 0: whichever is in force */
	__u8 server[16];
};

/*
 * Where the tokens of those who asked lately are counted: a slot that each of them finds at once, or the map where another
 * one holds it. Who has all tokens again need not be remembered, so his slot is free.
 */
static __noinline __u64 *find_tokens(struct eider_rate_slot *slot, const struct eider_rate_key *key, __u64 tag, __u64 now_ns)
{
	struct eider_bucket_state fresh = {.free_at_ns = now_ns};
	struct eider_bucket_state *elsewhere;
	__u64 holder;

	if (!slot || !key)
		return NULL;
	elsewhere = bpf_map_lookup_elem(&policy_rates, key);
	holder = slot->tag;
	if (slot->free_at_ns <= now_ns && __sync_val_compare_and_swap(&slot->tag, holder, tag) == holder) {
		if (elsewhere) {
			slot->free_at_ns = elsewhere->free_at_ns;
			bpf_map_delete_elem(&policy_rates, key);
		}
		return &slot->free_at_ns;
	}
	if (!elsewhere) {
		bpf_map_update_elem(&policy_rates, key, &fresh, BPF_NOEXIST);
		elsewhere = bpf_map_lookup_elem(&policy_rates, key);
	}
	return elsewhere ? &elsewhere->free_at_ns : NULL;
}

/* Takes one token of what an asker has under the posture with this number; false where none is left. */
static __always_inline bool take_token(const struct eider_posture *posture, __u32 number, const struct asker *asker, __u64 now_ns)
{
	struct eider_rate_key key = {
		.id = posture->flags & EIDER_POSTURE_RATE_PROCESS ? asker->process : asker->rated,
		.posture = number,
	};
	__u64 tag = (key.id + ((__u64)number << 48)) * 0x9e3779b97f4a7c15ULL | 1;
	__u32 index = tag >> 32 & (EIDER_RATE_SLOTS - 1);
	struct eider_rate_slot *slot = bpf_map_lookup_elem(&policy_rate_slots, &index);
	__u64 *tokens;
	__u64 free_at, next;

	if (!slot)
		return true;
	tokens = slot->tag == tag ? &slot->free_at_ns : find_tokens(slot, &key, tag, now_ns);
	if (!tokens)
		return true;
	/* Another processor may take one at the same time: whoever loses the race looks again. */
	for (int attempt = 0; attempt < 4; attempt++) {
		free_at = *(volatile __u64 *)tokens;
		next = (free_at > now_ns ? free_at : now_ns) + posture->ns_per_query;
		if (next - now_ns > posture->burst_ns)
			return false;
		if (__sync_val_compare_and_swap(tokens, free_at, next) == free_at)
			return true;
	}
	return true;
}

#endif
