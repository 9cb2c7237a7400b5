// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * Sensor: whose socket it is. The owner is set when a socket is made, and again when somebody connects it or names a peer,
 * because sockets are handed on. Sockets older than Eider are found through the open files of every task.
 */
#include "abi.h"
#include "lib/kernel.h"
#include "lib/maps.h"
#include "lib/owner.h"

#define ALLOW 1

static __always_inline void own(struct socket_state *state)
{
	if (state)
		owner_of_task(&state->owner, bpf_get_current_task_btf());
	else
		count(EIDER_OWNER_STORE_FAILED);
}

SEC("cgroup/sock_create")
int owner_sock_create(struct bpf_sock *sk)
{
	struct socket_state *state = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);

	own(state);
	if (state) {
		state->netns_cookie = state->owner.netns_cookie;
		state->traits = SOCKET_NEW;
	}
	return ALLOW;
}

static __always_inline int own_by_address(struct bpf_sock_addr *address)
{
	struct bpf_sock *sk = address->sk;

	if (sk)
		own(bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE));
	return ALLOW;
}

SEC("cgroup/connect4")
int owner_connect4(struct bpf_sock_addr *address)
{
	return own_by_address(address);
}

SEC("cgroup/connect6")
int owner_connect6(struct bpf_sock_addr *address)
{
	return own_by_address(address);
}

/* Once, at start: sockets that were there before. Where several processes hold one socket, the first one met keeps it. */
SEC("iter/task_file")
int owner_task_file(struct bpf_iter__task_file *at)
{
	struct task_struct *task = at->task;
	struct file *file = at->file;
	struct socket_state *state;
	struct socket *socket;
	struct sock *sk;

	if (!task || !file)
		return 0;
	socket = bpf_sock_from_file(file);
	if (!socket)
		return 0;
	sk = socket->sk;
	if (!sk)
		return 0;
	if (sk->__sk_common.skc_family != AF_INET && sk->__sk_common.skc_family != AF_INET6)
		return 0;
	state = bpf_sk_storage_get(&sockets, sk, NULL, 0);
	if (state)
		return 0;
	state = bpf_sk_storage_get(&sockets, sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!state) {
		count(EIDER_OWNER_STORE_FAILED);
		return 0;
	}
	owner_of_task(&state->owner, task);
	state->netns_cookie = sk->__sk_common.skc_net.net->net_cookie;
	state->owner.netns_cookie = state->netns_cookie;
	return 0;
}
