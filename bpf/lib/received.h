/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* The socket layer's verdict on a segment of answers, and what the wire layer is told of a connection that is to end. */
#ifndef EIDER_RECEIVED_H
#define EIDER_RECEIVED_H

#include "lib/answer_stream.h"
#include "lib/doomed.h"
#include "lib/judge.h"
#include "lib/socket_packet.h"

static const struct eider_owner nobody;

/* Whether any posture in force has a word on what answers say. */
static __always_inline bool content_is_judged(void)
{
	return wanted() & POSTURE_JUDGES_CONTENT;
}

/* From the transport header to what a segment brings. False: it brings nothing, or is not whole. */
static __always_inline bool find_segment(struct __sk_buff *skb, __u32 offset, struct answer_segment *segment, struct flow *flow)
{
	__u8 header[14];
	__u32 header_len;
	__be32 sequence;

	if (!read_transport(skb, offset, header, sizeof(header)))
		return false;
	header_len = (header[12] >> 4) * 4;
	segment->offset = offset + header_len;
	if (segment->offset >= skb->len)
		return false;
	segment->len = skb->len - segment->offset;
	__builtin_memcpy(&sequence, header + 4, sizeof(sequence));
	segment->sequence = bpf_ntohl(sequence) + (header[13] >> 1 & 1); /* a SYN takes a number itself (RFC 9293 3.4) */
	segment->is_urgent = header[13] & TCP_URGENT;
	__builtin_memcpy(&flow->ports, header, sizeof(flow->ports));
	return read_addresses(skb, flow->source);
}

/* The connection is to end, and why. */
static __always_inline void refuse_connection(struct answer_stream *stream, enum passage passage, const struct flow *flow,
					      __u32 expected)
{
	doom(flow, expected);
	if (passage != REFUSED)
		return;
	count(EIDER_ANSWERS_DENIED);
	if (!stream || stream->verdict.reason == EIDER_REASON_MALFORMED)
		count(EIDER_ANSWERS_UNREAD);
}

/* What follows cannot be told any more, where nothing is withheld. */
static __always_inline enum passage lose_track(struct answer_stream *stream)
{
	stream->refused = LOST_TRACK;
	count(EIDER_UNJUDGED);
	return LET_IN;
}

/* Where audited policies alone have a word, all is let in. */
static __always_inline enum passage let_in(struct answer_stream *stream, enum passage passage)
{
	if (passage == WITHHELD)
		return lose_track(stream);
	if (stream->refused == LOST_TRACK)
		return LET_IN;
	/* Of one that would have ended nothing more would have come, so what was said stands. */
	return stream->verdict.audit_action ? LET_IN_TRIED : LET_IN;
}

/*
 * What becomes of a segment from a DNS port, which its socket is about to receive: enum passage. A function of its own, called before
 * all others: the kernel allows eight frames, and from here to a name's label are seven.
 */
__weak int receive_answers(struct __sk_buff *skb, __u32 offset)
{
	struct answer_segment segment = {.generation = generation_in_force()};
	struct following following = {.skb = skb};
	struct answer_stream *stream;
	struct bpf_sock *sk = skb->sk;
	enum passage passage = REFUSED_BEFORE;
	struct socket_state *socket;
	struct bpf_tcp_sock *tcp;
	struct flow flow;
	__u32 expected, judged_by;

	if (!segment.generation || !sk || !find_segment(skb, offset, &segment, &flow))
		return LET_IN;
	sk = bpf_sk_fullsock(sk);
	tcp = sk ? bpf_tcp_sock(sk) : NULL;
	if (!tcp)
		return LET_IN;
	expected = tcp->rcv_nxt;
	socket = bpf_sk_storage_get(&sockets, sk, NULL, 0);
	find_postures(skb, segment.generation, socket, socket ? &socket->owner : &nobody, false, &segment.posture, &segment.of_socket);
	judged_by = flags_of(segment.generation, segment.posture) | flags_of(segment.generation, segment.of_socket);
	if (!(judged_by & POSTURE_JUDGES_CONTENT))
		return LET_IN;
	stream = bpf_sk_storage_get(&answer_streams, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!stream) {
		count(EIDER_VERDICT_FAILED);
		if (!(judged_by & POSTURE_DENIES_CONTENT))
			return LET_IN;
		refuse_connection(NULL, REFUSED, &flow, expected);
		return REFUSED_BEFORE;
	}
	passage = WITHHELD;
	if (__sync_val_compare_and_swap(&stream->busy, 0, 1) == 0) {
		following.stream = stream;
		if (stream->refused == LOST_TRACK && judged_by & POSTURE_DENIES_CONTENT)
			stream->refused = stream->started = 0;
		passage = follow_segment(&following, &segment, expected, sk->state != TCP_SYN_SENT);
		if (!(judged_by & POSTURE_DENIES_CONTENT))
			passage = let_in(stream, passage);
		if (passage == REFUSED || passage == REFUSED_BEFORE)
			refuse_connection(stream, passage, &flow, expected);
		__sync_lock_test_and_set(&stream->busy, 0);
	} else if (!(judged_by & POSTURE_DENIES_CONTENT)) {
		passage = lose_track(stream);
	}
	if (passage == WITHHELD)
		count(EIDER_SEGMENTS_WITHHELD);
	return passage;
}

/* Why the connection of this socket was refused, or would be. */
static __always_inline void refusal(struct bpf_sock *sk, struct eider_verdict *verdict)
{
	struct answer_stream *stream = sk ? bpf_sk_storage_get(&answer_streams, sk, NULL, 0) : NULL;

	if (stream)
		*verdict = stream->verdict;
}

#endif
