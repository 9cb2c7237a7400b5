/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* The wire layer's part for answers: one that says what a policy denies is replaced by what the policy says instead. */
#ifndef EIDER_REPLACE_H
#define EIDER_REPLACE_H

#include "lib/answer.h"
#include "lib/content.h"
#include "lib/emit.h"
#include "lib/guessed.h"
#include "lib/questions.h"
#include "lib/reset.h"

/* Tells of an answer that is not delivered as it came, with who asked for it. */
static __noinline void tell_answer(struct __sk_buff *skb, const struct packet *packet, const struct open_question *asked,
				   const struct eider_verdict *verdict)
{
	struct eider_owner owner = {
		.start_ns = asked->start_ns,
		.cgroup_id = asked->cgroup_id,
		.netns_cookie = asked->netns_cookie,
		.pid = asked->pid,
		.uid = asked->uid,
	};
	struct message message = {};

	read_message(&message, skb, packet, &owner, verdict);
	message.direction = EIDER_INGRESS;
	emit_packet(&message, 0);
}

/* Puts what a policy says in the place of what the answer says. */
static __noinline int replace_answer(struct __sk_buff *skb, const struct packet *packet, const struct open_question *asked,
				     const struct eider_rule *rule)
{
	struct scratch *scratch = claim_scratch();
	__u32 len = packet->payload_len;
	int replaced = 0;

	if (!scratch)
		return 0;
	if (len > DNS_HEADER_LEN + QUESTION_LEN)
		len = DNS_HEADER_LEN + QUESTION_LEN;
	if (len > DNS_HEADER_LEN &&
	    !bpf_skb_load_bytes(skb, packet->payload + DNS_HEADER_LEN, scratch->question.octets, len - DNS_HEADER_LEN)) {
		scratch->question.len = len - DNS_HEADER_LEN;
		replaced = answer_in(scratch, skb, packet, rule, REPLACES | asked->edns);
	}
	release_scratch(scratch);
	return replaced;
}

/* Hash of the question that an answer repeats, of len octets. A function of its own, verified once. */
__weak __u64 repeated_words(const struct reading *reading, __u32 len, __u64 first, __u64 second)
{
	return reading ? hash_question(reading->octets + DNS_HEADER_LEN, QUESTION_LEN, len, first, second) : 0;
}

/* Whether the answer in reading->octets repeats this question; one that does not is none to it. */
static __always_inline bool repeats(const struct reading *reading, const struct open_question *asked, const struct eider_state *state)
{
	__u32 len = asked->len;

	return reading->octets[5] && len <= QUESTION_LEN && reading->len >= DNS_HEADER_LEN + len &&
	       repeated_words(reading, len, state->secret[0], state->secret[1]) == asked->words;
}

/* What a policy says of the answer to this question; false where the packet is no answer to it. */
static __always_inline bool judge_said(struct __sk_buff *skb, const struct packet *packet, const struct open_question *asked,
				       const struct eider_state *state, __u32 guessed_rule, struct eider_verdict *verdict)
{
	struct reading *reading = claim_reading();
	bool is_answer;

	if (!reading)
		return false;
	is_answer = load_content(skb, packet->payload, packet->payload_len, reading) && repeats(reading, asked, state);
	if (is_answer && guessed_rule) {
		deny_answer(verdict, state->generation, guessed_rule, EIDER_REASON_GUESSED);
	} else if (is_answer) {
		reading->over_tcp = 0;
		reading->generation = asked->generation;
		reading->posture = asked->posture;
		judge_content(reading, verdict);
	}
	release_reading(reading);
	return is_answer;
}

/*
 * An answer on its way to whoever asked on this node. Only what it says is judged here, since only here it can be changed;
 * whether it is forged is for the socket layer, which sees more. What is not known of a question here, that layer judges; and
 * what audited policies would do, since that changes nothing.
 */
static __noinline int see_answer(struct __sk_buff *skb, __u32 network, __u32 transport)
{
	struct packet packet = {.network = network, .transport = transport};
	struct eider_verdict verdict = {};
	struct question_bucket *bucket;
	struct eider_posture *posture;
	struct open_question *asked;
	struct eider_state *state;
	struct eider_rule *rule;
	__u32 zero = 0, index, guessed_rule;
	__u64 tag;

	state = bpf_map_lookup_elem(&policy_state, &zero);
	if (!state || !state->questions_since_ns)
		return TC_ACT_UNSPEC;
	packet.flow.protocol = PROTO_UDP;
	if (!read_packet(skb, &packet) || packet.payload_len < DNS_HEADER_LEN)
		return TC_ACT_UNSPEC;
	tag = question_tag(state, packet.flow.ports.destination, packet.flow.id);
	bucket = question_bucket(tag);
	if (!bucket)
		return TC_ACT_UNSPEC;
	for (int i = 0; i < QUESTION_SLOTS; i++) {
		asked = &bucket->slot[i];
		if (asked->tag != tag || asked->generation != state->generation || asked->server_port != packet.flow.ports.source ||
		    asked->client != fold_address(packet.flow.destination) || !same_address(asked->server, packet.flow.source))
			continue;
		index = (state->generation & 1) * EIDER_MAX_POSTURES + asked->posture;
		posture = bpf_map_lookup_elem(&policy_postures, &index);
		if (!posture)
			continue;
		guessed_rule = posture->flags & EIDER_POSTURE_FORGED && any_guess() &&
					       is_guessed(asked->netns_cookie, packet.flow.ports.destination)
				       ? posture->forged_rule
				       : 0;
		if (!guessed_rule && !(posture->flags & POSTURE_DENIES_CONTENT))
			continue;
		if (!judge_said(skb, &packet, asked, state, guessed_rule, &verdict))
			continue;
		if (verdict.action != EIDER_DENY)
			return TC_ACT_UNSPEC;
		rule = rule_of(verdict.generation & 1, verdict.rule);
		tell_answer(skb, &packet, asked, &verdict);
		count(EIDER_ANSWERS_DENIED);
		if (verdict.reason == EIDER_REASON_MALFORMED)
			count(EIDER_ANSWERS_UNREAD);
		if (!rule || rule->reply == EIDER_REPLY_DROP || !replace_answer(skb, &packet, asked, rule))
			return TC_ACT_SHOT;
		count(EIDER_ANSWERS_REPLACED);
		return TC_ACT_UNSPEC;
	}
	return TC_ACT_UNSPEC;
}

#endif
