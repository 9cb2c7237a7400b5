// The reader of a BPF ring buffer, on the two memory areas the kernel shares: Documentation/bpf/ringbuf.rst in the kernel's tree.

using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Eider.Bpf.Native;

namespace Eider.Bpf;

/// <summary>Takes one record. The span is the ring's own memory and is valid only during the call.</summary>
public delegate void RingRecord<TState>(ReadOnlySpan<byte> record, ref TState state)
    where TState : allows ref struct;

/// <summary>
/// Reads a ring buffer map without allocating or copying. <see cref="Drain"/> takes what is there, <see cref="Wait"/> sleeps until there is something.
/// One reader at a time: draining from two threads at once is refused. <see cref="Wake"/>, <see cref="AvailableBytes"/> and <see cref="Size"/> are for any thread.
/// Needs kernel 5.8. Dispose before or after the map, but not while a thread drains or waits.
/// </summary>
public sealed unsafe partial class RingBuffer : IDisposable
{
    private const uint BusyBit = 1u << 31;
    private const uint DiscardBit = 1u << 30;
    private const int HeaderSize = 8;

    /// <summary>Octets of the ring's beginning that are mapped behind its end as well, so that a record that wraps round is still one span. A whole second time
    /// would count as resident memory twice, so that is done only for a program that sends longer records.</summary>
    private const int Tail = 64 * 1024;

    // Frees room for the kernel while a long drain is under way.
    private const int PublishEvery = 64;

    private readonly string name;
    private readonly Handle ring;
    private readonly Handle wake;
    private readonly ulong mask;
    private readonly nuint pageSize = (nuint)Environment.SystemPageSize;
    private ulong* consumerPosition;
    private ulong* producerPosition;
    private byte* data;
    private byte* twice; // where the data is mapped twice; null until a record was longer than the tail
    private int reading;

    /// <exception cref="BpfMismatchException">The map is not a ring buffer.</exception>
    /// <exception cref="BpfPhaseException">The map's object is not loaded.</exception>
    /// <exception cref="BpfException">The ring cannot be mapped.</exception>
    public RingBuffer(BpfMap map)
    {
        MapShape.ExpectType(map, MapType.RingBuffer);
        name = map.Name;
        Size = (int)map.MaxEntries;
        mask = (ulong)Size - 1;
        ring = Handle.Duplicate(map.Fd, name);
        wake = new Handle(Libc.eventfd(0, Libc.EventNonBlocking | Libc.EventCloseOnExec), name);
        try
        {
            // The kernel maps the data twice in a row, as far as it is asked to.
            consumerPosition = (ulong*)Map(pageSize, Libc.ProtectionRead | Libc.ProtectionWrite, 0);
            producerPosition = (ulong*)Map(ProducerLength, Libc.ProtectionRead, (nint)pageSize);
            data = (byte*)producerPosition + pageSize;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Octets of the ring. A record takes its length plus 8, rounded up to 8.</summary>
    public int Size { get; }

    /// <summary>Octets that wait to be read, headers included; of a moment that is gone when this returns.</summary>
    public int AvailableBytes => (int)(Volatile.Read(ref *Producer) - Volatile.Read(ref *consumerPosition));

    /// <summary>For a poll loop of the caller's own: readable when there are records. Valid until disposal.</summary>
    public int Fd => ring.Fd;

    private nuint ProducerLength => pageSize + (nuint)Size + (nuint)Math.Min(Size, Tail);

    private nuint TwiceLength => pageSize + 2 * (nuint)Size;

    private ulong* Producer
    {
        get
        {
            ObjectDisposedException.ThrowIf(producerPosition is null, this);
            return producerPosition;
        }
    }

    /// <summary>Hands the records that are there to <paramref name="handler"/>, oldest first, and gives their room back. Stops at a record that a
    /// program has reserved and not yet submitted. When the handler throws, the record it threw on counts as read.</summary>
    /// <param name="state">Passed through, so that the handler can be a static lambda.</param>
    /// <param name="handler">Called on this thread.</param>
    /// <param name="max">At most so many records.</param>
    /// <returns>Records handed over.</returns>
    /// <exception cref="InvalidOperationException">Another thread is draining.</exception>
    public int Drain<TState>(ref TState state, RingRecord<TState> handler, int max = int.MaxValue)
        where TState : allows ref struct
    {
        var producer = Producer;
        if (Interlocked.Exchange(ref reading, 1) != 0)
        {
            throw new InvalidOperationException($"ring buffer {name} is being read by another thread");
        }

        var position = *consumerPosition;
        try
        {
            return Consume(ref position, producer, ref state, handler, max);
        }
        finally
        {
            Volatile.Write(ref *consumerPosition, position);
            Volatile.Write(ref reading, 0);
        }
    }

    /// <summary>Sleeps until there are records, <see cref="Wake"/> is called, or the time is over.</summary>
    /// <param name="timeout">Whole milliseconds; <see cref="Timeout.InfiniteTimeSpan"/> for no limit.</param>
    /// <returns>True when there are records.</returns>
    public bool Wait(TimeSpan timeout)
    {
        // The kernel wakes only for a record that finds everything before it consumed; poll looks itself before it sleeps, so none is missed.
        var fds = stackalloc PollFd[2];
        fds[0] = new PollFd { Fd = ring.Fd, Events = Libc.PollIn };
        fds[1] = new PollFd { Fd = wake.Fd, Events = Libc.PollIn };
        var ms = timeout == Timeout.InfiniteTimeSpan ? -1 : (int)Math.Clamp(timeout.TotalMilliseconds, 0, int.MaxValue);
        var ready = Libc.poll(fds, 2, ms);
        if (ready < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            return errno == Errno.Interrupted ? AvailableBytes > 0 : throw new BpfException("wait for ring buffer", name, errno);
        }

        if ((fds[1].Returned & Libc.PollIn) != 0)
        {
            ulong spent;
            _ = Libc.read(wake.Fd, (byte*)&spent, sizeof(ulong));
        }

        return (fds[0].Returned & Libc.PollIn) != 0;
    }

    /// <summary>Ends a <see cref="Wait"/> that is under way, or the next one. From any thread.</summary>
    public void Wake()
    {
        ulong one = 1;
        _ = Libc.write(wake.Fd, (byte*)&one, sizeof(ulong));
    }

    public void Dispose()
    {
        if (producerPosition is not null)
        {
            _ = Libc.munmap(producerPosition, ProducerLength);
        }

        if (twice is not null)
        {
            _ = Libc.munmap(twice, TwiceLength);
        }

        if (consumerPosition is not null)
        {
            _ = Libc.munmap(consumerPosition, pageSize);
        }

        producerPosition = null;
        consumerPosition = null;
        data = null;
        twice = null;
        ring.Dispose();
        wake.Dispose();
        edges?.Dispose();
    }

    private int Consume<TState>(ref ulong position, ulong* producer, ref TState state, RingRecord<TState> handler, int max)
        where TState : allows ref struct
    {
        var handed = 0;
        var untilPublish = PublishEvery;
        var end = Volatile.Read(ref *producer);
        while (handed < max && (position < end || position < (end = Refresh(position, producer))))
        {
            var record = data + (position & mask);
            var header = Volatile.Read(ref *(uint*)record);
            if ((header & BusyBit) != 0)
            {
                break;
            }

            var length = header & ~(BusyBit | DiscardBit);
            if (length + HeaderSize > Tail && twice is null)
            {
                MapTwice();
                record = data + (position & mask);
            }

            position += (length + HeaderSize + 7) & ~7u;
            if ((header & DiscardBit) == 0)
            {
                handed++;
                handler(new ReadOnlySpan<byte>(record + HeaderSize, (int)length), ref state);
            }

            if (--untilPublish == 0)
            {
                untilPublish = PublishEvery;
                Volatile.Write(ref *consumerPosition, position);
            }
        }

        return handed;
    }

    /// <summary>All that was known of is read: gives the room back first, with a full fence, so that a producer which sees the ring as not empty and
    /// therefore does not wake us is one whose record we see here.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong Refresh(ulong position, ulong* producer)
    {
        Volatile.Write(ref *consumerPosition, position);
        Interlocked.MemoryBarrier();
        return Volatile.Read(ref *producer);
    }

    /// <summary>The positions stay where they are, for whoever reads them on another thread.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MapTwice()
    {
        twice = (byte*)Map(TwiceLength, Libc.ProtectionRead, (nint)pageSize);
        data = twice + pageSize;
    }

    private void* Map(nuint length, int protection, nint offset)
    {
        var start = Libc.mmap(null, length, protection, Libc.MapShared, ring.Fd, offset);
        return (nint)start != -1 ? start : throw new BpfException("map ring buffer", name, Marshal.GetLastPInvokeError());
    }
}
