/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * Answers over TCP as a socket is about to receive them. Each message is put together as its segments come and judged before the one
 * that completes it is let in: nobody can make anything of what came before.
 *
 * The socket may still refuse a segment that was let in (a wrong checksum, no room), and would then take what comes under the same
 * sequence numbers instead. So what it has not acknowledged is known by its octets, and other ones are refused.
 */
#ifndef EIDER_ANSWER_STREAM_H
#define EIDER_ANSWER_STREAM_H

#include "lib/content.h"
#include "lib/elsewhere.h"
#include "lib/maps.h"

/* Places in an answer with its prefix, which is in front of it, are bounded by the same mask. */
#define LONGEST_ANSWER (ANSWER_LEN - LENGTH_PREFIX)
/* A segment of 64 KiB is 128 pieces; one of messages that hold nothing is not worth following to its end. */
#define ANSWER_MAX_STEPS 2048

/* A server sends again after a fifth of a second, and after twice as long each time. */
#define MAX_LOST 2

#define TCP_SYN_SENT 2

/* Nobody was refused anything, but what follows cannot be told where audited policies alone have a word. */
#define LOST_TRACK 2

struct answer_stream {
	__u32 busy; /* some processor is at work on a segment */
	__u32 next_sequence; /* of the octet behind those that came by */
	__u32 position; /* octets of the current message that came by, prefix included; it is current until the next one begins */
	__u32 message_len; /* with its prefix; known from position 2 on */
	__u8 started;
	__u8 refused; /* for good: the client is to open another connection, or would be; or LOST_TRACK */
	__u8 differs; /* what came again is not what came before */
	__u8 lost; /* how often came again what is not known any more */
	/* Of the segment at hand; here, because the stack has no room. */
	__u32 generation;
	__u32 posture; /* of whoever used the socket last */
	__u32 of_socket; /* of the workload that made it */
	__u32 offset;
	__u32 left;
	__u32 again; /* offset, length, and place in the message of what came before */
	__u32 again_len;
	__u32 again_at;
	struct eider_verdict verdict;
	struct reading reading;
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct answer_stream);
} answer_streams SEC(".maps");

struct answer_segment {
	__u32 offset; /* of its payload */
	__u32 len;
	__u32 sequence;
	__u32 is_urgent;
	__u32 generation;
	__u32 posture;
	__u32 of_socket;
};

enum passage {
	LET_IN,
	LET_IN_TRIED, /* an audited policy would have refused it */
	WITHHELD, /* not now: it will be sent again, in order */
	REFUSED, /* and everything that follows */
	REFUSED_BEFORE,
};

struct following {
	struct __sk_buff *skb;
	struct answer_stream *stream;
};

/* The current message from its prefix on. */
static __always_inline __u8 *octet_of(struct answer_stream *stream, __u32 position)
{
	return (__u8 *)&stream->reading.before + sizeof(stream->reading.before) - LENGTH_PREFIX + (position & ANSWER_MASK);
}

/* What cannot be followed is denied by whichever of the two judges answers. */
static __always_inline long refuse(struct answer_stream *stream)
{
	struct eider_posture *posture = posture_numbered(stream->generation & 1, stream->posture), *of_socket;

	stream->refused = 1;
	if (!posture || !(posture->flags & POSTURE_DENIES_CONTENT)) {
		of_socket = posture_numbered(stream->generation & 1, stream->of_socket);
		if (of_socket && of_socket->flags & POSTURE_JUDGES_CONTENT)
			posture = of_socket;
	}
	if (posture)
		judge_unread(posture, stream->generation, &stream->verdict);
	return 1;
}

/* For whoever used the socket last, and for the workload that made it. */
static __always_inline void judge_message(struct answer_stream *stream)
{
	struct reading *reading = &stream->reading;

	reading->len = stream->message_len - LENGTH_PREFIX;
	reading->over_tcp = 1;
	reading->generation = stream->generation;
	reading->posture = stream->posture;
	judge_content(reading, &stream->verdict);
	if (stream->of_socket != stream->posture && stream->verdict.action != EIDER_DENY) {
		reading->posture = stream->of_socket;
		judge_content(reading, &stream->verdict);
	}
	if (stream->verdict.action == EIDER_DENY)
		stream->refused = 1;
}

/* One turn: up to the end of the prefix, of a piece, or of the message. */
static long follow_message(__u32 index, void *context)
{
	struct following *following = context;
	struct answer_stream *stream = following->stream;
	__u32 at = stream->position, until, len;

	if (!stream->left)
		return 1;
	if (at >= LENGTH_PREFIX && at >= stream->message_len)
		at = 0;
	until = at < LENGTH_PREFIX ? LENGTH_PREFIX : stream->message_len;
	len = until - at;
	if (len > stream->left)
		len = stream->left;
	if (len > PIECE_LEN)
		len = PIECE_LEN;
	FORGET_BOUNDS(len);
	if (!len || len > PIECE_LEN || bpf_skb_load_bytes(following->skb, stream->offset, octet_of(stream, at), len))
		return refuse(stream);
	stream->offset += len;
	stream->left -= len;
	stream->position = at + len;
	if (at + len < until)
		return 0;
	if (at < LENGTH_PREFIX) {
		stream->message_len = LENGTH_PREFIX + (*octet_of(stream, 0) << 8 | *octet_of(stream, 1));
		return stream->message_len > ANSWER_LEN ? refuse(stream) : 0;
	}
	judge_message(stream);
	return stream->refused != 0;
}

/* One turn: a word of what came before and comes again. */
static long compare_word(__u32 index, void *context)
{
	struct following *following = context;
	struct answer_stream *stream = following->stream;
	__u32 len = stream->again_len < sizeof(__u64) ? stream->again_len : sizeof(__u64);
	__u64 word = 0;

	FORGET_BOUNDS(len);
	if (!len)
		return 1;
	if (len > sizeof(word) || bpf_skb_load_bytes(following->skb, stream->again, &word, len) ||
	    last_word(*(__u64 *)octet_of(stream, stream->again_at), len) != word) {
		stream->differs = 1;
		return 1;
	}
	stream->again += len;
	stream->again_at += len;
	stream->again_len -= len;
	return 0;
}

/*
 * What to do with octets that came by before: NONE of them may take the place of others. Those that the socket has are no matter;
 * of the others those of the current message are at hand.
 */
static __always_inline enum passage compare_again(struct following *following, const struct answer_segment *segment, __u32 again,
						  __u32 received)
{
	struct answer_stream *stream = following->stream;
	__s32 has = received - segment->sequence, in_message;

	if (has < 0)
		has = 0;
	if ((__u32)has >= again)
		return LET_IN;
	in_message = segment->sequence + has - (stream->next_sequence - stream->position);
	if (in_message < 0) {
		/* Of a message before. One that is on its way to the socket right now may be there when it comes again. */
		if (stream->lost++ < MAX_LOST)
			return WITHHELD;
		refuse(stream);
		return REFUSED;
	}
	stream->again = segment->offset + has;
	stream->again_len = again - has;
	stream->again_at = in_message;
	stream->differs = 0;
	bpf_loop(ANSWER_LEN / sizeof(__u64) + 1, compare_word, following, 0);
	if (!stream->differs && !stream->again_len)
		return LET_IN;
	refuse(stream);
	return REFUSED;
}

static __always_inline enum passage follow_segment(struct following *following, const struct answer_segment *segment, __u32 received,
						   bool connected)
{
	struct answer_stream *stream = following->stream;
	enum passage passage;
	__s32 ahead;
	__u32 again;

	if (stream->refused)
		return REFUSED_BEFORE;
	if (!connected)
		return WITHHELD; /* the answer to a SYN carries none that a client would take */
	stream->generation = segment->generation;
	stream->posture = segment->posture;
	stream->of_socket = segment->of_socket;
	stream->verdict = (struct eider_verdict){};
	/* What it has received and was not followed was nobody's business: a policy to come begins where it comes. */
	if (!stream->started || (__s32)(received - stream->next_sequence) > 0) {
		stream->started = 1;
		stream->next_sequence = received;
		stream->position = 0;
	}
	if (segment->is_urgent) {
		refuse(stream); /* the receiver takes octets out of the stream */
		return REFUSED;
	}
	ahead = stream->next_sequence - segment->sequence;
	if (ahead < 0)
		return WITHHELD;
	again = (__u32)ahead < segment->len ? (__u32)ahead : segment->len;
	passage = compare_again(following, segment, again, received);
	if (passage != LET_IN)
		return passage;
	stream->offset = segment->offset + again;
	stream->left = segment->len - again;
	stream->next_sequence += stream->left;
	bpf_loop(ANSWER_MAX_STEPS, follow_message, following, 0);
	if (stream->left && !stream->refused)
		refuse(stream);
	return stream->refused ? REFUSED : LET_IN;
}

#endif
