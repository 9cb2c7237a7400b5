/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* One name against the tables: the rule of each tier that the most specific of its suffixes carries. */
#ifndef EIDER_MATCH_H
#define EIDER_MATCH_H

#include "abi.h"
#include "lib/kernel.h"
#include "lib/names.h"
#include "lib/policy_maps.h"
#include "lib/rate.h"

/* Where a decision is looked for, besides the name. */
struct place {
	__u32 side;
	__u32 posture;
	__u8 type_class;
	__u8 exact; /* the suffix is the whole name */
	__u16 pad;
};

/*
 * Room to read a question in. A program may be interrupted, or on some kernels preempted, by another on the same
 * processor in the middle of its work, so a slot is claimed and given back.
 */
#define SCRATCHES 8

struct scratch {
	__u32 busy;
	__u32 responses; /* RESPONSE_* of lib/respond.h */
	struct place place;
	__u64 now_ns; /* of the question; here because the stack of its judge is short of it */
	__u64 fold;
	__u64 best; /* struct eider_decision */
	__u32 only_tried; /* nothing is enforced here: only what audited policies would do is told */
	struct asker maker; /* of the socket; here, because the stack has no room */
	struct question question;
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, __u32);
	__type(value, struct scratch);
} scratches __weak SEC(".maps");

static __always_inline struct scratch *claim_scratch(void)
{
	for (__u32 i = 0; i < SCRATCHES; i++) {
		__u32 slot = i;
		struct scratch *scratch = bpf_map_lookup_elem(&scratches, &slot);

		if (scratch && __sync_val_compare_and_swap(&scratch->busy, 0, 1) == 0) {
			scratch->only_tried = 0;
			return scratch;
		}
	}
	return NULL;
}

static __always_inline void release_scratch(struct scratch *scratch)
{
	__sync_lock_test_and_set(&scratch->busy, 0);
}

/* False: the name is not in the table of this side. */
static __always_inline bool may_hold(__u32 side, __u64 hash)
{
	__u32 index = side * EIDER_FILTER_WORDS + (hash >> EIDER_FILTER_WORD_SHIFT & (EIDER_FILTER_WORDS - 1));
	__u64 *word = bpf_map_lookup_elem(&policy_filter, &index);
	__u64 bits = 1ULL << (hash & 63) | 1ULL << (hash >> 6 & 63);

	return !word || (*word & bits) == bits;
}

/* Looks one suffix up. The set of lists that hold it, or 0. */
static __always_inline __u32 find_set(void *table, __u32 buckets, __u64 hash)
{
	__u64 fingerprint = hash << 16;
	__u32 index = ((hash >> 32) * buckets) >> 32;

	for (int probe = 0; probe < EIDER_BUCKET_PROBES; probe++) {
		__u32 key = index + 1;
		struct eider_bucket *bucket = bpf_map_lookup_elem(table, &key);

		if (!bucket)
			return 0;
#pragma unroll
		for (int i = 0; i < EIDER_BUCKET_SLOTS; i++)
			if (((bucket->slot[i] ^ fingerprint) & ~0xffffULL) == 0)
				return bucket->slot[i] & 0xffff;
		if (!bucket->slot[EIDER_BUCKET_SLOTS - 1])
			return 0;
		index = index + 1 == buckets ? 0 : index + 1;
	}
	return 0;
}

/* The rules of best, one a tier, replaced by what is decided for names of this set. */
static __always_inline __u64 take_over(const struct place *place, __u32 set, __u64 best)
{
	struct eider_decision_key key = {.set = set};
	__u32 side;
	void *table;
	__u64 *found;

	side = place->side & 1;
	key.posture = place->posture;
	key.type_class = place->type_class;
	key.exact = place->exact;
	table = bpf_map_lookup_elem(&policy_decisions, &side);
	if (!table)
		return best;
	found = bpf_map_lookup_elem(table, &key);
	if (!found)
		return best;
#pragma unroll
	for (int tier = 0; tier < EIDER_TIERS; tier++) {
		__u64 mask = 0xffffULL << (tier * 16);

		if (*found & mask)
			best = (best & ~mask) | (*found & mask);
	}
	return best;
}

/*
 * The rules of best, one a tier, replaced by what is decided at the suffix with this hash. Out of line: few suffixes pass the
 * filter.
 */
__weak __u64 override(__u64 hash, const struct place *place, __u64 best)
{
	struct eider_state *state;
	__u32 side, set, zero = 0;
	void *table;

	if (!place)
		return best;
	side = place->side & 1;
	state = bpf_map_lookup_elem(&policy_state, &zero);
	table = bpf_map_lookup_elem(&policy_names, &side);
	if (!state || !table)
		return best;
	set = find_set(table, state->side[side].names.buckets, hash);
	return set ? take_over(place, set, best) : best;
}

/* Rules for types alone speak of every name there is, and give way to any that names one. */
__weak __u64 match_every_name(const struct place *place, __u64 best)
{
	return place ? take_over(place, 0, best) : best;
}

/* One turn: the suffix that starts at the label index from the right. A longer suffix found later is more specific. */
static long match_suffix(__u32 index, void *context)
{
	struct scratch *scratch = *(struct scratch **)context;
	struct question *question = &scratch->question;
	__u32 label = question->labels - 1 - index;

	scratch->fold =
		mix(scratch->fold, question->label_hash[label & (MAX_LABELS - 1)], question->multiplier[0], question->multiplier[1]);
	if (!may_hold(scratch->place.side, scratch->fold))
		return 0;
	scratch->place.exact = label == 0;
	scratch->best = override(scratch->fold, &scratch->place, scratch->best);
	return 0;
}

#endif
