// The ring reader, against records that the kernel wrote.

using System.Buffers.Binary;
using Eider.Bpf;
using Eider.Lab;

namespace Eider.Kernel.Tests.Bpf;

public sealed class RingBufferTests
{
    private static readonly byte[] Frame = new byte[64];

    private struct Tally
    {
        public ulong Next;
        public int Wrong;
    }

    [KernelFact]
    public void Records_of_every_length_arrive_whole_and_in_order_over_many_turns_of_the_ring()
    {
        using var loaded = Load();
        using var ring = new RingBuffer(loaded.Map("ring"));
        var tally = default(Tally);

        for (var turn = 0; turn < 100; turn++)
        {
            loaded.Program("send_numbered").TestRun(Frame, repeat: 100);
            Assert.Equal(100, ring.Drain(ref tally, Check));
        }

        Assert.Equal(10_000ul, tally.Next);
        Assert.Equal(0, tally.Wrong);
        Assert.Equal(0ul, loaded.GetGlobal<ulong>("lost"));
    }

    [KernelFact]
    public void Records_larger_than_the_mapped_tail_arrive_whole_across_the_ring_s_end()
    {
        using var loaded = Load();
        using var ring = new RingBuffer(loaded.Map("large_ring"));
        var ends = new List<ulong>();

        for (var turn = 0; turn < 20; turn++)
        {
            loaded.Program("send_large").TestRun(Frame);
            ring.Drain(ref ends, static (record, ref ends) => ends.AddRange([BinaryPrimitives.ReadUInt64LittleEndian(record), BinaryPrimitives.ReadUInt64LittleEndian(record[^8..])]));
        }

        Assert.Equal(Enumerable.Range(0, 20).SelectMany(number => (ulong[])[(ulong)number, (ulong)number]), ends);
    }

    [KernelFact]
    public void Full_ring_loses_new_records_and_goes_on_when_drained()
    {
        using var loaded = Load();
        using var ring = new RingBuffer(loaded.Map("ring"));
        var tally = default(Tally);

        loaded.Program("send_numbered").TestRun(Frame, repeat: 1000);
        var (sent, lost) = (loaded.GetGlobal<ulong>("sent"), loaded.GetGlobal<ulong>("lost"));

        Assert.Equal(1000ul, sent + lost);
        Assert.True(lost > 0);
        Assert.InRange(ring.AvailableBytes, ring.Size - 128, ring.Size);
        Assert.Equal((int)sent, ring.Drain(ref tally, static (_, ref _) => { }));
        Assert.Equal(0, ring.AvailableBytes);
        loaded.Program("send_numbered").TestRun(Frame);
        Assert.Equal(1, ring.Drain(ref tally, static (_, ref _) => { }));
    }

    [KernelFact]
    public void Discarded_records_are_passed_over()
    {
        using var loaded = Load();
        using var ring = new RingBuffer(loaded.Map("ring"));
        loaded.Program("send_or_discard").TestRun(Frame, repeat: 9);
        var numbers = new List<ulong>();

        ring.Drain(ref numbers, static (record, ref numbers) => numbers.Add(BinaryPrimitives.ReadUInt64LittleEndian(record)));

        Assert.Equal([1, 2, 4, 5, 7, 8], numbers);
        Assert.Equal(0, ring.AvailableBytes);
    }

    [KernelFact]
    public void Drain_stops_at_its_limit_and_resumes_there()
    {
        using var loaded = Load();
        using var ring = new RingBuffer(loaded.Map("ring"));
        loaded.Program("send_numbered").TestRun(Frame, repeat: 10);
        var tally = default(Tally);

        Assert.Equal(3, ring.Drain(ref tally, Check, max: 3));
        Assert.Equal(7, ring.Drain(ref tally, Check, max: 30));
        Assert.Equal(0, ring.Drain(ref tally, Check));
        Assert.Equal((10ul, 0), (tally.Next, tally.Wrong));
    }

    [KernelFact]
    public void Drain_allocates_nothing()
    {
        using var loaded = Load();
        using var ring = new RingBuffer(loaded.Map("ring"));
        var tally = default(Tally);
        RingRecord<Tally> check = Check;
        var drained = 0;
        loaded.Program("send_numbered").TestRun(Frame, repeat: 200);

        Assert.Equal(0, Allocated.Least(() =>
        {
            drained += ring.Drain(ref tally, check, max: 20);
            ring.Wait(TimeSpan.Zero);
        }));
        Assert.Equal(200, drained);
    }

    [KernelFact]
    public void Handler_that_throws_loses_its_own_record_only()
    {
        using var loaded = Load();
        using var ring = new RingBuffer(loaded.Map("ring"));
        loaded.Program("send_numbered").TestRun(Frame, repeat: 3);
        var tally = default(Tally);

        Assert.Throws<FormatException>(() => ring.Drain(ref tally, static (_, ref _) => throw new FormatException()));

        tally.Next = 1;
        Assert.Equal(2, ring.Drain(ref tally, Check));
        Assert.Equal(0, tally.Wrong);
    }

    [KernelFact]
    public void Drain_inside_a_drain_is_refused()
    {
        using var loaded = Load();
        using var ring = new RingBuffer(loaded.Map("ring"));
        loaded.Program("send_numbered").TestRun(Frame);
        var inner = ring;

        Assert.Throws<InvalidOperationException>(() => ring.Drain(ref inner, static (_, ref inner) => inner.Drain(ref inner, static (_, ref _) => { })));
    }

    [KernelFact]
    public void Wait_ends_with_a_record_a_wake_or_the_time()
    {
        using var loaded = Load();
        using var ring = new RingBuffer(loaded.Map("ring"));

        Assert.False(ring.Wait(TimeSpan.Zero));
        ring.Wake();
        Assert.False(ring.Wait(Timeout.InfiniteTimeSpan));
        Assert.False(ring.Wait(TimeSpan.Zero));
        loaded.Program("send_numbered").TestRun(Frame);
        Assert.True(ring.Wait(Timeout.InfiniteTimeSpan));
    }

    [KernelFact]
    public void Reader_that_sleeps_between_records_misses_no_wake_up()
    {
        using var loaded = Load();
        using var ring = new RingBuffer(loaded.Map("ring"));
        const int Records = 20_000;
        var program = loaded.Program("send_numbered");
        var writer = new Thread(() =>
        {
            while (loaded.GetGlobal<ulong>("sent") < Records)
            {
                program.TestRun(Frame);
            }
        });
        writer.Start();
        var tally = default(Tally);

        for (var seen = 0; seen < Records;)
        {
            ring.Wait(Timeout.InfiniteTimeSpan);
            seen += ring.Drain(ref tally, static (_, ref _) => { }, max: 3);
        }

        writer.Join();
        Assert.Equal(0, ring.AvailableBytes);
    }

    [KernelFact]
    public async Task Stream_gives_copies_in_order_and_ends_when_cancelled()
    {
        using var loaded = Load();
        using var ring = new RingBuffer(loaded.Map("ring"));
        using var stop = new CancellationTokenSource();
        loaded.Program("send_numbered").TestRun(Frame, repeat: 100);
        var kept = new List<ReadOnlyMemory<byte>>();

        await foreach (var record in ring.ReadAllAsync(stop.Token))
        {
            kept.Add(record);
            if (kept.Count == 100)
            {
                loaded.Program("send_numbered").TestRun(Frame, repeat: 100);
            }
            else if (kept.Count == 200)
            {
                await stop.CancelAsync();
            }
        }

        Assert.Equal(Enumerable.Range(0, 200).Select(n => (ulong)n), kept.Select(record => BinaryPrimitives.ReadUInt64LittleEndian(record.Span)));
    }

    [KernelFact]
    public void Disposed_ring_refuses_to_read()
    {
        using var loaded = Load();
        var ring = new RingBuffer(loaded.Map("ring"));
        ring.Dispose();
        ring.Dispose();
        var none = 0;

        Assert.Throws<ObjectDisposedException>(() => ring.Drain(ref none, static (_, ref _) => { }));
        Assert.Throws<ObjectDisposedException>(() => ring.Wait(TimeSpan.Zero));
        Assert.Throws<ObjectDisposedException>(() => ring.AvailableBytes);
    }

    /// <summary>Record n holds n in 8 octets, then n % 97 octets of n % 251.</summary>
    private static void Check(ReadOnlySpan<byte> record, ref Tally tally)
    {
        var n = BinaryPrimitives.ReadUInt64LittleEndian(record);
        var right = n == tally.Next && record.Length == 8 + (int)(n % 97) && record[8..].IndexOfAnyExcept((byte)(n % 251)) < 0;
        tally.Wrong += right ? 0 : 1;
        tally.Next = n + 1;
    }

    private static BpfObject Load()
    {
        var loaded = TestObjects.Open("rings");
        loaded.Load();
        return loaded;
    }
}
