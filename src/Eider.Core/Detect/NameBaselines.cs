// What names usually answer, by resolver: learnt slowly, so that what comes and goes (rotation, fail-over, geography) is known before anything is
// called unusual.

using System.Runtime.CompilerServices;
using Eider.Core.Decode;

namespace Eider.Core.Detect;

internal readonly record struct BaselineKey(IpAddress Server, ulong Name, ushort Type)
{
    public override int GetHashCode() => (int)KeyedHash.Mix(KeyedHash.Mix(KeyedHash.Key ^ Name, Type), Server);
}

internal struct NameBaseline
{
    public const int PlaceLimit = 8;

    public PlaceArray Places;
    public long FirstNs;

    // A place that is not yet believed.
    public ulong NewPlace;
    public long NewSinceNs;
    public uint NewTtl;
    public int NewSlots;

    /// <summary>Longest lifetime seen, seconds.</summary>
    public uint MaxTtl;
    public int Observations;
    public int Slots;
    public int LastSlot;

    /// <summary><see cref="Slots"/> when the last place was added.</summary>
    public int SlotOfLastPlace;
    public byte PlaceCount;

    /// <summary>More places than are kept: nothing about it is usual.</summary>
    public bool Varies;
    public bool SawPublic;

    /// <summary>Enough is known to call a change unusual. See <see cref="NameBaselines"/> for the quorum.</summary>
    public readonly bool IsStable =>
        !Varies && PlaceCount > 0 && Observations >= NameBaselines.AnswersPerPlace * PlaceCount && Slots >= NameBaselines.StableSlots
        && Slots - SlotOfLastPlace >= NameBaselines.QuietSlots;

    public readonly bool Knows(ulong place)
    {
        for (var i = 0; i < PlaceCount; i++)
        {
            if (Places.At(i) == place)
            {
                return true;
            }
        }

        return false;
    }

    public readonly bool KnowsNetwork(ulong place)
    {
        for (var i = 0; i < PlaceCount; i++)
        {
            if (Places.At(i) >> 56 == place >> 56 && Detect.Places.NetworkOf(Places.At(i)) == Detect.Places.NetworkOf(place))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>By network: a neighbouring place is no news.</summary>
    public readonly bool KnowsAny(in AnswerDigest answer)
    {
        for (var i = 0; i < answer.PlaceCount; i++)
        {
            if (KnowsNetwork(answer.Places.At(i)))
            {
                return true;
            }
        }

        return false;
    }

    [InlineArray(PlaceLimit)]
    internal struct PlaceArray
    {
        private ulong first;

        public readonly ulong At(int index) => this[index];
    }
}

internal sealed class NameBaselines
{
    /// <summary>A slot is long against the lifetimes of most records, so that what is seen in several slots was looked up several times.</summary>
    public const long SlotNs = 15L * 60 * 1_000_000_000;

    /// <summary>Answers seen, for each place, before a name counts as known. Were there one more place that is answered as often as the others, it
    /// would have stayed unseen so long with a chance of less than 1 in 50,000, whatever their number.</summary>
    public const int AnswersPerPlace = 16;

    /// <summary>Slots with answers before a name counts as known: three quarters of an hour at least.</summary>
    public const int StableSlots = 4;

    /// <summary>Slots without a new place: a name that still shows new ones may show more.</summary>
    public const int QuietSlots = 3;

    /// <summary>Slots in which a new place must be seen to be believed. One forged answer with a long lifetime is seen in one resolver's cache for as
    /// long as that lasts, but then every answer is that; a change that alternates with the old place is not believed sooner for it.</summary>
    public const int NewPlaceSlots = 2;

    private readonly BoundedTable<BaselineKey, NameBaseline> names = new(DetectOptions.BaselineLimit);

    public int Count => names.Count;

    public long Shed => names.Shed;

    public long Bytes => names.Bytes;

    /// <summary>Null reference where nothing is known. Valid until the next call of <see cref="Learn"/>.</summary>
    public ref NameBaseline Find(in BaselineKey key) => ref names.Find(key);

    /// <summary>Takes an answer that nothing is wrong with.</summary>
    public void Learn(in BaselineKey key, Sighting sighting)
    {
        ref var name = ref names.Touch(key, out var isNew);
        var slot = (int)(sighting.NowNs / SlotNs);
        if (isNew)
        {
            name.FirstNs = sighting.NowNs;
        }

        if (isNew || slot != name.LastSlot)
        {
            (name.LastSlot, name.Slots) = (slot, name.Slots + 1);
            name.NewSlots += name.NewPlace != 0 ? 1 : 0;
        }

        name.Observations++;
        var wasStable = name.IsStable;
        foreach (ref var record in sighting.View.Records)
        {
            if (record.IsAsked && PlaceOf(record) is var place and not 0)
            {
                Learn(ref name, record, place, wasStable, sighting.NowNs);
            }
        }
    }

    /// <summary>Of an address its neighbourhood, of a name server about who runs it; 0 for other records.</summary>
    public static ulong PlaceOf(in SeenRecord record) => record.Type switch
    {
        RecordType.A or RecordType.AAAA => Places.Of(record.Address),
        RecordType.NS => Places.OfNameServer(record.TargetDomain),
        _ => 0,
    };

    private static void Learn(ref NameBaseline name, in SeenRecord record, ulong place, bool wasStable, long nowNs)
    {
        name.SawPublic |= record.Type != RecordType.NS && SpecialAddresses.KindOf(record.Address) is null;
        if (name.Knows(place))
        {
            name.MaxTtl = Math.Max(name.MaxTtl, record.Ttl);
            return;
        }

        if (wasStable && (name.NewPlace != place || name.NewSlots < NewPlaceSlots))
        {
            if (name.NewPlace != place)
            {
                (name.NewPlace, name.NewSinceNs, name.NewTtl, name.NewSlots) = (place, nowNs, record.Ttl, 0);
            }

            return;
        }

        name.MaxTtl = Math.Max(name.MaxTtl, record.Ttl);
        name.NewPlace = 0;
        if (name.PlaceCount == NameBaseline.PlaceLimit)
        {
            name.Varies = true;
            return;
        }

        name.Places[name.PlaceCount++] = place;
        name.SlotOfLastPlace = name.Slots;
    }
}
