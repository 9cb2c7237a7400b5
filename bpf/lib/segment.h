/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* The verdict on what a TCP segment asks: its connection is followed from message to message. */
#ifndef EIDER_SEGMENT_H
#define EIDER_SEGMENT_H

#include "lib/judge.h"
#include "lib/stream.h"

/* A message on a port that is none of DNS: what the first one does not show to be DNS is none. What is told of it is its head. */
static __always_inline void judge_elsewhere(struct query_stream *stream, struct scratch *scratch, struct message *message)
{
	if (stream->unproven && !stream_reads_as_query(stream, scratch)) {
		stream->foreign = 1;
		return;
	}
	stream->unproven = 0;
	if (!stream_question(stream, scratch))
		return;
	decide_elsewhere(scratch, &stream->asker, stream->of_socket, message);
	emit_head(message, stream);
}

struct segment {
	struct query_stream *stream;
	struct message *message;
};

/* One turn: up to the end of the prefix, of the question, or of the message. */
static long follow_stream(__u32 index, void *context)
{
	struct segment *segment = context;
	struct query_stream *stream = segment->stream;
	__u32 at = stream->position, until, len;

	if (!stream->left)
		return 1;
	if (at < LENGTH_PREFIX)
		until = LENGTH_PREFIX;
	else if (!stream->judged)
		until = stream->message_len < STREAM_HEAD_LEN ? stream->message_len : STREAM_HEAD_LEN;
	else
		until = stream->message_len;
	len = until > at ? until - at : 0;
	if (len > stream->left)
		len = stream->left;
	if (!stream->judged && len) {
		at &= STREAM_HEAD_MASK;
		FORGET_BOUNDS(len);
		if (!len || len > STREAM_HEAD_LEN ||
		    bpf_skb_load_bytes(segment->message->skb, stream->offset, stream->head + at, len)) {
			stream->segment_denied = 1;
			return 1;
		}
	}
	stream->offset += len;
	stream->left -= len;
	stream->position += len;
	if (stream->position < until)
		return 1; /* the rest comes in another segment */
	if (until == LENGTH_PREFIX && !stream->judged && stream->message_len == 0) {
		__u32 message_len = LENGTH_PREFIX + (stream->head[0] << 8 | stream->head[1]);

		/* Too long for the counter by two octets at most: not a query anybody sends. */
		stream->message_len = message_len > 0xffff ? 0xffff : message_len;
		if (stream->unproven && message_len > LONGEST_QUERY) {
			stream->foreign = 1;
			return 1;
		}
		if (stream->message_len > LENGTH_PREFIX)
			return 0;
	}
	if (!stream->judged) {
		struct scratch *scratch = claim_scratch();

		stream->judged = 1;
		if (!scratch) {
			stream->segment_denied = deny_unjudged(segment->message);
			return 1;
		}
		if (stream->elsewhere)
			judge_elsewhere(stream, scratch, segment->message);
		else if (stream_question(stream, scratch))
			decide_for_both(scratch, &stream->asker, stream->of_socket, segment->message);
		release_scratch(scratch);
		if (stream->foreign)
			return 1;
		if (segment->message->verdict.action == EIDER_DENY) {
			stream->segment_denied = 1;
			return 1;
		}
	}
	if (stream->position >= stream->message_len) {
		stream->position = 0;
		stream->message_len = 0;
		stream->judged = 0;
	}
	return 0;
}

/* Of both that stand behind a stream. */
static __always_inline __u32 flags_of_both(const struct query_stream *stream)
{
	return flags_of(stream->asker.generation, stream->asker.posture) | flags_of(stream->asker.generation, stream->of_socket);
}

/* Whether what cannot be followed is to end. Policies that are only tried out deny nothing. */
static __always_inline bool denies_unread(const struct query_stream *stream)
{
	if (stream->elsewhere && !(flags_of_both(stream) & EIDER_POSTURE_JUDGE_PORTS))
		return false;
	return enforced_for(&stream->asker, stream->of_socket);
}

/* The verdict on the payload of a segment. True: denied, and so is all that follows on the connection. */
static __noinline int judge_segment(struct message *message, struct bpf_sock *sk, const struct eider_owner *owner,
				    struct socket_state *socket)
{
	struct segment segment = {.message = message};
	struct query_stream *stream;
	__u32 ahead;

	if (!message || !owner || !sk || !generation_in_force())
		return 0;
	stream = bpf_sk_storage_get(&query_streams, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!stream)
		return deny_unjudged(message);
	stream->elsewhere = message->elsewhere;
	if (!find_asker(message, owner, socket, is_used_by_task(sk), &stream->asker, &stream->of_socket) ||
	    (stream->elsewhere && !(flags_of_both(stream) & JUDGED_PORTS))) {
		message->elsewhere = 0;
		stream->started = 0; /* not followed: a policy to come begins where it comes */
		return 0;
	}
	segment.stream = stream;
	stream->offset = message->offset;
	stream->left = message->left;
	stream->segment_denied = 0;
	if (!stream->started) {
		stream->started = 1;
		stream->unproven = message->elsewhere;
		stream->next_sequence = message->tcp_sequence;
	}
	ahead = stream->next_sequence - message->tcp_sequence;
	if ((__s32)ahead < 0 || stream->denied || message->tcp_flags & TCP_URGENT || sk->type == SOCK_RAW) {
		/*
		 * After a denial; past octets that never came by; with octets that the receiver takes out of the stream; by a
		 * socket that may send other octets under the same numbers: cannot be followed, so it does not go on.
		 */
		stream->segment_denied = 1;
	} else {
		/* What was sent before was judged before. */
		if (ahead > stream->left)
			ahead = stream->left;
		stream->offset += ahead;
		stream->left -= ahead;
		stream->next_sequence += stream->left;
		bpf_loop(STREAM_MAX_STEPS, follow_stream, &segment, 0);
		if (stream->left)
			stream->segment_denied = 1;
	}
	if (stream->foreign || (stream->unproven && stream->segment_denied)) {
		message->elsewhere = 0;
		return 0;
	}
	if (stream->segment_denied && message->verdict.action != EIDER_DENY && !denies_unread(stream)) {
		stream->started = 0;
		if (!stream->elsewhere)
			try_unread(&stream->asker, &message->verdict);
		return 0;
	}
	if (stream->segment_denied) {
		stream->denied = 1;
		message->verdict.action = EIDER_DENY;
		if (!message->verdict.reason)
			message->verdict.reason = EIDER_REASON_MALFORMED;
	}
	return stream->segment_denied;
}

#endif
