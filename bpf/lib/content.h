/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * What an answer says, where a policy has a word on it: addresses that no public name should lead to (DNS rebinding), and
 * aliases that lead to a name which would be denied if it were asked for itself.
 */
#ifndef EIDER_CONTENT_H
#define EIDER_CONTENT_H

#include "lib/policy.h"
#include "lib/questions.h"

/* Longer answers over UDP are not read: EDNS sizes above this are refused by most servers (RFC 9715). */
#define ANSWER_LEN 4096
#define ANSWER_MASK (ANSWER_LEN - 1)
/* Records of the answer section that are read; more is denied where answers are judged. */
#define ANSWER_RECORDS 256

#define RECORD_A 1
#define RECORD_CNAME 5
#define RECORD_AAAA 28
#define RECORD_DNAME 39

#define INTERNAL_CLASS 255 /* the type class under which the table of decisions holds internal names */

struct reading {
	__u32 busy;
	__u32 len;
	__u32 at;
	__u32 records; /* of the answer section, still to be read */
	__u32 from; /* of the name that is being copied */
	__u32 to;
	__u8 malformed;
	__u8 is_private;
	__u8 copied;
	__u8 denied; /* an alias was */
	__u16 rule;
	__u8 type[2]; /* that was asked for, as on the wire */
	__u8 watches_aliases;
	__u8 pad[3];
	struct asker asker; /* here, because the stack has no room */
	struct eider_verdict verdict; /* on an alias */
	/* A word more, so that a record's fixed fields and an address may be loaded where the mask ends. */
	__u8 octets[ANSWER_LEN + MAX_LABEL_LEN + 9];
};

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, SCRATCHES);
	__type(key, __u32);
	__type(value, struct reading);
} readings __weak SEC(".maps");

struct judging {
	struct reading *reading;
	struct scratch *scratch;
};

static __always_inline struct reading *claim_reading(void)
{
	for (__u32 i = 0; i < SCRATCHES; i++) {
		__u32 slot = i;
		struct reading *reading = bpf_map_lookup_elem(&readings, &slot);

		if (reading && __sync_val_compare_and_swap(&reading->busy, 0, 1) == 0)
			return reading;
	}
	return NULL;
}

static __always_inline void release_reading(struct reading *reading)
{
	__sync_lock_test_and_set(&reading->busy, 0);
}

/* One turn: past a label of the name at reading->at. Ends behind the name. */
static long skip_label(__u32 index, void *context)
{
	struct reading *reading = *(struct reading **)context;
	__u32 len = reading->octets[reading->at & ANSWER_MASK];

	if (reading->at >= reading->len) {
		reading->malformed = 1;
		return 1;
	}
	if (len >= 0xc0) {
		reading->at += 2;
		return 1;
	}
	if (len > MAX_LABEL_LEN) {
		reading->malformed = 1;
		return 1;
	}
	reading->at += 1 + len;
	return !len;
}

/* One turn: copies a label of the name at reading->from to the question, following pointers, which lead backwards (RFC 1035 4.1.4). */
static long copy_label(__u32 index, void *context)
{
	struct judging *judging = *(struct judging **)context;
	struct reading *reading = judging->reading;
	struct question *question = &judging->scratch->question;
	__u32 from = reading->from & ANSWER_MASK, to = reading->to & QUESTION_MASK;
	__u32 len = reading->octets[from];

	if (reading->from >= reading->len)
		return 1;
	if (len >= 0xc0) {
		__u32 target = (len & 0x3f) << 8 | reading->octets[from + 1];

		if (target >= from)
			return 1;
		reading->from = target;
		return 0;
	}
	if (len > MAX_LABEL_LEN || to + 1 + len >= MAX_NAME_LEN + 1)
		return 1;
	if (bpf_probe_read_kernel(question->octets + to, (len & MAX_LABEL_LEN) + 1, reading->octets + from))
		return 1;
	reading->from = from + 1 + len;
	reading->to = to + 1 + len;
	reading->copied = !len;
	return !len;
}

/* Puts the name at an offset of the answer in place of the question in scratch; false where it is none. */
static __always_inline bool take_name(struct judging *judging, __u32 offset)
{
	struct reading *reading = judging->reading;
	struct question *question = &judging->scratch->question;
	__u32 to;

	reading->from = offset;
	reading->to = 0;
	reading->copied = 0;
	bpf_loop(2 * MAX_LABELS, copy_label, &judging, 0);
	to = reading->to & QUESTION_MASK;
	if (!reading->copied || to > MAX_NAME_LEN)
		return false;
	/* As it would be asked for. */
	question->octets[to] = reading->type[0];
	question->octets[to + 1] = reading->type[1];
	question->octets[to + 2] = 0;
	question->octets[to + 3] = 1;
	question->len = to + 4;
	return true;
}

/* An alias is judged as a query for it would be; what is only not allowed by default is no reason against it. */
static __always_inline void judge_alias(struct judging *judging, __u32 offset)
{
	struct reading *reading = judging->reading;

	if (!take_name(judging, offset)) {
		reading->malformed = 1;
		return;
	}
	decide(judging->scratch, &reading->asker, &reading->verdict, 0);
	if (reading->verdict.action == EIDER_DENY && reading->verdict.reason == EIDER_REASON_NAME) {
		reading->denied = 1;
		reading->rule = reading->verdict.rule;
	}
}

static __always_inline bool is_private_v4(const __u8 *address)
{
	return address[0] == 10 || address[0] == 127 || address[0] == 0 || (address[0] == 100 && (address[1] & 0xc0) == 64) ||
	       (address[0] == 169 && address[1] == 254) || (address[0] == 172 && (address[1] & 0xf0) == 16) ||
	       (address[0] == 192 && address[1] == 168);
}

/* src/Eider.Core/Detect/SpecialAddresses.cs says the same; here the unspecified address is among them, which leads to the host itself. */
static __always_inline bool is_private_v6(const __u8 *address)
{
	__u64 high, low;

	__builtin_memcpy(&high, address, 8);
	__builtin_memcpy(&low, address + 8, 8);
	if (high == 0) {
		__u32 mapped;

		__builtin_memcpy(&mapped, address + 8, 4);
		if (mapped == bpf_htonl(0xffff))
			return is_private_v4(address + 12);
		return mapped == 0 && (low == 0 || low == bpf_cpu_to_be64(1));
	}
	if (high == bpf_cpu_to_be64(0x0064ff9b00000000ULL)) /* RFC 6052 2.1: where a translator will go */
		return is_private_v4(address + 12);
	return (address[0] & 0xfe) == 0xfc || (address[0] == 0xfe && address[1] & 0x80);
}

/* One turn: a record of the answer section. */
static long read_answer(__u32 index, void *context)
{
	struct judging *judging = *(struct judging **)context;
	struct reading *reading = judging->reading;
	__u32 at, type, len;

	if (!reading->records)
		return 1;
	reading->records--;
	if (reading->octets[reading->at & ANSWER_MASK] >= 0xc0)
		reading->at += 2;
	else
		bpf_loop(MAX_LABELS, skip_label, &reading, 0);
	at = reading->at & ANSWER_MASK;
	type = reading->octets[at] << 8 | reading->octets[at + 1];
	len = reading->octets[at + 8] << 8 | reading->octets[at + 9];
	if (reading->malformed || reading->at + 10 + len > reading->len) {
		reading->malformed = 1;
		return 1;
	}
	at += 10;
	reading->at += 10 + len;
	if (type == RECORD_A && len == 4)
		reading->is_private |= is_private_v4(reading->octets + (at & ANSWER_MASK));
	else if (type == RECORD_AAAA && len == 16)
		reading->is_private |= is_private_v6(reading->octets + (at & ANSWER_MASK));
	else if (reading->watches_aliases && (type == RECORD_CNAME || type == RECORD_DNAME))
		judge_alias(judging, at);
	return reading->malformed || reading->denied;
}

/* Whether private addresses are right for the question's name: a policy says so, or it has but one label. */
static __always_inline bool is_internal(struct judging *judging, const struct eider_state *state)
{
	struct scratch *scratch = judging->scratch;
	const struct eider_names *names = &state->side[state->generation & 1].names;

	if (!take_name(judging, DNS_HEADER_LEN))
		return false;
	scratch->question.seed = names->seed;
	scratch->question.multiplier[0] = names->multiplier[0];
	scratch->question.multiplier[1] = names->multiplier[1];
	read_question(&scratch->question);
	if (scratch->question.malformed)
		return false;
	scratch->place.side = state->generation & 1;
	scratch->place.posture = judging->reading->asker.posture;
	scratch->place.type_class = INTERNAL_CLASS;
	scratch->fold = names->seed;
	scratch->best = 0;
	bpf_loop(scratch->question.labels, match_suffix, &scratch, 0);
	return scratch->question.labels <= 1 || scratch->best;
}

/* Reads an answer; false where it is too long, or cannot be loaded. */
static __always_inline bool load_content(struct __sk_buff *skb, __u32 offset, __u32 len, const __u8 *server, __u32 posture,
					 struct reading *reading)
{
	reading->asker.rated = 0; /* counts against no rate */
	reading->asker.posture = posture;
	reading->asker.generation = 0;
	__builtin_memcpy(reading->asker.server, server, 16);
	if (len < DNS_HEADER_LEN || len > ANSWER_LEN)
		return false;
	if (bpf_skb_load_bytes(skb, offset, reading->octets, len))
		return false;
	reading->len = len;
	return true;
}

/*
 * The verdict on the answer in reading->octets[0..len), which fits a question that was asked under this posture. Leaves
 * verdict as it is where nothing speaks against it.
 */
static __always_inline void judge_content(struct reading *reading, struct scratch *scratch, struct eider_verdict *verdict)
{
	struct judging judging = {.reading = reading, .scratch = scratch}, *context = &judging;
	__u32 zero = 0, index;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);
	struct eider_posture *posture;

	if (!state || !reading || !scratch || !verdict)
		return;
	index = (state->generation & 1) * EIDER_MAX_POSTURES + reading->asker.posture;
	posture = bpf_map_lookup_elem(&policy_postures, &index);
	if (!posture)
		return;
	reading->malformed = 0;
	reading->is_private = 0;
	reading->denied = 0;
	reading->records = reading->octets[6] << 8 | reading->octets[7];
	if (!reading->records)
		return;
	reading->watches_aliases = (posture->flags & EIDER_POSTURE_ALIASES) != 0;
	reading->at = DNS_HEADER_LEN;
	if (reading->octets[4] || reading->octets[5] > 1)
		reading->malformed = 1;
	if (reading->octets[5]) {
		bpf_loop(MAX_LABELS, skip_label, &reading, 0);
		reading->type[0] = reading->octets[reading->at & ANSWER_MASK];
		reading->type[1] = reading->octets[(reading->at & ANSWER_MASK) + 1];
		reading->at += 4;
	}
	bpf_loop(ANSWER_RECORDS, read_answer, &context, 0);
	verdict->generation = state->generation;
	if (reading->denied) {
		verdict->reason = EIDER_REASON_ALIAS;
		verdict->rule = reading->rule;
	} else if (reading->is_private && posture->flags & EIDER_POSTURE_REBINDING && !is_internal(&judging, state)) {
		verdict->reason = EIDER_REASON_PRIVATE;
		verdict->rule = posture->rebinding_rule;
	} else if (reading->malformed ? !(reading->octets[2] & 0x02) : reading->records) {
		/* Cut short by its server it may be (RFC 2181 9), and is asked for again. */
		verdict->reason = EIDER_REASON_MALFORMED;
		verdict->rule = posture->malformed_rule ? posture->malformed_rule : posture->rebinding_rule;
	} else {
		return;
	}
	verdict->action = EIDER_DENY;
}

#endif
