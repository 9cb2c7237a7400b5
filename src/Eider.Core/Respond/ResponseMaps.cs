// The kernel's table of responses. With the policy compiler's, the only writer of what enforces.

using System.Buffers.Binary;
using System.Text;
using Eider.Bpf;
using Eider.Core.Abi;
using Eider.Core.Policy;

namespace Eider.Core.Respond;

/// <summary>Not thread-safe.</summary>
internal sealed class ResponseMaps : IDisposable
{
    private readonly MappedArray<StateRecord> state;
    private readonly HashMap<ResponseKey, ResponseRecord> responses;
    private readonly NameKeys keys;

    /// <param name="map">Finds a map by its name in the kernel object. Maps stay the caller's to dispose.</param>
    /// <param name="secret">64 bits that nobody can guess, others each time.</param>
    /// <exception cref="BpfMismatchException">A map has another shape than this agent's.</exception>
    public ResponseMaps(Func<string, BpfMap> map, Func<ulong> secret)
    {
        responses = new HashMap<ResponseKey, ResponseRecord>(map("responses"));
        state = new MappedArray<StateRecord>(map("policy_state"));

        // What an earlier agent left is keyed by its secrets.
        ref var words = ref state[0].ResponseKeys;
        if (words[1] == 0)
        {
            var fresh = NameKeys.From(secret);
            (words[0], words[2]) = (fresh.Seed, fresh.Multiplier2);
            words[1] = fresh.Multiplier1;
        }

        keys = new NameKeys(words[0], words[1], words[2]);
    }

    /// <summary>Puts a response in force, or makes it last longer.</summary>
    /// <exception cref="BpfException">There is no room, or the kernel refused.</exception>
    public void Put(ActiveResponse response)
    {
        responses.Set(KeyOf(response.Target), RecordOf(response));
        ref var until = ref UntilNs(response.Target.Action);
        if (until < response.UntilNs)
        {
            Volatile.Write(ref until, response.UntilNs);
        }
    }

    /// <param name="left">Those that are in force still: when none is, queries are not looked at for any.</param>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public void Remove(ActiveResponse response, IEnumerable<ActiveResponse> left)
    {
        responses.Delete(KeyOf(response.Target));
        var action = response.Target.Action;
        Volatile.Write(ref UntilNs(action), left.Where(other => !other.IsDryRun && other.Target.Action == action).Select(other => other.UntilNs).DefaultIfEmpty().Max());
    }

    /// <summary>What an earlier agent has left in force. What cannot be read, and what is over, is removed.</summary>
    /// <exception cref="BpfException">The kernel refused.</exception>
    public IReadOnlyList<ActiveResponse> Adopt(ulong nowNs)
    {
        var left = new List<ActiveResponse>();
        foreach (var (key, record) in responses.Entries().ToArray())
        {
            if (record.UntilNs > nowNs && ResponseNote.TryRead(record, key.Workload, out var response) && KeyOf(response.Target) == key)
            {
                left.Add(response);
            }
            else
            {
                responses.Delete(key);
            }
        }

        return left;
    }

    public void Dispose() => state.Dispose();

    private ref ulong UntilNs(ResponseAction action) => ref action == ResponseAction.DenyName ? ref state[0].NamesUntilNs : ref state[0].QuarantinesUntilNs;

    private ResponseKey KeyOf(in ResponseTarget target) =>
        new(target.Action == ResponseAction.Quarantine ? 0 : NameHash.OfWire(Encoding.Latin1.GetBytes(target.Name), keys), target.Workload);

    private static ResponseRecord RecordOf(ActiveResponse response)
    {
        var record = new ResponseRecord { UntilNs = response.UntilNs, SinceNs = response.SinceNs, CgroupId = response.CgroupId };
        Encoding.Latin1.GetBytes(response.Target.Name, record.Name);
        ResponseNote.Write(response, record.Note);
        Span<byte> octets = stackalloc byte[16];
        if (response.Resolver?.V4 is { } v4)
        {
            BinaryPrimitives.WriteUInt128BigEndian(octets, v4.Address.Value);
            octets[12..].CopyTo(record.ServerV4);
            record.ServerV4Port = v4.Port;
        }

        if (response.Resolver?.V6 is { } v6)
        {
            BinaryPrimitives.WriteUInt128BigEndian(record.ServerV6, v6.Address.Value);
            record.ServerV6Port = v6.Port;
        }

        return record;
    }
}
