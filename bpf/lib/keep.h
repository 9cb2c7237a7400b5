/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* From a query to an open question. */
#ifndef EIDER_KEEP_H
#define EIDER_KEEP_H

#include "lib/emit.h"
#include "lib/policy.h"
#include "lib/questions.h"

/*
 * Whether the packet goes where its socket says. Where it does not, addresses are translated within this namespace, and what
 * comes back will not look like an answer to it.
 */
static __always_inline bool is_translated(const struct bpf_sock *sk, const struct socket_state *socket,
					  const struct open_question *asked, __be16 client_port)
{
	if (sk->src_port != bpf_ntohs(client_port))
		return true;
	/* The kernel itself holds to a connected socket's server. */
	return sk->state != ESTABLISHED && socket->named_port &&
	       (socket->named_port != asked->server_port || !same_address(socket->named, asked->server));
}

/* Whether the query speaks EDNS: its OPT record stands right behind the question in all that is common. */
static __always_inline __u8 edns_of(const __u8 *header, const __u8 *opt, __u32 left)
{
	/* No answers, no authorities, something additional, and that is of type OPT. */
	if (header[6] || header[7] || header[8] || header[9] || !header[11] || left < EDNS_HEAD_LEN || opt[0] || opt[1] ||
	    opt[2] != 41)
		return 0;
	return QUESTION_EDNS | (opt[7] & QUESTION_DNSSEC);
}

/* Whether a sender's questions are kept at all. Where they are not, its socket remembers. */
static __always_inline bool is_kept(const struct eider_state *state, struct socket_state *socket, __u32 posture)
{
	__u32 index = (state->generation & 1) * EIDER_MAX_POSTURES + posture;
	struct eider_posture *holds = bpf_map_lookup_elem(&policy_postures, &index);

	if (holds && holds->flags & POSTURE_JUDGES_ANSWERS)
		return true;
	socket->traits |= SOCKET_ASKS_UNSEEN;
	return false;
}

static __always_inline void keep(struct __sk_buff *skb, struct socket_state *socket, const struct eider_owner *owner,
				 struct question_bucket *bucket, struct open_question *asked, __be16 client_port)
{
	struct bpf_sock *sk = skb->sk;

	if (!sk || is_translated(sk, socket, asked, client_port))
		socket->traits |= SOCKET_ASKS_UNSEEN;
	asked->start_ns = owner->start_ns;
	asked->cgroup_id = owner->cgroup_id;
	asked->netns_cookie = owner->netns_cookie;
	asked->pid = owner->pid;
	asked->uid = owner->uid;
	put_question(bucket, asked);
	socket->traits |= SOCKET_ASKS;
}

/* Remembers a query whose question has been read. Of a denied one the answer is Eider's own, and what it says is not judged. */
static __noinline void keep_question(struct message *message, struct scratch *scratch, struct socket_state *socket, __u32 posture)
{
	struct open_question asked = {};
	__u32 zero = 0, len;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);
	struct question_bucket *bucket;
	const struct question *question;

	if (!message || !scratch || !socket || !state || !state->questions_since_ns || !is_kept(state, socket, posture))
		return;
	question = &scratch->question;
	len = question->at + 4;
	asked.tag = question_tag(state, message->flow.ports.source, message->flow.id);
	bucket = question_bucket(asked.tag);
	if (!bucket || question->malformed || len > QUESTION_LEN) {
		socket->traits |= SOCKET_ASKS_UNSEEN;
		return;
	}
	asked.time_ns = message->time_ns;
	asked.words = question_words(question, len, state->secret[0], state->secret[1]);
	asked.client = fold_address(message->flow.source);
	__builtin_memcpy(asked.server, message->flow.destination, 16);
	asked.server_port = message->flow.ports.destination;
	asked.len = len;
	asked.posture = posture;
	asked.generation = message->verdict.action == EIDER_ALLOW ? state->generation : 0;
	asked.edns = edns_of(question->header + sizeof(question->header) - DNS_HEADER_LEN, question->octets + (len & QUESTION_MASK),
			     question->len - len);
	keep(message->skb, socket, message->owner, bucket, &asked, message->flow.ports.source);
}

struct short_record {
	struct eider_dns record;
	struct short_message message;
};

/*
 * The same for a query that lies in its record, whose hold_ms says, before it is sent, how many octets of it are the question, 0 where it was not read.
 * A function of its own, verified once; it takes nothing that the verifier would have to tell apart before it.
 */
__weak int keep_short_question(struct __sk_buff *skb, struct short_record *kept, struct socket_state *socket)
{
	struct eider_dns *record;
	__u32 len;
	struct open_question asked = {};
	__u32 zero = 0;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);
	const struct short_message *message;
	struct question_bucket *bucket;
	__be16 id;

	if (!kept)
		return 0;
	record = &kept->record;
	len = record->hold_ms;
	record->hold_ms = 0;
	if (kept->message.octets[2] & 0x80)
		return 0; /* a response */
	if (!socket || !state || !state->questions_since_ns || !is_kept(state, socket, socket->posture))
		return 0;
	message = &kept->message;
	__builtin_memcpy(&id, message->octets, sizeof(id));
	asked.tag = question_tag(state, bpf_htons(record->source_port), id);
	bucket = question_bucket(asked.tag);
	if (!bucket || !len || len > SHORT_LEN - DNS_HEADER_LEN || socket->judged_generation != record->verdict.generation) {
		socket->traits |= SOCKET_ASKS_UNSEEN;
		return 0;
	}
	asked.time_ns = record->header.time_ns;
	asked.words = short_question_words(message, len, state->secret[0], state->secret[1]);
	asked.client = fold_address(record->source);
	__builtin_memcpy(asked.server, record->destination, 16);
	asked.server_port = bpf_htons(record->destination_port);
	asked.len = len;
	asked.posture = socket->posture;
	asked.generation = record->verdict.action == EIDER_ALLOW ? record->verdict.generation : 0;
	asked.edns =
		edns_of(message->octets, message->octets + ((DNS_HEADER_LEN + len) & SHORT_MASK), record->len - DNS_HEADER_LEN - len);
	keep(skb, socket, &record->owner, bucket, &asked, bpf_htons(record->source_port));
	return 0;
}

#endif
