// Names that leave where they have always been. Most that do so have only moved: what is told needs more than a move.

using System.Runtime.CompilerServices;

namespace Eider.Core.Detect.Detectors;

/// <summary>Names that moved to one place lately.</summary>
internal struct MoveTally
{
    public const int Kept = 4;

    public long SinceNs;
    public int Names;
    public KeptValues Domains;
    public KeptValues OldNetworks;

    [InlineArray(Kept)]
    internal struct KeptValues
    {
        private ulong first;
    }
}

/// <summary>Two things that a move, a fail-over or a rotation does not do: unrelated names of different networks go to one network at the same time (a resolver
/// or its upstream is hijacked); and a long-lived new address is gone again while it should still be in the resolver's cache (it never was: the answer was
/// forged on its way).</summary>
internal sealed class Takeovers(NameBaselines baselines, AlertDesk desk) : IDetector
{
    private const long Second = 1_000_000_000;

    public const long WindowNs = 600 * Second;

    /// <summary>Names of different owners and networks. Two may share a hoster that failed over.</summary>
    public const int Names = 3;

    /// <summary>A forger's lifetime against the longest that was seen; that of a fail-over is the same or shorter.</summary>
    public const uint TtlGrowth = 4;

    /// <summary>Seconds. A shorter one gives no time to be contradicted in.</summary>
    public const uint LeastTtl = 3600;

    private readonly BoundedTable<PartyKey, MoveTally> moves = new(DetectOptions.PartyLimit);

    public IReadOnlyList<DetectionKind> Finds => [Detections.HijackedNames, Detections.HijackedAnswer];

    public long Bytes => moves.Bytes;

    public long Shed => moves.Shed;

    public void Examine(Sighting sighting)
    {
        if (sighting.Event.StandaloneReason is not (StandaloneReason.None or StandaloneReason.Late))
        {
            return;
        }

        ref var baseline = ref baselines.Find(new(sighting.Event.Server.Address, sighting.View.Name, sighting.Question.Type));
        if (Unsafe.IsNullRef(ref baseline) || !baseline.IsStable)
        {
            return;
        }

        var (known, moved) = Compare(sighting.View, baseline);
        if (known)
        {
            ExamineReturn(sighting, ref baseline);
        }
        else if (moved != 0)
        {
            ExamineMove(sighting, ref baseline, moved);
        }
    }

    /// <summary>Whether any place of the answer is of a known network, and its first place where none is; 0 without a place.</summary>
    private static (bool Known, ulong Moved) Compare(AnswerView view, in NameBaseline baseline)
    {
        var moved = 0UL;
        foreach (ref var record in view.Records)
        {
            if (record.IsAsked && NameBaselines.PlaceOf(record) is var place and not 0)
            {
                if (baseline.KnowsNetwork(place))
                {
                    return (true, 0);
                }

                moved = moved == 0 ? place : moved;
            }
        }

        return (false, moved);
    }

    private void ExamineMove(Sighting sighting, ref NameBaseline baseline, ulong place)
    {
        ref var move = ref moves.Touch(new(sighting.Event.Server.Address, place), out var isNew);
        if (isNew || sighting.NowNs - move.SinceNs > WindowNs)
        {
            move = new MoveTally { SinceNs = sighting.NowNs };
        }

        var oldNetwork = Places.NetworkOf(baseline.Places.At(0));
        for (var i = 0; i < move.Names; i++)
        {
            if (move.Domains[i] == sighting.Domain || move.OldNetworks[i] == oldNetwork)
            {
                return;
            }
        }

        if (move.Names < MoveTally.Kept)
        {
            (move.Domains[move.Names], move.OldNetworks[move.Names]) = (sighting.Domain, oldNetwork);
            move.Names++;
        }

        if (move.Names >= Names)
        {
            TellMove(sighting, baseline, move, place);
        }
    }

    private void TellMove(Sighting sighting, in NameBaseline baseline, in MoveTally move, ulong place) =>
        desk.Draft(Detections.HijackedNames, sighting, AlertSeverity.Critical)
            ?.With("server", sighting.Event.Server)
            .With("moved_to", Places.Text(place))
            .With("unrelated_names_at_least", move.Names)
            .With("seconds", (sighting.NowNs - move.SinceNs) / Second)
            .With("threshold", $"{Names} names of different domains and networks within {WindowNs / Second} s")
            .With("before", Places.Text(baseline.Places.At(0)))
            .With("answers_before", baseline.Observations)
            .With("known_for_seconds", (sighting.NowNs - baseline.FirstNs) / Second)
            .With("answered", sighting.View.AddressText())
            .Send(85, $"unrelated names all moved to {Places.Text(place)} at once: the resolver or what it asks is hijacked");

    private void ExamineReturn(Sighting sighting, ref NameBaseline baseline)
    {
        var since = sighting.NowNs - baseline.NewSinceNs;
        if (baseline.NewPlace == 0 || baseline.KnowsNetwork(baseline.NewPlace))
        {
            return;
        }

        var isLongLived = baseline.NewTtl >= LeastTtl && baseline.NewTtl / TtlGrowth >= baseline.MaxTtl;
        if (isLongLived && since > baseline.MaxTtl * Second && since < baseline.NewTtl * Second)
        {
            desk.Draft(Detections.HijackedAnswer, sighting, AlertSeverity.High)
                ?.With("server", sighting.Event.Server)
                .With("answered_then", Places.Text(baseline.NewPlace))
                .With("ttl_then", baseline.NewTtl)
                .With("seconds_since", since / Second)
                .With("answered_now", sighting.View.AddressText())
                .With("usual_ttl_at_most", baseline.MaxTtl)
                .With("answers_before", baseline.Observations)
                .Send(75, $"an earlier answer for {sighting.Event.Name} was not from this resolver: it should still be in its cache, and is not");
        }

        baseline.NewPlace = 0;
    }
}
