// What a person needs to judge an alert, by detection: what `eider alerts explain` says beside the evidence. docs/detections.md has the whole of it.

using Eider.Core.Detect.Detectors;

namespace Eider.Core.Detect;

/// <summary>Sentences, with their full stops.</summary>
/// <param name="Matters">What an attacker would gain.</param>
/// <param name="Rule">When it is told, with every threshold.</param>
/// <param name="Harmless">What else looks like it.</param>
public sealed record DetectionGuide(string Matters, string Rule, string Harmless)
{
    private const long Second = 1_000_000_000;

    private static readonly Dictionary<string, DetectionGuide> Guides = new()
    {
        [Detections.Source.Id] = new(
            "Whoever can send the right id, port and question from elsewhere knows what was asked: it is on the path, or has guessed. A client whose socket is not connected believes it.",
            $"Told for the right id, port and question within {NearMisses.OpenNs / Second} s of the question, from an address or port that was not asked.",
            "A server with several addresses that answers from another one, or a translator that rewrites only one direction. Mute the source."),
        [Detections.WrongId.Id] = new(
            "A forger who cannot see the question has to guess its id and port, and misses most of the time. One miss is what a guess looks like.",
            $"Told for the right question within {NearMisses.OpenNs / Second} s of being asked, with another id or to another port. Not told within {SensorGaps.AfterNs / Second} s of lost events.",
            "A resolver that answers an earlier question again, or a translator that mixes up ports. One alone proves nothing."),
        [Detections.Guessing.Id] = new(
            "Somebody sends answers with one id or port after the other until one fits. When it does, the client or resolver believes a forged answer, and a resolver hands it to all of its clients.",
            $"Told at {NearMisses.GuessingMisses} misses for one client and registered domain within {NearMisses.WindowNs / Second} s, with at least {NearMisses.GuessingDistinct} different ids or ports.",
            "A broken translator or load balancer may produce a stream of them, always from the same server; look at whether it ever answers right."),
        [Detections.Question.Id] = new(
            "An answer that reached the right socket with the right id, to a question that was not asked: a client that does not compare the question takes it for its own.",
            $"Told when socket, server and id are those of a question within {NearMisses.OpenNs / Second} s, and the name or type is not.",
            "Servers with defects, and clients that use one id again at once."),
        [Detections.Spelling.Id] = new(
            "Resolvers mix upper and lower case into the question so that a forger must guess it too. An answer in other case did not come from somebody who saw the question.",
            $"Told for the first answer with the right id and port, from a server that has repeated {Spelling.Quorum} questions of mixed case and changed at most one in {Spelling.Quorum}.",
            "A server that was replaced by one that does not repeat the case."),
        [Detections.Unsolicited.Id] = new(
            "Answers to nothing that was asked are what reflected attacks and blind forgeries look like on arrival.",
            $"Told at {Strays.BurstStrays} such answers within {Strays.WindowNs / Second} s to a client that asks and is answered here. Not told within {SensorGaps.AfterNs / Second} s of lost events.",
            "Questions that left by another way than their answers come back."),
        [Detections.Fragments.Id] = new(
            "Port and id stand in the first fragment alone. Who has the server send an answer in pieces can put a piece of his own in place of the second, without knowing either.",
            $"Told for an answer of at most {Fragments.SmallAnswer} octets in fragments: with its headers it fits the smallest packet that every path of IPv6 carries whole.",
            "A way with an unusually small MTU, such as a tunnel inside a tunnel over IPv4. Mute the source."),
        [Detections.PortProbing.Id] = new(
            "Which port a question was asked from is half of what an off-path forger has to know. He finds it by sending to one port after the other and watching which one is silent.",
            $"Told at {PortProbing.ProbedPorts} different ports within {PortProbing.WindowNs / Second} s to which one server's port has sent something that is no DNS response. High where that server answers this client, medium otherwise.",
            "Nothing that is known sends such packets from port 53. A scanner of your own may; mute its address."),
        [Detections.IcmpProbing.Id] = new(
            "A host that gets an ICMP error about a question does something only if the question is open: it remembers a path, or fails a socket. That shows outside, so who sends errors with one port after the other learns from which port was asked.",
            $"Told at {IcmpProbing.QuotedPorts} different ports within {IcmpProbing.WindowNs / Second} s, when {IcmpProbing.UnaskedPercent} % of those looked at have asked nothing for {IcmpProbing.AskedNs / Second} s, and there are more than {IcmpProbing.ErrorsPerQuestion} errors for each question to that server. High where the claimed server answers this client, medium otherwise. Not told within {SensorGaps.AfterNs / Second} s of lost events.",
            "Errors about real questions do not count: those of a server that is down, a path that has changed, a router that redirects. Clients behind a translator on this node whose questions are not seen, and a router that does not hold its errors back."),
        [Detections.ForcedFragments.Id] = new(
            "A server that believes it sends long answers in pieces for ten minutes, and of those anybody can forge the second, knowing neither id nor port.",
            $"Told for one error that quotes an answer from here and tells an MTU below {IcmpErrors.LeastMtuV4} octets (IPv4) or {IcmpErrors.LeastMtuV6} (IPv6). Paths of today carry more; Linux itself takes no less than 552 and 1,280.",
            "A very old router that tells no MTU, or 0. Mute its address as the client's."),
        [Detections.Conflict.Id] = new(
            "A server that is asked once answers once. Of two answers that share nothing one was made by somebody else, and the client has believed the first.",
            "Told when a second answer to the same question shares no network (/16 of IPv4, /32 of IPv6) and no alias's domain with the first, where neither is a failure nor cut.",
            "A forwarder without a cache that gets one query twice from the network and asks a content network twice. Mute the server."),
        [Detections.Early.Id] = new(
            "Who sees the question on its way can answer it first, with everything in it right. Only how soon he answers, and from how far his packets come, gives him away.",
            "Told when an answer came in less than half the shortest round trip to its server of late, or with a hop limit that none of its answers had, and a different one came while it was held back. Needs holdOn in a policy.",
            "A server behind several others that answer differently, and a network that sends packets twice on ways of different length."),
        [Detections.Rebinding.Id] = new(
            "A name on the Internet that leads to an address inside lets a page in a browser, or any client that checks a name only once, reach hosts that the network is meant to keep it from.",
            $"Told for a local address of a public name, unless this resolver has answered local addresses for {Rebinding.InternalNames} names of the zone to {Rebinding.InternalClients} clients over {Rebinding.InternalAfterNs / Second / 60} minutes, or this address for {Rebinding.SinkholeDomains} unrelated domains.",
            "A zone of your own with internal addresses. Name it in detect.internalZones."),
        [Detections.Protected.Id] = new(
            "It is one of your own names, and it was answered with something that you have said it never has: whoever believed it talks to somebody else.",
            "Told at once for any address, alias or NXDOMAIN that detect.protectedNames does not expect. There is no threshold.",
            "You have moved the name and not changed the configuration."),
        [Detections.BadAddress.Id] = new(
            "The name leads to an address that somebody keeps on a list of bad ones; a connection to it is likely to follow.",
            "Told when an address in the answer lies in a range of a list of detect.addresses. There is no threshold.",
            "The list is wrong, or the address is shared with harmless names. Look at the list's reason, and mute the name."),
        [Detections.Ttl.Id] = new(
            "A forger wants a lie to last. No zone lets an address be kept for a year.",
            $"Told above {Lifetimes.Absurd / 86_400} days, or above {Lifetimes.ResolverCap / 86_400} days where the name is known and that is more than {Lifetimes.Growth} times what it has ever had.",
            "A zone with a mistake in its lifetimes."),
        [Detections.Bailiwick.Id] = new(
            "Records for other names that come along with an answer are how a resolver that takes them is poisoned for names that nobody asked for.",
            "Told for records that neither the question nor its chain of aliases leads to. There is no threshold.",
            "Old servers that add what they happen to know. Resolvers of today do not take it. Mute the source."),
        [Detections.Disagreement.Id] = new(
            "Whoever has taken over a resolver, its cache or the way to it answers all of its clients, and each answer fits its question. Only somebody else who is asked says otherwise.",
            $"Told when both resolvers agreed {Disagreements.Quorum} times in a row, then differed {Disagreements.Differences} times while the second went on saying the same, the last time a whole lifetime after its cache had to ask again (high; low where there is no answer any more). Told as medium where they never agreed, for {Disagreements.SteadyTtl} s at least and the longest lifetime, neither has an alias, and the second always says the same. Needs detect.crossCheck.",
            "A name that answers by region and has only begun to, a resolver that has begun to block it, and a name with one answer inside and another outside: name your zones in detect.internalZones."),
        [Detections.HijackedNames.Id] = new(
            "Names that have nothing to do with each other do not move to one network at once. When they do, somebody answers for all of them.",
            $"Told when {Takeovers.Names} known names of different registered domains and networks move to one new network within {Takeovers.WindowNs / Second / 60} minutes, from one resolver.",
            "The resolver has begun to send blocked names to a page of its own."),
        [Detections.HijackedAnswer.Id] = new(
            "The resolver has an answer that should still be in its cache, and does not give it: that answer did not come from it.",
            $"Told when a known name had a new address with a lifetime of at least {Takeovers.LeastTtl} s and {Takeovers.TtlGrowth} times the longest known, and the old one is back before that lifetime is over.",
            "An operator has taken back a change that went out with a longer lifetime, and the resolver has several caches."),
    };

    /// <summary>Null for a detection that is not known, such as that of an alert that a newer agent has recorded.</summary>
    public static DetectionGuide? Of(string detection) => Guides.GetValueOrDefault(detection);
}
