// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * Wire layer: a denied query is turned round where it is and goes back to its sender as a proper answer. wire_workload sits
 * where a workload's packets enter the node (the host's end of its veth), wire_host where the node's own packets leave
 * (NICs, lo), wire_received where packets from elsewhere enter it. All three see answers too: one that says what a policy
 * denies is replaced.
 *
 * The socket layer has judged what sockets send, and says so in handovers. What no socket sent (raw frames of a
 * workload that may make them) is judged here by the workload the device belongs to.
 */
#include "abi.h"
#include "lib/answer.h"
#include "lib/asking.h"
#include "lib/elsewhere.h"
#include "lib/emit.h"
#include "lib/kernel.h"
#include "lib/maps.h"
#include "lib/packet.h"
#include "lib/policy.h"
#include "lib/ports.h"
#include "lib/quoted.h"
#include "lib/replace.h"
#include "lib/reset.h"
#include "lib/verdict.h"

#define LO_IFINDEX 1

/* What is known of a frame before it is read. */
#define FROM_WORKLOAD 0x01
#define FRAGMENT 0x02

/* By ifindex of the node. Kept by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 14);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct eider_device_owner);
} wire_workloads SEC(".maps");

/*
 * One element: wire_answer, which all three go on with for an answer, so that the verifier walks it once and not three times. Pinned, as a
 * map of programs is empty once nobody has it open. Filled by user space.
 */
struct {
	__uint(type, BPF_MAP_TYPE_PROG_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u32);
} wire_programs SEC(".maps");

/* Where wire_answer finds what was read of the frame. */
#define CB_PROTOCOL 0
#define CB_NETWORK 1
#define CB_TRANSPORT 2

/* As posture_of_task finds it, for the workload a device belongs to; NULL: not known yet. */
static __always_inline __u64 posture_of_device(const struct eider_state *state, const struct eider_device_owner *owner)
{
	__u32 side = state->generation & 1;
	void *workloads = bpf_map_lookup_elem(&policy_workloads, &side);

	if (!workloads)
		return state->side[side & 1].default_posture;
	for (int i = 0; owner && i < EIDER_DEVICE_CGROUPS; i++) {
		__u64 id = owner->cgroup_id[i];
		__u64 *posture;

		if (!id)
			break;
		posture = bpf_map_lookup_elem(workloads, &id);
		if (posture)
			return *posture;
	}
	return state->side[side & 1].default_posture;
}

/* Tells of a frame that no socket sent, with the workload it came from and no process. */
static __noinline void tell(struct __sk_buff *skb, const struct packet *packet, const struct eider_verdict *verdict)
{
	__u32 flags = EIDER_DNS_UNATTRIBUTED;
	__u32 ifindex = skb->ifindex;
	struct eider_device_owner *device = bpf_map_lookup_elem(&wire_workloads, &ifindex);
	struct eider_owner owner = {.cgroup_id = device ? device->cgroup_id[0] : 0};
	struct message message = {};

	read_message(&message, skb, packet, &owner, verdict);
	message.direction = EIDER_EGRESS;
	message.tcp_sequence = packet->next_sequence - packet->payload_len;
	if (is_encrypted_port(packet->flow.ports.destination)) {
		emit(&message, 0, flags | EIDER_DNS_ELSEWHERE | EIDER_DNS_ENCRYPTED);
		return;
	}
	if (!is_dns_port(packet->flow.ports.destination))
		flags |= EIDER_DNS_ELSEWHERE;
	emit_packet(&message, flags);
}

/*
 * A segment that no socket of the workload's own sent. Who makes segments by hand may send other octets under the same
 * numbers, so a stream of them cannot be followed: it does not go on where policies are enforced.
 */
static __always_inline int judge_raw_segment(struct __sk_buff *skb, const struct packet *packet, const struct eider_state *state,
					     const struct asker *asker, struct eider_verdict *verdict)
{
	count(EIDER_UNATTRIBUTED);
	verdict->generation = state->generation;
	verdict->action = EIDER_ALLOW;
	judge_malformed(state->generation, asker->posture, 0, verdict);
	tell(skb, packet, verdict);
	return verdict->action == EIDER_DENY;
}

/* A frame to a port that is none of DNS. A connection made by hand is judged on port 853 alone. */
static __noinline int judge_frame_elsewhere(struct __sk_buff *skb, const struct packet *packet, const struct eider_state *state,
					    const struct asker *asker, struct eider_verdict *verdict)
{
	__u32 generation = state->generation;
	struct eider_posture *posture = posture_numbered(generation & 1, asker->posture);
	struct scratch *scratch;

	if (!packet || !asker || !verdict || !posture)
		return 0;
	if (is_encrypted_port(packet->flow.ports.destination)) {
		__u8 first = 0;

		if (packet->payload_len)
			bpf_skb_load_bytes(skb, packet->payload, &first, sizeof(first));
		if (judge_server(generation, asker->posture, &packet->flow, asker->rated, verdict) &&
		    (verdict->audit_action != EIDER_DENY || !opens_encrypted(packet->flow.protocol, packet->opens, first)))
			return 0;
	} else {
		scratch = posture->flags & JUDGED_PORTS && packet->flow.protocol == PROTO_UDP ? claim_scratch() : NULL;
		if (!scratch)
			return 0;
		if (!load_question(skb, packet->payload, packet->payload_len, scratch) ||
		    !reads_as_query(&scratch->question, scratch->question.header + sizeof(scratch->question.header) - DNS_HEADER_LEN,
				    packet->payload_len)) {
			release_scratch(scratch);
			return 0;
		}
		scratch->only_tried = !(posture->flags & EIDER_POSTURE_JUDGE_PORTS);
		if (posture->flags & TRIED_PORTS)
			decide(scratch, asker, verdict, bpf_ktime_get_boot_ns());
		release_scratch(scratch);
	}
	count(EIDER_UNATTRIBUTED);
	tell(skb, packet, verdict);
	return verdict->action == EIDER_DENY;
}

/* A query that no socket of this node sent. Its device tells whose it is. True: denied. */
__weak int judge_frame(struct __sk_buff *skb, const struct packet *packet, struct eider_verdict *verdict)
{
	__u32 ifindex = skb->ifindex, zero = 0;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);
	struct eider_device_owner *owner;
	struct scratch *scratch;
	struct asker asker = {};
	__u64 found;

	if (!state || !state->generation || !packet || !verdict)
		return 0;
	owner = bpf_map_lookup_elem(&wire_workloads, &ifindex);
	found = posture_of_device(state, owner);
	asker.posture = found;
	asker.generation = state->generation;
	if (!asker.posture)
		return 0;
	asker.rated = found >> 32 ? found >> 32 : owner ? owner->cgroup_id[0] : 0;
	__builtin_memcpy(asker.server, packet->flow.destination, 16);
	asker.server_port = packet->flow.ports.destination;
	if (!is_dns_port(packet->flow.ports.destination))
		return judge_frame_elsewhere(skb, packet, state, &asker, verdict);
	if (packet->flow.protocol == PROTO_TCP)
		return judge_raw_segment(skb, packet, state, &asker, verdict);
	scratch = claim_scratch();
	if (!scratch) {
		count(EIDER_VERDICT_FAILED);
		verdict->action = EIDER_DENY;
		return 1;
	}
	if (skb->gso_size && packet->payload_len > skb->gso_size) {
		scratch->question.len = 0; /* several datagrams in one: not read, and so taken for malformed */
	} else if (!load_question(skb, packet->payload, packet->payload_len, scratch)) {
		release_scratch(scratch);
		return 0;
	}
	count(EIDER_UNATTRIBUTED);
	decide(scratch, &asker, verdict, bpf_ktime_get_boot_ns());
	release_scratch(scratch);
	tell(skb, packet, verdict);
	return verdict->action == EIDER_DENY;
}

/* Sends the packet, which is an answer by now, to where it came from. */
static __always_inline int send_back(struct __sk_buff *skb, bool from_workload)
{
	/*
	 * On lo the packet has its route already, to this very host: it just goes on. Elsewhere it leaves the way it came:
	 * into the workload's namespace, or into this node as if received.
	 */
	if (skb->ifindex == LO_IFINDEX)
		return TC_ACT_UNSPEC;
	return bpf_redirect(skb->ifindex, from_workload ? 0 : BPF_F_INGRESS);
}

/* A function of its own, verified once and not for each place that headers end at. */
__weak int see_query(struct __sk_buff *skb, __u32 network, __u32 transport, __u32 protocol, __u32 traits)
{
	struct packet packet = {.network = network, .transport = transport};
	bool from_workload = traits & FROM_WORKLOAD;
	struct eider_verdict verdict = {};
	struct eider_rule *rule;

	packet.flow.protocol = protocol;
	if (!read_packet(skb, &packet))
		return TC_ACT_UNSPEC;
	/* An encrypted connection is denied as soon as it is opened. */
	if (protocol == PROTO_TCP && !packet.payload_len && !(packet.opens && is_encrypted_port(packet.flow.ports.destination)))
		return TC_ACT_UNSPEC;
	if (fetch_verdict(&packet.flow, packet.next_sequence, &verdict)) {
		if (verdict.action != EIDER_DENY)
			return TC_ACT_UNSPEC;
	} else if (!from_workload || !judge_frame(skb, &packet, &verdict)) {
		return TC_ACT_UNSPEC;
	}
	rule = rule_of(verdict.generation & 1, verdict.rule);
	if (rule && rule->reply != EIDER_REPLY_DROP && !(traits & FRAGMENT) &&
	    (protocol == PROTO_UDP ? !is_encrypted_port(packet.flow.ports.destination) && answer_query(skb, &packet, rule)
				   : reset_connection(skb, &packet))) {
		count(EIDER_ANSWERED);
		return send_back(skb, from_workload);
	}
	count(EIDER_ANSWER_FAILED);
	return TC_ACT_SHOT;
}

/* As the socket layer does: a frame whose transport cannot be found may hold anything. */
static __noinline int judge_headers(struct __sk_buff *skb)
{
	__u32 ifindex = skb->ifindex, zero = 0, index;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);
	struct eider_posture *posture;

	if (!state || !state->generation)
		return TC_ACT_UNSPEC;
	index = (state->generation & 1) * EIDER_MAX_POSTURES +
		(__u32)posture_of_device(state, bpf_map_lookup_elem(&wire_workloads, &ifindex));
	posture = bpf_map_lookup_elem(&policy_postures, &index);
	if (!posture || !(posture->flags & EIDER_POSTURE_ENFORCE))
		return TC_ACT_UNSPEC;
	count(EIDER_MALFORMED_HEADERS);
	count(EIDER_DENIED);
	count(EIDER_DENIED_MALFORMED);
	count(EIDER_DENIED_DROPPED);
	return TC_ACT_SHOT;
}

/* Whether a packet to a port that is none of DNS may be one that policies are about. */
static __always_inline bool concerns(struct __sk_buff *skb, const struct transport *at, const struct ports *ports)
{
	__u8 header[DNS_HEADER_LEN];

	if (!is_wanted(ports))
		return false;
	if (is_encrypted_port(ports->destination))
		return true;
	if (is_dns_port(ports->source))
		return false; /* an answer */
	return at->protocol == PROTO_TCP ||
	       (!bpf_skb_load_bytes(skb, at->offset + UDP_LEN, header, sizeof(header)) && heads_query(header));
}

/* Whether a datagram from a port that is none of DNS, to one that has ever asked, is a response. Whether it was asked for is known by its question. */
static __noinline int answers_from_elsewhere(struct __sk_buff *skb, __u32 transport)
{
	__u8 header[DNS_HEADER_LEN];

	return !bpf_skb_load_bytes(skb, transport + UDP_LEN, header, sizeof(header)) && heads_response(header);
}

/* What may be an answer. Fragments are whole again where the socket layer sees them. */
static __always_inline int receive(struct __sk_buff *skb, __u32 network, const struct transport *at, const struct ports *ports)
{
	if (!is_dns_port(ports->source) && (at->protocol != PROTO_UDP || !has_ever_asked(ports->destination) ||
					    !(wanted() & EIDER_POSTURE_JUDGE_PORTS) || !answers_from_elsewhere(skb, at->offset)))
		return TC_ACT_UNSPEC;
	if (at->fragment)
		return TC_ACT_UNSPEC;
	skb->cb[CB_PROTOCOL] = at->protocol;
	skb->cb[CB_NETWORK] = network;
	skb->cb[CB_TRANSPORT] = at->offset;
	bpf_tail_call_static(skb, &wire_programs, 0);
	count(EIDER_UNJUDGED);
	return TC_ACT_UNSPEC;
}

static __always_inline int see(struct __sk_buff *skb, bool from_workload)
{
	struct transport at;
	struct ports ports;
	__u32 network;
	enum parse_result parsed = parse_frame(skb, &network, &at);

	if (parsed == PARSE_MALFORMED && from_workload)
		return judge_headers(skb);
	if (parsed == PARSE_OTHER && from_workload)
		note_other(skb, network);
	if (parsed != PARSE_OK || at.later_fragment)
		return TC_ACT_UNSPEC;
	at.offset += network;
	if (!read_ports(skb, &at, &ports))
		return TC_ACT_UNSPEC;
	if (!is_dns_port(ports.destination) && !concerns(skb, &at, &ports))
		return receive(skb, network, &at, &ports);
	return see_query(skb, network, at.offset, at.protocol, (from_workload ? FROM_WORKLOAD : 0) | (at.fragment ? FRAGMENT : 0));
}

SEC("tc")
int wire_answer(struct __sk_buff *skb)
{
	__u32 network = skb->cb[CB_NETWORK], transport = skb->cb[CB_TRANSPORT];

	return skb->cb[CB_PROTOCOL] == PROTO_UDP ? see_answer(skb, network, transport) : end_doomed(skb, network, transport);
}

SEC("tc")
int wire_workload(struct __sk_buff *skb)
{
	return see(skb, true);
}

SEC("tc")
int wire_host(struct __sk_buff *skb)
{
	return see(skb, false);
}

/* Where packets from elsewhere enter the node. */
SEC("tc")
int wire_received(struct __sk_buff *skb)
{
	struct transport at;
	struct ports ports;
	__u32 network;
	enum parse_result parsed = parse_frame(skb, &network, &at);

	if (parsed == PARSE_OTHER)
		note_other(skb, network);
	if (parsed != PARSE_OK || at.later_fragment)
		return TC_ACT_UNSPEC;
	at.offset += network;
	return read_ports(skb, &at, &ports) ? receive(skb, network, &at, &ports) : TC_ACT_UNSPEC;
}
