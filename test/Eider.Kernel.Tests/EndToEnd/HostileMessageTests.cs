// Messages that no honest program sends: each must become an event that names the fault, with the process that sent it.

using Eider.Lab;
using Xunit;

namespace Eider.Kernel.Tests.EndToEnd;

[Collection(WatchedLabCollection.Name)]
public sealed class HostileMessageTests(WatchedLab watched)
{
    private static readonly Dictionary<string, (byte[] Message, string Fault)> Queries = new()
    {
        ["nothing at all"] = ([], "0 octets"),
        ["a header cut short"] = ([1, 2, 3, 4, 5], "5 octets"),
        ["a pointer to itself"] = ([.. RawMessage.Header(questions: 1), 0xc0, 12, .. RawMessage.Question()], "pointer loop"),
        ["two pointers in a ring"] = ([.. RawMessage.Header(questions: 1), 1, (byte)'a', 0xc0, 12, .. RawMessage.Question()], "pointer loop"),
        ["a pointer forward"] = ([.. RawMessage.Header(questions: 1), 0xc0, 32, .. RawMessage.Question(), .. new byte[32]], "pointer forward"),
        ["a pointer into the header"] = ([.. RawMessage.Header(questions: 1), 0xc0, 2, .. RawMessage.Question()], "into the header"),
        ["a name of 128 labels"] = ([.. RawMessage.Header(questions: 1), .. RawMessage.Name(Labels(128)), .. RawMessage.Question()], "longer than 255"),
        ["a reserved label type"] = ([.. RawMessage.Header(questions: 1), 0x41, (byte)'a', 0, .. RawMessage.Question()], "reserved label type"),
        ["more questions than there are"] = ([.. RawMessage.Header(questions: 65535), .. RawMessage.Name("a"), .. RawMessage.Question()], "65535 questions"),
        ["more records than there are"] = ([.. RawMessage.Header(questions: 1, additionals: 9), .. RawMessage.Name("a"), .. RawMessage.Question()], "9 additional"),
        ["rdata that runs out of the message"] = ([.. RawMessage.Header(questions: 1, additionals: 1), .. RawMessage.Name("a"), .. RawMessage.Question(),
            0, 0, 16, 0, 1, 0, 0, 0, 0, 0xff, 0xff], "rdata length 65535"),
    };

    public static TheoryData<string> HostileQueries() => [.. Queries.Keys];

    [Theory]
    [MemberData(nameof(HostileQueries))]
    public void Hostile_query_over_udp_becomes_an_event_that_names_the_fault(string what)
    {
        using var client = new RawClient(watched.Pod("hostile"), RawClient.Transport.Udp, watched.Lab.ResolverV4);

        client.Send(Queries[what].Message);

        AssertFault(client, Queries[what].Fault);
    }

    [Theory]
    [MemberData(nameof(HostileQueries))]
    public void Hostile_query_over_tcp_becomes_an_event_that_names_the_fault(string what)
    {
        using var client = new RawClient(watched.Pod("hostile"), RawClient.Transport.Tcp, watched.Lab.ResolverV4);

        client.Send(RawMessage.OnTcp(Queries[what].Message));

        AssertFault(client, Queries[what].Fault);
    }

    [Fact]
    public void Hostile_answer_becomes_an_event_that_names_the_fault()
    {
        var server = watched.Pod("hostile-server");
        byte[] loop = [.. RawMessage.Header(flags: 0x8180, questions: 1, answers: 1)[2..], .. RawMessage.Name("loop"), .. RawMessage.Question(), 0xc0, 22];
        using var liar = new RawServer(server, loop);
        using var client = new RawClient(watched.Pod("hostile"), RawClient.Transport.Udp, server.V4);

        client.Send(RawMessage.Query("loop"));
        client.Receive();

        var seen = watched.Agent.WaitForEvent("the hostile answer",
            seen => seen is { Role: "client", Malformed: not null } && seen.Process?.Pid == client.Process.Pid);
        Assert.Contains("pointer loop", seen.Malformed!.What, StringComparison.Ordinal);
        Assert.Equal(22, seen.Malformed.Offset);
    }

    [Fact]
    public void Message_of_64_KiB_over_tcp_is_read_whole()
    {
        byte[] head = [.. RawMessage.Header(questions: 1, additionals: 2), .. RawMessage.Name("huge.lab.internal"), .. RawMessage.Question()];
        // An OPT record that fills the message, and a second record that is not there.
        var rdataLength = ushort.MaxValue - head.Length - 11;
        byte[] message = [.. head, 0, 0, 41, 4, 0, 0, 0, 0, 0, .. RawMessage.U16((ushort)rdataLength),
            .. RawMessage.U16(12), .. RawMessage.U16((ushort)(rdataLength - 4)), .. new byte[rdataLength - 4]];
        using var client = new RawClient(watched.Pod("hostile"), RawClient.Transport.Tcp, watched.Lab.ResolverV4);

        client.Send(RawMessage.OnTcp(message));

        var seen = AssertFault(client, "2 additional");
        Assert.Equal(65535, seen.Size);
        Assert.True(seen.IsFor("huge.lab.internal"));
        Assert.Equal(65535, seen.Malformed!.Offset);
    }

    [Fact]
    public void Message_in_segments_of_one_octet_is_put_together()
    {
        var name = $"dribble.{LabZone.Clients}";
        using var client = new RawClient(watched.Pod("hostile"), RawClient.Transport.Tcp, watched.Lab.ResolverV4);

        foreach (var octet in RawMessage.OnTcp(RawMessage.Query(name)))
        {
            client.Send([octet]);
        }

        client.Receive();
        var seen = watched.Agent.WaitForExchange(name);
        Assert.Equal("NOERROR", seen.Rcode);
        Assert.Equal(client.Process.Pid, seen.Process!.Pid);
    }

    [Fact]
    public void Messages_that_share_a_segment_are_told_apart()
    {
        string[] names = [$"first.{LabZone.Clients}", $"second.{LabZone.Clients}", $"third.{LabZone.Clients}"];
        using var client = new RawClient(watched.Pod("hostile"), RawClient.Transport.Tcp, watched.Lab.ResolverV4);

        client.Send([.. names.SelectMany((name, index) => RawMessage.OnTcp(RawMessage.Query(name, id: (ushort)index)))]);
        client.Receive();

        Assert.All(names, name => Assert.Equal(client.Process.Pid, watched.Agent.WaitForExchange(name).Process!.Pid));
    }

    [Fact]
    public void Name_of_127_labels_is_a_right_name()
    {
        using var client = new RawClient(watched.Pod("hostile"), RawClient.Transport.Udp, watched.Lab.ResolverV4);

        client.Send(RawMessage.Query(Labels(127)));
        client.Receive();

        var seen = watched.Agent.WaitForExchange(Labels(127));
        Assert.Equal("NXDOMAIN", seen.Rcode);
        Assert.Null(seen.Malformed);
    }

    [Fact]
    public void Name_of_control_characters_cannot_break_out_of_its_line()
    {
        using var client = new RawClient(watched.Pod("hostile"), RawClient.Transport.Udp, watched.Lab.ResolverV4);

        client.Send(RawMessage.Query("a\n{\"kind\":\"forged\"}\u001b[2J\0\u00ff.lab"));
        client.Receive();

        watched.Agent.WaitForExchange("""a\010{"kind":"forged"}\027[2J\000\255.lab""");
        Assert.Empty(watched.Agent.StrangeLines);
        Assert.Empty(watched.Agent.Events(seen => seen.Kind == "forged"));
    }

    private static string Labels(int count) => string.Join('.', Enumerable.Repeat("a", count));

    private SeenEvent AssertFault(RawClient client, string fault)
    {
        var seen = watched.Agent.WaitForEvent($"a malformed event: {fault}",
            seen => seen is { Role: "client", Malformed: not null } && seen.Process?.Pid == client.Process.Pid);
        Assert.Contains(fault, seen.Malformed!.What, StringComparison.Ordinal);
        Assert.Equal(watched.Pod("hostile").Uid, seen.Pod?.Uid);
        return seen;
    }
}
