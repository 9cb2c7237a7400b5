/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/*
 * Ports at which somebody guesses ids. A guess that is right fits the question, and nothing in it is wrong; but it does not come alone. An answer to a port
 * at which many have just missed is not believed over UDP: the client is told to ask over TCP, where nobody can answer who does not see the connection.
 */
#ifndef EIDER_GUESSED_H
#define EIDER_GUESSED_H

#include "lib/kernel.h"
#include "lib/questions.h"

/* As many misses as Detect calls guessing: earlier sends of a question are remembered and are no misses, so that no honest network has more than one or two. */
#define GUESSING_MISSES 8
/* A port is given up when there was no miss for so long: one in five seconds takes days to hit. */
#define GUESSING_NS QUESTION_NS

struct guessed_port {
	__u64 netns_cookie;
	__be16 port;
	__u8 pad[6];
};

struct guesses {
	__u64 last_ns;
	__u64 misses;
};

/* With every port of somebody who asks from any. */
struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, 1 << 13);
	__type(key, struct guessed_port);
	__type(value, struct guesses);
} guessed_ports __weak SEC(".maps");

/* When the last guess was seen at any port: where nobody guesses, no answer costs a look at its port. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} last_guess __weak SEC(".maps");

/*
 * Of an answer that was dropped because nothing was asked under its port and id. Processors may race here: a miss more or less. These are functions of
 * their own, verified once, and off the deepest stack.
 */
__weak int note_guess(__u64 netns_cookie, __u32 port, __u64 now_ns)
{
	struct guessed_port key = {.netns_cookie = netns_cookie, .port = port};
	struct guesses fresh = {.last_ns = now_ns, .misses = 1}, *known;
	__u64 *last;
	__u32 zero = 0;

	last = bpf_map_lookup_elem(&last_guess, &zero);
	if (last)
		*last = now_ns;
	known = bpf_map_lookup_elem(&guessed_ports, &key);
	if (!known)
		return bpf_map_update_elem(&guessed_ports, &key, &fresh, BPF_ANY);
	known->misses = elapsed_ns(known->last_ns, now_ns) > GUESSING_NS ? 1 : known->misses + 1;
	known->last_ns = now_ns;
	return 0;
}

/* Whether somebody guesses anywhere, or did until a moment ago: most of the time nobody does, and this is all that it costs. */
static __always_inline bool any_guess(void)
{
	__u32 zero = 0;
	__u64 *last = bpf_map_lookup_elem(&last_guess, &zero);

	return last && *last;
}

__weak int is_guessed(__u64 netns_cookie, __u32 port)
{
	struct guessed_port key = {.netns_cookie = netns_cookie, .port = port};
	__u64 now_ns = bpf_ktime_get_boot_ns(), *last, seen_ns;
	struct guesses *known;
	__u32 zero = 0;

	last = bpf_map_lookup_elem(&last_guess, &zero);
	if (!last)
		return 0;
	seen_ns = *(volatile __u64 *)last;
	if (elapsed_ns(seen_ns, now_ns) > GUESSING_NS) {
		__sync_val_compare_and_swap(last, seen_ns, 0); /* unless there was another just now */
		return 0;
	}
	known = bpf_map_lookup_elem(&guessed_ports, &key);
	return known && known->misses >= GUESSING_MISSES && elapsed_ns(known->last_ns, now_ns) <= GUESSING_NS;
}

#endif
