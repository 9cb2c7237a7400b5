/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* From a packet to a record in the ring. */
#ifndef EIDER_EMIT_H
#define EIDER_EMIT_H

#include "lib/maps.h"
#include "lib/verdict.h"

struct message {
	struct __sk_buff *skb;
	const struct eider_owner *owner;
	__u64 time_ns;
	__u32 offset; /* of the payload, from the network header */
	__u32 left; /* octets of payload not yet sent */
	__u32 tcp_sequence;
	struct eider_verdict verdict;
	struct flow flow;
	__u8 direction;
	__u8 tcp_flags;
	__u8 elsewhere; /* a segment to some port, as long as it may be DNS; a datagram from one, which may be an answer */
	__u16 hold_ms;
};

/* All of a record but its payload. */
static __always_inline void describe(struct eider_dns *record, const struct message *message, __u32 len, __u8 flags)
{
	record->header.type = EIDER_DNS;
	record->header.size = sizeof(*record) + len;
	record->header.time_ns = message->time_ns;
	record->owner = *message->owner;
	record->verdict = message->verdict;
	__builtin_memcpy(record->source, message->flow.source, 32);
	record->source_port = bpf_ntohs(message->flow.ports.source);
	record->destination_port = bpf_ntohs(message->flow.ports.destination);
	record->tcp_sequence = message->tcp_sequence;
	record->wire_len = flags & EIDER_DNS_CUT ? message->left : len;
	record->len = len;
	record->protocol = message->flow.protocol;
	record->direction = message->direction;
	record->flags = flags;
	record->tcp_flags = message->tcp_flags;
	record->hold_ms = message->hold_ms;
}

/*
 * A ring record must be reserved with a size the verifier knows, so it comes in classes; what the ring wastes on the
 * common case is less than a second copy of every payload would cost.
 */
static __always_inline int emit_class(const struct message *message, const __u32 class_len, __u32 len, __u8 flags)
{
	struct eider_dns *record = bpf_ringbuf_reserve(&events, sizeof(*record) + class_len, 0);

	if (!record) {
		count(EIDER_LOST_RING_FULL);
		return -1;
	}
	if (len > class_len) /* never: the caller chose the class; the verifier wants to see it */
		len = class_len;
	if (len && bpf_skb_load_bytes(message->skb, message->offset, record + 1, len)) {
		bpf_ringbuf_discard(record, BPF_RB_NO_WAKEUP);
		count(EIDER_LOST_LOAD_FAILED);
		return -1;
	}
	describe(record, message, len, flags);
	bpf_ringbuf_submit(record, wake_flags(record, sizeof(*record) + class_len));
	return 0;
}

static __noinline int emit(const struct message *message, __u32 len, __u32 flags)
{
	if (!message || !message->skb || !message->owner)
		return -1;
	if (len <= 128)
		return emit_class(message, 128, len, flags);
	if (len <= 512)
		return emit_class(message, 512, len, flags);
	if (len <= 1536)
		return emit_class(message, 1536, len, flags);
	return emit_class(message, EIDER_CHUNK_LEN, len, flags);
}

/* All that is left of a message which is one packet. */
static __always_inline int emit_packet(const struct message *message, __u32 flags)
{
	if (message->left <= EIDER_CHUNK_LEN)
		return emit(message, message->left, flags);
	count(EIDER_CUT_PAYLOAD);
	return emit(message, EIDER_CHUNK_LEN, flags | EIDER_DNS_CUT);
}

#endif
