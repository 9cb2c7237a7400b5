/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* From an allowed query to an open question. */
#ifndef EIDER_KEEP_H
#define EIDER_KEEP_H

#include "lib/emit.h"
#include "lib/policy.h"
#include "lib/questions.h"

/*
 * Whether the packet goes where its socket says. Where it does not, addresses are translated within this namespace, and what
 * comes back will not look like an answer to it.
 */
static __always_inline bool is_translated(const struct message *message, const struct bpf_sock *sk, const struct socket_state *socket)
{
	if (sk->src_port != bpf_ntohs(message->flow.ports.source))
		return true;
	/* The kernel itself holds to a connected socket's server. */
	return sk->state != ESTABLISHED && socket->named_port &&
	       (socket->named_port != message->flow.ports.destination || !same_address(socket->named, message->flow.destination));
}

/* Whether the query speaks EDNS: its OPT record stands right behind the question in all that is common. */
static __always_inline __u8 edns_of(const struct question *question, __u32 len)
{
	const __u8 *counts = question->header + sizeof(question->header) - DNS_HEADER_LEN + 6;
	const __u8 *opt = question->octets + (len & QUESTION_MASK);

	/* No answers, no authorities, something additional, and that is of type OPT. */
	if (counts[0] || counts[1] || counts[2] || counts[3] || !counts[5] || question->len < len + EDNS_HEAD_LEN || opt[0] ||
	    opt[1] || opt[2] != 41)
		return 0;
	return QUESTION_EDNS | (opt[7] & QUESTION_DNSSEC);
}

/* Remembers an allowed query; its question has been read. */
static __noinline void keep_question(struct message *message, struct scratch *scratch, struct socket_state *socket, __u32 posture)
{
	struct open_question asked = {};
	struct bpf_sock *sk;
	__u32 zero = 0, index, len;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);
	struct question_bucket *bucket;
	struct eider_posture *holds;

	if (!message || !scratch || !socket || !state || !state->questions_since_ns)
		return;
	sk = message->skb->sk;
	if (!sk)
		return;
	sk = bpf_sk_fullsock(sk);
	if (!sk)
		return;
	index = (state->generation & 1) * EIDER_MAX_POSTURES + posture;
	holds = bpf_map_lookup_elem(&policy_postures, &index);
	len = scratch->question.at + 4;
	if (is_translated(message, sk, socket))
		socket->traits |= SOCKET_ASKS_UNSEEN;
	if (!holds || !(holds->flags & POSTURE_JUDGES_ANSWERS) || scratch->question.malformed || len > QUESTION_LEN) {
		socket->traits |= SOCKET_ASKS_UNSEEN;
		return;
	}
	asked.tag = question_tag(state, message->flow.ports.source, message->flow.id);
	bucket = question_bucket(asked.tag);
	if (!bucket)
		return;
	asked.time_ns = message->time_ns;
	asked.words = question_words(&scratch->question, len, state->secret[0], state->secret[1]);
	__builtin_memcpy(asked.server, message->flow.destination, 16);
	asked.server_port = message->flow.ports.destination;
	asked.len = len;
	asked.posture = posture;
	asked.generation = state->generation;
	asked.edns = edns_of(&scratch->question, len);
	asked.start_ns = message->owner->start_ns;
	asked.cgroup_id = message->owner->cgroup_id;
	asked.netns_cookie = message->owner->netns_cookie;
	asked.pid = message->owner->pid;
	asked.uid = message->owner->uid;
	put_question(bucket, &asked);
	socket->traits |= SOCKET_ASKS;
}

#endif
