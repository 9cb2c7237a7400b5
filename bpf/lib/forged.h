/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * Answers held against open questions, where a socket is about to receive them: after reassembly and after address
 * translation has been undone, so that what is compared is what the application would compare if it did.
 */
#ifndef EIDER_FORGED_H
#define EIDER_FORGED_H

#include "lib/asking.h"
#include "lib/content.h"
#include "lib/emit.h"
#include "lib/guessed.h"
#include "lib/hold.h"
#include "lib/judge.h"
#include "lib/policy.h"
#include "lib/questions.h"
#include "lib/tell.h"

#define JUDGES_FORGED (EIDER_POSTURE_FORGED | EIDER_POSTURE_TRY_FORGED)

/*
 * What speaks against an answer: enum eider_reason, NONE where it fits a question, which is then *fits. Questions of other network namespaces
 * are none of this socket's; of two clients with one port in the same, the one whose address it came to is preferred.
 */
static __always_inline __u32 compare_answer(const struct eider_state *state, const struct message *message,
					    const struct socket_state *socket, const struct question *question, bool connected,
					    struct question_bucket *bucket, __u64 tag, struct open_question **fits)
{
	bool has_question = question->header[16 - DNS_HEADER_LEN + 5]; /* FORMERR and its like may come without (RFC 1035 4.1.1) */
	__u32 reason = EIDER_REASON_UNASKED;

	for (int i = 0; i < QUESTION_SLOTS; i++) {
		struct open_question *asked = &bucket->slot[i];
		bool server, same;
		__u32 len = asked->len;

		if (asked->tag != tag || (socket->netns_cookie && asked->netns_cookie != socket->netns_cookie))
			continue;
		server = connected ||
			 (asked->server_port == message->flow.ports.source && same_address(asked->server, message->flow.source));
		same = !has_question || (len <= question->len && len <= QUESTION_LEN &&
					 question_words(question, len, state->secret[0], state->secret[1]) == asked->words);
		if (server && same) {
			*fits = asked;
			reason = EIDER_REASON_NONE;
			if (asked->client == fold_address(message->flow.destination))
				break;
		}
		if (*fits)
			continue;
		if (same)
			reason = EIDER_REASON_SOURCE;
		else if (server && reason == EIDER_REASON_UNASKED)
			reason = EIDER_REASON_QUESTION;
	}
	return reason;
}

/* The header and as much of the question as is there; false where it is no response that can be read. */
static __always_inline bool load_answer(const struct message *message, struct scratch *scratch)
{
	__u8 *header = scratch->question.header + sizeof(scratch->question.header) - DNS_HEADER_LEN;
	__u32 len = message->left;

	if (len > DNS_HEADER_LEN + QUESTION_LEN)
		len = DNS_HEADER_LEN + QUESTION_LEN;
	if (len < DNS_HEADER_LEN || bpf_skb_load_bytes(message->skb, message->offset, header, len))
		return false;
	scratch->question.len = len - DNS_HEADER_LEN;
	return header[2] & 0x80;
}

/* Whether something that fits no question can be told from the answer to one that is not known any more, or never was. */
static __always_inline bool knows_all_questions(const struct eider_state *state, const struct socket_state *socket,
						const struct question_bucket *bucket, __u64 now_ns)
{
	return ((socket->traits & (SOCKET_ASKS | SOCKET_ASKS_UNSEEN)) == SOCKET_ASKS || is_fresh(socket)) &&
	       elapsed_ns(state->questions_since_ns, now_ns) >= QUESTION_NS &&
	       (!bucket->lost_ns || elapsed_ns(bucket->lost_ns, now_ns) >= QUESTION_NS);
}

/* What the answer says, where it fits a question that was asked under the policies in force. True: it is denied. */
static __always_inline int judge_fitting(struct message *message, const struct eider_posture *posture, __u32 generation, __u32 number)
{
	struct reading *reading = claim_reading();

	if (reading && load_content(message->skb, message->offset, message->left, reading)) {
		reading->over_tcp = 0;
		reading->generation = generation;
		reading->posture = number;
		judge_content(reading, &message->verdict);
	} else {
		judge_unread(posture, generation, &message->verdict);
	}
	if (reading)
		release_reading(reading);
	if (message->verdict.action != EIDER_DENY)
		return 0;
	count(EIDER_ANSWERS_DENIED);
	if (message->verdict.reason == EIDER_REASON_MALFORMED)
		count(EIDER_ANSWERS_UNREAD);
	return 1;
}

static __always_inline bool is_truncated(const struct question *question)
{
	return question->header[sizeof(question->header) - DNS_HEADER_LEN + 2] & 2;
}

/* True: it is dropped; else it would be, by an audited policy. */
static __always_inline int deny_forged(const struct eider_state *state, struct message *message, const struct eider_posture *posture,
				       __u32 reason)
{
	if (!(posture->flags & EIDER_POSTURE_FORGED)) {
		would_deny_answer(&message->verdict, state->generation, posture->forged_rule, reason);
		return 0;
	}
	count(EIDER_FORGED);
	deny_answer(&message->verdict, state->generation, posture->forged_rule, reason);
	return 1;
}

/* The posture that the socket's answers are judged by: the one its last question was asked under, or before its first its workload's. */
static __always_inline bool find_receiver(const struct message *message, struct socket_state *socket, const struct eider_owner *owner,
					  __u32 generation, __u32 *posture)
{
	__u32 of_socket = 0;

	if (!is_fresh(socket)) {
		*posture = socket->posture;
		return socket->traits & SOCKET_ASKS && socket->judged_generation == generation;
	}
	find_postures(message->skb, generation, socket, owner, false, posture, &of_socket);
	return true;
}

/*
 * The verdict on a datagram that a socket is about to receive from a DNS port, or as an answer from another. True: it is forged, or says what a policy
 * denies, and does not reach the socket. What cannot be told passes, and is counted.
 */
static __noinline int judge_answer(struct message *message, struct socket_state *socket, const struct eider_owner *owner)
{
	__u32 index, reason = EIDER_REASON_NONE, number = 0;
	struct eider_state *state = state_of_policies();
	struct open_question *fits = NULL;
	struct question_bucket *bucket;
	struct eider_posture *posture;
	struct scratch *scratch;
	struct bpf_sock *sk;
	__be16 id;
	__u64 tag;
	int denied = 0;

	if (!message || !socket || !owner || !state || !state->questions_since_ns ||
	    message->flow.ports.source == bpf_htons(MULTICAST_PORT) ||
	    !find_receiver(message, socket, owner, state->generation, &number))
		return 0;
	index = (state->generation & 1) * EIDER_MAX_POSTURES + number;
	posture = bpf_map_lookup_elem(&policy_postures, &index);
	sk = message->skb->sk;
	if (!posture || !(posture->flags & POSTURE_JUDGES_ANSWERS) || !sk)
		return 0;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return 0;
	scratch = claim_scratch();
	if (!scratch || !load_answer(message, scratch)) {
		count(EIDER_UNJUDGED);
		goto out;
	}
	__builtin_memcpy(&id, scratch->question.header + sizeof(scratch->question.header) - DNS_HEADER_LEN, sizeof(id));
	tag = question_tag(state, message->flow.ports.destination, id);
	bucket = question_bucket(tag);
	if (!bucket)
		goto out;
	reason = compare_answer(state, message, socket, &scratch->question, sk->state == ESTABLISHED, bucket, tag, &fits);
	if (fits) {
		/* The wire layer has not been in its way: it is dropped, and the client asks again. */
		if (posture->flags & JUDGES_FORGED && !is_truncated(&scratch->question) && any_guess() &&
		    is_guessed(fits->netns_cookie, message->flow.ports.destination))
			denied = deny_forged(state, message, posture, EIDER_REASON_GUESSED);
		if (!denied && posture->flags & POSTURE_JUDGES_CONTENT && fits->generation == state->generation)
			denied = judge_fitting(message, posture, state->generation, number);
		if (!denied && posture->flags & (EIDER_POSTURE_HOLD | EIDER_POSTURE_TRY_HOLD) && fits->generation)
			denied = hold_back(state, message, &scratch->question, fits,
					   posture->hold_rule | (posture->flags & EIDER_POSTURE_HOLD ? 0 : HOLD_TRIED));
		if (!denied)
			fits->answered = 1;
	} else if (posture->flags & JUDGES_FORGED && reason != EIDER_REASON_NONE) {
		/* From another port nothing but the answer to a question could be believed, and what is no DNS may look like one. */
		if ((reason == EIDER_REASON_UNASKED &&
		     (message->elsewhere || !knows_all_questions(state, socket, bucket, message->time_ns))) ||
		    (reason == EIDER_REASON_SOURCE && socket->traits & SOCKET_ASKS_UNSEEN)) {
			count(EIDER_UNJUDGED);
			goto out;
		}
		if (reason == EIDER_REASON_UNASKED)
			note_guess(socket->netns_cookie, message->flow.ports.destination, message->time_ns);
		denied = deny_forged(state, message, posture, reason);
	}
out:
	if (scratch)
		release_scratch(scratch);
	return denied;
}

#endif
