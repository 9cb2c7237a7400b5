// The name of a workload in alerts and mutes.

using System.Globalization;

namespace Eider.Core.Detect;

public static class WorkloadName
{
    /// <summary>The pod as <c>namespace/name</c> or its UID, else the container's id, the systemd unit or the user; null where nothing is known.</summary>
    public static string? Of(Identity identity) => identity switch
    {
        { Pod: { Name: { } name } pod } => $"{pod.Namespace}/{name}",
        { Pod: { } pod } => pod.Uid,
        { ContainerId: { } id } => id,
        { Unit: { } unit } => unit,
        { User: { } user } => user.Name ?? user.Uid.ToString(CultureInfo.InvariantCulture),
        _ => null,
    };
}
