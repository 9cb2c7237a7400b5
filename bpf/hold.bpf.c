// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/* What user space needs to let go of an answer that is held back: the question is told, and the packet comes in once more. */
#include "abi.h"
#include "lib/kernel.h"
#include "lib/questions.h"

#define PASS 2 /* XDP_PASS */

SEC("syscall")
int answer_release(struct eider_release *what)
{
	__u32 zero = 0, released = 0;
	struct eider_state *state = bpf_map_lookup_elem(&policy_state, &zero);
	struct question_bucket *bucket;
	__u8 server[16];
	__u64 tag;

	if (!state)
		return -1;
	__builtin_memcpy(server, what->server, sizeof(server));
	tag = question_tag(state, bpf_htons(what->client_port), what->id);
	bucket = question_bucket(tag);
	if (!bucket)
		return -1;
	for (int i = 0; i < QUESTION_SLOTS; i++) {
		struct open_question *asked = &bucket->slot[i];

		if (asked->tag != tag || !asked->is_held || asked->netns_cookie != what->netns_cookie ||
		    !same_address(asked->server, server))
			continue;
		asked->is_released = 1;
		released++;
	}
	what->released = released;
	return 0;
}

/* Run on a frame that is to be received on a device (BPF_F_TEST_XDP_LIVE_FRAMES). */
SEC("xdp")
int answer_receive(struct xdp_md *frame)
{
	return PASS;
}
