// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * Another resolver in place of the one that is asked, without the asker noticing: the address is exchanged when a socket is
 * connected or a datagram sent, and exchanged back when the asker looks where an answer comes from. No packet is touched.
 */
#include "abi.h"
#include "lib/kernel.h"
#include "lib/maps.h"
#include "lib/policy.h"
#include "lib/ports.h"
#include "lib/workload.h"

#define ALLOW 1

static __always_inline bool is_mapped(const __u32 *address)
{
	return !address[0] && !address[1] && address[2] == bpf_htonl(0xffff);
}

/* The server to ask in place of any other, in either family; port 0: none. */
struct server {
	__u32 v4;
	__u32 v6[4];
	__u16 v4_port;
	__u16 v6_port;
};

/* Where the caller's queries are led, by a quarantine or else by policy; false: nowhere else. */
static __always_inline bool find_server(struct server *server)
{
	struct task_struct *task = bpf_get_current_task_btf();
	__u32 zero = 0, index, side;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);
	struct eider_posture *posture;
	struct eider_response *quarantine;
	__u64 found, now_ns;

	if (!state || !state->generation)
		return false;
	side = state->generation & 1;
	found = posture_of_task(state, side, task);
	index = (__u32)found + user_class(state, side, task->cred->uid.val) + side * EIDER_MAX_POSTURES;
	posture = bpf_map_lookup_elem(&policy_postures, &index);
	if (!posture)
		return false;
	if (posture->flags & EIDER_POSTURE_RESPOND && state->quarantines_until_ns) {
		now_ns = bpf_ktime_get_boot_ns();
		quarantine = now_ns < state->quarantines_until_ns ? response_in_force(0, found >> 32, now_ns) : NULL;
		if (quarantine) {
			__builtin_memcpy(&server->v4, quarantine->server_v4, sizeof(server->v4));
			__builtin_memcpy(server->v6, quarantine->server_v6, sizeof(server->v6));
			server->v4_port = quarantine->server_v4_port;
			server->v6_port = quarantine->server_v6_port;
			return true;
		}
	}
	if (!(posture->flags & (EIDER_POSTURE_REDIRECT_V4 | EIDER_POSTURE_REDIRECT_V6)))
		return false;
	__builtin_memcpy(&server->v4, posture->redirect_v4, sizeof(server->v4));
	__builtin_memcpy(server->v6, posture->redirect_v6, sizeof(server->v6));
	server->v4_port = posture->redirect_v4_port;
	server->v6_port = posture->redirect_v6_port;
	return true;
}

static __always_inline bool is_dns_address(const struct bpf_sock_addr *address)
{
	return is_dns_port((__be16)address->user_port) &&
	       (address->type == 1 /* SOCK_STREAM */ || address->type == 2 /* SOCK_DGRAM */);
}

/* Remembers where the asker wanted to go, and where it goes. */
static __always_inline bool remember(struct bpf_sock_addr *address, const __u32 *asked, const __u32 *target, __u16 target_port)
{
	struct socket_state *state;

	if (!address->sk)
		return false;
	state = bpf_sk_storage_get(&sockets, address->sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (!state) {
		count(EIDER_OWNER_STORE_FAILED);
		return false;
	}
	__builtin_memcpy(state->asked, asked, sizeof(state->asked));
	__builtin_memcpy(state->sent_to, target, sizeof(state->sent_to));
	state->asked_port = address->user_port;
	state->sent_to_port = bpf_htons(target_port);
	return true;
}

static __always_inline int redirect4(struct bpf_sock_addr *address)
{
	struct server server = {};
	__u32 asked[4] = {0, 0, bpf_htonl(0xffff), address->user_ip4};
	__u32 target[4] = {0, 0, bpf_htonl(0xffff), 0};

	if (!is_dns_address(address) || !find_server(&server) || !server.v4_port)
		return ALLOW;
	target[3] = server.v4;
	/* Without a memory of where it wanted to go, the query goes there, and is denied by the resolver rule. */
	if (!remember(address, asked, target, server.v4_port))
		return ALLOW;
	address->user_ip4 = target[3];
	address->user_port = bpf_htons(server.v4_port);
	return ALLOW;
}

static __always_inline int redirect6(struct bpf_sock_addr *address)
{
	struct server server = {};
	__u32 asked[4] = {address->user_ip6[0], address->user_ip6[1], address->user_ip6[2], address->user_ip6[3]};
	__u32 target[4] = {0, 0, bpf_htonl(0xffff), 0};
	bool mapped = is_mapped(asked);
	__u16 port;

	if (!is_dns_address(address) || !find_server(&server))
		return ALLOW;
	port = mapped ? server.v4_port : server.v6_port;
	if (!port)
		return ALLOW;
	if (mapped)
		target[3] = server.v4;
	else
		__builtin_memcpy(target, server.v6, sizeof(target));
	if (!remember(address, asked, target, port))
		return ALLOW;
	address->user_ip6[0] = target[0];
	address->user_ip6[1] = target[1];
	address->user_ip6[2] = target[2];
	address->user_ip6[3] = target[3];
	address->user_port = bpf_htons(port);
	return ALLOW;
}

/* The socket's memory, where what is shown comes from where its queries really go: anybody else's address stays as it is. */
static __always_inline struct socket_state *asked_elsewhere(struct bpf_sock_addr *address, const __u32 *shown)
{
	struct socket_state *state;

	if (!address->sk)
		return NULL;
	state = bpf_sk_storage_get(&sockets, address->sk, NULL, 0);
	if (!state || !state->asked_port || state->sent_to_port != (__be16)address->user_port)
		return NULL;
	if (state->sent_to[0] != shown[0] || state->sent_to[1] != shown[1] || state->sent_to[2] != shown[2] ||
	    state->sent_to[3] != shown[3])
		return NULL;
	return state;
}

static __always_inline int restore4(struct bpf_sock_addr *address)
{
	__u32 shown[4] = {0, 0, bpf_htonl(0xffff), address->user_ip4};
	struct socket_state *state = asked_elsewhere(address, shown);

	if (!state)
		return ALLOW;
	address->user_ip4 = state->asked[3];
	address->user_port = state->asked_port;
	return ALLOW;
}

static __always_inline int restore6(struct bpf_sock_addr *address)
{
	__u32 shown[4] = {address->user_ip6[0], address->user_ip6[1], address->user_ip6[2], address->user_ip6[3]};
	struct socket_state *state = asked_elsewhere(address, shown);

	if (!state)
		return ALLOW;
	address->user_ip6[0] = state->asked[0];
	address->user_ip6[1] = state->asked[1];
	address->user_ip6[2] = state->asked[2];
	address->user_ip6[3] = state->asked[3];
	address->user_port = state->asked_port;
	return ALLOW;
}

SEC("cgroup/connect4")
int redirect_connect4(struct bpf_sock_addr *address)
{
	return redirect4(address);
}

SEC("cgroup/connect6")
int redirect_connect6(struct bpf_sock_addr *address)
{
	return redirect6(address);
}

/*
 * An IPv6 socket that is connected to a mapped address sends as if it named its peer each time: the address is the one that
 * it was led to when it was connected, and what it asked then stays remembered.
 */
static __always_inline bool is_led_there(struct bpf_sock_addr *address)
{
	__u32 named[4] = {0, 0, bpf_htonl(0xffff), address->user_ip4};

	return address->sk && address->sk->family == AF_INET6 && address->sk->state == ESTABLISHED && asked_elsewhere(address, named);
}

/*
 * Which server a datagram names, where answers are held against questions: the packet itself may be translated before it is
 * seen again.
 */
static __always_inline int note_server(struct bpf_sock_addr *address, const __u32 *named)
{
	__u32 zero = 0;
	struct eider_state *policies = bpf_map_lookup_elem(&policy_state, &zero);
	struct socket_state *state;

	if (!policies || !policies->questions_since_ns || !address->sk || !is_dns_port((__be16)address->user_port))
		return ALLOW;
	state = bpf_sk_storage_get(&sockets, address->sk, NULL, BPF_SK_STORAGE_GET_F_CREATE);
	if (state) {
		__builtin_memcpy(state->named, named, sizeof(state->named));
		state->named_port = address->user_port;
	}
	return ALLOW;
}

SEC("cgroup/sendmsg4")
int redirect_sendmsg4(struct bpf_sock_addr *address)
{
	__u32 named[4] = {0, 0, bpf_htonl(0xffff), 0};

	if (!is_led_there(address))
		redirect4(address);
	named[3] = address->user_ip4;
	return note_server(address, named);
}

SEC("cgroup/sendmsg6")
int redirect_sendmsg6(struct bpf_sock_addr *address)
{
	__u32 named[4];

	redirect6(address);
	named[0] = address->user_ip6[0];
	named[1] = address->user_ip6[1];
	named[2] = address->user_ip6[2];
	named[3] = address->user_ip6[3];
	return note_server(address, named);
}

SEC("cgroup/recvmsg4")
int redirect_recvmsg4(struct bpf_sock_addr *address)
{
	return restore4(address);
}

SEC("cgroup/recvmsg6")
int redirect_recvmsg6(struct bpf_sock_addr *address)
{
	return restore6(address);
}

SEC("cgroup/getpeername4")
int redirect_getpeername4(struct bpf_sock_addr *address)
{
	return restore4(address);
}

SEC("cgroup/getpeername6")
int redirect_getpeername6(struct bpf_sock_addr *address)
{
	return restore6(address);
}
