// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/*
 * A service address translated where sockets connect and send, as replacements of kube-proxy do it: no packet ever has that address. Another program than Eider's, for
 * benchmarks and the lab; it answers for one service of one server.
 */
#include <linux/bpf.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define ALLOW 1
#define DNS_PORT bpf_htons(53)

char LICENSE[] SEC("license") = "Dual BSD/GPL";

/* Big-endian; set before loading. */
const volatile __u32 service_v4;
const volatile __u32 server_v4;

/* Sockets that were led to the server, by cookie: they are to see the service's address. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 65536);
	__type(key, __u64);
	__type(value, __u8);
} translated SEC(".maps");

__u64 translations = 0;

static __always_inline int lead_to_server(struct bpf_sock_addr *address)
{
	__u64 cookie;
	__u8 yes = 1;

	if (address->user_ip4 != service_v4 || address->user_port != DNS_PORT)
		return ALLOW;
	cookie = bpf_get_socket_cookie(address);
	bpf_map_update_elem(&translated, &cookie, &yes, BPF_ANY);
	address->user_ip4 = server_v4;
	__sync_fetch_and_add(&translations, 1);
	return ALLOW;
}

static __always_inline int show_service(struct bpf_sock_addr *address)
{
	__u64 cookie = bpf_get_socket_cookie(address);

	if (address->user_ip4 == server_v4 && address->user_port == DNS_PORT && bpf_map_lookup_elem(&translated, &cookie))
		address->user_ip4 = service_v4;
	return ALLOW;
}

SEC("cgroup/connect4")
int service_connect(struct bpf_sock_addr *address)
{
	return lead_to_server(address);
}

SEC("cgroup/sendmsg4")
int service_send(struct bpf_sock_addr *address)
{
	return lead_to_server(address);
}

SEC("cgroup/recvmsg4")
int service_receive(struct bpf_sock_addr *address)
{
	return show_service(address);
}

SEC("cgroup/getpeername4")
int service_peer(struct bpf_sock_addr *address)
{
	return show_service(address);
}
