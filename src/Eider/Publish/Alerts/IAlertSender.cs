// The way to one receiver of alerts.

using Eider.Core;

namespace Eider.Publish.Alerts;

internal enum Delivery : byte
{
    Sent,

    /// <summary>The receiver does not answer: it is tried for as long as it takes.</summary>
    Away,

    /// <summary>The receiver answers and has not taken it; it may, another time.</summary>
    Failed,

    /// <summary>The receiver will not take this one.</summary>
    Refused,
}

/// <param name="Trouble">For people: what is wrong, and the mend; null where it was sent.</param>
/// <param name="Wait">What the receiver asks to be given before it is tried again; null where it says nothing.</param>
internal readonly record struct DeliveryResult(Delivery Delivery, string? Trouble = null, TimeSpan? Wait = null);

/// <summary>Sends one alert at a time, within bounds of time. Not safe for concurrent use.</summary>
internal interface IAlertSender : IDisposable
{
    /// <summary>As status and metrics call it: <c>webhook hooks.example.com</c>.</summary>
    string Name { get; }

    /// <exception cref="OperationCanceledException">It was cancelled. Nothing else is thrown for what a receiver or a network can do.</exception>
    Task<DeliveryResult> SendAsync(Alert alert, CancellationToken cancellation);
}
