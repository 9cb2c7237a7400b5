// SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only)
/* Answers "what would happen if": the same function that judges packets, on a question from user space. */
#include "abi.h"
#include "lib/kernel.h"
#include "lib/maps.h"
#include "lib/policy.h"

SEC("syscall")
int policy_explain(struct eider_explain *what)
{
	struct eider_verdict verdict = {};
	struct asker asker = {};
	struct scratch *scratch = claim_scratch();
	struct short_message *message;
	__u64 now_ns;

	if (!scratch)
		return -1;
	asker.posture = what->posture;
	asker.rated = what->cgroup_id;
	__builtin_memcpy(asker.server, what->server, sizeof(asker.server));
#pragma unroll
	for (int i = 0; i < EIDER_QUESTION_LEN / 4; i++)
		((__u32 *)scratch->question.octets)[i] = ((__u32 *)what->question)[i];
	scratch->question.len = what->len;
	now_ns = bpf_ktime_get_boot_ns();
	/* As a datagram that holds nothing else would be judged. */
	message = (struct short_message *)(scratch->question.header + sizeof(scratch->question.header) - DNS_HEADER_LEN);
	message->octets[4] = 0;
	message->octets[5] = 1;
	if (what->len > SHORT_LEN - DNS_HEADER_LEN || !decide_short(message, DNS_HEADER_LEN + what->len, &asker, &verdict, now_ns))
		decide(scratch, &asker, &verdict, now_ns);
	release_scratch(scratch);
	what->verdict = verdict;
	return 0;
}
