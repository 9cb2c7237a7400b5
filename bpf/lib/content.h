/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * What an answer says, where a policy has a word on it: addresses that no public name should lead to (DNS rebinding), and
 * aliases that lead to a name which would be denied if it were asked for itself.
 */
#ifndef EIDER_CONTENT_H
#define EIDER_CONTENT_H

#include "lib/hints.h"
#include "lib/policy.h"
#include "lib/reading.h"

/* Records of the answer section: as many as an answer has room for, each of which has a name of one octet, and ten more, at least. */
#define ANSWER_RECORDS (ANSWER_LEN / 11)
/* Aliases that are judged, each of which may cost a look at 127 suffixes; more is denied. */
#define ANSWER_ALIASES 256

#define RECORD_A 1
#define RECORD_CNAME 5
#define RECORD_AAAA 28
#define RECORD_DNAME 39
#define RECORD_SVCB 64
#define RECORD_HTTPS 65

#define INTERNAL_CLASS 255 /* the type class under which the table of decisions holds internal names */

/* Who watches aliases. */
#define ALIASES_DENIED 0x01
#define ALIASES_TRIED 0x02

/* The rule that denies a name with these matches of the two tiers; 0: none. */
static __always_inline __u32 denying_rule(__u32 side, __u32 matches)
{
	__u32 decided = settle(side, matches & 0xffff, matches >> 16);
	struct eider_rule *rule = rule_of(side, decided);

	return decided && rule && rule->action == EIDER_DENY ? decided : 0;
}

/* An alias is judged as a query for it would be; what is only not allowed by default is no reason against it. */
static __always_inline void judge_alias(struct reading *reading, __u32 offset)
{
	__u32 side = reading->place.side & 1, decided;

	reading->best = reading->unnamed;
	if (!reading->aliases-- || !match_answer_name(reading, offset)) {
		reading->malformed = 1;
		return;
	}
	if (reading->best == reading->unnamed)
		return;
	if (reading->watches_aliases & ALIASES_DENIED && (__u32)reading->best != (__u32)reading->unnamed) {
		decided = denying_rule(side, reading->best);
		if (decided) {
			reading->denied = 1;
			reading->rule = decided;
			return;
		}
	}
	if (reading->watches_aliases & ALIASES_TRIED && !reading->tried_rule && reading->best >> 32 != reading->unnamed >> 32)
		reading->tried_rule = denying_rule(side, reading->best >> 32);
}

/* The addresses and the target of a record of a service. */
static __always_inline void read_service(struct reading *reading, __u32 at, __u32 end)
{
	/* The name it leads to is asked for, or its hints stand for that; "." is the record's own name (RFC 9460 2.5). */
	if (reading->watches_aliases && reading->octets[(at + 2) & ANSWER_MASK])
		judge_alias(reading, at + 2);
	read_hints(reading, at, end);
}

/* One turn: a record of the answer section. */
static long read_answer(__u32 index, void *context)
{
	struct reading *reading = *(struct reading **)context;
	__u32 at, type, len, end;

	if (!reading->records)
		return 1;
	reading->records--;
	if (reading->octets[reading->at & ANSWER_MASK] >= 0xc0)
		reading->at += 2;
	else
		skip_name(reading);
	at = reading->at & ANSWER_MASK;
	type = reading->octets[at] << 8 | reading->octets[at + 1];
	len = reading->octets[at + 8] << 8 | reading->octets[at + 9];
	end = reading->at + 10 + len;
	if (reading->malformed || end > reading->len) {
		reading->malformed = 1;
		return 1;
	}
	at += 10;
	reading->at = end;
	if (type == RECORD_A && len == 4)
		reading->is_private |= is_private_v4(reading->octets + (at & ANSWER_MASK));
	else if (type == RECORD_AAAA && len == 16)
		reading->is_private |= is_private_v6(reading->octets + (at & ANSWER_MASK));
	else if (type == RECORD_SVCB || type == RECORD_HTTPS)
		read_service(reading, at, end);
	else if (reading->watches_aliases && (type == RECORD_CNAME || type == RECORD_DNAME))
		judge_alias(reading, at);
	return reading->malformed || reading->denied;
}

/* Whether private addresses are right for the question's name: a policy says so, or it has but one label. */
static __always_inline bool is_internal(struct reading *reading)
{
	reading->place.type_class = INTERNAL_CLASS;
	reading->best = 0;
	return match_answer_name(reading, DNS_HEADER_LEN) && (reading->labels <= 1 || reading->best);
}

/* Reads an answer; false where it is too long, or cannot be loaded. */
static __always_inline bool load_content(struct __sk_buff *skb, __u32 offset, __u32 len, struct reading *reading)
{
	if (len < DNS_HEADER_LEN || len > ANSWER_LEN)
		return false;
	if (bpf_skb_load_bytes(skb, offset, reading->octets, len))
		return false;
	reading->len = len;
	return true;
}

static __always_inline void deny_answer(struct eider_verdict *verdict, __u32 generation, __u32 rule, enum eider_reason reason)
{
	verdict->generation = generation;
	verdict->action = EIDER_DENY;
	verdict->reason = reason;
	verdict->rule = rule;
}

/* What cannot be read is denied where answers are judged, or would be. */
static __always_inline void judge_unread(const struct eider_posture *posture, __u32 generation, struct eider_verdict *verdict)
{
	if (posture->flags & POSTURE_DENIES_CONTENT)
		deny_answer(verdict, generation,
			    posture->flags & EIDER_POSTURE_ENFORCE ? posture->malformed_rule : posture->rebinding_rule,
			    EIDER_REASON_MALFORMED);
	else
		would_deny_answer(verdict, generation,
				  posture->flags & EIDER_POSTURE_TRY_REBINDING ? posture->rebinding_rule : posture->malformed_rule,
				  EIDER_REASON_MALFORMED);
}

/* Whose word on aliases this posture has. */
static __always_inline __u8 watches_aliases(__u32 flags)
{
	if (!(flags & EIDER_POSTURE_NAMES))
		return 0;
	return (flags & EIDER_POSTURE_ALIASES ? ALIASES_DENIED : 0) | (flags & EIDER_POSTURE_TRY_ALIASES ? ALIASES_TRIED : 0);
}

/*
 * The verdict on the answer in reading->octets[0..len) for reading->posture of reading->generation. Leaves verdict as it is where
 * nothing speaks against it. A function of its own, verified once.
 */
__weak int judge_content(struct reading *reading, struct eider_verdict *verdict)
{
	struct eider_state *state = state_of_policies();
	__u32 index, side, generation;
	struct eider_posture *posture;
	bool is_private, is_unread;

	if (!state || !reading || !verdict || reading->len < DNS_HEADER_LEN)
		return 0;
	generation = reading->generation;
	side = generation & 1;
	index = side * EIDER_MAX_POSTURES + reading->posture;
	posture = bpf_map_lookup_elem(&policy_postures, &index);
	reading->records = reading->octets[6] << 8 | reading->octets[7];
	if (!posture || !(posture->flags & POSTURE_JUDGES_CONTENT) || !reading->records)
		return 0;
	reading->names.seed = state->side[side].names.seed;
	reading->names.multiplier[0] = state->side[side].names.multiplier[0];
	reading->names.multiplier[1] = state->side[side].names.multiplier[1];
	reading->place.side = side;
	reading->place.posture = reading->posture;
	reading->unnamed = *(__u64 *)posture->default_rule;
	reading->is_private = 0;
	reading->denied = 0;
	reading->tried_rule = 0;
	reading->aliases = ANSWER_ALIASES;
	reading->watches_aliases = watches_aliases(posture->flags);
	reading->at = DNS_HEADER_LEN;
	reading->type = RECORD_A;
	reading->malformed = reading->octets[4] || reading->octets[5] > 1;
	if (reading->octets[5]) {
		skip_name(reading);
		index = reading->at & ANSWER_MASK;
		reading->type = reading->octets[index] << 8 | reading->octets[index + 1];
		reading->at += 4;
	}
	if (reading->watches_aliases) {
		reading->place.type_class = class_of_type(side, reading->type);
		if (posture->flags & EIDER_POSTURE_EVERY_NAME)
			reading->unnamed = match_every_name(&reading->place, reading->unnamed);
	}
	bpf_loop(ANSWER_RECORDS, read_answer, &reading, 0);
	if (reading->denied) {
		deny_answer(verdict, generation, reading->rule, EIDER_REASON_ALIAS);
		return 0;
	}
	/* Cut short by its server it may be over UDP (RFC 2181 9), and is asked for again. */
	is_unread = reading->malformed ? reading->over_tcp || !(reading->octets[2] & 0x02) : reading->records;
	is_private = reading->is_private && posture->flags & (EIDER_POSTURE_REBINDING | EIDER_POSTURE_TRY_REBINDING) &&
		     !is_internal(reading);
	if (is_private && posture->flags & EIDER_POSTURE_REBINDING)
		deny_answer(verdict, generation, posture->rebinding_rule, EIDER_REASON_PRIVATE);
	else if (is_unread && posture->flags & POSTURE_DENIES_CONTENT)
		judge_unread(posture, generation, verdict);
	else if (reading->tried_rule)
		would_deny_answer(verdict, generation, reading->tried_rule, EIDER_REASON_ALIAS);
	else if (is_private)
		would_deny_answer(verdict, generation, posture->rebinding_rule, EIDER_REASON_PRIVATE);
	else if (is_unread)
		judge_unread(posture, generation, verdict);
	return 0;
}

#endif
