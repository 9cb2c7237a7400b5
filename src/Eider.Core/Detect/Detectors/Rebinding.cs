// Private addresses for public names: how a page in a browser, or a client that checks only once, is led into the network it runs in.

using System.Numerics;
using System.Runtime.CompilerServices;
using Eider.Core.Decode;

namespace Eider.Core.Detect.Detectors;

internal readonly record struct PartyKey(IpAddress Server, ulong Other)
{
    public override int GetHashCode() => HashCode.Combine(Server.Value, Other);
}

/// <summary>Private answers of one resolver: for one domain, or with one address. Distinct values are counted as bits.</summary>
internal struct PrivateTally
{
    public ulong Names;
    public ulong Clients;
    public long FirstNs;
}

internal sealed class Rebinding(NameBaselines baselines, AlertDesk desk, LocalNames local, ulong seed) : IDetector
{
    private const long Second = 1_000_000_000;

    // A zone is internal without being configured as such when this resolver has answered private addresses for several names of it to several
    // clients over a time that no attacker's page stays open. It is told until then.
    public const int InternalNames = 3;
    public const int InternalClients = 3;
    public const long InternalAfterNs = 3600 * Second;

    /// <summary>Domains that one resolver answers with one private address before that address is where it sends blocked names. Nobody rebinds five
    /// domains to one host; each is told until then.</summary>
    public const int SinkholeDomains = 5;

    private readonly BoundedTable<PartyKey, PrivateTally> zones = new(DetectOptions.PartyLimit);
    private readonly BoundedTable<PartyKey, PrivateTally> sinkholes = new(DetectOptions.PartyLimit);

    public IReadOnlyList<DetectionKind> Finds => [Detections.Rebinding];

    public long Bytes => zones.Bytes + sinkholes.Bytes;

    public long Shed => zones.Shed + sinkholes.Shed;

    public void Examine(Sighting sighting)
    {
        if (!sighting.IsBelievable || !desk.IsOn(Detections.Rebinding))
        {
            return;
        }

        var (kind, found, isMixed) = FindPrivate(sighting.View);
        if (kind is not null && sighting.Event.Name is { } name && !local.Contains(name) && !IsBlockList(name, found.Address))
        {
            Judge(sighting, kind, found, isMixed);
        }
    }

    private void Judge(Sighting sighting, string kind, in SeenAddress found, bool isMixed)
    {
        ref var baseline = ref baselines.Find(new(sighting.Event.Server.Address, sighting.View.Name, sighting.Question.Type));
        var wasPublic = !Unsafe.IsNullRef(ref baseline) && baseline.SawPublic;
        if (!wasPublic && IsUsual(sighting, found.Address))
        {
            return;
        }

        var isSure = wasPublic || isMixed;
        desk.Draft(Detections.Rebinding, sighting, isSure ? AlertSeverity.High : AlertSeverity.Medium)
            ?.With("address", found.Address.ToString())
            .With("address_kind", kind)
            .With("ttl", sighting.View.Records[found.Record].Ttl)
            .With("answered", sighting.View.AddressText())
            .With("before", wasPublic ? "public addresses from this resolver" : "nothing public seen from this resolver")
            .With("domain", sighting.DomainText().ToString())
            .With("where_this_is_right", "name the zone as internal, or mute it")
            .Send(isSure ? 85 : 50, wasPublic
                ? $"{sighting.Event.Name} had public addresses and now has a {kind} one"
                : isMixed ? $"{sighting.Event.Name} has public addresses and a {kind} one" : $"the public name {sighting.Event.Name} has a {kind} address");
    }

    /// <summary>The first local address that answers the question, its kind, and whether there are public ones beside it.</summary>
    private static (string? Kind, SeenAddress Found, bool IsMixed) FindPrivate(AnswerView view)
    {
        (string? kind, var found, var isPublic) = (null, default(SeenAddress), false);
        foreach (var seen in view.Addresses)
        {
            if (view.Records[seen.Record].IsAsked)
            {
                var kindOfThis = SpecialAddresses.KindOf(seen.Address);
                isPublic |= kindOfThis is null;
                (kind, found) = kind is null && kindOfThis is not null ? (kindOfThis, seen) : (kind, found);
            }
        }

        return (kind, found, isPublic);
    }

    /// <summary>Lists of bad mail senders are asked with the address backwards in front and answer with codes in 127.0.0.0/16 (RFC 5782 2.1).</summary>
    private static bool IsBlockList(string name, IpAddress address)
    {
        if (!address.IsV4 || (uint)address.Value >> 16 != (127u << 8) || (uint)address.Value == 0x7f00_0001)
        {
            return false;
        }

        var (numbers, nibbles) = (0, 0);
        foreach (var range in name.AsSpan().Split('.'))
        {
            var label = name.AsSpan()[range];
            if (numbers < 4 && nibbles == numbers && byte.TryParse(label, System.Globalization.NumberStyles.None, null, out _))
            {
                (numbers, nibbles) = (numbers + 1, nibbles + 1);
                if (numbers == 4)
                {
                    return true;
                }
            }
            else if (label.Length == 1 && char.IsAsciiHexDigit(label[0]))
            {
                nibbles++;
            }
            else
            {
                break;
            }
        }

        return nibbles == 32;
    }

    private bool IsUsual(Sighting sighting, IpAddress address)
    {
        var server = sighting.Event.Server.Address;
        ref var zone = ref zones.Touch(new(server, sighting.Domain), out var isNew);
        zone.FirstNs = isNew ? sighting.NowNs : zone.FirstNs;
        zone.Names |= 1UL << (int)(sighting.View.Name >> 58);
        zone.Clients |= 1UL << (int)(NameText.Hash(sighting.Event.Client.Address.ToString(), seed) >> 58);
        var isInternal = BitOperations.PopCount(zone.Names) >= InternalNames && BitOperations.PopCount(zone.Clients) >= InternalClients
            && sighting.NowNs - zone.FirstNs >= InternalAfterNs;

        ref var sinkhole = ref sinkholes.Touch(new(server, (ulong)address.Value ^ (ulong)(address.Value >> 64)), out _);
        sinkhole.Names |= 1UL << (int)(sighting.Domain >> 58);
        return isInternal || BitOperations.PopCount(sinkhole.Names) >= SinkholeDomains;
    }
}
