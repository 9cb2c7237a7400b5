// The user's own names, whose right answers are known: whatever else is answered is wrong.

using Eider.Core.Decode;
using NamePattern = Eider.Core.Policy.NamePattern;

namespace Eider.Core.Detect.Detectors;

internal sealed class ProtectedNames : IDetector
{
    private readonly AlertDesk desk;
    private readonly Dictionary<string, ProtectedName>.AlternateLookup<ReadOnlySpan<char>> exact;
    private readonly Dictionary<string, ProtectedName>.AlternateLookup<ReadOnlySpan<char>> below;
    private readonly bool isEmpty;

    // One bit for each length, modulo 64, that an entry has: most names are told apart without being hashed.
    private readonly ulong exactLengths;
    private readonly ulong belowLengths;

    public ProtectedNames(IReadOnlyList<ProtectedName> names, AlertDesk desk)
    {
        this.desk = desk;
        isEmpty = names.Count == 0;
        exact = Index(names.Where(name => !name.Name.Suffix));
        below = Index(names.Where(name => name.Name.Suffix));
        exactLengths = Lengths(names.Where(name => !name.Name.Suffix));
        belowLengths = Lengths(names.Where(name => name.Name.Suffix));
    }

    public IReadOnlyList<DetectionKind> Finds => [Detections.Protected];

    public bool Covers(ReadOnlySpan<char> name) => !isEmpty && Find(name) is not null;

    public void Examine(Sighting sighting)
    {
        if (isEmpty || !sighting.IsBelievable || sighting.Event.Name is not { } name || Find(name) is not { } expected)
        {
            return;
        }

        if (Deviation(sighting, expected) is { } deviation)
        {
            desk.Draft(Detections.Protected, sighting, AlertSeverity.Critical)
                ?.With("deviation", deviation)
                .With("answered", sighting.View.AddressText())
                .With("expected_addresses", expected.Addresses.Count == 0 ? null : string.Join(", ", expected.Addresses))
                .With("expected_targets", expected.Targets.Count == 0 ? null : string.Join(", ", expected.Targets))
                .With("protected_by", expected.Name.ToString())
                .With("server", sighting.Event.Server)
                .Send(95, $"the protected name {name} was answered with {deviation}");
        }
    }

    /// <summary>The most specific entry, exact before wildcard.</summary>
    private ProtectedName? Find(ReadOnlySpan<char> name)
    {
        ProtectedName? found = null;
        if (Has(exactLengths, name.Length) && exact.TryGetValue(name, out found))
        {
            return found;
        }

        for (var dot = name.IndexOf('.'); dot >= 0; dot = name.IndexOf('.'))
        {
            name = name[(dot + 1)..];
            if (Has(belowLengths, name.Length) && below.TryGetValue(name, out found))
            {
                return found;
            }
        }

        return null;
    }

    private static bool Has(ulong lengths, int length) => (lengths >> (length & 63) & 1) != 0;

    private static ulong Lengths(IEnumerable<ProtectedName> names) => names.Aggregate(0ul, static (lengths, name) => lengths | 1ul << (name.Name.Name.Length & 63));

    private static string? Deviation(Sighting sighting, ProtectedName expected)
    {
        var view = sighting.View;
        if (view.Header.Rcode == Rcode.NxDomain)
        {
            return "NXDOMAIN";
        }

        foreach (var seen in view.Addresses)
        {
            if (view.Records[seen.Record].IsAsked && expected.Addresses.Count > 0 && !Contains(expected, seen.Address))
            {
                return seen.Address.ToString();
            }
        }

        return Array.Exists(view.Records.ToArray(), record => record.IsAsked && record.Type == RecordType.CNAME) ? WrongTarget(sighting, expected) : null;
    }

    /// <summary>Aliases are read again as text: patterns are text, and this is rare.</summary>
    private static string? WrongTarget(Sighting sighting, ProtectedName expected)
    {
        foreach (var record in AnswerRecord.ReadAll(sighting.Event.Message.Span))
        {
            if (record.Type == RecordType.CNAME && !expected.Targets.Any(target => Matches(target, record.Data)))
            {
                return $"an alias of {record.Data}";
            }
        }

        return null;
    }

    private static bool Contains(ProtectedName expected, IpAddress address)
    {
        foreach (var prefix in expected.Addresses)
        {
            if (prefix.Contains(address))
            {
                return true;
            }
        }

        return false;
    }

    private static bool Matches(NamePattern pattern, string name) =>
        pattern.Suffix ? name.Length > pattern.Name.Length && NameText.IsWithin(name, pattern.Name) : name.Equals(pattern.Name, StringComparison.OrdinalIgnoreCase);

    private static Dictionary<string, ProtectedName>.AlternateLookup<ReadOnlySpan<char>> Index(IEnumerable<ProtectedName> names)
    {
        var index = new Dictionary<string, ProtectedName>(StringComparer.OrdinalIgnoreCase);
        foreach (var name in names)
        {
            index.TryAdd(name.Name.Name, name);
        }

        return index.GetAlternateLookup<ReadOnlySpan<char>>();
    }
}
