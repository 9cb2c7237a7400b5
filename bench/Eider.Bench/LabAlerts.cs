// What an agent has told of a pod, read from its history.

using Eider.Lab;

namespace Eider.Bench;

internal static class LabAlerts
{
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(5);

    /// <summary>Of this pod alone: others on the machine may be up to something.</summary>
    public static IReadOnlyList<SeenAlert> Of(string agent, string config, Pod pod) =>
    [
        .. Command.Run(agent, ["alerts", "-o", "json", "--last", "5000", "--pod", pod.Uid, "--config", config]).MustSucceed("eider alerts").Output
            .Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => SeenAlert.Of(SeenEvent.Parse(line))).OfType<SeenAlert>(),
    ];

    /// <summary>The same as soon as there is one, or when none has come for long enough: history is written a moment after the event.</summary>
    public static IReadOnlyList<SeenAlert> Await(string agent, string config, Pod pod, Func<SeenAlert, bool> match)
    {
        var until = DateTime.UtcNow + Settling;
        while (true)
        {
            IReadOnlyList<SeenAlert> found = [.. Of(agent, config, pod).Where(match)];
            if (found.Count > 0 || DateTime.UtcNow > until)
            {
                return found;
            }
        }
    }
}
