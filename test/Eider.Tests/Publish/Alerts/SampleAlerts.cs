// Alerts by number, and a way to wait for what other threads do.

using Eider.Core;
using Eider.Tests.Filters;
using Microsoft.Extensions.Time.Testing;

namespace Eider.Tests.Publish.Alerts;

internal static class SampleAlerts
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static Alert Numbered(int number, AlertSeverity severity = AlertSeverity.High, long count = 1, string? name = null, byte[]? message = null)
    {
        var sample = SampleEvents.Found();
        var about = sample.About;
        return new()
        {
            TimeNs = SampleEvents.TimeNs, Id = $"{number:d8}", Detection = sample.Detection, Severity = severity, Confidence = 75, Summary = sample.Summary, Identity = sample.Identity,
            About = new()
            {
                TimeNs = about.TimeNs, EventKind = about.EventKind, Role = about.Role, Transport = about.Transport, Client = about.Client, Server = about.Server, Identity = about.Identity,
                Name = name ?? about.Name, QueryType = 1, Message = message ?? about.Message,
            },
            Server = sample.Server, Source = sample.Source, Evidence = sample.Evidence, Count = count, FirstNs = sample.FirstNs, Mute = sample.Mute,
        };
    }

    /// <summary>Lets time pass until it is so; only a defect lets it end otherwise.</summary>
    public static async Task Until(Func<bool> isSo, FakeTimeProvider? time = null, TimeSpan? step = null)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            if (TimeProvider.System.GetElapsedTime(began) > Patience)
            {
                throw new TimeoutException("it has not come to pass");
            }

            time?.Advance(step ?? TimeSpan.FromSeconds(1));
            await Task.Delay(5);
        }
    }
}
