/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * The verdict on a query: who asks (workload), what for (name, type), whom (server), how often. User space only fills the
 * tables; nothing here waits for it, and nothing here depends on an event being delivered.
 */
#ifndef EIDER_POLICY_H
#define EIDER_POLICY_H

#include "abi.h"
#include "lib/kernel.h"
#include "lib/maps.h"
#include "lib/names.h"
#include "lib/policy_maps.h"

/*
 * Room to read a question in. A program may be interrupted, or on some kernels preempted, by another on the same
 * processor in the middle of its work, so a slot is claimed and given back.
 */
#define SCRATCHES 8

struct scratch {
	__u32 busy;
	__u32 side;
	__u32 posture;
	__u32 type_class;
	__u32 buckets; /* of the table of names */
	__u64 fold;
	struct eider_decision best;
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

		if (scratch && __sync_val_compare_and_swap(&scratch->busy, 0, 1) == 0)
			return scratch;
	}
	return NULL;
}

static __always_inline void release_scratch(struct scratch *scratch)
{
	__sync_lock_test_and_set(&scratch->busy, 0);
}

/* What the verdict needs to know. Filled by the socket layer or by the wire layer. */
struct asker {
	__u64 cgroup_id;
	__u64 process; /* start time xor pid: names one process for as long as it matters */
	__u32 posture;
	__u32 uid;
	__u8 server[16];
};

/* Looks one suffix up, hash in scratch->fold. The set of lists that hold it, or 0. */
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

/* One turn: the suffix that starts at the label index from the right. A longer suffix found later is more specific. */
static long match_suffix(__u32 index, void *context)
{
	struct scratch *scratch = *(struct scratch **)context;
	struct question *question = &scratch->question;
	__u32 label = question->labels - 1 - index;
	struct eider_decision_key key = {};
	struct eider_decision *decision;
	__u32 side = scratch->side;
	void *table;

	scratch->fold =
		mix(scratch->fold, question->label_hash[label & (MAX_LABELS - 1)], question->multiplier[0], question->multiplier[1]);
	table = bpf_map_lookup_elem(&policy_names, &side);
	if (!table)
		return 1;
	key.set = find_set(table, scratch->buckets, scratch->fold);
	if (!key.set)
		return 0;
	key.posture = scratch->posture;
	key.type_class = scratch->type_class;
	key.exact = label == 0;
	table = bpf_map_lookup_elem(&policy_decisions, &side);
	if (!table)
		return 1;
	decision = bpf_map_lookup_elem(table, &key);
	if (!decision)
		return 0;
	for (int tier = 0; tier < EIDER_TIERS; tier++)
		if (decision->rule[tier])
			scratch->best.rule[tier] = decision->rule[tier];
	return 0;
}

static __always_inline struct eider_rule *rule_of(__u32 side, __u32 rule)
{
	__u32 index = side * EIDER_MAX_RULES + rule;

	return bpf_map_lookup_elem(&policy_rules, &index);
}

/* The tier above decides unless it passes. Returns the rule, or 0: allow. */
static __always_inline __u32 settle(__u32 side, __u32 above, __u32 below)
{
	struct eider_rule *rule;

	if (!above)
		return below;
	rule = rule_of(side, above);
	if (rule && rule->action == EIDER_PASS)
		return below;
	return above;
}

/* Takes one token; false where none is left. */
static __always_inline bool take_token(const struct eider_posture *posture, const struct asker *asker, __u64 now_ns)
{
	struct eider_rate_key key = {
		.id = posture->flags & EIDER_POSTURE_RATE_PROCESS ? asker->process : asker->cgroup_id,
		.posture = asker->posture,
	};
	struct eider_bucket_state *state = bpf_map_lookup_elem(&policy_rates, &key);
	__u64 free_at, next;

	if (!state) {
		struct eider_bucket_state fresh = {.free_at_ns = now_ns + posture->ns_per_query};

		bpf_map_update_elem(&policy_rates, &key, &fresh, BPF_NOEXIST);
		return true;
	}
	/* Another processor may take one at the same time: whoever loses the race looks again. */
	for (int attempt = 0; attempt < 4; attempt++) {
		free_at = *(volatile __u64 *)&state->free_at_ns;
		next = (free_at > now_ns ? free_at : now_ns) + posture->ns_per_query;
		if (next - now_ns > posture->burst_ns)
			return false;
		if (__sync_val_compare_and_swap(&state->free_at_ns, free_at, next) == free_at)
			return true;
	}
	return true;
}

static __always_inline void read_names_key(struct question *question, const struct eider_names *names)
{
	question->seed = names->seed;
	question->multiplier[0] = names->multiplier[0];
	question->multiplier[1] = names->multiplier[1];
}

/*
 * Judges the question in scratch->question.octets[0..len). A function of its own, verified once, for the socket layer, the
 * wire layer and for user space's "explain".
 */
__weak int decide(struct scratch *scratch, const struct asker *asker, struct eider_verdict *verdict, __u64 now_ns)
{
	struct question *question;
	struct eider_posture *posture;
	struct eider_state *state;
	const struct eider_names *names;
	struct eider_rule *rule;
	__u32 zero = 0, index, side;
	void *table;
	__u32 enforced, audited;

	if (!scratch || !asker || !verdict)
		return -1;
	question = &scratch->question;
	verdict->action = EIDER_ALLOW;
	verdict->reason = EIDER_REASON_NONE;
	verdict->rule = 0;
	verdict->audit_rule = 0;
	verdict->audit_action = 0;
	verdict->pad = 0;
	state = bpf_map_lookup_elem(&policy_state, &zero);
	if (!state)
		return -1;
	side = state->generation & 1;
	verdict->generation = state->generation;
	index = side * EIDER_MAX_POSTURES + asker->posture;
	posture = bpf_map_lookup_elem(&policy_postures, &index);
	if (!posture || !posture->flags)
		return 0;

	table = bpf_map_lookup_elem(&policy_names, &side);
	if (!table)
		return -1;
	names = bpf_map_lookup_elem(table, &zero);
	if (!names)
		return -1;
	read_names_key(question, names);
	read_question(question);
	if (question->malformed) {
		verdict->rule = posture->malformed_rule;
		if (posture->flags & EIDER_POSTURE_ENFORCE) {
			verdict->action = EIDER_DENY;
			verdict->reason = EIDER_REASON_MALFORMED;
		}
		return 0;
	}

	scratch->side = side;
	scratch->buckets = names->buckets;
	scratch->posture = asker->posture;
	scratch->type_class = 0;
	scratch->fold = names->seed;
	*(__u64 *)&scratch->best = *(__u64 *)posture->default_rule;
	verdict->reason = EIDER_REASON_DEFAULT;
	if (posture->flags & EIDER_POSTURE_NAMES) {
		struct eider_side_key key = {.side = side, .value = question->type};
		__u8 *class = bpf_map_lookup_elem(&policy_types, &key);

		if (class)
			scratch->type_class = *class;
		bpf_loop(question->labels, match_suffix, &scratch, 0);
	}
	enforced = settle(side, scratch->best.rule[EIDER_TIER_CLUSTER], scratch->best.rule[EIDER_TIER_NAMESPACE]);
	if (enforced) {
		rule = rule_of(side, enforced);
		if (rule && rule->action == EIDER_DENY)
			verdict->action = EIDER_DENY;
		verdict->rule = enforced;
		if (*(__u64 *)&scratch->best != *(__u64 *)posture->default_rule)
			verdict->reason = EIDER_REASON_NAME;
	}
	audited = settle(side, scratch->best.rule[EIDER_TIER_CLUSTER_AUDIT], scratch->best.rule[EIDER_TIER_NAMESPACE_AUDIT]);
	if (audited) {
		rule = rule_of(side, audited);
		verdict->audit_rule = audited;
		verdict->audit_action = rule && rule->action == EIDER_DENY ? EIDER_DENY : EIDER_ALLOW;
	}
	if (verdict->action == EIDER_ALLOW && posture->flags & EIDER_POSTURE_RESOLVERS) {
		struct eider_resolver_key key = {.resolvers = posture->resolvers | side << 31};

		__builtin_memcpy(key.address, asker->server, sizeof(key.address));
		if (!bpf_map_lookup_elem(&policy_resolvers, &key)) {
			verdict->action = EIDER_DENY;
			verdict->reason = EIDER_REASON_RESOLVER;
			verdict->rule = posture->resolver_rule;
		}
	}
	if (verdict->action == EIDER_ALLOW && asker->cgroup_id &&
	    posture->flags & (EIDER_POSTURE_RATE_WORKLOAD | EIDER_POSTURE_RATE_PROCESS) && !take_token(posture, asker, now_ns)) {
		verdict->action = EIDER_DENY;
		verdict->reason = EIDER_REASON_RATE;
		verdict->rule = posture->rate_rule;
	}
	return 0;
}

#endif
