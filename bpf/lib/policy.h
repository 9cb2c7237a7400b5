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
#include "lib/match.h"
#include "lib/names.h"
#include "lib/policy_maps.h"
#include "lib/ports.h"
#include "lib/rate.h"
#include "lib/respond.h"

/* Postures that have a word on what answers say, and among them those that deny any. */
#define POSTURE_DENIES_CONTENT (EIDER_POSTURE_REBINDING | EIDER_POSTURE_ALIASES)
#define POSTURE_JUDGES_CONTENT (POSTURE_DENIES_CONTENT | EIDER_POSTURE_TRY_REBINDING | EIDER_POSTURE_TRY_ALIASES)

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
	return judged->posture && (judged->posture->flags || judged->posture->tried);
}

/* The posture with this number. */
static __always_inline struct eider_posture *posture_numbered(__u32 side, __u32 number)
{
	__u32 index = side * EIDER_MAX_POSTURES + number;

	return bpf_map_lookup_elem(&policy_postures, &index);
}

/* The posture that would hold were the audited policies enforced, where it has some of these flags; else NULL. */
static __always_inline struct eider_posture *tried_for(__u32 side, const struct eider_posture *posture, __u32 flags)
{
	struct eider_posture *tried = posture && posture->tried ? posture_numbered(side, posture->tried) : NULL;

	return tried && tried->flags & flags ? tried : NULL;
}

static __always_inline void would_deny(struct eider_verdict *verdict, __u32 rule)
{
	verdict->audit_action = EIDER_DENY;
	verdict->audit_rule = rule;
}

/* Of an answer, which is let in. What was said of it first stands. */
static __always_inline void would_deny_answer(struct eider_verdict *verdict, __u32 generation, __u32 rule, enum eider_reason reason)
{
	if (verdict->audit_action)
		return;
	verdict->generation = generation;
	verdict->action = EIDER_ALLOW;
	verdict->reason = reason;
	would_deny(verdict, rule);
}

/* What cannot be read. A function of its own, verified once. */
__weak int judge_malformed(__u32 side, __u32 number, __u32 only_tried, struct eider_verdict *verdict)
{
	struct eider_posture *posture = posture_numbered(side & 1, number), *tried;

	if (!verdict || !posture)
		return 0;
	if (!only_tried && posture->flags & EIDER_POSTURE_ENFORCE) {
		verdict->rule = posture->malformed_rule;
		verdict->action = EIDER_DENY;
		verdict->reason = EIDER_REASON_MALFORMED;
		return 0;
	}
	tried = tried_for(side & 1, posture, EIDER_POSTURE_ENFORCE);
	if (tried)
		would_deny(verdict, tried->malformed_rule);
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

#define RATES (EIDER_POSTURE_RATE_WORKLOAD | EIDER_POSTURE_RATE_PROCESS)

/* Whether this server is not the one that would be asked. Sockets alone are led elsewhere, and those to DNS ports; without a packet, all are. */
static __always_inline bool leads_away(const struct eider_posture *posture, const struct asker *asker)
{
	const __u64 *asked = (const __u64 *)asker->server, *target = (const __u64 *)posture->redirect_v6;
	bool is_v4 = !asked[0] && (__u32)asked[1] == bpf_htonl(0xffff);
	__be16 port = bpf_htons(is_v4 ? posture->redirect_v4_port : posture->redirect_v6_port);

	if (asker->server_port && (!asker->process || !is_dns_port(asker->server_port)))
		return false;
	if (!(posture->flags & (is_v4 ? EIDER_POSTURE_REDIRECT_V4 : EIDER_POSTURE_REDIRECT_V6)))
		return false;
	if (asker->server_port && asker->server_port != port)
		return true;
	return is_v4 ? asked[1] >> 32 != *(__u32 *)posture->redirect_v4 : asked[0] != target[0] || asked[1] != target[1];
}

/*
 * What audited policies would do to a query that their names let pass: the server and the rate, as of the posture that is
 * tried. Out of line: few postures have one.
 */
__weak int try_out(const struct asker *asker, struct eider_verdict *verdict, __u32 number, __u64 now_ns)
{
	struct judgement judged = {};
	struct eider_posture *tried;

	if (!asker || !verdict)
		return 0;
	judged.side = verdict->generation & 1;
	judged.posture = posture_numbered(judged.side, number);
	tried = judged.posture;
	if (!tried)
		return 0;
	if (leads_away(tried, asker)) {
		verdict->audit_action = EIDER_ALLOW;
		verdict->audit_rule = tried->redirect_rule;
	} else if (tried->flags & EIDER_POSTURE_RESOLVERS && !is_listed(&judged, asker)) {
		would_deny(verdict, tried->resolver_rule);
		return 0;
	}
	if (asker->rated && tried->flags & RATES && !take_token(tried, number, asker, now_ns))
		would_deny(verdict, tried->rate_rule);
	return 0;
}

static __always_inline void deny_query(struct eider_verdict *verdict, enum eider_reason reason, __u16 rule)
{
	verdict->action = EIDER_DENY;
	verdict->reason = reason;
	verdict->rule = rule;
}

/*
 * By the best match of each tier; then responses to alerts, the server and the rate. What is in scratch is read where it is
 * needed: the stack has no room to keep it. NULL: there are no responses.
 */
static __always_inline void enforce(const struct judgement *judged, __u64 best, const struct asker *asker,
				    struct eider_verdict *verdict, __u64 now_ns, const struct scratch *scratch)
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
	/* What a rule allows by name no response takes away. */
	if (verdict->action == EIDER_ALLOW && responses_of(scratch) & RESPONSE_NAME && verdict->reason != EIDER_REASON_NAME)
		deny_query(verdict, EIDER_REASON_RESPONSE, posture->response_rule);
	if (verdict->action == EIDER_ALLOW && responses_of(scratch) & RESPONSE_ASTRAY)
		deny_query(verdict, EIDER_REASON_QUARANTINE, posture->quarantine_rule);
	if (verdict->action == EIDER_ALLOW && posture->flags & EIDER_POSTURE_RESOLVERS && !(responses_of(scratch) & RESPONSE_PINNED) &&
	    !is_listed(judged, asker))
		deny_query(verdict, EIDER_REASON_RESOLVER, posture->resolver_rule);
	if (verdict->action == EIDER_ALLOW && asker->rated && posture->flags & RATES &&
	    !take_token(posture, asker->posture, asker, scratch ? scratch->now_ns : now_ns))
		deny_query(verdict, EIDER_REASON_RATE, posture->rate_rule);
}

/* From the best match of each tier to what is done, and to what audited policies would do. */
static __always_inline void end_verdict(const struct judgement *judged, __u64 best, const struct asker *asker,
					struct eider_verdict *verdict, __u64 now_ns, const struct scratch *scratch)
{
	__u32 decided = best ? settle(judged->side, best >> 32 & 0xffff, best >> 48) : 0;
	struct eider_rule *rule;

	if (!scratch || !scratch->only_tried)
		enforce(judged, best, asker, verdict, now_ns, scratch);
	if (decided) {
		rule = rule_of(judged->side, decided);
		verdict->audit_rule = decided;
		verdict->audit_action = rule && rule->action == EIDER_DENY ? EIDER_DENY : EIDER_ALLOW;
	}
	if (judged->posture->tried && verdict->action == EIDER_ALLOW && verdict->audit_action != EIDER_DENY)
		try_out(asker, verdict, judged->posture->tried, scratch ? scratch->now_ns : now_ns);
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
	scratch->now_ns = now_ns;
	question = &scratch->question;
	question->seed = judged.in_force->names.seed;
	question->multiplier[0] = judged.in_force->names.multiplier[0];
	question->multiplier[1] = judged.in_force->names.multiplier[1];
	read_question(question);
	if (question->malformed)
		return judge_malformed(judged.side, asker->posture, scratch->only_tried, verdict);
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
	scratch->responses = 0;
	if (any_response(judged.posture, scratch->now_ns))
		find_responses(scratch, asker);
	end_verdict(&judged, scratch->best, asker, verdict, 0, scratch);
	return 0;
}

/*
 * The same for a message of len octets that is at hand as a whole. False: it has more labels than are looked at here, or
 * responses to alerts are to be looked for, and there is no verdict yet.
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
	if (any_response(judged.posture, now_ns))
		return false;
	/* One question, as every query has (RFC 9619). */
	if (len < DNS_HEADER_LEN || message->octets[4] || message->octets[5] != 1) {
		judge_malformed(judged.side, asker->posture, 0, verdict);
		return true;
	}
	*question_len = 0;
	names = &judged.in_force->names;
	labels = read_short_name(message, len, names, hash, &at);
	if (labels == TOO_MANY_LABELS)
		return false;
	if (labels == NOT_A_NAME || at + 4 > len) {
		judge_malformed(judged.side, asker->posture, 0, verdict);
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
	end_verdict(&judged, best, asker, verdict, now_ns, NULL);
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
