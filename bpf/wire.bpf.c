// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * Wire layer: a denied query is turned round where it is and goes back to its sender as a proper answer. wire_workload sits
 * where a workload's packets enter the node (the host's end of its veth), wire_host where the node's own packets leave
 * (NICs, lo).
 *
 * The socket layer has judged what sockets send, and says so in denied_queries. What no socket sent (raw frames of a
 * workload that may make them) is judged here by the workload the device belongs to.
 */
#include "abi.h"
#include "lib/answer.h"
#include "lib/kernel.h"
#include "lib/maps.h"
#include "lib/packet.h"
#include "lib/policy.h"
#include "lib/ports.h"
#include "lib/verdict.h"

#define TC_ACT_UNSPEC -1 /* on to the next program, if there is one */
#define TC_ACT_SHOT 2
#define LO_IFINDEX 1

struct wire_device {
	__u32 postures[EIDER_GENERATIONS]; /* of the workload behind it, by side; 0: judge nothing that no socket sent */
};

/* By ifindex of the node. Kept by user space. */
struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1 << 14);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, __u32);
	__type(value, struct wire_device);
} wire_workloads SEC(".maps");

/* A query that no socket of this node sent. Its device tells whose it is. */
static __noinline int judge_frame(struct __sk_buff *skb, struct packet *packet, struct eider_verdict *verdict)
{
	__u32 ifindex = skb->ifindex, zero = 0;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);
	struct wire_device *device;
	struct scratch *scratch;
	struct asker asker = {};
	__be16 id;

	if (!state || !state->generation)
		return 0;
	device = bpf_map_lookup_elem(&wire_workloads, &ifindex);
	if (!device)
		return 0;
	asker.posture = device->postures[state->generation & 1];
	if (!asker.posture)
		return 0;
	scratch = claim_scratch();
	if (!scratch) {
		count(EIDER_VERDICT_FAILED);
		return 1;
	}
	asker.cgroup_id = ifindex;
	__builtin_memcpy(asker.server, packet->flow.destination, 16);
	if (load_question(skb, packet->payload, packet->payload_len, scratch, &id)) {
		count(EIDER_UNATTRIBUTED);
		decide(scratch, &asker, verdict, bpf_ktime_get_boot_ns());
	}
	release_scratch(scratch);
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

static __noinline int see_query(struct __sk_buff *skb, __u32 network, __u32 transport, __u32 protocol, __u32 from_workload)
{
	struct packet packet = {.network = network, .transport = transport};
	struct eider_verdict verdict = {};
	struct denied_query *denied;
	struct eider_rule *rule;

	packet.flow.protocol = protocol;
	if (!read_packet(skb, &packet))
		return TC_ACT_UNSPEC;
	denied = bpf_map_lookup_elem(&denied_queries, &packet.flow);
	if (denied) {
		verdict = denied->verdict;
		bpf_map_delete_elem(&denied_queries, &packet.flow); /* it spoke of this packet alone */
	} else if (!from_workload || protocol != PROTO_UDP || !judge_frame(skb, &packet, &verdict)) {
		return TC_ACT_UNSPEC;
	}
	rule = rule_of(verdict.generation & 1, verdict.rule);
	if (rule && rule->reply != EIDER_REPLY_DROP &&
	    (protocol == PROTO_UDP ? answer_query(skb, &packet, rule) : reset_connection(skb, &packet))) {
		count(EIDER_ANSWERED);
		return send_back(skb, from_workload);
	}
	count(EIDER_ANSWER_FAILED);
	return TC_ACT_SHOT;
}

static __always_inline int see(struct __sk_buff *skb, bool from_workload)
{
	struct transport at;
	struct ports ports;
	__u32 network;

	if (parse_frame(skb, &network, &at) != PARSE_OK || at.later_fragment)
		return TC_ACT_UNSPEC;
	at.offset += network;
	if (!read_ports(skb, &at, &ports) || !is_dns_port(ports.destination))
		return TC_ACT_UNSPEC;
	return see_query(skb, network, at.offset, at.protocol, from_workload);
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
