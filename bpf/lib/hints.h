/* SPDX-License-Identifier: (Apache-2.0 OR GPL-2.0-only) */
/* Addresses of an answer that lead nowhere public: in A and AAAA records, and as hints in SVCB and HTTPS records (RFC 9460). */
#ifndef EIDER_HINTS_H
#define EIDER_HINTS_H

#include "lib/reading.h"

/* Service parameters (RFC 9460 14.3.2). */
#define KEY_IPV4HINT 4
#define KEY_IPV6HINT 6
#define PARAMETER_HEAD_LEN 4 /* key and length */

static __always_inline bool is_private_v4(const __u8 *address)
{
	return address[0] == 10 || address[0] == 127 || address[0] == 0 || (address[0] == 100 && (address[1] & 0xc0) == 64) ||
	       (address[0] == 169 && address[1] == 254) || (address[0] == 172 && (address[1] & 0xf0) == 16) ||
	       (address[0] == 192 && address[1] == 168);
}

/* src/Eider.Core/Detect/SpecialAddresses.cs says the same; here the unspecified address is among them, which leads to the host itself. */
static __always_inline bool is_private_v6(const __u8 *address)
{
	__u64 high, low;

	__builtin_memcpy(&high, address, 8);
	__builtin_memcpy(&low, address + 8, 8);
	if (high == 0) {
		__u32 mapped;

		__builtin_memcpy(&mapped, address + 8, 4);
		if (mapped == bpf_htonl(0xffff))
			return is_private_v4(address + 12);
		return mapped == 0 && (low == 0 || low == bpf_cpu_to_be64(1));
	}
	if (high == bpf_cpu_to_be64(0x0064ff9b00000000ULL)) /* RFC 6052 2.1: where a translator will go */
		return is_private_v4(address + 12);
	return (address[0] & 0xfe) == 0xfc || (address[0] == 0xfe && address[1] & 0x80);
}

/* One turn: an address of a list of hints. */
static long read_hint(__u32 index, void *context)
{
	struct reading *reading = *(struct reading **)context;
	const __u8 *address = reading->octets + (reading->hint & ANSWER_MASK);

	if (reading->hint >= reading->hints_end)
		return 1;
	reading->hint += reading->hint_len;
	if (reading->hint > reading->hints_end) {
		reading->malformed = 1;
		return 1;
	}
	reading->is_private |= reading->hint_len == 4 ? is_private_v4(address) : is_private_v6(address);
	return reading->is_private != 0;
}

/* One turn: a service parameter. */
static long read_parameter(__u32 index, void *context)
{
	struct reading *reading = *(struct reading **)context;
	__u32 at = reading->at & ANSWER_MASK, key, len;

	if (reading->at == reading->end)
		return 1;
	key = reading->octets[at] << 8 | reading->octets[at + 1];
	len = reading->octets[at + 2] << 8 | reading->octets[at + 3];
	reading->at += PARAMETER_HEAD_LEN + len;
	if (reading->at > reading->end) {
		reading->malformed = 1;
		return 1;
	}
	if (key != KEY_IPV4HINT && key != KEY_IPV6HINT)
		return 0;
	reading->hint = at + PARAMETER_HEAD_LEN;
	reading->hints_end = reading->hint + len;
	reading->hint_len = key == KEY_IPV4HINT ? 4 : 16;
	bpf_loop(ANSWER_LEN / 4, read_hint, &reading, 0);
	return reading->malformed != 0;
}

/* The hints of a record whose data begins with a priority and the target's name. */
static __always_inline void read_hints(struct reading *reading, __u32 at, __u32 end)
{
	reading->at = at + 2;
	reading->end = end;
	skip_name(reading);
	if (!reading->malformed)
		bpf_loop(ANSWER_LEN / PARAMETER_HEAD_LEN, read_parameter, &reading, 0);
	if (reading->at != end)
		reading->malformed = 1;
}

#endif
