/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * DNS over TCP as a client's socket sends it (RFC 7766 8): two octets of length, the message, the next one. A message may
 * come in pieces, and a piece may hold several; each is judged when its question is there. What came before has left by
 * then, but a server cannot answer half a query.
 */
#ifndef EIDER_STREAM_H
#define EIDER_STREAM_H

#include "lib/elsewhere.h"
#include "lib/emit.h"
#include "lib/maps.h"
#include "lib/policy.h"
#include "lib/verdict.h"

/* Prefix, header, question: all that a verdict needs. */
#define STREAM_HEAD_LEN (LENGTH_PREFIX + DNS_HEADER_LEN + QUESTION_LEN)
#define STREAM_HEAD_MASK 0x1ff
/* More messages than this in one segment are denied: 64 KiB hold 4,681 that are headers only, and nobody sends those. */
#define STREAM_MAX_STEPS 2048

struct query_stream {
	__u32 next_sequence;
	__u16 position; /* octets of the current message that went by, prefix included */
	__u16 message_len; /* with its prefix; known when position reaches 2 */
	__u8 started;
	__u8 denied; /* for good: the client is to open another connection */
	__u8 judged; /* the current message is */
	__u8 elsewhere; /* not on a DNS port: */
	__u8 unproven; /* no message yet that shows it to be DNS all the same */
	__u8 foreign; /* it is something else */
	__u8 pad[2];
	/* Of the segment at hand; here, because the stack has no room. A socket sends one segment at a time. */
	struct asker asker;
	__u32 of_socket;
	__u32 offset;
	__u32 left;
	__u32 segment_denied;
	__u8 head[STREAM_HEAD_MASK + 1 + STREAM_HEAD_LEN + 7]; /* the verifier bounds place and length each by itself */
};

struct {
	__uint(type, BPF_MAP_TYPE_SK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct query_stream);
} query_streams SEC(".maps");

/* Hands over what has come of a question, as load_question does for datagrams. */
static __always_inline bool stream_question(const struct query_stream *stream, struct scratch *scratch)
{
	const __u8 *header = stream->head + LENGTH_PREFIX;
	__u32 len = stream->position;

	scratch->question.len = 0;
	if (len < LENGTH_PREFIX + DNS_HEADER_LEN)
		return true;
	if (header[2] & 0x80)
		return false;
	if (header[4] || header[5] != 1)
		return true;
	bpf_probe_read_kernel(scratch->question.octets, QUESTION_LEN, header + DNS_HEADER_LEN);
	if (len > STREAM_HEAD_LEN)
		len = STREAM_HEAD_LEN;
	scratch->question.len = len - LENGTH_PREFIX - DNS_HEADER_LEN;
	return true;
}

/* On other than DNS ports: what has come of a message could be a query, and where all of its question has come is one. */
static __always_inline bool stream_reads_as_query(const struct query_stream *stream, struct scratch *scratch)
{
	const __u8 *header = stream->head + LENGTH_PREFIX;

	return heads_query(header) && stream_question(stream, scratch) &&
	       reads_as_query(&scratch->question, header, stream->message_len - LENGTH_PREFIX);
}

/* Tells of a message on another port by its head: what came before in other segments is not in the packet at hand. */
static __noinline int emit_head(const struct message *message, const struct query_stream *stream)
{
	const __u32 room = 512;
	struct eider_dns *record;
	__u32 len, wire_len;

	if (!message || !message->owner || !stream)
		return -1;
	len = stream->position - LENGTH_PREFIX;
	wire_len = stream->message_len - LENGTH_PREFIX;
	record = bpf_ringbuf_reserve(&events, sizeof(*record) + room, 0);
	if (!record) {
		count(EIDER_LOST_RING_FULL);
		return -1;
	}
	FORGET_BOUNDS(len);
	if (len > STREAM_HEAD_LEN - LENGTH_PREFIX)
		len = STREAM_HEAD_LEN - LENGTH_PREFIX;
	bpf_probe_read_kernel(record + 1, len, stream->head + LENGTH_PREFIX);
	describe(record, message, len, EIDER_DNS_ELSEWHERE | (len < wire_len ? EIDER_DNS_CUT : 0));
	record->wire_len = wire_len;
	bpf_ringbuf_submit(record, wake_flags(record, sizeof(*record) + room));
	return 0;
}

#endif
