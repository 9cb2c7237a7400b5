/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* The socket layer on what goes to ports that are none of DNS. */
#ifndef EIDER_OTHER_PORTS_H
#define EIDER_OTHER_PORTS_H

#include "lib/asking.h"
#include "lib/elsewhere.h"
#include "lib/ending.h"
#include "lib/judge.h"
#include "lib/segment.h"
#include "lib/socket_packet.h"

enum finding {
	NOT_DNS, /* or nobody's policy is about it */
	ALLOWED,
	DENIED,
};

/* From the transport header at message->offset to the payload behind it. False where it is not whole. */
static __always_inline bool find_payload(struct __sk_buff *skb, struct message *message)
{
	__u8 header[14];
	__u32 len = 8, said;

	if (bpf_skb_load_bytes(skb, message->offset, header, 8))
		return false;
	said = header[4] << 8 | header[5];
	if (message->flow.protocol == PROTO_TCP) {
		if (bpf_skb_load_bytes(skb, message->offset, header, sizeof(header)))
			return false;
		len = (header[12] >> 4) * 4;
		message->tcp_flags = header[13];
		message->tcp_sequence = header[4] << 24 | header[5] << 16 | header[6] << 8 | header[7];
		if (message->tcp_flags & TCP_SYN)
			message->tcp_sequence++;
	}
	__builtin_memcpy(&message->flow.ports, header, sizeof(message->flow.ports));
	message->offset += len;
	if (message->offset > skb->len)
		return false;
	message->left = skb->len - message->offset;
	if (message->flow.protocol == PROTO_UDP && said >= len && said - len < message->left)
		message->left = said - len;
	return true;
}

/* A first look, before anything is known of the sender. */
static __always_inline bool may_be_query(const struct message *message)
{
	__u8 header[DNS_HEADER_LEN];

	return !bpf_skb_load_bytes(message->skb, message->offset, header, sizeof(header)) && heads_query(header);
}

/* Of what is encrypted the server alone can be judged. */
static __noinline enum finding judge_encrypted(struct message *message, const struct eider_owner *owner, struct socket_state *socket,
					       bool sender_runs)
{
	struct asker asker = {};
	__u32 of_socket = 0;

	if (!message || !owner || !find_asker(message, owner, socket, sender_runs, &asker, &of_socket))
		return NOT_DNS;
	if (!judge_server(asker.generation, asker.posture, &message->flow, asker.rated, &message->verdict))
		return DENIED;
	if (of_socket != asker.posture && !judge_server(asker.generation, of_socket, &message->flow, asker.rated, &message->verdict))
		return DENIED;
	return ALLOWED;
}

/* Answers are judged where queries are; elsewhere one that fits no question may be the answer to this. */
static __always_inline void keep_elsewhere(struct message *message, struct scratch *scratch, struct socket_state *socket,
					   const struct asker *asker)
{
	if (flags_of(asker->generation, asker->posture) & EIDER_POSTURE_JUDGE_PORTS)
		keep_question(message, scratch, socket, asker->posture);
	else
		socket->traits |= SOCKET_ASKS_UNSEEN;
}

/* A datagram whose first octets look like a query's. */
static __noinline enum finding judge_datagram_elsewhere(struct message *message, const struct eider_owner *owner,
							struct socket_state *socket)
{
	__u32 of_socket = 0, len;
	enum finding found = NOT_DNS;
	struct scratch *scratch;
	struct asker asker = {};

	if (!message || !owner || !find_asker(message, owner, socket, true, &asker, &of_socket))
		return NOT_DNS;
	if (!((flags_of(asker.generation, asker.posture) | flags_of(asker.generation, of_socket)) & JUDGED_PORTS))
		return NOT_DNS;
	scratch = claim_scratch();
	if (!scratch)
		return deny_unjudged(message) ? DENIED : NOT_DNS;
	/* Of several datagrams in one buffer (UDP_SEGMENT) the first speaks for all. */
	len = message->skb->gso_size && message->skb->gso_size < message->left ? message->skb->gso_size : message->left;
	if (load_question(message->skb, message->offset, len, scratch) &&
	    reads_as_query(&scratch->question, scratch->question.header + sizeof(scratch->question.header) - DNS_HEADER_LEN, len)) {
		if (len < message->left)
			scratch->question.len = 0; /* no reader takes it for a name */
		decide_elsewhere(scratch, &asker, of_socket, message);
		found = message->verdict.action == EIDER_DENY ? DENIED : ALLOWED;
		if (socket)
			keep_elsewhere(message, scratch, socket, &asker);
	}
	release_scratch(scratch);
	return found;
}

/*
 * A segment with payload. A connection is followed from its first octets on, until they show that it is not DNS; that is
 * remembered with its socket as long as neither the policies nor its sender's control group change.
 */
static __noinline enum finding judge_segment_elsewhere(struct message *message, struct bpf_sock *sk, const struct eider_owner *owner,
						       struct socket_state *socket)
{
	__u32 generation = generation_in_force();
	int denied;

	if (!message || !owner || !sk || sk->type == SOCK_RAW)
		return NOT_DNS;
	if (socket && socket->foreign_generation == generation && socket->foreign_cgroup == owner->cgroup_id)
		return NOT_DNS;
	message->elsewhere = 1;
	denied = judge_segment(message, sk, owner, socket);
	if (message->elsewhere)
		return denied ? DENIED : ALLOWED;
	bpf_sk_storage_delete(&query_streams, sk);
	if (socket) {
		socket->foreign_generation = generation;
		socket->foreign_cgroup = owner->cgroup_id;
	}
	return NOT_DNS;
}

/* Tells of an encrypted connection or datagram that is denied, and ends it. A datagram has no answer that would be understood. */
static __always_inline int deny_encrypted(struct message *message, const struct eider_owner *owner)
{
	emit(message, 0, EIDER_DNS_ELSEWHERE | EIDER_DNS_ENCRYPTED);
	if (message->flow.protocol == PROTO_TCP)
		return deny(message, owner);
	count(EIDER_DENIED);
	count(EIDER_DENIED_DROPPED);
	return DROP;
}

/* What a datagram to some port asks, if it asks anything. */
static __always_inline int see_datagram_elsewhere(struct message *message, const struct eider_owner *owner,
						  struct socket_state *socket)
{
	enum finding found = judge_datagram_elsewhere(message, owner, socket);

	if (found == NOT_DNS) {
		note_unseen(socket);
		note_other_server(message->flow.source, &message->flow.ports, message->time_ns);
		return PASS;
	}
	note_asking(&message->flow.ports, message->time_ns);
	count(EIDER_COUNT_DNS_PACKETS);
	emit_packet(message, EIDER_DNS_ELSEWHERE);
	return found == DENIED ? deny(message, owner) : allow(message, owner, 1);
}

/* Sent to a port that is none of DNS, where some policy wants that looked at. */
__weak int see_elsewhere(struct __sk_buff *skb, __u32 offset, __u32 protocol, __u32 is_from_dns_port)
{
	struct message message = {.skb = skb, .offset = offset, .direction = EIDER_EGRESS};
	struct bpf_sock *sk = skb->sk;
	struct eider_owner owner = {};
	struct socket_state *socket;
	bool is_encrypted;

	message.flow.protocol = protocol;
	if (sk)
		sk = bpf_sk_fullsock(sk);
	if (!find_payload(skb, &message))
		return PASS;
	is_encrypted = is_encrypted_port(message.flow.ports.destination);
	if (!is_encrypted && (protocol == PROTO_UDP ? is_from_dns_port || !may_be_query(&message) : !message.left))
		return PASS; /* datagrams from DNS ports are judged as those to them */
	if (is_encrypted && protocol == PROTO_TCP && !message.left && !(message.tcp_flags & TCP_SYN))
		return PASS;
	if (!read_addresses(skb, message.flow.source))
		return PASS;
	message.owner = &owner;
	message.time_ns = bpf_ktime_get_boot_ns();
	socket = find_owner(skb, sk, protocol == PROTO_UDP || is_used_by_task(sk), &owner);
	if (protocol == PROTO_UDP && message.left >= sizeof(message.flow.id))
		bpf_skb_load_bytes(skb, message.offset, &message.flow.id, sizeof(message.flow.id));
	if (is_encrypted) {
		if (judge_encrypted(&message, &owner, socket, protocol == PROTO_UDP || is_used_by_task(sk)) == DENIED)
			return deny_encrypted(&message, &owner);
		if (message.verdict.audit_action == EIDER_DENY &&
		    opens_encrypted(protocol, message.tcp_flags & TCP_SYN, *(__u8 *)&message.flow.id))
			emit(&message, 0, EIDER_DNS_ELSEWHERE | EIDER_DNS_ENCRYPTED);
		return allow(&message, &owner, protocol == PROTO_UDP ? 1 : message.tcp_sequence + message.left);
	}
	if (protocol == PROTO_UDP)
		return see_datagram_elsewhere(&message, &owner, socket);
	return judge_segment_elsewhere(&message, sk, &owner, socket) == DENIED ? deny(&message, &owner) : PASS;
}

#endif
