/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* From a packet of a socket to the verdict on what it asks: who stands behind it, which postures hold for him, what they say. */
#ifndef EIDER_JUDGE_H
#define EIDER_JUDGE_H

#include "lib/emit.h"
#include "lib/keep.h"
#include "lib/maps.h"
#include "lib/owner.h"
#include "lib/policy.h"
#include "lib/workload.h"

#define SOCK_RAW 3
#define TCP_URGENT 0x20

/*
 * Whether a segment leaves in the context of a process that uses the connection: only such a process takes the socket for
 * itself (lock_sock); timers and the softirq that hears acknowledgements leave it be while it is taken. So a connection that
 * was handed on, or whose process moved, is known by who writes to it.
 */
static __always_inline bool is_used_by_task(struct bpf_sock *sk)
{
	struct sock *connection = sk ? (struct sock *)bpf_skc_to_tcp_sock(sk) : NULL;

	return connection && connection->sk_lock.owned;
}

/* The running task, kept with its socket where there is one. */
static __always_inline void read_owner(struct eider_owner *owner, struct socket_state *state)
{
	struct task_struct *task = bpf_get_current_task_btf();

	if (state && state->task == (__u64)task && state->owner.start_ns == task->group_leader->start_boottime) {
		/* The same thread again: only what it can change of itself. */
		state->owner.uid = task->cred->uid.val;
		state->owner.cgroup_id = cgroup_id_of(task);
		*owner = state->owner;
		return;
	}
	owner_of_task(owner, task);
	if (state) {
		if (state->netns_cookie)
			owner->netns_cookie = state->netns_cookie;
		state->owner = *owner;
		state->task = (__u64)task;
	}
}

/* A function of its own: the verifier searches the kernel's types for each pointer that is followed, on every path, and so on one alone. */
__weak int owner_of_running(struct eider_owner *owner, struct socket_state *state)
{
	if (owner)
		read_owner(owner, state);
	return 0;
}

/* Who stands behind this packet. UDP leaves in the sender's own context; for the rest it is who used the socket last. */
static __always_inline struct socket_state *find_owner_by(struct __sk_buff *skb, struct bpf_sock *sk, bool sender_runs,
							  struct eider_owner *owner, const bool in_place)
{
	struct socket_state *state = NULL;

	if (sk)
		state = bpf_sk_storage_get(&sockets, sk, NULL, sender_runs ? BPF_SK_STORAGE_GET_F_CREATE : 0);
	if (sender_runs) {
		if (in_place)
			read_owner(owner, state);
		else
			owner_of_running(owner, state);
		if (sk && !state)
			count(EIDER_OWNER_STORE_FAILED);
	} else if (state) {
		*owner = state->owner;
	} else {
		count(EIDER_OWNER_UNKNOWN);
	}
	return state;
}

static __always_inline struct socket_state *find_owner(struct __sk_buff *skb, struct bpf_sock *sk, bool sender_runs,
						       struct eider_owner *owner)
{
	return find_owner_by(skb, sk, sender_runs, owner, false);
}

static __noinline __u64 posture_of_socket(const struct eider_state *state, __u32 side, struct __sk_buff *skb)
{
	void *workloads = bpf_map_lookup_elem(&policy_workloads, &side);

	if (!workloads)
		return state->side[side & 1].default_posture;
	for (int level = MAX_CGROUP_DEPTH; level >= 0; level--) {
		__u64 id = bpf_skb_ancestor_cgroup_id(skb, level);
		__u64 *posture;

		if (!id)
			continue;
		posture = bpf_map_lookup_elem(workloads, &id);
		if (posture)
			return *posture;
	}
	return state->side[side & 1].default_posture;
}

#define POSTURE_MASK 0xffff
#define SOCKET_POSTURE_SHIFT 16
#define WORKLOAD_SHIFT 32

/*
 * The posture of the sender's workload, that of the socket's, and the number of the sender's workload. A function of its own,
 * so that the verifier walks up the control groups once.
 */
__weak __u64 look_up_postures(struct __sk_buff *skb, __u32 generation, __u64 sender_cgroup, __u32 uid, __u32 sender_runs)
{
	__u64 socket_cgroup = bpf_skb_cgroup_id(skb), sender, of_socket = 0;
	__u32 zero = 0, side = generation & 1, class;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);

	if (!state)
		return 0;
	class = user_class(state, side, uid);
	/* Where both are in one control group the way up is the same, and shorter from a task. */
	if (sender_runs && sender_cgroup == socket_cgroup) {
		sender = posture_of_task(state, side, bpf_get_current_task_btf()) + class;
		of_socket = sender;
	} else {
		if (socket_cgroup)
			of_socket = posture_of_socket(state, side, skb) + class;
		sender = sender_runs ? posture_of_task(state, side, bpf_get_current_task_btf()) + class : of_socket;
	}
	return sender >> WORKLOAD_SHIFT << WORKLOAD_SHIFT | (of_socket & POSTURE_MASK) << SOCKET_POSTURE_SHIFT |
	       (sender & POSTURE_MASK);
}

/*
 * The postures of the sender's workload and of the socket's: a socket may have been handed on, or its process moved. They
 * are kept with the socket until the policies, the process's control group or its user change. Returns whose rate the sender
 * counts against: his workload's, or where that is not known his control group's.
 */
static __always_inline __u64 find_postures(struct __sk_buff *skb, __u32 generation, struct socket_state *socket,
					   const struct eider_owner *owner, bool sender_runs, __u32 *sender, __u32 *of_socket)
{
	__u64 found;

	if (socket && socket->judged_generation == generation && socket->judged_cgroup == owner->cgroup_id &&
	    socket->judged_uid == owner->uid) {
		*sender = socket->posture;
		*of_socket = socket->socket_posture;
		return socket->workload ? socket->workload : owner->cgroup_id;
	}
	found = look_up_postures(skb, generation, owner->cgroup_id, owner->uid, sender_runs);
	*sender = found & POSTURE_MASK;
	*of_socket = found >> SOCKET_POSTURE_SHIFT & POSTURE_MASK;
	/* Where another workload's process used it last and does not run now, its posture cannot be found: not to be remembered. */
	if (socket && (sender_runs || owner->cgroup_id == bpf_skb_cgroup_id(skb))) {
		socket->posture = *sender;
		socket->socket_posture = *of_socket;
		socket->workload = found >> WORKLOAD_SHIFT;
		socket->judged_cgroup = owner->cgroup_id;
		socket->judged_uid = owner->uid;
		socket->judged_generation = generation;
	}
	found >>= WORKLOAD_SHIFT;
	return found ? found : owner->cgroup_id;
}

/* Of the policies; read once for each packet, which is judged by it alone. 0: there are none. */
static __always_inline __u32 generation_in_force(void)
{
	struct eider_state *state = state_of_policies();

	return state ? *(volatile __u32 *)&state->generation : 0;
}

/* Who asks, if anybody has a policy for it; false where nothing is to be judged. */
static __always_inline bool find_asker(const struct message *message, const struct eider_owner *owner, struct socket_state *socket,
				       bool sender_runs, struct asker *asker, __u32 *of_socket)
{
	__u32 posture = 0;

	asker->generation = generation_in_force();
	if (!asker->generation)
		return false;
	asker->rated = find_postures(message->skb, asker->generation, socket, owner, sender_runs, &posture, of_socket);
	asker->posture = posture;
	if (!asker->posture && !*of_socket)
		return false;
	asker->process = owner->start_ns ^ owner->pid;
	__builtin_memcpy(asker->server, message->flow.destination, 16);
	asker->server_port = message->flow.ports.destination;
	return true;
}

/* Whether a posture's policies deny what cannot be read. */
static __always_inline bool enforces(__u32 generation, __u32 posture)
{
	__u32 index = (generation & 1) * EIDER_MAX_POSTURES + posture;
	struct eider_posture *found = bpf_map_lookup_elem(&policy_postures, &index);

	return found && found->flags & EIDER_POSTURE_ENFORCE;
}

static __always_inline bool enforced_for(const struct asker *asker, __u32 of_socket)
{
	return enforces(asker->generation, asker->posture) || enforces(asker->generation, of_socket);
}

/* What cannot be followed passes, and would not were the audited policies enforced. */
static __always_inline void try_unread(const struct asker *asker, struct eider_verdict *verdict)
{
	verdict->generation = asker->generation;
	verdict->action = EIDER_ALLOW;
	judge_malformed(asker->generation, asker->posture, 1, verdict);
}

/* No room to judge in: what should have been judged is denied. */
static __always_inline int deny_unjudged(struct message *message)
{
	count(EIDER_VERDICT_FAILED);
	message->verdict.action = EIDER_DENY;
	message->verdict.reason = EIDER_REASON_MALFORMED;
	return 1;
}

static __always_inline __u32 flags_of(__u32 generation, __u32 posture)
{
	struct eider_posture *found = posture_numbered(generation & 1, posture);

	return found ? found->flags : 0;
}

/* Judges the question in scratch for the workload that made the socket as well. What either would be denied in an audit stays told. */
static __always_inline void decide_for_maker(struct scratch *scratch, const struct asker *asker, __u32 of_socket, __u32 only_tried,
					     struct message *message)
{
	__u32 told = message->verdict.audit_action == EIDER_DENY ? message->verdict.audit_rule : 0;

	scratch->maker = *asker;
	scratch->maker.posture = of_socket;
	scratch->only_tried = only_tried;
	decide(scratch, &scratch->maker, &message->verdict, message->time_ns);
	if (message->verdict.action != EIDER_DENY && told)
		would_deny(&message->verdict, told);
}

/* Judges the question in scratch for the sender's workload, and for the socket's where that is another. */
static __always_inline void decide_for_both(struct scratch *scratch, struct asker *asker, __u32 of_socket, struct message *message)
{
	decide(scratch, asker, &message->verdict, message->time_ns);
	if (of_socket != asker->posture && message->verdict.action == EIDER_ALLOW)
		decide_for_maker(scratch, asker, of_socket, 0, message);
}

/* The same for a question on another port, for those of the two that want it judged there. */
static __always_inline void decide_elsewhere(struct scratch *scratch, struct asker *asker, __u32 of_socket, struct message *message)
{
	__u32 flags = flags_of(asker->generation, asker->posture);

	scratch->only_tried = !(flags & EIDER_POSTURE_JUDGE_PORTS);
	if (flags & TRIED_PORTS)
		decide(scratch, asker, &message->verdict, message->time_ns);
	flags = flags_of(asker->generation, of_socket);
	if (of_socket != asker->posture && message->verdict.action != EIDER_DENY && flags & TRIED_PORTS)
		decide_for_maker(scratch, asker, of_socket, !(flags & EIDER_POSTURE_JUDGE_PORTS), message);
}

/* The verdict on the datagram at message->offset. True: denied. */
static __noinline int judge_datagram(struct message *message, const struct eider_owner *owner, struct socket_state *socket)
{
	struct scratch *scratch;
	struct asker asker = {};
	__u32 of_socket = 0;

	if (!message || !owner)
		return 0;
	if (!find_asker(message, owner, socket, true, &asker, &of_socket)) {
		note_unseen(socket);
		return 0;
	}
	scratch = claim_scratch();
	if (!scratch) {
		note_unseen(socket);
		return deny_unjudged(message);
	}
	if (message->skb->gso_size && message->left > message->skb->gso_size) {
		/* Several datagrams in one buffer (UDP_SEGMENT), of which the first alone would be read. */
		scratch->question.len = 0;
		decide_for_both(scratch, &asker, of_socket, message);
		note_unseen(socket);
	} else if (load_question(message->skb, message->offset, message->left, scratch)) {
		decide_for_both(scratch, &asker, of_socket, message);
		if (socket)
			keep_question(message, scratch, socket, asker.posture);
	}
	release_scratch(scratch);
	return message->verdict.action == EIDER_DENY;
}

#endif
