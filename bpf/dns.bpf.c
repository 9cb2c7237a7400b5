// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * Sensor: every DNS message that a socket of this node sends or receives, with the process behind the socket.
 * cgroup_skb on the root of cgroup v2 sees datagrams whole: before fragmentation on the way out, after reassembly on the way in.
 */
#include "abi.h"
#include "lib/emit.h"
#include "lib/kernel.h"
#include "lib/maps.h"
#include "lib/owner.h"
#include "lib/packet.h"
#include "lib/policy.h"
#include "lib/ports.h"
#include "lib/stream.h"
#include "lib/verdict.h"
#include "lib/workload.h"

#define UDP_HEADER_LEN 8
#define DROP 0
#define PASS 1

/* The network header is in the linear part: its length was checked when it was parsed. */
static __always_inline bool read_addresses(struct __sk_buff *skb, struct flow *flow)
{
	void *data = (void *)(long)skb->data;
	void *end = (void *)(long)skb->data_end;

	if (skb->protocol == bpf_htons(0x0800)) {
		__u32 mapped = bpf_htonl(0xffff);

		if (data + 20 > end)
			return false;
		__builtin_memset(flow->source, 0, 32);
		__builtin_memcpy(flow->source + 8, &mapped, 4);
		__builtin_memcpy(flow->source + 12, data + 12, 4);
		__builtin_memcpy(flow->destination + 8, &mapped, 4);
		__builtin_memcpy(flow->destination + 12, data + 16, 4);
		return true;
	}
	if (data + 40 > end)
		return false;
	__builtin_memcpy(flow->source, data + 8, 32);
	return true;
}

/* The first octets of the transport header: where they lie if they can be reached, or by a helper. */
static __always_inline bool read_transport(struct __sk_buff *skb, __u32 offset, void *header, const __u32 len)
{
	void *at = (void *)(long)skb->data + (offset & 0x7fff);

	if (at + len <= (void *)(long)skb->data_end) {
		__builtin_memcpy(header, at, len);
		return true;
	}
	return !bpf_skb_load_bytes(skb, offset, header, len);
}

static long emit_next_chunk(__u32 index, void *context)
{
	struct message *message = context;
	__u32 len = message->left;

	if (len > EIDER_CHUNK_LEN)
		len = EIDER_CHUNK_LEN;
	emit(message, len, 0); /* a lost chunk is counted, and the stream shows the gap */
	message->offset += len;
	message->left -= len;
	message->tcp_sequence += len;
	return message->left == 0;
}

/* Who stands behind this packet. UDP leaves in the sender's own context; for the rest it is who used the socket last. */
static __always_inline struct socket_state *find_owner(struct __sk_buff *skb, struct bpf_sock *sk, bool sender_runs,
						       struct eider_owner *owner)
{
	struct socket_state *state = NULL;

	if (sk)
		state = bpf_sk_storage_get(&sockets, sk, NULL, sender_runs ? BPF_SK_STORAGE_GET_F_CREATE : 0);
	if (sender_runs) {
		struct task_struct *task = bpf_get_current_task_btf();

		if (state && state->task == (__u64)task && state->owner.start_ns == task->group_leader->start_boottime) {
			/* The same thread again: only what it can change of itself. */
			state->owner.uid = task->cred->uid.val;
			state->owner.cgroup_id = cgroup_id_of(task);
			*owner = state->owner;
			return state;
		}
		owner_of_task(owner, task);
		if (state) {
			if (state->netns_cookie)
				owner->netns_cookie = state->netns_cookie;
			state->owner = *owner;
			state->task = (__u64)task;
		} else if (sk) {
			count(EIDER_OWNER_STORE_FAILED);
		}
	} else if (state) {
		*owner = state->owner;
	} else {
		count(EIDER_OWNER_UNKNOWN);
	}
	return state;
}

static __noinline __u32 posture_of_socket(const struct eider_state *state, struct __sk_buff *skb)
{
	__u32 side = state->generation & 1;
	void *workloads = bpf_map_lookup_elem(&policy_workloads, &side);

	if (!workloads)
		return state->side[side & 1].default_posture;
	for (int level = MAX_CGROUP_DEPTH; level >= 0; level--) {
		__u64 id = bpf_skb_ancestor_cgroup_id(skb, level);
		__u32 *posture;

		if (!id)
			continue;
		posture = bpf_map_lookup_elem(workloads, &id);
		if (posture)
			return *posture;
	}
	return state->side[side & 1].default_posture;
}

/*
 * The postures of the sender's workload and of the socket's: a socket may have been handed on, or its process moved. They
 * are kept with the socket until the policies, the process's control group or its user change.
 */
static __always_inline void find_postures(struct __sk_buff *skb, const struct eider_state *state, struct socket_state *socket,
					  const struct eider_owner *owner, bool sender_runs, __u32 *sender, __u32 *of_socket)
{
	__u64 socket_cgroup;
	__u32 class;

	if (socket && socket->judged_generation == state->generation && socket->judged_cgroup == owner->cgroup_id &&
	    socket->judged_uid == owner->uid) {
		*sender = socket->posture;
		*of_socket = socket->socket_posture;
		return;
	}
	socket_cgroup = bpf_skb_cgroup_id(skb);
	class = user_class(state, state->generation & 1, owner->uid);
	*of_socket = socket_cgroup ? posture_of_socket(state, skb) + class : 0;
	*sender = *of_socket;
	if (sender_runs && owner->cgroup_id != socket_cgroup)
		*sender = posture_of_task(state, bpf_get_current_task_btf()) + class;
	if (socket) {
		socket->posture = *sender;
		socket->socket_posture = *of_socket;
		socket->judged_cgroup = owner->cgroup_id;
		socket->judged_uid = owner->uid;
		socket->judged_generation = state->generation;
	}
}

static __always_inline bool has_policies(void)
{
	__u32 zero = 0;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);

	return state && state->generation;
}

/* Who asks, if anybody has a policy for it; false where nothing is to be judged. */
static __always_inline bool find_asker(const struct message *message, const struct eider_owner *owner, struct socket_state *socket,
				       struct asker *asker, __u32 *of_socket)
{
	__u32 zero = 0;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);

	if (!state || !state->generation)
		return false;
	find_postures(message->skb, state, socket, owner, message->flow.protocol == PROTO_UDP, &asker->posture, of_socket);
	if (!asker->posture && !*of_socket)
		return false;
	asker->cgroup_id = owner->cgroup_id;
	asker->process = owner->start_ns ^ owner->pid;
	__builtin_memcpy(asker->server, message->flow.destination, 16);
	return true;
}

/* No room to judge in: what should have been judged is denied. */
static __always_inline int deny_unjudged(struct message *message)
{
	count(EIDER_VERDICT_FAILED);
	message->verdict.action = EIDER_DENY;
	message->verdict.reason = EIDER_REASON_MALFORMED;
	return 1;
}

/* Judges the question in scratch for the sender's workload, and for the socket's where that is another. */
static __always_inline void decide_for_both(struct scratch *scratch, struct asker *asker, __u32 of_socket, struct message *message)
{
	decide(scratch, asker, &message->verdict, message->time_ns);
	if (of_socket != asker->posture && message->verdict.action == EIDER_ALLOW) {
		struct asker maker = *asker;

		maker.posture = of_socket;
		decide(scratch, &maker, &message->verdict, message->time_ns);
	}
}

/* The verdict on the datagram at message->offset. True: denied. */
static __noinline int judge_datagram(struct message *message, const struct eider_owner *owner, struct socket_state *socket)
{
	struct scratch *scratch;
	struct asker asker = {};
	__u32 of_socket = 0;

	if (!message || !owner || !find_asker(message, owner, socket, &asker, &of_socket))
		return 0;
	scratch = claim_scratch();
	if (!scratch)
		return deny_unjudged(message);
	if (load_question(message->skb, message->offset, message->left, scratch, &message->flow.id))
		decide_for_both(scratch, &asker, of_socket, message);
	release_scratch(scratch);
	return message->verdict.action == EIDER_DENY;
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
		if (stream_question(stream, scratch))
			decide_for_both(scratch, &stream->asker, stream->of_socket, segment->message);
		release_scratch(scratch);
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

/* The verdict on the payload of a segment. True: denied, and so is all that follows on the connection. */
static __noinline int judge_segment(struct message *message, struct bpf_sock *sk, const struct eider_owner *owner,
				    struct socket_state *socket)
{
	struct segment segment = {.message = message};
	struct query_stream *stream;
	__u32 ahead;

	if (!message || !owner || !sk || !has_policies())
		return 0;
	stream = bpf_sk_storage_get(&query_streams, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!stream)
		return deny_unjudged(message);
	if (!find_asker(message, owner, socket, &stream->asker, &stream->of_socket)) {
		stream->started = 0; /* not followed: a policy to come begins where it comes */
		return 0;
	}
	segment.stream = stream;
	stream->offset = message->offset;
	stream->left = message->left;
	stream->segment_denied = 0;
	if (!stream->started) {
		stream->started = 1;
		stream->next_sequence = message->tcp_sequence;
	}
	ahead = stream->next_sequence - message->tcp_sequence;
	if ((__s32)ahead < 0 || stream->denied) {
		/* After a denial, or past octets that never came by: cannot be followed, so it does not go on. */
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
	if (stream->segment_denied) {
		stream->denied = 1;
		message->verdict.action = EIDER_DENY;
		if (!message->verdict.reason)
			message->verdict.reason = EIDER_REASON_MALFORMED;
	}
	return stream->segment_denied;
}

/*
 * A denied query goes on only where the wire layer waits for it and turns it round; everywhere else it ends here, and the
 * sender's system call fails.
 */
static __noinline int deny(const struct message *message, const struct eider_owner *owner)
{
	struct eider_rule *rule;

	if (!message || !owner)
		return DROP;
	rule = rule_of(message->verdict.generation & 1, message->verdict.rule);

	count(EIDER_DENIED);
	if (message->verdict.reason == EIDER_REASON_MALFORMED)
		count(EIDER_DENIED_MALFORMED);
	if (rule && rule->reply != EIDER_REPLY_DROP &&
	    hand_to_wire(message->skb, &message->flow, owner->netns_cookie, &message->verdict, message->time_ns))
		return PASS;
	count(EIDER_DENIED_DROPPED);
	return DROP;
}

static __always_inline int see_udp(struct __sk_buff *skb, struct bpf_sock *sk, struct message *message, struct eider_owner *owner)
{
	struct socket_state *socket;
	int denied = 0;
	__u8 header[UDP_HEADER_LEN];
	__be16 length;

	if (!read_transport(skb, message->offset, header, sizeof(header))) {
		count(EIDER_MALFORMED_HEADERS);
		return PASS;
	}
	__builtin_memcpy(&message->flow.ports, header, sizeof(message->flow.ports));
	__builtin_memcpy(&length, header + 4, sizeof(length));
	message->offset += UDP_HEADER_LEN;
	/* A length below the header's own stands for "to the end of the packet" (RFC 2675), or is a lie: nothing is hidden behind it. */
	message->left = skb->len > message->offset ? skb->len - message->offset : 0;
	if (bpf_ntohs(length) >= UDP_HEADER_LEN && bpf_ntohs(length) - UDP_HEADER_LEN < message->left)
		message->left = bpf_ntohs(length) - UDP_HEADER_LEN;
	count(EIDER_COUNT_DNS_PACKETS);
	socket = find_owner(skb, sk, message->direction == EIDER_EGRESS, owner);
	if (message->direction == EIDER_EGRESS)
		denied = judge_datagram(message, owner, socket);
	if (message->left > EIDER_CHUNK_LEN) {
		count(EIDER_CUT_PAYLOAD);
		emit(message, EIDER_CHUNK_LEN, EIDER_DNS_CUT);
	} else {
		emit(message, message->left, 0);
	}
	if (denied)
		return deny(message, owner);
	if (message->verdict.action)
		hand_to_wire(skb, &message->flow, owner->netns_cookie, &message->verdict, message->time_ns);
	return PASS;
}

static __always_inline int see_tcp(struct __sk_buff *skb, struct bpf_sock *sk, struct message *message, struct eider_owner *owner)
{
	struct socket_state *socket;
	__u8 header[14];
	__be32 sequence;
	__u32 header_len;
	int denied = 0;

	if (!read_transport(skb, message->offset, header, sizeof(header))) {
		count(EIDER_MALFORMED_HEADERS);
		return PASS;
	}
	__builtin_memcpy(&message->flow.ports, header, sizeof(message->flow.ports));
	__builtin_memcpy(&sequence, header + 4, sizeof(sequence));
	message->tcp_sequence = bpf_ntohl(sequence);
	message->tcp_flags = header[13];
	header_len = (header[12] >> 4) * 4;
	if (header_len < 20 || message->offset + header_len > skb->len) {
		count(EIDER_MALFORMED_HEADERS);
		return PASS;
	}
	message->offset += header_len;
	message->left = skb->len - message->offset;
	if (!message->left && !(message->tcp_flags & 0x07)) /* a bare acknowledgement */
		return PASS;
	if (message->left)
		count(EIDER_COUNT_DNS_PACKETS);
	socket = find_owner(skb, sk, false, owner);
	if (message->tcp_flags & 0x02)
		message->tcp_sequence++; /* the SYN takes a number itself, whether data follows (RFC 7413) or not */
	if (message->direction == EIDER_EGRESS && message->left && is_dns_port(message->flow.ports.destination))
		denied = judge_segment(message, sk, owner, socket);
	if (message->left <= EIDER_CHUNK_LEN) {
		emit(message, message->left, 0);
	} else {
		if (message->left > EIDER_CHUNK_LEN * EIDER_MAX_CHUNKS)
			count(EIDER_CUT_PAYLOAD);
		bpf_loop(EIDER_MAX_CHUNKS, emit_next_chunk, message, 0);
	}
	return denied ? deny(message, owner) : PASS;
}

/* Out of line, so that a packet of no interest pays for none of this room on the stack. */
static __noinline int see_dns(struct __sk_buff *skb, __u32 offset, __u32 protocol, __u32 direction)
{
	struct message message = {};
	struct eider_owner owner = {};
	struct bpf_sock *sk = skb->sk;

	if (sk)
		sk = bpf_sk_fullsock(sk);
	/* A raw socket gets a copy of what another socket receives as its own. */
	if (direction == EIDER_INGRESS && sk && sk->type == 3 /* SOCK_RAW */)
		return PASS;
	if (!read_addresses(skb, &message.flow))
		return PASS;
	message.skb = skb;
	message.owner = &owner;
	message.time_ns = bpf_ktime_get_boot_ns();
	message.offset = offset;
	message.flow.protocol = protocol;
	message.direction = direction;
	if (protocol == PROTO_UDP)
		return see_udp(skb, sk, &message, &owner);
	return see_tcp(skb, sk, &message, &owner);
}

static __always_inline int see(struct __sk_buff *skb, __u8 direction)
{
	struct transport at;
	struct ports ports;
	enum parse_result parsed = parse_network(skb, &at);

	if (parsed != PARSE_OK) {
		if (parsed == PARSE_MALFORMED)
			count(EIDER_MALFORMED_HEADERS);
		return PASS;
	}
	if (at.later_fragment || !read_ports(skb, &at, &ports))
		return PASS;
	if (!is_dns_port(ports.source) && !is_dns_port(ports.destination))
		return PASS;
	return see_dns(skb, at.offset, at.protocol, direction);
}

SEC("cgroup_skb/egress")
int dns_egress(struct __sk_buff *skb)
{
	return see(skb, EIDER_EGRESS);
}

SEC("cgroup_skb/ingress")
int dns_ingress(struct __sk_buff *skb)
{
	return see(skb, EIDER_INGRESS);
}

/* These files are Apache-2.0 or GPL-2.0; this tells the kernel which of the two they are loaded under. */
char LICENSE[] SEC("license") = "GPL";
