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
	struct place place;
	__u64 fold;
	__u64 best; /* struct eider_decision */
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
	__u64 rated; /* whose rate it counts against, as a workload's number or a cgroup's id; 0: nobody's */
	__u64 process; /* start time xor pid: names one process for as long as it matters */
	__u32 posture;
	__u32 generation; /* that the posture is of; 0: whichever is in force */
	__u8 server[16];
};

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

/* Takes one token; false where none is left. */
static __always_inline bool take_token(const struct eider_posture *posture, const struct asker *asker, __u64 now_ns)
{
	struct eider_rate_key key = {
		.id = posture->flags & EIDER_POSTURE_RATE_PROCESS ? asker->process : asker->rated,
		.posture = asker->posture,
	};
	__u64 tag = (key.id + ((__u64)asker->posture << 48)) * 0x9e3779b97f4a7c15ULL | 1;
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

/* One query being judged: what the tables say of its sender. */
struct judgement {
	struct eider_side *in_force;
	struct eider_posture *posture;
	__u32 side;
};

/* False where nothing is to be judged, or cannot be: the verdict says so. */
static __always_inline bool begin_verdict(struct judgement *judged, const struct asker *asker, struct eider_verdict *verdict)
{
	__u32 zero = 0, index;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);

	*verdict = (struct eider_verdict){.action = EIDER_ALLOW};
	if (!state)
		return false;
	verdict->generation = asker->generation ? asker->generation : state->generation;
	judged->side = verdict->generation & 1;
	judged->in_force = &state->side[judged->side];
	index = judged->side * EIDER_MAX_POSTURES + asker->posture;
	judged->posture = bpf_map_lookup_elem(&policy_postures, &index);
	return judged->posture && judged->posture->flags;
}

static __always_inline int malformed(const struct judgement *judged, struct eider_verdict *verdict)
{
	verdict->rule = judged->posture->malformed_rule;
	if (judged->posture->flags & EIDER_POSTURE_ENFORCE) {
		verdict->action = EIDER_DENY;
		verdict->reason = EIDER_REASON_MALFORMED;
	}
	return 0;
}

static __always_inline __u8 class_of_type(__u32 side, __u16 type)
{
	__u32 index = side * EIDER_TYPE_WORDS + (type >> 3);
	__u64 *classes = bpf_map_lookup_elem(&policy_types, &index);

	return classes ? *classes >> ((type & 7) * 8) : 0;
}

static __always_inline bool is_listed(const struct judgement *judged, const struct asker *asker)
{
	struct eider_resolver_key key = {.resolvers = judged->posture->resolvers | judged->side << 31};
	const __u64 *asked = (const __u64 *)asker->server;

#pragma unroll
	for (__u32 i = 0; i < EIDER_FIRST_SERVERS; i++) {
		const __u64 *server = (const __u64 *)judged->posture->server[i];

		if (i < judged->posture->first_servers && server[0] == asked[0] && server[1] == asked[1])
			return true;
	}
	__builtin_memcpy(key.address, asker->server, sizeof(key.address));
	return bpf_map_lookup_elem(&policy_resolvers, &key);
}

/* From the best match of each tier to the verdict; then the server and the rate. */
static __always_inline int end_verdict(const struct judgement *judged, __u64 best, const struct asker *asker,
				       struct eider_verdict *verdict, __u64 now_ns)
{
	struct eider_posture *posture = judged->posture;
	__u32 side = judged->side, decided;
	struct eider_rule *rule;

	verdict->reason = EIDER_REASON_DEFAULT;
	decided = best ? settle(side, best & 0xffff, best >> 16 & 0xffff) : 0;
	if (decided) {
		rule = rule_of(side, decided);
		if (rule && rule->action == EIDER_DENY)
			verdict->action = EIDER_DENY;
		verdict->rule = decided;
		if (best != *(__u64 *)posture->default_rule)
			verdict->reason = EIDER_REASON_NAME;
	}
	decided = best ? settle(side, best >> 32 & 0xffff, best >> 48) : 0;
	if (decided) {
		rule = rule_of(side, decided);
		verdict->audit_rule = decided;
		verdict->audit_action = rule && rule->action == EIDER_DENY ? EIDER_DENY : EIDER_ALLOW;
	}
	if (verdict->action == EIDER_ALLOW && posture->flags & EIDER_POSTURE_RESOLVERS && !is_listed(judged, asker)) {
		verdict->action = EIDER_DENY;
		verdict->reason = EIDER_REASON_RESOLVER;
		verdict->rule = posture->resolver_rule;
	}
	if (verdict->action == EIDER_ALLOW && asker->rated &&
	    posture->flags & (EIDER_POSTURE_RATE_WORKLOAD | EIDER_POSTURE_RATE_PROCESS) && !take_token(posture, asker, now_ns)) {
		verdict->action = EIDER_DENY;
		verdict->reason = EIDER_REASON_RATE;
		verdict->rule = posture->rate_rule;
	}
	return 0;
}

/*
 * Judges the question in scratch->question.octets[0..len). A function of its own, verified once, for the socket layer, the
 * wire layer and for user space's "explain".
 */
__weak int decide(struct scratch *scratch, const struct asker *asker, struct eider_verdict *verdict, __u64 now_ns)
{
	struct judgement judged;
	struct question *question;

	if (!scratch || !asker || !verdict)
		return -1;
	if (!begin_verdict(&judged, asker, verdict))
		return 0;
	question = &scratch->question;
	question->seed = judged.in_force->names.seed;
	question->multiplier[0] = judged.in_force->names.multiplier[0];
	question->multiplier[1] = judged.in_force->names.multiplier[1];
	read_question(question);
	if (question->malformed)
		return malformed(&judged, verdict);
	scratch->fold = question->seed;
	scratch->best = *(__u64 *)judged.posture->default_rule;
	if (judged.posture->flags & EIDER_POSTURE_NAMES) {
		scratch->place.side = judged.side;
		scratch->place.posture = asker->posture;
		scratch->place.type_class = class_of_type(judged.side, question->type);
		scratch->place.exact = 0;
		if (judged.posture->flags & EIDER_POSTURE_EVERY_NAME)
			scratch->best = match_every_name(&scratch->place, scratch->best);
		bpf_loop(question->labels, match_suffix, &scratch, 0);
	}
	return end_verdict(&judged, scratch->best, asker, verdict, now_ns);
}

/*
 * The same for a message of len octets that is at hand as a whole. False: it has more labels than are looked at here, and
 * there is no verdict yet.
 */
static __always_inline bool decide_in_place(const struct short_message *message, __u32 len, const struct asker *asker,
					    struct eider_verdict *verdict, __u64 now_ns, __u16 *question_len)
{
	__u64 hash[SHORT_LABELS], fold, best;
	const struct eider_names *names;
	struct judgement judged;
	__u32 labels, at = 0;

	if (!begin_verdict(&judged, asker, verdict))
		return true;
	/* One question, as every query has (RFC 9619). */
	if (len < DNS_HEADER_LEN || message->octets[4] || message->octets[5] != 1) {
		malformed(&judged, verdict);
		return true;
	}
	*question_len = 0;
	names = &judged.in_force->names;
	labels = read_short_name(message, len, names, hash, &at);
	if (labels == TOO_MANY_LABELS)
		return false;
	if (labels == NOT_A_NAME || at + 4 > len) {
		malformed(&judged, verdict);
		return true;
	}
	*question_len = at + 4 - DNS_HEADER_LEN;
	best = *(__u64 *)judged.posture->default_rule;
	if (judged.posture->flags & EIDER_POSTURE_NAMES) {
		__u16 type = message->octets[at & SHORT_MASK] << 8 | message->octets[(at + 1) & SHORT_MASK];
		struct place place = {.side = judged.side, .posture = asker->posture, .type_class = class_of_type(judged.side, type)};

		if (judged.posture->flags & EIDER_POSTURE_EVERY_NAME)
			best = match_every_name(&place, best);
		fold = names->seed;
#pragma clang loop unroll(disable)
		for (int label = (int)labels - 1; label >= 0; label--) {
			fold = mix(fold, hash[label], names->multiplier[0], names->multiplier[1]);
			if (!may_hold(judged.side, fold))
				continue;
			place.exact = label == 0;
			best = override(fold, &place, best);
		}
	}
	end_verdict(&judged, best, asker, verdict, now_ns);
	return true;
}

/* Out of line, where a call matters less than what the verifier walks. */
__weak int decide_short(const struct short_message *message, __u32 len, const struct asker *asker, struct eider_verdict *verdict,
			__u64 now_ns)
{
	__u16 question_len;

	if (!message || !asker || !verdict || len > SHORT_LEN)
		return 0;
	return decide_in_place(message, len, asker, verdict, now_ns, &question_len);
}

#endif
