// Many stub resolvers at once, which believe the first answer: attacks/crowd.py.

using System.Globalization;
using System.Net;
using System.Text.Json;

namespace Eider.Lab;

/// <summary>What came of their questions.</summary>
/// <param name="Lies">Questions whose first answer led to <see cref="Attacker.Lie"/>.</param>
/// <param name="Truths">Questions whose first answer did not.</param>
/// <param name="None">Questions without an answer.</param>
/// <param name="Resends">Questions sent again, after 1 s each.</param>
/// <param name="P50">Milliseconds until an answer, the median; null where there was none.</param>
public sealed record Crowd(long Asked, long Lies, long Truths, long None, long Resends, double? P50, double? P99, double Seconds)
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    /// <summary>Asks and returns when every question is answered or given up.</summary>
    /// <param name="servers">The second is asked where the first is silent.</param>
    /// <param name="words">First labels in turn, up to a hyphen: they say what server and forger make of a question.</param>
    /// <param name="rate">Questions a second.</param>
    public static Crowd Ask(Pod pod, IReadOnlyList<IPAddress> servers, string words, string domain, int count, int rate)
    {
        using var process = pod.Start("/usr/bin/python3", "-B", Attacker.ScriptPath("crowd.py"), string.Join(',', servers), words, domain,
            count.ToString(CultureInfo.InvariantCulture), rate.ToString(CultureInfo.InvariantCulture));
        var said = process.Wait(AgentProcess.Patience + TimeSpan.FromSeconds(2.0 * count / rate)).MustSucceed("crowd.py");
        return JsonSerializer.Deserialize<Crowd>(said.Output, SnakeCase) ?? throw new LabException("crowd.py said nothing");
    }
}
